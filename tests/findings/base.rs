//! A small definition that uses every part of the document and of which nothing is to be said, and
//! ways to edit it.

use lifestage::{Finding, FindingCode, Limits, Pipeline};
use serde_json::{Value, json};

pub(crate) fn base() -> Value {
    json!({
        "id": "sales",
        "name": "Sales",
        "zone": "Europe/Berlin",
        "zone_field": "city_zone",
        "calendars": [
            {
                "id": "office", "name": "Office", "zone": "America/New_York",
                "hours": { "mon": ["09:00-12:00", "13:00-17:00"], "sun": ["00:00-24:00"] },
                "holidays": ["2026-12-25"]
            }
        ],
        "fields": {
            "city_zone": "string",
            "email": "string",
            "budget": "int",
            "source": { "type": "string", "label": "Source", "one_of": ["web", "fair"] }
        },
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" },
            {
                "id": "lost", "name": "Lost", "outcome": "lost",
                "input": {
                    "reason": {
                        "type": "string", "label": "Why?", "one_of": ["price", "other"], "note_for": ["other"]
                    }
                }
            }
        ],
        "stages": [
            { "id": "new", "name": "New", "category": "open", "default": true, "icon": "sparkles", "colour": "blue" },
            {
                "id": "talking", "name": "Talking", "category": "open",
                "probability": 40, "idle": "7d",
                "entry": "has(email)",
                "exit": { "when": "budget > 0", "applies_to": "all" },
                "enter_requires": ["email"],
                "leave_requires": ["budget"],
                "actions": [
                    {
                        "id": "hello", "name": "Say hello", "kind": "send_email", "on": "enter",
                        "roles": ["boss"], "when": "source == \"web\"",
                        "with": { "text": "Dear {{ email }}" },
                        "on_done": { "move": "win", "leave_queue": "calls" }
                    },
                    {
                        "id": "book", "name": "Book a call", "kind": "book_call",
                        "with": { "title": "Call {{ email }}" }
                    }
                ]
            },
            { "id": "won", "name": "Won", "category": "won", "final": true },
            { "id": "lost", "name": "Lost", "category": "lost", "final": true },
            { "id": "old", "name": "Old", "category": "open", "archived": true }
        ],
        "policy": {
            "moves": [
                {
                    "id": "talk", "label": "Talk", "from": [{ "stage": "new", "label": "Talk first" }],
                    "to": "talking", "roles": ["sales"], "when": "budget >= 10"
                },
                {
                    "id": "win", "label": "Win", "from": "talking", "to": "won",
                    "actions": [{ "id": "cheer", "name": "Cheer", "kind": "notify" }]
                },
                { "id": "lose", "label": "Lose", "from": "any_open", "to": "lost" },
                {
                    "id": "again", "label": "Talk again", "to": "talking",
                    "from": { "stage": "talking", "kind": "re_entry" }
                }
            ]
        },
        "roles": {
            "sales": { "can": ["create", "view", "act", "move"] },
            "boss": { "name": "Boss", "inherits": ["sales"], "can": ["force"] }
        },
        "queues": [{ "id": "calls", "name": "Calls", "stages": ["talking"] }],
        "workflows": [
            {
                "id": "care", "name": "Care", "stage": "talking",
                "tasks": [
                    { "id": "call", "title": "Call {{ email }}", "due": "2h", "assignee": "role:sales" },
                    { "id": "ask", "title": "Ask", "due": "2d", "at": "09:00", "remind": ["1h"], "after": "call" }
                ],
                "messages": [
                    { "id": "hi", "channel": "email", "subject": "Hi", "body": "Hello {{ email }}", "after": "1d" }
                ]
            }
        ],
        "automation": [
            {
                "id": "park", "on": { "after": "30d" }, "in": ["new"], "when": "budget < 5",
                "move": "lose", "input": { "reason": "price" }
            }
        ],
        "sla": [
            {
                "id": "answer", "name": "Answer", "in": ["category:open"], "within": "4h", "working_time": true,
                "calendar": "office", "met_by": ["call", "message"], "paused_in": ["talking"], "warn": ["1h"]
            }
        ],
        "idle_resets": ["call", "edit"],
        "conversion": { "into": "customers", "stage": "active", "deals": "deals", "move": "win" },
        "limits": { "stages": 20 }
    })
}

/// The base with an edit, as JSON.
pub(crate) fn edited(edit: impl FnOnce(&mut Value)) -> String {
    let mut document = base();
    edit(&mut document);
    document.to_string()
}

/// Puts `value` at `pointer`, whose parent exists.
pub(crate) fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(entries) => {
            entries.insert(key.replace("~1", "/").replace("~0", "~"), value);
        }
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{pointer}: {other} holds nothing"),
    }
}

/// Takes what is at `pointer` away.
pub(crate) fn cut(document: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(entries) => {
            entries.remove(key).unwrap();
        }
        Value::Array(items) => {
            items.remove(key.parse().unwrap());
        }
        other => panic!("{pointer}: {other} holds nothing"),
    }
}

/// Adds `value` to the list at `pointer`.
pub(crate) fn add(document: &mut Value, pointer: &str, value: Value) {
    document.pointer_mut(pointer).unwrap().as_array_mut().unwrap().push(value);
}

/// Everything said of a document, refused or not.
pub(crate) fn findings(json: &str) -> Vec<Finding> {
    findings_within(json, &Limits::default())
}

pub(crate) fn findings_within(json: &str, limits: &Limits) -> Vec<Finding> {
    match Pipeline::from_json_within(json, limits) {
        Ok(pipeline) => pipeline.warnings().to_vec(),
        Err(error) => {
            assert!(error.errors().next().is_some(), "refused without an error: {error}");
            error.findings().to_vec()
        }
    }
}

/// Code and place of everything said of the base with an edit.
pub(crate) fn places(edit: impl FnOnce(&mut Value)) -> Vec<(FindingCode, String)> {
    brief(&findings(&edited(edit)))
}

pub(crate) fn brief(findings: &[Finding]) -> Vec<(FindingCode, String)> {
    findings.iter().map(|finding| (finding.code(), finding.pointer().to_owned())).collect()
}

/// The same, written by hand.
pub(crate) fn at(list: &[(FindingCode, &str)]) -> Vec<(FindingCode, String)> {
    list.iter().map(|(code, pointer)| (*code, (*pointer).to_owned())).collect()
}
