use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::sample::mark;
use super::{Full, Sample, TENANT, apply, assert_sound, commit_one, history, load, ok};
use crate::catalog::Outcome;

use crate::digest::Digest;
use crate::effect::{Effect, EffectKind, EffectTrigger};
use crate::journal::{Direction, FactChange, OWNER, Origin, RowKind};
use crate::record::{Link, Proposal};
use crate::store::{CommitOutcome, Tally};
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// A change in which every part that can be there is.
fn full(record: &crate::Record) -> Sample {
    let mut sample = Sample::mv(record, "won").with("phone", "555").keyed("k-1", "move").with_effects(1);
    let input = Fields::from_iter([("amount", Value::from(12.5)), ("note", Value::from("fine"))]);
    let row = &mut sample.row;
    row.automation = true;
    row.forced = true;
    row.start_unknown = true;
    row.reason = Some("because".into());
    row.input = input.clone();
    row.facts.push(FactChange { name: OWNER.into(), old: None, new: Some("sam".into()) });
    row.facts.push(FactChange { name: "fax".into(), old: Some("1".into()), new: None });
    row.was_closed_at = Some(Timestamp::from_micros(-1));
    row.was_lost_reason = Some("price".into());
    row.refers_to = Some(1);
    row.effective_at = Timestamp::from_micros(-62_135_596_800_000_000);
    row.recorded_at = Timestamp::from_micros(i64::MAX);
    row.batch = Some("import-7".into());
    row.definition = u32::MAX;
    let record = &mut sample.record;
    record.closed_at = Some(Timestamp::from_micros(0));
    record.lost_reason = Some("price".into());
    record.owner = Some("sam".into());
    record.definition = u32::MAX;
    record.last_at = None;
    record.created_at = None;
    record.memory.fired.push("welcome".into());
    record.memory.proposals.push(Proposal {
        seq: 1,
        mv: "mark_won".into(),
        by: "sam".into(),
        input,
        visit: 1,
        meaning: Digest::of(b"meaning"),
    });
    let link = |sample: Sample, link: Link| sample.linked(link, Some(link.name()));
    Link::ALL.into_iter().fold(sample.reserving(Some("ada@x.org")), link)
}

pub(super) fn keeps_every_part_of_a_row(store: &dyn Full) {
    let mut record = apply(store, Sample::creation("lead-1").in_stage(None));
    let mut rows = history(store, "lead-1");
    let change = full(&record).sealed();
    assert_eq!(commit_one(store, &change), CommitOutcome::Applied);
    assert_eq!(load(store, "lead-1"), Some(change.record.clone()));
    assert_eq!(ok(store.receipt(TENANT, "k-1")), Some(change.row.clone()));
    record = change.record;
    rows.push(change.row);
    let directions = Direction::ALL.into_iter().cycle();
    let outcomes = Outcome::ALL.into_iter().cycle();
    let kinds = RowKind::ALL.into_iter().filter(|kind| *kind != RowKind::Erasure);
    for ((kind, direction), outcome) in kinds.zip(directions).zip(outcomes) {
        let mut sample = Sample::edit(&record, "phone", kind.name());
        sample.row.kind = kind;
        sample.row.direction = Some(direction);
        sample.row.origin =
            (kind == RowKind::Migration).then(|| Origin { pipeline: "deals".into(), definition: 7 });
        sample.row.to = Some(crate::journal::StageMark { outcome, ..mark("won") });
        sample.record.trashed_at = match kind {
            RowKind::Deletion => Some(sample.row.effective_at),
            RowKind::Restoration => None,
            _ => sample.record.trashed_at,
        };
        let change = sample.sealed();
        assert_eq!(commit_one(store, &change), CommitOutcome::Applied, "kind {}", kind.name());
        assert_eq!(load(store, "lead-1").as_ref(), Some(&change.record), "kind {}", kind.name());
        record = change.record;
        rows.push(change.row);
    }
    assert_eq!(history(store, "lead-1"), rows);
    assert_sound(store, "lead-1", rows.len());
}

pub(super) fn keeps_every_kind_of_value(store: &dyn Full) {
    let many: Vec<SmolStr> = (0..300).map(|n| smol_str::format_smolstr!("item {n}")).collect();
    let values = [
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(0),
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        Value::Double(1.0),
        Value::Double(-0.0),
        Value::Double(0.1 + 0.2),
        Value::Double(f64::MIN_POSITIVE),
        Value::Double(f64::MAX),
        Value::Double(5e-324),
        Value::Double(1e22),
        Value::Double(9_007_199_254_740_993.0),
        Value::Double(2.225_073_858_507_201e-308),
        Value::from(""),
        Value::from("1"),
        Value::from("null"),
        Value::from("2026-03-01T08:30:00Z"),
        Value::List(vec![]),
        Value::List(many),
        Value::from("long ".repeat(20_000)),
    ];
    let mut sample = Sample::creation("lead-1");
    for (value, n) in values.iter().zip(0..) {
        sample = sample.with(&alloc::format!("field_{n}"), value.clone());
    }
    sample.row.input = sample.record.fields.clone();
    let change = sample.sealed();
    assert_eq!(commit_one(store, &change), CommitOutcome::Applied);
    let loaded = load(store, "lead-1");
    let fields = loaded.as_ref().map(|record| record.fields().clone()).unwrap_or_default();
    for (value, n) in values.iter().zip(0..) {
        let kept = fields.get(&alloc::format!("field_{n}"));
        assert_eq!(kept, Some(value));
        if let (Some(Value::Double(kept)), Value::Double(value)) = (kept, value) {
            assert_eq!(kept.to_bits(), value.to_bits(), "to the bit: {value:?}");
        }
    }
    assert_eq!(loaded, Some(change.record));
    assert_sound(store, "lead-1", 1);
}

pub(super) fn keeps_hostile_text(store: &dyn Full) {
    let long = "x".repeat(5_000);
    let texts = [
        "'; DROP TABLE records; --",
        "\"double\" `back` [square] $dollar ?1 :name @at %percent _under",
        "back\\slash \\u0000 \\x00 {\"json\": [1]}",
        "nul\0inside",
        "\u{1}\u{7f}\u{85}\u{a0}\u{feff}\u{2028}",
        "tab\tnewline\ncarriage\r",
        "Zoë Ångström 東京 👩‍👩‍👧 e\u{301} ﷺ \u{10ffff}",
        "ends with nul\0",
        " leading and trailing ",
        "NULL",
        long.as_str(),
    ];
    for text in texts {
        let mut sample = Sample::creation(text)
            .in_pipeline(text)
            .in_stage(Some(text))
            .with("email", text)
            .with(text, text)
            .by(text)
            .keyed(text, text)
            .with_effects(1);
        sample.record.owner = Some(text.into());
        sample.row.facts.push(FactChange { name: OWNER.into(), old: None, new: Some(text.into()) });
        sample.row.reason = Some(text.into());
        sample.row.batch = Some(text.into());
        for effect in &mut sample.effects {
            effect.action = text.into();
            effect.args.insert(text, text);
        }
        let change = sample.sealed();
        assert_eq!(commit_one(store, &change), CommitOutcome::Applied, "{text:?}");
        assert_eq!(load(store, text), Some(change.record), "{text:?}");
        assert_eq!(history(store, text), core::slice::from_ref(&change.row), "{text:?}");
        assert_eq!(ok(store.receipt(TENANT, text)), Some(change.row), "{text:?}");
        assert_eq!(ok(store.effects(TENANT, text, 1)), change.effects, "{text:?}");
        assert_eq!(ok(store.find(TENANT, "email", text, 9)), [text], "{text:?}");
        assert_eq!(ok(store.find(TENANT, text, text, 9)), [text], "{text:?}");
        let tally = Tally { stage: Some(text.into()), live: 1, trashed: 0 };
        assert_eq!(ok(store.counts(TENANT, text)), [tally], "{text:?}");
        assert_sound(store, text, 1);
    }
    let feed = ok(store.feed(TENANT, crate::store::FeedCursor::START, 99));
    assert_eq!(feed.len(), texts.len(), "one row each");
    assert_eq!(ok(store.find(TENANT, "email", "nul", 9)), [] as [&str; 0], "not by the part before a NUL");
    assert_eq!(ok(store.find(TENANT, "email", "null", 9)), [] as [&str; 0], "exactly");
}

pub(super) fn keeps_effects_in_order(store: &dyn Full) {
    let new = apply(store, Sample::creation("lead-1"));
    let mut sample = Sample::mv(&new, "contacted");
    let triggers = EffectTrigger::ALL;
    let all = EffectKind::ALL.into_iter().zip(triggers.into_iter().cycle());
    sample.effects = all
        .zip(0_u16..)
        .map(|((kind, trigger), index)| Effect {
            record: "lead-1".into(),
            seq: 2,
            index,
            action: smol_str::format_smolstr!("action-{}", 20 - index),
            kind,
            trigger,
            visit: 2,
            at: (index % 2 == 1).then_some(Timestamp::from_micros(i64::from(index))),
            due: (index % 3 == 1).then_some(Timestamp::from_micros(-i64::from(index))),
            assignee: (index % 4 == 1).then(|| smol_str::format_smolstr!("person-{index}")),
            after: index.checked_sub(7),
            after_row: (index == 9).then_some(1),
            bound: index % 5 == 1,
            reported: index % 6 == 1,
            depth: index % 3,
            args: Fields::from_iter([("n", Value::from(i64::from(index))), ("f", Value::from(1.0))]),
            missing: (0..index).map(|n| SmolStr::from(n.to_string())).collect(),
        })
        .collect();
    let change = sample.sealed();
    assert_eq!(commit_one(store, &change), CommitOutcome::Applied);
    let effects = ok(store.effects(TENANT, "lead-1", 2));
    assert_eq!(effects, change.effects, "S46");
    ok(crate::journal::verify_effects(&change.row, &effects));
    assert_eq!(ok(store.effects(TENANT, "lead-1", 1)), []);
    assert_eq!(ok(store.effects(TENANT, "nobody", 1)), []);
}

pub(super) fn keeps_facts_through_moves(store: &dyn Full) {
    let new = apply(store, Sample::creation("lead-1").with("email", "a@x.org").with("budget", 5));
    let contacted = apply(store, Sample::mv(&new, "contacted"));
    assert_eq!(ok(store.find(TENANT, "email", "a@x.org", 9)), ["lead-1"]);
    let mut gone = Sample::edit(&contacted, "email", "b@x.org");
    gone.record.fields.remove("budget");
    gone.row.facts.push(FactChange { name: "budget".into(), old: Some(5.into()), new: None });
    let edited = apply(store, gone);
    assert_eq!(ok(store.find(TENANT, "email", "a@x.org", 9)), Vec::<SmolStr>::new());
    assert_eq!(ok(store.find(TENANT, "email", "b@x.org", 9)), ["lead-1"]);
    let won = apply(store, Sample::mv(&edited, "won"));
    assert_eq!(load(store, "lead-1"), Some(won));
    assert_sound(store, "lead-1", 4);
}

pub(super) fn keeps_a_chain_that_verifies(store: &dyn Full) {
    let mut record = apply(store, Sample::creation("lead-1").with("email", "a@x.org"));
    for n in 0..40_u16 {
        let stage = String::from(if n % 2 == 0 { "contacted" } else { "new" });
        record = apply(store, Sample::mv(&record, stage).with_effects(n % 3));
    }
    assert_eq!(record.visits_of("contacted"), 20);
    assert_sound(store, "lead-1", 41);
    for row in history(store, "lead-1") {
        ok(crate::journal::verify_effects(&row, &ok(store.effects(TENANT, "lead-1", row.seq))));
    }
}
