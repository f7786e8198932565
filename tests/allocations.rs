//! What judges without allocating: verdicts, decisions without input and effects, listings, criteria.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use lifestage::criteria::{Criteria, Expr, FieldType, Interner, Scope, Slot, Truth};
use lifestage::{Actor, Capability, Decision, Pipeline, Record, Request, Timestamp, Verdict, Words, presets};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes unchanged to the system's allocator; the counter neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations<T>(work: impl FnOnce() -> T) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    black_box(work());
    ALLOCATIONS.with(Cell::get) - before
}

const NOW: Timestamp = Timestamp::from_seconds(1_772_442_000);

/// The lead pipeline with roles and a condition on `mark_contacted`.
fn pipeline() -> Pipeline {
    let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    let moves = document["policy"]["moves"].as_array_mut().unwrap();
    let mv = moves.iter_mut().find(|mv| mv["id"] == "mark_contacted").unwrap();
    mv["when"] =
        r#"budget >= 5000 && source in ["web", "referral"] && email != "" && consent == true"#.into();
    Pipeline::from_json(&document.to_string()).unwrap()
}

fn lead() -> Record {
    let lead = Record::new("lead-42").in_stage("new").with("budget", 7500).with("source", "web");
    lead.with("email", "ada@example.com").with("consent", true)
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| Box::new(1)), 1);
}

#[test]
fn a_verdict_over_slots_or_words_allocates_nothing() {
    let pipeline = pipeline();
    let sam = Actor::new("sam").with_role("sales");
    let (lead, scope) = (lead(), pipeline.scope());
    let slots: Vec<Slot<'_>> = scope
        .iter()
        .map(|(name, declared)| {
            lead.fields().get(name).map_or(Slot::Missing, |value| Slot::bind(value, declared))
        })
        .collect();
    let stage = pipeline.catalog().index_of("new");
    let mv = pipeline.policy().index_of("mark_contacted").unwrap();
    let contacted = Verdict::Moves(pipeline.catalog().index_of("contacted").unwrap());
    let mut verdict = None;
    let count =
        allocations(|| verdict = Some(pipeline.verdict(stage, mv, pipeline.who(&lead, &sam), &slots[..])));
    assert_eq!((count, verdict), (0, Some(contacted)));

    let interned: Vec<Option<u64>> = scope
        .iter()
        .zip(&slots)
        .map(|((name, _), slot)| match slot {
            Slot::Text(text) => pipeline.interner().slot(scope.lookup(name).unwrap().0, text).word(),
            other => other.word(),
        })
        .collect();
    let known =
        interned.iter().enumerate().filter(|(_, word)| word.is_some()).fold(0, |bits, (i, _)| bits | 1 << i);
    let words: Vec<u64> = interned.iter().map(|word| word.unwrap_or_default()).collect();
    let facts = Words { words: &words, known, present: known };
    let count =
        allocations(|| verdict = pipeline.verdict_by_words(stage, mv, pipeline.who(&lead, &sam), facts));
    assert_eq!((count, verdict), (0, Some(contacted)));
}

#[test]
fn a_granted_decision_without_input_and_effects_allocates_nothing() {
    let (pipeline, lead, sam) = (pipeline(), lead(), Actor::new("sam").with_role("sales"));
    for request in [Request::mv("mark_contacted"), Request::to("contacted")] {
        let by_stage = matches!(request.target(), lifestage::Target::Stage(_));
        let mut to = None;
        let count = allocations(|| {
            if let Decision::Moved(change) = pipeline.decide(&lead, &request, &sam, NOW) {
                to = change.to().map(|to| to.len());
            }
        });
        assert_eq!(to, Some("contacted".len()));
        // A target is first looked up among the steps, which are listed.
        assert!(count <= usize::from(by_stage), "{count} allocations");
    }
}

/// The lead pipeline where a role may do everything with its own records only.
fn for_owners() -> Pipeline {
    let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    let own: Vec<String> = Capability::ALL.iter().map(|capability| format!("{capability}:own")).collect();
    document["roles"]["agent"] = serde_json::json!({ "name": "Agent", "inherits": ["keeper"], "can": [] });
    document["roles"]["keeper"] = serde_json::json!({ "name": "Keeper", "can": own });
    Pipeline::from_json(&document.to_string()).unwrap()
}

#[test]
fn s55_a_permission_check_allocates_nothing() {
    let pipeline = for_owners();
    let (mine, theirs) = (lead().owned_by("sam"), lead().owned_by("eva"));
    let many = ["member", "nobody_knows_this_role", "keeper", "sales"];
    let agent = Actor::new("sam").with_role("agent");
    let busy = many.into_iter().fold(Actor::new("sam"), Actor::with_role);
    for (actor, allowed) in [(&agent, true), (&busy, true), (&Actor::new("sam"), false)] {
        for capability in Capability::ALL {
            let mut can = !allowed;
            assert_eq!(allocations(|| can = pipeline.can(&mine, actor, *capability)), 0, "{capability}");
            assert_eq!(can, allowed, "{capability}");
        }
        let mut moved = !allowed;
        let request = Request::mv("mark_contacted");
        let count = allocations(|| moved = pipeline.decide(&mine, &request, actor, NOW).refusal().is_none());
        assert_eq!(moved, allowed);
        assert!(!allowed || count == 0, "inherited, own, or one role of many: {count} allocations");
    }
    let mut can = true;
    assert_eq!(allocations(|| can = pipeline.can(&theirs, &agent, Capability::Move)), 0);
    assert!(!can, "the record is somebody else's");
}

#[test]
fn listing_moves_allocates_nothing() {
    let (pipeline, lead, sam) = (pipeline(), lead(), Actor::new("sam").with_role("sales"));
    let mut open = 0;
    assert_eq!(allocations(|| open = pipeline.moves(&lead, &sam, NOW).count()), 0);
    assert_eq!(open, 3);
    let (stage, who) = (pipeline.catalog().index_of("new"), pipeline.who(&lead, &sam));
    let none: [Slot<'_>; 0] = [];
    assert_eq!(allocations(|| open = pipeline.open_moves(stage, who, &none[..]).count()), 0);
    assert_eq!(open, 2);
}

#[test]
fn judging_criteria_allocates_nothing() {
    let mut scope = Scope::new();
    scope.declare("budget", FieldType::Int);
    let source = scope.declare("source", FieldType::String);
    let mut interner = Interner::new();
    for text in [r#"budget >= 5000 && source == "web""#, r#"budget / 2 > 2000 || source.startsWith("w")"#] {
        let expr = Expr::parse(text).unwrap();
        let criteria = Criteria::compile_with(expr, &scope, &mut interner).unwrap();
        for slot in [Slot::Text("web"), interner.slot(source, "web")] {
            let facts = [Slot::Int(7500), slot];
            let mut truth = Truth::Unknown;
            assert_eq!(allocations(|| truth = criteria.eval(&facts)), 0, "{text}");
            assert_eq!(truth, Truth::True, "{text}");
        }
    }
}
