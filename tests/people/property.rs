//! Whatever is done with a few people, in whatever order: nobody is lost or doubled, and no visit and no deal.
//!
//! That is: each record that was made is still found from the one that stands for it, and by one way only; each
//! address is held by one customer at most; the visits of all heads together are those of all records; each deal is
//! found from one lead that stands for itself; the report counts each; and a model that knows only who was made one
//! with whom, and which lead was converted to what, agrees with the workspace. All journals verify.

use std::collections::{BTreeMap, BTreeSet};

use lifestage::journal::RowKind;
use lifestage::store::{MemoryStore, Reader, RecordQuery, Store};
use lifestage::{
    Act, Conversion, Converting, Creation, Edit, HowConverted, Link, Merging, Presence, ReasonCode, Record,
    Request, Workspace,
};
use lifestage_sqlite::SqliteStore;
use proptest::prelude::*;

use crate::{CUSTOMERS, DEALS, LEADS, assert_sound, at, crm, customer, lead, olga};

/// What is done, over whatever is there: numbers name leads, customers and addresses in turn.
#[derive(Debug, Clone)]
enum Step {
    Lead(Option<usize>),
    Customer(Option<usize>),
    Convert(usize),
    ConvertTo(usize, usize),
    MergeLeads(usize, usize),
    MergeCustomers(usize, usize),
    Address(bool, usize, Option<usize>),
    Trash(bool, usize),
    Restore(bool, usize),
    Deal(usize),
    Move(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let nth = || 0..12_usize;
    let address = || proptest::option::weighted(0.8, 0..3_usize);
    let step = prop_oneof![
        3 => address().prop_map(Step::Lead),
        1 => address().prop_map(Step::Customer),
        4 => nth().prop_map(Step::Convert),
        1 => (nth(), nth()).prop_map(|(lead, customer)| Step::ConvertTo(lead, customer)),
        2 => (nth(), nth()).prop_map(|(head, tail)| Step::MergeLeads(head, tail)),
        2 => (nth(), nth()).prop_map(|(head, tail)| Step::MergeCustomers(head, tail)),
        2 => (any::<bool>(), nth(), address()).prop_map(|(lead, nth, address)| Step::Address(lead, nth, address)),
        1 => (any::<bool>(), nth()).prop_map(|(lead, nth)| Step::Trash(lead, nth)),
        1 => (any::<bool>(), nth()).prop_map(|(lead, nth)| Step::Restore(lead, nth)),
        2 => nth().prop_map(Step::Deal),
        2 => nth().prop_map(Step::Move),
    ];
    proptest::collection::vec(step, 1..40)
}

fn address(nth: usize) -> String {
    format!("person{nth}@x.org")
}

/// One record as the model knows it.
#[derive(Debug, Clone, Default)]
struct Known {
    email: Option<usize>,
    head: Option<String>,
    trashed: bool,
    customer: Option<String>,
    deals: usize,
}

/// What the model knows: no rows, no versions, no reservations.
#[derive(Debug, Default)]
struct Model {
    leads: Vec<String>,
    customers: Vec<String>,
    known: BTreeMap<String, Known>,
    deals: usize,
    moves: usize,
}

impl Model {
    fn nth(list: &[String], nth: usize) -> Option<String> {
        (!list.is_empty()).then(|| list[nth % list.len()].clone())
    }

    fn list(&self, leads: bool) -> &[String] {
        if leads { &self.leads } else { &self.customers }
    }

    fn is_live(&self, id: &str) -> bool {
        let known = &self.known[id];
        known.head.is_none() && !known.trashed
    }

    fn head(&self, id: &str) -> String {
        self.known[id].head.as_ref().map_or_else(|| id.to_owned(), |head| self.head(head))
    }

    /// The live customers that an address leads to, those that became one with them included.
    fn with_address(&self, address: usize) -> BTreeSet<String> {
        let same = self.customers.iter().filter(|id| self.known[*id].email == Some(address));
        same.map(|id| self.head(id)).filter(|head| self.is_live(head)).collect()
    }

    fn add(&mut self, leads: bool, id: &str, email: Option<usize>) {
        self.known.insert(id.to_owned(), Known { email, ..Known::default() });
        if leads { self.leads.push(id.to_owned()) } else { self.customers.push(id.to_owned()) }
    }
}

/// Does one step with both.
fn take<S: Store + Reader>(crm: &Workspace<S>, model: &mut Model, step: &Step, hour: i64) {
    match step {
        Step::Lead(email) | Step::Customer(email) => {
            let leads = matches!(step, Step::Lead(_));
            let id = format!("{}{}", if leads { "l" } else { "c" }, model.list(leads).len());
            let record = if leads { lead(&id) } else { customer(&id) };
            let record = email.map_or(record.clone(), |email| record.with("email", address(email)));
            assert!(crm.create(record, &Creation::new(), &olga(), at(hour)).unwrap().receipt().is_some());
            model.add(leads, &id, *email);
        }
        Step::Convert(nth) => {
            let Some(id) = Model::nth(&model.leads, *nth) else { return };
            let converting = crm.convert(&id, &Conversion::new(), &olga(), at(hour)).unwrap();
            let found = model.known[&id].email.map(|email| model.with_address(email)).unwrap_or_default();
            expect_conversion(model, &id, &found, &converting);
        }
        Step::ConvertTo(nth, to) => {
            let Some(id) = Model::nth(&model.leads, *nth) else { return };
            let Some(to) = Model::nth(&model.customers, *to).filter(|to| model.is_live(to)) else { return };
            let said = Conversion::new().linking(&*to);
            let converting = crm.convert(&id, &said, &olga(), at(hour)).unwrap();
            expect_conversion(model, &id, &BTreeSet::from([to]), &converting);
        }
        Step::MergeLeads(head, tail) | Step::MergeCustomers(head, tail) => {
            let list = model.list(matches!(step, Step::MergeLeads(..)));
            let (Some(head), Some(tail)) = (Model::nth(list, *head), Model::nth(list, *tail)) else { return };
            match crm.merge(&head, &tail, &Act::new(), &olga(), at(hour)).unwrap() {
                Merging::Done { .. } => {
                    assert!(model.is_live(&head) && model.is_live(&tail) && head != tail);
                    let (of_tail, of_head) =
                        (model.known[&tail].clone(), model.known.get_mut(&head).unwrap());
                    of_head.email = of_head.email.or(of_tail.email);
                    of_head.customer = of_head.customer.take().or(of_tail.customer);
                    model.known.get_mut(&tail).unwrap().head = Some(head);
                }
                Merging::Unchanged(_) => assert_eq!(model.known[&tail].head.as_deref(), Some(&*head)),
                Merging::Refused(_) => {
                    assert!(!model.is_live(&head) || !model.is_live(&tail) || head == tail)
                }
            }
        }
        Step::Address(leads, nth, email) => {
            let Some(id) = Model::nth(model.list(*leads), *nth) else { return };
            let edit =
                email.map_or(Edit::new().clear("email"), |email| Edit::new().set("email", address(email)));
            let answer = crm.edit(&id, &edit, &olga(), at(hour)).unwrap();
            assert_eq!(answer.refusal().is_none(), model.is_live(&id), "{answer:?}");
            if model.is_live(&id) {
                model.known.get_mut(&id).unwrap().email = *email;
            }
        }
        Step::Trash(leads, nth) | Step::Restore(leads, nth) => {
            let Some(id) = Model::nth(model.list(*leads), *nth) else { return };
            let trash = matches!(step, Step::Trash(..));
            let act = Act::new();
            let answer = if trash {
                crm.trash(&id, &act, &olga(), at(hour))
            } else {
                crm.restore(&id, &act, &olga(), at(hour))
            };
            let known = model.known.get_mut(&id).unwrap();
            assert_eq!(answer.unwrap().refusal().is_none(), known.head.is_none());
            known.trashed = if known.head.is_none() { trash } else { known.trashed };
        }
        Step::Deal(nth) => {
            let Some(id) = Model::nth(&model.leads, *nth) else { return };
            let deal = Record::new(format!("d{}", model.deals));
            let answer = crm.start_deal(&id, deal, &Creation::new(), &olga(), at(hour)).unwrap();
            let head = model.head(&id);
            let may = model.is_live(&head) && model.known[&head].customer.is_some();
            assert_eq!(answer.receipt().is_some(), may, "{answer:?}");
            if may {
                model.deals += 1;
                model.known.get_mut(&head).unwrap().deals += 1;
            }
        }
        Step::Move(nth) => {
            let Some(id) = Model::nth(&model.leads, *nth) else { return };
            let back = crm.record(&id).unwrap().unwrap().stage() == Some("dormant");
            let mv = Request::mv(if back { "revive" } else { "mark_dormant" });
            let answer = crm.submit(&id, &mv, &olga(), at(hour)).unwrap();
            assert_eq!(answer.receipt().is_some(), model.is_live(&id), "{answer:?}");
            model.moves += usize::from(model.is_live(&id));
        }
    }
}

/// What converting a lead came to is what the model says, which learns of it.
fn expect_conversion(model: &mut Model, id: &str, found: &BTreeSet<String>, converting: &Converting) {
    let (live, before) = (model.is_live(id), model.known[id].customer.clone());
    match converting {
        Converting::Refused(why) if live => {
            assert!(before.is_none() && found.len() > 1 && why.has(ReasonCode::SeveralMatches), "{why}");
        }
        Converting::Refused(_) => {}
        Converting::Done(done) => {
            assert!(live);
            let customer = done.customer.id();
            match (&before, found.first()) {
                (Some(before), _) => {
                    assert_eq!((done.how, customer), (HowConverted::Before, &*model.head(before)));
                    return;
                }
                (None, Some(only)) => {
                    assert_eq!((done.how, customer, found.len()), (HowConverted::Linked, &**only, 1));
                    let email = model.known[id].email;
                    let known = model.known.get_mut(only).unwrap();
                    known.email = known.email.or(email);
                }
                (None, None) => {
                    assert_eq!((done.how, customer), (HowConverted::Created, &*format!("{id}-customer")));
                    let email = model.known[id].email;
                    model.add(false, customer, email);
                }
            }
            model.known.get_mut(id).unwrap().customer = Some(customer.to_owned());
        }
    }
}

/// Nothing is lost and nothing is doubled.
fn check<S: Store + Reader>(crm: &Workspace<S>, model: &Model) {
    let get = |id: &str| crm.record(id).unwrap().unwrap_or_else(|| panic!("{id} is lost"));
    let mut held = BTreeSet::new();
    for (id, known) in &model.known {
        let record = get(id);
        assert_eq!(record.link(Link::Head), known.head.as_deref(), "{id}");
        assert_eq!(record.trashed_at().is_some(), known.trashed, "{id}");
        assert_eq!(record.link(Link::Customer), known.customer.as_deref(), "{id}");
        assert_eq!(record.contact().email(), known.email.map(address).as_deref(), "{id}");
        assert_eq!(crm.head_of(id).unwrap().id(), model.head(id), "{id}");
        if let Some(email) = record.reserved() {
            assert!(held.insert(email.to_owned()), "{email} is held twice");
            assert_eq!((record.contact().email(), record.presence()), (Some(email), Presence::Live), "{id}");
        }
    }
    for (pipeline, ids) in [(LEADS, &model.leads), (CUSTOMERS, &model.customers)] {
        let mut all = Vec::new();
        let mut live = BTreeSet::new();
        for presence in Presence::ALL {
            let page = crm.page(&RecordQuery::of(pipeline, 999).with_presence(presence)).unwrap().records;
            all.extend(page.iter().map(|record| record.id().to_owned()));
            live.extend(
                page.into_iter()
                    .filter(|record| record.presence() == Presence::Live)
                    .map(|record| record.id().to_owned()),
            );
        }
        assert_eq!(all.len(), ids.len(), "each is in one listing only");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), ids.iter().cloned().collect());
        assert_eq!(live, ids.iter().filter(|id| model.is_live(id)).cloned().collect());
        let heads: Vec<&String> = ids.iter().filter(|id| model.known[*id].head.is_none()).collect();
        let united: Vec<_> = heads.iter().flat_map(|id| crm.united(id).unwrap()).collect();
        assert_eq!(united.len(), ids.len(), "from one head each");
        assert_eq!(
            united.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
            ids.iter().cloned().collect()
        );
        let visits: usize = ids.iter().map(|id| crm.visits(id).unwrap().len()).sum();
        let moves = if pipeline == LEADS { model.moves } else { 0 };
        assert_eq!(visits, ids.len() + moves, "a visit by creation and by each move");
        let told: Vec<_> = heads.iter().flat_map(|id| crm.united_visits(id).unwrap()).collect();
        assert_eq!(told.len(), visits);
        assert_eq!(
            told.iter().filter(|(_, visit)| visit.is_open()).count(),
            heads.len(),
            "one goes on for each head"
        );
    }
    check_deals(crm, model);
    assert_sound(crm);
}

fn check_deals<S: Store + Reader>(crm: &Workspace<S>, model: &Model) {
    let live: Vec<&String> = model.leads.iter().filter(|id| model.is_live(id)).collect();
    let mut found = Vec::new();
    for id in model.leads.iter().filter(|id| model.known[*id].head.is_none()) {
        found.extend(crm.pointing_at(Link::Lead, id).unwrap());
    }
    assert_eq!(found.len(), model.deals, "each deal is found from one lead that stands for itself");
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), model.deals);
    assert_eq!(crm.page(&RecordQuery::of(DEALS, 999)).unwrap().records.len(), model.deals);
    let of = |id: &str| -> usize {
        let united = model.leads.iter().filter(|other| model.head(other) == id);
        united.map(|other| model.known[other].deals).sum()
    };
    let lines = crm.lead_sources(LEADS, DEALS).unwrap();
    assert_eq!(lines.iter().map(|line| line.leads).sum::<u64>(), live.len() as u64);
    assert_eq!(
        lines.iter().map(|line| line.deals).sum::<u64>(),
        live.iter().map(|id| of(id)).sum::<usize>() as u64
    );
    let rows: usize = model
        .leads
        .iter()
        .flat_map(|id| crm.history(id).unwrap())
        .filter(|row| row.kind == RowKind::Creation)
        .count();
    assert_eq!(rows, model.leads.len(), "no row moves");
}

fn play<S: Store + Reader>(store: S, steps: &[Step]) {
    let (crm, mut model) = (crm(store), Model::default());
    for (step, hour) in steps.iter().zip(1..) {
        take(&crm, &mut model, step, hour);
    }
    check(&crm, &model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_lost_or_doubled_in_memory(steps in steps()) {
        play(MemoryStore::new(), &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_lost_or_doubled_in_sqlite(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        play(SqliteStore::open(folder.path().join("crm.db")).unwrap(), &steps);
    }
}
