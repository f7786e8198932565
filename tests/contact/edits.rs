use lifestage::{Actor, Creation, Decision, Edit, Pipeline, ReasonCode, Record, SmolStr, Value};

use super::{after, boss, document, field_of, fields, now, people, refused};

fn list(texts: &[&str]) -> Value {
    Value::List(texts.iter().map(SmolStr::new).collect())
}

#[test]
fn a_value_is_written_in_its_form_and_the_row_tells_it() {
    let (pipeline, ada) = (people(), Record::new("c-7").with("email", "ada@example.com"));
    let edit = Edit::new()
        .set("email", " Ada.L@EXAMPLE.com")
        .set("phone", "030 1234567")
        .set("billing", "Bills@Example.com")
        .set("fax", "0049 30 7654321");
    let actor = boss();
    let decision = pipeline.edit(&ada, &edit, &actor, now());
    let Decision::Moved(change) = decision else { panic!("{decision:?}") };
    let told: Vec<String> =
        change.row().facts.iter().map(|fact| fact.new.as_ref().unwrap().to_string()).collect();
    assert_eq!(told, ["ada.l@example.com", "+49301234567", "bills@example.com", "+49307654321"]);
    let written = change.after();
    assert_eq!(
        (written.contact().email(), written.contact().phone()),
        (Some("ada.l@example.com"), Some("+49301234567"))
    );
}

#[test]
fn the_same_value_written_otherwise_is_no_change() {
    let ada = Record::new("c-7").with("email", "ada@example.com").with("phone", "+49301234567");
    for edit in [
        Edit::new().set("email", "ADA@Example.com "),
        Edit::new().set("phone", "0049 30 123 45 67"),
        Edit::new().set("email", "eva@example.com").set("email", "Ada@example.com"),
        Edit::new().clear("fax"),
    ] {
        let (pipeline, actor) = (people(), boss());
        let decision = pipeline.edit(&ada, &edit, &actor, now());
        assert!(matches!(decision, Decision::Unchanged(_)), "{edit:?}: {decision:?}");
    }
}

#[test]
fn every_faulty_field_is_told_at_once() {
    let pipeline = people();
    let wrong = Record::new("c-7")
        .with("email", "ada@")
        .with("phone", "n/a")
        .with("billing", 5)
        .with("groups", list(&["ghosts"]))
        .with("name", "Ada")
        .with("nickname", "@");
    let told = [
        ("billing", "`5` is no value for billing: it is not of the type string"),
        ("email", "`ada@` is no value for email: it is not an e-mail address"),
        ("groups", "`[ghosts]` is no value for groups: it is not one of `investors`, `berlin`, `vip`"),
        ("phone", "`n/a` is no value for phone: it is not a phone number"),
    ];
    let (creation, actor, empty) = (Creation::new(), boss(), Record::new("c-8"));
    let edit = wrong.fields().iter().fold(Edit::new(), |edit, (name, value)| edit.set(name, value.clone()));
    for decision in
        [pipeline.create(&wrong, &creation, &actor, now()), pipeline.edit(&empty, &edit, &actor, now())]
    {
        let reasons = decision.refusal().unwrap().reasons();
        assert!(reasons.iter().all(|reason| reason.code() == ReasonCode::InvalidInput));
        let found: Vec<(String, String)> =
            reasons.iter().map(|reason| (field_of(reason), reason.to_string())).collect();
        assert_eq!(found, told.map(|(field, message)| (field.to_owned(), message.to_owned())));
    }
}

#[test]
fn who_a_contact_is_takes_a_capability_of_its_own() {
    use ReasonCode::{NotOwner, PermissionDenied};
    let who = Edit::new().set("name", "Ada");
    let both = Edit::new().set("email", "ada@example.com").set("budget", 5);
    let fact = Edit::new().set("budget", 5);
    let clerk = Actor::new("cleo").with_role("clerk");
    let own = Actor::new("otto").with_role("own");
    let nobody = Actor::new("nell");
    let mine = Record::new("c-7").owned_by("otto");
    let theirs = Record::new("c-8").owned_by("cleo");
    for (record, edit, actor, codes) in [
        (&theirs, &who, &boss(), &[][..]),
        (&theirs, &both, &boss(), &[]),
        (&theirs, &fact, &clerk, &[]),
        (&theirs, &who, &clerk, &[PermissionDenied]),
        (&theirs, &both, &clerk, &[PermissionDenied]),
        (&mine, &both, &own, &[]),
        (&theirs, &fact, &own, &[]),
        (&theirs, &who, &own, &[NotOwner]),
        (&theirs, &both, &own, &[NotOwner]),
        (&theirs, &who, &nobody, &[PermissionDenied]),
        (&theirs, &fact, &nobody, &[PermissionDenied]),
        (&theirs, &both, &nobody, &[PermissionDenied, PermissionDenied]),
        (&theirs, &Edit::new(), &nobody, &[PermissionDenied]),
    ] {
        let pipeline = people();
        let decision = pipeline.edit(record, edit, actor, now());
        let told: Vec<ReasonCode> =
            decision.refusal().into_iter().flat_map(|r| r.reasons()).map(lifestage::Reason::code).collect();
        assert_eq!(told, codes, "{} edits {edit:?}", actor.id());
    }
    for name in ["name", "email", "phone", "company", "social", "billing", "fax"] {
        let pipeline = people();
        let decision = pipeline.edit(&theirs, &Edit::new().clear(name), &clerk, now());
        assert_eq!(refused(&decision), [(105, "`edit_contact` is for boss or own".to_owned())], "{name}");
    }
    for name in ["source", "notes", "groups", "budget", "shoe_size"] {
        let pipeline = people();
        assert!(
            pipeline.edit(&theirs, &Edit::new().clear(name), &clerk, now()).refusal().is_none(),
            "{name}"
        );
    }
}

#[test]
fn a_deal_is_nobody() {
    let mut deals = document(&fields());
    deals["record_kind"] = "deal".into();
    let deals = Pipeline::from_json(&deals.to_string()).unwrap();
    let clerk = Actor::new("cleo").with_role("clerk");
    let (deal, edit) = (Record::new("d-1"), Edit::new().set("name", "Roof"));
    assert_eq!(after(deals.edit(&deal, &edit, &clerk, now())).contact().name(), Some("Roof"));
}

#[test]
fn lists_gain_and_lose_without_knowing_the_rest() {
    let pipeline = people();
    let with = |groups: &[&str]| match groups {
        [] => Record::new("c-7"),
        groups => Record::new("c-7").with("groups", list(groups)),
    };
    for (before, edit, groups) in [
        (&[][..], Edit::new().add("groups", "vip"), &["vip"][..]),
        (&["vip"], Edit::new().add("groups", "berlin"), &["vip", "berlin"]),
        (&["vip"], Edit::new().add("groups", "berlin").add("groups", "berlin"), &["vip", "berlin"]),
        (&["vip", "berlin"], Edit::new().remove("groups", "vip"), &["berlin"]),
        (&["vip", "berlin"], Edit::new().remove("groups", "vip").add("groups", "vip"), &["berlin", "vip"]),
        (&["vip"], Edit::new().remove("groups", "vip"), &[]),
        (&["vip"], Edit::new().clear("groups").add("groups", "berlin"), &["berlin"]),
        (&["vip"], Edit::new().set("groups", list(&["berlin"])).add("groups", "vip"), &["berlin", "vip"]),
        (&["vip"], Edit::new().add("groups", "berlin").set("groups", list(&["berlin"])), &["berlin"]),
    ] {
        let record = with(before);
        let actor = boss();
        let written = after(pipeline.edit(&record, &edit, &actor, now()));
        assert_eq!(written.contact().groups(), groups, "{edit:?} of {before:?}");
        assert_eq!(written.fields().get("groups").is_none(), groups.is_empty());
    }
    for (before, edit) in [
        (&["vip", "berlin"][..], Edit::new().add("groups", "vip")),
        (&["vip"], Edit::new().remove("groups", "berlin")),
        (&[], Edit::new().remove("groups", "berlin")),
        (&["vip"], Edit::new().add("groups", "berlin").remove("groups", "berlin")),
    ] {
        let record = with(before);
        let actor = boss();
        let decision = pipeline.edit(&record, &edit, &actor, now());
        assert!(matches!(decision, Decision::Unchanged(_)), "{edit:?} of {before:?}: {decision:?}");
    }
}

#[test]
fn only_lists_gain_and_only_what_they_may_hold() {
    let (pipeline, ada) = (people(), Record::new("c-7").with("name", "Ada").with("motto", "onward"));
    let edit = Edit::new().add("groups", "ghosts").add("budget", "x").add("motto", "upward");
    assert_eq!(
        refused(&pipeline.edit(&ada, &edit, &boss(), now())),
        [
            (
                110,
                "`[ghosts]` is no value for groups: it is not one of `investors`, `berlin`, `vip`".to_owned()
            ),
            (110, "`[x]` is no value for budget: it is not of the type int".to_owned()),
            (110, "`upward` cannot be added to motto: `onward` is not a list".to_owned()),
        ]
    );
}
