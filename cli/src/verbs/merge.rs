use clap::Args;
use lifestage::journal::FactChange;
use lifestage::{Act, Merging, Receipt, Record};
use serde::Serialize;

use crate::answer::{self, fact_name};
use crate::arguments::{Asking, Terms};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage merge lead-1 lead-2 --actor maria --role manager
  lifestage merge lead-1 lead-2 --because 'same phone number' --actor maria --role manager --json

The first record stays, keeps its values and takes over what it has none of. The second points at it from then on.
Version and request key are about the first.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record that stays
    head: String,
    /// The duplicate
    tail: String,
    /// Why; history keeps it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    because: String,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Serialize)]
struct Merged<'a> {
    answer: &'static str,
    id: &'a str,
    merged: &'a str,
    /// What the record that stays took over.
    filled: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record>,
    #[serde(skip)]
    receipt: Option<&'a Receipt>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (head, tail) = (&arguments.head, &arguments.tail);
    let act = arguments.terms.on(Act::because(&arguments.because));
    let merging = crm.merge(head, tail, &act, &actor, now)?;
    let (answer, receipt) = match &merging {
        Merging::Done { head, .. } => ("done", Some(head)),
        Merging::Unchanged(_) => ("unchanged", None),
        Merging::Refused(refusal) => return answer::refuse(output, head, refusal),
    };
    let taken: &[FactChange] = receipt.map_or(&[], |receipt| &receipt.row().facts);
    let filled = taken.iter().map(fact_name).collect();
    output.show(&Merged {
        answer,
        id: head,
        merged: tail,
        filled,
        record: receipt.map(Receipt::record),
        receipt,
    })?;
    Ok(Exit::Done)
}

impl Shown for Merged<'_> {
    fn text(&self, text: &mut Text) {
        text.strong(self.id);
        let Some(receipt) = self.receipt else {
            text.plain(format_args!(" is one with {} already; nothing is written", self.merged)).end();
            return;
        };
        text.plain(format_args!(": {} is one with it now", self.merged));
        if !self.filled.is_empty() {
            text.plain(format_args!(", and gave it {}", self.filled.join(", ")));
        }
        text.faint(format_args!("  (row {}, version {})", receipt.row().seq, receipt.row().version_after));
        text.plain(if receipt.is_repeated() { ", as was answered before" } else { "" }).end();
    }
}
