//! The short form of a decision: for hosts that ask in JSON, often, and want to know only where the record goes.

use std::fmt::{self, Write};

use lifestage::journal::Salt;
use lifestage::{Actor, Decision, Pipeline, Record, Request, Timestamp};
use serde::Deserialize;

use crate::fault::{Fault, FaultCode};

/// What goes in: the same as into the operation `decide`. Nothing is hashed, so that a salt changes nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    record: Record,
    request: Request,
    actor: Actor,
    now: Timestamp,
    #[serde(default, rename = "salt")]
    _salt: Option<Salt>,
}

/// Judges a move, and writes the short form of the answer: `outcome`, `from` and `to`, `move`, and the `version` that
/// the record has afterwards; or `outcome` and the `codes` against it. Nothing is hashed, and nothing is kept.
///
/// # Errors
/// [`Fault`] when the input is not what it takes, or `answer` takes no more.
pub fn decide_briefly(pipeline: &Pipeline, input: &str, answer: &mut impl Write) -> Result<(), Fault> {
    let question: Question = crate::read("decide", input)?;
    let Question { record, request, actor, now, .. } = &question;
    let decision = pipeline.decide(record, request, actor, *now);
    let written = write(record, &decision, answer);
    written.map_err(|fmt::Error| Fault::new(FaultCode::BufferTooSmall, "the answer does not fit"))
}

fn write(record: &Record, decision: &Decision<'_>, answer: &mut impl Write) -> fmt::Result {
    let (outcome, change) = match decision {
        Decision::Moved(change) => ("moved", change),
        Decision::Proposed(change) => ("proposed", change),
        Decision::Unchanged(unchanged) => {
            answer.write_str("{\"outcome\":\"unchanged\",\"to\":")?;
            text(unchanged.stage(), answer)?;
            return answer.write_char('}');
        }
        Decision::Refused(refusal) => {
            answer.write_str("{\"outcome\":\"refused\",\"codes\":[")?;
            for (place, code) in refusal.codes().enumerate() {
                write!(answer, "{}{}", if place == 0 { "" } else { "," }, code.number())?;
            }
            return answer.write_str("]}");
        }
    };
    write!(answer, "{{\"outcome\":\"{outcome}\",\"from\":")?;
    text(record.stage(), answer)?;
    answer.write_str(",\"to\":")?;
    text(change.to(), answer)?;
    answer.write_str(",\"move\":")?;
    text(change.row().mv.as_deref(), answer)?;
    write!(answer, ",\"version\":{}}}", change.row().version_after)
}

/// A text as JSON writes it; most have nothing in them that has to be escaped.
fn text(text: Option<&str>, answer: &mut impl Write) -> fmt::Result {
    let Some(text) = text else { return answer.write_str("null") };
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        answer.write_char('"')?;
        answer.write_str(text)?;
        return answer.write_char('"');
    }
    answer.write_str(&serde_json::Value::from(text).to_string())
}
