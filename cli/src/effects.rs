//! Effects as the verbs about work name and tell them.

use std::str::FromStr;

use lifestage::outbox::{EffectState, Entry, OutboxKey};
use lifestage::{Effect, EffectId, EffectKind, SmolStr, Timestamp, Value};

use crate::failure::Failure;

/// The id of an effect that somebody typed.
pub(crate) fn id_of(text: &str) -> Result<EffectId<'_>, Failure> {
    EffectId::parse(text).filter(|id| !id.record().is_empty()).ok_or_else(|| {
        Failure::usage(format!(
            "`{text}` is no id of an effect: write RECORD/ROW/INDEX, as `lifestage tasks` and `lifestage outbox list` show it"
        ))
    })
}

/// A place in a list of effects: `TIME/RECORD/ROW/INDEX`, or `never/...` for what has no deadline.
#[derive(Debug, Clone)]
pub(crate) struct Place(pub(crate) OutboxKey);

/// The time of what has no deadline.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = "a cursor is what an earlier page ended with";
        let (time, id) = text.split_once('/').ok_or(wrong)?;
        let id = EffectId::parse(id).ok_or(wrong)?;
        let at = match time {
            "never" => NEVER,
            time => time.parse().map_err(|error| format!("{error}"))?,
        };
        Ok(Self(OutboxKey { at, record: id.record().into(), seq: id.seq(), index: id.index() }))
    }
}

/// The cursor as it is typed.
pub(crate) fn cursor(key: &OutboxKey) -> String {
    let id = EffectId::new(&key.record, key.seq, key.index);
    if key.at == NEVER { format!("never/{id}") } else { format!("{}/{id}", key.at) }
}

/// The place before everything at this time.
pub(crate) fn from(at: Timestamp) -> OutboxKey {
    OutboxKey { at, record: SmolStr::default(), seq: 0, index: 0 }
}

/// The place behind everything at this time.
pub(crate) fn behind(at: Timestamp) -> OutboxKey {
    from(Timestamp::from_micros(at.as_micros().saturating_add(1)))
}

/// What an effect is about: the title of a task, the subject of a message, the move that is made.
pub(crate) fn about(effect: &Effect) -> String {
    let said = |name: &str| effect.args.get(name).map(ToString::to_string);
    if effect.kind == EffectKind::Move {
        return format!("`{}` of `{}`", said("move").unwrap_or_default(), effect.action);
    }
    let Some(about) = said("title").or_else(|| said("subject")).or_else(|| said("body")) else {
        // Lists are what there was to choose from.
        let args = effect.args.iter().filter(|(_, value)| !matches!(value, Value::List(_)));
        return args
            .fold(format!("`{}`", effect.action), |all, (name, value)| format!("{all} {name}={value}"));
    };
    about
}

/// An effect in words: kind, id, what it is about.
pub(crate) fn told(effect: &Effect) -> String {
    format!("{} {}: {}", effect.kind.name(), effect.id(), about(effect))
}

/// For whom and when.
pub(crate) fn terms(effect: &Effect) -> String {
    let whom = effect.assignee.as_deref().map(|whom| format!("for {}", person(whom)));
    let at = effect.at.map(|at| format!("at {at}"));
    let due = effect.due.map(|due| format!("due {due}"));
    let after = effect.after_id().filter(|_| effect.kind != EffectKind::Remind);
    let after = after.map(|first| format!("after {first}"));
    let parts: Vec<String> = whom.into_iter().chain(at).chain(due).chain(after).collect();
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join(", ")) }
}

/// Whom work is for, in words.
pub(crate) fn person(assignee: &str) -> String {
    match assignee.split_once(':') {
        Some(("role", role)) => format!("role {role}"),
        Some(("round_robin", pool)) => format!("next of {pool}"),
        _ => assignee.to_owned(),
    }
}

/// How far an effect has come, in words.
pub(crate) fn state(entry: &Entry) -> &'static str {
    match entry.state {
        EffectState::Pending if entry.held => "held",
        EffectState::Pending if entry.waiting => "waiting",
        EffectState::Pending if entry.leased => "begun",
        state => state.name(),
    }
}
