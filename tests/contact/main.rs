//! Contacts: the facets, the one form of e-mail addresses and phone numbers, who may change what, and
//! that every path writes the same.

mod definition;
mod edits;
mod email;
mod paths;
mod phone;

use lifestage::{Actor, Decision, Pipeline, Reason, Record, Timestamp};
use serde_json::{Value as Json, json};

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

/// A pipeline with these fields, in which `boss` may do everything with facts and others a part.
fn document(fields: &Json) -> Json {
    json!({
        "id": "people", "name": "People", "record_kind": "contact", "fields": fields,
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" }
        ],
        "stages": [{
            "id": "new", "name": "New", "category": "open", "default": true,
            "actions": [{
                "id": "hello", "name": "Say hello", "kind": "send_email", "on": "enter",
                "with": { "to": "{{ email }}" }
            }]
        }, {
            "id": "customer", "name": "Customer", "category": "won"
        }],
        "policy": { "free": true },
        "roles": {
            "boss": { "can": ["create", "view", "import", "move", "edit_fields", "edit_contact", "publish"] },
            "clerk": { "can": ["create", "view", "edit_fields"] },
            "own": { "can": ["create", "view", "edit_fields", "edit_contact:own"] }
        }
    })
}

fn fields() -> Json {
    json!({
        "name": "string", "email": "string", "company": "string", "budget": "int",
        "phone": { "type": "string", "region": "DE" },
        "billing": { "type": "string", "format": "email" },
        "fax": { "type": "string", "format": "phone" },
        "groups": { "type": "list<string>", "one_of": ["investors", "berlin", "vip"] },
        "social": "list<string>"
    })
}

fn people() -> Pipeline {
    Pipeline::from_json(&document(&fields()).to_string()).unwrap()
}

fn boss() -> Actor {
    Actor::new("olga").with_role("boss")
}

fn after(decision: Decision<'_>) -> Record {
    match decision {
        Decision::Moved(change) => change.after(),
        other => panic!("{other:?}"),
    }
}

fn refused(decision: &Decision<'_>) -> Vec<(u16, String)> {
    let reasons = decision.refusal().unwrap().reasons();
    reasons.iter().map(|reason| (reason.code().number(), reason.to_string())).collect()
}

fn field_of(reason: &Reason) -> String {
    reason.parameter("field").unwrap().to_string()
}
