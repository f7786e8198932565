//! A batch over columns says of every row what the verdict over its facts says.

use lifestage::catalog::StageIx;
use lifestage::criteria::{FieldType, Slot};
use lifestage::policy::{MoveIx, RoleSet};
use lifestage::{Batch, BatchError, Bits, Code, Column, Pipeline, Who, presets};
use proptest::prelude::*;
use serde_json::json;

const SOURCES: [&str; 5] = ["web", "referral", "fair", "", "other"];

/// A pipeline with one move for each condition, from `a` and from no stage to `b` and back.
fn pipeline(conditions: &[String]) -> Option<Pipeline> {
    let moves = conditions.iter().enumerate().map(|(i, when)| {
        json!({
            "id": format!("m{i}"), "label": format!("M{i}"), "from": ["a", "none", "c"], "to": "b", "when": when,
            "roles": if i % 3 == 0 { vec!["r0"] } else { vec![] }, "owner_only": i % 4 == 1, "approval": i % 5 == 2,
        })
    });
    let back = json!({ "id": "back", "label": "Back", "from": "b", "to": "a", "input": { "why": "string" } });
    let text = json!({
        "id": "p", "name": "P",
        "fields": { "n": "int", "big": "int", "f": "double", "s": "string", "b": "bool", "at": "timestamp" },
        "categories": [{ "id": "open", "name": "Open", "outcome": "open" }],
        "stages": [
            { "id": "a", "name": "A", "category": "open", "default": true },
            { "id": "b", "name": "B", "category": "open", "enter_requires": ["n"] },
            { "id": "c", "name": "C", "category": "open", "exit": "b == true" },
        ],
        "roles": { "r0": { "can": ["move"] }, "r1": { "can": ["move:own"] }, "r2": { "can": ["view"] } },
        "policy": { "moves": moves.chain([back]).collect::<Vec<_>>() },
    });
    // A condition that can never hold is an error.
    Pipeline::from_json(&text.to_string()).ok()
}

fn condition() -> impl Strategy<Value = String> {
    let test = prop_oneof![
        (-5_i64..40).prop_map(|n| format!("n >= {n}")),
        (-5_i64..40).prop_map(|n| format!("n != {n}")),
        (-5_i64..40).prop_map(|n| format!("!(n < {n})")),
        Just("n in [3, 5, 9]".to_owned()),
        (-50_i64..50).prop_map(|n| format!("big > {n}")),
        (-50_i64..50).prop_map(|n| format!("!(big <= {n})")),
        Just(r#"s in ["web", "fair"]"#.to_owned()),
        Just(r#"s != """#.to_owned()),
        Just(r#"s == "referral""#.to_owned()),
        Just("b".to_owned()),
        Just("!b".to_owned()),
        Just("has(s)".to_owned()),
        Just("!has(big)".to_owned()),
        Just("f > 0.5".to_owned()),
        Just(r#"at > timestamp("1970-01-01T00:00:00.000010Z")"#.to_owned()),
        Just("n + 1 > 7".to_owned()),
        Just(r#"(n > 7 || s == "web")"#.to_owned()),
    ];
    prop::collection::vec(test, 1..4).prop_map(|tests| tests.join(" && "))
}

#[derive(Debug, Clone)]
struct Row {
    stage: u8,
    mv: u8,
    roles: u8,
    owner: bool,
    n: u32,
    big: i64,
    f: f64,
    source: usize,
    b: bool,
    at: i64,
    present: u8,
    why: bool,
}

fn row() -> impl Strategy<Value = Row> {
    let who = (prop_oneof![0_u8..5, Just(255)], 0_u8..8, 0_u8..16, any::<bool>());
    let numbers = (0_u32..40, -60_i64..60, 0.0..1.0, 0_i64..20);
    (who, numbers, 0..SOURCES.len(), any::<bool>(), any::<u8>(), any::<bool>()).prop_map(
        |((stage, mv, roles, owner), (n, big, f, at), source, b, present, why)| Row {
            stage,
            mv,
            roles,
            owner,
            n,
            big,
            f,
            source,
            b,
            at,
            // Most values are there.
            present: present | 0b0011_1111 << (present & 1),
            why,
        },
    )
}

/// What the verdict says of one row.
fn alone<C: Code>(pipeline: &Pipeline, row: &Row, forward_only: bool) -> C {
    let slots: Vec<Slot<'_>> = pipeline
        .scope()
        .iter()
        .map(|(name, _)| {
            let (bit, slot) = match name {
                "n" => (0, Slot::Int(row.n.into())),
                "big" => (1, Slot::Int(row.big)),
                "f" => (2, Slot::Double(row.f)),
                "s" => (3, Slot::Text(SOURCES[row.source])),
                "b" => (4, Slot::Bool(row.b)),
                "at" => (5, Slot::Timestamp(lifestage::Timestamp::from_micros(row.at))),
                "input.why" => return if row.why { Slot::Text("so") } else { Slot::Missing },
                _ => return Slot::Missing,
            };
            if row.present >> bit & 1 == 1 { slot } else { Slot::Missing }
        })
        .collect();
    let stage = (row.stage != 255).then(|| StageIx::new(row.stage.into()));
    let who = Who { roles: RoleSet::from_bits(row.roles.into()), is_owner: row.owner, forward_only };
    pipeline.verdict(stage, MoveIx::new(row.mv.into()), who, &slots[..]).code()
}

fn together<C: Code>(pipeline: &Pipeline, rows: &[Row], interned: bool, forward_only: bool) -> Vec<C> {
    let column = |value: fn(&Row) -> u8| rows.iter().map(value).collect::<Vec<u8>>();
    let (stages, moves, roles) = (column(|r| r.stage), column(|r| r.mv), column(|r| r.roles));
    let flags = column(|r| u8::from(r.owner) | u8::from(r.b) << 3 | u8::from(r.why) << 7);
    let present = column(|r| r.present);
    let slot = |name: &str| pipeline.scope().lookup(name).unwrap().0;
    let n: Vec<u32> = rows.iter().map(|r| r.n).collect();
    let big: Vec<i64> = rows.iter().map(|r| r.big).collect();
    let f: Vec<f64> = rows.iter().map(|r| r.f).collect();
    let at: Vec<i64> = rows.iter().map(|r| r.at).collect();
    let texts: Vec<&str> = rows.iter().map(|r| SOURCES[r.source]).collect();
    let why: Vec<&str> = rows.iter().map(|_| "so").collect();
    let symbol =
        |text: &&str| pipeline.interner().symbol(slot("s"), text).map_or(0, |symbol| symbol.number());
    let symbols: Vec<u8> = texts.iter().map(symbol).collect();
    // Where no condition names `s`, any symbol will do.
    let s = if interned { Column::Symbols(&symbols) } else { Column::Texts(&texts) };
    let bit = |column, bit| Bits { column, bit };
    let mut batch = Batch::new(&stages[..], &moves[..], &roles[..])
        .owned(bit(&flags, 0))
        .with_some(slot("n"), Column::Naturals(&n), bit(&present, 0))
        .with_some(slot("big"), Column::Ints(&big), bit(&present, 1))
        .with_some(slot("f"), Column::Doubles(&f), bit(&present, 2))
        .with_some(slot("s"), s, bit(&present, 3))
        .with_some(slot("b"), Column::Bools(bit(&flags, 3)), bit(&present, 4))
        .with_some(slot("at"), Column::Micros(&at), bit(&present, 5))
        .with_some(slot("input.why"), Column::Texts(&why), bit(&flags, 7));
    if forward_only {
        batch = batch.forward_only();
    }
    let mut codes = vec![C::default(); rows.len()];
    pipeline.decide_batch(&batch, &mut codes).unwrap();
    codes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    // Few rows are judged one by one, many by the table: the lists are repeated to get there.
    #[test]
    fn a_batch_says_what_the_verdict_says(
        conditions in prop::collection::vec(condition(), 1..7),
        rows in prop::collection::vec(row(), 1..80),
        repeats in prop_oneof![Just(1_usize), Just(60)],
        interned in any::<bool>(),
        forward_only in any::<bool>(),
    ) {
        let Some(pipeline) = pipeline(&conditions) else { return Err(TestCaseError::reject("never holds")) };
        // Some condition needs the text of `s`: then there are no symbols of it.
        let slot = pipeline.scope().lookup("s").unwrap().0;
        let interned = interned && pipeline.interner().symbol(slot, "web").is_some();
        let rows: Vec<Row> = rows.iter().cycle().take(rows.len() * repeats).cloned().collect();
        let alone: Vec<u8> = rows.iter().map(|row| alone(&pipeline, row, forward_only)).collect();
        prop_assert_eq!(together::<u8>(&pipeline, &rows, interned, forward_only), alone);
    }
}

#[test]
fn wide_codes_and_columns_say_the_same() {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    let sales = lead.roles().set(["sales"]).bits();
    let pairs: Vec<(u16, u16)> = (0..11_000).map(|i| (i % 10, i / 10 % 11)).collect();
    let narrow: (Vec<u8>, Vec<u8>) = pairs.iter().map(|(s, m)| (*s as u8, *m as u8)).unzip();
    let wide: (Vec<u32>, Vec<u64>) = pairs.iter().map(|(s, m)| (u32::from(*s), u64::from(*m))).unzip();
    let roles = vec![sales; pairs.len()];
    let (mut small, mut large) = (vec![0_u8; pairs.len()], vec![0_u16; pairs.len()]);
    lead.decide_batch(&Batch::new(&narrow.0[..], &narrow.1[..], &roles[..]), &mut small).unwrap();
    lead.decide_batch(&Batch::new(&wide.0[..], &wide.1[..], &roles[..]), &mut large).unwrap();
    let widened: Vec<u16> = small
        .iter()
        .map(|code| if *code > 200 { u16::MAX - u16::from(u8::MAX - code) } else { u16::from(*code) })
        .collect();
    assert_eq!(widened, large);
    // Of the 9 by 10 pairs that there are 22 go; each comes a hundred times.
    assert_eq!(small.iter().filter(|code| **code < 200).count(), 2_200);
}

#[test]
fn columns_of_other_lengths_are_refused() {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    let batch = Batch::new(&[0_u8, 1][..], &[0_u8][..], &[1_u8, 1][..]);
    let error = lead.decide_batch(&batch, &mut [0_u8; 2]).unwrap_err();
    assert_eq!(error, BatchError::Length { column: "move", len: 1, rows: 2 });
    assert_eq!(error.to_string(), "a column of `move` has 1 rows, where the answers have 2");
}

#[test]
fn types_of_the_scope_are_those_of_the_columns() {
    let pipeline = pipeline(&["n > 1".to_owned()]).unwrap();
    assert_eq!(pipeline.scope().lookup("input.why").map(|(_, declared)| declared), Some(FieldType::String));
}
