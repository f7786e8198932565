//! Engines made by hand for any pipeline of W1's shape, defined at run time: what a specialist would write.

use rustc_hash::FxHashMap;

use crate::engine::{Decide, Judge};
use crate::workload::{CRITERIA, Fact, NO_MOVE, Pipeline, ROLE, Request, Test, Value, Workload};

/// Any text that no criteria name.
const OTHER: i64 = 63;

/// One test for every kind: the slot's value is in a range and, by its last six bits, in a set. An int has the full
/// set, a set of texts the range of all symbols, so no branch asks which kind it is.
struct Flat {
    slot: usize,
    low: i64,
    span: u64,
    set: u64,
}

/// The texts that the criteria name, numbered from 0.
#[derive(Default)]
struct Symbols<'a>(FxHashMap<&'a str, i64>);

impl<'a> Symbols<'a> {
    fn of(pipeline: &'a Pipeline) -> Self {
        let mut symbols = Self::default();
        for test in pipeline.criteria.iter().flatten() {
            match test {
                Test::OneOf { texts, .. } => texts.iter().for_each(|text| symbols.add(text)),
                Test::IsNot { text, .. } => symbols.add(text),
                Test::AtLeast { .. } | Test::Is { .. } => {}
            }
        }
        symbols
    }

    fn add(&mut self, text: &'a str) {
        let next = self.0.len() as i64;
        assert!(next < OTHER, "the engine has room for {OTHER} texts");
        self.0.entry(text).or_insert(next);
    }

    fn get(&self, text: &str) -> i64 {
        self.0.get(text).copied().unwrap_or(OTHER)
    }

    fn slot(&self, value: Value<'_>) -> i64 {
        match value {
            Value::Int(n) => n,
            Value::Text(text) => self.get(text),
            Value::Bool(flag) => i64::from(flag),
        }
    }

    fn flat(&self, test: &Test) -> Flat {
        let slot = test.field();
        let in_set = |set| Flat { slot, low: 0, span: 63, set };
        match test {
            Test::AtLeast { bound, .. } => {
                Flat { slot, low: *bound, span: i64::MAX.wrapping_sub(*bound) as u64, set: u64::MAX }
            }
            Test::OneOf { texts, .. } => in_set(texts.iter().fold(0, |set, text| set | 1 << self.get(text))),
            Test::IsNot { text, .. } => in_set(!(1 << self.get(text))),
            Test::Is { flag, .. } => in_set(1 << u8::from(*flag)),
        }
    }
}

/// A move from a stage: the four answers by whether the role and the criteria are in order, the roles, the criteria.
#[derive(Clone, Copy)]
struct Cell {
    answers: u32,
    roles: u16,
    criteria: u16,
}

const ABSENT: Cell = Cell { answers: u32::from_le_bytes([NO_MOVE; 4]), roles: 0, criteria: 0 };

/// Over numbers and interned slots.
pub struct Ids {
    cells: Vec<Cell>,
    moves: usize,
    /// By criteria, from 1: where its tests end in `tests`. The first has none: a move without criteria.
    ends: Vec<usize>,
    tests: Vec<Flat>,
    fields: usize,
    slots: Vec<i64>,
}

impl Ids {
    pub fn new(workload: &Workload) -> Self {
        let pipeline = &workload.pipeline;
        let symbols = Symbols::of(pipeline);
        let mut ends = vec![0, 0];
        let mut tests = Vec::new();
        for criteria in &pipeline.criteria {
            tests.extend(criteria.iter().map(|test| symbols.flat(test)));
            ends.push(tests.len());
        }
        let mut cells = vec![ABSENT; pipeline.stages.len() * pipeline.moves.len()];
        for (stage, row) in pipeline.rows.iter().enumerate() {
            for (mv, to) in row {
                let rule = &pipeline.moves[*mv];
                cells[stage * pipeline.moves.len() + mv] = Cell {
                    answers: u32::from_le_bytes([ROLE, ROLE, CRITERIA, *to as u8]),
                    roles: rule.roles,
                    criteria: rule.criteria.map_or(0, |criteria| criteria as u16 + 1),
                };
            }
        }
        let slots = workload.contacts.iter().flatten().map(|fact| symbols.slot(fact.value())).collect();
        Self { cells, moves: pipeline.moves.len(), ends, tests, fields: pipeline.fields.len(), slots }
    }

    #[inline]
    fn holds(&self, criteria: usize, contact: usize) -> bool {
        let slots = &self.slots[contact * self.fields..][..self.fields];
        let tests = &self.tests[self.ends[criteria]..self.ends[criteria + 1]];
        tests.iter().fold(true, |holds, test| {
            let value = slots[test.slot];
            holds & (value.wrapping_sub(test.low) as u64 <= test.span) & (test.set >> (value & 63) & 1 == 1)
        })
    }
}

impl Decide for Ids {
    #[inline]
    fn decide(&mut self, request: &Request) -> u8 {
        let cell = self.cells[usize::from(request.stage) * self.moves + usize::from(request.mv)];
        let permitted = cell.roles & request.roles != 0;
        let holds = self.holds(usize::from(cell.criteria), usize::from(request.contact));
        (cell.answers >> (u32::from(permitted) * 16 + u32::from(holds) * 8)) as u8
    }
}

impl Judge for Ids {
    #[inline]
    fn passes(&mut self, criteria: usize, contact: usize) -> bool {
        self.holds(criteria + 1, contact)
    }
}

/// Facts by name.
pub trait Facts<'a> {
    fn get(&self, name: &str) -> Option<Value<'a>>;
}

impl<'a> Facts<'a> for Vec<(&'a str, Value<'a>)> {
    #[inline]
    fn get(&self, name: &str) -> Option<Value<'a>> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }
}

impl<'a> Facts<'a> for FxHashMap<&'a str, Value<'a>> {
    #[inline]
    fn get(&self, name: &str) -> Option<Value<'a>> {
        FxHashMap::get(self, name).copied()
    }
}

/// Over names of stage, move, roles and facts.
pub struct Names<'a, F> {
    workload: &'a Workload,
    stages: FxHashMap<&'a str, usize>,
    moves: FxHashMap<&'a str, usize>,
    targets: Vec<Option<u8>>,
    role_names: Vec<Vec<&'a str>>,
    contacts: Vec<F>,
}

impl<'a, F: Facts<'a> + FromIterator<(&'a str, Value<'a>)>> Names<'a, F> {
    pub fn new(workload: &'a Workload) -> Self {
        let pipeline = &workload.pipeline;
        let numbered = |(i, name): (usize, &'a String)| (&**name, i);
        let targets = (0..pipeline.stages.len() * pipeline.moves.len()).map(|at| {
            let to = pipeline.target(at / pipeline.moves.len(), at % pipeline.moves.len());
            to.map(|to| to as u8)
        });
        let named = |facts: &'a Vec<_>| {
            let fields = pipeline.fields.iter().map(|field| &*field.name);
            fields.zip(facts.iter().map(Fact::value)).collect()
        };
        Self {
            workload,
            stages: pipeline.stages.iter().enumerate().map(numbered).collect(),
            moves: pipeline.moves.iter().map(|mv| &mv.name).enumerate().map(numbered).collect(),
            targets: targets.collect(),
            role_names: workload.role_names(),
            contacts: workload.contacts.iter().map(named).collect(),
        }
    }

    #[inline]
    fn decide_by_name(&self, stage: &str, mv: &str, roles: &[&str], facts: &F) -> u8 {
        let pipeline = &self.workload.pipeline;
        let (Some(stage), Some(mv)) = (self.stages.get(stage), self.moves.get(mv)) else { return NO_MOVE };
        let Some(to) = self.targets[stage * pipeline.moves.len() + mv] else { return NO_MOVE };
        let rule = &pipeline.moves[*mv];
        let known = |role: &&str| pipeline.roles.iter().position(|r| r == role);
        if !roles.iter().filter_map(known).any(|role| rule.roles >> role & 1 == 1) {
            return ROLE;
        }
        let Some(criteria) = rule.criteria else { return to };
        let holds =
            |test: &Test| facts.get(&pipeline.fields[test.field()].name).is_some_and(|v| test.holds(v));
        if pipeline.criteria[criteria].iter().all(holds) { to } else { CRITERIA }
    }
}

impl<'a, F: Facts<'a> + FromIterator<(&'a str, Value<'a>)>> Decide for Names<'a, F> {
    #[inline]
    fn decide(&mut self, request: &Request) -> u8 {
        let pipeline = &self.workload.pipeline;
        let stage = &pipeline.stages[usize::from(request.stage)];
        let mv = &pipeline.moves[usize::from(request.mv)].name;
        let roles = &self.role_names[usize::from(request.roles)];
        self.decide_by_name(stage, mv, roles, &self.contacts[usize::from(request.contact)])
    }
}

/// Makes slots of named facts: what [`Ids`] has done before it is asked.
pub struct Interning<'a> {
    symbols: Symbols<'a>,
    fields: FxHashMap<&'a str, usize>,
    contacts: Vec<Vec<(&'a str, Value<'a>)>>,
    slots: Vec<i64>,
}

impl<'a> Interning<'a> {
    pub fn new(workload: &'a Workload) -> Self {
        let fields = &workload.pipeline.fields;
        let named =
            |facts: &'a Vec<_>| fields.iter().map(|f| &*f.name).zip(facts.iter().map(Fact::value)).collect();
        Self {
            symbols: Symbols::of(&workload.pipeline),
            fields: fields.iter().enumerate().map(|(i, field)| (&*field.name, i)).collect(),
            contacts: workload.contacts.iter().map(named).collect(),
            slots: vec![0; fields.len()],
        }
    }

    /// All slots of a contact; the answer is the low byte of their sum.
    #[inline]
    pub fn intern(&mut self, contact: usize) -> u8 {
        for (name, value) in &self.contacts[contact] {
            if let Some(slot) = self.fields.get(name) {
                self.slots[*slot] = self.symbols.slot(*value);
            }
        }
        self.slots.iter().fold(0, |sum, slot| i64::wrapping_add(sum, *slot)) as u8
    }

    /// The expected answer, without a map.
    pub fn expected(workload: &Workload, contact: usize) -> u8 {
        let pipeline = &workload.pipeline;
        let mut texts: Vec<&str> = Vec::new();
        for test in pipeline.criteria.iter().flatten() {
            let named = match test {
                Test::OneOf { texts, .. } => &texts[..],
                Test::IsNot { text, .. } => std::slice::from_ref(text),
                Test::AtLeast { .. } | Test::Is { .. } => &[],
            };
            for text in named {
                if !texts.contains(&&**text) {
                    texts.push(text);
                }
            }
        }
        let slot = |fact: &Fact| match fact.value() {
            Value::Int(n) => n,
            Value::Text(text) => texts.iter().position(|t| *t == text).map_or(OTHER, |at| at as i64),
            Value::Bool(flag) => i64::from(flag),
        };
        workload.contacts[contact].iter().map(slot).sum::<i64>() as u8
    }
}
