mod shapes;

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use lifestage::import::{
    Column, CsvError, CsvRows, ImportError, ImportOptions, ImportSummary, Mapping, RowOutcome, RowReport,
    StageOutcome,
};
use lifestage::{Actor, Pipeline, Timestamp};

use crate::arguments::{Asking, Choice, Crm};
use crate::document::plain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;

use shapes::{Row, Sum};

const EXAMPLES: &str = "\
Examples:
  lifestage import leads.csv --actor olga --role owner --dry-run
  lifestage import leads.csv --actor olga --role owner --column 'Notes=ignore' --require name
  lifestage import leads.csv --actor olga --role owner --batch spring --json

Rows that cannot be read or are refused are named, with what was probably meant, and the others go
on; no row is taken in part. With --json each row is a line, and the last line sums up.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The list, whose first line names the columns
    file: PathBuf,
    /// What a column is: a field, `id`, `stage`, `owner`, `input:NAME` or `ignore`; headers tell the others
    #[arg(long, value_name = "HEADER=WHAT", value_parser = column)]
    column: Vec<(String, Column)>,
    /// A field that must not be blank in any row
    #[arg(long, value_name = "FIELD")]
    require: Vec<String>,
    /// Take only the columns named by --column
    #[arg(long)]
    no_guess: bool,
    /// The name of the batch, kept in history; another list without ids needs another name
    #[arg(long, value_name = "NAME", default_value = "import")]
    batch: String,
    /// Take the list only when every row can be taken
    #[arg(long)]
    all_or_nothing: bool,
    /// Follow the stages of the list downward too
    #[arg(long)]
    lower: bool,
    /// Judge every row and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    asking: Asking,
}

fn column(text: &str) -> Result<(String, Column), String> {
    let (header, what) = text.rsplit_once('=').ok_or("write `HEADER=WHAT`")?;
    Ok((header.to_owned(), if what.is_empty() { Column::Ignore } else { Column::from(what) }))
}

/// One import, which may take two passes.
struct Import<'a> {
    crm: &'a Crm,
    path: &'a Path,
    options: ImportOptions,
    actor: Actor,
    now: Timestamp,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    let mapping = mapping(arguments, &pipeline)?;
    let options = ImportOptions {
        mapping: Some(mapping),
        batch: arguments.batch.as_str().into(),
        lower: arguments.lower,
        dry_run: arguments.dry_run,
        ..ImportOptions::new(pipeline.id())
    };
    let mut import = Import { crm: &crm, path: &arguments.file, options, actor, now };
    if arguments.all_or_nothing && !arguments.dry_run {
        import.options.dry_run = true;
        // Told only when it stops here; else the second pass tells.
        if has_bad_rows(&import.pass(None)?) {
            let summary = import.pass(Some(output))?;
            output.show(&Sum::of(summary, true, true))?;
            return Ok(Exit::Refused);
        }
        import.options.dry_run = false;
    }
    let summary = import.pass(Some(output))?;
    output.show(&Sum::of(summary, import.options.dry_run, false))?;
    Ok(if has_bad_rows(&summary) { Exit::Refused } else { Exit::Done })
}

fn mapping(arguments: &Arguments, pipeline: &Pipeline) -> Result<Mapping, Failure> {
    let rows = CsvRows::new(open(&arguments.file)?).map_err(|error| about(&arguments.file, error.into()))?;
    let headers = rows.headers();
    let guessed = if arguments.no_guess { Mapping::new(headers) } else { Mapping::guess(pipeline, headers) };
    let columns = arguments.column.iter().cloned();
    let mapped = columns.fold(guessed, |mapping, (header, column)| mapping.column(&header, column));
    Ok(arguments.require.iter().fold(mapped, |mapping, field| mapping.require(field)))
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::file("open", path, plain(&error)))
}

/// What stopped an import, with the file where that is to blame.
fn about(path: &Path, error: ImportError) -> Failure {
    match error {
        ImportError::Csv(CsvError::Io { line, source }) => {
            Failure::file("import", path, format_args!("line {line}: {}", plain(&source)))
        }
        ImportError::Csv(error) => Failure::file("import", path, error),
        other => other.into(),
    }
}

impl Import<'_> {
    /// Goes through the list once, telling of its rows where there is an output to tell them to.
    fn pass(&self, mut output: Option<&mut Output>) -> Result<ImportSummary, Failure> {
        let file = open(self.path)?;
        let progress = Progress::bytes(file.metadata().map_or(0, |about| about.len()));
        let mut told = Ok(());
        let done = self.crm.import(progress.reading(file), &self.options, &self.actor, self.now, |report| {
            // A list goes in whole even when nobody reads on what became of it.
            let Some(output) = output.as_mut().filter(|_| told.is_ok()) else { return };
            if output.is_json() || is_news(&report) {
                told = progress.aside(|| output.show(&Row::of(&report)));
            }
        });
        drop(progress);
        let summary = done.map_err(|error| about(self.path, error))?;
        told.map(|()| summary)
    }
}

/// Whether a row is worth a line: it is not taken, or not as it is.
const fn is_news(report: &RowReport) -> bool {
    match &report.outcome {
        RowOutcome::Created { .. } => false,
        RowOutcome::Matched { stage, .. } => matches!(stage, StageOutcome::Kept { .. }),
        RowOutcome::Faulty(_) | RowOutcome::Refused(_) => true,
    }
}

/// Whether a row is not taken.
const fn has_bad_rows(summary: &ImportSummary) -> bool {
    summary.faulty + summary.refused > 0
}
