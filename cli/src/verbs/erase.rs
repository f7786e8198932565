use clap::Args;
use lifestage::import::nearest;
use lifestage::journal::RowKind;
use lifestage::{Actor, Answer, Decision, Erasure, Record, Refusal, SmolStr, Timestamp};
use serde::Serialize;

use super::in_force::Left;
use crate::answer::{exit_of, refused};
use crate::arguments::{Asking, Crm, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage erase lead-1 --dry-run --actor olga --role owner
  lifestage erase lead-1 --person --yes --because 'request of 2 March' --actor olga --role owner
  lifestage erase lead-1 --keep source --rename 'Person 4711' --yes --actor olga --role owner --json

What is personal goes from the record and all its history, for good; the chains still hold. Give no reason that tells
of the person: it stays.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// All records of the person: the lead and its customer, other leads of it, what became one with any
    #[arg(long)]
    person: bool,
    /// A field that stays, because it tells of nobody
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    keep: Vec<SmolStr>,
    /// What the record is called from then on
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// Why; history keeps it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    because: String,
    /// Do it: it cannot be undone
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Judge and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let mut ids = crm.same_person(&arguments.id)?;
    let others = if arguments.person { Vec::new() } else { ids.split_off(1) };
    let erasure = arguments.erasure();
    // Of several records none is erased when one may not be.
    let (mut records, mut against) = (Vec::new(), Vec::new());
    for id in &ids {
        let (record, pipeline) = pipeline_of(&crm, id)?;
        if let Decision::Refused(refusal) = pipeline.erase(&record, &erasure, &actor, now) {
            against.push((record.id().to_owned(), refusal));
        }
        records.push(record);
    }
    let mut outcome = Outcome { refused: against, ..Outcome::default() };
    if outcome.refused.is_empty() {
        check_kept(&crm, arguments, &records)?;
        if !arguments.yes && !arguments.dry_run {
            return Err(unconfirmed(&ids, &others));
        }
        for record in &records {
            let version = if arguments.dry_run {
                None
            } else {
                match outcome.erase(&crm, record, &erasure, &actor, now)? {
                    Some(version) => Some(version),
                    None => break,
                }
            };
            outcome.erased.push(Gone { id: record.id(), fields: gone(record, arguments), version });
        }
    }
    output.show(&Erased::of(arguments, &outcome, &others))?;
    let refused = outcome.refused.first().map(|(_, refusal)| exit_of(refusal));
    Ok(refused.or(outcome.problem.map(|problem| problem.exit())).unwrap_or(Exit::Done))
}

impl Arguments {
    fn erasure(&self) -> Erasure {
        let erasure = Erasure::keeping(self.keep.iter().cloned()).because(&self.because);
        match &self.rename {
            Some(name) => erasure.renaming(name),
            None => erasure,
        }
    }
}

/// What became of the records so far.
#[derive(Default)]
struct Outcome<'a> {
    erased: Vec<Gone<'a>>,
    refused: Vec<(String, Refusal)>,
    /// What the store said when it could not go on, or could not remove every trace.
    problem: Option<Failure>,
    broken_off: bool,
}

impl Outcome<'_> {
    /// Erases one record, and gives its version after; none when there is no going on.
    fn erase(
        &mut self,
        crm: &Crm,
        record: &Record,
        erasure: &Erasure,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Option<u64>, Failure> {
        match crm.erase(record.id(), erasure, actor, now) {
            Ok(Answer::Refused(refusal)) => {
                self.refused.push((record.id().to_owned(), refusal));
                Ok(None)
            }
            Ok(answer) => {
                Ok(Some(answer.receipt().map_or(record.version(), |receipt| receipt.record().version())))
            }
            Err(error) => {
                // The store may have committed it, and kept traces in its files that it could not remove.
                let last = crm.history(record.id())?.pop();
                let stands = last.filter(|row| row.kind == RowKind::Erasure && row.seq > record.seq());
                if stands.is_none() && self.erased.is_empty() {
                    return Err(error.into());
                }
                self.broken_off = stands.is_none();
                self.problem = Some(error.into());
                Ok(stands.map(|row| row.version_after))
            }
        }
    }
}

/// A slip of the pen would erase what is to be kept.
fn check_kept(crm: &Crm, arguments: &Arguments, records: &[Record]) -> Result<(), Failure> {
    let mut known: Vec<SmolStr> = Vec::new();
    for record in records {
        known.extend(record.fields().iter().map(|(name, _)| SmolStr::new(name)));
        let (_, pipeline) = pipeline_of(crm, record.id())?;
        known.extend(pipeline.definition().fields.iter().map(|(name, _)| SmolStr::new(name)));
    }
    let Some(strange) = arguments.keep.iter().find(|field| !known.contains(field)) else { return Ok(()) };
    let near = nearest(strange, known.iter().map(SmolStr::as_str));
    let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Err(Failure::usage(format!("there is no field `{strange}` to keep{near}")))
}

fn unconfirmed(ids: &[SmolStr], others: &[SmolStr]) -> Failure {
    let mut message = format!(
        "an erasure cannot be undone: say `--yes`\nit would erase what is personal of {}",
        ids.join(", ")
    );
    if !others.is_empty() {
        message.push_str(&format!("\nthe same person is {}: `--person` takes all", others.join(", ")));
    }
    Failure::usage(message)
}

/// The fields that lose their value.
fn gone(record: &Record, arguments: &Arguments) -> Vec<SmolStr> {
    let names = record.fields().iter().map(|(name, _)| SmolStr::new(name));
    names.filter(|name| !arguments.keep.contains(name)).collect()
}

#[derive(Serialize)]
struct Erased<'a> {
    answer: &'static str,
    id: &'a str,
    dry_run: bool,
    erased: &'a [Gone<'a>],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<Left<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// The other records of the same person, which are as they were.
    others: &'a [SmolStr],
}

#[derive(Serialize)]
struct Gone<'a> {
    id: &'a str,
    fields: Vec<SmolStr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

impl<'a> Erased<'a> {
    fn of(arguments: &'a Arguments, outcome: &'a Outcome<'a>, others: &'a [SmolStr]) -> Self {
        let answer = match outcome {
            Outcome { refused, .. } if !refused.is_empty() => "refused",
            Outcome { broken_off: true, .. } => "broken_off",
            _ if arguments.dry_run => "accepted",
            _ => "done",
        };
        let refused = outcome.refused.iter().map(|(id, refusal)| Left { id, refusal });
        Self {
            answer,
            id: &arguments.id,
            dry_run: arguments.dry_run,
            erased: &outcome.erased,
            refused: refused.collect(),
            problem: outcome.problem.as_ref().map(ToString::to_string),
            others,
        }
    }
}

impl Shown for Erased<'_> {
    fn text(&self, text: &mut Text) {
        for Gone { id, fields, version } in self.erased {
            if self.dry_run {
                text.doubtful("dry run:").plain(" ");
            }
            text.strong(id).plain(": erased ");
            if !fields.is_empty() {
                text.plain(format_args!("{}, and ", fields.join(", ")));
            }
            text.plain("what its history told");
            if let Some(version) = version {
                text.faint(format_args!("  (version {version})"));
            }
            text.end();
        }
        for left in &self.refused {
            text.strong(left.id).plain(": ");
            refused(left.refusal, text);
        }
        if let Some(problem) = &self.problem {
            text.bad(if self.answer == "broken_off" { "broken off:" } else { "not done:" });
            text.plain(format_args!(" {problem}")).end();
        }
        if !self.others.is_empty() {
            text.doubtful("not erased:");
            text.plain(format_args!(" the same person is {}; `--person` takes all", self.others.join(", ")))
                .end();
        }
    }
}
