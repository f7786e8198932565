use clap::Args;
use lifestage::import::nearest;
use lifestage::store::StoreErrorKind;
use lifestage::{Answer, Decision, Erasure, Record, SmolStr, WorkspaceError};
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
    let mut erasure = Erasure::keeping(arguments.keep.iter().cloned()).because(&arguments.because);
    if let Some(name) = &arguments.rename {
        erasure = erasure.renaming(name);
    }
    // Of several records none is erased when one may not be.
    let (mut before, mut against) = (Vec::new(), Vec::new());
    for id in &ids {
        let (record, pipeline) = pipeline_of(&crm, id)?;
        if let Decision::Refused(refusal) = pipeline.erase(&record, &erasure, &actor, now) {
            against.push((id, refusal));
        }
        before.push(record);
    }
    if let Some((_, refusal)) = against.first() {
        let refused = against.iter().map(|(id, refusal)| Left { id, refusal }).collect();
        output.show(&Refused { answer: "refused", id: &arguments.id, refused })?;
        return Ok(exit_of(refusal));
    }
    check_kept(&crm, arguments, &before)?;
    if !arguments.yes && !arguments.dry_run {
        return Err(unconfirmed(&ids, &others));
    }
    let mut erased = Vec::new();
    for (id, record) in ids.iter().zip(&before) {
        if arguments.dry_run {
            erased.push(Gone { id, fields: gone(record, arguments), version: None });
            continue;
        }
        let answer = crm.erase(id, &erasure, &actor, now).map_err(half_done)?;
        match answer {
            Answer::Refused(refusal) => {
                // Somebody changed what may be done meanwhile; what is erased stays erased.
                let refused = vec![Left { id, refusal: &refusal }];
                if !erased.is_empty() {
                    output.show(&Erased::of(arguments, erased, &others))?;
                }
                output.show(&Refused { answer: "refused", id: &arguments.id, refused })?;
                return Ok(exit_of(&refusal));
            }
            answer => {
                let version = answer.receipt().map(|receipt| receipt.record().version());
                erased.push(Gone { id, fields: gone(record, arguments), version });
            }
        }
    }
    output.show(&Erased::of(arguments, erased, &others))?;
    Ok(Exit::Done)
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

/// The store may have committed the erasure when it says that it is busy.
fn half_done(error: WorkspaceError) -> Failure {
    let busy = matches!(&error, WorkspaceError::Store(store) if store.kind() == StoreErrorKind::Busy);
    let failure = Failure::from(error);
    if busy {
        failure.adding("the record may be erased, and traces of it be left in the files: erase it again")
    } else {
        failure
    }
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
    erased: Vec<Gone<'a>>,
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
    fn of(arguments: &'a Arguments, erased: Vec<Gone<'a>>, others: &'a [SmolStr]) -> Self {
        let answer = if arguments.dry_run { "accepted" } else { "done" };
        Self { answer, id: &arguments.id, dry_run: arguments.dry_run, erased, others }
    }
}

impl Shown for Erased<'_> {
    fn text(&self, text: &mut Text) {
        for Gone { id, fields, version } in &self.erased {
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
        if !self.others.is_empty() {
            text.doubtful("not erased:");
            text.plain(format_args!(" the same person is {}; `--person` takes all", self.others.join(", ")))
                .end();
        }
    }
}

#[derive(Serialize)]
struct Refused<'a> {
    answer: &'static str,
    id: &'a str,
    refused: Vec<Left<'a>>,
}

impl Shown for Refused<'_> {
    fn text(&self, text: &mut Text) {
        for left in &self.refused {
            text.strong(left.id).plain(": ");
            refused(left.refusal, text);
        }
    }
}
