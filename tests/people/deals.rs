//! S58: a deal is started from a converted lead, and stays linked to it.

use lifestage::store::{Reader, Store};
use lifestage::{
    Act, Actor, Creation, Deed, Link, ReasonCode, Record, Request, SourceLine, Standing, Workspace,
};

use crate::{
    DEALS, LEADS, add, assert_sound, at, codes, convert, done, get, lead, merge, olga, on_every_store, sales,
};

on_every_store! {
    a_deal_comes_after_the_conversion,
    a_deal_is_linked_for_good,
    the_report_follows_the_link,
    who_sees_no_lead_starts_no_deal,
    a_deal_with_a_key_is_started_once,
}

fn a_deal_comes_after_the_conversion<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let start = || crm.start_deal("lead-1", Record::new("deal-1"), &Creation::new(), &olga(), at(1)).unwrap();
    let standing = || {
        let deeds = crm.pipeline(LEADS).unwrap().deeds(&get(crm, "lead-1"), &olga(), at(1));
        deeds.into_iter().find(|one| one.deed == Deed::StartDeal).unwrap().standing
    };
    assert_eq!(codes(&start()), [ReasonCode::NotConverted]);
    assert!(matches!(standing(), Standing::Refused(why) if why[0].code() == ReasonCode::NotConverted));
    assert_eq!(crm.record("deal-1").unwrap(), None);
    convert(crm, "lead-1", 1);
    assert_eq!(standing(), Standing::Allowed);
    done(start());
    assert_eq!(codes(&start()), [ReasonCode::DuplicateRequest], "a record is created once");
    done(crm.trash("lead-1", &Act::new(), &olga(), at(2)).unwrap());
    let late = crm.start_deal("lead-1", Record::new("deal-2"), &Creation::new(), &olga(), at(3)).unwrap();
    assert_eq!(codes(&late), [ReasonCode::Trashed]);
}

fn a_deal_is_linked_for_good<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1").owned_by("sam"));
    convert(crm, "lead-1", 1);
    let deal = done(
        crm.start_deal("lead-1", Record::new("deal-1"), &Creation::new(), &sales("eva"), at(2)).unwrap(),
    );
    let deal = deal.record();
    assert_eq!((deal.pipeline(), deal.stage(), deal.owner()), (DEALS, Some("talk"), Some("sam")));
    assert_eq!((deal.link(Link::Lead), deal.link(Link::Customer)), (Some("lead-1"), Some("lead-1-customer")));
    assert_eq!(crm.pointing_at(Link::Lead, "lead-1").unwrap(), ["deal-1"]);
    for link in [Link::Lead, Link::Customer, Link::Head] {
        let posing = Record::new("deal-9").in_pipeline(DEALS).linked_to(link, "lead-1");
        let answer = crm.create(posing, &Creation::new(), &olga(), at(3)).unwrap();
        assert_eq!(codes(&answer), [ReasonCode::InvalidInput], "{link:?}");
    }
    assert_sound(crm);
}

fn line(source: Option<&str>, [leads, converted, deals, won]: [u64; 4]) -> SourceLine {
    SourceLine { source: source.map(Into::into), leads, converted, deals, won }
}

fn the_report_follows_the_link<S: Store + Reader>(crm: &Workspace<S>) {
    for (id, source) in [("lead-1", "web"), ("lead-2", "web"), ("lead-3", "fair"), ("lead-4", "web")] {
        add(crm, lead(id).with("source", source));
    }
    add(crm, lead("lead-5"));
    for (id, deal) in [("lead-1", "deal-1"), ("lead-3", "deal-3")] {
        convert(crm, id, 1);
        done(crm.start_deal(id, Record::new(deal), &Creation::new(), &olga(), at(2)).unwrap());
    }
    done(crm.submit("deal-3", &Request::to("signed"), &olga(), at(3)).unwrap());
    done(crm.trash("lead-4", &Act::new(), &olga(), at(3)).unwrap());
    let report = || crm.lead_sources(LEADS, DEALS).unwrap();
    assert_eq!(
        report(),
        [line(Some("web"), [2, 1, 1, 0]), line(None, [1, 0, 0, 0]), line(Some("fair"), [1, 1, 1, 1])]
    );
    merge(crm, "lead-2", "lead-3", 4);
    merge(crm, "lead-5", "lead-2", 5);
    let all = [line(Some("web"), [2, 2, 2, 1])];
    assert_eq!(report(), all, "the deal of a duplicate of a duplicate, and the source that filled a gap");
    let later = crm.start_deal("lead-3", Record::new("deal-5"), &Creation::new(), &olga(), at(6)).unwrap();
    assert_eq!(done(later).record().link(Link::Lead), Some("lead-5"), "the one that stands for it");
    done(crm.trash("deal-1", &Act::new(), &olga(), at(7)).unwrap());
    assert_eq!(report(), all, "one more, one less");
}

fn who_sees_no_lead_starts_no_deal<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    convert(crm, "lead-1", 1);
    let start = |actor: &Actor| {
        crm.start_deal("lead-1", Record::new("deal-1"), &Creation::new(), actor, at(2)).unwrap()
    };
    assert_eq!(codes(&start(&Actor::new("eve").with_role("closer"))), [ReasonCode::PermissionDenied]);
    let member = Actor::new("max").with_role("member");
    assert_eq!(codes(&start(&member)), [ReasonCode::NotPermittedToCreate], "nor who creates no deals");
    done(start(&sales("sam")));
}

fn a_deal_with_a_key_is_started_once<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    convert(crm, "lead-1", 1);
    let start = |id: &str| {
        let creation = Creation::new().with_key("button-7");
        crm.start_deal("lead-1", Record::new(id), &creation, &olga(), at(2)).unwrap()
    };
    assert!(!done(start("deal-1")).is_repeated());
    assert!(done(start("deal-1")).is_repeated());
    assert_eq!(codes(&start("deal-2")), [ReasonCode::DuplicateRequest]);
    assert_eq!(crm.pointing_at(Link::Lead, "lead-1").unwrap(), ["deal-1"]);
}
