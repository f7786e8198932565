//! One case for every code: an edit that trips it, at its place and with nothing else said, and a
//! neighbouring edit of which nothing is said.

use lifestage::{FindingCode, Severity};
use serde_json::{Value, json};

use super::base::{add, base, cut, edited, findings, set};

struct Case {
    code: FindingCode,
    severity: Severity,
    pointer: &'static str,
    /// A part of the message.
    says: &'static str,
    trips: String,
    spares: String,
}

type Edit = fn(&mut Value);

fn error(code: FindingCode, pointer: &'static str, says: &'static str, trips: Edit, spares: Edit) -> Case {
    Case { code, severity: Severity::Error, pointer, says, trips: edited(trips), spares: edited(spares) }
}

fn warning(code: FindingCode, pointer: &'static str, says: &'static str, trips: Edit, spares: Edit) -> Case {
    Case { severity: Severity::Warning, ..error(code, pointer, says, trips, spares) }
}

/// A case of text that is no document at all.
fn text(code: FindingCode, pointer: &'static str, says: &'static str, trips: String, spares: Edit) -> Case {
    Case { code, severity: Severity::Error, pointer, says, trips, spares: edited(spares) }
}

fn of_shape() -> Vec<Case> {
    use FindingCode as F;
    let as_is = base().to_string();
    let doubled = as_is.replacen("\"id\":\"calls\"", "\"id\":\"calls\",\"id\":\"texts\"", 1);
    let deep = format!("{{\"id\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    vec![
        text(F::Syntax, "", "not JSON at line 1, column 1: expected value", "sales".to_owned(), |_| {}),
        text(F::TooDeep, "", "nested too deeply at line 1, column 133", deep, |_| {}),
        text(F::DuplicateKey, "/queues/0/id", "the key `id` comes twice", doubled, |_| {}),
        error(
            F::WrongType,
            "/stages/1/final",
            "the text `no` where `true` or `false` is due",
            |d| set(d, "/stages/1/final", json!("no")),
            |d| set(d, "/stages/1/final", json!(false)),
        ),
        error(
            F::UnknownKey,
            "/stages/1/protektd",
            "the key `protektd` means nothing here, did you mean `protected`?",
            |d| set(d, "/stages/1/protektd", json!(true)),
            |d| set(d, "/stages/1/protected", json!(true)),
        ),
        error(
            F::MissingKey,
            "/stages/4",
            "the key `name` is missing",
            |d| cut(d, "/stages/4/name"),
            |d| cut(d, "/stages/4"),
        ),
        error(
            F::TooLarge,
            "/name",
            "the name has more than 200 characters",
            |d| set(d, "/name", json!("ä".repeat(201))),
            |d| set(d, "/name", json!("ä".repeat(200))),
        ),
    ]
}

fn of_names() -> Vec<Case> {
    use FindingCode as F;
    vec![
        error(
            F::BadId,
            "/stages/4/id",
            "` ` in the id `very old`",
            |d| set(d, "/stages/4/id", json!("very old")),
            |d| set(d, "/stages/4/id", json!("very_old")),
        ),
        error(
            F::EmptyName,
            "/queues/0/name",
            "a name is empty",
            |d| set(d, "/queues/0/name", json!(" \t ")),
            |d| set(d, "/queues/0/name", json!("-")),
        ),
        error(
            F::DuplicateId,
            "/stages/4/id",
            "two stages have the id `won`",
            |d| set(d, "/stages/4/id", json!("won")),
            |d| set(d, "/stages/4/id", json!("Won")),
        ),
        error(
            F::DuplicateName,
            "/stages/3/name",
            "is also the name of `won`",
            |d| set(d, "/stages/3/name", json!("  ｗＯＮ ")),
            |d| set(d, "/stages/3/name", json!("Won't")),
        ),
        error(
            F::UnknownStage,
            "/policy/moves/1/to",
            "no stage is named `wom`, did you mean `won`?",
            |d| set(d, "/policy/moves/1/to", json!("wom")),
            |d| set(d, "/policy/moves/1/to", json!("won")),
        ),
        error(
            F::UnknownCategory,
            "/stages/2/category",
            "no category is named `one`",
            |d| set(d, "/stages/2/category", json!("one")),
            |d| set(d, "/stages/2/category", json!("won")),
        ),
        error(
            F::UnknownRole,
            "/policy/moves/0/roles/1",
            "no role is named `bos`, did you mean `boss`?",
            |d| add(d, "/policy/moves/0/roles", json!("bos")),
            |d| add(d, "/policy/moves/0/roles", json!("boss")),
        ),
        error(
            F::UnknownField,
            "/stages/1/leave_requires/0",
            "no field is named `budgets`, did you mean `budget`?",
            |d| set(d, "/stages/1/leave_requires/0", json!("budgets")),
            |d| set(d, "/stages/1/leave_requires/0", json!("source")),
        ),
        error(
            F::UnknownMove,
            "/stages/1/actions/0/on_done/move",
            "no move is named `wi`, did you mean `win`?",
            |d| set(d, "/stages/1/actions/0/on_done/move", json!("wi")),
            |d| set(d, "/stages/1/actions/0/on_done/move", json!("lose")),
        ),
        error(
            F::UnknownQueue,
            "/stages/1/actions/0/on_done/join_queue",
            "no queue is named `visits`",
            |d| set(d, "/stages/1/actions/0/on_done/join_queue", json!("visits")),
            |d| set(d, "/stages/1/actions/0/on_done/join_queue", json!("calls")),
        ),
        error(
            F::UnknownIcon,
            "/stages/0/icon",
            "no icon is named `sparkle`, did you mean `sparkles`?",
            |d| set(d, "/stages/0/icon", json!("sparkle")),
            |d| set(d, "/stages/0/icon", json!("ghost")),
        ),
        error(
            F::BadColour,
            "/stages/0/colour",
            "`blueish`",
            |d| set(d, "/stages/0/colour", json!("blueish")),
            |d| set(d, "/stages/0/colour", json!("rgb(1, 2, 3)")),
        ),
        error(
            F::BadCriteria,
            "/policy/moves/0/when",
            "at 0",
            |d| set(d, "/policy/moves/0/when", json!("budget >= \"10\"")),
            |d| set(d, "/policy/moves/0/when", json!("budget >= -10")),
        ),
        error(
            F::BadTemplate,
            "/workflows/0/tasks/0/title",
            "no field is named `e_mail`, did you mean `email`?",
            |d| set(d, "/workflows/0/tasks/0/title", json!("Call {{ e_mail }}")),
            |d| set(d, "/workflows/0/tasks/0/title", json!("Call {{ record.owner }}")),
        ),
        error(
            F::BadValue,
            "/workflows/0/tasks/1/due",
            "`soon` is not a length of time",
            |d| set(d, "/workflows/0/tasks/1/due", json!("soon")),
            |d| set(d, "/workflows/0/tasks/1/due", json!("3mo")),
        ),
    ]
}

fn of_meaning() -> Vec<Case> {
    use FindingCode as F;
    vec![
        warning(
            F::NeverHolds,
            "/automation/0/when",
            "`budget < 5 && budget > 5` can never hold",
            |d| set(d, "/automation/0/when", json!("budget < 5 && budget > 5")),
            |d| set(d, "/automation/0/when", json!("budget < 6 && budget >= 5")),
        ),
        error(
            F::DefaultStage,
            "/stages",
            "no stage is the default",
            |d| cut(d, "/stages/0/default"),
            |d| {
                cut(d, "/stages/0/default");
                set(d, "/stages/1/default", json!(true));
                set(d, "/policy/moves/0/from", json!("none"));
                set(d, "/policy/moves/1/from", json!(["talking", "new"]));
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "back", "label": "Back", "from": "talking", "to": "new" }),
                );
            },
        ),
        error(
            F::DefaultNotOpen,
            "/stages/3/default",
            "the default stage `lost` is closed",
            |d| {
                cut(d, "/stages/0/default");
                set(d, "/stages/3/default", json!(true));
                set(d, "/policy/moves/1/from", json!(["none", "talking"]));
                set(d, "/policy/moves/0/from", json!(["none", "new"]));
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "back", "label": "Back", "from": "talking", "to": "new" }),
                );
            },
            |_| {},
        ),
        error(
            F::MoveOutOfFinal,
            "/policy/moves/1/from/1",
            "`lost` is final",
            |d| set(d, "/policy/moves/1/from", json!(["talking", "lost"])),
            |d| set(d, "/policy/moves/1/from", json!(["talking", "new"])),
        ),
        error(
            F::UndeclaredSelfMove,
            "/policy/moves/3/from",
            "the move leads from `talking` to `talking`: write the kind `internal` or `re_entry`",
            |d| set(d, "/policy/moves/3/from", json!("talking")),
            |d| set(d, "/policy/moves/3/from/kind", json!("internal")),
        ),
        error(
            F::NotASelfMove,
            "/policy/moves/0/from/0/kind",
            "declared to stay in `new`, and leads elsewhere",
            |d| set(d, "/policy/moves/0/from/0/kind", json!("internal")),
            |d| set(d, "/policy/moves/0/from/0/kind", json!("step_back")),
        ),
        error(
            F::AmbiguousMove,
            "/policy/moves/4",
            "`win` and `triumph` are both called `Win`",
            |d| {
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "triumph", "label": "Win", "from": "talking", "to": "lost" }),
                )
            },
            |d| {
                let mv = json!({ "id": "triumph", "label": "Win", "from": "talking", "to": "won", "when": "budget > 5" });
                d["policy"]["moves"].as_array_mut().unwrap().insert(1, mv);
            },
        ),
        error(
            F::ShadowedMove,
            "/policy/moves/4",
            "`triumph` stands behind `win`",
            |d| {
                let mv = json!({ "id": "triumph", "label": "Win", "from": "talking", "to": "won", "owner_only": true });
                add(d, "/policy/moves", mv);
            },
            |d| {
                let mv = json!({ "id": "triumph", "label": "Win", "from": "new", "to": "won", "owner_only": true });
                add(d, "/policy/moves", mv);
            },
        ),
        warning(
            F::OverlappingCriteria,
            "/policy/moves/4/when",
            "the conditions of `talk` and `chat` can hold at once",
            |d| {
                let mv = json!({ "id": "chat", "label": "Talk first", "from": "new", "to": "talking", "when": "budget == 10" });
                add(d, "/policy/moves", mv);
            },
            |d| {
                let mv = json!({ "id": "chat", "label": "Talk first", "from": "new", "to": "talking", "when": "budget < 10" });
                add(d, "/policy/moves", mv);
            },
        ),
        error(
            F::ArchivedStage,
            "/policy/moves/4/to",
            "the move leads to `old`, which is archived",
            |d| {
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "put", "label": "Put away", "from": "new", "to": "old" }),
                )
            },
            |d| {
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "put", "label": "Put away", "from": "new", "to": "old" }),
                );
                set(d, "/stages/4/archived", json!(false));
            },
        ),
        error(
            F::RoleCycle,
            "/roles/boss/inherits",
            "the role `boss` inherits from itself",
            |d| set(d, "/roles/boss/inherits", json!(["boss"])),
            |d| set(d, "/roles/boss/inherits", json!([])),
        ),
        error(
            F::TaskCycle,
            "/workflows/0/tasks/1/after",
            "the task `ask` waits for itself",
            |d| set(d, "/workflows/0/tasks/1/after", json!("ask")),
            |d| cut(d, "/workflows/0/tasks/1/after"),
        ),
        warning(
            F::UnreachableStage,
            "/stages/4",
            "nothing leads to `old`",
            |d| set(d, "/stages/4", json!({ "id": "old", "name": "Old", "category": "open" })),
            |d| {
                set(d, "/stages/4", json!({ "id": "old", "name": "Old", "category": "open" }));
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "put", "label": "Take on", "from": "none", "to": "old" }),
                );
            },
        ),
        warning(
            F::NoRouteToClosed,
            "/stages",
            "no stage is closed",
            |d| {
                d["categories"].as_array_mut().unwrap().truncate(1);
                set(d, "/stages/2/category", json!("open"));
                set(d, "/stages/3/category", json!("open"));
                cut(d, "/automation/0/input");
            },
            |d| set(d, "/stages/2/category", json!("lost")),
        ),
        warning(
            F::Trap,
            "/stages/3",
            "a record that enters `lost` can never leave it",
            |d| cut(d, "/stages/3/final"),
            |d| {
                cut(d, "/stages/3/final");
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "revive", "label": "Revive", "from": "lost", "to": "new" }),
                );
            },
        ),
        warning(
            F::DeadAction,
            "/stages/4/actions/0",
            "the action `wave` is on an archived stage",
            |d| set(d, "/stages/4/actions", json!([{ "id": "wave", "name": "Wave", "kind": "notify" }])),
            |d| set(d, "/stages/3/actions", json!([{ "id": "wave", "name": "Wave", "kind": "notify" }])),
        ),
        warning(
            F::DeadAction,
            "/automation/0",
            "the automation `park` never moves anything: `lose` asks for `reason`, which it does not answer",
            |d| cut(d, "/automation/0/input"),
            |d| set(d, "/automation/0/input", json!({ "reason": "other", "note": "Parked" })),
        ),
        warning(
            F::DeadAction,
            "/automation/0",
            "`lose` asks for `reason`, which it does not answer",
            |d| set(d, "/automation/0/input", json!({ "reason": "weather" })),
            |_| {},
        ),
        warning(
            F::DeadAction,
            "/automation/0",
            "`lose` asks for `note`, which it does not answer",
            |d| set(d, "/automation/0/input", json!({ "reason": "other" })),
            |_| {},
        ),
        error(F::NoStages, "/stages", "there is no stage", |d| set(d, "/stages", json!([])), |_| {}),
        warning(
            F::NobodyMoves,
            "/roles",
            "no role has the capability `move`",
            |d| set(d, "/roles/sales/can", json!(["view"])),
            |d| set(d, "/roles/sales/can", json!(["move:own"])),
        ),
        warning(
            F::DeadException,
            "/policy/moves/2/except/0",
            "no wildcard of the move takes in `won`",
            |d| set(d, "/policy/moves/2/except", json!(["won"])),
            |d| set(d, "/policy/moves/2/except", json!(["talking"])),
        ),
        warning(
            F::DeadMove,
            "/policy/moves/4/from",
            "no stage is left for the move to start at",
            |d| {
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "x", "label": "X", "from": "category:won", "to": "won" }),
                )
            },
            |d| {
                add(
                    d,
                    "/policy/moves",
                    json!({ "id": "x", "label": "X", "from": "category:open", "to": "won" }),
                )
            },
        ),
        error(
            F::AutomationCycle,
            "/automation/1",
            "automation moves records in a circle without end: New -> Talking",
            |d| circle(d, "0m"),
            |d| {
                circle(d, "0m");
                cut(d, "/automation/2/backward");
            },
        ),
    ]
}

/// Two automations that lead from `new` to `talking` and back, the first after so long and the second at once.
fn circle(document: &mut Value, after: &str) {
    add(document, "/policy/moves", json!({ "id": "back", "label": "Back", "from": "talking", "to": "new" }));
    let forth = json!({ "id": "forth", "on": { "after": after }, "in": ["new"], "move": "talk" });
    let back =
        json!({ "id": "back", "on": { "after": "0m" }, "in": ["talking"], "move": "back", "backward": true });
    add(document, "/automation", forth);
    add(document, "/automation", back);
}

fn cases() -> Vec<Case> {
    of_shape().into_iter().chain(of_names()).chain(of_meaning()).collect()
}

#[test]
fn nothing_is_said_of_the_base() {
    assert_eq!(findings(&base().to_string()), []);
}

#[test]
fn each_code_is_told_at_its_place_and_nothing_else_with_it() {
    for case in cases() {
        let said = findings(&case.trips);
        let [only] = said.as_slice() else { panic!("{}: {said:#?}", case.code) };
        assert_eq!(only.code(), case.code, "{only}");
        assert_eq!(only.severity(), case.severity, "{only}");
        let listed = super::tables::severity(case.code);
        assert!(
            listed.starts_with(if case.severity == Severity::Error { "error" } else { "warning" }),
            "{only}"
        );
        assert_eq!(only.pointer(), case.pointer, "{only}");
        assert!(only.message().contains(case.says), "{only}\ndoes not say\n{}", case.says);
    }
}

#[test]
fn nothing_is_said_of_the_neighbour_of_each_case() {
    for case in cases() {
        let said = findings(&case.spares);
        assert!(said.is_empty(), "{}: {said:#?}", case.code);
    }
}

#[test]
fn a_circle_that_takes_time_is_doubtful_only() {
    let said = findings(&edited(|d| circle(d, "1d")));
    let [only] = said.as_slice() else { panic!("{said:#?}") };
    assert_eq!((only.code(), only.severity()), (FindingCode::AutomationCycle, Severity::Warning));
    assert_eq!(only.pointer(), "/automation/1");
    assert!(only.message().contains("in a circle: New -> Talking -> New"), "{only}");
}

#[test]
fn every_code_has_a_case() {
    let cases = cases();
    // More findings than are listed come with those that are: see `hostile`.
    for code in FindingCode::ALL.iter().filter(|code| **code != FindingCode::MoreFindings) {
        assert!(cases.iter().any(|case| case.code == *code), "nothing trips `{code}`");
    }
}

#[test]
fn messages_read_aloud() {
    for case in cases() {
        for finding in findings(&case.trips) {
            let message = finding.message();
            let first = message.chars().next().unwrap();
            assert!(!first.is_uppercase() && !message.ends_with('.'), "{message}");
            for word in ["struct", "enum", "u32", "i64", "Vec", "SmolStr", "usize"] {
                assert!(!message.split(|c: char| !c.is_alphanumeric()).any(|part| part == word), "{message}");
            }
        }
    }
}
