//! `docs/host-store.md` shows calls as they are: each example is made anew, in the order of the page, and compared.
//!
//! `LIFESTAGE_BLESS=1 cargo test -p lifestage-wire --test host_page` writes them.

use std::path::{Path, PathBuf};

use lifestage::Pipeline;
use lifestage::store::MemoryStore;
use lifestage_wire::{pipeline_call, serve};
use serde_json::{Value as Json, json};

const NOW: &str = "2026-03-02T09:00:00Z";
const WIDTH: usize = 120;

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/host-store.md")
}

/// A definition that has a bit of everything: a task, a queue, two stages.
fn definition() -> String {
    let definition = json!({
        "id": "tickets", "name": "Tickets", "record_kind": "ticket", "fields": { "email": { "type": "string" } },
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Solved", "outcome": "won" },
        ],
        "stages": [
            {
                "id": "new", "name": "New", "category": "open", "default": true,
                "actions": [{ "id": "look", "name": "Look", "kind": "create_task", "on": "enter" }],
            },
            { "id": "solved", "name": "Solved", "category": "won" },
        ],
        "queues": [{ "id": "desk", "name": "Desk", "stages": ["new"] }],
        "policy": { "moves": [{ "id": "solve", "label": "Solve", "from": "new", "to": "solved" }] },
        "roles": { "agent": { "can": ["create", "view", "move"] } },
    });
    definition.to_string()
}

/// What a ticket that comes in writes.
fn change(tickets: &Pipeline) -> Json {
    let input = json!({
        "record": { "id": "ticket-1", "stage": null, "fields": { "email": "ada@example.com" } },
        "creation": { "key": "form-7" }, "actor": { "id": "sam", "roles": ["agent"] }, "now": NOW,
        "salt": "00112233445566778899aabbccddeeff",
    });
    let told = pipeline_call(tickets, "create", &input.to_string()).unwrap();
    serde_json::from_str::<Json>(&told).unwrap()["change"].clone()
}

fn input(tickets: &Pipeline, method: &str) -> Json {
    let (pipeline, record, limit) = ("tickets", "ticket-1", 100);
    let mut input = match method {
        "publish" => json!({
            "publication": {
                "pipeline": pipeline, "version": 1, "replaces": null, "meaning": tickets.meaning(),
                "document": definition(), "published_by": "olga", "published_at": NOW,
            },
            "alongside": { "changes": [], "vacant": [], "migration": null },
        }),
        "published" | "migrations" => json!({}),
        "commit" => json!({ "changes": [change(tickets)], "mode": "per_item" }),
        "load" => json!({ "ids": [record, "ticket-2"] }),
        "receipt" => json!({ "key": "form-7" }),
        "effects" => json!({ "record": record, "seq": 1 }),
        "history" => json!({ "record": record, "after": 0, "limit": limit }),
        "rows" => {
            json!({ "record": record, "query": { "before": null, "kinds": ["creation"], "limit": limit } })
        }
        "feed" => json!({ "after": 0, "limit": limit }),
        "page" => json!({
            "query": { "pipeline": pipeline, "presence": "live", "stage": "new", "after": null, "limit": limit },
        }),
        "counts" => json!({ "pipeline": pipeline }),
        "find" => json!({ "field": "email", "value": "ada@example.com", "limit": limit }),
        "linked" => {
            json!({ "link": "customer", "target": "customer-1", "after": null, "limit": limit })
        }
        "queue" => json!({ "pipeline": pipeline, "queue": "desk", "after": null, "limit": limit }),
        "publication" => json!({ "pipeline": pipeline, "version": 2 }),
        "publications" => json!({ "pipeline": pipeline, "after": 1, "limit": limit }),
        "next_ready" => json!({ "kinds": ["create_task"] }),
        "claim" => json!({
            "claim": { "now": NOW, "until": "2026-03-02T09:05:00Z", "kinds": ["create_task"], "limit": 10 },
        }),
        "settle" => json!({
            "settlements": [{
                "record": record, "seq": 1, "index": 0, "lease": 1, "outcome": { "delivered": { "at": NOW } },
            }],
        }),
        "entry" => json!({ "effect": "ticket-1/1/0" }),
        "outbox" => {
            json!({ "query": { "record": record, "state": null, "after": null, "limit": limit } })
        }
        "tasks" => {
            json!({ "query": { "assignee": null, "due_before": null, "after": null, "limit": limit } })
        }
        "begin_migration" => json!({
            "migration": {
                "id": "tidy", "pipeline": pipeline, "into": pipeline, "version": 1, "map": { "new": "solved" },
                "reason": "closing time", "actor": { "id": "olga", "roles": ["owner"], "automation": false },
                "started_at": NOW,
            },
        }),
        "finish_migration" => json!({ "id": "tidy", "at": NOW }),
        other => panic!("no example of `{other}`"),
    };
    input["tenant"] = json!("acme");
    input
}

/// JSON with each part on one line that fits there.
fn laid_out(json: &Json, indent: usize) -> String {
    let spaced = |pairs: &mut dyn Iterator<Item = String>, open: char, close: char, wide: bool| {
        let parts: Vec<String> = pairs.collect();
        if wide {
            let pad = " ".repeat(indent);
            return format!("{open}\n{pad}  {}\n{pad}{close}", parts.join(&format!(",\n{pad}  ")));
        }
        let inner = if open == '{' { " " } else { "" };
        format!("{open}{inner}{}{inner}{close}", parts.join(", "))
    };
    let one = |wide: bool| match json {
        Json::Array(all) if !all.is_empty() => {
            spaced(&mut all.iter().map(|part| laid_out(part, indent + 2)), '[', ']', wide)
        }
        Json::Object(all) if !all.is_empty() => {
            let mut members =
                all.iter().map(|(name, part)| format!("{name:?}: {}", laid_out(part, indent + 2)));
            spaced(&mut members, '{', '}', wide)
        }
        other => other.to_string(),
    };
    let narrow = one(false);
    if narrow.len() + indent < WIDTH && !narrow.contains('\n') { narrow } else { one(true) }
}

/// The page with every pair of examples made anew.
fn render(page: &str) -> (String, usize) {
    let (store, tickets) = (MemoryStore::new(), Pipeline::from_json(&definition()).unwrap());
    let mut parts = page.split("\n### `");
    let (mut made, mut shown) = (parts.next().unwrap().to_owned(), 0);
    for part in parts {
        let (method, _) = part.split_once('`').unwrap();
        let (told, rest) = part.split_once("```json\n").unwrap();
        let rest = rest.splitn(4, "```").nth(3).unwrap();
        let input = input(&tickets, method);
        let answer: Json = serde_json::from_str(&serve(&store, method, &input.to_string()).unwrap()).unwrap();
        let (input, answer) = (laid_out(&input, 0), laid_out(&answer, 0));
        made += &format!("\n### `{told}```json\n{input}\n```\n```json\n{answer}\n```{rest}");
        shown += 1;
    }
    (made, shown)
}

#[test]
fn the_page_shows_calls_as_they_are() {
    let written = std::fs::read_to_string(page()).unwrap();
    let (made, shown) = render(&written);
    if std::env::var_os("LIFESTAGE_BLESS").is_some() {
        std::fs::write(page(), made).unwrap();
        return;
    }
    assert!(written == made, "docs/host-store.md shows other calls than there are");
    // One for each method of the table of functions.
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/lifestage.h");
    let header = std::fs::read_to_string(header).unwrap();
    let methods: Vec<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("  lifestage_store_method ")?.strip_suffix(';'))
        .collect();
    assert_eq!(shown, methods.len());
    for method in methods {
        assert!(written.contains(&format!("\n### `{method}`\n")), "`{method}` is not on the page");
    }
}
