//! Every edit does what it says, says what changes, and can be taken back.

use lifestage::catalog::Outcome;
use lifestage::criteria::FieldType;
use lifestage::definition::{
    ActionDef, ActionKind, AutomationDef, CategoryDef, ExitDef, ExitScope, FieldDef, InputDef, LimitsDef,
    MoveDef, Named, QueueDef, RoleDef, StageDef, TriggerDef, WorkflowDef,
};
use lifestage::revise::{ActionPlace, DefinitionEdit as Edit, Revised};
use lifestage::{Capability, Pipeline, Span};

use super::{accepted, ada, contacts, edit, nobody_there, revision};

fn named<T>(name: &str, value: T) -> Named<T> {
    let mut named = Named::new();
    named.insert(name, value);
    named
}

/// Makes an edit, checks what it says of itself, and takes it back; S30: nothing is edited in place.
#[track_caller]
fn says(asked: Edit, told: &str) -> Pipeline {
    let before = contacts();
    let done = accepted(before.revise(&asked.clone().into(), &nobody_there(), &ada()));
    assert_eq!(done.diff().to_string(), told);
    assert_eq!((before.version(), done.pipeline().version()), (1, 2));
    assert_eq!(before.definition(), contacts().definition(), "nothing is edited in place");
    let json = serde_json::to_string(&asked).unwrap();
    assert_eq!(serde_json::from_str::<Edit>(&json).unwrap(), asked, "{json}");
    let back = done.pipeline().revise(done.undo(), &nobody_there(), &ada());
    assert_eq!(accepted(back).pipeline().definition(), before.definition(), "undone by {:?}", done.undo());
    assert!(
        matches!(
            done.pipeline().revise(&asked.into(), &nobody_there(), &ada()),
            Revised::Unchanged | Revised::Refused(_)
        ),
        "asked again, it changes nothing"
    );
    done.pipeline().clone()
}

#[test]
fn the_pipeline_itself() {
    let set = Edit::SetPipeline {
        name: Some("People".into()),
        description: None,
        record_kind: None,
        company: Some("north".into()),
    };
    let next = says(
        set,
        "pipeline `contact_stages` renamed to `People` (was `Contact stages`)\n\
         pipeline `contact_stages` is now kept for the company `north`",
    );
    assert_eq!(next.definition().company, "north");
    says(Edit::ArchivePipeline {}, "pipeline `contact_stages` is archived");
    let tight = LimitsDef { stages: Some(20), ..LimitsDef::default() };
    says(Edit::SetLimits { limits: tight }, "limits now cap stages at `20`");
}

#[test]
fn categories() {
    let parked = CategoryDef::new("parked", "Parked", Outcome::Open);
    let before = Some("won".into());
    let next = says(Edit::AddCategory { category: parked, before }, "category `parked` (`Parked`) added");
    assert_eq!(
        next.catalog().categories().map(|c| c.id().to_owned()).collect::<Vec<_>>(),
        ["active", "parked", "won", "lost"]
    );
    says(
        Edit::RenameCategory { category: "won".into(), name: "Converted".into() },
        "category `won` renamed to `Converted` (was `Won`)",
    );
    let reason = named("reason", InputDef::new(FieldType::String));
    says(
        Edit::SetCategoryInput { category: "won".into(), input: reason },
        "input `reason` of category `won` added",
    );
    let order = ["won", "lost", "active"].map(Into::into).to_vec();
    let next =
        accepted(contacts().revise(&Edit::ReorderCategories { order }.into(), &nobody_there(), &ada()));
    let ids: Vec<&str> = next.pipeline().catalog().categories().map(|c| c.id()).collect();
    assert_eq!(ids, ["won", "lost", "active"]);
}

#[test]
fn stages() {
    let fresh = StageDef::new("referred", "Referred", "active");
    let next = says(
        Edit::AddStage { stage: fresh, before: Some("nurturing".into()), after: None },
        "stage `referred` (`Referred`) added",
    );
    assert_eq!(
        next.catalog().stages_of("active").map(|s| s.id().to_owned()).collect::<Vec<_>>()[2],
        "referred"
    );

    // S21: the id stays, so that history keeps its meaning.
    let renamed = says(
        Edit::rename_stage("contacted", "Reached"),
        "stage `contacted` renamed to `Reached` (was `Contacted`)",
    );
    assert_eq!(renamed.catalog().stage("contacted").unwrap().name(), "Reached");
    assert_eq!(renamed.meaning(), contacts().meaning(), "S19: a name is no meaning");

    says(
        Edit::DescribeStage {
            stage: "engaged".into(),
            description: None,
            guidance: Some("Answer within a day".into()),
        },
        "the guidance of stage `engaged` changed",
    );
    // S29: stored canonical is what the catalog shows.
    let styled = says(
        Edit::style_stage("engaged", "flame", "#f00"),
        "stage `engaged` now shows the icon `flame` instead of `message`\nstage `engaged` is now coloured `#ff0000` instead of `yellow`",
    );
    assert_eq!(styled.catalog().stage("engaged").unwrap().colour().unwrap().to_string(), "#ff0000");

    let next = says(
        Edit::set_default("contacted"),
        "stage `new_lead` is no longer where new records start\nstage `contacted` is now where new records start",
    );
    assert_eq!(next.catalog().default_stage().id(), "contacted");
    says(
        Edit::SetFinal { stage: "premium_client".into(), is_final: true },
        "stage `premium_client` is now final",
    );
    says(
        Edit::SetForecast {
            stage: "engaged".into(),
            probability: Some(60),
            idle: Some(Span::from_seconds(86_400)),
        },
        "stage `engaged` now has a probability of `60` percent\nstage `engaged` now counts as idle after `86400s`",
    );
    says(
        Edit::SetEntry {
            stage: "customer".into(),
            when: Some("has(email)".into()),
            requires: vec!["phone".into()],
        },
        "stage `customer` now needs `has(email)` to enter\nstage `customer` now requires `phone` to enter",
    );
    says(
        Edit::SetExit {
            stage: "engaged".into(),
            exit: Some(ExitDef { when: "has(email)".into(), applies_to: ExitScope::Forward }),
            requires: Vec::new(),
        },
        "stage `engaged` now needs `has(email)` to leave",
    );
    says(
        Edit::SetStageInput {
            stage: "customer".into(),
            input: named("plan", InputDef::new(FieldType::String)),
        },
        "input `plan` of stage `customer` added",
    );
    says(
        Edit::ProtectStage { stage: "customer".into(), protected: true },
        "stage `customer` is now protected",
    );
}

#[test]
fn the_order_of_stages() {
    let order = ["engaged", "new_lead", "approved", "nurturing", "contacted", "follow_up_scheduled"];
    let next = edit([Edit::reorder_stages("active", order)]);
    let ids: Vec<&str> = next.pipeline().catalog().stages_of("active").map(|stage| stage.id()).collect();
    assert_eq!(ids, order);
    let all: Vec<&str> = next.pipeline().catalog().stages().map(|stage| stage.id()).collect();
    let before = contacts();
    let others: Vec<&str> = before.catalog().stages().map(|stage| stage.id()).collect();
    assert_eq!(all[6..], others[6..], "S23: inside one category");
    let back = accepted(next.pipeline().revise(next.undo(), &nobody_there(), &ada()));
    assert_eq!(back.pipeline().definition(), before.definition());
    // S23: no change, no event.
    let same = revision([Edit::reorder_stages("won", ["customer", "onboarded", "premium_client"])]);
    assert!(matches!(before.revise(&same, &nobody_there(), &ada()), Revised::Unchanged));
}

#[test]
fn archived_stages_keep_their_place_in_an_order() {
    let archived = edit([Edit::remove_stage("nurturing")]);
    let without = ["engaged", "new_lead", "approved", "contacted", "follow_up_scheduled"];
    let next = accepted(archived.pipeline().revise(
        &Edit::reorder_stages("active", without).into(),
        &nobody_there(),
        &ada(),
    ));
    let ids: Vec<&str> = next.pipeline().catalog().stages_of("active").map(|stage| stage.id()).collect();
    assert_eq!(ids, ["engaged", "new_lead", "nurturing", "approved", "contacted", "follow_up_scheduled"]);
}

#[test]
fn another_category() {
    let next = says(
        Edit::move_stage("onboarded", "active"),
        "stage `onboarded` moved from category `won` to `active`\nstage `onboarded` now comes after `engaged`",
    );
    assert_eq!(next.catalog().stages_of("active").last().unwrap().id(), "onboarded", "behind its last stage");
    let before = Edit::MoveStage {
        stage: "onboarded".into(),
        category: "active".into(),
        before: Some("approved".into()),
        after: None,
    };
    let next = edit([before]);
    assert_eq!(next.pipeline().catalog().stages_of("active").nth(1).unwrap().id(), "onboarded");
}

/// S25: a removed stage is archived, and comes back with all it had.
#[test]
fn removing_is_archiving() {
    let next = says(Edit::remove_stage("ghosting"), "stage `ghosting` is now archived");
    let stage = next.catalog().stage("ghosting").unwrap();
    assert_eq!((stage.is_archived(), stage.name()), (true, "Ghosting"), "still readable");
}

#[test]
fn moves_fields_roles_and_work() {
    says(
        Edit::put_move(MoveDef::new("skip_ahead", "Skip ahead", "customer").from("new_lead")),
        "move `skip_ahead` (`Skip ahead`) added",
    );
    says(
        Edit::SetPolicy { free: None, no_skipping: Some(true), no_backward: None, unowned_at_creation: None },
        "policy now forbids skipping",
    );
    says(
        Edit::PutField { field: "budget".into(), definition: FieldDef::new(FieldType::Int), before: None },
        "field `budget` added",
    );
    let intern = RoleDef::new("Intern").can([Capability::View]);
    says(
        Edit::PutRole { role: "intern".into(), definition: intern, before: Some("user".into()) },
        "role `intern` (`Intern`) added",
    );
    says(
        Edit::PutQueue { queue: QueueDef::new("hot", "Hot leads").with_stages(["engaged"]), before: None },
        "queue `hot` (`Hot leads`) added",
    );
    let task = ActionDef::new("ring", "Ring up", ActionKind::CreateTask);
    says(
        Edit::PutAction { on: ActionPlace::Stage("engaged".into()), action: task, before: None },
        "action `ring` of stage `engaged` (`Ring up`) added",
    );
    says(
        Edit::PutWorkflow { workflow: WorkflowDef::new("greet", "Greet", "new_lead"), before: None },
        "workflow `greet` (`Greet`) added",
    );
    let park = AutomationDef {
        id: "park".into(),
        on: TriggerDef { after: "30d".into(), ..TriggerDef::default() },
        stages: vec!["nurturing".into()],
        mv: "approve".into(),
        ..AutomationDef::default()
    };
    says(Edit::PutAutomation { automation: park, before: None }, "automation `park` added");
}

/// What is put again under its id is changed in its place, and comes back as it was.
#[test]
fn putting_again_changes_in_place() {
    let lead = super::lead();
    let mut contacted = lead.definition().policy.moves[0].clone();
    contacted.label = "Rang".into();
    let done =
        accepted(lead.revise(&Edit::put_move(contacted.clone()).into(), &nobody_there(), &super::olga()));
    assert_eq!(done.pipeline().definition().policy.moves[0], contacted);
    let back = accepted(done.pipeline().revise(done.undo(), &nobody_there(), &super::olga()));
    assert_eq!(back.pipeline().definition(), lead.definition());
}
