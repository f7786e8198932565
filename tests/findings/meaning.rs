//! What a definition means survives being written and read, and changes with what decides and with
//! nothing else (S19).

use lifestage::definition::{ActionDef, Definition, InputDef, Named};
use lifestage::{Digest, Pipeline, presets};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::base::{add, base, cut, edited, set};

/// What is changed, and how.
type Edit = (&'static str, fn(&mut Value));

fn meaning(json: &str) -> lifestage::Digest {
    Pipeline::from_json(json).unwrap_or_else(|error| panic!("{error}\n{json}")).meaning()
}

/// The same as a document: looks taken out, and the rest written by serde.
fn as_written(document: &Definition) -> Digest {
    let unlabel = |inputs: &mut Named<InputDef>| inputs.iter_mut().for_each(|(_, input)| input.label.clear());
    let unname = |action: &mut ActionDef| (action.name, action.icon) = Default::default();
    let mut bare = document.clone();
    (bare.schema, bare.name, bare.description) = Default::default();
    for category in &mut bare.categories {
        (category.name, category.description) = Default::default();
        unlabel(&mut category.input);
    }
    for stage in &mut bare.stages {
        (stage.name, stage.description, stage.guidance) = Default::default();
        (stage.icon, stage.colour) = Default::default();
        stage.actions.iter_mut().for_each(unname);
        unlabel(&mut stage.input);
    }
    let mut known: Vec<String> = Vec::new();
    for mv in &mut bare.policy.moves {
        mv.description.clear();
        mv.actions.iter_mut().for_each(unname);
        unlabel(&mut mv.input);
        let labels = std::iter::once(&mut mv.label).chain(mv.from.0.iter_mut().map(|from| &mut from.label));
        for label in labels.filter(|label| !label.is_empty()) {
            if !known.contains(label) {
                known.push(label.clone());
            }
            *label = known.iter().position(|other| other == label).unwrap().to_string();
        }
    }
    bare.roles.iter_mut().for_each(|(_, role)| role.name.clear());
    bare.fields.iter_mut().for_each(|(_, field)| (field.label, field.indexed) = Default::default());
    bare.calendars.iter_mut().for_each(|calendar| calendar.name.clear());
    bare.sla.iter_mut().for_each(|sla| sla.name.clear());
    bare.queues.iter_mut().for_each(|queue| queue.name.clear());
    bare.workflows.iter_mut().for_each(|flow| flow.name.clear());
    Digest::of(&serde_json::to_vec(&bare).unwrap())
}

#[test]
fn it_is_the_digest_of_what_is_written() {
    let awkward = edited(|d| {
        set(d, "/stages/1/actions/0/with/text", json!("\u{1}\u{8}\t\n\u{c}\r\"\\/é\u{7f}"));
        set(d, "/policy/moves/0/when", json!("source == \"web\" || source == 'a\tb\\\\'"));
        set(d, "/stages/1/entry", json!({ "op": "has", "args": [{ "name": "email" }] }));
    });
    for (name, json) in
        presets::ALL.into_iter().chain([("base", &*base().to_string()), ("awkward", &awkward)])
    {
        let pipeline = Pipeline::from_json(json).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(pipeline.meaning(), as_written(pipeline.definition()), "{name}");
    }
}

#[test]
fn looks_do_not_count() {
    let looks: [(&str, Value); 20] = [
        ("/$schema", json!("elsewhere.json")),
        ("/name", json!("Other")),
        ("/description", json!("Other")),
        ("/categories/0/name", json!("Other")),
        ("/categories/0/description", json!("Other")),
        ("/categories/2/input/reason/label", json!("Other")),
        ("/stages/0/name", json!("Other")),
        ("/stages/0/description", json!("Other")),
        ("/stages/0/guidance", json!("Other")),
        ("/stages/0/icon", json!("ghost")),
        ("/stages/0/colour", json!("#123456")),
        ("/stages/1/actions/0/name", json!("Other")),
        ("/stages/1/actions/0/icon", json!("ghost")),
        ("/policy/moves/0/description", json!("Other")),
        ("/policy/moves/1/label", json!("Other")),
        ("/roles/boss/name", json!("Other")),
        ("/fields/source/label", json!("Other")),
        ("/queues/0/name", json!("Other")),
        ("/calendars/0/name", json!("Other")),
        ("/sla/0/name", json!("Other")),
    ];
    let before = meaning(&base().to_string());
    for (place, value) in looks {
        assert_eq!(meaning(&edited(|d| set(d, place, value))), before, "{place}");
    }
}

#[test]
fn what_decides_counts() {
    let edits: [Edit; 33] = [
        ("id", |d| set(d, "/id", json!("other"))),
        ("order of stages", |d| d["stages"].as_array_mut().unwrap().swap(0, 1)),
        ("order of categories", |d| d["categories"].as_array_mut().unwrap().swap(1, 2)),
        ("outcome", |d| set(d, "/categories/1/outcome", json!("lost"))),
        ("final", |d| cut(d, "/stages/3/final")),
        ("archived", |d| set(d, "/stages/4/archived", json!(false))),
        ("criteria of a move", |d| set(d, "/policy/moves/0/when", json!("budget >= 11"))),
        ("entry", |d| cut(d, "/stages/1/entry")),
        ("exit", |d| cut(d, "/stages/1/exit/applies_to")),
        ("required field", |d| cut(d, "/stages/1/leave_requires/0")),
        ("sources", |d| set(d, "/policy/moves/1/from", json!("any_open"))),
        ("roles of a move", |d| cut(d, "/policy/moves/0/roles")),
        ("capabilities", |d| add(d, "/roles/boss/can", json!("erase"))),
        ("input", |d| set(d, "/categories/2/input/reason/optional", json!(true))),
        ("effect", |d| set(d, "/stages/1/actions/0/with/text", json!("Hello"))),
        ("conversion", |d| set(d, "/conversion/stage", json!("new"))),
        ("zone", |d| cut(d, "/zone")),
        ("field of the zone", |d| cut(d, "/zone_field")),
        ("zone of a calendar", |d| set(d, "/calendars/0/zone", json!("UTC"))),
        ("hours", |d| cut(d, "/calendars/0/hours/mon/1")),
        ("holidays", |d| cut(d, "/calendars/0/holidays/0")),
        ("no calendar", |d| {
            cut(d, "/sla/0/calendar");
            cut(d, "/calendars");
        }),
        ("stages of a promise", |d| set(d, "/sla/0/in/0", json!("any_open"))),
        ("length of a promise", |d| set(d, "/sla/0/within", json!("240m"))),
        ("working time of a promise", |d| {
            cut(d, "/sla/0/working_time");
            cut(d, "/sla/0/calendar");
        }),
        ("calendar of a promise", |d| cut(d, "/sla/0/calendar")),
        ("what keeps a promise", |d| cut(d, "/sla/0/met_by/1")),
        ("pause of a promise", |d| cut(d, "/sla/0/paused_in")),
        ("warning of a promise", |d| cut(d, "/sla/0/warn")),
        ("no promise", |d| cut(d, "/sla")),
        ("resets of idle clocks", |d| cut(d, "/idle_resets/0")),
        ("no conversion", |d| cut(d, "/conversion")),
        ("a new move", |d| {
            add(d, "/policy/moves", json!({ "id": "x", "label": "X", "from": "new", "to": "won" }));
        }),
    ];
    let before = meaning(&base().to_string());
    for (what, edit) in edits {
        assert_ne!(meaning(&edited(edit)), before, "{what}");
    }
}

prop_compose! {
    /// A definition that is valid by construction: one open stage at least, the first the default.
    fn documents()(
        stages in prop::collection::vec((0_usize..4, any::<bool>(), "[A-Za-zÄ-ü ]{0,6}"), 1..8),
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>(), 0_i64..100), 0..12),
        roles in prop::collection::vec((any::<bool>(), any::<bool>()), 0..4),
        free in any::<bool>(),
        toggles in any::<(bool, bool)>(),
    ) -> Value {
        let outcomes = ["open", "won", "lost", "disqualified"];
        let categories: Vec<Value> =
            outcomes.iter().map(|outcome| json!({ "id": outcome, "name": outcome, "outcome": outcome })).collect();
        let stage = |(i, (category, is_final, name)): (usize, &(usize, bool, String))| json!({
            "id": format!("s{i}"), "name": format!("{name} {i}"), "default": i == 0,
            "category": outcomes[if i == 0 { 0 } else { *category }], "final": i > 0 && *is_final,
        });
        let list: Vec<Value> = stages.iter().enumerate().map(stage).collect();
        let steps: Vec<Value> = moves.iter().enumerate().filter_map(|(i, (from, to, guarded, least))| {
            let (from, to) = (from.index(list.len()), to.index(list.len()));
            let kind = if from == to { "re_entry" } else { "ordinary" };
            let mut mv = json!({
                "id": format!("m{i}"), "label": format!("Move {i}"), "to": format!("s{to}"),
                "from": [{ "stage": format!("s{from}"), "kind": kind }],
            });
            if *guarded {
                mv["when"] = json!(format!("budget>={least}  && has(email)"));
            }
            (list[from]["final"] == json!(false)).then_some(mv)
        }).collect();
        let roles: serde_json::Map<String, Value> = roles.iter().enumerate().map(|(i, (mover, inherits))| {
            let can = if *mover { json!(["move", "view:own"]) } else { json!(["view"]) };
            let parents = if *inherits && i > 0 { json!([format!("r{}", i - 1)]) } else { json!([]) };
            (format!("r{i}"), json!({ "can": can, "inherits": parents }))
        }).collect();
        json!({
            "id": "random", "name": "Random", "categories": categories, "stages": list, "roles": roles,
            "fields": { "budget": "int", "email": { "type": "string", "indexed": true } },
            "policy": { "free": free, "no_skipping": toggles.0, "no_backward": toggles.1, "moves": steps },
        })
    }
}

proptest! {
    #[test]
    fn a_definition_is_the_same_when_written_and_read(document in documents()) {
        let pipeline = Pipeline::from_json(&document.to_string()).unwrap();
        let again = Pipeline::from_json(&pipeline.to_json()).unwrap();
        prop_assert_eq!(again.definition(), pipeline.definition());
        prop_assert_eq!(again.meaning(), pipeline.meaning());
        prop_assert_eq!(again.warnings(), pipeline.warnings());
        let built = Pipeline::from_definition(pipeline.definition().clone()).unwrap();
        prop_assert_eq!(built.meaning(), pipeline.meaning());
        prop_assert_eq!(pipeline.meaning(), as_written(pipeline.definition()));
    }

    #[test]
    fn renaming_all_keeps_what_a_definition_means(document in documents()) {
        let mut renamed = document.clone();
        set(&mut renamed, "/name", json!("Other"));
        for (list, key) in [("/categories", "name"), ("/stages", "name"), ("/policy/moves", "label")] {
            for (i, item) in renamed.pointer_mut(list).unwrap().as_array_mut().unwrap().iter_mut().enumerate() {
                item[key] = json!(format!("Other {i}"));
                item["description"] = json!("Other");
            }
        }
        prop_assert_eq!(meaning(&renamed.to_string()), meaning(&document.to_string()));
    }

    #[test]
    fn another_order_means_something_else(document in documents()) {
        let mut turned = document.clone();
        let stages = turned["stages"].as_array_mut().unwrap();
        stages.reverse();
        let same = stages.len() == 1;
        prop_assert_eq!(meaning(&turned.to_string()) == meaning(&document.to_string()), same);
    }
}
