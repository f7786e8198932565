//! `lifestage` itself, registered beside the peers. The pipeline is built from [`Workload::pipeline`] as a JSON
//! document, so that the random pipelines are judged as W1 is.

use std::hint::select_unpredictable;

use lifestage::criteria::{Facts, Slot, SlotIx};
use lifestage::policy::{MoveIx, RoleSet};
use lifestage::{Pipeline, Verdict, Who, Words};
use serde_json::json;

use crate::engine::Decide;
use crate::harness::{Kind, Suite, each};
use crate::workload::{self, CRITERIA, NO_MOVE, Pipeline as Asked, ROLE, Test, Value, Workload};

/// The pipeline as a document: a move for each name, with all its sources.
pub fn document(workload: &Workload) -> String {
    let pipeline = &workload.pipeline;
    let stages = pipeline.stages.iter().enumerate().map(|(i, id)| {
        let category = if matches!(&**id, "won" | "lost") { &**id } else { "open" };
        json!({ "id": id, "name": id, "category": category, "default": i == 0 })
    });
    let roles = pipeline.roles.iter().map(|role| (role.clone(), json!({ "can": ["move", "view"] })));
    let fields = pipeline.fields.iter().map(|field| {
        let kind = match field.kind {
            workload::Kind::Int => "int",
            workload::Kind::Text => "string",
            workload::Kind::Bool => "bool",
        };
        (field.name.clone(), json!(kind))
    });
    let moves = pipeline.moves.iter().enumerate().filter_map(|(i, mv)| {
        let arrows = pipeline.rows.iter().enumerate();
        let arrows = arrows.filter_map(|(from, row)| row.iter().find(|(m, _)| *m == i).map(|(_, to)| (from, *to)));
        let arrows: Vec<(usize, usize)> = arrows.collect();
        let (_, to) = *arrows.first()?;
        assert!(arrows.iter().all(|(_, other)| *other == to), "a move has one target");
        let from = arrows.iter().map(|(from, _)| {
            let kind = if *from == to { "re_entry" } else { "ordinary" };
            json!({ "stage": pipeline.stages[*from], "kind": kind })
        });
        let roles = pipeline.roles.iter().enumerate().filter(|(r, _)| mv.roles >> r & 1 == 1);
        let mut document = json!({
            "id": mv.name,
            "label": mv.name,
            "from": from.collect::<Vec<_>>(),
            "to": pipeline.stages[to],
            "roles": roles.map(|(_, role)| role).collect::<Vec<_>>(),
        });
        if let Some(criteria) = mv.criteria {
            document["when"] = text(pipeline, &pipeline.criteria[criteria]).into();
        }
        Some(document)
    });
    json!({
        "id": "bench",
        "name": "Bench",
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" },
            { "id": "lost", "name": "Lost", "outcome": "lost" },
        ],
        "fields": fields.collect::<serde_json::Map<_, _>>(),
        "stages": stages.collect::<Vec<_>>(),
        "roles": roles.collect::<serde_json::Map<_, _>>(),
        "policy": { "moves": moves.collect::<Vec<_>>() },
    })
    .to_string()
}

/// Criteria as lifestage has them.
pub fn text(pipeline: &Asked, criteria: &[Test]) -> String {
    let tests = criteria.iter().map(|test| {
        let name = &pipeline.fields[test.field()].name;
        match test {
            Test::AtLeast { bound, .. } => format!("{name} >= {bound}"),
            Test::OneOf { texts, .. } => format!("{name} in {texts:?}"),
            Test::IsNot { text, .. } => format!("{name} != {text:?}"),
            Test::Is { flag, .. } => format!("{name} == {flag}"),
        }
    });
    tests.collect::<Vec<_>>().join(" && ")
}

fn pipeline(workload: &Workload) -> Pipeline {
    Pipeline::from_json(&document(workload)).unwrap_or_else(|findings| panic!("{findings}"))
}

/// A pipeline with what a host keeps beside it: its places and role sets by the workload's numbers.
struct Host {
    pipeline: Pipeline,
    moves: Vec<MoveIx>,
    /// By set of roles as the workload numbers them.
    roles: Vec<RoleSet>,
    /// By field of the workload.
    slots: Vec<SlotIx>,
}

impl Host {
    fn new(workload: &Workload) -> Self {
        let pipeline = pipeline(workload);
        // A drawn move may start nowhere; then no pipeline has it.
        let place = |mv: &workload::Move| pipeline.policy().index_of(&mv.name).unwrap_or(MoveIx::new(u32::MAX));
        let slot = |field: &workload::Field| pipeline.scope().lookup(&field.name).expect("a declared field").0;
        Self {
            moves: workload.pipeline.moves.iter().map(place).collect(),
            roles: workload.role_names().iter().map(|names| pipeline.roles().set(names)).collect(),
            slots: workload.pipeline.fields.iter().map(slot).collect(),
            pipeline,
        }
    }

    #[inline]
    fn who(&self, request: &workload::Request) -> Who {
        Who { roles: self.roles[usize::from(request.roles)], ..Who::default() }
    }

    #[inline]
    fn mv(&self, request: &workload::Request) -> MoveIx {
        self.moves[usize::from(request.mv)]
    }

    /// The facts of every contact, by slot.
    fn facts<'a>(&self, workload: &'a Workload, text: impl Fn(SlotIx, &'a str) -> Slot<'a>) -> Vec<Slot<'a>> {
        let mut slots = vec![Slot::Missing; self.slots.len() * workload.contacts.len()];
        for (facts, row) in workload.contacts.iter().zip(slots.chunks_exact_mut(self.slots.len())) {
            for (fact, slot) in facts.iter().zip(&self.slots) {
                row[slot.index()] = match fact.value() {
                    Value::Int(n) => Slot::Int(n),
                    Value::Text(t) => text(*slot, t),
                    Value::Bool(b) => Slot::Bool(b),
                };
            }
        }
        slots
    }
}

fn stage(request: &workload::Request) -> Option<lifestage::catalog::StageIx> {
    Some(lifestage::catalog::StageIx::new(request.stage))
}

/// The workload's code of a verdict, without a branch: which it is cannot be predicted.
#[inline]
fn code(verdict: Verdict) -> u8 {
    let refusal = match verdict {
        Verdict::NotFromStage => NO_MOVE,
        Verdict::Denied => ROLE,
        Verdict::Unmet | Verdict::MissingInput => CRITERIA,
        Verdict::Moves(_) | Verdict::NeedsApproval(_) => 0,
    };
    let stage = verdict.stage();
    select_unpredictable(stage.is_some(), stage.map_or(0, |to| to.position() as u8), refusal)
}

/// Verdicts from numbers and a slot for each field: interned, or with texts as they are.
struct Slots<'a> {
    host: Host,
    facts: Vec<Slot<'a>>,
}

impl<'a> Slots<'a> {
    fn interned(workload: &'a Workload) -> Self {
        let host = Host::new(workload);
        let facts = host.facts(workload, |slot, text| host.pipeline.interner().slot(slot, text));
        Self { host, facts }
    }

    fn texts(workload: &'a Workload) -> Self {
        let host = Host::new(workload);
        let facts = host.facts(workload, |_, text| Slot::Text(text));
        Self { host, facts }
    }

    #[inline]
    fn facts(&self, contact: u16) -> &[Slot<'a>] {
        let fields = self.host.slots.len();
        &self.facts[usize::from(contact) * fields..][..fields]
    }
}

impl Decide for Slots<'_> {
    #[inline]
    fn decide(&mut self, request: &workload::Request) -> u8 {
        let host = &self.host;
        code(host.pipeline.verdict(stage(request), host.mv(request), host.who(request), self.facts(request.contact)))
    }
}

/// Verdicts from numbers and a word for each field.
struct ByWords {
    host: Host,
    words: Vec<u64>,
    known: u64,
}

impl ByWords {
    fn new(workload: &Workload) -> Self {
        let Slots { host, facts } = Slots::interned(workload);
        let words = facts.iter().map(|slot| slot.word().unwrap_or_default()).collect();
        let known = (1 << host.slots.len()) - 1;
        Self { host, words, known }
    }
}

impl Decide for ByWords {
    #[inline]
    fn decide(&mut self, request: &workload::Request) -> u8 {
        let Self { host, words, known } = self;
        let fields = host.slots.len();
        let words = &words[usize::from(request.contact) * fields..][..fields];
        let facts = Words { words, known: *known, present: *known };
        let verdict = host.pipeline.verdict_by_words(stage(request), host.mv(request), host.who(request), facts);
        verdict.map_or(CRITERIA, code)
    }
}

/// Facts in a hash map, looked up by name when a condition asks.
struct Named<'a> {
    names: &'a [&'a str],
    facts: &'a rustc_hash::FxHashMap<&'a str, Value<'a>>,
}

impl Facts for Named<'_> {
    #[inline]
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        match self.names.get(ix.index()).and_then(|name| self.facts.get(name)) {
            Some(Value::Int(n)) => Slot::Int(*n),
            Some(Value::Text(t)) => Slot::Text(t),
            Some(Value::Bool(b)) => Slot::Bool(*b),
            None => Slot::Missing,
        }
    }
}

/// Verdicts from names of stage, move and roles, and facts in a map.
struct Names<'a> {
    workload: &'a Workload,
    pipeline: Pipeline,
    role_names: Vec<Vec<&'a str>>,
    /// By slot.
    names: Vec<&'a str>,
    contacts: Vec<rustc_hash::FxHashMap<&'a str, Value<'a>>>,
}

impl<'a> Names<'a> {
    fn new(workload: &'a Workload) -> Self {
        let Host { pipeline, slots, .. } = Host::new(workload);
        let mut names = vec![""; slots.len()];
        for (field, slot) in workload.pipeline.fields.iter().zip(&slots) {
            names[slot.index()] = &*field.name;
        }
        let fields = || workload.pipeline.fields.iter().map(|field| &*field.name);
        let contacts = workload.contacts.iter();
        let contacts = contacts.map(|facts| fields().zip(facts.iter().map(workload::Fact::value)).collect());
        Self { workload, pipeline, role_names: workload.role_names(), names, contacts: contacts.collect() }
    }
}

impl Decide for Names<'_> {
    #[inline]
    fn decide(&mut self, request: &workload::Request) -> u8 {
        let asked = &self.workload.pipeline;
        let stage = self.pipeline.catalog().index_of(&asked.stages[usize::from(request.stage)]);
        let Some(mv) = self.pipeline.policy().index_of(&asked.moves[usize::from(request.mv)].name) else {
            return NO_MOVE;
        };
        let roles = self.pipeline.roles().set(&self.role_names[usize::from(request.roles)]);
        let facts = Named { names: &self.names, facts: &self.contacts[usize::from(request.contact)] };
        code(self.pipeline.verdict(stage, mv, Who { roles, ..Who::default() }, &facts))
    }
}

/// Adds the cases that judge whole requests, for W1 and for random pipelines.
pub fn add_decisions<'a>(suite: &mut Suite<'a>, workload: &'a Workload) {
    decide(suite, "lifestage, ids and words", workload, ByWords::new(workload));
    decide(suite, "lifestage, ids and interned slots", workload, Slots::interned(workload));
    decide(suite, "lifestage, ids and &str slots", workload, Slots::texts(workload));
    decide(suite, "lifestage, names and a map of facts", workload, Names::new(workload));
}

fn decide<'a>(suite: &mut Suite<'a>, name: &str, workload: &'a Workload, mut engine: impl Decide + 'a) {
    suite.add(Kind::Ours, name, each(&workload.requests, move |request| engine.decide(request)));
}
