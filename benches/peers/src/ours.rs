//! `lifestage` itself, registered beside the peers. The pipeline is built from [`Workload::pipeline`] as a JSON
//! document, so that the random pipelines are judged as W1 is.

use lifestage::catalog::StageIx;
use lifestage::criteria::{Criteria, Expr, Facts, FieldType, Interner, Packed, Scope, Slot, SlotIx, Truth};
use lifestage::journal::{self, Salt};
use lifestage::policy::{MoveIx, RoleSet};
use lifestage::{
    Actor, Batch, Bits, Code, Column, Decision, Pipeline, Record, Request, SealedChange, Timestamp, Verdict,
    Who, Words,
};
use serde_json::json;

use crate::batch;
use crate::engine::{Decide, Judge};
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
        let arrows =
            arrows.filter_map(|(from, row)| row.iter().find(|(m, _)| *m == i).map(|(_, to)| (from, *to)));
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
        let place =
            |mv: &workload::Move| pipeline.policy().index_of(&mv.name).unwrap_or(MoveIx::new(u32::MAX));
        let slot =
            |field: &workload::Field| pipeline.scope().lookup(&field.name).expect("a declared field").0;
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

    /// The requests in the pipeline's numbers.
    fn asked(&self, workload: &Workload) -> Vec<ById> {
        let by_id = |request: &workload::Request| ById {
            stage: StageIx::new(request.stage),
            mv: self.moves[usize::from(request.mv)],
            roles: self.roles[usize::from(request.roles)],
            contact: request.contact,
        };
        workload.requests.iter().map(by_id).collect()
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

fn stage(request: &workload::Request) -> Option<StageIx> {
    Some(StageIx::new(request.stage))
}

/// A request in the numbers of a pipeline, as a host on the fast path holds it.
struct ById {
    roles: RoleSet,
    mv: MoveIx,
    stage: StageIx,
    contact: u16,
}

impl ById {
    #[inline]
    fn who(&self) -> Who {
        Who { roles: self.roles, ..Who::default() }
    }
}

/// An engine that judges requests by their numbers.
trait Judged {
    fn judge(&self, asked: &ById) -> u8;
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

impl Judged for Slots<'_> {
    #[inline]
    fn judge(&self, asked: &ById) -> u8 {
        let facts = self.facts(asked.contact);
        self.host.pipeline.verdict(Some(asked.stage), asked.mv, asked.who(), facts).code()
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

impl Judged for ByWords {
    #[inline]
    fn judge(&self, asked: &ById) -> u8 {
        let Self { host, words, known } = self;
        let fields = host.slots.len();
        let words = &words[usize::from(asked.contact) * fields..][..fields];
        let facts = Words { words, known: *known, present: *known };
        let verdict = host.pipeline.verdict_by_words(Some(asked.stage), asked.mv, asked.who(), facts);
        verdict.unwrap_or(Verdict::Unmet).code()
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
        self.pipeline.verdict(stage, mv, Who { roles, ..Who::default() }, &facts).code()
    }
}

const _: () = assert!(NO_MOVE == u8::NOT_FROM_STAGE && ROLE == u8::DENIED && CRITERIA == u8::UNMET);

/// Adds the cases that judge whole requests, for W1 and for random pipelines.
pub fn add_decisions<'a>(suite: &mut Suite<'a>, workload: &'a Workload) {
    by_id(suite, "lifestage, ids and words", Host::new(workload).asked(workload), ByWords::new(workload));
    by_id(
        suite,
        "lifestage, ids and interned slots",
        Host::new(workload).asked(workload),
        Slots::interned(workload),
    );
    by_id(
        suite,
        "lifestage, ids and &str slots",
        Host::new(workload).asked(workload),
        Slots::texts(workload),
    );
    let mut names = Names::new(workload);
    let name = "lifestage, names and a map of facts";
    suite.add(Kind::Ours, name, each(&workload.requests, move |request| names.decide(request)));
}

fn by_id<'a>(suite: &mut Suite<'a>, name: &str, asked: Vec<ById>, engine: impl Judged + 'a) {
    suite.add(Kind::Ours, name, move |range, answers: &mut [u8]| {
        for (answer, asked) in answers.iter_mut().zip(&asked[range]) {
            *answer = engine.judge(asked);
        }
    });
}

/// The criteria of W1 alone, over texts or over symbols.
pub struct Alone<'a> {
    criteria: Criteria,
    facts: Vec<Slot<'a>>,
    fields: usize,
}

/// The scope of the workload's fields; slots are numbered as the fields are.
fn scope(workload: &Workload) -> Scope {
    let mut scope = Scope::new();
    for field in &workload.pipeline.fields {
        let declared = match field.kind {
            workload::Kind::Int => FieldType::Int,
            workload::Kind::Text => FieldType::String,
            workload::Kind::Bool => FieldType::Bool,
        };
        scope.declare(&field.name, declared);
    }
    scope
}

impl<'a> Alone<'a> {
    fn new(workload: &'a Workload, interned: bool) -> Self {
        let (scope, mut interner) = (scope(workload), Interner::new());
        let expr =
            Expr::parse(&text(&workload.pipeline, &workload.pipeline.criteria[0])).expect("good criteria");
        let criteria = Criteria::compile_with(expr, &scope, &mut interner).expect("good criteria");
        let slot = |(i, fact): (usize, &'a workload::Fact)| match fact.value() {
            Value::Int(n) => Slot::Int(n),
            Value::Text(t) if interned => interner.slot(SlotIx::new(i as u32), t),
            Value::Text(t) => Slot::Text(t),
            Value::Bool(b) => Slot::Bool(b),
        };
        let facts = workload.contacts.iter().flat_map(|facts| facts.iter().enumerate().map(slot)).collect();
        Self { criteria, facts, fields: workload.pipeline.fields.len() }
    }

    pub fn texts(workload: &'a Workload) -> Self {
        Self::new(workload, false)
    }

    pub fn interned(workload: &'a Workload) -> Self {
        Self::new(workload, true)
    }
}

impl Judge for Alone<'_> {
    #[inline]
    fn passes(&mut self, _: usize, contact: usize) -> bool {
        self.criteria.eval(&self.facts[contact * self.fields..][..self.fields]) == Truth::True
    }
}

/// The criteria of W1 alone, over words.
pub struct AloneByWords {
    packed: Packed,
    words: Vec<u64>,
    fields: usize,
}

impl AloneByWords {
    pub fn new(workload: &Workload) -> Self {
        let Alone { criteria, facts, fields } = Alone::interned(workload);
        let words = facts.iter().map(|slot| slot.word().expect("a word for each fact")).collect();
        Self { packed: criteria.pack().expect("simple tests"), words, fields }
    }
}

impl Judge for AloneByWords {
    #[inline]
    fn passes(&mut self, _: usize, contact: usize) -> bool {
        let words = &self.words[contact * self.fields..][..self.fields];
        self.packed.eval(words, u64::MAX, u64::MAX) == Truth::True
    }
}

/// Parse, check and compile W1's criteria.
pub fn compiler(workload: &Workload) -> impl FnMut() -> Criteria + use<> {
    let (scope, text) = (scope(workload), text(&workload.pipeline, &workload.pipeline.criteria[0]));
    move || Criteria::parse(&text, &scope).expect("good criteria")
}

/// How many contacts the full answers are asked about: few, so that reading records from far memory is not what
/// is measured.
const PEOPLE: usize = 64;

pub const NOW: Timestamp = Timestamp::from_seconds(1_772_442_000);

/// W1 by whole records: what `decide` and its relatives are asked.
pub struct People {
    pipeline: Pipeline,
    host: Host,
    /// By contact, then by stage.
    records: Vec<Record>,
    actors: Vec<Actor>,
    moves: Vec<Request>,
    stages: usize,
    slots: Vec<Slot<'static>>,
}

impl People {
    pub fn new(workload: &Workload) -> Self {
        let host = Host::new(workload);
        let asked = &workload.pipeline;
        let record = |contact: usize, stage: &String| {
            let facts = asked.fields.iter().zip(&workload.contacts[contact]);
            let record =
                Record::new(format!("lead-{contact}")).in_stage(stage).in_pipeline("bench").at_version(7);
            facts.fold(record, |record, (field, fact)| match fact.value() {
                Value::Int(n) => record.with(&field.name, n),
                Value::Text(t) => record.with(&field.name, t),
                Value::Bool(b) => record.with(&field.name, b),
            })
        };
        let records =
            (0..PEOPLE).flat_map(|contact| asked.stages.iter().map(move |stage| record(contact, stage)));
        let actor =
            |names: &Vec<&str>| names.iter().fold(Actor::new("sam"), |actor, role| actor.with_role(*role));
        let slots = host.facts(workload, |slot, text| match host.pipeline.interner().slot(slot, text) {
            Slot::Symbol(symbol) => Slot::Symbol(symbol),
            _ => Slot::Missing,
        });
        // No text is left in them, so that they live as long as one likes.
        let slots = slots.into_iter().map(|slot| match slot {
            Slot::Int(n) => Slot::Int(n),
            Slot::Bool(b) => Slot::Bool(b),
            Slot::Symbol(symbol) => Slot::Symbol(symbol),
            _ => Slot::Missing,
        });
        Self {
            records: records.collect(),
            actors: workload.role_names().iter().map(actor).collect(),
            moves: asked.moves.iter().map(|mv| Request::mv(&mv.name)).collect(),
            stages: asked.stages.len(),
            slots: slots.collect(),
            pipeline: host.pipeline.clone(),
            host,
        }
    }

    /// The requests about these people, with their answers.
    pub fn requests(workload: &Workload, granted: bool) -> (Vec<workload::Request>, Vec<u8>) {
        let all = workload.requests.iter().zip(&workload.expected);
        let about = all.filter(|(request, answer)| {
            usize::from(request.contact) < PEOPLE && (**answer < CRITERIA) == granted
        });
        about.map(|(request, answer)| (*request, *answer)).unzip()
    }

    fn record(&self, request: &workload::Request) -> &Record {
        &self.records[usize::from(request.contact) * self.stages + usize::from(request.stage)]
    }

    fn actor(&self, request: &workload::Request) -> &Actor {
        &self.actors[usize::from(request.roles)]
    }

    fn ask<'a>(&'a self, request: &workload::Request) -> Decision<'a> {
        let wish = &self.moves[usize::from(request.mv)];
        self.pipeline.decide(self.record(request), wish, self.actor(request), NOW)
    }

    fn stage(&self, id: Option<&str>) -> u8 {
        id.and_then(|id| self.pipeline.catalog().index_of(id)).map_or(NO_MOVE, |stage| stage.position() as u8)
    }

    /// The full decision; refusals as the code that the first reason stands for.
    pub fn decide(&self, request: &workload::Request) -> u8 {
        use lifestage::ReasonCode::{CriteriaUnknown, CriteriaUnmet, PermissionDenied};
        match self.ask(request) {
            Decision::Moved(change) => self.stage(change.to()),
            Decision::Refused(why) => match why.codes().next() {
                Some(PermissionDenied) => ROLE,
                Some(CriteriaUnmet | CriteriaUnknown) => CRITERIA,
                _ => NO_MOVE,
            },
            _ => NO_MOVE,
        }
    }

    /// The decision, made whole and hashed.
    pub fn seal(&self, request: &workload::Request) -> u8 {
        let change = self.ask(request).change().expect("a granted request");
        let sealed = change.seal(Salt::from_bytes([7; 16]));
        self.stage(sealed.record.stage())
    }

    /// Changes of records without facts, hashed: the first rows of their journals, and all that these tell.
    pub fn sealed(&self, count: usize) -> Vec<SealedChange> {
        let owner = Actor::new("sam").with_role("owner");
        let wish = Request::mv("mark_contacted");
        let record = |i| Record::new(format!("lead-{i}")).in_stage("new").in_pipeline("bench");
        let seal = |i| {
            let record = record(i);
            let change = self.pipeline.decide(&record, &wish, &owner, NOW).change();
            change.expect("a granted request").seal(Salt::from_bytes([7; 16]))
        };
        (0..count).map(seal).collect()
    }

    /// Whether the hash of a change's row fits it: the hash made once more.
    pub fn verify(sealed: &SealedChange) -> u8 {
        journal::verify(&sealed.record, std::slice::from_ref(&sealed.row)).is_ok().into()
    }

    /// How many moves are open, by the workload itself.
    pub fn open(workload: &Workload, request: &workload::Request) -> u8 {
        let row = &workload.pipeline.rows[usize::from(request.stage)];
        let open = row.iter().filter(|(mv, _)| {
            let mv = &workload.pipeline.moves[*mv];
            let met =
                mv.criteria.is_none_or(|criteria| workload.passes(criteria, usize::from(request.contact)));
            mv.roles & request.roles != 0 && met
        });
        open.count() as u8
    }

    #[inline]
    fn slots(&self, request: &workload::Request) -> &[Slot<'static>] {
        let fields = self.host.slots.len();
        &self.slots[usize::from(request.contact) * fields..][..fields]
    }

    pub fn open_by_slots(&self, request: &workload::Request) -> u8 {
        self.pipeline.open_moves(stage(request), self.host.who(request), self.slots(request)).count() as u8
    }

    pub fn open_as_vec(&self, request: &workload::Request) -> u8 {
        let open = self.pipeline.open_moves(stage(request), self.host.who(request), self.slots(request));
        std::hint::black_box(open.collect::<Vec<_>>()).len() as u8
    }

    pub fn open_by_names(&self, request: &workload::Request) -> u8 {
        self.pipeline.moves(self.record(request), self.actor(request), NOW).count() as u8
    }

    pub fn explain(&self, request: &workload::Request) -> u8 {
        let told = self.pipeline.explain(self.record(request), self.actor(request), NOW);
        told.moves.iter().filter(|mv| mv.standing == lifestage::Standing::Allowed).count() as u8
    }
}

/// A definition of this many stages with this many moves out of each.
pub fn large(stages: usize, moves: usize) -> String {
    let stage = |i: usize| json!({ "id": format!("s{i}"), "name": format!("Stage {i}"), "category": "open", "default": i == 0 });
    let mv = |i: usize| {
        let (from, to) = (i / moves, (i / moves + i % moves + 1) % stages);
        json!({ "id": format!("m{i}"), "label": format!("Move {i}"), "from": format!("s{from}"), "to": format!("s{to}") })
    };
    json!({
        "id": "large",
        "name": "Large",
        "categories": [{ "id": "open", "name": "Open", "outcome": "open" }],
        "stages": (0..stages).map(stage).collect::<Vec<_>>(),
        "roles": { "sales": { "can": ["move", "view"] } },
        "policy": { "moves": (0..stages * moves).map(mv).collect::<Vec<_>>() },
    })
    .to_string()
}

/// Loads a document and says how many stages it has, modulo 256.
pub fn load(document: &str) -> u8 {
    let pipeline = Pipeline::from_json(document).unwrap_or_else(|findings| panic!("{findings}"));
    std::hint::black_box(&pipeline).catalog().stages().len() as u8
}

/// W1 as columns, for a pipeline defined at run time.
pub struct Columns<'a> {
    host: Host,
    columns: &'a batch::Columns,
    sources: Vec<u8>,
    emails: Vec<u8>,
    roles: Vec<u8>,
}

impl<'a> Columns<'a> {
    pub fn new(workload: &Workload, columns: &'a batch::Columns) -> Self {
        let host = Host::new(workload);
        let contact = |row: usize| usize::from(workload.requests[row % workload.requests.len()].contact);
        let symbol = |field: usize, row: usize| match workload.contacts[contact(row)][field].value() {
            Value::Text(text) => {
                host.pipeline.interner().symbol(host.slots[field], text).map_or(0, |s| s.number())
            }
            _ => 0,
        };
        let rows = columns.mv.len();
        Self {
            sources: (0..rows).map(|row| symbol(crate::w1::SOURCE, row)).collect(),
            emails: (0..rows).map(|row| symbol(crate::w1::EMAIL, row)).collect(),
            roles: columns.roles.iter().map(|roles| host.roles[usize::from(*roles)].bits() as u8).collect(),
            columns,
            host,
        }
    }

    pub fn judge(&self, range: std::ops::Range<usize>, out: &mut [u8]) {
        let Self { host, columns, sources, emails, roles } = self;
        let rows = range.start..range.end.min(range.start + out.len());
        let slot = |field: usize| host.slots[field];
        let batch = Batch::new(&columns.stage[rows.clone()], &columns.mv[rows.clone()], &roles[rows.clone()])
            .with(slot(crate::w1::BUDGET), Column::Naturals(&columns.budget[rows.clone()]))
            .with(slot(crate::w1::SOURCE), Column::Symbols(&sources[rows.clone()]))
            .with(slot(crate::w1::EMAIL), Column::Symbols(&emails[rows.clone()]))
            .with(slot(crate::w1::CONSENT), Column::Bools(Bits { column: &columns.flags[rows], bit: 1 }));
        host.pipeline.decide_batch(&batch, out).expect("columns of one length");
    }
}
