use clap::Args;
use lifestage::criteria::FieldType;
use lifestage::definition::MoveKind;
use lifestage::journal::Direction;
use lifestage::{EffectKind, Offer, SmolStr};
use serde::Serialize;

use crate::arguments::{Asking, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage moves lead-1 --actor sam --role sales
  lifestage moves lead-1 --actor sam --role sales --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Serialize)]
struct Moves<'a> {
    id: &'a str,
    stage: Option<&'a str>,
    version: u64,
    moves: Vec<Open<'a>>,
    actions: Vec<Action<'a>>,
    #[serde(skip)]
    name: &'a str,
    #[serde(skip)]
    actor: &'a str,
}

#[derive(Serialize)]
struct Open<'a> {
    id: SmolStr,
    label: &'a str,
    to: &'a str,
    kind: MoveKind,
    direction: Direction,
    needs_approval: bool,
    asks: Vec<Ask<'a>>,
    #[serde(skip)]
    to_name: &'a str,
}

#[derive(Serialize)]
struct Ask<'a> {
    name: &'a str,
    label: &'a str,
    #[serde(rename = "type")]
    field_type: FieldType,
    optional: bool,
    #[serde(skip_serializing_if = "is_empty")]
    one_of: &'a [SmolStr],
    #[serde(skip_serializing_if = "is_empty")]
    note_for: &'a [SmolStr],
}

fn is_empty(words: &&[SmolStr]) -> bool {
    words.is_empty()
}

#[derive(Serialize)]
struct Action<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (record, pipeline) = pipeline_of(&crm, &arguments.id)?;
    let offers: Vec<Offer<'_>> = pipeline.moves(&record, &actor, now).collect();
    let actions = pipeline.actions(&record, &actor, now).map(|action| {
        let action = action.definition();
        Action { id: &action.id, name: &action.name, kind: EffectKind::from(action.kind).name() }
    });
    let stage = record.stage();
    output.show(&Moves {
        id: record.id(),
        stage,
        version: record.version(),
        moves: offers.iter().map(Open::of).collect(),
        actions: actions.collect(),
        name: stage.map_or("no stage", |id| {
            pipeline.catalog().stage(id).map_or(id, lifestage::catalog::Stage::name)
        }),
        actor: actor.id(),
    })?;
    Ok(Exit::Done)
}

impl<'a> Open<'a> {
    fn of(offer: &'a Offer<'a>) -> Self {
        let asks = offer.asks().map(|ask| {
            let def = ask.definition();
            let label = if def.label.is_empty() { ask.name() } else { &def.label };
            Ask {
                name: ask.name(),
                label,
                field_type: def.field_type,
                optional: def.optional,
                one_of: &def.one_of,
                note_for: &def.note_for,
            }
        });
        Self {
            id: offer.id(),
            label: offer.label(),
            to: offer.to().id(),
            kind: offer.kind(),
            direction: offer.direction(),
            needs_approval: offer.needs_approval(),
            asks: asks.collect(),
            to_name: offer.to().name(),
        }
    }

    /// What it asks for, in a word each; what may be left out in brackets.
    fn asked(&self) -> String {
        let ask = |ask: &Ask<'_>| if ask.optional { format!("[{}]", ask.name) } else { ask.name.to_owned() };
        let approval = self.needs_approval.then(|| "approval".to_owned());
        self.asks.iter().map(ask).chain(approval).collect::<Vec<_>>().join(" ")
    }
}

impl Shown for Moves<'_> {
    fn text(&self, text: &mut Text) {
        text.strong(self.id).plain(format_args!(" is in {}, at version {}", self.name, self.version)).end();
        if self.moves.is_empty() {
            text.plain(format_args!("no move is open to {}; `lifestage explain` says why", self.actor)).end();
        } else {
            let mut table = Table::new(["MOVE", "LABEL", "TO", "ASKS FOR"]);
            for open in &self.moves {
                table.row([
                    Cell::strong(&open.id),
                    open.label.into(),
                    open.to_name.into(),
                    open.asked().into(),
                ]);
            }
            table.text(text);
        }
        for action in &self.actions {
            text.plain("action ")
                .strong(action.id)
                .plain(format_args!(": {} ({})", action.name, action.kind))
                .end();
        }
    }
}
