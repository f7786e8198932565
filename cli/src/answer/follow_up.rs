use lifestage::{FollowUp, Refusal, Value};
use serde::Serialize;

use super::{Answered, happened, queues};
use crate::output::Text;

/// A move that followed, and what became of it.
#[derive(Serialize)]
pub(super) struct Followed<'a> {
    effect: String,
    #[serde(rename = "move")]
    mv: String,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    became: Option<Answered<'a>>,
}

impl<'a> Followed<'a> {
    pub(super) fn of(follow_up: &'a FollowUp) -> Self {
        let effect = follow_up.effect();
        Self {
            effect: effect.id().to_string(),
            mv: effect.args.get("move").map(Value::to_string).unwrap_or_default(),
            action: &effect.action,
            note: follow_up.note(),
            became: follow_up.answer().map(|answer| Answered::of(&effect.record, answer)),
        }
    }

    /// One line, and one for each that followed from it in turn.
    pub(super) fn text(&self, depth: usize, text: &mut Text) {
        let Self { mv, action, .. } = self;
        text.plain(format_args!("{:1$}", "", 2 * depth));
        let became = self.became.as_ref();
        let Some((became, row)) = became.and_then(|became| Some((became, became.row?))) else {
            let refusal = became.and_then(|became| became.refusal).map(Refusal::to_string);
            let why = refusal.or_else(|| self.note.map(str::to_owned));
            let why = why.unwrap_or_else(|| "there was nothing to do".to_owned());
            text.doubtful("not followed:").plain(format_args!(" `{mv}` of `{action}`: {why}")).end();
            return;
        };
        text.good("followed:").plain(" ");
        happened(row, text);
        text.faint(format_args!("  (row {}, version {})", row.seq, row.version_after));
        if let Some(queues) = queues(row) {
            text.plain(", ").plain(queues);
        }
        text.end();
        for followed in &became.follow_ups {
            followed.text(depth + 1, text);
        }
    }
}
