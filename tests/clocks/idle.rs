//! Silence (S54).

use lifestage::definition::{
    ActionDef, ActionKind, AutomationDef, Definition, Happening, MoveDef, TriggerDef,
};
use lifestage::journal::Row;
use lifestage::{
    Act, Actor, CarryOut, EffectKind, Fields, Link, Offset, Pipeline, Record, SlaState, Span, Timestamp,
};

use super::{Story, at, definition, pipeline};

fn quiet_since(document: Definition, text: &str) -> Option<Timestamp> {
    let story = Story::told(pipeline(document), text);
    story.pipeline.quiet_since(&story.record, &story.rows, &story.sent)
}

#[test]
fn what_is_done_ends_silence_and_what_is_planned_does_not() {
    for (what, resets) in [
        ("call", true),
        ("meeting", true),
        ("email", true),
        ("note", true),
        ("sent", true),
        ("call planned", false),
        ("task", false),
        ("edit", false),
        ("assign", false),
    ] {
        let since = quiet_since(definition(), &format!("03-02 09:00 new; 03-02 10:00 {what}"));
        let expected = if resets { "03-02 10:00" } else { "03-02 09:00" };
        assert_eq!(since, Some(at(expected)), "{what}");
    }
    let done = quiet_since(definition(), "03-02 09:00 new; 03-02 10:00 task; 03-02 11:00 task done");
    assert_eq!(done, Some(at("03-02 11:00")));
}

#[test]
fn the_document_may_say_what_ends_silence() {
    let document = || definition().with_idle_resets([Happening::Edit, Happening::Assignment]);
    for (what, resets) in [("edit", true), ("assign", true), ("call", false), ("sent", false)] {
        let since = quiet_since(document(), &format!("03-02 09:00 new; 03-02 10:00 {what}"));
        assert_eq!(since, Some(at(if resets { "03-02 10:00" } else { "03-02 09:00" })), "{what}");
    }
}

#[test]
fn the_entry_counts_when_it_is_later_and_nothing_is_made_up() {
    let moved = quiet_since(definition(), "03-02 09:00 new; 03-02 10:00 call; 03-02 11:00 talking");
    assert_eq!(moved, Some(at("03-02 11:00")));
    let sent = quiet_since(definition(), "03-02 09:00 new; 03-02 10:00 sent; 03-02 11:00 talking");
    assert_eq!(sent, Some(at("03-02 11:00")));
    // S40: a record that was imported has been there for longer than is known.
    assert_eq!(quiet_since(definition(), "03-02 09:00 import"), None);
    assert_eq!(quiet_since(definition(), "03-02 09:00 import; 03-02 10:00 edit"), None);
    assert_eq!(quiet_since(definition(), "03-02 09:00 import; 03-02 10:00 call"), Some(at("03-02 10:00")));
    assert_eq!(quiet_since(definition(), "03-02 09:00 import; 03-02 10:00 sent"), Some(at("03-02 10:00")));
}

#[test]
fn idle_is_strictly_beyond_the_threshold_of_an_open_stage() {
    let mut document = definition();
    let day = Span::from_seconds(86_400);
    document.stages[0].idle = Some(day);
    document.stages[1].idle = Some(Span::default());
    document.stages[3].idle = Some(day);
    let pipeline = pipeline(document);
    let since = at("03-02 09:00");
    let idle = |stage: &str, micros: i64| {
        let as_of = Timestamp::from_micros(at("03-03 09:00").as_micros() + micros);
        pipeline.idle(&Record::new("r").in_stage(stage), since, as_of)
    };
    assert_eq!([idle("new", -1), idle("new", 0)], [None; 2]);
    assert_eq!(idle("new", 1), Some(Span::from_micros(1)));
    for stage in ["talking", "waiting", "won", "gone"] {
        assert_eq!(idle(stage, 1_000_000), None, "{stage}");
    }
    assert_eq!(pipeline.idle(&Record::new("r"), since, at("03-05 09:00")), None);
}

#[test]
fn nobody_waits_for_a_record_that_is_not_there() {
    let mut document = definition();
    document.stages[0].idle = Some(Span::from_seconds(86_400));
    let pipeline = pipeline(document);
    let (boss, since) = (Actor::new("ada").with_role("boss"), at("03-02 09:00"));
    let record = Record::new("r").in_stage("new");
    let idle = |record: &Record| pipeline.idle(record, since, at("03-09 09:00")).is_some();
    assert!(idle(&record));
    let trashed = pipeline.trash(&record, &Act::new(), &boss, since).change().unwrap().after();
    assert!(!idle(&trashed), "S61a");
    let restored = pipeline.restore(&trashed, &Act::new(), &boss, since).change().unwrap().after();
    assert!(idle(&restored));
    assert!(!idle(&record.linked_to(Link::Head, "other")), "S59: a duplicate");
}

/// What is left of these after an erasure, as a store leaves it.
fn erased(mut story: Story) -> Story {
    story.rows.iter_mut().for_each(Row::erase);
    story
}

#[test]
fn an_erasure_makes_nothing_happen_that_was_only_planned() {
    for (what, resets) in [
        ("call", false),
        ("meeting", false),
        ("call planned", false),
        ("call planned; 03-02 10:00 done", true),
        ("note", true),
        ("task", false),
    ] {
        let story = Story::told(pipeline(definition()), &format!("03-02 09:00 new; 03-02 10:00 {what}"));
        let story = erased(story);
        let since = story.pipeline.quiet_since(&story.record, &story.rows, &[]);
        assert_eq!(since, Some(at(if resets { "03-02 10:00" } else { "03-02 09:00" })), "S44, S54: {what}");
    }
    let quick = || pipeline(super::promises().into_iter().fold(definition(), Definition::with_sla));
    let state = |story: &Story| story.clock("quick", at("03-02 11:00")).unwrap().state;
    for (what, before, after) in [
        ("call planned", SlaState::Running, SlaState::Running),
        ("call planned; 03-02 10:30 done", SlaState::Met, SlaState::Met),
        // Nothing tells it from one that was planned.
        ("call", SlaState::Met, SlaState::Running),
    ] {
        let story = Story::told(quick(), &format!("03-02 09:00 new; 03-02 10:00 {what}"));
        assert_eq!(state(&story), before, "{what}");
        assert_eq!(state(&erased(story)), after, "S44, S54: {what}");
    }
}

#[test]
fn an_action_counts_whoever_it_is_for_and_a_report_when_it_says_done() {
    let call = ActionDef::new("ring", "Ring", ActionKind::CreateTask);
    let mut document = definition().with_idle_resets([Happening::Action]);
    document.stages[0].actions.push(call);
    let pipeline = pipeline(document);
    let quiet = |row: &Row| {
        let record = Record::new("r").in_stage("new");
        pipeline.quiet_since(&record, std::slice::from_ref(row), &[]).is_none()
    };
    let boss = Actor::new("ada").with_role("boss");
    let record = Record::new("r").in_stage("new");
    for act in [CarryOut::action("ring"), CarryOut::action("ring").with("assignee", "eva")] {
        let change = pipeline.carry_out(&record, &act, &boss, at("03-02 10:00")).change().unwrap();
        let mut row = change.row().clone();
        assert!(!quiet(&row), "S51, S54: it was carried out");
        row.erase();
        assert!(!quiet(&row), "S44: which the row still tells");
    }
    let acted = pipeline.carry_out(&record, &CarryOut::action("ring"), &boss, at("03-02 10:00"));
    let acted = acted.change().unwrap().row().clone();
    for (became, counts) in [("done", true), ("failed", false), ("undone", false), ("given", false)] {
        let input = Fields::from_iter([(became, true)]);
        let report = Row { refers_to: Some(1), input, ..acted.clone() };
        assert_eq!(!quiet(&report), counts, "{became}");
    }
}

/// Parks a record in `new` of which nothing is heard for a day.
fn parking() -> Pipeline {
    let park = AutomationDef::new("park", TriggerDef::idle(Offset::days(1)), "park").in_stages(["new"]);
    let late = AutomationDef::new("late", TriggerDef::after(Offset::days(2)), "park").in_stages(["new"]);
    let mv = MoveDef::new("park", "Park", "waiting").from("new");
    pipeline(definition().with_move(mv).with_automation(park).with_automation(late))
}

#[test]
fn a_move_for_silence_waits_until_there_is_more_than_enough() {
    let until = |text: &str, now: Timestamp| {
        let story = Story::told(parking(), text);
        let effect = story.effects.iter().find(|effect| effect.action == "park").unwrap();
        assert_eq!(effect.kind, EffectKind::Move);
        story.pipeline.idle_move(effect, &story.record, &story.rows, &story.sent, now)
    };
    let just_after = |text: &str| Timestamp::from_micros(at(text).as_micros() + 1);
    // The clocks are set forward on 29 March: the day has 23 hours.
    let silent = "03-28 12:00 new";
    assert_eq!(until(silent, at("03-29 12:00")), Some(just_after("03-29 12:00")));
    assert_eq!(until(silent, just_after("03-29 12:00")), None);
    assert_eq!(until(silent, at("04-10 12:00")), None);
    let heard = "03-28 12:00 new; 03-29 10:00 note";
    assert_eq!(until(heard, just_after("03-29 12:00")), Some(just_after("03-30 10:00")));
    assert_eq!(until(heard, just_after("03-30 10:00")), None);
    let planned = "03-28 12:00 new; 03-29 10:00 call planned";
    assert_eq!(until(planned, just_after("03-29 12:00")), None);
}

#[test]
fn a_move_for_mere_time_waits_for_nothing() {
    let story = Story::told(parking(), "03-02 09:00 new; 03-03 10:00 call");
    let late = story.effects.iter().find(|effect| effect.action == "late").unwrap();
    let now = late.at.unwrap();
    assert_eq!(story.pipeline.idle_move(late, &story.record, &story.rows, &story.sent, now), None);
}
