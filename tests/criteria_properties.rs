//! Properties of criteria that hold for all expressions and all facts.
#![allow(unreachable_pub, dead_code, reason = "the generator is shared with another test")]

#[path = "criteria/random.rs"]
mod random;

use lifestage::criteria::{Criteria, Expr, Interner, Overlap, Slot, SlotIx, Source, Truth};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use random::{Choices, Dialect, NAMES, Writer, choices, record, scope, slots};

fn writer(choices: &mut Choices) -> Writer<'_> {
    Writer { choices, dialect: Dialect::Ours }
}

fn compile(text: &str) -> Criteria {
    Criteria::parse(text, &scope()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// Any tree, well typed or not.
fn tree(c: &mut Choices, depth: usize) -> Json {
    match if depth == 0 { c.below(8) } else { c.below(20) } {
        0 => json!({"value": ([1, -1, i64::MIN, i64::MAX, 0][c.below(5)])}),
        1 => json!({"value": ([0.5, -0.5, 1e300, -0.0, 5e-324][c.below(5)])}),
        2 => json!({"value": c.one(&["", "a", "\"\\\n\r\t\u{7f}\u{0}", "日本", "it's"])}),
        3 => json!({"name": c.one(&["a", "actor.id", "input.in", "_x9", "size"])}),
        4 => json!({"value": c.below(2) == 0}),
        5 => json!({"value": null}),
        6 => json!({"value": ["x", 1, 0.5, true]}),
        7 => json!({"value": ([3, -3][c.below(2)]), "type": "double"}),
        8 | 9 => {
            let elements: Vec<Json> = (0..c.below(4)).map(|_| tree(c, depth - 1)).collect();
            json!({"list": elements})
        }
        10..=13 => {
            let args: Vec<Json> = (0..c.below(4)).map(|_| tree(c, depth - 1)).collect();
            json!({"op": c.one(&["&&", "||"]), "args": args})
        }
        14 => json!({"op": "?:", "args": [tree(c, depth - 1), tree(c, depth - 1), tree(c, depth - 1)]}),
        15 => {
            let op = c.one(&["!", "-", "has", "size", "timestamp", "duration"]);
            json!({"op": op, "args": [tree(c, depth - 1)]})
        }
        _ => {
            let op = c.one(&[
                "==",
                "!=",
                "<",
                "<=",
                ">",
                ">=",
                "in",
                "+",
                "-",
                "*",
                "/",
                "%",
                "startsWith",
                "endsWith",
                "contains",
                "matches",
            ]);
            json!({"op": op, "args": [tree(c, depth - 1), tree(c, depth - 1)]})
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tree_and_text_lead_back_to_each_other(mut c in choices()) {
        let json = tree(&mut c, 5);
        let expr: Expr = serde_json::from_value(json).unwrap();
        let text = expr.to_string();
        let again = Expr::parse(&text).unwrap();
        prop_assert_eq!(&again, &expr, "{}", text);
        prop_assert_eq!(again.to_string(), text);
        let written = serde_json::to_string(&expr).unwrap();
        prop_assert_eq!(serde_json::from_str::<Expr>(&written).unwrap(), expr, "{}", written);
    }

    #[test]
    fn canonical_text_means_the_same(mut c in choices()) {
        let text = writer(&mut c).bool(4);
        let criteria = compile(&text);
        let canonical = compile(&criteria.to_string());
        prop_assert_eq!(&canonical, &criteria);
        let source: Source = serde_json::from_value(serde_json::to_value(criteria.expr()).unwrap()).unwrap();
        prop_assert_eq!(source.expr().unwrap(), criteria.expr());
        for _ in 0..4 {
            let record = record(&mut c, true);
            prop_assert_eq!(canonical.eval(slots(&record).as_slice()), criteria.eval(slots(&record).as_slice()));
        }
    }

    #[test]
    fn table_and_walk_agree(mut c in choices()) {
        let conjunction = writer(&mut c).conjunction();
        let flat = compile(&conjunction);
        // A disjunction is not split into rows.
        let walked = compile(&format!("({conjunction}) || false"));
        for _ in 0..6 {
            let record = record(&mut c, true);
            let slots = slots(&record);
            prop_assert_eq!(flat.eval(slots.as_slice()), walked.eval(slots.as_slice()), "{}: {:?}", conjunction, slots);
        }
    }

    #[test]
    fn symbols_and_words_say_what_texts_say(mut c in choices()) {
        let scope = scope();
        let mut interner = Interner::new();
        let texts: Vec<String> = (0..3)
            .map(|i| if i == 2 { writer(&mut c).bool(2) } else { writer(&mut c).conjunction() })
            .collect();
        let criteria: Vec<Criteria> = texts
            .iter()
            .map(|text| Criteria::compile_with(Expr::parse(text).unwrap(), &scope, &mut interner).unwrap())
            .collect();
        for _ in 0..4 {
            let record = record(&mut c, true);
            let plain = slots(&record);
            let interned: Vec<Slot<'_>> = plain
                .iter()
                .enumerate()
                .map(|(i, slot)| match slot {
                    Slot::Text(text) => interner.slot(SlotIx::new(i as u32), text),
                    other => *other,
                })
                .collect();
            let words: Vec<u64> = interned.iter().map(|slot| slot.word().unwrap_or_default()).collect();
            let bits = |test: &dyn Fn(&Slot<'_>) -> bool| {
                interned.iter().enumerate().filter(|(_, slot)| test(slot)).fold(0_u64, |set, (i, _)| set | 1 << i)
            };
            let (known, present) = (bits(&|slot| slot.word().is_some()), bits(&|slot| slot.is_present()));
            for (criteria, text) in criteria.iter().zip(&texts) {
                let truth = criteria.eval(plain.as_slice());
                prop_assert_eq!(criteria.eval(interned.as_slice()), truth, "{}: {:?}", text, interned);
                prop_assert_eq!(criteria.explain(interned.as_slice()).truth, Some(truth), "{}", text);
                let texts_are_symbols = !interned.iter().any(|slot| matches!(slot, Slot::Text(_)));
                if let Some(packed) = criteria.pack().filter(|_| texts_are_symbols) {
                    prop_assert_eq!(packed.eval(&words, known, present), truth, "{}: {:?}", text, interned);
                }
            }
        }
    }

    #[test]
    fn explanation_agrees_with_evaluation(mut c in choices()) {
        let text = writer(&mut c).bool(4);
        let criteria = compile(&text);
        for _ in 0..4 {
            let record = record(&mut c, true);
            let slots = slots(&record);
            let truth = criteria.eval(slots.as_slice());
            let explanation = criteria.explain(slots.as_slice());
            prop_assert_eq!(explanation.truth, Some(truth), "{}: {:?}", text, slots);
            prop_assert_eq!(explanation.reason.is_some(), truth == Truth::Unknown, "{}: {:?}", text, explanation);
            let failures = criteria.failures(slots.as_slice());
            prop_assert_eq!(failures.is_empty(), truth == Truth::True, "{}", text);
            prop_assert_eq!(failures.iter().map(|failure| failure.truth).min().unwrap_or(Truth::True), truth);
            for name in failures.iter().flat_map(|failure| &failure.missing) {
                let at = NAMES.iter().position(|(known, _)| known == name).unwrap();
                prop_assert!(record[at].is_none(), "{}: {} is not missing", text, name);
            }
        }
    }

    #[test]
    fn what_never_or_always_holds_does_so(mut c in choices()) {
        let text = if c.below(2) == 0 { writer(&mut c).conjunction() } else { writer(&mut c).bool(3) };
        let criteria = compile(&text);
        for _ in 0..8 {
            let record = record(&mut c, true);
            let truth = criteria.eval(slots(&record).as_slice());
            prop_assert!(!criteria.never_holds() || truth != Truth::True, "{}: {:?}", text, record);
            prop_assert!(!criteria.always_holds() || truth == Truth::True, "{}: {:?}", text, record);
        }
    }

    #[test]
    fn overlap_is_sound_and_its_witness_bears_witness(mut c in choices()) {
        let simple = c.below(4) > 0;
        let mut one = || if simple { writer(&mut c).conjunction() } else { writer(&mut c).bool(2) };
        let (first, second) = (one(), one());
        let (a, b) = (compile(&first), compile(&second));
        match Criteria::overlap(&a, &b) {
            Overlap::Undecided => prop_assert!(!simple, "{} and {}", first, second),
            Overlap::Disjoint => {
                for _ in 0..8 {
                    let record = record(&mut c, false);
                    let slots = slots(&record);
                    let both = a.eval(slots.as_slice()).min(b.eval(slots.as_slice()));
                    prop_assert!(both != Truth::True, "{} and {}: {:?}", first, second, record);
                }
            }
            Overlap::Overlaps(witness) => {
                let record: Vec<_> = NAMES.iter().map(|(name, _)| witness.get(name).cloned()).collect();
                let slots = slots(&record);
                prop_assert_eq!(a.eval(slots.as_slice()), Truth::True, "{}: {:?}", first, record);
                prop_assert_eq!(b.eval(slots.as_slice()), Truth::True, "{}: {:?}", second, record);
            }
        }
        prop_assert!(!a.never_holds() || Criteria::overlap(&a, &a) == Overlap::Disjoint);
        prop_assert!(!simple || a.never_holds() || matches!(Criteria::overlap(&a, &a), Overlap::Overlaps(_)));
    }

    #[test]
    fn no_text_and_no_json_breaks_the_readers(text in ".{0,60}", mut c in choices()) {
        if let Ok(expr) = Expr::parse(&text) {
            prop_assert_eq!(Expr::parse(&expr.to_string()).unwrap(), expr);
        }
        // A good text with one byte range cut out.
        let good = writer(&mut c).bool(3);
        let (from, to) = (c.below(good.len()), c.below(good.len()));
        if let (Some(head), Some(tail)) = (good.get(..from.min(to)), good.get(from.max(to)..))
            && let Err(error) = Expr::parse(&format!("{head}{tail}"))
        {
            prop_assert!(error.span().is_some_and(|span| span.end <= head.len() + tail.len()), "{:?}", error);
        }
    }
}
