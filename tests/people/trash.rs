//! S61a: out of sight, and still there.

use lifestage::journal::RowKind;
use lifestage::revise::DefinitionEdit;
use lifestage::store::{Reader, RecordQuery, Store};
use lifestage::{
    Act, Activity, Answer, Assignment, Conversion, Creation, Edit, Presence, Publishing, ReasonCode, Record,
    Request, Workspace,
};

use crate::{
    CUSTOMERS, DEALS, LEADS, add, assert_sound, at, codes, done, elsewhere, get, lead, manager,
    not_converted, olga, on_every_store, sales,
};

on_every_store! {
    a_record_in_the_trash_is_out_of_views_and_counts_in_its_stage,
    nothing_can_be_done_with_it_until_it_is_restored,
    a_stage_is_not_removed_under_it,
    a_migration_takes_it_along,
    it_comes_back_where_it_was,
    who_may,
}

fn a_record_in_the_trash_is_out_of_views_and_counts_in_its_stage<S: Store + Reader>(crm: &Workspace<S>) {
    for id in ["lead-1", "lead-2"] {
        add(crm, lead(id));
    }
    done(crm.trash("lead-1", &Act::because("spam"), &manager(), at(1)).unwrap());
    let ids = |presence| {
        let query = RecordQuery::of(LEADS, 9).in_stage(Some("new".into())).with_presence(presence);
        let page = crm.page(&query).unwrap().records;
        page.iter().map(|record| record.id().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (ids(Presence::Live), ids(Presence::Trashed)),
        (vec!["lead-2".to_owned()], vec!["lead-1".to_owned()])
    );
    let new = crm.counts(LEADS).unwrap().remove(0);
    assert_eq!((new.count, new.trashed), (1, 1));
    let occupancy = crm.occupancy(LEADS).unwrap();
    assert_eq!((occupancy.of(Some("new")), occupancy.trashed(Some("new"))), (2, 1));
    assert_eq!(get(crm, "lead-1").trashed_at(), Some(at(1)));
}

fn nothing_can_be_done_with_it_until_it_is_restored<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1").with("email", "ada@x.org"));
    let task = done(crm.log("lead-1", &Activity::task("Call"), &olga(), at(0)).unwrap()).row().seq;
    done(crm.trash("lead-1", &Act::new(), &olga(), at(1)).unwrap());
    let (before, olga) = (get(crm, "lead-1"), olga());
    let answers = [
        crm.submit("lead-1", &Request::mv("mark_contacted"), &olga, at(2)),
        crm.submit("lead-1", &Request::to("new"), &olga, at(2)),
        crm.submit("lead-1", &Request::to("won").forced("because"), &olga, at(2)),
        crm.edit("lead-1", &Edit::new().set("notes", "x"), &olga, at(2)),
        crm.assign("lead-1", &Assignment::claim(), &olga, at(2)),
        crm.assign("lead-1", &Assignment::release(), &olga, at(2)),
        crm.log("lead-1", &Activity::note("x"), &olga, at(2)),
        crm.finish("lead-1", task, &olga, at(2)),
        crm.undo("lead-1", 1, "oops", &olga, at(2)),
        crm.withdraw("lead-1", 1, &olga, at(2)),
        crm.transfer("lead-1", CUSTOMERS, &elsewhere(), "moved", &olga, at(2)),
    ];
    for (nth, answer) in answers.into_iter().enumerate() {
        let expected = if nth == 8 { ReasonCode::InvalidInput } else { ReasonCode::Trashed };
        assert_eq!(codes(&answer.unwrap()), [expected], "{nth}");
    }
    let refused = not_converted(crm.convert("lead-1", &Conversion::new(), &olga, at(2)).unwrap());
    assert!(refused.has(ReasonCode::Trashed));
    assert_eq!(get(crm, "lead-1"), before);
    let again = crm.trash("lead-1", &Act::new(), &olga, at(3)).unwrap();
    assert!(matches!(again, Answer::Unchanged(_)));
    done(crm.restore("lead-1", &Act::new(), &olga, at(3)).unwrap());
    done(crm.finish("lead-1", task, &olga, at(4)).unwrap());
}

/// Deals that are parked, one of them in the trash.
fn parked<S: Store + Reader>(crm: &Workspace<S>, ids: &[&str]) {
    for id in ids {
        let deal = Record::new(*id).in_pipeline(DEALS);
        done(crm.create(deal, &Creation::in_stage("parked"), &olga(), at(0)).unwrap());
    }
    done(crm.trash(ids[0], &Act::new(), &olga(), at(1)).unwrap());
}

fn a_stage_is_not_removed_under_it<S: Store + Reader>(crm: &Workspace<S>) {
    parked(crm, &["deal-1"]);
    let remove = DefinitionEdit::remove_stage("parked").into();
    let Publishing::Refused(why) = crm.revise(DEALS, &remove, &olga(), at(2), |_| {}).unwrap() else {
        panic!()
    };
    assert!(why.to_string().contains("trash"), "{why}");
    done(crm.restore("deal-1", &Act::new(), &olga(), at(3)).unwrap());
    done(crm.submit("deal-1", &Request::to("talk"), &olga(), at(3)).unwrap());
    done(crm.trash("deal-1", &Act::new(), &olga(), at(3)).unwrap());
    let publishing = crm.revise(DEALS, &remove, &olga(), at(4), |_| {}).unwrap();
    assert!(matches!(publishing, Publishing::Published(_)), "{publishing:?}");
}

fn a_migration_takes_it_along<S: Store + Reader>(crm: &Workspace<S>) {
    parked(crm, &["deal-1", "deal-2"]);
    let replace = DefinitionEdit::replace_stage("parked", "talk").into();
    let publishing = crm.revise(DEALS, &replace, &olga(), at(2), |_| {}).unwrap();
    let Publishing::Published(published) = publishing else { panic!("{publishing:?}") };
    assert_eq!(published.moved(), 2);
    let trashed = get(crm, "deal-1");
    assert_eq!((trashed.stage(), trashed.presence()), (Some("talk"), Presence::Trashed));
    done(crm.restore("deal-1", &Act::new(), &olga(), at(3)).unwrap());
    done(crm.submit("deal-1", &Request::to("signed"), &olga(), at(4)).unwrap());
    assert_sound(crm);
}

fn it_comes_back_where_it_was<S: Store + Reader>(crm: &Workspace<S>) {
    let before = add(crm, lead("lead-1").with("name", "Ada").owned_by("sam"));
    done(crm.trash("lead-1", &Act::because("twice"), &olga(), at(1)).unwrap());
    let after = done(crm.restore("lead-1", &Act::because("not twice"), &olga(), at(2)).unwrap());
    let after = after.record();
    assert_eq!(
        (after.stage(), after.visit(), after.owner()),
        (before.stage(), before.visit(), before.owner())
    );
    assert_eq!((after.fields(), after.trashed_at()), (before.fields(), None));
    let again = crm.restore("lead-1", &Act::new(), &olga(), at(3)).unwrap();
    assert!(matches!(again, Answer::Unchanged(_)));
    let kinds: Vec<_> = crm
        .history("lead-1")
        .unwrap()
        .into_iter()
        .map(|row| (row.kind, row.reason.map(|reason| reason.to_string())))
        .collect();
    assert_eq!(
        kinds,
        [
            (RowKind::Creation, None),
            (RowKind::Deletion, Some("twice".into())),
            (RowKind::Restoration, Some("not twice".into())),
        ]
    );
    assert_eq!(crm.visits("lead-1").unwrap().len(), 1, "the visit goes on");
    assert_sound(crm);
}

fn who_may<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let denied = crm.trash("lead-1", &Act::new(), &sales("sam"), at(1)).unwrap();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    done(crm.trash("lead-1", &Act::new().with_key("k"), &manager(), at(1)).unwrap());
    assert!(done(crm.trash("lead-1", &Act::new().with_key("k"), &manager(), at(1)).unwrap()).is_repeated());
    let denied = crm.restore("lead-1", &Act::new(), &sales("sam"), at(2)).unwrap();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    let stranger = crm.trash("lead-1", &Act::new(), &lifestage::Actor::new("eve"), at(2)).unwrap();
    assert_eq!(codes(&stranger), [ReasonCode::PermissionDenied], "S5: who may not see it learns nothing");
}
