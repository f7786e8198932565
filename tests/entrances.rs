//! Stages that only some roles may bring records into.

use lifestage::catalog::Outcome;
use lifestage::definition::{CategoryDef, Definition, MoveDef, RoleDef, StageDef};
use lifestage::policy::MoveIx;
use lifestage::{
    Actor, Capability, Creation, Decision, FindingCode, Pipeline, ReasonCode, Record, Request, Standing,
    Timestamp, Verdict, presets,
};

const NOW: Timestamp = Timestamp::from_seconds(1_772_442_000);

/// Approved is for setters and managers; a lead inherits from a manager.
fn document() -> Definition {
    let can = [Capability::Create, Capability::View, Capability::Move, Capability::Force];
    Definition::new("contacts", "Contacts")
        .with_category(CategoryDef::new("active", "Active", Outcome::Open))
        .with_stage(StageDef::new("new", "New", "active").as_default())
        .with_stage(StageDef::new("approved", "Approved", "active").entered_by(["setter", "manager"]))
        .with_stage(StageDef::new("called", "Called", "active"))
        .with_role("user", RoleDef::new("User").can(can))
        .with_role("setter", RoleDef::new("Setter").inheriting(["user"]))
        .with_role("manager", RoleDef::new("Manager").inheriting(["user"]))
        .with_role("chief", RoleDef::new("Chief").inheriting(["manager"]))
        .with_move(MoveDef::new("approve", "Approve", "approved").from("new"))
        .with_move(MoveDef::new("fast", "Fast track", "approved").from("called").for_roles(["manager"]))
        .with_move(MoveDef::new("call", "Call", "called").from("new"))
}

fn contacts() -> Pipeline {
    Pipeline::from_definition(document()).unwrap()
}

fn who(role: &str) -> Actor {
    Actor::new("kim").with_role(role)
}

#[test]
fn a_move_into_the_stage_takes_one_of_its_roles() {
    let (contacts, new) = (contacts(), Record::new("c-1").in_stage("new"));
    let goes = |role: &str, request: &Request| {
        matches!(contacts.decide(&new, request, &who(role), NOW), Decision::Moved(_))
    };
    for request in [Request::mv("approve"), Request::to("approved")] {
        let answers = ["user", "setter", "manager", "chief"].map(|role| goes(role, &request));
        assert_eq!(answers, [false, true, true, true], "{request:?}");
    }
    assert!(goes("user", &Request::mv("call")), "other stages are for all who move");
    let user = who("user");
    let decision = contacts.decide(&new, &Request::mv("approve"), &user, NOW);
    let why = decision.refusal().unwrap();
    assert!(why.has(ReasonCode::PermissionDenied));
    assert_eq!(why.to_string(), "`Approve` is for setter, manager or chief");
}

#[test]
fn where_the_move_names_roles_too_it_takes_one_of_both() {
    let (contacts, called) = (contacts(), Record::new("c-1").in_stage("called"));
    let goes = |role: &str| {
        matches!(contacts.decide(&called, &Request::mv("fast"), &who(role), NOW), Decision::Moved(_))
    };
    assert_eq!(["user", "setter", "manager", "chief"].map(goes), [false, false, true, true]);
}

#[test]
fn creation_passes_the_same_door_and_force_does_not() {
    let (contacts, new) = (contacts(), Record::new("c-1"));
    let creation = Creation::in_stage("approved");
    let (user, setter) = (who("user"), who("setter"));
    let refused = contacts.create(&new, &creation, &user, NOW);
    let why = refused.refusal().unwrap();
    assert!(why.has(ReasonCode::NotPermittedToCreate));
    assert_eq!(why.to_string(), "creating records in Approved is for setter, manager or chief");
    assert!(matches!(contacts.create(&new, &creation, &setter, NOW), Decision::Moved(_)));
    assert!(matches!(contacts.create(&new, &Creation::new(), &user, NOW), Decision::Moved(_)));
    let there = Record::new("c-1").in_stage("new");
    let forced = Request::to("approved").forced("the setter is ill");
    assert!(matches!(contacts.decide(&there, &forced, &user, NOW), Decision::Moved(_)), "S12");
}

/// S2: the door of the stage and the capability are two reasons.
#[test]
fn s2_a_creation_is_refused_with_every_permission_that_lacks() {
    let mut document = document();
    document.roles.insert("rep", RoleDef::new("Rep").can_own([Capability::Create]));
    let contacts = Pipeline::from_definition(document).unwrap();
    let creation = Creation::in_stage("approved");
    let told = |record: &Record, role: &str| {
        let actor = who(role);
        let decision = contacts.create(record, &creation, &actor, NOW);
        let why = decision.refusal().unwrap();
        (why.codes().collect::<Vec<_>>(), why.to_string())
    };
    let door = "creating records in Approved is for setter, manager or chief";
    let foreign = Record::new("c-1").owned_by("lou");
    let (codes, words) = told(&foreign, "rep");
    assert_eq!(codes, [ReasonCode::NotOwner, ReasonCode::NotPermittedToCreate]);
    assert_eq!(words, format!("`create` is allowed for one's own records only; {door}"));
    let (codes, words) = told(&Record::new("c-1"), "nobody");
    assert_eq!(codes, [ReasonCode::NotPermittedToCreate; 2]);
    assert!(words.starts_with("creating records is for ") && words.ends_with(door), "{words}");
}

#[test]
fn s3_explanations_routes_and_the_fast_path_agree() {
    let (contacts, new) = (contacts(), Record::new("c-1").in_stage("new"));
    let explanation = contacts.explain(&new, &who("user"), NOW);
    let approve = explanation.mv("approve").unwrap();
    assert!(matches!(approve.standing, Standing::Refused(_)));
    assert_eq!(approve.who_could, ["setter", "manager", "chief"]);
    assert_eq!(contacts.route(&new, "approved", &who("user")), None);
    assert!(contacts.route(&new, "approved", &who("setter")).is_some());
    let stage = contacts.catalog().index_of("new");
    for (role, goes) in [("user", false), ("setter", true), ("chief", true)] {
        let verdict = contacts.verdict(stage, MoveIx::new(0), contacts.who(&new, &who(role)), &[][..]);
        assert_eq!(matches!(verdict, Verdict::Moves(_)), goes, "{role}: {verdict:?}");
    }
}

#[test]
fn free_pipelines_have_doors_too() {
    let mut document = document();
    document.policy.free = true;
    let free = Pipeline::from_definition(document).unwrap();
    let called = Record::new("c-1").in_stage("called");
    let back = Record::new("c-1").in_stage("called");
    let to = |record: &Record, role: &str, stage: &str| {
        matches!(free.decide(record, &Request::to(stage), &who(role), NOW), Decision::Moved(_))
    };
    assert!(to(&back, "user", "new"));
    assert!(!to(&called, "setter", "approved"), "the listed move replaces the implied one (S8)");
    assert!(to(&called, "manager", "approved"));
}

#[test]
fn an_unknown_role_is_told_at_its_place() {
    let mut document = document();
    document.stages[1].enter_roles.push("settr".into());
    let error = Pipeline::from_definition(document).unwrap_err();
    let finding = &error.findings()[0];
    assert_eq!((finding.code(), finding.pointer()), (FindingCode::UnknownRole, "/stages/1/enter_roles/2"));
}

#[test]
fn documents_without_doors_mean_what_they_meant() {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    assert!(!lead.to_json().contains("enter_roles"));
    let (with, mut without) = (contacts(), document());
    without.stages[1].enter_roles.clear();
    assert_ne!(with.meaning(), Pipeline::from_definition(without).unwrap().meaning());
}
