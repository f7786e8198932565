use clap::Args;
use lifestage::Pool;
use lifestage::journal::ChainError;
use serde::Serialize;

use crate::arguments::{Choice, Crm, Database};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};
use crate::progress::Progress;

const EXAMPLES: &str = "\
Examples:
  lifestage verify
  lifestage verify lead-1
  lifestage verify --pipeline lead --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record; every record of every pipeline if absent
    #[arg(conflicts_with = "pipeline")]
    id: Option<String>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    database: Database,
}

#[derive(Default, Serialize)]
struct Audit {
    records: u64,
    rows: u64,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct Fault {
    id: String,
    row: u64,
    message: String,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let audit = match &arguments.id {
        Some(id) => one(&crm, id)?,
        None => all(&crm, arguments)?,
    };
    let exit = if audit.faults.is_empty() { Exit::Done } else { Exit::Refused };
    output.show(&audit)?;
    Ok(exit)
}

fn one(crm: &Crm, id: &str) -> Result<Audit, Failure> {
    let fault = crm.verify(id)?;
    let rows = crm.history(id)?.len() as u64;
    Ok(Audit { records: 1, rows, faults: fault.iter().map(Fault::of).collect() })
}

fn all(crm: &Crm, arguments: &Arguments) -> Result<Audit, Failure> {
    let mut pipelines: Vec<String> = match &arguments.choice.pipeline {
        Some(_) => vec![arguments.choice.of(crm)?.id().to_owned()],
        None => crm.pipelines().iter().map(|pipeline| pipeline.id().to_owned()).collect(),
    };
    if arguments.choice.pipeline.is_none() {
        // A pool is a record too, beside all pipelines.
        pipelines.push(Pool::new("", "").into_record().pipeline().to_owned());
    }
    let progress = Progress::count();
    let mut audit = Audit::default();
    for pipeline in pipelines {
        let before = audit.records;
        let found = crm.verify_all(&pipeline, |records| progress.reached(before + records))?;
        audit.records += found.records;
        audit.rows += found.rows;
        audit.faults.extend(found.faults.iter().map(Fault::of));
    }
    Ok(audit)
}

impl Fault {
    fn of(error: &ChainError) -> Self {
        Self { id: error.record().to_owned(), row: error.seq(), message: error.fault().to_string() }
    }
}

impl Shown for Audit {
    fn text(&self, text: &mut Text) {
        for fault in &self.faults {
            text.bad("fault:").plain(" ").strong(&fault.id);
            text.plain(format_args!(", row {}: {}", fault.row, fault.message)).end();
        }
        let counted = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (records, rows) = (counted(self.records, "record"), counted(self.rows, "row"));
        text.plain(format_args!("{records}, {rows}: "));
        match self.faults.len() {
            0 => text.good("every chain holds"),
            faults => text.bad(format_args!(
                "{} not hold",
                if faults == 1 { "1 chain does".into() } else { format!("{faults} chains do") }
            )),
        };
        text.end();
    }
}
