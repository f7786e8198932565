use clap::Args;
use lifestage::definition::{ActionDef, ActionTrigger};
use lifestage::import::nearest;
use lifestage::{CarryOut, EffectKind, Pipeline, SmolStr, Value};
use serde::Serialize;

use crate::answer;
use crate::arguments::{Asking, Terms, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Given;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage act ada --actor sam --role user
  lifestage act ada book_a_call --with event_type=strategy_call --with host=eva --actor sam --role user
  lifestage act ada 'Book a call' --with event_type=discovery_call --with host=lee --actor sam --role user --json

Without an action it lists those that the stage of the record offers to whoever asks, with what they ask. What is to
be done then is work with an id; `lifestage done ID` reports it done.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The action, by id or name
    action: Option<String>,
    /// An answer that the action asks for, or more about it; NAME:=JSON takes it as it is
    #[arg(long, value_name = "NAME=VALUE", requires = "action")]
    with: Vec<Given>,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let id = &arguments.id;
    let (record, pipeline) = pipeline_of(&crm, id)?;
    let Some(action) = &arguments.action else {
        let actions = pipeline.actions(&record, &actor, now).map(|action| Offered::of(action.definition()));
        let stage = record.stage();
        let stage_name = stage.map_or("no stage", |id| pipeline.catalog().stage(id).map_or(id, |s| s.name()));
        let actions = actions.collect();
        output.show(&Offers { id, stage, actions, stage_name, actor: actor.id() })?;
        return Ok(Exit::Done);
    };
    let said = arguments.with.iter().filter_map(|given| Some((given.name(), given.plain()?)));
    let wish = CarryOut::action(action_of(&pipeline, action)?);
    let wish = said.fold(wish, |wish, (name, value)| wish.with(name, value));
    let answer = crm.carry_out(id, &arguments.terms.on(wish), &actor, now)?;
    answer::show(output, id, &answer, false)
}

/// The id of the action that somebody typed, by id or name, whatever stage offers it.
fn action_of(pipeline: &Pipeline, text: &str) -> Result<SmolStr, Failure> {
    let all = || {
        let actions = pipeline.definition().stages.iter().flat_map(|stage| &stage.actions);
        actions.filter(|action| action.on == ActionTrigger::Manual)
    };
    let typed = text.trim().to_lowercase();
    let named = || all().find(|action| action.name.to_lowercase() == typed);
    if let Some(action) = all().find(|action| action.id == text).or_else(named) {
        return Ok(action.id.clone());
    }
    let near = nearest(text, all().flat_map(|action| [action.id.as_str(), action.name.as_str()]));
    let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    let message = format!("no stage of `{}` offers an action called `{text}`{near}", pipeline.id());
    Err(Failure::missing(message))
}

#[derive(Serialize)]
struct Offers<'a> {
    id: &'a str,
    stage: Option<&'a str>,
    actions: Vec<Offered<'a>>,
    #[serde(skip)]
    stage_name: &'a str,
    #[serde(skip)]
    actor: &'a str,
}

#[derive(Serialize)]
struct Offered<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    asks: Vec<Ask<'a>>,
}

/// What an action asks, and the answers to choose from, if it says.
#[derive(Serialize)]
struct Ask<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "<[SmolStr]>::is_empty")]
    one_of: &'a [SmolStr],
}

impl<'a> Offered<'a> {
    fn of(def: &'a ActionDef) -> Self {
        let list = |name: &str| match def.with.get(name) {
            Some(Value::List(list)) => list.as_slice(),
            _ => &[],
        };
        let ask = |name: &'a SmolStr| {
            let choices = if name == "host" { list("host_choice") } else { list(&format!("{name}s")) };
            Ask { name: name.as_str(), one_of: choices }
        };
        Self {
            id: &def.id,
            name: &def.name,
            kind: EffectKind::from(def.kind).name(),
            asks: list("ask").iter().map(ask).collect(),
        }
    }

    /// What it asks, in words.
    fn asked(&self) -> String {
        let ask = |ask: &Ask<'_>| {
            let choice = |choice: &SmolStr| match choice.as_str() {
                "by_hand" if ask.name == "host" => "a person".to_owned(),
                choice => choice.to_owned(),
            };
            let choices: Vec<String> = ask.one_of.iter().map(choice).collect();
            if choices.is_empty() {
                ask.name.to_owned()
            } else {
                format!("{} ({})", ask.name, choices.join(", "))
            }
        };
        self.asks.iter().map(ask).collect::<Vec<_>>().join(", ")
    }
}

impl Shown for Offers<'_> {
    fn text(&self, text: &mut Text) {
        if self.actions.is_empty() {
            text.plain(format_args!("no action is open to {} in {}", self.actor, self.stage_name)).end();
            return;
        }
        let mut table = Table::new(["ACTION", "NAME", "KIND", "ASKS FOR"]);
        for action in &self.actions {
            let asked = action.asked();
            table.row([Cell::strong(action.id), action.name.into(), action.kind.into(), asked.into()]);
        }
        table.text(text);
    }
}
