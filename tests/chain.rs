//! S44: whatever is changed in a journal, `verify` names the first row that does not fit; an erased
//! row still does.

use lifestage::journal::{ChainError, Row, Salt, verify, verify_effects};
use lifestage::{Actor, Creation, Decision, Edit, Effect, Pipeline, Record, Request, Timestamp, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const PIPELINE: &str = r#"{
    "id": "p", "name": "P",
    "fields": { "note": "string" },
    "categories": [
        { "id": "open", "name": "Open", "outcome": "open" },
        { "id": "lost", "name": "Lost", "outcome": "lost" }
    ],
    "stages": [
        { "id": "a", "name": "A", "category": "open", "default": true },
        { "id": "b", "name": "B", "category": "open", "actions": [
            { "id": "mail", "name": "Mail", "kind": "send_email", "on": "enter", "with": { "to": "{{ note }}" } }
        ] },
        { "id": "c", "name": "C", "category": "lost", "input": { "reason": "string" } }
    ],
    "policy": { "free": true, "moves": [
        { "id": "ask", "label": "Ask", "from": "a", "to": "b", "approval": true }
    ] },
    "roles": { "all": { "can": ["create", "view", "move", "edit_fields", "correct", "approve", "force"] } }
}"#;

/// A record with its journal, and the effects of each row.
#[derive(Debug, Clone)]
struct Life {
    record: Record,
    rows: Vec<Row>,
    effects: Vec<Vec<Effect>>,
}

impl Life {
    fn take(&mut self, decision: Decision<'_>, salt: u8) {
        if let Some(change) = decision.change() {
            let sealed = change.seal(Salt::from_bytes([salt; 16]));
            self.record = sealed.record;
            self.rows.push(sealed.row);
            self.effects.push(sealed.effects);
        }
    }

    /// The first row that does not fit, its effects included.
    fn check(&self) -> Result<(), ChainError> {
        verify(&self.record, &self.rows)?;
        self.rows.iter().zip(&self.effects).try_for_each(|(row, effects)| verify_effects(row, effects))
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::Double),
        "\\PC{0,6}".prop_map(Value::from),
        Just(Value::from(vec!["x", "ü"])),
    ]
}

/// A life of a few rows of all kinds that such a pipeline has.
fn life() -> impl Strategy<Value = Life> {
    prop::collection::vec((0..8_u8, any::<u8>(), value()), 3..9).prop_map(|steps| {
        let pipeline = Pipeline::from_json(PIPELINE).unwrap();
        let (ada, bob) = (Actor::new("ada").with_role("all"), Actor::automation("bob").with_role("all"));
        let born = Record::new("r").with("score", 0.1);
        let mut life = Life { record: born.clone(), rows: Vec::new(), effects: Vec::new() };
        let mut now = Timestamp::from_seconds(1_772_442_000);
        life.take(pipeline.create(&born, &Creation::new(), &ada, now), 1);
        for (what, salt, value) in steps {
            now = Timestamp::from_micros(now.as_micros() + 1_000_001);
            let record = life.record.clone();
            let rows = life.rows.clone();
            let request = match what {
                0 => Request::to("a").with_key(format!("k{}", record.seq())).in_batch("x"),
                1 => Request::to("b"),
                2 => Request::to("c").with_input("reason", "price"),
                3 => Request::to("b").forced("because"),
                _ => Request::mv("ask"),
            };
            let edit = Edit::new().set("extra", value);
            let decision = match what {
                0..=4 => pipeline.decide(&record, &request, &ada, now),
                5 => pipeline.edit(&record, &edit, &bob, now),
                6 => pipeline.decide(&record, &Request::mv("ask"), &bob, now),
                _ => {
                    let began = &rows[record.visit() as usize - 1];
                    pipeline.undo(&record, began, "a slip", &Request::to("-"), &ada, now)
                }
            };
            life.take(decision, salt);
        }
        life
    })
}

/// Every place in a JSON value that holds no further places.
fn leaves(json: &Json, path: &str, found: &mut Vec<String>) {
    match json {
        Json::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| leaves(value, &format!("{path}/{key}"), found));
        }
        Json::Array(list) if !list.is_empty() => {
            list.iter().enumerate().for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

/// Other contents that a place could be given, whatever it holds.
fn others(held: &Json) -> Vec<Json> {
    let mut others = vec![
        json!("x"),
        json!(7),
        json!(true),
        json!(false),
        json!(0.25),
        json!("edit"),
        json!("move"),
        json!("won"),
        json!("across"),
        json!("forward"),
        json!("notify"),
        json!("exit"),
        json!("enter"),
        json!("2020-01-01T00:00:00Z"),
        json!("11".repeat(32)),
        json!("22".repeat(16)),
        json!([]),
        json!({}),
    ];
    if let Some(text) = held.as_str() {
        others.push(json!(format!("{text} ")));
    }
    if let Some(number) = held.as_i64().filter(|number| number.unsigned_abs() < 1 << 50) {
        others.extend([json!(number + 1), json!(number as f64)]);
    }
    others.retain(|other| other != held);
    others
}

/// Members that a row may have and this one may not, with a content.
fn additions() -> Json {
    let mark = json!({ "id": "a", "label": "A", "outcome": "open" });
    json!({
        "move": "x", "from": mark, "to": mark, "direction": "forward", "automation": true, "forced": true,
        "start_unknown": true, "reason": "x", "input": { "x": 1 }, "facts": [{ "name": "x" }],
        "was_closed_at": "2020-01-01T00:00:00Z", "was_lost_reason": "x", "refers_to": 1, "key": "x",
        "request": "11".repeat(32), "batch": "x", "salt": "22".repeat(16),
    })
}

/// Every row that differs from this one in a single place and can still be read.
fn edited(row: &Row) -> Vec<Row> {
    let json = serde_json::to_value(row).unwrap();
    let mut all: Vec<Json> = Vec::new();
    let mut places = Vec::new();
    leaves(&json, "", &mut places);
    for place in places {
        for other in others(json.pointer(&place).unwrap()) {
            let mut next = json.clone();
            *next.pointer_mut(&place).unwrap() = other;
            all.push(next);
        }
    }
    for (name, _) in json.as_object().unwrap() {
        let mut next = json.clone();
        next.as_object_mut().unwrap().remove(name);
        all.push(next);
    }
    for (name, content) in additions().as_object().unwrap() {
        let mut next = json.clone();
        next.as_object_mut().unwrap().entry(name.clone()).or_insert_with(|| content.clone());
        all.push(next);
    }
    let rows = all.into_iter().filter_map(|json| serde_json::from_value::<Row>(json).ok());
    rows.filter(|other| other != row).collect()
}

fn erase(life: &mut Life, at: usize) {
    let mut json = serde_json::to_value(&life.rows[at]).unwrap();
    for name in ["salt", "reason", "input", "facts", "was_lost_reason"] {
        json.as_object_mut().unwrap().remove(name);
    }
    life.rows[at] = serde_json::from_value(json).unwrap();
    life.effects[at].clear();
}

fn at(result: Result<(), ChainError>) -> Option<u64> {
    result.err().map(|error| error.seq())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_single_edit_of_any_field_of_any_row_is_found(life in life()) {
        prop_assert_eq!(life.check(), Ok(()));
        for place in 0..life.rows.len() {
            let variants = edited(&life.rows[place]);
            prop_assert!(variants.len() > 40);
            for other in variants {
                let mut tampered = life.clone();
                tampered.rows[place] = other.clone();
                // A journal that lost a row's number or record is bad at that place as well.
                prop_assert_eq!(at(tampered.check()), Some(place as u64 + 1), "{:#?}", other);
            }
        }
    }

    #[test]
    fn any_edit_of_any_effect_is_found(life in life()) {
        for (place, planned) in life.effects.iter().enumerate() {
            for (number, effect) in planned.iter().enumerate() {
                let json = serde_json::to_value(effect).unwrap();
                let mut places = Vec::new();
                leaves(&json, "", &mut places);
                for leaf in places {
                    for other in others(json.pointer(&leaf).unwrap()) {
                        let mut next = json.clone();
                        *next.pointer_mut(&leaf).unwrap() = other;
                        let Ok(next) = serde_json::from_value::<Effect>(next) else { continue };
                        if next == *effect {
                            continue;
                        }
                        let mut tampered = life.clone();
                        tampered.effects[place][number] = next;
                        prop_assert_eq!(at(tampered.check()), Some(place as u64 + 1), "{}", leaf);
                    }
                }
                let mut tampered = life.clone();
                tampered.effects[place].remove(number);
                prop_assert_eq!(at(tampered.check()), Some(place as u64 + 1));
            }
        }
    }

    #[test]
    fn removed_inserted_reordered_and_cut_off_rows_are_found(life in life()) {
        let count = life.rows.len();
        let check = |rows: Vec<Row>| at(verify(&life.record, &rows));
        for one in 0..count {
            let mut rows = life.rows.clone();
            rows.remove(one);
            // Without the last row the journal is cut off there.
            prop_assert_eq!(check(rows), Some(one as u64 + 1));
            prop_assert_eq!(check(life.rows[..one].to_vec()), Some(one as u64 + 1));
            for other in one + 1..count {
                let mut rows = life.rows.clone();
                rows.swap(one, other);
                prop_assert_eq!(check(rows), Some(one as u64 + 1));
            }
            for place in 0..=count {
                let mut rows = life.rows.clone();
                rows.insert(place, life.rows[one].clone());
                let first = rows.iter().zip(1_u64..).find(|(row, seq)| row.seq != *seq).unwrap().1;
                prop_assert_eq!(check(rows), Some(first));
            }
        }
    }

    /// A row rewritten with its hash is whole in itself: the row after it tells, or the record.
    #[test]
    fn a_rewritten_row_is_found_by_what_follows(life in life(), other in life()) {
        for place in 0..life.rows.len().min(other.rows.len()) {
            if life.rows[..place] != other.rows[..place] || life.rows[place] == other.rows[place] {
                continue;
            }
            let mut rows = life.rows.clone();
            rows[place] = other.rows[place].clone();
            let last = rows.len();
            prop_assert_eq!(at(verify(&life.record, &rows)), Some((place + 2).min(last) as u64));
        }
    }

    #[test]
    fn erased_rows_hold_and_are_still_guarded(life in life(), which in any::<u16>()) {
        let mut erased = life.clone();
        for place in (0..life.rows.len()).filter(|place| which & (1 << place) != 0) {
            erase(&mut erased, place);
        }
        prop_assert_eq!(erased.check(), Ok(()));
        for place in 0..life.rows.len() {
            let mut tampered = erased.clone();
            let mut json = serde_json::to_value(&tampered.rows[place]).unwrap();
            json["actor"] = json!("eve");
            tampered.rows[place] = serde_json::from_value(json).unwrap();
            prop_assert_eq!(at(tampered.check()), Some(place as u64 + 1));
        }
    }
}
