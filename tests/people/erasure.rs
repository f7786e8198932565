//! S44: a person is forgotten, and the chain still holds.

use lifestage::journal::RowKind;
use lifestage::store::{FeedCursor, MemoryStore, Reader, Store};
use lifestage::{
    Act, Activity, Assignment, Creation, Edit, Erasure, Link, ReasonCode, Record, Request, TimelineQuery,
    Workspace,
};

use crate::{
    CUSTOMERS, add, assert_sound, at, codes, convert, crm, done, get, lead, manager, merge, olga,
    on_every_store,
};

on_every_store! {
    no_word_of_the_person_is_left,
    life_goes_on_and_can_be_forgotten_again,
    a_pseudonym_and_what_tells_of_nobody_stay,
    all_records_of_a_person_are_found_and_no_deal,
    who_may_erase,
}

/// What tells of the person, wherever it was written.
const TELLING: [&str; 9] = [
    "Lovelace",
    "ada@x.org",
    "+49301234567",
    "countess",
    "allergic",
    "moved-away",
    "duplicate-of-ada",
    "old-ada",
    "Byron",
];

fn ada<S: Store + Reader>(crm: &Workspace<S>) {
    let ada = lead("lead-1")
        .with("name", "Ada Lovelace")
        .with("email", "old-ada@x.org")
        .with("phone", "+49301234567");
    let creation = Creation::new().with_key("form-1");
    done(
        crm.create(ada.with("nickname", "countess").with("source", "web"), &creation, &olga(), at(0))
            .unwrap(),
    );
    let edit = Edit::new().set("email", "ada@x.org").with_key("form-2");
    done(crm.edit("lead-1", &edit, &olga(), at(1)).unwrap());
    done(crm.log("lead-1", &Activity::note("allergic to nuts").with_key("form-3"), &olga(), at(2)).unwrap());
    let lost = Request::mv("mark_lost").with_input("reason", "other").with_input("note", "moved-away");
    done(crm.submit("lead-1", &lost.with_key("form-4"), &olga(), at(3)).unwrap());
    done(crm.submit("lead-1", &Request::mv("revive"), &olga(), at(4)).unwrap());
    convert(crm, "lead-1", 5);
    add(crm, lead("lead-2").with("notes", "Byron"));
    let Ok(_) = crm.merge("lead-1", "lead-2", &Act::because("duplicate-of-ada"), &olga(), at(6)) else {
        panic!()
    };
}

/// Everything that can be read of the tenant, but what the person's other records say.
fn all_that_is_read<S: Store + Reader>(crm: &Workspace<S>, ids: &[&str]) -> String {
    let mut read = String::new();
    let mut say = |what: &dyn std::fmt::Debug| read.push_str(&format!("{what:?}\n"));
    for id in ids {
        say(&get(crm, id));
        say(&crm.history(id).unwrap());
        say(&crm.timeline(id, &TimelineQuery::newest(99)).unwrap());
        for row in crm.history(id).unwrap() {
            say(&crm.store().effects("acme", id, row.seq).unwrap());
        }
    }
    for key in ["form-1", "form-2", "form-3", "form-4"] {
        say(&crm.store().receipt("acme", key).unwrap());
    }
    let feed = crm.store().feed("acme", FeedCursor::START, 999).unwrap();
    say(&feed.iter().filter(|(_, row)| ids.contains(&row.record.as_str())).collect::<Vec<_>>());
    read
}

fn no_word_of_the_person_is_left<S: Store + Reader>(crm: &Workspace<S>) {
    ada(crm);
    let ids = crm.same_person("lead-1").unwrap();
    let mut ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["lead-1", "lead-1-customer", "lead-2"]);
    let before = all_that_is_read(crm, &ids);
    for word in TELLING {
        assert!(before.contains(word), "{word} has to be there to be forgotten");
    }
    for id in &ids {
        done(crm.erase(id, &Erasure::of_everything().because("request 17"), &olga(), at(7)).unwrap());
    }
    let after = all_that_is_read(crm, &ids);
    for word in TELLING {
        let near =
            after.find(word).map(|at| after[at.saturating_sub(200)..].chars().take(300).collect::<String>());
        assert_eq!(near, None, "{word}");
    }
    assert!(after.contains("request 17"), "why it was done stays");
    for email in ["ada@x.org", "old-ada@x.org"] {
        assert_eq!(crm.with_email(CUSTOMERS, email).unwrap(), []);
        assert_eq!(crm.store().find("acme", "email", email, 9).unwrap().len(), 0);
    }
    assert_eq!(get(crm, "lead-1-customer").reserved(), None, "the address is free");
    assert_eq!(get(crm, "lead-1").link(Link::Customer), Some("lead-1-customer"), "where it stands stays");
    assert_sound(crm);
}

fn life_goes_on_and_can_be_forgotten_again<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1").with("name", "Ada Lovelace").owned_by("sam"));
    done(crm.erase("lead-1", &Erasure::of_everything().with_key("e"), &olga(), at(1)).unwrap());
    assert!(
        done(crm.erase("lead-1", &Erasure::of_everything().with_key("e"), &olga(), at(2)).unwrap())
            .is_repeated()
    );
    let erased = get(crm, "lead-1");
    assert_eq!(
        (erased.owner(), erased.stage(), erased.fields().iter().count()),
        (Some("sam"), Some("new"), 0)
    );
    done(crm.submit("lead-1", &Request::mv("mark_contacted"), &olga(), at(3)).unwrap());
    done(crm.edit("lead-1", &Edit::new().set("email", "new@x.org"), &olga(), at(4)).unwrap());
    done(crm.assign("lead-1", &Assignment::to("eva"), &manager(), at(4)).unwrap());
    convert(crm, "lead-1", 5);
    assert_sound(crm);
    done(crm.erase("lead-1", &Erasure::of_everything(), &olga(), at(6)).unwrap());
    assert!(!format!("{:?}", crm.history("lead-1").unwrap()).contains("new@x.org"));
    done(crm.undo("lead-1", 3, "too early", &olga(), at(7)).unwrap());
    assert_eq!(get(crm, "lead-1").stage(), Some("new"));
    let kinds: Vec<RowKind> = crm.history("lead-1").unwrap().iter().map(|row| row.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == RowKind::Erasure).count(), 2);
    assert_eq!(crm.visits("lead-1").unwrap().len(), 3, "when it was where is still known");
    assert_sound(crm);
}

fn a_pseudonym_and_what_tells_of_nobody_stay<S: Store + Reader>(crm: &Workspace<S>) {
    ada(crm);
    for field in ["email", "name", "phone", "notes", "social"] {
        let answer = crm.erase("lead-1", &Erasure::keeping(["source", field]), &olga(), at(7)).unwrap();
        assert_eq!(codes(&answer), [ReasonCode::InvalidInput], "{field}");
    }
    let erasure = Erasure::keeping(["source", "budget", "source"]).renaming("Person 4711");
    let erased = done(crm.erase("lead-1", &erasure, &olga(), at(8)).unwrap());
    let fields: Vec<(&str, String)> =
        erased.record().fields().iter().map(|(name, value)| (name, value.to_string())).collect();
    assert_eq!(fields, [("name", "Person 4711".to_owned()), ("source", "web".to_owned())]);
    assert!(!format!("{:?}", crm.history("lead-1").unwrap()).contains("Lovelace"));
    assert_sound(crm);
}

fn all_records_of_a_person_are_found_and_no_deal<S: Store + Reader>(crm: &Workspace<S>) {
    for id in ["lead-1", "lead-2", "lead-3"] {
        add(crm, lead(id).with("email", "ada@x.org"));
    }
    add(crm, lead("lead-4").with("email", "bob@x.org"));
    add(crm, lead("lead-5"));
    for id in ["lead-1", "lead-2", "lead-4"] {
        convert(crm, id, 1);
        done(
            crm.start_deal(id, Record::new(format!("deal-of-{id}")), &Creation::new(), &olga(), at(1))
                .unwrap(),
        );
    }
    merge(crm, "lead-2", "lead-5", 2);
    let mut expected = ["lead-1", "lead-1-customer", "lead-2", "lead-5"].map(str::to_owned).to_vec();
    expected.sort();
    for id in &expected {
        let mut found: Vec<String> = crm.same_person(id).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(&found[0], id, "the one asked for first");
        found.sort();
        assert_eq!(found, expected, "{id}");
    }
    assert_eq!(crm.same_person("lead-3").unwrap(), ["lead-3"], "not converted, so nobody knows");
}

fn who_may_erase<S: Store + Reader>(crm: &Workspace<S>) {
    ada(crm);
    let denied = crm.erase("lead-1", &Erasure::of_everything(), &manager(), at(7)).unwrap();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    assert_eq!(get(crm, "lead-1").contact().name(), Some("Ada Lovelace"));
    done(crm.trash("lead-1", &Act::because("Lovelace asked"), &olga(), at(8)).unwrap());
    done(crm.erase("lead-1", &Erasure::of_everything(), &olga(), at(9)).unwrap());
    assert!(!format!("{:?}", crm.history("lead-1").unwrap()).contains("Lovelace"), "in the trash too");
    assert!(get(crm, "lead-1").trashed_at().is_some());
}

#[test]
fn a_row_may_be_read_before_and_after_but_never_half() {
    let crm = crm(MemoryStore::new());
    ada(&crm);
    let answers = crate::race(4, |n| match n {
        0 => {
            done(crm.erase("lead-1", &Erasure::of_everything(), &olga(), at(7)).unwrap());
            Vec::new()
        }
        _ => (0..50).map(|_| crm.verify("lead-1").unwrap()).collect(),
    });
    assert!(answers.iter().flatten().all(Option::is_none), "{answers:?}");
}
