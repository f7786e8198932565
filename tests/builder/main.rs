//! A definition written in Rust is the one written in JSON.

mod lead;
mod sales_stages;

use lifestage::calendar::Weekday;
use lifestage::catalog::{Colour, Outcome};
use lifestage::criteria::{Expr, FieldType};
use lifestage::definition::{
    ActionDef, ActionKind, AutomationDef, CalendarDef, CategoryDef, ConversionDef, Definition, FieldDef,
    Happening, LimitsDef, MoveDef, QueueDef, Repeat, RoleDef, SlaDef, SourceDef, StageDef, TaskDef,
    TriggerDef, WorkflowDef, meaning,
};
use lifestage::{Capability, Offset, Pipeline, Span, presets};

use crate::lead::lead;
use crate::sales_stages::sales_stages;

fn assert_same(built: &Definition, json: &str) {
    let read: Definition = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_value(built).unwrap(), serde_json::to_value(&read).unwrap());
    assert_eq!(meaning(built), meaning(&read));
    assert_eq!(Pipeline::from_definition(built.clone()).unwrap().definition(), &read);
}

#[test]
fn the_lead_pipeline_is_the_same_in_rust_and_in_json() {
    assert_same(&lead(), presets::LEAD);
}

#[test]
fn the_sales_stages_are_the_same_in_rust_and_in_json() {
    assert_same(&sales_stages(), presets::SALES_STAGES);
}

#[test]
fn every_part_of_a_document_can_be_written_in_rust() {
    let built = everything();
    let written = r##"{
        "id": "all", "name": "All of it", "company": "north",
        "zone": "Europe/Berlin",
        "zone_field": "city_zone",
        "calendars": [
            {
                "id": "office",
                "name": "Office",
                "zone": "UTC",
                "hours": { "mon": ["09:00-12:00", "13:00-17:00"], "sun": ["09:00-12:00"] },
                "holidays": ["2026-12-25"]
            },
            { "id": "plain", "name": "Plain" }
        ],
        "fields": {
            "city_zone": { "type": "string" },
            "budget": "int",
            "plan": { "type": "string", "one_of": ["free", "paid"] },
            "email": "string"
        },
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won", "input": { "note": "string" } }
        ],
        "stages": [
            {
                "id": "new", "name": "New", "category": "open", "colour": "#ff8800", "default": true,
                "probability": 10, "idle": "14d", "exit": { "when": "budget > 0", "applies_to": "all" },
                "leave_requires": ["email"],
                "actions": [{
                    "id": "book", "name": "Book a call", "kind": "book_call", "roles": ["closer"],
                    "when": "has(email)", "repeat": "once", "with": { "minutes": 30 },
                    "on_done": { "move": "win", "leave_queue": "setting", "join_queue": "calls" }
                }]
            },
            {
                "id": "talk", "name": "Talk", "category": "open", "protected": true,
                "entry": { "op": "has", "args": [{ "name": "email" }] }, "exit": "budget > 100",
                "enter_requires": ["plan"], "input": { "ready": "bool" },
                "actions": [
                    { "id": "hello", "name": "Say hello", "kind": "notify", "on": "enter" },
                    { "id": "bye", "name": "Say goodbye", "kind": "webhook", "on": "exit" }
                ]
            },
            { "id": "won", "name": "Won", "category": "won" },
            { "id": "old", "name": "Old", "category": "open", "archived": true }
        ],
        "policy": {
            "no_skipping": true, "no_backward": true,
            "moves": [
                {
                    "id": "win", "label": "Win", "from": "any_open", "except": ["old"], "to": "won",
                    "roles": ["closer"], "owner_only": true, "when": "budget > 500", "approval": true,
                    "input": { "amount": "int" },
                    "actions": [{ "id": "tell", "name": "Tell everybody", "kind": "notify" }]
                },
                {
                    "id": "back", "label": "Back", "to": "talk",
                    "from": [
                        { "stage": "category:won", "kind": "revive", "label": "Reopen" },
                        { "stage": "talk", "kind": "internal" }
                    ]
                },
                {
                    "id": "again", "label": "Again", "to": "new",
                    "from": [{ "stage": "new", "kind": "re_entry" }, "none"]
                },
                { "id": "anywhere", "label": "Anywhere", "from": "any", "except": ["won"], "to": "won" }
            ]
        },
        "roles": { "closer": { "can": ["view", "move:own"] } },
        "queues": [
            { "id": "setting", "name": "Setting", "stages": ["new"] },
            { "id": "calls", "name": "Calls" }
        ],
        "workflows": [{
            "id": "care", "name": "Care", "stage": "won",
            "tasks": [
                { "id": "a", "title": "A", "due": "1d", "assignee": "role:closer", "when": "has(plan)" },
                { "id": "b", "title": "B", "due": "2w", "assignee": "round_robin:closer" },
                { "id": "c", "title": "C", "due": "3mo", "assignee": "user:ada" }
            ]
        }],
        "automation": [
            { "id": "late", "on": { "after": "2w" }, "in": ["new"], "move": "win", "input": { "amount": 1 } },
            { "id": "quiet", "on": { "idle": "30d" }, "when": "!has(plan)", "move": "again", "backward": true },
            { "id": "rich", "on": { "changed": ["budget"] }, "move": "win" }
        ],
        "sla": [
            {
                "id": "answer", "name": "First answer", "in": ["new"], "within": "4h", "working_time": true,
                "met_by": ["call", "message"], "warn": ["1h", "30m"]
            },
            {
                "id": "solved", "name": "Solved", "in": ["any_open"], "within": "3d", "working_time": true,
                "calendar": "plain", "paused_in": ["talk"]
            },
            { "id": "soon", "name": "Soon", "in": ["talk"], "within": "1mo" }
        ],
        "idle_resets": ["call", "edit"],
        "conversion": { "into": "people", "stage": "active", "deals": "deals", "move": "win" },
        "limits": { "stages": 12, "moves": 40, "name_length": 60 }
    }"##;
    let read: Definition = serde_json::from_str(written).unwrap();
    assert_eq!(serde_json::to_value(&built).unwrap(), serde_json::to_value(&read).unwrap());
    assert_eq!(built, read);
}

#[test]
fn what_is_wrong_is_found_as_it_is_in_json() {
    let broken = lead().with_stage(StageDef::new("new", "Again", "nowhere"));
    let from_json = Pipeline::from_json(&serde_json::to_string(&broken).unwrap()).unwrap_err();
    let from_rust = Pipeline::from_definition(broken).unwrap_err();
    assert_eq!(from_rust, from_json);
    assert!(from_rust.errors().any(|finding| finding.pointer() == "/stages/9/category"), "{from_rust}");
}

fn everything() -> Definition {
    let has_email = Expr::parse("has(email)").unwrap();
    Definition::new("all", "All of it")
        .for_company("north")
        .in_zone("Europe/Berlin")
        .with_zone_field("city_zone")
        .with_calendar(
            CalendarDef::new("office", "Office")
                .in_zone("UTC")
                .open([Weekday::Mon, Weekday::Sun], ["09:00-12:00"])
                .open([Weekday::Mon], ["13:00-17:00"])
                .closed_on(["2026-12-25"]),
        )
        .with_calendar(CalendarDef::new("plain", "Plain"))
        .with_field("city_zone", FieldType::String)
        .with_field("budget", FieldType::Int)
        .with_field("plan", FieldDef::new(FieldType::String).one_of(["free", "paid"]))
        .with_field("email", FieldType::String)
        .with_category(CategoryDef::new("open", "Open", Outcome::Open))
        .with_category(CategoryDef::new("won", "Won", Outcome::Won).asking("note", FieldType::String))
        .with_stage(
            StageDef::new("new", "New", "open")
                .with_colour(Colour::rgb(0xff, 0x88, 0))
                .as_default()
                .with_probability(10)
                .idle_after(Span::from_seconds(14 * 86_400))
                .leave_at_all_when("budget > 0")
                .requiring_to_leave(["email"])
                .with_action(
                    ActionDef::new("book", "Book a call", ActionKind::BookCall)
                        .for_roles(["closer"])
                        .when("has(email)")
                        .repeating(Repeat::Once)
                        .with("minutes", 30)
                        .then_move("win")
                        .then_leave("setting")
                        .then_join("calls"),
                ),
        )
        .with_stage(
            StageDef::new("talk", "Talk", "open")
                .as_protected()
                .enter_when(has_email)
                .leave_when("budget > 100")
                .requiring_to_enter(["plan"])
                .asking("ready", FieldType::Bool)
                .with_action(ActionDef::new("hello", "Say hello", ActionKind::Notify).on_enter())
                .with_action(ActionDef::new("bye", "Say goodbye", ActionKind::Webhook).on_exit()),
        )
        .with_stage(StageDef::new("won", "Won", "won"))
        .with_stage(StageDef::new("old", "Old", "open").as_archived())
        .no_skipping()
        .no_backward()
        .with_move(
            MoveDef::new("win", "Win", "won")
                .from(SourceDef::any_open())
                .except(["old"])
                .for_roles(["closer"])
                .owner_only()
                .when("budget > 500")
                .needing_approval()
                .asking("amount", FieldType::Int)
                .with_action(ActionDef::new("tell", "Tell everybody", ActionKind::Notify)),
        )
        .with_move(
            MoveDef::new("back", "Back", "talk")
                .revive_from(SourceDef::category("won").with_label("Reopen"))
                .internal_to("talk"),
        )
        .with_move(MoveDef::new("again", "Again", "new").re_entry_to("new").from(SourceDef::none()))
        .with_move(MoveDef::new("anywhere", "Anywhere", "won").from(SourceDef::any()).except(["won"]))
        .with_role("closer", RoleDef::new("").can([Capability::View]).can_own([Capability::Move]))
        .with_queue(QueueDef::new("setting", "Setting").with_stages(["new"]))
        .with_queue(QueueDef::new("calls", "Calls"))
        .with_workflow(
            WorkflowDef::new("care", "Care", "won")
                .with_task(TaskDef::new("a", "A", Offset::days(1)).for_role("closer").when("has(plan)"))
                .with_task(TaskDef::new("b", "B", Offset::weeks(2)).for_role_in_turn("closer"))
                .with_task(TaskDef::new("c", "C", Offset::months(3)).for_user("ada")),
        )
        .with_automation(
            AutomationDef::new("late", TriggerDef::after(Offset::weeks(2)), "win")
                .in_stages(["new"])
                .with_input("amount", 1),
        )
        .with_automation(
            AutomationDef::new("quiet", TriggerDef::idle(Offset::days(30)), "again")
                .when("!has(plan)")
                .backward(),
        )
        .with_automation(AutomationDef::new("rich", TriggerDef::changed(["budget"]), "win"))
        .with_sla(
            SlaDef::new("answer", "First answer", Offset::hours(4))
                .in_stages(["new"])
                .in_working_time()
                .met_by([Happening::Call, Happening::Message])
                .warning([Offset::hours(1), Offset::minutes(30)]),
        )
        .with_sla(
            SlaDef::new("solved", "Solved", Offset::days(3))
                .in_stages(["any_open"])
                .by_calendar("plain")
                .paused_in(["talk"]),
        )
        .with_sla(SlaDef::new("soon", "Soon", Offset::months(1)).in_stages(["talk"]))
        .with_idle_resets([Happening::Call, Happening::Edit])
        .with_conversion(ConversionDef::into("people").in_stage("active").with_deals("deals").making("win"))
        .with_limits(LimitsDef::new().stages(12).moves(40).name_length(60))
}
