use std::path::PathBuf;

use clap::Args;
use lifestage::{Actor, ReplayedRow};
use serde::Serialize;

use crate::arguments::Database;
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage replay next.json
  lifestage replay next.json --roles sam=sales --roles maria=manager --json

Every past move of the records that are in the pipeline now is judged as if this definition had been in force, on
what was known then; nothing is written.
History keeps who acted and not their roles: permission is judged for those whose roles are given.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The definition to judge by; - is the standard input
    file: PathBuf,
    /// The roles that somebody had, as `actor=role,role`
    #[arg(long, value_name = "WHO", value_parser = roles)]
    roles: Vec<Actor>,
    #[command(flatten)]
    database: Database,
}

fn roles(text: &str) -> Result<Actor, String> {
    let (id, roles) = text.split_once('=').ok_or("write `actor=role,role`")?;
    Ok(roles.split(',').filter(|role| !role.is_empty()).fold(Actor::new(id), Actor::with_role))
}

#[derive(Serialize)]
struct Replayed {
    judged: u64,
    passed_over: u64,
    refused: Vec<ReplayedRow>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let next = Document::pipeline(&arguments.file)?;
    let crm = arguments.database.open()?;
    if crm.pipeline(next.id()).is_none() {
        return Err(Failure::missing(format!("no pipeline `{}` is published, so it has no past", next.id())));
    }
    let mut refused = Vec::new();
    let known = |id: &str| arguments.roles.iter().find(|actor| actor.id() == id).cloned();
    let total = crm.replay(&next, |row| known(&row.actor), |row| refused.push(row))?;
    let exit = if refused.is_empty() { Exit::Done } else { Exit::Refused };
    output.show(&Replayed { judged: total.judged, passed_over: total.passed_over, refused })?;
    Ok(exit)
}

impl Shown for Replayed {
    fn text(&self, text: &mut Text) {
        for row in &self.refused {
            text.strong(&row.record).plain(format_args!(", row {}", row.seq));
            match &row.mv {
                Some(mv) => text.plain(format_args!(", `{mv}`: ")),
                None => text.plain(", creation: "),
            };
            text.plain(&row.refusal).end();
        }
        let (judged, refused) = (self.judged, self.refused.len());
        text.plain(format_args!("{judged} rows judged, {refused} would have been refused"));
        if self.passed_over > 0 {
            text.faint(format_args!("; {} passed over", self.passed_over));
        }
        text.end();
    }
}
