//! S57: a lead becomes a customer.

use lifestage::journal::RowKind;
use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{
    Act, Actor, Answer, Conversion, Edit, Erasure, HowConverted, Link, ReasonCode, SmolStr, Value, Workspace,
};

use crate::{
    CUSTOMERS, LEADS, add, assert_sound, at, convert, converted, crm_with, customer, done, get, lead, merge,
    not_converted, olga, on_every_store, sales,
};

on_every_store! {
    one_match_links_and_fills_only_what_is_empty,
    no_match_makes_a_customer_and_leaves_the_stage_of_the_lead,
    several_matches_are_named_and_nothing_is_done,
    without_an_email_always_a_new_one,
    an_address_is_one_however_it_is_written,
    what_is_no_address_identifies_nobody,
    twice_is_once_with_a_key_and_without,
    a_key_that_stands_for_something_else,
    an_explicit_duplicate_is_linked_while_another_holds_the_address,
    the_customer_in_the_trash,
    the_customer_that_became_one_with_another,
    the_customer_that_was_forgotten,
    the_customer_whose_address_changed,
    the_customer_of_another_pipeline_who_holds_the_address,
    a_lead_is_no_customer_of_its_own,
    what_the_stage_asks_for_is_asked,
    who_may_convert,
}

const ADA: &str = "ada@x.org";

fn lead_of<S: Store + Reader>(crm: &Workspace<S>, id: &str) {
    add(crm, lead(id).with("email", ADA));
}

fn customers<S: Store + Reader>(crm: &Workspace<S>) -> Vec<String> {
    crm.with_email(CUSTOMERS, ADA).unwrap().iter().map(|record| record.id().to_owned()).collect()
}

fn one_match_links_and_fills_only_what_is_empty<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, customer("c-1").with("email", ADA).with("name", "Ada King").owned_by("kim"));
    add(
        crm,
        lead("lead-1")
            .with("email", ADA)
            .with("name", "Ada L.")
            .with("phone", "+49301234567")
            .with("budget", 5),
    );
    let done = convert(crm, "lead-1", 1);
    assert_eq!((done.how, done.customer.id()), (HowConverted::Linked, "c-1"));
    assert_eq!(done.filled, ["phone"]);
    let contact = done.customer.contact();
    assert_eq!(
        (contact.name(), contact.phone(), contact.owner()),
        (Some("Ada King"), Some("+49301234567"), Some("kim"))
    );
    assert_eq!(done.customer.fields().get("budget"), None, "customers have no such field");
    assert_eq!(done.customer.stage(), Some("subscriber"), "who is there stays where he is");
    assert_eq!(done.lead.link(Link::Customer), Some("c-1"));
    let [.., of_lead] = &crm.history("lead-1").unwrap()[..] else { panic!() };
    let [.., of_customer] = &crm.history("c-1").unwrap()[..] else { panic!() };
    assert_eq!((of_lead.kind, of_customer.kind), (RowKind::Conversion, RowKind::Conversion));
    assert_eq!(of_customer.input.get(lifestage::Link::Lead.fact()), Some(&Value::from("lead-1")));
    assert_sound(crm);
}

fn no_match_makes_a_customer_and_leaves_the_stage_of_the_lead<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    let done = convert(crm, "lead-1", 1);
    assert_eq!((done.how, done.customer.id()), (HowConverted::Created, "lead-1-customer"));
    assert_eq!((done.customer.stage(), done.customer.reserved()), (Some("customer"), Some(ADA)));
    assert_eq!((done.lead.stage(), done.lead.visit()), (Some("new"), 1));
    assert_eq!((get(crm, "lead-1"), get(crm, "lead-1-customer")), (done.lead, done.customer));
    assert_eq!(done.moved, None);
    assert_sound(crm);
}

fn several_matches_are_named_and_nothing_is_done<S: Store + Reader>(crm: &Workspace<S>) {
    for id in ["c-1", "c-2"] {
        add(crm, customer(id).with("email", ADA));
    }
    lead_of(crm, "lead-1");
    let refused = not_converted(crm.convert("lead-1", &Conversion::new(), &olga(), at(1)).unwrap());
    assert_eq!(refused.codes().collect::<Vec<_>>(), [ReasonCode::SeveralMatches]);
    let named = Value::List(vec!["c-1".into(), "c-2".into()]);
    assert_eq!(refused.reasons()[0].parameters().get("records"), Some(&named));
    assert!(["lead-1", "c-1", "c-2"].iter().all(|id| crm.history(id).unwrap().len() == 1));
    assert_eq!(crm.record("lead-1-customer").unwrap(), None);
    let said = Conversion::new().linking("c-2");
    assert_eq!(converted(crm.convert("lead-1", &said, &olga(), at(2)).unwrap()).customer.id(), "c-2");
}

fn without_an_email_always_a_new_one<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, customer("c-1").with("phone", "+49301234567"));
    for id in ["lead-1", "lead-2"] {
        add(crm, lead(id).with("phone", "+49301234567"));
        let done = convert(crm, id, 1);
        assert_eq!((done.how, done.customer.id()), (HowConverted::Created, &*format!("{id}-customer")));
        assert_eq!(done.customer.reserved(), None);
    }
}

fn an_address_is_one_however_it_is_written<S: Store + Reader>(crm: &Workspace<S>) {
    // A pipeline that declares no field for it takes the address as it is given.
    let mut plain: serde_json::Value = serde_json::from_str(lifestage::presets::LEAD).unwrap();
    plain["id"] = "walk_ins".into();
    plain["fields"].as_object_mut().unwrap().remove("email");
    crm.publish(&lifestage::Pipeline::from_json(&plain.to_string()).unwrap(), &olga(), at(0)).unwrap();
    add(crm, customer("c-1").with("email", " Ada@X.org "));
    add(crm, lead("w-1").in_pipeline("walk_ins").with("email", "ADA@x.ORG "));
    let into = Conversion::new().into_pipeline(CUSTOMERS);
    let done = converted(crm.convert("w-1", &into, &olga(), at(1)).unwrap());
    assert_eq!((done.how, done.customer.id()), (HowConverted::Linked, "c-1"));
    add(crm, lead("w-2").in_pipeline("walk_ins").with("email", "a.da+crm@x.org"));
    let done = converted(crm.convert("w-2", &into, &olga(), at(2)).unwrap());
    assert_eq!(done.how, HowConverted::Created, "dots and tags are kept");
    assert_eq!(done.customer.reserved(), Some("a.da+crm@x.org"));
}

fn what_is_no_address_identifies_nobody<S: Store + Reader>(crm: &Workspace<S>) {
    let mut plain: serde_json::Value = serde_json::from_str(lifestage::presets::LEAD).unwrap();
    plain["id"] = "walk_ins".into();
    plain["fields"].as_object_mut().unwrap().remove("email");
    crm.publish(&lifestage::Pipeline::from_json(&plain.to_string()).unwrap(), &olga(), at(0)).unwrap();
    plain["id"] = "contacts".into();
    crm.publish(&lifestage::Pipeline::from_json(&plain.to_string()).unwrap(), &olga(), at(0)).unwrap();
    let into = Conversion::new().into_pipeline("contacts");
    for id in ["w-1", "w-2"] {
        add(crm, lead(id).in_pipeline("walk_ins").with("email", "none"));
        let done = converted(crm.convert(id, &into, &olga(), at(1)).unwrap());
        assert_eq!((done.how, done.customer.reserved()), (HowConverted::Created, None));
    }
}

fn twice_is_once_with_a_key_and_without<S: Store + Reader>(crm: &Workspace<S>) {
    for (id, conversion) in
        [("lead-1", Conversion::new()), ("lead-2", Conversion::new().with_key("button-9"))]
    {
        add(crm, lead(id));
        let first = converted(crm.convert(id, &conversion, &olga(), at(1)).unwrap());
        let second = converted(crm.convert(id, &conversion, &olga(), at(2)).unwrap());
        assert_eq!((first.how, second.how), (HowConverted::Created, HowConverted::Before));
        assert_eq!((second.lead, second.customer), (first.lead, first.customer));
        assert_eq!(crm.history(id).unwrap().len(), 2);
    }
    let another = Conversion::new().linking("lead-2-customer");
    let third = converted(crm.convert("lead-1", &another, &olga(), at(3)).unwrap());
    assert_eq!(third.customer.id(), "lead-1-customer", "the first result");
}

fn a_key_that_stands_for_something_else<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    add(crm, lead("lead-2"));
    let conversion = Conversion::new().with_key("k");
    converted(crm.convert("lead-1", &conversion, &olga(), at(1)).unwrap());
    let refused = not_converted(crm.convert("lead-2", &conversion, &olga(), at(2)).unwrap());
    assert_eq!(refused.codes().collect::<Vec<_>>(), [ReasonCode::DuplicateRequest]);
    assert_eq!(crm.record("lead-2-customer").unwrap(), None);
}

fn an_explicit_duplicate_is_linked_while_another_holds_the_address<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    convert(crm, "lead-1", 1);
    add(crm, customer("c-2").with("email", ADA));
    lead_of(crm, "lead-2");
    let said = Conversion::new().linking("c-2");
    let done = converted(crm.convert("lead-2", &said, &olga(), at(2)).unwrap());
    assert_eq!((done.how, done.customer.id(), done.customer.reserved()), (HowConverted::Linked, "c-2", None));
    assert_eq!(get(crm, "lead-1-customer").reserved(), Some(ADA));
    add(crm, lead("lead-3"));
    let unknown = Conversion::new().linking("nobody");
    let unknown = not_converted(crm.convert("lead-3", &unknown, &olga(), at(3)).unwrap());
    assert_eq!(unknown.codes().collect::<Vec<_>>(), [ReasonCode::UnknownPart]);
    assert_sound(crm);
}

fn the_customer_in_the_trash<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    convert(crm, "lead-1", 1);
    done(crm.trash("lead-1-customer", &Act::new(), &olga(), at(2)).unwrap());
    assert_eq!(convert(crm, "lead-1", 3).how, HowConverted::Before, "S57: the first result");
    lead_of(crm, "lead-2");
    let refused = Conversion::new().linking("lead-1-customer");
    let refused = not_converted(crm.convert("lead-2", &refused, &olga(), at(3)).unwrap());
    assert_eq!(refused.codes().collect::<Vec<_>>(), [ReasonCode::Trashed]);
    let done_anew = convert(crm, "lead-2", 4);
    assert_eq!((done_anew.how, done_anew.customer.id()), (HowConverted::Created, "lead-2-customer"));
    done(crm.restore("lead-1-customer", &Act::new(), &olga(), at(5)).unwrap());
    assert_eq!(customers(crm).len(), 2, "both are there, and a third lead has to say which");
    lead_of(crm, "lead-3");
    let several = not_converted(crm.convert("lead-3", &Conversion::new(), &olga(), at(6)).unwrap());
    assert!(several.has(ReasonCode::SeveralMatches));
    assert_sound(crm);
}

fn the_customer_that_became_one_with_another<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, customer("c-1").with("email", "countess@x.org"));
    lead_of(crm, "lead-1");
    convert(crm, "lead-1", 1);
    merge(crm, "c-1", "lead-1-customer", 2);
    assert_eq!(convert(crm, "lead-1", 3).customer.id(), "c-1", "the one that stands for it");
    lead_of(crm, "lead-2");
    let done = convert(crm, "lead-2", 4);
    assert_eq!(
        (done.how, done.customer.id()),
        (HowConverted::Linked, "c-1"),
        "by the address of the duplicate"
    );
    lead_of(crm, "lead-3");
    let tail = Conversion::new().linking("lead-1-customer");
    let refused = not_converted(crm.convert("lead-3", &tail, &olga(), at(5)).unwrap());
    assert!(refused.has(ReasonCode::Merged) && refused.to_string().contains("c-1"), "{refused}");
    assert_sound(crm);
}

fn the_customer_that_was_forgotten<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    convert(crm, "lead-1", 1);
    done(crm.erase("lead-1-customer", &Erasure::of_everything(), &olga(), at(2)).unwrap());
    assert_eq!(convert(crm, "lead-1", 3).how, HowConverted::Before);
    lead_of(crm, "lead-2");
    let anew = convert(crm, "lead-2", 4);
    assert_eq!((anew.how, anew.customer.reserved()), (HowConverted::Created, Some(ADA)));
    assert_sound(crm);
}

fn the_customer_whose_address_changed<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    convert(crm, "lead-1", 1);
    let edit = Edit::new().set("email", "ADA@y.org");
    let edited = done(crm.edit("lead-1-customer", &edit, &olga(), at(2)).unwrap());
    assert_eq!(edited.record().reserved(), None, "another address is not the one that it holds");
    add(crm, lead("lead-2").with("email", "ada@y.org"));
    let by_new = convert(crm, "lead-2", 3);
    assert_eq!((by_new.customer.id(), by_new.customer.reserved()), ("lead-1-customer", Some("ada@y.org")));
    lead_of(crm, "lead-3");
    assert_eq!(convert(crm, "lead-3", 4).how, HowConverted::Created, "nobody has the old one");
    assert_eq!(
        convert(crm, "lead-1", 5).customer.id(),
        "lead-1-customer",
        "the lead stays with its customer"
    );
    assert_sound(crm);
}

fn the_customer_of_another_pipeline_who_holds_the_address<S: Store + Reader>(crm: &Workspace<S>) {
    let mut other: serde_json::Value = serde_json::from_str(lifestage::presets::LIFE_STAGES).unwrap();
    other["id"] = "accounts".into();
    crm.publish(&lifestage::Pipeline::from_json(&other.to_string()).unwrap(), &olga(), at(0)).unwrap();
    lead_of(crm, "lead-1");
    convert(crm, "lead-1", 1);
    lead_of(crm, "lead-2");
    let elsewhere = Conversion::new().into_pipeline("accounts");
    let refused = not_converted(crm.convert("lead-2", &elsewhere, &olga(), at(2)).unwrap());
    assert_eq!(refused.codes().collect::<Vec<_>>(), [ReasonCode::Reserved]);
    assert!(refused.to_string().contains("lead-1-customer"), "{refused}");
    assert_eq!(crm.record("lead-2-customer").unwrap(), None);
}

fn a_lead_is_no_customer_of_its_own<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    for conversion in
        [Conversion::new().into_pipeline(LEADS), Conversion::new().into_pipeline(LEADS).linking("lead-1")]
    {
        let refused = not_converted(crm.convert("lead-1", &conversion, &olga(), at(1)).unwrap());
        assert_eq!(refused.codes().collect::<Vec<_>>(), [ReasonCode::InvalidInput], "{refused}");
    }
    assert_eq!(crm.history("lead-1").unwrap().len(), 1);
}

fn what_the_stage_asks_for_is_asked<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    let nowhere = Conversion::new().in_stage("mars");
    let refused = not_converted(crm.convert("lead-1", &nowhere, &olga(), at(1)).unwrap());
    assert!(refused.has(ReasonCode::UnknownStage));
    add(crm, customer("taken"));
    let taken =
        not_converted(crm.convert("lead-1", &Conversion::new().naming("taken"), &olga(), at(1)).unwrap());
    assert!(taken.has(ReasonCode::DuplicateRequest), "{taken}");
    assert_eq!(get(crm, "lead-1").link(Link::Customer), None, "all or nothing");
    assert_eq!(crm.history("lead-1").unwrap().len(), 1);
}

fn who_may_convert<S: Store + Reader>(crm: &Workspace<S>) {
    lead_of(crm, "lead-1");
    let nobody = not_converted(crm.convert("lead-1", &Conversion::new(), &Actor::new("eve"), at(1)).unwrap());
    assert_eq!(nobody.codes().collect::<Vec<_>>(), [ReasonCode::PermissionDenied]);
    let stale = Conversion::new().expecting_version(9);
    let stale = not_converted(crm.convert("lead-1", &stale, &sales("sam"), at(1)).unwrap());
    assert!(stale.has(ReasonCode::StaleRecord));
    let done = converted(crm.convert("lead-1", &Conversion::new(), &sales("sam"), at(1)).unwrap());
    assert_eq!(done.customer.owner(), Some("sam"), "no capability of the customers' pipeline is needed");
}

fn won_with<S: Store + Reader>(crm: &Workspace<S>) -> (Option<Answer>, Option<SmolStr>) {
    let done = convert(crm, "lead-1", 9);
    assert_eq!(
        crm.record("lead-1-customer").unwrap().map(|record| record.stage().map(SmolStr::new)),
        Some(Some("customer".into()))
    );
    (done.moved, done.lead.stage().map(SmolStr::new))
}

#[test]
fn the_move_of_the_definition_is_made_and_a_refused_one_is_told() {
    let wins = serde_json::json!({ "into": CUSTOMERS, "stage": "customer", "move": "mark_won" });
    let crm = crm_with(MemoryStore::new(), wins);
    lead_of(&crm, "lead-1");
    let (moved, stage) = won_with(&crm);
    assert_eq!(moved.unwrap().refusal().unwrap().codes().collect::<Vec<_>>(), [ReasonCode::NotFromStage]);
    assert_eq!(stage.as_deref(), Some("new"), "S13: the conversion stands");
    let again = convert(&crm, "lead-1", 10);
    assert_eq!(again.how, HowConverted::Before);

    let parks = serde_json::json!({ "into": CUSTOMERS, "stage": "customer", "move": "mark_contacted" });
    let crm = crm_with(MemoryStore::new(), parks);
    lead_of(&crm, "lead-1");
    let (moved, stage) = won_with(&crm);
    assert!(moved.unwrap().receipt().is_some());
    assert_eq!(stage.as_deref(), Some("contacted"));
    let kinds: Vec<RowKind> = crm.history("lead-1").unwrap().iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [RowKind::Creation, RowKind::Conversion, RowKind::Move]);
    assert_sound(&crm);
}
