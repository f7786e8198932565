//! What changed between two definitions, in words (S21, S32), and whether it counts (S19).

use lifestage::calendar::Weekday;
use lifestage::catalog::{Colour, Icon, Outcome};
use lifestage::criteria::FieldType;
use lifestage::definition::{
    ActionDef, ActionKind, AutomationDef, CalendarDef, CategoryDef, ConversionDef, Definition, Diff,
    Difference, DifferenceKind, FieldDef, FieldFormat, Happening, InputDef, MoveDef, MoveKind, Named,
    OutcomeChange, QueueDef, RoleDef, SlaDef, SourceDef, StageDef, Subject, TaskDef, TriggerDef, WorkflowDef,
    diff, meaning,
};
use lifestage::{Capability, Offset, Span, presets};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value as Json;

fn preset(json: &str) -> Definition {
    serde_json::from_str(json).unwrap()
}

fn changed(json: &str, edit: impl FnOnce(&mut Definition)) -> Diff {
    let old = preset(json);
    let mut new = old.clone();
    edit(&mut new);
    let found = diff(&old, &new);
    check(&old, &new, &found);
    found
}

/// What holds of every diff.
fn check(old: &Definition, new: &Definition, found: &Diff) {
    let written = |document: &Definition| {
        serde_json::to_string(&Definition { schema: String::new(), ..document.clone() }).unwrap()
    };
    assert_eq!(found.is_empty(), written(old) == written(new), "{found}");
    assert_eq!(found.changes_meaning(), meaning(old) != meaning(new), "S19: {found}");
    assert!(diff(new, new).is_empty());
    assert_eq!(found.to_string().lines().count(), found.differences().len(), "{found}");
    let (old, new) = (serde_json::to_value(old).unwrap(), serde_json::to_value(new).unwrap());
    for difference in found.differences() {
        let there = |json: &Json, pointer: Option<&str>| pointer.is_none_or(|at| json.pointer(at).is_some());
        assert!(there(&old, difference.old_pointer()), "{difference:?}");
        assert!(there(&new, difference.new_pointer()), "{difference:?}");
        assert!(difference.old_pointer().or(difference.new_pointer()).is_some(), "{difference:?}");
        let same = difference.old_text() == difference.new_text();
        assert!(!same || difference.kind() != DifferenceKind::Changed, "{difference:?}");
    }
}

/// The lines of a diff, each marked when it is only looks.
fn words(found: &Diff) -> Vec<String> {
    let mark = |counts| if counts { "" } else { "looks: " };
    found.differences().iter().map(|one| format!("{}{one}", mark(one.changes_meaning()))).collect()
}

#[test]
fn a_definition_does_not_differ_from_itself() {
    for (id, json) in presets::ALL {
        let same = changed(json, |document| document.schema = "elsewhere".into());
        assert!(same.is_empty() && !same.changes_meaning(), "{id}");
        assert_eq!(same.to_string(), "");
    }
}

#[test]
fn names_and_looks_are_told_and_do_not_count() {
    let found = changed(presets::LEAD, |lead| {
        lead.name = "Leads".into();
        lead.description = String::new();
        lead.fields.iter_mut().for_each(|(name, field)| field.indexed = name == "phone");
        let showed = &mut lead.stages[4];
        showed.name = "Attended".into();
        showed.icon = "check".into();
        showed.colour = "#ff8800".into();
        showed.guidance = "Talk.".into();
        lead.stages[6].icon = Default::default();
        lead.policy.moves[7].input.iter_mut().for_each(|(_, input)| input.label = "Why?".into());
        lead.policy.moves[0].label = "Book".into();
    });
    assert_eq!(
        words(&found),
        [
            "looks: pipeline `lead` renamed to `Leads` (was `Lead pipeline`)",
            "looks: the description of pipeline `lead` was removed",
            "looks: field `email` is no longer indexed",
            "looks: field `phone` is now indexed",
            "looks: field `source` is no longer indexed",
            "looks: stage `showed` renamed to `Attended` (was `Showed`)",
            "looks: the guidance of stage `showed` changed",
            "looks: stage `showed` now shows the icon `check` instead of `user_check`",
            "looks: stage `showed` is now coloured `#ff8800` instead of `orange`",
            "looks: stage `won` no longer shows the icon `check`",
            "looks: move `set_appointment` renamed to `Book` (was `Set appointment`)",
            "looks: input `reason` of move `mark_lost` now asks `Why?` instead of `Why was it lost?`",
            "looks: input `note` of move `mark_lost` now asks `Why?` instead of `Note`",
        ]
    );
}

#[test]
fn what_decides_is_told_and_counts() {
    let found = changed(presets::LEAD, |lead| {
        let showed = &mut lead.stages[4];
        showed.entry = Some("has(email)".into());
        showed.probability = Some(40);
        showed.protected = true;
        showed.idle = Some(Span::from_seconds(3_600));
        *showed = showed.clone().leave_at_all_when("budget > 0").requiring_to_enter(["name", "phone"]);
        lead.policy.no_skipping = true;
        let won = &mut lead.policy.moves[3];
        won.when = Some("budget > 0".into());
        won.owner_only = true;
        won.roles = vec!["sales".into()];
        won.approval = true;
        let contacted = &mut lead.policy.moves[4];
        contacted.from.0[1].kind = MoveKind::Ordinary;
        contacted.from.0[0] = SourceDef::new("lost");
        contacted.to = "engaged".into();
        *lead = std::mem::take(lead)
            .with_role("sales", RoleDef::new("Sales").can([Capability::Assign]).can_own([Capability::Claim]))
            .with_queue(QueueDef::new("calls", "Calls"));
    });
    assert_eq!(
        words(&found),
        [
            "stage `showed` is now protected",
            "stage `showed` now has a probability of `40` percent",
            "stage `showed` now counts as idle after `3600s`",
            "stage `showed` now needs `has(email)` to enter",
            "stage `showed` now needs `budget > 0` to leave",
            "stage `showed` now applies its exit criteria to `all` moves",
            "stage `showed` now requires `name, phone` to enter",
            "policy now forbids skipping",
            "move `mark_won` is now for the roles `sales`",
            "move `mark_won` is now for the owner only",
            "move `mark_won` now needs `budget > 0`",
            "move `mark_won` now needs approval",
            "move `mark_contacted` no longer starts from `new`",
            "move `mark_contacted` now starts from `lost`",
            "move `mark_contacted` from `engaged` no longer counts as `step_back`",
            "move `mark_contacted` now leads to `engaged` instead of `contacted`",
            "role `sales` no longer inherits from `member`",
            "role `sales` can no longer `claim`",
            "role `sales` can now `assign`",
            "role `sales` can now `claim:own`",
            "queue `calls` (`Calls`) added",
        ]
    );
}

#[test]
fn work_and_automation_are_told() {
    let found = changed(presets::SALES_STAGES, |sales| {
        let flow = &mut sales.workflows[0];
        flow.name = "Answer".into();
        flow.tasks[0].due = "1h".into();
        flow.tasks[1].title = "Again".into();
        flow.tasks.push(TaskDef::new("third", "Write", Offset::days(3)));
        flow.messages[0].body = "Hello".into();
        flow.messages[0].when = None;
        sales.workflows.pop();
        sales.stages[0].actions.push(ActionDef::new("call", "Call", ActionKind::BookCall));
        sales.automation.push(AutomationDef::new("park", TriggerDef::idle(Offset::days(30)), "to:lost"));
        sales.limits.stages = Some(9);
        sales.categories[3].input = Named::new();
    });
    assert_eq!(
        words(&found),
        [
            "input `reason` of category `lost` (`Why did they go?`) removed",
            "input `note` of category `lost` (`Note`) removed",
            "action `call` of stage `new_inquiry` (`Call`) added",
            "workflow `win_back` (`Looking in later`) removed",
            "looks: workflow `new_inquiry_follow_up` renamed to `Answer` (was `First answer`)",
            "task `first_call` of workflow `new_inquiry_follow_up` is now due after `1h` instead of `30m`",
            "task `second_try` of workflow `new_inquiry_follow_up` renamed to `Again` (was `Try {{ name }} once more`)",
            "task `third` of workflow `new_inquiry_follow_up` (`Write`) added",
            "the text of message `thanks` of workflow `new_inquiry_follow_up` changed",
            "message `thanks` of workflow `new_inquiry_follow_up` no longer needs `has(email)`",
            "automation `park` added",
            "limits now cap stages at `9`",
        ]
    );
}

#[test]
fn s57_a_conversion_is_told_by_its_parts() {
    let whole = ConversionDef::into("customer").in_stage("active").with_deals("deal").making("mark_won");
    let mut without = preset(presets::LEAD);
    without.conversion = None;
    let mut with = without.clone();
    with.conversion = Some(whole.clone());
    let found = diff(&without, &with);
    assert_eq!(
        words(&found),
        [
            "pipeline `lead` now makes customers in the pipeline `customer` by conversion",
            "pipeline `lead` now starts customers made by conversion in `active`",
            "pipeline `lead` now starts deals of converted records in the pipeline `deal`",
            "pipeline `lead` now makes the move `mark_won` on conversion",
        ]
    );
    assert!(found.differences().iter().all(Difference::changes_meaning));
    assert_eq!(found.differences()[3].new_pointer(), Some("/conversion/move"));
    let mut old = preset(presets::LEAD);
    old.conversion = Some(whole);
    let mut new = old.clone();
    new.conversion = Some(ConversionDef::into("people").in_stage("active").with_deals("deal"));
    assert_eq!(
        words(&diff(&old, &new)),
        [
            "pipeline `lead` now makes customers in the pipeline `people` instead of `customer` by conversion",
            "pipeline `lead` no longer makes the move `mark_won` on conversion",
        ]
    );
}

#[test]
fn a_new_order_is_a_reordering_of_as_few_as_can_be() {
    let found = changed(presets::LEAD, |lead| {
        let dormant = lead.stages.remove(8);
        lead.stages.insert(1, dormant);
        let revive = lead.policy.moves.remove(9);
        lead.policy.moves.insert(0, revive);
    });
    assert_eq!(words(&found), ["stage `dormant` now comes after `new`", "move `revive` now comes first"]);
    let dormant = &found.differences()[0];
    assert_eq!((dormant.kind(), dormant.subject()), (DifferenceKind::Reordered, Subject::Stage));
    assert_eq!((dormant.old_pointer(), dormant.new_pointer()), (Some("/stages/8"), Some("/stages/1")));
}

#[test]
fn publishing_learns_which_stages_vanish_and_which_end_otherwise() {
    let found = changed(presets::LEAD, |lead| {
        lead.stages.remove(4);
        lead.stages[7].category = "lost".into();
        lead.stages[2].archived = true;
        lead.categories[1].outcome = Outcome::Disqualified;
    });
    assert_eq!(found.vanished_stages(), ["showed"]);
    let change = |stage: &str, old, new| OutcomeChange { stage: stage.into(), old, new };
    let expected =
        [change("won", Outcome::Won, Outcome::Disqualified), change("dormant", Outcome::Open, Outcome::Lost)];
    assert_eq!(found.outcome_changes(), expected);
    assert_eq!(
        words(&found),
        [
            "category `won` now means `disqualified` instead of `won`",
            "stage `showed` (`Showed`) removed",
            "stage `engaged` is now archived",
            "stage `dormant` moved from category `open` to `lost`",
        ]
    );
}

#[test]
fn a_label_counts_when_moves_share_it_that_did_not() {
    let found = changed(presets::LEAD, |lead| lead.policy.moves[6].label = "Mark engaged".into());
    assert_eq!(words(&found), ["move `no_show` renamed to `Mark engaged` (was `No-show`)"]);
    let swapped = changed(presets::LEAD, |lead| {
        lead.policy.moves[0].label = "Mark showed".into();
        lead.policy.moves[1].label = "Set appointment".into();
    });
    assert!(!swapped.changes_meaning(), "{swapped}");
}

#[test]
fn a_criterion_that_is_only_written_otherwise_says_so() {
    let tree = r#"{ "op": "has", "args": [{ "name": "email" }] }"#;
    let mut old = preset(presets::LEAD);
    old.stages[2].entry = Some("has(email)".into());
    let mut new = old.clone();
    new.stages[2].entry = Some(serde_json::from_str(tree).unwrap());
    assert_eq!(diff(&old, &new).to_string(), "stage `engaged` is written in another form");
}

#[test]
fn a_difference_is_data_too() {
    let found = changed(presets::LEAD, |lead| lead.policy.moves[3].when = Some("budget > 0".into()));
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        serde_json::json!({
            "differences": [{
                "kind": "changed", "subject": "move", "id": "mark_won", "part": "when", "new": "budget > 0",
                "new_pointer": "/policy/moves/3/when", "changes_meaning": true
            }],
            "vanished_stages": [],
            "outcome_changes": []
        })
    );
}

#[test]
fn zones_and_calendars_are_told_and_count() {
    let office = || CalendarDef::new("office", "Office").open([Weekday::Mon], ["09:00-17:00"]);
    let mut old =
        preset(presets::LEAD).with_calendar(office()).with_calendar(CalendarDef::new("shop", "Shop"));
    old.zone_field = "source".into();
    let mut new = preset(presets::LEAD).in_zone("Europe/Berlin");
    let mut changed = office().open([Weekday::Mon], ["18:00-19:00"]).closed_on(["2026-12-25", "2026-12-26"]);
    changed = changed.in_zone("UTC").open([Weekday::Sun], [""; 0]);
    changed.name = "Desk".into();
    new = new.with_calendar(CalendarDef::new("night", "")).with_calendar(changed);
    let found = diff(&old, &new);
    check(&old, &new, &found);
    assert_eq!(
        words(&found),
        [
            "pipeline `lead` is now in the time zone `Europe/Berlin`",
            "pipeline `lead` no longer takes the time zone of a record from `source`",
            "calendar `shop` (`Shop`) removed",
            "calendar `night` added",
            "looks: calendar `office` renamed to `Desk` (was `Office`)",
            "calendar `office` is now in the time zone `UTC`",
            "calendar `office` is now open `mon 09:00-17:00 and 18:00-19:00, sun never` instead of `mon 09:00-17:00`",
            "calendar `office` is now closed on `2026-12-25, 2026-12-26`",
        ]
    );
}

#[test]
fn promises_of_time_are_told_and_count() {
    let sla = |id: &str, name: &str| SlaDef::new(id, name, Offset::hours(4)).in_stages(["new"]);
    let old = preset(presets::LEAD).with_sla(sla("first", "First answer")).with_sla(sla("old", "Old"));
    let mut changed = sla("first", "Answer").met_by([Happening::Call]).paused_in(["dormant"]);
    changed = changed.in_stages(["contacted"]).by_calendar("office").warning([Offset::hours(1)]);
    changed.within = "2d".into();
    let new = preset(presets::LEAD)
        .with_sla(sla("new", "New"))
        .with_sla(changed)
        .with_idle_resets([Happening::Call, Happening::Note]);
    let found = diff(&old, &new);
    check(&old, &new, &found);
    assert_eq!(
        words(&found),
        [
            "sla `old` (`Old`) removed",
            "sla `new` (`New`) added",
            "looks: sla `first` renamed to `Answer` (was `First answer`)",
            "sla `first` now runs in `new, contacted` instead of `new`",
            "sla `first` now runs out after `2d` instead of `4h`",
            "sla `first` now counts working time",
            "sla `first` now goes by the calendar `office`",
            "sla `first` is now met by `call`",
            "sla `first` now stands still in `dormant`",
            "sla `first` now warns `1h` before it runs out",
            "pipeline `lead` now resets idle clocks on `call, note`",
        ]
    );
}

/// One random change of a document. It may amount to nothing, and need not leave it valid.
fn mutate(document: &mut Definition, what: u8, at: &Index, to: &Index) {
    const WORDS: [&str; 5] = ["", "a", "b", "Mark won", "open"];
    const CONDITIONS: [&str; 4] = ["has(email)", "has( email )", "budget > 5", "budget > "];
    let word = || *to.get(&WORDS);
    let on = to.index(2) == 0;
    let stage_count = document.stages.len();
    let stage = &mut document.stages[at.index(stage_count)];
    let category_count = document.categories.len();
    let category = &mut document.categories[at.index(category_count)];
    let move_count = document.policy.moves.len();
    let mv = (move_count > 0).then(|| &mut document.policy.moves[at.index(move_count)]);
    let flow_count = document.workflows.len();
    let flow = (flow_count > 0).then(|| &mut document.workflows[at.index(flow_count)]);
    match what {
        0 => stage.name = word().to_string(),
        1 => stage.category = word().into(),
        2 => stage.icon = to.get(Icon::ALL).name().into(),
        3 => *stage = stage.clone().with_colour(*to.get(&[Colour::RED, Colour::GREEN])),
        4 => stage.is_final = on,
        5 => stage.archived = on,
        6 => stage.entry = Some((*to.get(&CONDITIONS)).into()),
        7 => *stage = stage.clone().leave_when(*to.get(&CONDITIONS)),
        8 => *stage = stage.clone().leave_at_all_when(*to.get(&CONDITIONS)),
        9 => stage.leave_requires = vec![word().into()],
        10 => *stage = stage.clone().asking("a", FieldType::Int),
        11 => {
            *stage = stage.clone().with_action(ActionDef::new(word(), "A", ActionKind::Notify).with("x", on))
        }
        12 => {
            document.stages.remove(at.index(stage_count));
            document.stages.push(StageDef::new(word(), "New", "open"));
        }
        13 => document.stages.swap(at.index(stage_count), to.index(stage_count)),
        14 => document.stages.rotate_left(at.index(stage_count)),
        15 => category.outcome = *to.get(&Outcome::ALL),
        16 => category.description = word().to_string(),
        17 => document.categories.push(CategoryDef::new(word(), "C", Outcome::Open)),
        18 => document.policy.free = on,
        19 => document.policy.no_backward = on,
        20 => {
            if let Some(mv) = mv {
                mv.label = word().to_string();
            }
        }
        21 => {
            if let Some(mv) = mv {
                let sources = mv.from.0.len();
                let source = &mut mv.from.0[to.index(sources)];
                source.label = word().to_string();
                source.kind = *at.get(&[MoveKind::Ordinary, MoveKind::Revive]);
            }
        }
        22 => {
            if let Some(mv) = mv {
                *mv = mv.clone().from(word());
            }
        }
        23 => {
            if let Some(mv) = mv {
                let sources = mv.from.0.len();
                mv.from.0.rotate_left(to.index(sources));
            }
        }
        24 => {
            if let Some(mv) = mv {
                mv.when = Some((*to.get(&CONDITIONS)).into());
            }
        }
        25 => document.policy.moves.push(MoveDef::new(word(), "Mark won", "won").from("new")),
        26 => {
            if move_count > 0 {
                document.policy.moves.swap(at.index(move_count), to.index(move_count));
            }
        }
        27 => {
            *document = document.clone().with_role(word(), RoleDef::new("R").can([*to.get(Capability::ALL)]))
        }
        28 => *document = document.clone().with_field(word(), FieldDef::new(FieldType::Bool).with_label("F")),
        29 => *document = document.clone().with_field(word(), FieldDef::new(FieldType::Int).indexed()),
        30 => document.queues.push(QueueDef::new(word(), word())),
        31 => {
            if let Some(flow) = flow {
                flow.name = word().to_string();
                flow.tasks.reverse();
            }
        }
        32 => {
            if let Some(flow) = flow {
                for task in &mut flow.tasks {
                    task.title = word().to_string();
                    task.stays = on;
                }
            }
        }
        33 => document.workflows.push(WorkflowDef::new(word(), "W", "new")),
        34 => document
            .automation
            .push(AutomationDef::new("a", TriggerDef::changed([word()]), "m").with_input("x", on)),
        35 => document.limits.moves = Some(u32::try_from(at.index(3)).unwrap()),
        39 => document.conversion = on.then(|| ConversionDef::into(word()).making("mark_won")),
        36 => document.name = word().to_string(),
        37 => document.company = word().into(),
        38 => {
            for (name, input) in category.input.iter_mut() {
                *input = InputDef::new(FieldType::String).with_label(word()).one_of([name.as_str()]);
            }
        }
        40 => {
            let phone = FieldDef::new(FieldType::String).written_as(FieldFormat::Phone);
            *document = document.clone().with_field("phone", phone.in_region(word()));
        }
        41 => document.zone = word().into(),
        42 => document.calendars.push(CalendarDef::new(word(), word()).closed_on([word()])),
        43 => {
            document.zone_field = word().into();
            for calendar in &mut document.calendars {
                *calendar = calendar.clone().in_zone(word()).open([Weekday::Tue], on.then(word));
            }
        }
        44 => document.sla.push(SlaDef::new(word(), word(), Offset::hours(1)).in_stages([word()])),
        45 => {
            document.idle_resets = vec![word().into()];
            for sla in &mut document.sla {
                *sla = sla.clone().by_calendar(word()).paused_in([word()]);
                sla.name = word().to_string();
            }
        }
        _ => document.fields.iter_mut().for_each(|(_, field)| field.label = word().to_string()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_changes_are_all_found_and_rightly_judged(
        preset_at in any::<Index>(),
        first in prop::collection::vec((0..47_u8, any::<Index>(), any::<Index>()), 0..4),
        then in prop::collection::vec((0..47_u8, any::<Index>(), any::<Index>()), 0..4),
    ) {
        let mut old = preset(preset_at.get(&presets::ALL).1);
        for (what, at, to) in &first {
            mutate(&mut old, *what, at, to);
        }
        let mut new = old.clone();
        for (what, at, to) in &then {
            mutate(&mut new, *what, at, to);
        }
        check(&old, &new, &diff(&old, &new));
        check(&new, &old, &diff(&new, &old));
    }
}
