use lifestage::journal::Row;
use lifestage::outbox::{EffectState, Entry};
use lifestage::{Effect, Timestamp};
use serde::Serialize;

use crate::answer;
use crate::effects;
use crate::output::{Shown, Text};

/// What is told of one move.
#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Told<'a> {
    /// It was made, or proposed.
    Made {
        at: Timestamp,
        effect: String,
        row: &'a Row,
        #[serde(skip)]
        depth: usize,
    },
    /// It was not made.
    NotMade {
        at: Timestamp,
        effect: String,
        note: String,
        #[serde(skip)]
        what: String,
        #[serde(skip)]
        depth: usize,
    },
    /// It is to be looked at again later, or another worker has it.
    PutOff {
        at: Timestamp,
        effect: String,
        until: Timestamp,
        begun: bool,
        #[serde(skip)]
        what: String,
        #[serde(skip)]
        depth: usize,
    },
    /// It would be made, as things stand.
    Would {
        at: Timestamp,
        effect: String,
        #[serde(skip)]
        what: String,
    },
    /// It could not be carried out.
    Failed { at: Timestamp, effect: String, error: String },
}

impl<'a> Told<'a> {
    pub(super) fn of(
        effect: &Effect,
        entry: &Entry,
        row: Option<&'a Row>,
        at: Timestamp,
        depth: usize,
    ) -> Self {
        let (id, what) = (effect.id().to_string(), effects::about(effect));
        match (entry.state, row) {
            (_, Some(row)) => Self::Made { at, effect: id, row, depth },
            (EffectState::Pending, None) => {
                let (until, begun) = (entry.ready_at, entry.leased);
                Self::PutOff { at, effect: id, until, begun, what, depth }
            }
            (state, None) => {
                let note = entry.note.clone().unwrap_or_else(|| state.name().to_owned());
                Self::NotMade { at, effect: id, note, what, depth }
            }
        }
    }
}

impl Shown for Told<'_> {
    fn text(&self, text: &mut Text) {
        let (at, depth) = match self {
            Self::Made { at, depth, .. }
            | Self::NotMade { at, depth, .. }
            | Self::PutOff { at, depth, .. } => (at, *depth),
            Self::Would { at, .. } | Self::Failed { at, .. } => (at, 0),
        };
        text.plain(at).plain(format_args!("{:1$}", "", 2 + 2 * depth));
        match self {
            Self::Made { row, .. } => {
                text.strong(&row.record).plain(": ");
                answer::happened(row, text);
                text.faint(format_args!("  (row {}, version {})", row.seq, row.version_after));
            }
            Self::NotMade { effect, note, what, .. } => {
                text.strong(effect)
                    .plain(": ")
                    .plain(what)
                    .plain(" ")
                    .doubtful("not made:")
                    .plain(" ")
                    .plain(note);
            }
            Self::PutOff { effect, until, begun, what, .. } => {
                let why = if *begun { "is another worker's" } else { "put off" };
                text.strong(effect).plain(": ").plain(what).plain(" ").plain(why);
                text.plain(format_args!(" until {until}"));
            }
            Self::Would { effect, what, .. } => {
                text.strong(effect).plain(": ").plain(what).plain(" is due");
            }
            Self::Failed { effect, error, .. } => {
                text.strong(effect).plain(": ").bad("failed:").plain(" ").plain(error);
            }
        }
        text.end();
    }
}

/// What it came to.
#[derive(Serialize)]
#[serde(tag = "outcome", rename = "summary")]
pub(super) struct Summary {
    pub(super) dry_run: bool,
    /// The time that the clock shows in the end.
    pub(super) reached: Timestamp,
    pub(super) rounds: u64,
    pub(super) moved: usize,
    pub(super) not_made: usize,
    pub(super) put_off: usize,
    pub(super) failed: usize,
    pub(super) tasks: usize,
    /// What waits for whoever delivers it.
    pub(super) waiting: u64,
    /// What was due next when it stopped short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stopped_before: Option<Timestamp>,
}

impl Summary {
    pub(super) const fn begun(at: Timestamp) -> Self {
        Self {
            dry_run: false,
            reached: at,
            rounds: 0,
            moved: 0,
            not_made: 0,
            put_off: 0,
            failed: 0,
            tasks: 0,
            waiting: 0,
            stopped_before: None,
        }
    }

    pub(super) const fn count(&mut self, told: &Told<'_>) {
        match told {
            Told::Made { .. } => self.moved += 1,
            Told::NotMade { .. } => self.not_made += 1,
            Told::PutOff { .. } => self.put_off += 1,
            Told::Failed { .. } => self.failed += 1,
            Told::Would { .. } => {}
        }
    }
}

fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

impl Shown for Summary {
    fn text(&self, text: &mut Text) {
        let Self { reached, moved, not_made, put_off, failed, tasks, waiting, .. } = self;
        if self.dry_run {
            text.doubtful("dry run:").plain(format_args!(
                " by {reached} {} due and {} to hand out",
                if *moved == 1 { "1 move is".to_owned() } else { format!("{moved} moves are") },
                counted(*tasks, "task")
            ));
        } else {
            text.plain(format_args!("it is {reached}: {} made", counted(*moved, "move")));
            for (count, what) in [(not_made, "not made"), (put_off, "put off"), (failed, "failed")] {
                if *count > 0 {
                    text.plain(format_args!(", {count} {what}"));
                }
            }
            text.plain(format_args!("; {} handed out", counted(*tasks, "task")));
        }
        if *waiting > 0 {
            let verb = if *waiting == 1 { "effect waits" } else { "effects wait" };
            text.plain(format_args!("; {waiting} {verb} to be delivered"));
        }
        text.end();
        if let Some(next) = self.stopped_before {
            text.bad("stopped:")
                .plain(format_args!(
                    " the clock was set forward {} times; go on with --now {next}",
                    self.rounds
                ))
                .end();
        }
    }
}
