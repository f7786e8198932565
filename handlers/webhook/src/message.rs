//! What is sent for an effect.

use lifestage::outbox::Delivery;
use lifestage::{Fields, SmolStr, Timestamp};
use serde::Serialize;

/// The body of a webhook.
#[derive(Serialize)]
pub(crate) struct Message<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    record: &'a SmolStr,
    seq: u64,
    index: u16,
    action: &'a SmolStr,
    kind: &'static str,
    trigger: &'static str,
    visit: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    attempt: u32,
    args: Fields,
}

impl<'a> Message<'a> {
    /// The message of a delivery: all its arguments but the address.
    pub(crate) fn of(delivery: &'a Delivery, tenant: Option<&'a str>, url: &str) -> Self {
        let effect = &delivery.effect;
        let mut args = effect.args.clone();
        args.remove(url);
        Self {
            id: effect.id().to_string(),
            tenant,
            record: &effect.record,
            seq: effect.seq,
            index: effect.index,
            action: &effect.action,
            kind: effect.kind.name(),
            trigger: effect.trigger.name(),
            visit: effect.visit,
            at: effect.at,
            attempt: delivery.attempt,
            args,
        }
    }
}

/// The id as the headers have it. What a header cannot hold is written as in an address, and so is the full stop, which
/// divides the parts of what is signed.
pub(crate) fn header_id(delivery: &Delivery, tenant: Option<&str>) -> String {
    let id = encoded(&delivery.effect.id().to_string(), b"-_~/@+=:");
    match tenant {
        Some(tenant) => format!("{}:{id}", encoded(tenant, b"-_~")),
        None => id,
    }
}

fn encoded(text: &str, kept: &[u8]) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    coded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_a_header_can_hold_is_left_alone() {
        assert_eq!(encoded("lead-42/7/0", b"-_~/@+=:"), "lead-42/7/0");
        assert_eq!(encoded("ada@example.com/7/0", b"-_~/@+=:"), "ada@example%2Ecom/7/0");
        assert_eq!(encoded("é\n%/1/0", b"-_~/@+=:"), "%C3%A9%0A%25/1/0");
    }
}
