//! From a document to the tables that decide: every reference resolved, everything wrong reported.
//!
//! One pass, in the order of the document. What cannot be resolved is reported and left out, so
//! that the rest is still checked.

mod absent;
mod actions;
mod automation;
mod calendars;
mod conditions;
mod conversion;
mod graph;
mod moves;
mod promises;
mod roles;
mod stages;
mod workflows;

pub(crate) use absent::{Absent, Kind};
pub(crate) use calendars::Clock;
pub(crate) use moves::{direction, step};
pub(crate) use promises::{Measure, Place, Promise};

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use smol_str::{SmolStr, ToSmolStr};

use crate::calendar::TimeOfDay;
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::contact::is_region;
use crate::criteria::{Criteria, FieldType, Interner, Packed, Scope, SlotIx};
use crate::definition::{Definition, ExitScope, FieldDef, FieldFormat, Happening, Repeat};
use crate::effect::{EffectKind, EffectTrigger};
use crate::finding::{At, Finding, Findings};
use crate::limits::Limits;
use crate::offset::Offset;
use crate::policy::{Ask, Roles, Step, TransitionPolicy};
use crate::symbols::Numbering;
use crate::template::Template;
use crate::value::Value;

/// A pipeline as tables.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) document: Definition,
    pub(crate) catalog: StageCatalog,
    pub(crate) policy: TransitionPolicy,
    pub(crate) roles: Roles,
    pub(crate) scope: Scope,
    pub(crate) interner: Interner,
    pub(crate) fields: Box<[(SmolStr, FieldType)]>,
    pub(crate) clock: Clock,
    pub(crate) conditions: Vec<Condition>,
    /// By the places that listed steps name; the first are no conditions at all.
    pub(crate) terms: Vec<Terms>,
    pub(crate) asks: Vec<Ask>,
    pub(crate) gates: Box<[StageGate]>,
    pub(crate) effects: Vec<EffectSpec>,
    pub(crate) offers: Vec<ManualAction>,
    pub(crate) watches: Vec<Watch>,
    /// The condition of each automation, in the order of the document.
    pub(crate) automation_conditions: Vec<Option<u32>>,
    pub(crate) promises: Vec<Promise>,
    /// What ends the silence of a record (S54).
    pub(crate) resets: Box<[Happening]>,
    pub(crate) warnings: Vec<Finding>,
}

/// A condition with what its failure is called.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) criteria: Criteria,
    /// It stands for a required field: failing it means that the field is missing.
    pub(crate) requires: Option<SmolStr>,
    /// What of it can be judged before the input is given.
    pub(crate) early: Early,
    /// Its text, once somebody asked.
    #[cfg(feature = "std")]
    text: std::sync::OnceLock<SmolStr>,
}

impl Condition {
    pub(crate) fn new(criteria: Criteria, requires: Option<SmolStr>, early: Early) -> Self {
        Self {
            criteria,
            requires,
            early,
            #[cfg(feature = "std")]
            text: std::sync::OnceLock::new(),
        }
    }

    /// Its text, in canonical form.
    pub(crate) fn text(&self) -> SmolStr {
        let text = || SmolStr::from(alloc::string::ToString::to_string(self.criteria.expr()));
        #[cfg(feature = "std")]
        return self.text.get_or_init(text).clone();
        #[cfg(not(feature = "std"))]
        text()
    }
}

/// What of a condition can be judged before the input is given.
#[derive(Debug, Clone)]
pub(crate) enum Early {
    /// All of it: it names no input.
    All,
    /// These of its conjuncts.
    Part(Criteria),
    /// Nothing.
    Nothing,
}

/// The conditions that some steps have in common, in the forms that the judge takes them in.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) conditions: Box<[u32]>,
    /// All of them as one conjunction over words, if they have that form.
    pub(crate) packed: Option<Packed>,
}

/// What a stage demands of those who enter and leave it, and what that sets in motion.
#[derive(Debug, Clone, Default)]
pub(crate) struct StageGate {
    pub(crate) entry: Box<[u32]>,
    pub(crate) exit: Box<[u32]>,
    pub(crate) exit_scope: ExitScope,
    pub(crate) asks: Box<[u32]>,
    pub(crate) on_enter: Box<[u32]>,
    pub(crate) on_exit: Box<[u32]>,
    /// Those of entering that an undo brings back: promises of time, and timed moves.
    pub(crate) anew: Box<[u32]>,
}

/// What a step asks for: the move's inputs, then those of the stage and its category (S11). A name that several of them
/// ask for comes once for each.
pub(crate) fn all_asks<'a>(
    step: &Step,
    policy: &'a TransitionPolicy,
    gates: &'a [StageGate],
    asks: &'a [Ask],
) -> impl Iterator<Item = &'a Ask> + Clone + use<'a> {
    let own = step.mv.filter(|_| step.asks).and_then(|mv| policy.get(mv)).map_or(&[][..], |mv| &mv.rule.asks);
    let entered = gates.get(step.to.index()).filter(|_| step.asks && step.crosses());
    let asked = own.iter().chain(entered.map_or(&[][..], |gate| &gate.asks));
    asked.filter_map(|at| asks.get(*at as usize))
}

/// An action, task or message that a move can set in motion.
#[derive(Debug, Clone)]
pub(crate) struct EffectSpec {
    pub(crate) action: SmolStr,
    pub(crate) kind: EffectKind,
    pub(crate) trigger: EffectTrigger,
    pub(crate) stage: Option<StageIx>,
    pub(crate) when: Option<u32>,
    pub(crate) repeat: Repeat,
    pub(crate) timing: Timing,
    /// Whether somebody has to report it done.
    pub(crate) reported: bool,
    pub(crate) args: Box<[(SmolStr, Argument)]>,
}

/// When an effect is to be delivered, counted from the entry into the stage.
#[derive(Debug, Clone)]
pub(crate) enum Timing {
    /// At once.
    Now,
    /// Later; `bound` to the visit, or not.
    Later { wait: Offset, bound: bool },
    /// At once, as a task that is due later.
    Task(Box<TaskTiming>),
    /// Before the clock of a promise runs out, and when it does.
    Promise(u32),
}

/// When a task is due, and whose it is (S50).
#[derive(Debug, Clone)]
pub(crate) struct TaskTiming {
    pub(crate) due: Option<Offset>,
    pub(crate) working_time: bool,
    pub(crate) at: Option<TimeOfDay>,
    pub(crate) assignee: Assignee,
    pub(crate) remind: Box<[Offset]>,
    /// The place of the task that has to be done first.
    pub(crate) after: Option<u32>,
    pub(crate) stays: bool,
}

/// Who gets a task.
#[derive(Debug, Clone)]
pub(crate) enum Assignee {
    /// The owner of the record.
    Owner,
    /// A person, or a role.
    Fixed(SmolStr),
    /// Whoever of a pool is next.
    Turn(SmolStr),
}

/// A move that a change of facts makes.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) id: SmolStr,
    pub(crate) fields: Box<[SmolStr]>,
    pub(crate) stages: Box<[StageIx]>,
    pub(crate) when: Option<u32>,
    pub(crate) args: Box<[(SmolStr, Argument)]>,
}

/// One argument of an effect.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Fixed(Value),
    Rendered(Template),
}

/// An action offered to people in a stage.
#[derive(Debug, Clone)]
pub(crate) struct ManualAction {
    pub(crate) stage: StageIx,
    /// Its place in the document: the stage's, then the action's.
    pub(crate) place: (usize, usize),
    pub(crate) roles: crate::policy::RoleSet,
    /// What it sets in motion; its condition is the action's.
    pub(crate) spec: EffectSpec,
}

/// The built-in names, declared after the fields in this order.
pub(crate) const BUILT_IN: [(&str, FieldType); 6] = [
    ("actor.id", FieldType::String),
    ("actor.roles", FieldType::List),
    ("record.stage", FieldType::String),
    ("record.owner", FieldType::String),
    ("record.entered_at", FieldType::Timestamp),
    ("now", FieldType::Timestamp),
];

/// What is known while compiling.
struct Compiler<'d> {
    document: &'d Definition,
    limits: Limits,
    findings: Findings,
    scope: Scope,
    interner: Interner,
    conditions: Vec<Condition>,
    asks: Vec<Ask>,
    effects: Vec<EffectSpec>,
    offers: Vec<ManualAction>,
    /// The first slot that is an input.
    inputs_from: usize,
    /// What is missing because of faults that have been told.
    absent: &'d Absent,
    /// Conditions that can never hold.
    never: BTreeSet<u32>,
    /// Something that moves refer to could not be resolved, so that where they lead is not known.
    is_vague: bool,
    /// How many names may still be compared for hints, and how many pairs of conditions for
    /// overlaps: a hostile document must not take long to refuse.
    hints: usize,
    pairs: usize,
}

/// How many names are compared for hints.
const MOST_HINTS: usize = 10_000;
/// How many pairs of conditions are compared.
const MOST_PAIRS: usize = 50_000;

/// Compiles a document, or says everything that is wrong with it.
pub(crate) fn compile(document: Definition, limits: &Limits) -> Result<Compiled, Findings> {
    compile_mended(document, limits, &Absent::default())
}

/// Compiles a document from which faults of shape have been mended away.
pub(crate) fn compile_mended(
    document: Definition,
    limits: &Limits,
    absent: &Absent,
) -> Result<Compiled, Findings> {
    let mut compiler = Compiler {
        document: &document,
        limits: tightened(limits, &document),
        findings: Findings::default(),
        scope: Scope::new(),
        interner: Interner::new(),
        conditions: Vec::new(),
        asks: Vec::new(),
        effects: Vec::new(),
        offers: Vec::new(),
        inputs_from: 0,
        absent,
        never: BTreeSet::new(),
        is_vague: ["/stages", "/categories", "/policy"].into_iter().any(|place| absent.touches(place)),
        hints: MOST_HINTS,
        pairs: MOST_PAIRS,
    };
    compiler.names_of_document();
    let fields = compiler.fields();
    let clock = compiler.clock();
    let Some(mut catalog) = compiler.catalog() else { return Err(compiler.findings) };
    let roles = compiler.roles();
    compiler.entrances(&mut catalog, &roles);
    compiler.declare_inputs();
    let mut gates = compiler.gates();
    let mut policy = compiler.policy(&catalog, &roles);
    compiler.actions(&catalog, &roles, &mut gates, &mut policy);
    let (watches, automation_conditions) = compiler.automation(&catalog, &policy, &mut gates);
    let promises = compiler.promises(&catalog, &mut gates);
    let resets = match compiler.happenings(&compiler.document.idle_resets, At::ROOT.key("idle_resets")) {
        resets if resets.is_empty() => Happening::RESETS.into(),
        resets => resets,
    };
    compiler.conversion(&policy);
    compiler.graph(&catalog, &policy, &gates);
    let Compiler { findings, scope, interner, conditions, asks, effects, offers, .. } = compiler;
    if findings.has_errors() {
        return Err(findings);
    }
    let mut document = document;
    for (def, stage) in document.stages.iter_mut().zip(&catalog.stages) {
        if let Some(colour) = stage.colour {
            // In the form in which it is stored (S29).
            def.colour = colour.to_smolstr();
        }
    }
    Ok(Compiled {
        catalog,
        policy,
        roles,
        scope,
        interner,
        fields,
        clock,
        conditions,
        terms: Vec::new(),
        asks,
        gates: gates.into(),
        effects,
        offers,
        watches,
        automation_conditions,
        promises,
        resets,
        warnings: findings.into_list(),
        document,
    })
}

/// The host's limits, tightened by those of the document.
fn tightened(limits: &Limits, document: &Definition) -> Limits {
    let tighter = |host: usize, own: Option<u32>| own.map_or(host, |own| host.min(own as usize));
    Limits {
        stages: tighter(limits.stages, document.limits.stages).min(usize::from(u16::MAX) - 1),
        moves: tighter(limits.moves, document.limits.moves),
        name_length: tighter(limits.name_length, document.limits.name_length),
        ..*limits
    }
}

impl Compiler<'_> {
    fn names_of_document(&mut self) {
        let document = self.document;
        self.id(&document.id, At::ROOT.key("id"));
        self.name(&document.name, At::ROOT.key("name"));
        self.text(&document.description, At::ROOT.key("description"));
        if !document.record_kind.is_empty() {
            self.id(&document.record_kind, At::ROOT.key("record_kind"));
        }
    }

    fn fields(&mut self) -> Box<[(SmolStr, FieldType)]> {
        let at = At::ROOT.key("fields");
        self.limit(self.document.fields.len(), self.limits.fields, "fields", at);
        for (name, field) in self.document.fields.iter() {
            let at = at.key(name);
            self.identifier(name, at);
            self.text(&field.label, at.key("label"));
            self.choices(field.field_type, &field.one_of, at.key("one_of"));
            self.format(name, field, at);
            if BUILT_IN.iter().any(|(taken, _)| taken == name) {
                self.findings.error(FindingCode::BadId, at, format_args!("`{name}` is a built-in name"));
            }
            self.scope.declare(name, field.field_type);
        }
        for (name, field_type) in BUILT_IN {
            self.scope.declare(name, field_type);
        }
        self.inputs_from = self.scope.len();
        self.document.fields.iter().map(|(name, field)| (name.clone(), field.field_type)).collect()
    }

    /// A format is for texts that people write, and a region for phone numbers.
    fn format(&mut self, name: &str, field: &FieldDef, at: At<'_>) {
        let special = field.format.filter(|format| *format != FieldFormat::Text);
        if special.is_some() && field.field_type != FieldType::String {
            let message = format_args!("only texts have a format, and this is {}", field.field_type);
            self.findings.error(FindingCode::WrongType, at.key("format"), message);
        } else if special.is_some() && !field.one_of.is_empty() {
            let message = format_args!("the values are listed, so they are written as they are");
            self.findings.error(FindingCode::BadValue, at.key("format"), message);
        }
        let region = &field.region;
        if !region.is_empty() && field.format_as(name) != FieldFormat::Phone {
            let message = format_args!("a region is for phone numbers, and this field has none");
            self.findings.error(FindingCode::BadValue, at.key("region"), message);
        } else if !region.is_empty() && !is_region(region) {
            let message = format_args!("`{region}` is no region: write two capital letters, such as `DE`");
            self.findings.error(FindingCode::BadValue, at.key("region"), message);
        }
    }

    /// Every input of the document gets one slot by its name, so that it means one thing everywhere.
    fn declare_inputs(&mut self) {
        let document = self.document;
        let places = [("categories", 0), ("stages", 1), ("policy", 2)];
        if !document.policy.moves.iter().any(|mv| !mv.input.is_empty())
            && document.stages.iter().all(|stage| stage.input.is_empty())
            && document.categories.iter().all(|category| category.input.is_empty())
        {
            return;
        }
        for (list, which) in places {
            let at_list = At::ROOT.key(list);
            let at_moves = at_list.key("moves");
            let count = match which {
                0 => document.categories.len(),
                1 => document.stages.len(),
                _ => document.policy.moves.len(),
            };
            for i in 0..count {
                let (inputs, at) = match which {
                    0 => (document.categories.get(i).map(|c| &c.input), at_list.index(i)),
                    1 => (document.stages.get(i).map(|s| &s.input), at_list.index(i)),
                    _ => (document.policy.moves.get(i).map(|m| &m.input), at_moves.index(i)),
                };
                let at = at.key("input");
                for (name, input) in inputs.into_iter().flat_map(|inputs| inputs.iter()) {
                    self.declare_input(name, input, at.key(name));
                }
            }
        }
    }

    fn declare_input(&mut self, name: &SmolStr, input: &crate::definition::InputDef, at: At<'_>) {
        self.identifier(name, at);
        self.text(&input.label, at.key("label"));
        self.choices(input.field_type, &input.one_of, at.key("one_of"));
        let answers: BTreeSet<&SmolStr> = input.one_of.iter().collect();
        for (i, answer) in input.note_for.iter().enumerate() {
            if !answers.is_empty() && !answers.contains(answer) {
                let message = format_args!("`{answer}` is not one of the answers");
                self.findings.error(FindingCode::BadValue, at.key("note_for").index(i), message);
            }
        }
        let slot_name = smol_str::format_smolstr!("input.{name}");
        match self.scope.lookup(&slot_name) {
            Some((_, known)) if known != input.field_type => {
                let message = format_args!(
                    "the input `{name}` is {} here and {known} elsewhere in the document",
                    input.field_type
                );
                self.findings.error(FindingCode::WrongType, at, message);
            }
            _ => {
                self.scope.declare(&slot_name, input.field_type);
            }
        }
        if !input.note_for.is_empty() {
            match self.scope.lookup("input.note") {
                Some((_, known)) if known != FieldType::String => {
                    let message = format_args!("the input `note` is {known}, and these answers need a text");
                    self.findings.error(FindingCode::WrongType, at.key("note_for"), message);
                }
                _ => {
                    self.scope.declare("input.note", FieldType::String);
                }
            }
        }
    }

    /// Puts the asks of one place on the list and gives their numbers.
    fn asks_of(&mut self, inputs: &crate::definition::Named<crate::definition::InputDef>) -> Box<[u32]> {
        let mut places = Vec::with_capacity(inputs.len());
        for (name, def) in inputs.iter() {
            let slot = self.scope.lookup(&smol_str::format_smolstr!("input.{name}"));
            let slot = slot.map_or(u32::MAX, |(slot, _)| number(slot.index()));
            places.push(number(self.asks.len()));
            self.asks.push(Ask { name: name.clone(), slot, def: def.clone() });
        }
        places.into()
    }

    /// An id: what programs say. Letters, digits, `_`, `-` and `.`, not too long.
    fn id(&mut self, id: &str, at: At<'_>) {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let reserved = matches!(id, "none" | "any" | "any_open");
        let plain = id.bytes().all(|byte| good(char::from(byte)));
        if plain && !reserved && !id.is_empty() && id.len() <= self.limits.name_length {
            return;
        }
        if id.is_empty() {
            self.findings.error(FindingCode::BadId, at, "an id is empty");
        } else if id.chars().count() > self.limits.name_length {
            let message = format_args!("the id has more than {} characters", self.limits.name_length);
            self.findings.error(FindingCode::TooLarge, at, message);
        } else if let Some(bad) = id.chars().find(|c| !good(*c)) {
            let message = format_args!(
                "`{}` in the id `{}`: write letters without accents, digits, `_`, `-` and `.`",
                bad.escape_debug(),
                id.escape_debug()
            );
            self.findings.error(FindingCode::BadId, at, message);
        } else if reserved {
            self.findings.error(FindingCode::BadId, at, format_args!("`{id}` is a reserved word"));
        }
    }

    /// A name that criteria can say: a letter or `_`, then letters, digits and `_`.
    fn identifier(&mut self, name: &str, at: At<'_>) {
        let mut chars = name.chars();
        let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        let reserved =
            matches!(name, "true" | "false" | "null" | "in" | "now" | "input" | "actor" | "record");
        if !first || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') || reserved {
            let why =
                if reserved { "is a reserved word" } else { "is not a name: write letters, digits and `_`" };
            self.findings.error(FindingCode::BadId, at, format_args!("`{}` {why}", name.escape_debug()));
        } else if name.len() > self.limits.name_length {
            let message = format_args!("the name has more than {} characters", self.limits.name_length);
            self.findings.error(FindingCode::TooLarge, at, message);
        }
    }

    /// A name that people see.
    fn name(&mut self, name: &str, at: At<'_>) {
        let visible = |byte: u8| (b' '..0x7f).contains(&byte);
        if name.len() <= self.limits.name_length
            && name.bytes().all(visible)
            && name.bytes().any(|byte| byte != b' ')
        {
            return;
        }
        if name.trim().is_empty() {
            self.findings.error(FindingCode::EmptyName, at, "a name is empty");
        } else if name.len() > self.limits.name_length && name.chars().count() > self.limits.name_length {
            let message = format_args!("the name has more than {} characters", self.limits.name_length);
            self.findings.error(FindingCode::TooLarge, at, message);
        } else if name.contains(char::is_control) {
            let message = format_args!("the name `{}` has a control character", name.escape_debug());
            self.findings.error(FindingCode::BadValue, at, message);
        }
    }

    fn text(&mut self, text: &str, at: At<'_>) {
        if text.len() > self.limits.text_bytes {
            let message = format_args!("the text has more than {} bytes", self.limits.text_bytes);
            self.findings.error(FindingCode::TooLarge, at, message);
        }
    }

    fn choices(&mut self, field_type: FieldType, one_of: &[SmolStr], at: At<'_>) {
        if !one_of.is_empty() && !matches!(field_type, FieldType::String | FieldType::List) {
            let message = format_args!("only texts can have a list of values, and this is {field_type}");
            self.findings.error(FindingCode::WrongType, at, message);
        }
        let mut seen = Numbering::with_capacity(one_of.len());
        for (i, value) in one_of.iter().enumerate() {
            if !seen.is_new(value) {
                let message = format_args!("`{value}` is listed twice");
                self.findings.error(FindingCode::DuplicateId, at.index(i), message);
            }
        }
    }

    fn limit(&mut self, count: usize, most: usize, what: &str, at: At<'_>) {
        if count > most {
            let message = format_args!("{count} {what}, where {most} are allowed");
            self.findings.error(FindingCode::TooLarge, at, message);
        }
    }

    /// Reports a name that nothing has, unless what has it was mended away.
    fn unknown<'k>(
        &mut self,
        (kind, code): (Kind, FindingCode),
        name: &str,
        known: impl Iterator<Item = &'k str>,
        at: At<'_>,
    ) {
        if !self.absent.explains(kind, name) {
            let hint = self.hint(name, known);
            let message = format_args!("no {} is named `{}`{hint}", kind.word(), name.escape_debug());
            self.findings.error(code, at, message);
        }
    }

    /// `, did you mean ...` when one of `known` is close to `wanted`.
    fn hint<'k>(&mut self, wanted: &str, known: impl Iterator<Item = &'k str>) -> String {
        if self.findings.is_full() {
            return String::new();
        }
        let mut compared = 0;
        let known = known.take(self.hints).inspect(|_| compared += 1);
        let near = crate::criteria::nearest(wanted, known);
        self.hints -= compared;
        near.map_or_else(String::new, |near| alloc::format!(", did you mean `{near}`?"))
    }

    /// Whether a slot is an input.
    fn is_input(&self, slot: SlotIx) -> bool {
        slot.index() >= self.inputs_from
    }
}

/// A count as a table's number. The limits keep counts below it.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
