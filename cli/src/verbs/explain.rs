use clap::Args;
use lifestage::{Explanation, Pipeline, Reason, Record, Standing};
use serde::Serialize;

use crate::arguments::{Asking, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage explain lead-1 --actor sam --role sales
  lifestage explain lead-1 --actor sam --role sales --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Serialize)]
struct Explained<'a> {
    id: &'a str,
    stage: Option<&'a str>,
    version: u64,
    #[serde(flatten)]
    explanation: Explanation,
    #[serde(skip)]
    pipeline: &'a Pipeline,
    #[serde(skip)]
    actor: &'a str,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (record, pipeline) = pipeline_of(&crm, &arguments.id)?;
    let explanation = pipeline.explain(&record, &actor, now);
    output.show(&Explained::of(&record, explanation, &pipeline, actor.id()))?;
    Ok(Exit::Done)
}

impl<'a> Explained<'a> {
    fn of(record: &'a Record, explanation: Explanation, pipeline: &'a Pipeline, actor: &'a str) -> Self {
        let (id, stage, version) = (record.id(), record.stage(), record.version());
        Self { id, stage, version, explanation, pipeline, actor }
    }

    fn name(&self, stage: &'a str) -> &'a str {
        self.pipeline.catalog().stage(stage).map_or(stage, |stage| stage.name())
    }
}

impl Shown for Explained<'_> {
    fn text(&self, text: &mut Text) {
        let stage = self.stage.map_or("no stage", |stage| self.name(stage));
        text.strong(self.id).plain(format_args!(" is in {stage}, as {} sees it", self.actor)).end();
        for mv in &self.explanation.moves {
            standing(&mv.standing, text);
            text.plain("move ").strong(&mv.id).plain(format_args!(" to {}", self.name(&mv.to)));
            if !mv.asks.is_empty() {
                text.plain(format_args!(", asks for {}", mv.asks.join(", ")));
            }
            text.end();
            reasons(&mv.standing, text);
            if matches!(mv.standing, Standing::Refused(_)) && !mv.who_could.is_empty() {
                text.plain("      who could: ").plain(mv.who_could.join(", ")).end();
            }
        }
        for stage in &self.explanation.stages {
            standing(&stage.standing, text);
            text.plain("stage ").strong(self.name(&stage.id)).end();
            reasons(&stage.standing, text);
            if let Some(route) = &stage.route {
                text.plain("      the way there: ").plain(route).end();
            }
        }
    }
}

fn standing(standing: &Standing, text: &mut Text) {
    match standing {
        Standing::Allowed => text.good("open").plain("  "),
        Standing::Refused(_) => text.bad("not").plain("   "),
        Standing::Here => text.doubtful("here").plain("  "),
    };
}

fn reasons(standing: &Standing, text: &mut Text) {
    let against: &[Reason] = if let Standing::Refused(reasons) = standing { reasons } else { &[] };
    for reason in against {
        text.plain("      ").plain(reason.message());
        text.faint(format_args!("  [{} {}]", reason.code().number(), reason.code())).end();
    }
}
