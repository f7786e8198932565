//! Creation, edit and import write the same.

use lifestage::import::ImportOptions;
use lifestage::journal::Salt;
use lifestage::store::MemoryStore;
use lifestage::{Answer, Creation, Decision, Edit, Pipeline, Record, Workspace};
use proptest::prelude::*;

use super::{boss, document, fields, now, people};

type Crm = Workspace<MemoryStore>;

fn crm() -> Crm {
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&people(), &boss(), now()).unwrap();
    crm
}

fn created(crm: &Crm, id: &str, name: &str, text: &str) -> Option<String> {
    let record = Record::new(id).in_pipeline("people").with(name, text);
    crm.create(record, &Creation::new(), &boss(), now()).unwrap().receipt()?;
    stored(crm, id, name)
}

fn edited(crm: &Crm, id: &str, name: &str, text: &str) -> Option<String> {
    let record = Record::new(id).in_pipeline("people");
    crm.create(record, &Creation::new(), &boss(), now()).unwrap();
    crm.edit(id, &Edit::new().set(name, text), &boss(), now()).unwrap().receipt()?;
    stored(crm, id, name)
}

fn imported(crm: &Crm, id: &str, name: &str, text: &str) -> Option<String> {
    let list = format!("id,{name}\n{id},\"{}\"\n", text.replace('"', "\"\""));
    crm.import(list.as_bytes(), &ImportOptions::new("people"), &boss(), now(), |_| {}).unwrap();
    stored(crm, id, name)
}

fn stored(crm: &Crm, id: &str, name: &str) -> Option<String> {
    let record = crm.record(id).unwrap()?;
    Some(record.fields().get(name)?.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn three_paths_write_one_value(
        name in prop::sample::select(vec!["email", "phone", "billing", "fax"]),
        text in prop_oneof![
            r"[ ]?[A-Za-zäß.+]{1,6}@[A-Za-zü-]{1,6}\.(Com|example)[ ]?",
            r"(\+49|0049|0|\(0\))[ ]?30[ /-]?[0-9]{5,8}( x[0-9]{2})?",
            r"[0-9A-Za-z@+. ]{1,8}[0-9a-z]",
        ],
    ) {
        let crm = crm();
        let written = created(&crm, "a", name, &text);
        prop_assert_eq!(&edited(&crm, "b", name, &text), &written);
        // A row of the same e-mail would be taken for the record that is there.
        let crm = self::crm();
        prop_assert_eq!(&imported(&crm, "c", name, &text), &written);
    }
}

#[test]
fn a_pure_record_is_written_in_its_form() {
    let pipeline = people();
    let raw = Record::new("c-7").with("email", " Ada@Example.COM").with("phone", "030 1234567");
    let (creation, actor) = (Creation::new(), boss());
    let Decision::Moved(change) = pipeline.create(&raw, &creation, &actor, now()) else { panic!() };
    let to: Vec<String> = change.effects().map(|effect| effect.args.get("to").unwrap().to_string()).collect();
    assert_eq!(to, ["ada@example.com"], "what is set in motion sees what is written");
    assert_eq!(change.after().contact().email(), Some("ada@example.com"));
    let sealed = change.seal(Salt::from_bytes([7; 16]));
    assert_eq!(sealed.record.contact().phone(), Some("+49301234567"));
    let told: Vec<String> =
        sealed.row.facts.iter().filter_map(|fact| Some(fact.new.as_ref()?.to_string())).collect();
    assert_eq!(told, ["ada@example.com", "+49301234567", "olga"]);
}

#[test]
fn conditions_of_a_creation_see_what_is_written() {
    let mut strict = document(&fields());
    strict["stages"][0]["entry"] = "email == \"ada@example.com\"".into();
    let strict = Pipeline::from_json(&strict.to_string()).unwrap();
    let raw = Record::new("c-7").with("email", "ADA@example.com");
    assert!(strict.create(&raw, &Creation::new(), &boss(), now()).refusal().is_none());
}

#[test]
fn a_request_key_stands_for_what_was_asked() {
    let crm = crm();
    let ada = |email: &str| Record::new("c-7").in_pipeline("people").with("email", email);
    let creation = Creation::new().with_key("k1");
    let create = |email: &str| crm.create(ada(email), &creation, &boss(), now()).unwrap();
    let first = create("Ada@Example.com");
    // S14: the same request again is the first receipt; the same address written otherwise is another.
    assert_eq!(create("Ada@Example.com").receipt().unwrap().row(), first.receipt().unwrap().row());
    assert!(matches!(create("ada@example.com"), Answer::Refused(_)));
    let edit = |edit: Edit| crm.edit("c-7", &edit.with_key("k2"), &boss(), now()).unwrap();
    let first = edit(Edit::new().add("groups", "vip").add("groups", "berlin"));
    let again = edit(Edit::new().add("groups", "vip").add("groups", "berlin"));
    assert_eq!(again.receipt().unwrap().row(), first.receipt().unwrap().row());
    for other in [
        Edit::new().add("groups", "berlin").add("groups", "vip"),
        Edit::new().add("groups", "vip").remove("groups", "berlin"),
        Edit::new().add("groups", "vip"),
    ] {
        assert!(matches!(edit(other), Answer::Refused(_)));
    }
}
