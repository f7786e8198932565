use clap::Args;
use lifestage::{CatchUp, CatchingUp, CaughtUp, Effect, SmolStr};
use serde::Serialize;

use crate::answer;
use crate::arguments::{Asking, published};
use crate::effects;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage catch-up contact_stages --dry-run --actor olga --role admin
  lifestage catch-up contact_stages --with-messages --actor olga --role admin --json

Records that sit in a stage get the tasks and timed moves that the stage came to have since they entered it, once for
each stay, and join its queues. Messages are for those who enter, and are left out unless asked for.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The pipeline
    pipeline: String,
    /// Messages too
    #[arg(long)]
    with_messages: bool,
    /// Say what each record would get, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let pipeline = published(&crm, &arguments.pipeline)?;
    let mut wish = CatchUp::of(pipeline.id());
    if arguments.with_messages {
        wish = wish.with_messages();
    }
    if arguments.dry_run {
        wish = wish.dry_run();
    }
    let caught = match crm.catch_up(&wish, &actor, now)? {
        CatchingUp::Done(caught) => caught,
        CatchingUp::Refused(refusal) => return answer::refuse(output, pipeline.id(), &refusal),
    };
    let CaughtUp { up_to_date, given, left } = &caught;
    let given = given.iter().map(|(id, effects)| Given { id, effects }).collect();
    let (answer, dry_run) = (if arguments.dry_run { "accepted" } else { "done" }, arguments.dry_run);
    output.show(&Caught { answer, dry_run, up_to_date: *up_to_date, given, left })?;
    Ok(if left.is_empty() { Exit::Done } else { Exit::Refused })
}

#[derive(Serialize)]
struct Caught<'a> {
    answer: &'static str,
    dry_run: bool,
    up_to_date: u64,
    given: Vec<Given<'a>>,
    left: &'a [SmolStr],
}

/// What a record gets.
#[derive(Serialize)]
struct Given<'a> {
    id: &'a str,
    effects: &'a [Effect],
}

fn records(count: usize) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

impl Shown for Caught<'_> {
    fn text(&self, text: &mut Text) {
        for Given { id, effects } in &self.given {
            text.strong(id).end();
            if effects.is_empty() {
                text.plain("  joins the queues of its stage").end();
            }
            for effect in *effects {
                text.plain("  gets ").plain(effects::told(effect)).faint(effects::terms(effect)).end();
            }
        }
        if self.dry_run {
            text.doubtful("dry run:").plain(format_args!(" {} would get work", records(self.given.len())));
        } else {
            text.good("gave").plain(format_args!(" work to {}", records(self.given.len())));
        }
        text.faint(format_args!(", {} had all of it", self.up_to_date)).end();
        for id in self.left {
            text.doubtful("left:").plain(" ").plain(id).plain(", it could not be judged").end();
        }
    }
}
