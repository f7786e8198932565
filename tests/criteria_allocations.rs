//! Evaluation allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use lifestage::criteria::{Criteria, Expr, FieldType, Interner, Scope, Slot, SlotIx, Truth};
use lifestage::{SmolStr, Span, Timestamp};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes unchanged to the system allocator; only a counter of the thread is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`; the block came from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations<T>(call: impl FnOnce() -> T) -> (T, u64) {
    let before = ALLOCATIONS.with(Cell::get);
    let result = call();
    (result, ALLOCATIONS.with(Cell::get) - before)
}

#[test]
fn evaluation_allocates_nothing() {
    let mut scope = Scope::new();
    for (name, ty) in [
        ("budget", FieldType::Int),
        ("source", FieldType::String),
        ("email", FieldType::String),
        ("consent", FieldType::Bool),
        ("tags", FieldType::List),
        ("entered", FieldType::Timestamp),
        ("now", FieldType::Timestamp),
        ("price", FieldType::Double),
    ] {
        scope.declare(name, ty);
    }
    let mut interner = Interner::new();
    let (tags, source) = ([SmolStr::new("vip")], SlotIx::new(1));
    let texts = [
        (r#"budget >= 5000 && source in ["web", "referral"] && email != "" && consent == true"#, Truth::True),
        (r#"(budget >= 9000 || source == "web") && (email != "" ? consent : budget + 1 > 2)"#, Truth::True),
        (r#""vip" in tags && size(email) > 3 && email.contains("@") && tags == ["vip"]"#, Truth::True),
        (r#"now - entered > duration("1h") && budget % 2 == 0 && price * 2.0 <= 1"#, Truth::True),
        (r#"email.matches("^[a-z]+@") && !has(price)"#, Truth::False),
    ];
    for (text, truth) in texts {
        let expr = Expr::parse(text).unwrap();
        let criteria = Criteria::compile_with(expr, &scope, &mut interner).unwrap();
        let mut facts = [
            Slot::Int(7500),
            Slot::Text("web"),
            Slot::Text("ada@example.com"),
            Slot::Bool(true),
            Slot::List(&tags),
            Slot::Timestamp(Timestamp::from_seconds(0)),
            Slot::Timestamp(Timestamp::from_seconds(7200)),
            Slot::Double(0.5),
        ];
        // A pattern sets itself up on its first use.
        criteria.eval(&facts);
        assert_eq!(allocations(|| criteria.eval(&facts)), (truth, 0), "{text}");
        let (slot, count) = allocations(|| interner.slot(source, "web"));
        assert_eq!(count, 0);
        facts[1] = slot;
        assert_eq!(allocations(|| criteria.eval(&facts)), (truth, 0), "{text}");
        facts[2] = Slot::Missing;
        facts[6] = Slot::Duration(Span::from_seconds(1));
        assert_eq!(allocations(|| criteria.eval(&facts)).1, 0, "{text}");
        if let Some(packed) = criteria.pack() {
            assert_eq!(allocations(|| packed.eval(&[0; 8], 0, 0)).1, 0);
        }
    }
}

#[test]
fn loading_allocates_little() {
    let mut scope = Scope::new();
    scope.declare("budget", FieldType::Int);
    scope.declare("source", FieldType::String);
    let text = r#"budget >= 5000 && source in ["web", "referral"]"#;
    let (criteria, count) = allocations(|| Criteria::parse(text, &scope));
    // The text, the arena, the table, the texts of the table.
    assert_eq!((criteria.is_ok(), count), (true, 4));
}
