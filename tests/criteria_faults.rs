//! Faulty and hostile criteria: a clear error with its place, never a panic, bounded time and stack.
#![allow(unreachable_pub, dead_code, reason = "the record is shared with other tests")]

#[path = "criteria/record.rs"]
mod record;

use lifestage::criteria::{Criteria, CriteriaError, ErrorKind, Expr, Limits, Source, Truth};

use record::{facts, scope};

#[test]
fn faults_name_the_place_and_what_was_meant() {
    let cases = [
        ("budgett > 1", "unknown name `budgett` at 0, did you mean `budget`?"),
        ("entered_at < now", "unknown name `entered_at` at 0, did you mean `record.entered_at`?"),
        ("Email == \"\"", "unknown name `Email` at 0, did you mean `email`?"),
        ("zzzzzz > 1", "unknown name `zzzzzz` at 0"),
        ("email.startswith(\"a\")", "unknown function `startswith` at 6, did you mean `startsWith`?"),
        ("lower(email) == \"\"", "unknown function `lower` at 0"),
        ("budget = 5", "`=` is not an operator at 7, did you mean `==`?"),
        ("consent and consent", "`and` is not an operator at 8, did you mean `&&`?"),
        ("consent & consent", "`&` is not an operator at 8, did you mean `&&`?"),
        ("budget > ", "expected an expression, found the end at 9"),
        ("budget > )", "expected an expression, found `)` at 9"),
        ("(budget > 1", "expected an operator or `)`, found the end at 11"),
        ("consent ? true", "expected an operator or `:`, found the end at 14"),
        ("budget > 1 1", "expected an operator or the end, found `1` at 11"),
        ("budget in [1; 2]", "expected `,` or `]`, found `;` at 12"),
        ("budget > 5u", "`5u` is unsigned, which the language does not have at 9"),
        ("budget > 5abc", "`5abc` is not a number at 9"),
        ("budget > 99999999999999999999", "`99999999999999999999` is too large for an int at 9"),
        ("budget > 0x", "`0x` is not a number at 9"),
        ("price > 1e999", "`1e999` is too large for a double at 8"),
        ("has()", "`has` takes 1 argument, not 0 at 0"),
        ("email.contains()", "`contains` takes 1 argument, not 0 at 6"),
        ("has(5)", "`has()` takes a name, not `5` at 4"),
        ("budget", "a criterion must be true or false, but `budget` is int at 0"),
        ("email > 5", "`>` cannot be between `email`, which is string, and `5`, which is int at 0"),
        (
            "budget + 1.0 > 2.0",
            "`+` cannot be between `budget`, which is int, and `1.0`, which is double; \
             arithmetic needs equal types, `2.0` is a double at 0",
        ),
        (
            "email + phone == \"\"",
            "`+` cannot be between `email`, which is string, and `phone`, which is string; \
             texts cannot be joined at 0",
        ),
        ("budget && consent", "`&&` takes bool, but `budget` is int at 0"),
        ("-email == \"\"", "`-` takes a number, but `email` is string at 1"),
        ("size(budget) == 1", "`size()` takes a string or a list, but `budget` is int at 5"),
        (
            "email in \"abc\"",
            "`in` takes a list, but `\"abc\"` is string; ask for a part of a text with `contains` at 9",
        ),
        (
            "budget in [\"a\"]",
            "`in` cannot be between `budget`, which is int, and `[\"a\"]`, which is list<string> at 0",
        ),
        ("email in [null]", "a list cannot hold `null`, which is null; ask for it with `has()` at 10"),
        ("budget in [1, \"a\"]", "`\"a\"` is string, but the list is a list of numbers at 14"),
        (
            "(consent ? 1 : 1.0) > 0",
            "both answers of `?:` must be of one type, but `1` is int and `1.0` is double at 1",
        ),
        ("budget + 1 == null", "only a name can be compared with null, not `budget + 1` at 0"),
        (
            "budget < null",
            "`<` cannot be between `budget`, which is int, and `null`, which is null; \
             null can only be compared with `==` and `!=` at 0",
        ),
        ("due > timestamp(\"soon\")", "`soon` is not a timestamp at 16"),
        ("wait > duration(\"1 week\")", "`1 week` is not a duration at 16"),
        ("email.matches(source)", "the pattern of `matches` must be a literal, not `source` at 14"),
        ("b\"x\" == email", "byte strings are not part of the language at 0"),
        ("actor . id == \"\"", "`.id` is not a method call; a dotted name is written without spaces at 8"),
        ("email == \"\\q\"", "`\\q` is not an escape at 10"),
    ];
    for (text, message) in cases {
        let errors = Criteria::parse(text, &scope()).unwrap_err();
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(messages, [message], "{text}");
    }
}

#[test]
fn all_faults_of_names_and_types_come_at_once() {
    let text = "budgett > 1 && email > 5 && sourc == \"\" && has(1)";
    let errors = Criteria::parse(text, &scope()).unwrap_err();
    let kinds: Vec<ErrorKind> = errors.iter().map(CriteriaError::kind).collect();
    assert_eq!(kinds, [ErrorKind::UnknownName, ErrorKind::Type, ErrorKind::UnknownName, ErrorKind::Type]);
    let places: Vec<&str> = errors.iter().map(|error| &text[error.span().unwrap()]).collect();
    assert_eq!(places, ["budgett", "email > 5", "sourc", "1"]);
    // The same tree from JSON has pointers instead.
    let json = serde_json::to_string(&Expr::parse(text).unwrap()).unwrap();
    let expr: Expr = serde_json::from_str(&json).unwrap();
    let errors = Criteria::compile(&expr, &scope()).unwrap_err();
    let pointers: Vec<&str> = errors.iter().map(|error| error.pointer().unwrap()).collect();
    assert_eq!(pointers, ["/args/0/args/0", "/args/1", "/args/2/args/0", "/args/3/args/0"]);
    assert_eq!(errors[1].offset(), None);
}

#[test]
fn hostile_texts() {
    let many = |part: &str, count: usize| part.repeat(count);
    let wide = Limits { text_bytes: 10_000_000, ..Limits::default() };
    let hostile = [
        many("(", 100_000),
        format!("{}true{}", many("(", 100_000), many(")", 100_000)),
        format!("{}true", many("!", 100_000)),
        format!("{}1 > 0", many("-", 100_000)),
        format!("{}1 > 0", many("- ", 100_000)),
        many("[", 100_000),
        format!("size({}", many("[size(", 100_000)),
        format!("{}true", many("true ? true : ", 100_000)),
        format!("1{} > 0", many(" + 1", 100_000)),
        format!("true{}", many(" == true", 100_000)),
        format!("a{}", many(".size()", 100_000)),
        format!("a{} > 1", many(".a", 100_000)),
        format!("true{}", many(" && true", 1_000_000)),
        format!("true{}", many(" || true && true", 100_000)),
        format!("1 in [{}1]", many("1, ", 100_000)),
        many("9", 1_000_000),
        format!("0x{}", many("f", 1_000_000)),
        format!("1e{}", many("9", 1_000_000)),
        many("\"", 100_001),
        many("\\", 100_000),
        many("\0", 100_000),
        many("a.", 100_000),
        many("é", 100_000),
        many("/", 100_000),
        String::from("\u{feff}true"),
        String::new(),
        String::from("  // only a comment"),
        String::from("\"\u{202e}\" == \""),
    ];
    for text in &hostile {
        let head: String = text.chars().take(20).collect();
        assert!(Criteria::parse(text, &scope()).is_err(), "{head}");
        // With room for the text itself the other limits still hold.
        if let Ok(expr) = Expr::parse_within(text, &wide) {
            assert!(expr.len() <= 4_096 && !expr.to_string().is_empty(), "{head}");
        }
    }
}

#[test]
fn limits_at_n_and_one_more() {
    let limits = Limits { text_bytes: 40, nodes: 9, depth: 4, list_len: 3, ..Limits::default() };
    let parse = |text: &str| Expr::parse_within(text, &limits).map_err(|error| error.to_string());
    assert!(parse(&format!("{:40}", "true")).is_ok());
    assert_eq!(
        parse(&format!("{:41}", "true")).unwrap_err(),
        "the text is 41 bytes long, 40 are allowed at 40"
    );
    assert!(parse("a + a + a > a + a").is_ok());
    assert_eq!(
        parse("a + a + a > a + a + a").unwrap_err(),
        "more than 9 names, literals and operators at 12"
    );
    assert!(parse("a in [1, 2, 3]").is_ok());
    assert_eq!(parse("a in [1, 2, 3, 4]").unwrap_err(), "a list has more than 3 elements at 5");
    assert!(parse("!!!a").is_ok());
    assert_eq!(parse("!!!!a").unwrap_err(), "nested more than 4 levels deep at 4");
    assert!(parse("(((a)))").is_ok());
    assert_eq!(parse("((((a))))").unwrap_err(), "nested more than 4 levels deep at 4");
    assert!(parse("a + a + a + a").is_ok());
    assert!(parse("a + a + a + a + a").is_err());
    // No setting allows a depth that could exhaust the stack.
    let boundless = Limits { depth: u32::MAX, text_bytes: usize::MAX, nodes: u32::MAX, ..Limits::default() };
    assert!(Expr::parse_within(&format!("{}a", "!".repeat(90)), &boundless).is_ok());
    assert!(Expr::parse_within(&format!("{}a", "!".repeat(100_000)), &boundless).is_err());
}

#[test]
fn a_long_chain_is_not_deep() {
    let chain = |n: usize| vec!["has(now)"; n].join("||");
    let criteria = Criteria::parse(&chain(2_047), &scope()).unwrap();
    assert_eq!(criteria.eval(&facts(&[])), Truth::True);
    assert_eq!(Expr::parse(&criteria.to_string()).unwrap(), *criteria.expr());
    assert_eq!(Criteria::parse(&chain(2_048), &scope()).unwrap_err()[0].kind(), ErrorKind::Limit);
}

#[test]
fn hostile_trees() {
    let nested = |n: usize| {
        let (open, close) = (r#"{"op":"!","args":["#.repeat(n), "]}".repeat(n));
        format!("{open}{{\"value\":true}}{close}")
    };
    let read = |json: &str| serde_json::from_str::<Source>(json).map(Source::into_expr);
    assert!(read(&nested(47)).unwrap().is_ok());
    let error = read(&nested(48)).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(error.message(), "nested more than 48 levels deep");
    // Deeper than the reader of JSON goes: passed over like any fault.
    assert_eq!(read(&nested(100_000)).unwrap().unwrap_err().kind(), ErrorKind::Limit);
    let wide = format!(r#"{{"value":[{}0]}}"#, "0,".repeat(100_000));
    assert_eq!(read(&wide).unwrap().unwrap_err().kind(), ErrorKind::Limit);
    let many = format!(r#"{{"op":"&&","args":[{}{{"name":"a"}}]}}"#, r#"{"name":"a"},"#.repeat(5_000));
    assert_eq!(read(&many).unwrap().unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn faulty_trees() {
    let wanted = "is not a criterion; wanted is an object with `op` and `args`, `name`, `value` or `list`";
    let shape = "an object of a criterion has `op` and `args`, or one of `name`, `value` and `list`";
    let cases = [
        (r#"{"op":"&&"}"#, "`op` without `args`".to_owned()),
        (r#"{"args":[]}"#, "`args` without `op`".to_owned()),
        (r#"{"op":"=>","args":[]}"#, "unknown operator `=>`".to_owned()),
        (
            r#"{"op":"startswith","args":[]}"#,
            "unknown operator `startswith`, did you mean `startsWith`?".to_owned(),
        ),
        (r#"{"op":"==","args":[{"name":"a"}]}"#, "`==` takes 2 arguments, not 1".to_owned()),
        (r#"{"op":1,"args":[]}"#, "`op` must be a string, not a number".to_owned()),
        (r#"{"op":"!","args":[{"name":"a b"}]}"#, "`a b` is not a name at `/args/0`".to_owned()),
        (r#"{"name":"null"}"#, "`null` is not a name".to_owned()),
        (r#"{"name":""}"#, "`` is not a name".to_owned()),
        (r#"{"nam":"a"}"#, "unknown key `nam`, did you mean `name`?".to_owned()),
        (r#"{"name":"a","name":"b"}"#, "the key `name` comes twice".to_owned()),
        (r#"{"op":"!","args":[true]}"#, format!("a bool {wanted} at `/args/0`")),
        (r#"{"op":"!","args":[{"op":"!","args":[5]}]}"#, format!("a number {wanted} at `/args/0/args/0`")),
        (r#"{"value":[[1]]}"#, "a value cannot be a list in a list".to_owned()),
        (r#"{"value":{"a":1}}"#, "a value cannot be an object".to_owned()),
        (
            r#"{"value":18446744073709551615}"#,
            "a value cannot be a number beyond 64 bits with sign".to_owned(),
        ),
        (
            r#"{"value":9007199254740993,"type":"double"}"#,
            "`9007199254740993` is not exactly a double".to_owned(),
        ),
        (r#"{"value":1,"type":"int"}"#, "the only `type` a value can be given is `double`".to_owned()),
        (r#"{"value":1,"name":"a"}"#, shape.to_owned()),
        ("{}", shape.to_owned()),
        ("5", format!("a number {wanted}")),
        ("[1, {}]", format!("a list {wanted}")),
    ];
    for (json, message) in cases {
        let source: Source = serde_json::from_str(json).unwrap();
        assert_eq!(source.expr().unwrap_err().to_string(), message, "{json}");
        assert!(serde_json::from_str::<Expr>(json).is_err(), "{json}");
    }
    // A fault ends neither the list around it nor the document.
    let sources: Vec<Source> =
        serde_json::from_str(r#"[{"op":"!","args":[{},{"x":[[]]}]}, "true"]"#).unwrap();
    assert!(sources[0].expr().is_err() && sources[1].expr().is_ok());
}
