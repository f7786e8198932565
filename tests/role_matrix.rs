//! Who may do what in each preset, as its product document says: role by action, asked of every operation (S55), and
//! what `deeds` and `explain` tell is what the operations do (S3).
//!
//! In the tables `all` is every record, `own` only those the actor owns, and `free` those that nobody owns; `-` is no.

use lifestage::definition::Definition;
use lifestage::journal::{Row, Salt};
use lifestage::migration::Occupancy;
use lifestage::revise::{DefinitionEdit, Revised, Revision};
use lifestage::store::MemoryStore;
use lifestage::{
    Act, Activity, Actor, Assignment, Capability, Conversion, Creation, Decision, Deed, Edit, Erasure, Merge,
    Pipeline, ReasonCode, Record, Request, Standing, Timestamp, Workspace, presets,
};

const NOW: Timestamp = Timestamp::from_seconds(1_772_442_000);

/// Any signed-in member moves leads and converts; only Owner and Manager reassign; Sales claim (seed 002).
const LEAD: &str = "
    role     create import view move edit contact log  convert merge trash erase claim assign reassign release force correct configure category publish
    nobody   -      -      -    -    -    -       -    -       -     -     -     -     -      -        -       -     -       -         -        -
    member   all    -      all  all  all  all     all  all     -     -     -     -     -      -        -       -     -       -         -        -
    sales    all    -      all  all  all  all     all  all     -     -     -     free  -      -        own     -     -       -         -        -
    manager  all    all    all  all  all  all     all  all     all   all   -     free  free   all      all     -     all     -         -        -
    owner    all    all    all  all  all  all     all  all     all   all   all   free  free   all      all     all   all     all       all      all
";

/// Admins and Managers configure; standard users move contacts and carry out the actions of a stage (seed 000).
const CONTACT_STAGES: &str = "
    role               create import view move edit contact log  convert merge trash erase claim assign reassign release force correct configure category publish
    nobody             -      -      -    -    -    -       -    -       -     -     -     -     -      -        -       -     -       -         -        -
    user               all    -      all  all  -    -       all  -       -     -     -     -     -      -        -       -     -       -         -        -
    appointment_setter all    -      all  all  -    -       all  -       -     -     -     -     -      -        -       -     -       -         -        -
    closer             all    -      all  all  -    -       all  -       -     -     -     -     -      -        -       -     -       -         -        -
    manager            all    -      all  all  all  all     all  -       -     -     -     -     free   all      all     -     -       all       all      all
    admin              all    all    all  all  all  all     all  all     all   all   all   free  free   all      all     all   all     all       all      all
";

/// The owner of a contact edits and deletes the contacts that are theirs, and views the others; an admin all (seed 003).
const LIFE_STAGES: &str = "
    role     create import view move edit contact log  convert merge trash erase claim assign reassign release force correct configure category publish
    nobody   -      -      -    -    -    -       -    -       -     -     -     -     -      -        -       -     -       -         -        -
    agent    all    -      all  own  own  own     own  -       -     own   -     -     -      -        -       -     -       -         -        -
    admin    all    all    all  all  all  all     all  all     all   all   all   free  free   all      all     all   all     all       all      all
";

/// Any user keeps the stage of each lead up to date; that only admins manage the stages is ours (seed 004).
const SALES_STAGES: &str = "
    role     create import view move edit contact log  convert merge trash erase claim assign reassign release force correct configure category publish
    nobody   -      -      -    -    -    -       -    -       -     -     -     -     -      -        -       -     -       -         -        -
    user     all    -      all  all  all  all     all  -       -     -     -     free  -      -        own     -     -       -         -        -
    admin    all    all    all  all  all  all     all  all     all   all   all   free  free   all      all     all   all     all       all      all
";

/// The lifecycle is configured under Sales Management; who works with contacts is ours (seed 001).
const COMPANY_LIFECYCLE: &str = "
    role        create import view move edit contact log  convert merge trash erase claim assign reassign release force correct configure category publish
    nobody      -      -      -    -    -    -       -    -       -     -     -     -     -      -        -       -     -       -         -        -
    salesperson all    -      all  all  all  all     all  -       -     -     -     free  -      -        own     -     -       -         -        -
    consultant  -      -      all  own  own  -       all  -       -     -     -     -     -      -        -       -     -       -         -        -
    admin       all    all    all  all  all  all     all  all     all   all   all   free  free   all      all     all   all     all       all      all
";

const TABLES: [(&str, &str); 5] = [
    (presets::LEAD, LEAD),
    (presets::CONTACT_STAGES, CONTACT_STAGES),
    (presets::LIFE_STAGES, LIFE_STAGES),
    (presets::SALES_STAGES, SALES_STAGES),
    (presets::COMPANY_LIFECYCLE, COMPANY_LIFECYCLE),
];

/// An actor in one role, in none with `nobody`.
fn actor(role: &str) -> Actor {
    let actor = Actor::new("me");
    if role == "nobody" { actor } else { actor.with_role(role) }
}

/// Who may do everything.
fn chief(pipeline: &Pipeline) -> Actor {
    let chief = if pipeline.id() == "lead" { "owner" } else { "admin" };
    Actor::new("chief").with_role(chief)
}

fn roles(pipeline: &Pipeline) -> Vec<String> {
    pipeline.definition().roles.iter().map(|(id, _)| id.to_string()).collect()
}

/// A record of one's own, of somebody else, and of nobody.
const OWNERS: [Option<&str>; 3] = [Some("me"), Some("other"), None];

fn record(pipeline: &Pipeline, id: &str, owner: Option<&str>) -> Record {
    let default = pipeline.catalog().default_stage().id();
    let record = Record::new(id).in_pipeline(pipeline.id()).in_stage(default).at_version(1);
    owner.map_or(record.clone(), |owner| record.owned_by(owner))
}

/// Refused, it is for want of permission and nothing else; or it is allowed.
#[track_caller]
fn allows(what: &str, decision: &Decision<'_>) -> bool {
    let Decision::Refused(why) = decision else { return true };
    let denied = [ReasonCode::PermissionDenied, ReasonCode::NotOwner, ReasonCode::NotPermittedToCreate];
    assert!(why.codes().all(|code| denied.contains(&code)), "{what}: {why}");
    false
}

/// The row of a move that somebody made, and the record after.
fn moved(pipeline: &Pipeline, record: &Record) -> (Record, Row) {
    let chief = chief(pipeline);
    let to =
        pipeline.catalog().stages().map(|stage| stage.id()).find(|id| Some(*id) != record.stage()).unwrap();
    let request = Request::to(to).forced("to be undone");
    let change =
        pipeline.decide(record, &request, &chief, NOW).change().unwrap().seal(Salt::from_bytes([7; 16]));
    (change.record, change.row)
}

/// The request with what it is asked for.
fn answering(pipeline: &Pipeline, request: Request) -> Request {
    let asked: Vec<_> = pipeline.asks(request.target()).iter().map(|ask| ask.name().to_owned()).collect();
    asked.into_iter().fold(request, |request, name| {
        let answer = if name == "reason" { "other" } else { "x" };
        request.with_input(name, answer)
    })
}

/// What the operation really answers.
fn may(pipeline: &Pipeline, column: &str, owner: Option<&str>, me: &Actor) -> bool {
    let record = &record(pipeline, "r-1", owner);
    let edit = |name: &str| pipeline.edit(record, &Edit::new().set(name, "x"), me, NOW).refusal().is_none();
    let assign = |assignment: Assignment| allows(column, &pipeline.assign(record, &assignment, me, NOW));
    let revise = |edit: DefinitionEdit| {
        let revision = Revision::from(edit);
        !matches!(pipeline.revise(&revision, &Occupancy::default(), me), Revised::Refused(_))
    };
    match column {
        "create" | "import" => {
            let new = Record::new("new").in_pipeline(pipeline.id());
            let new = owner.map_or(new.clone(), |owner| new.owned_by(owner));
            let creation = Creation::new();
            let creation = if column == "import" { creation.imported(None) } else { creation };
            allows(column, &pipeline.create(&new, &creation, me, NOW))
        }
        // A record that is where it was asked to be: told to who may see it.
        "view" => allows(column, &pipeline.restore(record, &Act::new(), me, NOW)),
        "move" => pipeline.moves(record, me, NOW).next().is_some(),
        "edit" => edit("shoe_size"),
        "contact" => edit("name"),
        "log" => allows(column, &pipeline.log(record, &Activity::note("x"), me, NOW)),
        "convert" => allows(column, &pipeline.convert(record, "c-1", &Conversion::new(), me, NOW)),
        "merge" => {
            let tail = self::record(pipeline, "r-2", owner);
            matches!(pipeline.merge(record, &tail, &Act::new(), me, NOW), Merge::Merged { .. })
        }
        "trash" => allows(column, &pipeline.trash(record, &Act::new(), me, NOW)),
        "erase" => allows(column, &pipeline.erase(record, &Erasure::of_everything(), me, NOW)),
        "claim" => owner.is_none() && assign(Assignment::claim()),
        "assign" => owner.is_none() && assign(Assignment::to("third")),
        "reassign" => owner.is_some() && assign(Assignment::to("third")),
        "release" => owner.is_some() && assign(Assignment::release()),
        "force" => {
            let last = pipeline.catalog().stages().last().unwrap().id();
            let request = answering(pipeline, Request::to(last)).forced("because");
            allows(column, &pipeline.decide(record, &request, me, NOW))
        }
        "correct" => {
            let (record, row) = moved(pipeline, record);
            allows(column, &pipeline.undo(&record, &row, "oops", &Request::to(""), me, NOW))
        }
        "configure" => {
            revise(DefinitionEdit::rename_stage(pipeline.catalog().default_stage().id(), "Renamed"))
        }
        "category" => {
            let stage = pipeline.catalog().stages().last().unwrap();
            let own = pipeline.catalog().category_of(stage).unwrap().id();
            let categories = &pipeline.definition().categories;
            let other = categories.iter().find(|category| category.id != own).unwrap();
            revise(DefinitionEdit::move_stage(stage.id(), other.id.clone()))
        }
        "publish" => publishes(pipeline, me),
        other => panic!("no column `{other}`"),
    }
}

fn publishes(pipeline: &Pipeline, me: &Actor) -> bool {
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(pipeline, &chief(pipeline), NOW).unwrap();
    let mut next: Definition = pipeline.definition().clone();
    next.name = "Renamed".into();
    crm.publish(&Pipeline::from_definition(next).unwrap(), me, NOW).is_ok()
}

/// One cell, as the tables write it.
fn reach(answers: [bool; 3], column: &str) -> &'static str {
    match (answers, column) {
        ([false, false, false], _) => "-",
        ([true, true, true], _) | ([true, true, false], "reassign" | "release") => "all",
        ([true, false, false], _) => "own",
        ([false, false, true], _) => "free",
        (answers, _) => panic!("{column}: {answers:?} is no reach"),
    }
}

#[test]
fn who_may_do_what_is_what_the_documents_say() {
    for (preset, table) in TABLES {
        let pipeline = Pipeline::from_json(preset).unwrap();
        let mut lines = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|row| !row.is_empty());
        let columns = lines.next().unwrap();
        let rows: Vec<_> = lines.collect();
        let named: Vec<&str> = rows.iter().map(|row| row[0]).collect();
        let mut all = roles(&pipeline);
        all.push("nobody".into());
        all.sort();
        let mut sorted = named.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all, "each role of `{}` has a row", pipeline.id());
        let mut wrong = Vec::new();
        for row in rows {
            for (column, expected) in columns.iter().zip(&row).skip(1) {
                let me = actor(row[0]);
                let found = reach(OWNERS.map(|owner| may(&pipeline, column, owner, &me)), column);
                if found != *expected {
                    wrong.push(format!("{} {column}: {found}, not {expected}", row[0]));
                }
            }
        }
        assert!(wrong.is_empty(), "{}: {wrong:#?}", pipeline.id());
    }
}

#[test]
fn only_setters_managers_and_admins_bring_contacts_into_approved() {
    let pipeline = Pipeline::from_json(presets::CONTACT_STAGES).unwrap();
    for role in roles(&pipeline) {
        let me = actor(&role);
        let contact = record(&pipeline, "c-1", None);
        let may = ["appointment_setter", "manager", "admin"].contains(&role.as_str());
        for request in [Request::mv("approve"), Request::to("approved")] {
            assert_eq!(pipeline.decide(&contact, &request, &me, NOW).refusal().is_none(), may, "{role}");
        }
        let new = Record::new("c-2").in_pipeline(pipeline.id());
        let born = |stage| allows("create", &pipeline.create(&new, &Creation::in_stage(stage), &me, NOW));
        assert_eq!(born("approved"), may, "{role} creates in approved");
        assert!(born("customer"), "any other stage is open to {role}");
    }
}

/// The deed that a column is about, where there is one.
fn deed(column: &str) -> Option<Deed> {
    Some(match column {
        "edit" => Deed::Edit,
        "contact" => Deed::EditContact,
        "log" => Deed::Log,
        "convert" => Deed::Convert,
        "merge" => Deed::Merge,
        "trash" => Deed::Trash,
        "erase" => Deed::Erase,
        "claim" => Deed::Claim,
        "assign" | "reassign" => Deed::Assign,
        "release" => Deed::Release,
        _ => return None,
    })
}

#[test]
fn s3_what_is_told_of_deeds_is_what_is_done() {
    for (preset, table) in TABLES {
        let pipeline = Pipeline::from_json(preset).unwrap();
        let columns: Vec<&str> = table.trim().lines().next().unwrap().split_whitespace().collect();
        for role in roles(&pipeline).iter().map(String::as_str).chain(["nobody"]) {
            for owner in OWNERS {
                let (me, record) = (actor(role), record(&pipeline, "r-1", owner));
                let deeds = pipeline.deeds(&record, &me, NOW);
                for column in &columns {
                    // What takes no owner is asked of a record that has none, and the other way round.
                    let fits = match *column {
                        "claim" | "assign" => owner.is_none(),
                        "reassign" | "release" => owner.is_some(),
                        _ => true,
                    };
                    let Some(deed) = deed(column).filter(|_| fits) else { continue };
                    let told = deeds.iter().find(|one| one.deed == deed).unwrap();
                    let done = may(&pipeline, column, owner, &me);
                    let at = format!("{} {role} {column} {owner:?}", pipeline.id());
                    assert_eq!(told.standing == Standing::Allowed, done, "{at}");
                    // Who could is told of holders of a role, as owners of the record.
                    let as_owner = owner.map_or(done, |_| may(&pipeline, column, Some("me"), &me));
                    assert_eq!(told.who_could.iter().any(|could| could == role), as_owner, "{at}");
                    assert!(!done || as_owner, "{at}");
                }
            }
        }
    }
}

#[test]
fn s3_what_is_told_of_moves_is_what_is_done() {
    for (preset, _) in TABLES {
        let pipeline = Pipeline::from_json(preset).unwrap();
        for role in roles(&pipeline).iter().map(String::as_str).chain(["nobody"]) {
            for owner in OWNERS {
                let (me, record) = (actor(role), record(&pipeline, "r-1", owner));
                let explained = pipeline.explain(&record, &me, NOW);
                for mv in &explained.moves {
                    let request = answering(&pipeline, Request::mv(mv.id.clone()));
                    let done = pipeline.decide(&record, &request, &me, NOW).refusal().is_none();
                    let at = format!("{} {role} {} {owner:?}", pipeline.id(), mv.id);
                    assert_eq!(mv.standing == Standing::Allowed, done, "{at}");
                    assert!(!done || mv.who_could.iter().any(|could| could == role), "{at}");
                }
                for capability in Capability::ALL {
                    let twice = me.clone().with_role("no_such_role");
                    assert_eq!(
                        pipeline.can(&record, &me, *capability),
                        pipeline.can(&record, &twice, *capability),
                        "an unknown role allows nothing and takes nothing away"
                    );
                }
            }
        }
    }
}
