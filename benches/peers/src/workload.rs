//! What every engine is asked: a pipeline, contacts, requests, and the answers a naive interpreter gives.

/// The answer where no such move leaves the stage.
pub const NO_MOVE: u8 = 255;
/// The answer where the move exists and none of the actor's roles may make it.
pub const ROLE: u8 = 254;
/// The answer where only the criteria are against it.
pub const CRITERIA: u8 = 253;

/// SplitMix64, the generator that `w1_gen.py` uses.
pub struct SplitMix64(u64);

impl SplitMix64 {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n - 1`.
    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> usize {
        (low + self.below(high - low + 1)) as usize
    }

    /// A number in `0.0..1.0` of 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of `items`, each as often as its weight says.
    pub fn pick<T: Copy>(&mut self, items: &[T], weights: &[u64]) -> T {
        let mut left = self.below(weights.iter().sum());
        for (item, weight) in items.iter().zip(weights) {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        unreachable!("a number below the sum of the weights falls into one of them")
    }
}

/// A fact of a contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Int(i64),
    Text(&'a str),
    Bool(bool),
}

/// A field of the contacts.
pub struct Field {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Int,
    Text,
    Bool,
}

/// One test; criteria are a conjunction of them, as in W1.
pub enum Test {
    AtLeast { field: usize, bound: i64 },
    OneOf { field: usize, texts: Vec<String> },
    IsNot { field: usize, text: String },
    Is { field: usize, flag: bool },
}

impl Test {
    pub fn field(&self) -> usize {
        match self {
            Self::AtLeast { field, .. }
            | Self::OneOf { field, .. }
            | Self::IsNot { field, .. }
            | Self::Is { field, .. } => *field,
        }
    }

    pub fn holds(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::AtLeast { bound, .. }, Value::Int(n)) => n >= *bound,
            (Self::OneOf { texts, .. }, Value::Text(t)) => texts.iter().any(|text| text == t),
            (Self::IsNot { text, .. }, Value::Text(t)) => text != t,
            (Self::Is { flag, .. }, Value::Bool(b)) => b == *flag,
            _ => false,
        }
    }
}

pub struct Move {
    pub name: String,
    /// The roles that may make it, one bit each.
    pub roles: u16,
    /// Which of the pipeline's criteria it asks for.
    pub criteria: Option<usize>,
}

pub struct Pipeline {
    pub stages: Vec<String>,
    pub roles: Vec<String>,
    pub fields: Vec<Field>,
    pub criteria: Vec<Vec<Test>>,
    pub moves: Vec<Move>,
    /// By stage, then in order of writing: the moves that leave it and where they go.
    pub rows: Vec<Vec<(usize, usize)>>,
}

impl Pipeline {
    pub fn target(&self, stage: usize, mv: usize) -> Option<usize> {
        self.rows[stage].iter().find(|(m, _)| *m == mv).map(|(_, to)| *to)
    }
}

/// One question, by number.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub stage: u16,
    pub mv: u16,
    pub roles: u16,
    pub contact: u16,
}

pub struct Workload {
    pub pipeline: Pipeline,
    /// By contact, then by field.
    pub contacts: Vec<Vec<Fact>>,
    pub requests: Vec<Request>,
    pub expected: Vec<u8>,
}

/// An owned [`Value`].
pub enum Fact {
    Int(i64),
    Text(String),
    Bool(bool),
}

impl Fact {
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Int(n) => Value::Int(*n),
            Self::Text(t) => Value::Text(t),
            Self::Bool(b) => Value::Bool(*b),
        }
    }
}

impl Workload {
    /// Adds the answers, by the plainest reading of the pipeline there is.
    pub fn answered(pipeline: Pipeline, contacts: Vec<Vec<Fact>>, requests: Vec<Request>) -> Self {
        let mut workload = Self { pipeline, contacts, requests, expected: Vec::new() };
        workload.expected = workload.requests.iter().map(|request| workload.interpret(request)).collect();
        workload
    }

    fn interpret(&self, request: &Request) -> u8 {
        let mv = &self.pipeline.moves[usize::from(request.mv)];
        match self.pipeline.target(usize::from(request.stage), usize::from(request.mv)) {
            None => NO_MOVE,
            Some(_) if mv.roles & request.roles == 0 => ROLE,
            Some(to) => match mv.criteria {
                Some(criteria) if !self.passes(criteria, usize::from(request.contact)) => CRITERIA,
                _ => to as u8,
            },
        }
    }

    /// Whether a contact passes one of the pipeline's criteria.
    pub fn passes(&self, criteria: usize, contact: usize) -> bool {
        let facts = &self.contacts[contact];
        self.pipeline.criteria[criteria].iter().all(|test| test.holds(facts[test.field()].value()))
    }

    /// Each contact as JSON, for engines that take that.
    pub fn json(&self, contact: usize) -> serde_json::Value {
        let facts = self.contacts[contact].iter().zip(&self.pipeline.fields);
        facts
            .map(|(fact, field)| {
                let value = match fact.value() {
                    Value::Int(n) => n.into(),
                    Value::Text(t) => t.into(),
                    Value::Bool(b) => b.into(),
                };
                (field.name.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// For each set of roles, their names.
    pub fn role_names(&self) -> Vec<Vec<&str>> {
        let roles = &self.pipeline.roles;
        (0..1usize << roles.len())
            .map(|set| {
                roles.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, r)| &**r).collect()
            })
            .collect()
    }
}
