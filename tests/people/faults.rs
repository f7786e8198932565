//! A store that stops between two commits: what was begun is there whole, or not at all (S57, S59, S15a).

use lifestage::store::MemoryStore;
use lifestage::{Act, Conversion, HowConverted, Presence, Workspace};

use crate::at;
use crate::watched::Watched;
use crate::{CUSTOMERS, LEADS, add, assert_sound, converted, crm_with, done, get, lead, olga, usual};

fn watched(after: bool) -> Workspace<Watched<MemoryStore>> {
    crm_with(Watched::new(MemoryStore::new(), after), usual())
}

#[test]
fn a_conversion_a_merge_and_a_turn_are_one_commit_each() {
    let crm = watched(false);
    for id in ["lead-1", "lead-2", "lead-3"] {
        add(&crm, lead(id).with("email", "ada@x.org"));
    }
    done(crm.set_pool(LEADS, "closers", &["eva"], &olga(), at(0)).unwrap());
    crm.store().allow(1);
    let made = converted(crm.convert("lead-1", &Conversion::new(), &olga(), at(1)).unwrap());
    crm.store().allow(1);
    let linked = converted(crm.convert("lead-2", &Conversion::new(), &olga(), at(1)).unwrap());
    assert_eq!((made.how, linked.how), (HowConverted::Created, HowConverted::Linked));
    assert_eq!(crm.store().commits(), 1);
    crm.store().allow(0);
    let before = converted(crm.convert("lead-2", &Conversion::new(), &olga(), at(1)).unwrap());
    assert_eq!(before.how, HowConverted::Before, "no commit at all");
    crm.store().allow(1);
    crate::merge(&crm, "lead-1", "lead-3", 2);
    crm.store().allow(1);
    done(crm.assign_next("lead-2", "closers", &Act::new(), &olga(), at(2)).unwrap());
    assert_sound(&crm);
}

#[test]
fn what_stops_before_its_commit_leaves_nothing() {
    let crm = watched(false);
    for id in ["lead-1", "lead-2"] {
        add(&crm, lead(id).with("email", "ada@x.org"));
    }
    done(crm.set_pool(LEADS, "closers", &["eva", "sam"], &olga(), at(0)).unwrap());
    crm.store().allow(0);
    assert!(crm.convert("lead-1", &Conversion::new(), &olga(), at(1)).is_err());
    assert!(crm.merge("lead-1", "lead-2", &Act::new(), &olga(), at(1)).is_err());
    assert!(crm.assign_next("lead-1", "closers", &Act::new(), &olga(), at(1)).is_err());
    crm.store().allow(usize::MAX);
    assert_eq!(crm.with_email(CUSTOMERS, "ada@x.org").unwrap(), []);
    assert_eq!(get(&crm, "lead-2").presence(), Presence::Live);
    assert_eq!(crm.pool(LEADS, "closers").unwrap().next(), Some("eva"), "no turn is lost");
    let done = converted(crm.convert("lead-1", &Conversion::new(), &olga(), at(2)).unwrap());
    assert_eq!(done.how, HowConverted::Created);
    assert_sound(&crm);
}

#[test]
fn what_stops_after_its_commit_is_there_and_asking_again_says_so() {
    let crm = watched(true);
    for id in ["lead-1", "lead-2"] {
        add(&crm, lead(id));
    }
    done(crm.set_pool(LEADS, "closers", &["eva", "sam"], &olga(), at(0)).unwrap());
    crm.store().allow(0);
    let (conversion, act) = (Conversion::new().with_key("c"), Act::new().with_key("m"));
    assert!(crm.convert("lead-1", &conversion, &olga(), at(1)).is_err());
    assert!(crm.merge("lead-1", "lead-2", &act, &olga(), at(1)).is_err());
    assert!(crm.assign_next("lead-1", "closers", &Act::new(), &olga(), at(1)).is_err());
    crm.store().allow(usize::MAX);
    let again = converted(crm.convert("lead-1", &conversion, &olga(), at(2)).unwrap());
    assert_eq!((again.how, again.customer.id()), (HowConverted::Before, "lead-1-customer"));
    let again = crm.merge("lead-1", "lead-2", &act, &olga(), at(2)).unwrap();
    assert!(matches!(again, lifestage::Merging::Done { head, .. } if head.is_repeated()));
    assert_eq!(get(&crm, "lead-1").owner(), Some("eva"));
    assert_eq!(crm.pool(LEADS, "closers").unwrap().next(), Some("sam"), "owner and turn went together");
    assert_sound(&crm);
}
