use clap::Args;
use lifestage::import::{nearest, read_move};
use lifestage::{Actor, Deed, DeedExplanation, MoveExplanation, Pipeline, SmolStr, Standing};
use serde::Serialize;

use super::explain::{deed_state, reasons, state};
use crate::arguments::{Asking, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage who-can lead-1 --actor sam --role sales
  lifestage who-can lead-1 mark_contacted --actor sam --role sales
  lifestage who-can lead-1 erase --actor sam --role sales --json

Deeds are what can be done besides moving the record: claim, assign, release, edit, edit_contact, log, convert,
start_deal, merge, trash, restore, erase.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The move, by id or label, or the deed; all of them if absent
    #[arg(value_name = "MOVE|DEED")]
    what: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Serialize)]
struct WhoCan<'a> {
    id: &'a str,
    actor: &'a str,
    moves: Vec<MoveExplanation>,
    deeds: Vec<DeedExplanation>,
    #[serde(skip)]
    pipeline: &'a Pipeline,
    #[serde(skip)]
    asks_all: bool,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (record, pipeline) = pipeline_of(&crm, &arguments.id)?;
    let mut moves = pipeline.explain(&record, &actor, now).moves;
    let mut deeds = pipeline.deeds(&record, &actor, now);
    if let Some(what) = &arguments.what {
        let (mv, deed) = wanted(&pipeline, &moves, what)?;
        moves.retain(|own| Some(&own.id) == mv.as_ref());
        deeds.retain(|own| Some(own.deed.name()) == deed);
    }
    let asks_all = arguments.what.is_none();
    let actor = Actor::id(&actor);
    output.show(&WhoCan { id: record.id(), actor, moves, deeds, pipeline: &pipeline, asks_all })?;
    Ok(Exit::Done)
}

/// The move or the deed that somebody typed.
fn wanted(
    pipeline: &Pipeline,
    moves: &[MoveExplanation],
    what: &str,
) -> Result<(Option<SmolStr>, Option<&'static str>), Failure> {
    let listed = |id: &str| moves.iter().find(|mv| mv.id == id).map(|mv| mv.id.clone());
    if let Some(mv) = listed(what) {
        return Ok((Some(mv), None));
    }
    let words = || Deed::ALL.map(Deed::name).into_iter();
    let typed = what.trim().to_lowercase().replace(['-', ' '], "_");
    if let Some(deed) = words().find(|word| *word == typed) {
        return Ok((None, Some(deed)));
    }
    // The moves that a free pipeline implies are called as the stages they lead to.
    let labelled = || moves.iter().find(|mv| mv.label.to_lowercase() == what.trim().to_lowercase());
    let mv = read_move(pipeline, what).ok().and_then(|id| listed(&id));
    if let Some(mv) = mv.or_else(|| labelled().map(|mv| mv.id.clone())) {
        return Ok((Some(mv), None));
    }
    let names = moves.iter().flat_map(|mv| [mv.id.as_str(), mv.label.as_str()]);
    let near = nearest(what, names.chain(words()));
    let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Err(Failure::missing(format!("no move and no deed is called `{what}`{near}")))
}

impl Shown for WhoCan<'_> {
    fn text(&self, text: &mut Text) {
        if self.asks_all {
            self.table(text);
        } else {
            for mv in &self.moves {
                self.one(&mv.id, state(&mv.standing), &mv.standing, &mv.who_could, text);
            }
            for deed in &self.deeds {
                self.one(deed.deed.name(), deed_state(&deed.standing), &deed.standing, &deed.who_could, text);
            }
        }
    }
}

impl WhoCan<'_> {
    fn table(&self, text: &mut Text) {
        let mut table = Table::new(["", "WHAT", "LEADS TO", "WHO CAN"]);
        for mv in &self.moves {
            let to = self.pipeline.catalog().stage(&mv.to).map_or(mv.to.as_str(), |stage| stage.name());
            table.row([
                state(&mv.standing).into(),
                Cell::strong(&mv.id),
                to.into(),
                roles(&mv.who_could).into(),
            ]);
        }
        for deed in &self.deeds {
            let state = deed_state(&deed.standing);
            table.row([
                state.into(),
                Cell::strong(deed.deed.name()),
                "".into(),
                roles(&deed.who_could).into(),
            ]);
        }
        text.strong(self.id).plain(format_args!(", as {} sees it", self.actor)).end();
        table.text(text);
    }

    fn one(&self, what: &str, state: &str, standing: &Standing, who: &[SmolStr], text: &mut Text) {
        text.strong(what).plain(format_args!(": {}", roles(who))).end();
        match standing {
            Standing::Refused(_) => text.bad(state),
            Standing::Allowed => text.good(state),
            Standing::Here => text.doubtful(state),
        };
        text.plain(format_args!(" for {}", self.actor)).end();
        reasons(standing, text);
    }
}

fn roles(who: &[SmolStr]) -> String {
    if who.is_empty() { "nobody".into() } else { who.join(", ") }
}
