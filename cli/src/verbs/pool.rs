use clap::Args;
use lifestage::import::nearest;
use lifestage::store::RecordQuery;
use lifestage::{Pipeline, Pool};
use serde::Serialize;

use crate::answer;
use crate::arguments::{Asking, Choice, Crm};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage pool closers --members eva,sam,lee --actor olga --role owner
  lifestage pool closers --members eva,sam --actor olga --role owner && lifestage pool closers --away sam --actor sam
  lifestage pool --actor olga --json

Without a name it lists the pools. Whoever stays keeps the place, whoever is new comes last, and who is away is
skipped. `lifestage assign ID --next POOL` gives a record to the next one.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The pool
    #[arg(value_name = "POOL")]
    name: Option<String>,
    /// Who is in it
    #[arg(long, value_name = "PERSON", value_delimiter = ',', requires = "name")]
    members: Option<Vec<String>>,
    /// Somebody of it is away
    #[arg(long, value_name = "PERSON", requires = "name")]
    away: Vec<String>,
    /// Somebody of it is back
    #[arg(long, value_name = "PERSON", requires = "name")]
    back: Vec<String>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    asking: Asking,
}

/// How many pools are read at once.
const PAGE: usize = 500;

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    let Some(name) = &arguments.name else {
        let pools = names(&crm, &pipeline)?.into_iter().map(|name| Turns::of(&crm, &pipeline, name));
        let pools = pools.collect::<Result<_, _>>()?;
        output.show(&Pools { pipeline: pipeline.id(), pools })?;
        return Ok(Exit::Done);
    };
    let mut changes = Vec::new();
    if let Some(members) = &arguments.members {
        let members: Vec<&str> =
            members.iter().map(|member| member.trim()).filter(|m| !m.is_empty()).collect();
        changes.push(crm.set_pool(pipeline.id(), name, &members, &actor, now)?);
    } else {
        known(&crm, &pipeline, name)?;
    }
    let away = arguments.away.iter().map(|person| (person, true));
    for (person, away) in away.chain(arguments.back.iter().map(|person| (person, false))) {
        changes.push(crm.set_away(pipeline.id(), name, person, away, &actor, now)?);
    }
    if let Some(refusal) = changes.iter().find_map(|answer| answer.refusal()) {
        return answer::refuse(output, name, refusal);
    }
    output.show(&Turns::of(&crm, &pipeline, name.clone())?)?;
    Ok(Exit::Done)
}

/// The names of the pools of a pipeline.
fn names(crm: &Crm, pipeline: &Pipeline) -> Result<Vec<String>, Failure> {
    let prefix = Pool::record_id(pipeline.id(), "");
    let pools = Pool::new(pipeline.id(), "").into_record();
    let mut query = RecordQuery::of(pools.pipeline(), PAGE);
    let mut names = Vec::new();
    loop {
        let page = crm.page(&query)?;
        let own = page.records.iter().filter_map(|record| record.id().strip_prefix(prefix.as_str()));
        names.extend(own.map(str::to_owned));
        query.after = page.next;
        if query.after.is_none() {
            names.sort();
            return Ok(names);
        }
    }
}

/// Fails when there is no such pool.
pub(super) fn known(crm: &Crm, pipeline: &Pipeline, name: &str) -> Result<(), Failure> {
    if crm.record(&Pool::record_id(pipeline.id(), name))?.is_some() {
        return Ok(());
    }
    let known = names(crm, pipeline)?;
    let near = nearest(name, known.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Err(Failure::missing(format!("the pipeline `{}` has no pool `{name}`{near}", pipeline.id())))
}

#[derive(Serialize)]
struct Pools<'a> {
    pipeline: &'a str,
    pools: Vec<Turns>,
}

/// A pool in order of turn.
#[derive(Serialize)]
struct Turns {
    pool: String,
    next: Option<String>,
    members: Vec<Member>,
}

#[derive(Serialize)]
struct Member {
    member: String,
    away: bool,
}

impl Turns {
    fn of(crm: &Crm, pipeline: &Pipeline, name: String) -> Result<Self, Failure> {
        let pool = crm.pool(pipeline.id(), &name)?;
        let members =
            pool.members().map(|(member, there)| Member { member: member.to_owned(), away: !there });
        Ok(Self { members: members.collect(), next: pool.next().map(str::to_owned), pool: name })
    }
}

impl Shown for Turns {
    fn text(&self, text: &mut Text) {
        if self.members.is_empty() {
            text.plain("nobody is in the pool ").strong(&self.pool).end();
            return;
        }
        let mut table = Table::new(["TURN", "MEMBER", "STATE"]);
        let mut turns = 1..;
        for Member { member, away } in &self.members {
            let turn = if *away { None } else { turns.next() };
            let turn = turn.map_or_else(|| "-".to_owned(), |turn: u32| turn.to_string());
            table.row([turn.into(), Cell::strong(member), if *away { "away" } else { "there" }.into()]);
        }
        table.text(text);
    }
}

impl Shown for Pools<'_> {
    fn text(&self, text: &mut Text) {
        if self.pools.is_empty() {
            text.plain(format_args!("the pipeline `{}` has no pools", self.pipeline)).end();
            return;
        }
        let mut table = Table::new(["POOL", "MEMBERS", "AWAY", "NEXT"]);
        for Turns { pool, next, members } in &self.pools {
            let away = members.iter().filter(|member| member.away).count();
            table.row([
                Cell::strong(pool),
                members.len().into(),
                away.into(),
                next.as_deref().unwrap_or("-").into(),
            ]);
        }
        table.text(text);
    }
}
