//! What is known of a person comes over in the one form of its new fields, and lists find their records again.

use lifestage::import::{ImportOptions, ImportSummary, RowOutcome};
use lifestage::store::{Reader, Store};
use lifestage::{
    Act, Conversion, Decision, HowConverted, Link, Pipeline, ReasonCode, Record, Value, Workspace, presets,
};
use serde_json::json;

use crate::{
    CUSTOMERS, LEADS, add, assert_sound, at, convert, customer, done, get, lead, merge, olga, on_every_store,
};

on_every_store! {
    gaps_are_filled_in_the_form_of_the_customers,
    a_new_customer_is_written_in_that_form_too,
    a_list_with_ids_finds_what_its_records_became,
    a_list_without_ids_finds_what_its_records_became,
    who_comes_back_from_the_trash_does_not_hold_the_address,
}

/// Customers whose numbers may stand without a country code, and leads whose fields are their own.
fn other_forms<S: Store + Reader>(crm: &Workspace<S>) {
    let mut customers: serde_json::Value = serde_json::from_str(presets::LIFE_STAGES).unwrap();
    let fields = customers["fields"].as_object_mut().unwrap();
    fields.insert("phone".into(), json!({ "type": "string", "region": "DE" }));
    fields.insert("score".into(), json!("int"));
    fields.insert("size".into(), json!({ "type": "string", "one_of": ["s", "m"] }));
    fields.insert("since".into(), json!("timestamp"));
    fields.insert("invoices".into(), json!({ "type": "string", "format": "email" }));
    crm.publish(&Pipeline::from_json(&customers.to_string()).unwrap(), &olga(), at(0)).unwrap();
    let mut leads: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    leads["conversion"] = json!({ "into": CUSTOMERS, "stage": "customer" });
    let fields = leads["fields"].as_object_mut().unwrap();
    fields.insert("phone".into(), json!({ "type": "string", "format": "text" }));
    for name in ["score", "size", "since", "invoices"] {
        fields.insert(name.into(), json!("string"));
    }
    crm.publish(&Pipeline::from_json(&leads.to_string()).unwrap(), &olga(), at(0)).unwrap();
}

fn ada(id: &str) -> Record {
    let ada =
        lead(id).with("email", "ada@x.org").with("phone", "030 1234567").with("invoices", "Books@X.org");
    ada.with("score", "high").with("size", "xl").with("since", "ever").with("notes", "x")
}

fn told(record: &Record) -> Vec<(String, String)> {
    record.fields().iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

fn expected() -> Vec<(String, String)> {
    let fields =
        [("email", "ada@x.org"), ("invoices", "books@x.org"), ("notes", "x"), ("phone", "+49301234567")];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn gaps_are_filled_in_the_form_of_the_customers<S: Store + Reader>(crm: &Workspace<S>) {
    other_forms(crm);
    add(crm, customer("c-1").with("email", "ada@x.org"));
    add(crm, ada("lead-1"));
    let done = convert(crm, "lead-1", 1);
    assert_eq!(done.how, HowConverted::Linked);
    assert_eq!(done.filled, ["invoices", "notes", "phone"], "what does not fit stays with the lead");
    assert_eq!(told(&done.customer), expected());
    assert_eq!(get(crm, "c-1"), done.customer);
    add(crm, customer("c-2").with("email", "bob@x.org").with("size", "s"));
    add(crm, lead("lead-2").with("email", "bob@x.org").with("phone", "call me").with("size", "m"));
    let done = convert(crm, "lead-2", 2);
    assert_eq!((done.filled.len(), done.customer.fields().get("phone")), (0, None), "no number at all");
    assert_eq!(done.customer.fields().get("size"), Some(&Value::from("s")));
    assert_sound(crm);
}

fn a_new_customer_is_written_in_that_form_too<S: Store + Reader>(crm: &Workspace<S>) {
    other_forms(crm);
    add(crm, ada("lead-1"));
    let done = convert(crm, "lead-1", 1);
    assert_eq!((done.how, done.filled.len()), (HowConverted::Created, 0));
    assert_eq!(told(&done.customer), expected());
    assert_sound(crm);
}

fn import<S: Store + Reader>(crm: &Workspace<S>, list: &str) -> (ImportSummary, Vec<RowOutcome>) {
    let mut all = Vec::new();
    let report = |report: lifestage::import::RowReport| all.push(report.outcome);
    let summary = crm.import(list.as_bytes(), &ImportOptions::new(LEADS), &olga(), at(9), report).unwrap();
    (summary, all)
}

#[track_caller]
fn matched(outcome: &RowOutcome) -> (&str, Vec<&str>) {
    match outcome {
        RowOutcome::Matched { record, filled, .. } => {
            (record, filled.iter().map(|name| name.as_str()).collect())
        }
        other => panic!("{other:?}"),
    }
}

fn a_list_with_ids_finds_what_its_records_became<S: Store + Reader>(crm: &Workspace<S>) {
    let list = "Lead ID,Full name,E-mail,Source\nl-1,Ada,ada@x.org,\nl-2,Countess,countess@x.org,web\nl-3,A. L.,,fair\n";
    assert_eq!(import(crm, list).0.created, 3);
    merge(crm, "l-2", "l-3", 1);
    merge(crm, "l-1", "l-2", 2);
    let (summary, outcomes) = import(crm, list);
    assert_eq!((summary.created, summary.matched, summary.refused), (0, 3, 0), "{outcomes:?}");
    for outcome in &outcomes {
        assert_eq!(matched(outcome), ("l-1", vec![]), "the one that stands for it");
    }
    let more = "Lead ID,Full name,E-mail,Budget\nl-3,A. L.,,500\n";
    assert_eq!(matched(&import(crm, more).1[0]), ("l-1", vec!["budget"]), "and its gaps are filled");
    assert_eq!(get(crm, "l-3").fields().get("budget"), None);
    assert_sound(crm);
}

fn a_list_without_ids_finds_what_its_records_became<S: Store + Reader>(crm: &Workspace<S>) {
    let list = "Full name,E-mail,Source\nAda,ada@x.org,web\nAda,,web\nAda,countess@x.org,web\n";
    let (summary, created) = import(crm, list);
    assert_eq!(summary.created, 3, "{created:?}");
    let ids: Vec<&str> = created
        .iter()
        .map(|outcome| match outcome {
            RowOutcome::Created { record } => record.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    merge(crm, ids[0], ids[1], 1);
    merge(crm, ids[0], ids[2], 2);
    let (summary, outcomes) = import(crm, list);
    assert_eq!((summary.created, summary.matched, summary.refused), (0, 3, 0), "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matched(outcome).0 == ids[0]), "{outcomes:?}");
    assert_sound(crm);
}

/// `docs/people.md`: it lets go when it is put into the trash, for good.
fn who_comes_back_from_the_trash_does_not_hold_the_address<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1").with("email", "ada@x.org"));
    let id = convert(crm, "lead-1", 1).customer.id().to_owned();
    assert_eq!(get(crm, &id).reserved(), Some("ada@x.org"));
    done(crm.trash(&id, &Act::new(), &olga(), at(2)).unwrap());
    assert_eq!(get(crm, &id).reserved(), None);
    let restored = done(crm.restore(&id, &Act::new(), &olga(), at(3)).unwrap());
    assert_eq!(restored.record().reserved(), None, "restoring does not take it back");
    assert_eq!(
        restored.record().fields().get("email"),
        Some(&"ada@x.org".into()),
        "though it is its address"
    );
    add(crm, lead("lead-2").with("email", "ada@x.org"));
    let linked = convert(crm, "lead-2", 4);
    assert_eq!((linked.how, linked.customer.id()), (HowConverted::Linked, &*id));
    assert_eq!(linked.customer.reserved(), Some("ada@x.org"), "the next conversion does");
    assert_sound(crm);
}

#[test]
fn the_gate_alone_fills_gaps_in_that_form() {
    let customers = json!({
        "id": "people", "name": "People",
        "fields": { "phone": { "type": "string", "region": "GB" }, "score": "int" },
        "categories": [{ "id": "open", "name": "Open", "outcome": "open" }],
        "stages": [{ "id": "there", "name": "There", "category": "open", "default": true }],
        "policy": { "free": true },
        "roles": { "owner": { "can": ["create", "view", "edit_fields", "edit_contact"] } },
    });
    let customers = Pipeline::from_json(&customers.to_string()).unwrap();
    let lead = lead("lead-1").with("phone", "020 7946 0958").with("score", "high");
    let there = Record::new("c-1").in_pipeline("people").in_stage("there");
    let olga = olga();
    let decision = customers.link_customer(&lead, &there, &Conversion::new(), None, &olga, at(1));
    let Decision::Moved(change) = decision else { panic!() };
    let facts: Vec<_> =
        change.row().facts.iter().map(|fact| (fact.name.as_str(), fact.new.clone())).collect();
    assert_eq!(facts, [("phone", Some("+442079460958".into()))]);
    assert_eq!(change.row().input.get(Link::Lead.fact()), Some(&"lead-1".into()));
    let stranger = lifestage::Actor::new("eve");
    let denied = customers.link_customer(&lead, &there, &Conversion::new(), None, &stranger, at(1));
    assert!(denied.refusal().unwrap().has(ReasonCode::PermissionDenied));
}
