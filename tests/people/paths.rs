//! S55: no path goes round the check: one record, many, an import, a program.

use lifestage::store::{CommitMode, Reader, Store};
use lifestage::{
    Act, Activity, Actor, Answer, Assignment, Conversion, Converting, Creation, Edit, Erasure, Merging,
    ReasonCode, Request, Workspace,
};

use crate::{add, at, codes, customer, done, get, lead, manager, olga, on_every_store, sales};

on_every_store! {
    nobody_does_nothing,
    a_role_of_another_pipeline_is_none,
    a_batch_asks_for_each,
    an_import_asks_for_its_own_capability,
    a_program_has_no_more_rights_than_its_roles,
    agents_work_with_their_own_on_every_path,
}

/// Everything that can be asked of a lead, by this actor.
fn all_asked<S: Store + Reader>(crm: &Workspace<S>, actor: &Actor) -> Vec<(&'static str, Vec<ReasonCode>)> {
    let one = |name, answer: Answer| (name, codes(&answer));
    let converting = crm.convert("lead-1", &Conversion::new(), actor, at(1)).unwrap();
    let Converting::Refused(converting) = converting else { panic!("{converting:?}") };
    let merging = crm.merge("lead-1", "lead-2", &Act::new(), actor, at(1)).unwrap();
    let Merging::Refused(merging) = merging else { panic!("{merging:?}") };
    vec![
        one("create", crm.create(lead("lead-9"), &Creation::new(), actor, at(1)).unwrap()),
        one("import", crm.create(lead("lead-9"), &Creation::new().imported(None), actor, at(1)).unwrap()),
        one("move", crm.submit("lead-1", &Request::mv("mark_contacted"), actor, at(1)).unwrap()),
        one("drag", crm.submit("lead-1", &Request::to("contacted"), actor, at(1)).unwrap()),
        one("force", crm.submit("lead-1", &Request::to("won").forced("because"), actor, at(1)).unwrap()),
        one("dry run", crm.dry_run("lead-1", &Request::to("contacted"), actor, at(1)).unwrap()),
        one("edit", crm.edit("lead-1", &Edit::new().set("budget", 1), actor, at(1)).unwrap()),
        one("edit contact", crm.edit("lead-1", &Edit::new().set("name", "x"), actor, at(1)).unwrap()),
        one("empty edit", crm.edit("lead-1", &Edit::new(), actor, at(1)).unwrap()),
        one("log", crm.log("lead-1", &Activity::note("x"), actor, at(1)).unwrap()),
        one("claim", crm.assign("lead-1", &Assignment::claim(), actor, at(1)).unwrap()),
        one("assign", crm.assign("lead-1", &Assignment::to("x"), actor, at(1)).unwrap()),
        one("release", crm.assign("lead-1", &Assignment::release(), actor, at(1)).unwrap()),
        one("next", crm.assign_next("lead-1", "closers", &Act::new(), actor, at(1)).unwrap()),
        one("pool", crm.set_pool("lead", "closers", &["x"], actor, at(1)).unwrap()),
        one("trash", crm.trash("lead-1", &Act::new(), actor, at(1)).unwrap()),
        one("restore", crm.restore("lead-1", &Act::new(), actor, at(1)).unwrap()),
        one("erase", crm.erase("lead-1", &Erasure::of_everything(), actor, at(1)).unwrap()),
        ("convert", converting.codes().collect()),
        ("merge", merging.codes().collect()),
    ]
}

fn refused_everything<S: Store + Reader>(crm: &Workspace<S>, actor: &Actor) {
    done(crm.set_pool("lead", "closers", &["eva"], &olga(), at(0)).unwrap());
    for id in ["lead-1", "lead-2"] {
        add(crm, lead(id));
    }
    for (name, codes) in all_asked(crm, actor) {
        let expected = [ReasonCode::PermissionDenied, ReasonCode::NotPermittedToCreate];
        assert!(!codes.is_empty() && codes.iter().all(|code| expected.contains(code)), "{name}: {codes:?}");
    }
    assert_eq!(crm.history("lead-1").unwrap().len(), 1);
    assert_eq!(crm.record("lead-9").unwrap(), None);
}

fn nobody_does_nothing<S: Store + Reader>(crm: &Workspace<S>) {
    refused_everything(crm, &Actor::new("eve"));
}

fn a_role_of_another_pipeline_is_none<S: Store + Reader>(crm: &Workspace<S>) {
    refused_everything(crm, &Actor::new("eve").with_role("agent").with_role("root"));
}

fn a_batch_asks_for_each<S: Store + Reader>(crm: &Workspace<S>) {
    let batch = || {
        ["lead-1", "lead-2"]
            .map(|id| (lead(id), Creation::new()))
            .into_iter()
            .chain([(customer("c-1"), Creation::new())])
            .collect::<Vec<_>>()
    };
    let (sam, mode) = (sales("sam"), CommitMode::Atomic);
    let together = crm.create_all(batch(), mode, &sam, at(1)).unwrap();
    assert_eq!(codes(&together[2]), [ReasonCode::NotPermittedToCreate], "sales have no role among customers");
    assert!(matches!(together[..2], [Answer::RolledBack, Answer::RolledBack]));
    assert_eq!(crm.record("lead-1").unwrap(), None);
    let each = crm.create_all(batch(), CommitMode::PerItem, &sam, at(1)).unwrap();
    assert_eq!(each.iter().filter(|answer| answer.receipt().is_some()).count(), 2);
    assert_eq!(crm.record("c-1").unwrap(), None);
}

fn an_import_asks_for_its_own_capability<S: Store + Reader>(crm: &Workspace<S>) {
    let import = |id: &str, actor: &Actor| {
        let creation = Creation::in_stage("engaged").imported(Some(at(-99)));
        crm.create(lead(id), &creation, actor, at(1)).unwrap()
    };
    assert_eq!(codes(&import("lead-1", &sales("sam"))), [ReasonCode::NotPermittedToCreate]);
    done(import("lead-1", &manager()));
}

fn a_program_has_no_more_rights_than_its_roles<S: Store + Reader>(crm: &Workspace<S>) {
    refused_everything(crm, &Actor::automation("nightly"));
    let form = Actor::automation("form").with_role("member");
    done(crm.create(lead("lead-3"), &Creation::new(), &form, at(1)).unwrap());
    done(crm.submit("lead-3", &Request::mv("mark_contacted"), &form, at(2)).unwrap());
    done(crm.submit("lead-3", &Request::mv("mark_engaged"), &sales("sam"), at(3)).unwrap());
    let back = crm.submit("lead-3", &Request::mv("mark_contacted"), &form, at(4)).unwrap();
    assert_eq!(codes(&back), [ReasonCode::NoBackward], "S7");
    let claim = crm.assign("lead-3", &Assignment::claim(), &form, at(5)).unwrap();
    assert_eq!(codes(&claim), [ReasonCode::PermissionDenied]);
}

fn agents_work_with_their_own_on_every_path<S: Store + Reader>(crm: &Workspace<S>) {
    let kim = Actor::new("kim").with_role("agent");
    done(crm.create(customer("mine"), &Creation::new(), &kim, at(0)).unwrap());
    add(crm, customer("theirs").owned_by("lee"));
    add(crm, customer("free"));
    done(crm.assign("free", &Assignment::release(), &olga(), at(0)).unwrap());
    assert_eq!(get(crm, "mine").owner(), Some("kim"), "the contacts that she creates");
    for id in ["theirs", "free"] {
        for answer in [
            crm.submit(id, &Request::to("lead"), &kim, at(1)),
            crm.edit(id, &Edit::new().set("notes", "x"), &kim, at(1)),
            crm.edit(id, &Edit::new().set("name", "x"), &kim, at(1)),
            crm.log(id, &Activity::note("x"), &kim, at(1)),
            crm.trash(id, &Act::new(), &kim, at(1)),
        ] {
            assert_eq!(codes(&answer.unwrap()), [ReasonCode::NotOwner], "{id}");
        }
        let seen = crm.submit(id, &Request::to("subscriber"), &kim, at(1)).unwrap();
        assert!(matches!(seen, Answer::Unchanged(_)), "she views all");
    }
    done(crm.submit("mine", &Request::to("lead"), &kim, at(1)).unwrap());
    done(crm.edit("mine", &Edit::new().set("notes", "x").set("name", "x"), &kim, at(1)).unwrap());
    done(crm.log("mine", &Activity::note("x"), &kim, at(1)).unwrap());
    done(crm.trash("mine", &Act::new(), &kim, at(1)).unwrap());
    done(crm.restore("mine", &Act::new(), &kim, at(1)).unwrap());
}
