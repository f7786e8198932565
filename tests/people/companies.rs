//! Companies are records that contacts belong to.

use lifestage::journal::RowKind;
use lifestage::store::{Reader, Store};
use lifestage::{
    Act, Activity, Actor, Answer, Creation, Edit, Link, ReasonCode, SmolStr, TimelineQuery, Value, Workspace,
};

use crate::{add, assert_sound, at, codes, convert, customer, done, get, lead, merge, olga, on_every_store};

on_every_store! {
    contacts_belong_to_a_company,
    a_company_has_to_be_there,
    no_other_way_of_writing_it,
    notes_and_calls_are_written_on_a_company,
    a_lead_takes_its_company_along,
    who_may_say_it,
    companies_that_became_one_keep_their_contacts,
}

fn company<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, customer("acme").with("name", "Acme"));
}

fn contacts_belong_to_a_company<S: Store + Reader>(crm: &Workspace<S>) {
    company(crm);
    for id in ["c-2", "c-1"] {
        add(crm, customer(id).linked_to(Link::Company, "acme"));
    }
    add(crm, customer("c-3"));
    assert_eq!(crm.pointing_at(Link::Company, "acme").unwrap(), ["c-1", "c-2"]);
    let joins = Edit::new().belonging_to(Some("acme"));
    let row = done(crm.edit("c-3", &joins, &olga(), at(1)).unwrap()).row().clone();
    assert_eq!(
        (row.kind, row.facts[0].old.clone(), row.facts[0].new.clone()),
        (RowKind::Edit, None, Some("acme".into()))
    );
    assert!(matches!(crm.edit("c-3", &joins, &olga(), at(2)).unwrap(), Answer::Unchanged(_)));
    done(crm.edit("c-1", &Edit::new().belonging_to(None), &olga(), at(3)).unwrap());
    assert_eq!(crm.pointing_at(Link::Company, "acme").unwrap(), ["c-2", "c-3"]);
    assert_eq!(get(crm, "c-1").link(Link::Company), None);
    assert_sound(crm);
}

fn a_company_has_to_be_there<S: Store + Reader>(crm: &Workspace<S>) {
    company(crm);
    add(crm, customer("c-1"));
    let joins =
        |company: &str| crm.edit("c-1", &Edit::new().belonging_to(Some(company)), &olga(), at(1)).unwrap();
    assert_eq!(codes(&joins("nobody")), [ReasonCode::UnknownPart]);
    assert_eq!(codes(&joins("c-1")), [ReasonCode::InvalidInput], "nobody is a company of its own");
    let stray = customer("c-2").linked_to(Link::Company, "nobody");
    assert_eq!(
        codes(&crm.create(stray, &Creation::new(), &olga(), at(1)).unwrap()),
        [ReasonCode::UnknownPart]
    );
    done(crm.trash("acme", &Act::new(), &olga(), at(2)).unwrap());
    assert_eq!(codes(&joins("acme")), [ReasonCode::UnknownPart], "what is in the trash is not there");
}

fn no_other_way_of_writing_it<S: Store + Reader>(crm: &Workspace<S>) {
    company(crm);
    add(crm, customer("c-1"));
    let name = Link::Company.fact();
    for edit in [
        Edit::new().set(name, 7),
        Edit::new().set(name, "nobody").remove(name, "x"),
        Edit::new().set(name, "nobody").add(name, "x"),
        Edit::new().add(name, "nobody"),
        Edit::new().set(name, vec![SmolStr::new("nobody")]),
        Edit::new().set(name, ""),
        Edit::new().set(Link::Head.fact(), "acme"),
        Edit::new().set("record.owner", "eve"),
        Edit::new().set("record.reserved", "ada@x.org"),
        Edit::new().clear("record.customer"),
    ] {
        let answer = crm.edit("c-1", &edit, &olga(), at(1)).unwrap();
        let codes = codes(&answer);
        assert!(
            codes.iter().all(|code| [ReasonCode::InvalidInput, ReasonCode::UnknownPart].contains(code)),
            "{codes:?}"
        );
    }
    assert_eq!(crm.history("c-1").unwrap().len(), 1);
    let posing = customer("c-2").with(name, "acme");
    assert_eq!(
        codes(&crm.create(posing, &Creation::new(), &olga(), at(1)).unwrap()),
        [ReasonCode::InvalidInput]
    );
}

fn notes_and_calls_are_written_on_a_company<S: Store + Reader>(crm: &Workspace<S>) {
    company(crm);
    done(crm.log("acme", &Activity::call("Asked for prices"), &olga(), at(1)).unwrap());
    done(crm.log("acme", &Activity::note("Buys in spring"), &olga(), at(2)).unwrap());
    let rows = crm.timeline("acme", &TimelineQuery::newest(2)).unwrap().entries;
    assert_eq!(rows[0].input.get("text"), Some(&Value::from("Buys in spring")));
    assert_eq!((rows[0].kind, rows[1].kind), (RowKind::Note, RowKind::Call));
}

fn a_lead_takes_its_company_along<S: Store + Reader>(crm: &Workspace<S>) {
    company(crm);
    add(crm, lead("lead-1").linked_to(Link::Company, "acme").with("email", "ada@x.org"));
    assert_eq!(convert(crm, "lead-1", 1).customer.link(Link::Company), Some("acme"));
    add(crm, customer("c-1").with("email", "bob@x.org"));
    add(crm, lead("lead-2").linked_to(Link::Company, "acme").with("email", "bob@x.org"));
    let linked = convert(crm, "lead-2", 2).customer;
    assert_eq!(
        (linked.id(), linked.link(Link::Company)),
        ("c-1", Some("acme")),
        "S57: what is empty is filled"
    );
    assert_sound(crm);
}

fn who_may_say_it<S: Store + Reader>(crm: &Workspace<S>) {
    company(crm);
    add(crm, customer("c-1").owned_by("kim"));
    let joins = Edit::new().belonging_to(Some("acme"));
    let lee = Actor::new("lee").with_role("agent");
    assert_eq!(codes(&crm.edit("c-1", &joins, &lee, at(1)).unwrap()), [ReasonCode::NotOwner]);
    done(crm.edit("c-1", &joins, &Actor::new("kim").with_role("agent"), at(1)).unwrap());
}

fn companies_that_became_one_keep_their_contacts<S: Store + Reader>(crm: &Workspace<S>) {
    company(crm);
    add(crm, customer("acme-2"));
    for (id, company) in [("c-1", "acme-2"), ("c-2", "acme")] {
        add(crm, customer(id).linked_to(Link::Company, company));
    }
    merge(crm, "acme", "acme-2", 1);
    assert_eq!(crm.pointing_at(Link::Company, "acme").unwrap(), ["c-1", "c-2"]);
    assert_eq!(get(crm, "c-1").link(Link::Company), Some("acme-2"), "nothing was written in it");
    let joins = crm.edit("c-2", &Edit::new().belonging_to(Some("acme-2")), &olga(), at(2)).unwrap();
    assert_eq!(codes(&joins), [ReasonCode::UnknownPart], "nobody joins a duplicate");
}
