//! What became of a request, for the verbs that make one.

mod follow_up;
mod report;

use lifestage::journal::{FactChange, RESERVED, Row, RowKind, StageMark};
use lifestage::{Answer, Effect, Reason, ReasonCode, Receipt, Record, Refusal, SmolStr, Value};
use serde::Serialize;

use follow_up::Followed;
pub(crate) use report::{ERROR, Reported, queues, reported};

use crate::effects;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

/// What became of a request.
#[derive(Serialize)]
pub(crate) struct Answered<'a> {
    answer: &'static str,
    id: &'a str,
    dry_run: bool,
    #[serde(skip_serializing_if = "is_false")]
    repeated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<&'a Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<&'a [Effect]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    follow_ups: Vec<Followed<'a>>,
    #[serde(skip_serializing_if = "<[SmolStr]>::is_empty")]
    already_delivered: &'a [SmolStr],
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a Refusal>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Says what became of a request about the record `id`, and with which code that ends.
pub(crate) fn show(output: &mut Output, id: &str, answer: &Answer, dry_run: bool) -> Result<Exit, Failure> {
    output.show(&Answered { dry_run, ..Answered::of(id, answer) })?;
    Ok(answer.refusal().map_or(Exit::Done, exit_of))
}

/// Says that a request about the record `id` is refused, and why.
pub(crate) fn refuse(output: &mut Output, id: &str, refusal: &Refusal) -> Result<Exit, Failure> {
    output.show(&Answered::of(id, &Answer::Refused(refusal.clone())))?;
    Ok(exit_of(refusal))
}

impl<'a> Answered<'a> {
    pub(crate) fn of(id: &'a str, answer: &'a Answer) -> Self {
        let receipt = answer.receipt();
        let (name, stage) = match answer {
            Answer::Done(_) => ("done", None),
            Answer::Proposed(_) => ("proposed", None),
            Answer::Unchanged(unchanged) => ("unchanged", unchanged.stage()),
            Answer::Refused(_) => ("refused", None),
            Answer::RolledBack => ("rolled_back", None),
        };
        Self {
            answer: name,
            id,
            dry_run: false,
            repeated: receipt.is_some_and(Receipt::is_repeated),
            stage,
            record: receipt.map(Receipt::record),
            row: receipt.map(Receipt::row),
            effects: receipt.map(Receipt::effects),
            follow_ups: receipt
                .map(Receipt::follow_ups)
                .unwrap_or_default()
                .iter()
                .map(Followed::of)
                .collect(),
            already_delivered: receipt.map(Receipt::already_delivered).unwrap_or_default(),
            refusal: answer.refusal(),
        }
    }
}

/// The exit code of a refusal.
pub(crate) fn exit_of(refusal: &Refusal) -> Exit {
    if is_conflict(refusal) { Exit::Conflict } else { Exit::Refused }
}

fn is_conflict(refusal: &Refusal) -> bool {
    refusal.has(ReasonCode::StaleRecord) || refusal.has(ReasonCode::StaleDefinition)
}

impl Shown for Answered<'_> {
    fn text(&self, text: &mut Text) {
        if self.dry_run {
            text.doubtful("dry run:").plain(" ");
        }
        if let Some(row) = self.row {
            text.strong(self.id).plain(": ");
            happened(row, text);
            text.faint(format_args!("  (row {}, version {})", row.seq, row.version_after));
            if self.repeated {
                text.plain(", as was answered before");
            }
            text.end();
            if let Some(queues) = queues(row) {
                text.plain("  ").plain(queues).end();
            }
            for effect in self.effects.into_iter().flatten() {
                text.plain("  asks for ").plain(effects::told(effect)).faint(effects::terms(effect)).end();
            }
            for id in self.already_delivered {
                text.plain("  was delivered, and is not taken back: ").plain(id).end();
            }
            for followed in &self.follow_ups {
                followed.text(1, text);
            }
        } else if let Some(refusal) = self.refusal {
            refused(refusal, text);
        } else {
            let stage = self.stage.unwrap_or("no stage");
            text.strong(self.id)
                .plain(format_args!(" is as asked already, in `{stage}`; nothing is written"))
                .end();
        }
    }
}

/// What a row records, in words.
pub(crate) fn happened(row: &Row, text: &mut Text) {
    let label = |mark: &Option<StageMark>| {
        mark.as_ref().map_or_else(|| "no stage".to_owned(), |mark| mark.label.to_string())
    };
    let (from, to) = (label(&row.from), label(&row.to));
    match row.kind {
        RowKind::Creation => text.plain(format_args!("created in {to}")),
        RowKind::Edit | RowKind::Assignment => text.plain(facts(row)),
        RowKind::Action | RowKind::Task if reported(row).is_some() => text.plain(report::of(row)),
        RowKind::Action => {
            let action = row.input.get("action").map(ToString::to_string).unwrap_or_default();
            text.plain(format_args!("`{action}` is carried out"))
        }
        RowKind::Workflow => text.plain("has the work that its stage came to have"),
        RowKind::Note | RowKind::Call | RowKind::Meeting | RowKind::Email | RowKind::Task => {
            let planned = if row.is_planned() && row.kind != RowKind::Task { "planned " } else { "" };
            let done = row.refers_to.map_or_else(String::new, |seq| format!(" of row {seq} is done"));
            let said = row.input.get("text").map(ToString::to_string).unwrap_or_default();
            text.plain(format_args!("{planned}{}{done}: {said}", word(row.kind)))
        }
        RowKind::Deletion => text.plain(format_args!("in the trash, from {to}")),
        RowKind::Restoration => text.plain(format_args!("out of the trash, in {to}")),
        RowKind::Correction => {
            text.plain(format_args!("{from} -> {to}, undoing row {}", row.refers_to.unwrap_or_default()))
        }
        RowKind::Proposal => {
            let mv = row.mv.as_deref().unwrap_or_default();
            text.plain(format_args!("`{mv}` is proposed, and waits for somebody else to ask for it too"))
        }
        _ => {
            text.plain(format_args!("{from} -> {to}"));
            match &row.mv {
                Some(mv) => text.plain(format_args!(" by `{mv}`")),
                None => text,
            }
        }
    };
    if row.forced {
        text.doubtful(" by force");
    }
}

/// The facts that a row changed, in words; the first few of many.
pub(crate) fn facts(row: &Row) -> String {
    const SHOWN: usize = 4;
    let change = |fact: &FactChange| {
        let name = fact_name(fact);
        let shown =
            |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        match &fact.old {
            None => format!("{name} = {}", shown(&fact.new)),
            old => format!("{name} = {} (was {})", shown(&fact.new), shown(old)),
        }
    };
    let left = row.facts.len().saturating_sub(SHOWN);
    let more = (left > 0).then(|| format!("{left} more"));
    row.facts.iter().take(SHOWN).map(change).chain(more).collect::<Vec<_>>().join(", ")
}

/// What changed, in a word: what is no field goes by `owner`, `customer`, `company` and the like.
pub(crate) fn fact_name(fact: &FactChange) -> &str {
    match fact.name.as_str() {
        RESERVED => "holds",
        name => name.strip_prefix("record.").unwrap_or(name),
    }
}

/// A kind of row in a word of everyday.
pub(crate) const fn word(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Email => "e-mail",
        kind => kind.name(),
    }
}

/// The reasons of a refusal, and the lawful way.
pub(crate) fn refused(refusal: &Refusal, text: &mut Text) {
    let reasons = refusal.reasons();
    for (at, reason) in reasons.iter().enumerate() {
        // The same may stand against two records; it is read once.
        let same =
            |earlier: &Reason| (earlier.code(), earlier.message()) == (reason.code(), reason.message());
        if reasons.iter().take(at).any(same) {
            continue;
        }
        text.bad("refused:").plain(" ").plain(reason.message());
        text.faint(format_args!("  [{} {}]", reason.code().number(), reason.code())).end();
    }
    if let Some(route) = refusal.route() {
        text.plain("the way there: ").plain(route).end();
    }
}
