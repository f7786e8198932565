//! Lists from elsewhere.

use lifestage::import::{ImportError, ImportOptions, ImportSummary, RowOutcome, RowReport, StageOutcome};
use lifestage::{Actor, Timestamp};
use serde_json::{Value as Json, json};

use crate::fault::Fault;
use crate::input::Input;
use crate::list::{List, MappingForm, columns, row, stopped, summary};
use crate::operation::{Entry, OnWorkspace, Outcome, on_workspace};

use super::Crm;

pub(super) static TABLE: &[Entry<OnWorkspace>] = &[on_workspace(
    "import",
    "pipeline list mapping? batch? rows_before? lower? dry_run? all_or_nothing? news_only? actor now",
    "Brings in a list, as the text of a CSV file or as rows of cells: what became of each row.",
    import,
)];

/// One import, which may take two passes.
struct Import<'a> {
    crm: &'a Crm,
    file: &'a str,
    is_file: bool,
    news_only: bool,
    columns: Json,
    actor: Actor,
    now: Timestamp,
}

fn import(crm: &Crm, it: &Input<'_>) -> Outcome {
    let id = it.id("pipeline")?;
    let mut options = ImportOptions::new(id.clone());
    options.rows_before = it.or_default("rows_before")?;
    options.lower = it.or_default("lower")?;
    let dry_run: bool = it.or_default("dry_run")?;
    if let Some(batch) = it.maybe("batch")? {
        options.batch = batch;
    }
    let form: MappingForm = it.or_default("mapping")?;
    let all_or_nothing: bool = it.or_default("all_or_nothing")?;
    let news_only = it.or_default("news_only")?;
    let (list, actor, now) = (it.take::<List>("list")?, it.take("actor")?, it.now()?);
    let (file, is_file) = list.into_file()?;
    let mapping = form.mapping(&super::in_force(crm, &id)?, &file)?;
    let columns = columns(&mapping);
    options.mapping = Some(mapping);
    let import = Import { crm, file: &file, is_file, news_only, columns, actor, now };
    if dry_run || all_or_nothing {
        options.dry_run = true;
        let (sum, told) = import.pass(&options)?;
        if dry_run || sum.faulty + sum.refused > 0 {
            return Ok(told);
        }
        options.dry_run = false;
    }
    import.pass(&options).map(|(_, told)| told)
}

impl Import<'_> {
    /// Goes through the list once.
    fn pass(&self, options: &ImportOptions) -> Result<(ImportSummary, Json), Fault> {
        let (mut done, mut rows) = (0_u64, Vec::new());
        let sum = self.crm.import(self.file.as_bytes(), options, &self.actor, self.now, |report| {
            done += 1;
            if !self.news_only || is_news(&report) {
                rows.push(report);
            }
        });
        let rows: Vec<Json> =
            rows.iter().map(|report| row(report, self.is_file)).collect::<Result<_, _>>()?;
        // What rows were told of stays: whoever asked learns of them.
        let broken_off = |error| match error {
            ImportError::Mapping(_) | ImportError::NoPipeline { .. } => stopped(error),
            _ => stopped(error).with_detail(json!({ "rows_done": done, "rows": rows })),
        };
        let sum = sum.map_err(broken_off)?;
        let outcome = if options.dry_run { "judged" } else { "imported" };
        let told = json!({
            "outcome": outcome, "summary": summary(&sum), "rows": rows, "columns": self.columns,
        });
        Ok((sum, told))
    }
}

/// Whether a row is not taken, or not as it is.
const fn is_news(report: &RowReport) -> bool {
    match &report.outcome {
        RowOutcome::Created { .. } => false,
        RowOutcome::Matched { stage, .. } => matches!(stage, StageOutcome::Kept { .. }),
        RowOutcome::Faulty(_) | RowOutcome::Refused(_) => true,
    }
}
