use clap::Args;
use lifestage::{DeedExplanation, Explanation, Pipeline, Reason, SmolStr, Standing};
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
    deeds: Vec<DeedExplanation>,
    #[serde(skip)]
    pipeline: &'a Pipeline,
    #[serde(skip)]
    actor: &'a str,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (record, pipeline) = pipeline_of(&crm, &arguments.id)?;
    output.show(&Explained {
        id: record.id(),
        stage: record.stage(),
        version: record.version(),
        explanation: pipeline.explain(&record, &actor, now),
        deeds: pipeline.deeds(&record, &actor, now),
        pipeline: &pipeline,
        actor: actor.id(),
    })?;
    Ok(Exit::Done)
}

impl<'a> Explained<'a> {
    fn name(&self, stage: &'a str) -> &'a str {
        self.pipeline.catalog().stage(stage).map_or(stage, |stage| stage.name())
    }
}

impl Shown for Explained<'_> {
    fn text(&self, text: &mut Text) {
        let stage = self.stage.map_or("no stage", |stage| self.name(stage));
        text.strong(self.id).plain(format_args!(" is in {stage}, as {} sees it", self.actor)).end();
        for mv in &self.explanation.moves {
            standing(state(&mv.standing), &mv.standing, text);
            text.plain("move ").strong(&mv.id).plain(format_args!(" to {}", self.name(&mv.to)));
            if !mv.asks.is_empty() {
                text.plain(format_args!(", asks for {}", mv.asks.join(", ")));
            }
            text.end();
            reasons(&mv.standing, text);
            who_could(&mv.standing, &mv.who_could, text);
        }
        for DeedExplanation { deed, standing: stands, who_could: who } in &self.deeds {
            standing(deed_state(stands), stands, text);
            text.plain("deed ").strong(deed.name()).end();
            reasons(stands, text);
            who_could(stands, who, text);
        }
        for stage in &self.explanation.stages {
            standing(state(&stage.standing), &stage.standing, text);
            text.plain("stage ").strong(self.name(&stage.id)).end();
            reasons(&stage.standing, text);
            if let Some(route) = &stage.route {
                text.plain("      the way there: ").plain(route).end();
            }
        }
    }
}

/// How a move or a stage stands, in a word.
pub(super) const fn state(standing: &Standing) -> &'static str {
    match standing {
        Standing::Allowed => "open",
        Standing::Refused(_) => "not",
        Standing::Here => "here",
    }
}

/// How a deed stands: one of which nothing is left to do is done.
pub(super) const fn deed_state(standing: &Standing) -> &'static str {
    match standing {
        Standing::Here => "done",
        standing => state(standing),
    }
}

fn standing(word: &str, standing: &Standing, text: &mut Text) {
    match standing {
        Standing::Allowed => text.good(word).plain("  "),
        Standing::Refused(_) => text.bad(word).plain("   "),
        Standing::Here => text.doubtful(word).plain("  "),
    };
}

fn who_could(standing: &Standing, who: &[SmolStr], text: &mut Text) {
    if matches!(standing, Standing::Refused(_)) && !who.is_empty() {
        text.plain("      who could: ").plain(who.join(", ")).end();
    }
}

/// What stands against it, each reason on a line.
pub(super) fn reasons(standing: &Standing, text: &mut Text) {
    let against: &[Reason] = if let Standing::Refused(reasons) = standing { reasons } else { &[] };
    for reason in against {
        text.plain("      ").plain(reason.message());
        text.faint(format_args!("  [{} {}]", reason.code().number(), reason.code())).end();
    }
}
