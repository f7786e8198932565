//! `run-timers`: lets time pass, and makes what is due on the way.

mod told;

use clap::Args;
use lifestage::outbox::{EffectState, Entry, OutboxKey, OutboxQuery};
use lifestage::{Effect, EffectKind, Timestamp, Worker};

use crate::arguments::{Clock, Crm, Database};
use crate::effects;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use told::{Summary, Told};

const EXAMPLES: &str = "\
Examples:
  lifestage run-timers
  lifestage run-timers --now 2026-03-02T09:00:00Z --until 2026-04-01T00:00:00Z --dry-run
  lifestage run-timers --now 2026-03-02T09:00:00Z --until 2026-03-09T09:00:00Z --json

The clock starts at --now and goes from one time at which something is due to the next, up to --until: moves are made,
and rows are dated, as they would have been at that time. Tasks are handed to those who are to do them. Messages and
other work of the host stay where they are. With --json each of them is a line, and the last line sums up.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Up to when; up to now, if left out
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Say what is due by then as things stand, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// How often the clock may be set forward before it stops
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    rounds: u64,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    database: Database,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let now = arguments.clock.now();
    let until = arguments.until.unwrap_or(now);
    if until < now {
        return Err(Failure::usage(format!(
            "`--until {until}` is before {now}, when the clock starts: say with `--now` when it does"
        )));
    }
    let crm = arguments.database.open()?;
    if arguments.dry_run {
        return look(&crm, until, output);
    }
    let mut summary = Summary::begun(now);
    let mut after = None;
    while let Some(due) = next_due(&crm, after.as_ref(), now, until)? {
        // It is always later than the time before: only what is behind that was looked at.
        let clock = due.at;
        if summary.rounds == arguments.rounds {
            summary.stopped_before = Some(clock);
            break;
        }
        let round = Worker::new(&crm).run_once(clock)?;
        summary.tasks += round.delivered;
        for effect in &due.moves {
            made(&crm, effect, clock, 0, &mut summary, output)?;
        }
        // What became of moves is told already.
        let is_told = |id: &String| due.moves.iter().any(|effect| effect.id().to_string() == *id);
        for (effect, error) in round.errors.into_iter().filter(|(id, _)| !is_told(id)) {
            output.show(&Told::Failed { at: clock, effect, error })?;
            summary.failed += 1;
        }
        summary.rounds += 1;
        summary.reached = clock;
        after = Some(effects::behind(clock));
    }
    if summary.stopped_before.is_none() {
        summary.reached = until;
    }
    summary.waiting = left(&crm, summary.reached)?;
    output.show(&summary)?;
    Ok(if summary.stopped_before.is_some() { Exit::Refused } else { Exit::Done })
}

/// What is due at one time.
struct Due {
    at: Timestamp,
    moves: Vec<Effect>,
}

/// How many effects are read at once.
const PAGE: usize = 500;

/// What the engine sees to by itself.
const fn is_own(kind: EffectKind) -> bool {
    matches!(kind, EffectKind::Move | EffectKind::CreateTask)
}

/// Goes through what waits, up to and with `until`, until the function has enough.
fn each(
    crm: &Crm,
    after: Option<&OutboxKey>,
    until: Timestamp,
    mut take: impl FnMut(Entry) -> bool,
) -> Result<(), Failure> {
    let mut query = OutboxQuery::pending(PAGE);
    query.after = after.cloned();
    loop {
        let page = crm.outbox(&query)?;
        for entry in page.entries {
            if entry.ready_at > until || !take(entry) {
                return Ok(());
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(());
        }
    }
}

/// The next time at which something of the engine's own is due, and the moves of then. What was due when the clock
/// starts, is due then.
fn next_due(
    crm: &Crm,
    after: Option<&OutboxKey>,
    start: Timestamp,
    until: Timestamp,
) -> Result<Option<Due>, Failure> {
    let mut due: Option<Due> = None;
    each(crm, after, until, |entry| {
        let at = entry.ready_at.max(start);
        if due.as_ref().is_some_and(|due| due.at < at) {
            return false;
        }
        if is_own(entry.effect.kind) {
            let due = due.get_or_insert(Due { at, moves: Vec::new() });
            due.moves.extend(Some(entry.effect).filter(|effect| effect.kind == EffectKind::Move));
        }
        true
    })?;
    Ok(due)
}

/// Tells what became of a move, and of those that it led to.
fn made(
    crm: &Crm,
    effect: &Effect,
    clock: Timestamp,
    depth: usize,
    summary: &mut Summary,
    output: &mut Output,
) -> Result<(), Failure> {
    let entry = crm.entry(effect.id())?;
    let row = row_of(crm, effect)?.filter(|_| entry.state == EffectState::Delivered);
    let told = Told::of(effect, &entry, row.as_ref(), clock, depth);
    summary.count(&told);
    output.show(&told)?;
    let Some(row) = row else { return Ok(()) };
    for next in lifestage::store::Reader::effects(crm.store(), crm.tenant(), &row.record, row.seq)? {
        if next.kind == EffectKind::Move && next.at.is_none() {
            made(crm, &next, clock, depth + 1, summary, output)?;
        }
    }
    Ok(())
}

/// The row that a move wrote.
fn row_of(crm: &Crm, effect: &Effect) -> Result<Option<lifestage::journal::Row>, Failure> {
    let Some(record) = crm.record(&effect.record)? else { return Ok(None) };
    let request = crm.pipeline(record.pipeline()).and_then(|pipeline| pipeline.automatic(effect));
    let Some(key) = request.as_ref().and_then(|request| request.key()) else { return Ok(None) };
    Ok(lifestage::store::Store::receipt(crm.store(), crm.tenant(), key)?)
}

/// How many effects wait at `at` for whoever delivers them.
fn left(crm: &Crm, at: Timestamp) -> Result<u64, Failure> {
    let mut waiting = 0;
    each(crm, None, at, |entry| {
        waiting += u64::from(!is_own(entry.effect.kind));
        true
    })?;
    Ok(waiting)
}

/// Tells what is due by `until` as things stand.
fn look(crm: &Crm, until: Timestamp, output: &mut Output) -> Result<Exit, Failure> {
    let mut own = Vec::new();
    let mut waiting = 0;
    each(crm, None, until, |entry| {
        if is_own(entry.effect.kind) {
            own.push(entry)
        } else {
            waiting += 1
        }
        true
    })?;
    let moves = own.iter().filter(|entry| entry.effect.kind == EffectKind::Move);
    for entry in moves.clone() {
        let Entry { effect, ready_at, .. } = entry;
        let (id, what) = (effect.id().to_string(), effects::about(effect));
        output.show(&Told::Would { at: *ready_at, effect: id, what })?;
    }
    let moves = moves.count();
    output.show(&Summary {
        dry_run: true,
        moved: moves,
        tasks: own.len() - moves,
        waiting,
        ..Summary::begun(until)
    })?;
    Ok(Exit::Done)
}
