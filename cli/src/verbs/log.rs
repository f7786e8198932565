use clap::{Args, ValueEnum};
use lifestage::{Activity, Timestamp};

use crate::answer;
use crate::arguments::{Asking, Terms};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Given;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage log lead-1 note 'Prefers mornings' --actor sam --role sales
  lifestage log lead-1 call 'Left a message' minutes:=3 --at 2026-03-02T08:40:00Z --actor sam --role sales
  lifestage log lead-1 meeting 'Showroom' --at 2026-03-05T10:00:00Z --planned --actor sam --role sales
  lifestage log lead-1 task 'Send the quote' --due 2026-03-06T12:00:00Z --assignee eva --actor sam --role sales --json

`lifestage done` says that a task, or what was planned, is done; `lifestage timeline` shows all of it.";

/// What was done, or is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Note,
    Call,
    Meeting,
    Email,
    Task,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// What it is
    #[arg(value_enum)]
    kind: Kind,
    /// What is to be known of it: an e-mail's subject, a task's title
    text: String,
    /// More about it; NAME:=JSON takes the value as it is, a number say
    #[arg(value_name = "NAME=VALUE")]
    details: Vec<Given>,
    /// When it happened, or is to happen
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// When it has to be done
    #[arg(long, value_name = "TIME")]
    due: Option<Timestamp>,
    /// Who is to do it
    #[arg(long, value_name = "PERSON")]
    assignee: Option<String>,
    /// It is still to come: a call or a meeting
    #[arg(long)]
    planned: bool,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

/// The details that have an argument of their own, or none.
const OWN: [&str; 5] = ["text", "done", "at", "due", "assignee"];

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let activity = activity(arguments)?;
    let (crm, actor, now) = arguments.asking.open()?;
    let answer = crm.log(&arguments.id, &arguments.terms.on(activity), &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}

fn activity(arguments: &Arguments) -> Result<Activity, Failure> {
    let text = arguments.text.as_str();
    let mut activity = match arguments.kind {
        Kind::Note => Activity::note(text),
        Kind::Call => Activity::call(text),
        Kind::Meeting => Activity::meeting(text),
        Kind::Email => Activity::email(text),
        Kind::Task => Activity::task(text),
    };
    if arguments.planned {
        if matches!(arguments.kind, Kind::Note | Kind::Email) {
            return Err(Failure::usage("only a call, a meeting or a task can be planned"));
        }
        activity = activity.planned();
    }
    if let Some(at) = arguments.at {
        activity = activity.at(at);
    }
    if let Some(due) = arguments.due {
        activity = activity.due(due);
    }
    if let Some(assignee) = &arguments.assignee {
        activity = activity.assigned_to(assignee);
    }
    for given in &arguments.details {
        let name = given.name();
        if OWN.contains(&name) {
            return Err(Failure::usage(format!(
                "{name}: it is no detail to add; see `lifestage log --help`"
            )));
        }
        if let Some(value) = given.plain() {
            activity = activity.with(name, value);
        }
    }
    Ok(activity)
}
