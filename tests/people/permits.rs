//! S55, S57: who may bring a lead where a conversion leads.

use std::fmt;
use std::sync::{Arc, Mutex};

use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{
    Actor, Authorizer, Capability, Conversion, Denied, HowConverted, Link, Permission, Pipeline, ReasonCode,
    Refusal, Workspace, presets,
};

use crate::{
    CUSTOMERS, LEADS, add, at, converted, crm_with, customer, get, lead, not_converted, olga, on_every_store,
    sales,
};

on_every_store! {
    where_the_definition_leads_convert_is_enough,
    elsewhere_it_is_a_creation,
    linking_elsewhere_is_an_edit,
    without_a_definition_nothing_is_given,
    a_stage_with_a_door_is_closed_to_conversions_too,
}

/// Another pipeline of customers, of which the definition of the leads says nothing.
fn accounts<S: Store + Reader>(crm: &Workspace<S>) {
    let mut other: serde_json::Value = serde_json::from_str(presets::LIFE_STAGES).unwrap();
    other["id"] = "accounts".into();
    crm.publish(&Pipeline::from_json(&other.to_string()).unwrap(), &olga(), at(0)).unwrap();
}

/// May convert leads, and creates customers everywhere.
fn both(id: &str) -> Actor {
    sales(id).with_role("agent")
}

#[track_caller]
fn refused<S: Store + Reader>(
    crm: &Workspace<S>,
    id: &str,
    conversion: &Conversion,
    actor: &Actor,
) -> Vec<ReasonCode> {
    let before = crm.history(id).unwrap();
    let refusal = not_converted(crm.convert(id, conversion, actor, at(1)).unwrap());
    assert_eq!(crm.history(id).unwrap(), before);
    assert_eq!(crm.record(&format!("{id}-customer")).unwrap(), None, "all or nothing");
    refusal.codes().collect()
}

fn where_the_definition_leads_convert_is_enough<S: Store + Reader>(crm: &Workspace<S>) {
    let said = [
        Conversion::new(),
        Conversion::new().into_pipeline(CUSTOMERS),
        Conversion::new().in_stage("customer"),
        Conversion::new().into_pipeline(CUSTOMERS).in_stage("customer").naming("ada"),
    ];
    for (nth, conversion) in said.into_iter().enumerate() {
        let id = format!("lead-{nth}");
        add(crm, lead(&id));
        let done = converted(crm.convert(&id, &conversion, &sales("sam"), at(1)).unwrap());
        assert_eq!((done.how, done.customer.stage()), (HowConverted::Created, Some("customer")));
    }
    add(crm, customer("c-1").with("name", "Ada").owned_by("kim"));
    add(crm, lead("lead-9").with("phone", "+49301234567").with("notes", "x"));
    let linking = Conversion::new().linking("c-1");
    let done = converted(crm.convert("lead-9", &linking, &sales("sam"), at(1)).unwrap());
    assert_eq!(
        (done.how, done.filled.len()),
        (HowConverted::Linked, 2),
        "the gaps of another's customer too"
    );
}

fn elsewhere_it_is_a_creation<S: Store + Reader>(crm: &Workspace<S>) {
    accounts(crm);
    add(crm, lead("lead-1").owned_by("kim"));
    for conversion in [
        Conversion::new().in_stage("lead"),
        Conversion::new().into_pipeline(CUSTOMERS).in_stage("subscriber"),
        Conversion::new().into_pipeline("accounts"),
        Conversion::new().into_pipeline("accounts").in_stage("customer"),
    ] {
        let codes = refused(crm, "lead-1", &conversion, &sales("sam"));
        assert_eq!(codes, [ReasonCode::NotPermittedToCreate], "{conversion:?}");
        let only_there = refused(crm, "lead-1", &conversion, &Actor::new("amy").with_role("agent"));
        assert_eq!(only_there, [ReasonCode::PermissionDenied], "and `convert` is needed as well");
    }
    let elsewhere = Conversion::new().into_pipeline("accounts").in_stage("opportunity");
    let done = converted(crm.convert("lead-1", &elsewhere, &both("amy"), at(2)).unwrap());
    assert_eq!((done.customer.pipeline(), done.customer.stage()), ("accounts", Some("opportunity")));
    assert_eq!(done.customer.owner(), Some("kim"));
}

fn linking_elsewhere_is_an_edit<S: Store + Reader>(crm: &Workspace<S>) {
    accounts(crm);
    add(crm, customer("theirs").in_pipeline("accounts").owned_by("kim"));
    add(crm, customer("own").in_pipeline("accounts").owned_by("amy"));
    let linking = |id: &str| Conversion::new().into_pipeline("accounts").linking(id);
    let denied = ReasonCode::PermissionDenied;
    for (id, gaps, codes) in [
        ("lead-1", &["phone"][..], &[denied][..]),
        ("lead-2", &["notes"], &[denied]),
        ("lead-3", &["phone", "notes"], &[denied, denied]),
        ("lead-4", &[], &[denied]),
    ] {
        let mut record = lead(id);
        for gap in gaps {
            record = record.with(*gap, "+49301234567");
        }
        add(crm, record);
        assert_eq!(refused(crm, id, &linking("theirs"), &sales("sam")), codes, "{gaps:?}");
    }
    let missing = |id: &str| {
        let refusal: Refusal =
            not_converted(crm.convert(id, &linking("theirs"), &sales("sam"), at(1)).unwrap());
        let named =
            refusal.reasons().iter().filter_map(|reason| reason.parameters().get("capability").cloned());
        named.map(|name| name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(missing("lead-1"), ["edit_contact"], "who a contact is");
    assert_eq!(missing("lead-2"), ["edit_fields"]);
    assert_eq!(missing("lead-4"), ["edit_fields"], "nothing filled: whatever a customer is said to be");
    assert_eq!(refused(crm, "lead-1", &linking("theirs"), &both("amy")), [ReasonCode::NotOwner]);
    assert_eq!(get(crm, "theirs").version(), 1);
    let done = converted(crm.convert("lead-1", &linking("own"), &both("amy"), at(2)).unwrap());
    assert_eq!((done.how, &*done.filled), (HowConverted::Linked, &["phone".into()][..]));
}

fn without_a_definition_nothing_is_given<S: Store + Reader>(crm: &Workspace<S>) {
    crm.publish(&crate::leads(serde_json::Value::Null), &olga(), at(0)).unwrap();
    add(crm, lead("lead-1").with("name", "Ada"));
    assert_eq!(
        refused(crm, "lead-1", &Conversion::new(), &sales("sam")),
        [ReasonCode::AmbiguousPipeline],
        "nobody says where"
    );
    let there = Conversion::new().into_pipeline(CUSTOMERS);
    assert_eq!(refused(crm, "lead-1", &there, &sales("sam")), [ReasonCode::NotPermittedToCreate]);
    add(crm, customer("c-1").owned_by("kim"));
    let linking = Conversion::new().into_pipeline(CUSTOMERS).linking("c-1");
    assert_eq!(refused(crm, "lead-1", &linking, &sales("sam")), [ReasonCode::PermissionDenied]);
    let done = converted(crm.convert("lead-1", &there, &both("amy"), at(2)).unwrap());
    assert_eq!(done.customer.stage(), Some("subscriber"), "the default stage");
}

/// Only an admin may bring anybody into `customer`.
fn with_a_door() -> Pipeline {
    let mut customers: serde_json::Value = serde_json::from_str(presets::LIFE_STAGES).unwrap();
    customers["stages"][3]["enter_roles"] = serde_json::json!(["admin"]);
    Pipeline::from_json(&customers.to_string()).unwrap()
}

fn a_stage_with_a_door_is_closed_to_conversions_too<S: Store + Reader>(crm: &Workspace<S>) {
    crm.publish(&with_a_door(), &olga(), at(0)).unwrap();
    add(crm, lead("lead-1"));
    for actor in [sales("sam"), both("amy")] {
        assert_eq!(
            refused(crm, "lead-1", &Conversion::new(), &actor),
            [ReasonCode::NotPermittedToCreate],
            "although the definition leads there"
        );
    }
    add(crm, customer("c-1"));
    add(crm, lead("lead-2"));
    let linking = Conversion::new().linking("c-1");
    let linked = converted(crm.convert("lead-2", &linking, &sales("sam"), at(1)).unwrap());
    assert_eq!(linked.customer.stage(), Some("subscriber"), "who is linked goes through no door");
    let admin = sales("ann").with_role("admin");
    let done = converted(crm.convert("lead-1", &Conversion::new(), &admin, at(2)).unwrap());
    assert_eq!(done.customer.stage(), Some("customer"));
}

/// Answers as the roles do, and remembers what it was asked: pipeline, capability, record and stage.
#[derive(Default)]
struct Recording(Mutex<Vec<String>>);

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recording")
    }
}

impl Authorizer for Recording {
    fn judge(&self, ask: &Permission<'_>) -> Result<(), Denied> {
        let record = ask.record().map_or("-", |record| record.id());
        let (pipeline, to) = (ask.pipeline().id(), ask.to().unwrap_or("-"));
        self.0.lock().unwrap().push(format!("{pipeline} {} {record} {to}", ask.capability()));
        ask.by_roles()
    }
}

impl Recording {
    /// What was asked since, each question once.
    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.0.lock().unwrap());
        asked.sort();
        asked.dedup();
        asked
    }
}

#[test]
fn an_authorizer_is_asked_where_the_roles_are() {
    let recording = Arc::new(Recording::default());
    let crm = crm_with(MemoryStore::new(), crate::usual()).authorized_by(Arc::clone(&recording) as _);
    accounts(&crm);
    add(&crm, customer("theirs").in_pipeline("accounts").owned_by("kim"));
    for id in ["lead-1", "lead-2", "lead-3", "lead-4"] {
        add(&crm, lead(id).with("phone", "+49301234567").with("notes", "x"));
    }
    let on_lead = |id: &str| format!("{LEADS} {} {id} -", Capability::Convert);
    recording.asked();

    converted(crm.convert("lead-1", &Conversion::new(), &sales("sam"), at(1)).unwrap());
    let door = format!("{CUSTOMERS} convert lead-1-customer customer");
    assert_eq!(recording.asked(), [on_lead("lead-1"), door], "whether the stage is open to conversions");

    let elsewhere = Conversion::new().in_stage("lead");
    not_converted(crm.convert("lead-2", &elsewhere, &sales("sam"), at(1)).unwrap());
    assert_eq!(recording.asked(), [on_lead("lead-2"), format!("{CUSTOMERS} create lead-2-customer lead")]);

    let linking = Conversion::new().into_pipeline("accounts").linking("theirs");
    not_converted(crm.convert("lead-3", &linking, &sales("sam"), at(1)).unwrap());
    let edits = ["edit_contact", "edit_fields"].map(|capability| format!("accounts {capability} theirs -"));
    let [contact, fields] = edits;
    assert_eq!(recording.asked(), [contact, fields, on_lead("lead-3")]);

    let linking = Conversion::new().linking("lead-1-customer");
    converted(crm.convert("lead-4", &linking, &sales("sam"), at(1)).unwrap());
    assert_eq!(recording.asked(), [on_lead("lead-4")], "the definition leads there");
    assert_eq!(get(&crm, "lead-4").link(Link::Customer), Some("lead-1-customer"));
}

#[test]
fn an_authorizer_that_repeats_the_roles_keeps_the_door_shut() {
    let crm = crm_with(MemoryStore::new(), crate::usual());
    let crm = crm.authorized_by(Arc::new(Recording::default()));
    crm.publish(&with_a_door(), &olga(), at(0)).unwrap();
    add(&crm, lead("lead-1"));
    assert_eq!(
        refused(&crm, "lead-1", &Conversion::new(), &sales("sam")),
        [ReasonCode::NotPermittedToCreate],
        "S55: repeating what the roles say changes nothing"
    );
    converted(crm.convert("lead-1", &Conversion::new(), &sales("ann").with_role("admin"), at(2)).unwrap());
}
