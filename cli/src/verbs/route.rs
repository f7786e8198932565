use clap::Args;
use lifestage::Route;
use serde::Serialize;

use crate::arguments::{Database, Who, pipeline_of, stage_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage route lead-1 won --actor maria --role manager
  lifestage route lead-1 'Appointment set' --actor sam --role sales --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The stage, by id or name
    stage: String,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    who: Who,
}

#[derive(Serialize)]
struct Way<'a> {
    id: &'a str,
    from: Option<&'a str>,
    to: &'a str,
    /// None when there is no way.
    route: Option<Route>,
    #[serde(skip)]
    actor: &'a str,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let (record, pipeline) = pipeline_of(&crm, &arguments.id)?;
    let to = stage_of(&pipeline, &arguments.stage)?;
    let actor = arguments.who.actor();
    let route = pipeline.route(&record, &to, &actor);
    let exit = if route.is_some() { Exit::Done } else { Exit::Refused };
    output.show(&Way { id: record.id(), from: record.stage(), to: &to, route, actor: actor.id() })?;
    Ok(exit)
}

impl Shown for Way<'_> {
    fn text(&self, text: &mut Text) {
        let Some(route) = &self.route else {
            text.bad("no way")
                .plain(format_args!(" leads {} to `{}` for {}", self.id, self.to, self.actor))
                .end();
            return;
        };
        if route.steps.is_empty() {
            text.strong(self.id).plain(format_args!(" is in `{}` already", self.to)).end();
        }
        for (number, step) in (1..).zip(&route.steps) {
            text.plain(format_args!("{number}  ")).strong(&step.mv);
            text.plain(format_args!("  {}, to `{}`", step.label, step.to));
            if !step.asks.is_empty() {
                text.plain(format_args!(", asks for {}", step.asks.join(", ")));
            }
            if step.approval {
                text.plain(", needs approval");
            }
            text.end();
            for condition in &step.conditions {
                text.plain("   if ").plain(condition).end();
            }
        }
    }
}
