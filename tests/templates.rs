//! S46: texts with variables, conditions, loops and filters, rendered when a change is made.

use std::time::{Duration, Instant};

use lifestage::{Actor, Decision, DefinitionError, FindingCode, Pipeline, Record, Request, Value};
use proptest::prelude::*;
use serde_json::json;

fn pipeline(text: &str) -> Result<Pipeline, DefinitionError> {
    let document = json!({
        "id": "p", "name": "P",
        "fields": {
            "name": "string", "nick": "string", "budget": "int", "rate": "double", "vip": "bool",
            "sources": "list<string>", "since": "timestamp", "wait": "duration"
        },
        "categories": [{ "id": "open", "name": "Open", "outcome": "open" }],
        "stages": [
            { "id": "new", "name": "New", "category": "open", "default": true },
            { "id": "next", "name": "Next", "category": "open", "actions": [
                { "id": "hello", "name": "Hello", "kind": "custom", "on": "enter", "with": { "text": text } }
            ] }
        ],
        "roles": { "sales": { "can": ["view", "move"] } },
        "policy": { "moves": [{ "id": "go", "label": "Go", "from": "new", "to": "next" }] }
    });
    Pipeline::from_json(&document.to_string())
}

fn ada() -> Record {
    Record::new("r")
        .in_stage("new")
        .with("name", "Ada")
        .with("budget", 5000)
        .with("rate", 2.0)
        .with("vip", true)
        .with("sources", vec!["web", "fair"])
        .with("since", "2026-01-02T03:04:05Z")
        .with("wait", "90m")
}

/// The text for this record, and what was missing.
fn render(text: &str, record: &Record) -> (String, Vec<String>) {
    let pipeline = pipeline(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let actor = Actor::new("sam").with_role("sales");
    let now = "2026-03-02T09:00:00Z".parse().unwrap();
    let Decision::Moved(change) = pipeline.decide(record, &Request::mv("go"), &actor, now) else {
        panic!("refused");
    };
    let effect = change.effects().next().unwrap();
    let Some(Value::Text(text)) = effect.args.get("text") else { panic!("no text") };
    (text.to_string(), effect.missing.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn says(text: &str, expected: &str) {
    assert_eq!(render(text, &ada()), (expected.to_owned(), vec![]), "{text}");
}

#[track_caller]
fn lacks(text: &str, expected: &str, missing: &[&str]) {
    let (said, lacking) = render(text, &ada());
    assert_eq!(
        (said.as_str(), lacking.iter().map(String::as_str).collect::<Vec<_>>()),
        (expected, missing.to_vec())
    );
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = pipeline(text).expect_err(text);
    let finding = &error.findings()[0];
    assert_eq!(finding.code(), FindingCode::BadTemplate);
    assert_eq!(finding.message(), expected, "{text}");
}

/// Both ways of rendering: a text that says no more than `{{ name }}`, and the same with a comment.
const ALONE: [&str; 10] = [
    "{{ name }}",
    "{{ budget }}",
    "{{ rate }}",
    "{{ vip }}",
    "{{ sources }}",
    "{{ since }}",
    "{{ wait }}",
    "{{ actor.id }}",
    "{{ actor.roles }}",
    "{{ now }}",
];

#[test]
fn s46_a_variable_prints_as_the_history_shows_it() {
    let shown = [
        "Ada",
        "5000",
        "2.0",
        "true",
        "[web, fair]",
        "2026-01-02T03:04:05Z",
        "90m",
        "sam",
        "[sales]",
        "2026-03-02T09:00:00Z",
    ];
    for (text, shown) in ALONE.iter().zip(shown) {
        says(text, shown);
        says(&format!("{text}{{# the same #}}"), shown);
    }
}

#[test]
fn s46_values_keep_their_types() {
    says("{% if budget > 4999 %}big{% else %}small{% endif %}", "big");
    says("{% if budget >= 5000.5 %}big{% elif vip %}dear{% endif %}", "dear");
    says("{{ budget - 1 }} {{ budget / 4 }} {{ -rate }}", "4999 1250.0 -2.0");
    says("{{ 'yes' if vip and not nick else 'no' }}", "yes");
    says("{% if 'web' in sources %}from the web{% endif %}", "from the web");
    says("{% if name in ['Ada', 'Bob'] %}known{% endif %}", "known");
    says("{{ sources[0] }} {{ sources[1:] }} {{ name[:2] }}", "web [fair] Ad");
    says(&format!("{{{{ {}vip }}}}", "not ".repeat(140)), "true");
    says(&format!("{{{{ {}vip{} }}}}", "(".repeat(40), ")".repeat(40)), "true");
    says("{% if now > since %}later{% endif %}", "later");
    says("{% for s in sources if s != 'web' %}{{ loop.index }}. {{ s }}{% endfor %}", "1. fair");
    says("{% for s in sources %}{{ s }}{% if not loop.last %} and {% endif %}{% endfor %}", "web and fair");
    says("{% set who = name | upper %}{{ who }}, {{ who }}", "ADA, ADA");
}

#[test]
fn s46_filters_and_tests() {
    says("{{ sources | join(', ') }}", "web, fair");
    says(
        "{{ name | lower }} {{ name | upper }} {{ 'ada l' | title }} {{ 'ada' | capitalize }}",
        "ada ADA Ada L Ada",
    );
    says("{{ '  a ' | trim }}{{ name | length }}{{ sources | first }}{{ sources | last }}", "a3webfair");
    says("{{ name | replace('A', 'I') }} {{ 'a,b' | split(',') | reverse | join('+') }}", "Ida b+a");
    says("{{ sources | sort }} {{ ['b', 'b'] | unique }} {{ [3, 1] | max }}", "[fair, web] [b] 3");
    says("{{ 2.567 | round(1) }} {{ '12' | int }} {{ '1' | float }} {{ -budget | abs }}", "2.6 12 1.0 5000");
    says("{% if nick is not defined and budget is divisibleby(10) %}ok{% endif %}", "ok");
    says("{% if name is startingwith('A') and (vip or nick) %}ok{% endif %}", "ok");
}

#[test]
fn s46_what_has_no_value_renders_empty_and_is_reported_once() {
    for comment in ["", "{# #}"] {
        lacks(
            &format!("<{{{{ nick }}}}{{{{ record.owner }}}}{{{{ nick }}}}>{comment}"),
            "<>",
            &["nick", "record.owner"],
        );
    }
    lacks("<{{ nick | upper }}>", "<>", &["nick"]);
    lacks("<{{ name | replace('A', nick) }}>", "<da>", &["nick"]);
    lacks("{{ name }}{{ nick | default(record.owner) }}", "Ada", &["record.owner"]);
    lacks("<{{ sources[5] }}>", "<>", &["sources"]);
}

#[test]
fn s46_what_the_text_provides_for_is_not_missing() {
    says("Hello {{ nick | default('there') }}", "Hello there");
    says("Hello {% if nick %}{{ nick }}{% else %}{{ name }}{% endif %}", "Hello Ada");
    says("{% if nick > 5 %}a{% endif %}{{ nick or name }}", "Ada");
    says("{% if nick is defined %}a{% endif %}{{ nick if nick else 'b' }}", "b");
    lacks("{% if nick %}a{% endif %}{{ record.owner }}", "", &["record.owner"]);
}

#[test]
fn s46_an_unknown_variable_is_found_at_load() {
    for text in
        ["{{ nmae }}", "{{ nmae | upper }}", "{% if nmae %}a{% endif %}", "{% for x in nmae %}{% endfor %}"]
    {
        refused(text, "no field is named `nmae`, did you mean `name`?");
    }
    refused("{{ x }}{% for x in sources %}{{ x }}{% endfor %}", "no field is named `x`");
    refused("{{ record.ownr | upper }}", "no field is named `record.ownr`, did you mean `record.owner`?");
    refused("{{ name.first | upper }}", "no field is named `name.first`");
    says("{% for x in sources %}{{ x }}{% endfor %}", "webfair");
}

#[test]
fn s46_what_cannot_be_read_is_found_with_its_place() {
    let found = [
        ("Hello\n  {{ name", "`{{` is never closed at line 2, column 3"),
        ("a {# b", "`{#` is never closed at line 1, column 3"),
        ("ä {{ name ~ nick }}", "`~` is no sign of a template at line 1, column 11"),
        ("{{ 'a }}", "a quote that is never closed at line 1, column 4"),
        ("{{ name | upprr }}", ""),
        ("{{ (name }}", "a bracket that is never closed at line 1, column 4"),
        ("{{ name) }}", "`)` that closes nothing at line 1, column 8"),
        ("{{ name, nick }}", "`,` out of place at line 1, column 8"),
        ("{{ [name] }}", "a list of something other than texts and numbers at line 1, column 5"),
        ("{{ range(9) }}", "`range(`, where only filters and tests take arguments, at line 1, column 9"),
        (
            "{% raw %}{{{% endraw %}",
            "`raw` is no statement of a template: write `if`, `for` or `set` at line 1, column 4",
        ),
        ("{% set name = name %}", "`name`, set from itself, at line 1, column 15"),
        ("{{ self }}", "`self` is no variable here, at line 1, column 4"),
    ];
    for (text, message) in found {
        let error = pipeline(text).expect_err(text);
        if message.is_empty() {
            let said = error.findings()[0].message();
            assert!(said.starts_with("`upprr` is no filter: write one of abs, "), "{said}");
        } else {
            refused(text, message);
        }
    }
    for text in ["{% if name %}", "{{ }}", "{{ name name }}", "\n{% endif %}", "{{ name | }}"] {
        let error = pipeline(text).expect_err(text);
        let message = error.findings()[0].message();
        assert!(message.contains("at line ") && !message.contains("::"), "{message}");
    }
}

#[test]
fn s46_texts_are_plain_and_stay_as_they_are() {
    let record = ada().with("name", "<Zoë & \"Ço\"> {{ budget }} 😀");
    for text in ["{{ name }}\n", "{{ name }}\n{# #}"] {
        let (said, missing) = render(text, &record);
        assert_eq!(
            (said.as_str(), missing.len()),
            ("<Zoë & \"Ço\"> {{ budget }} 😀\n", 0),
            "values are no templates"
        );
    }
    says("ß → {{ name | upper }} ← {{ 'é' | upper }}", "ß → ADA ← É");
    says("100 % {a} }} # %}", "100 % {a} }} # %}");
    says("{{ '{{' }} {{ \"}}\" }}", "{{ }}");
    says("a {{- name -}} b", "aAdab");
}

/// Each ends at once, at load or with an empty text and a reason.
#[test]
fn s46_hostile_templates_end_quickly() {
    let loops = format!("{}x{}", "{% for a in sources %}".repeat(16), "{% endfor %}".repeat(16));
    let wide = format!(
        "{{% for a in name | split('') %}}{{% for b in name | split('') %}}{{{{ a }}}}{}",
        "{% endfor %}".repeat(2)
    );
    let grow = format!("{{{{ name{} }}}}", " | replace('a', 'aaaaaaaaaaaaaaaa')".repeat(20));
    let emit = "{% for a in name | split('') %}{{ name }}{% endfor %}".to_owned();
    let big = ada().with("name", "a".repeat(60_000).as_str());
    for (text, record, reason) in [
        (loops, &ada(), "steps"),
        (wide, &big, "steps"),
        (grow, &big, "`replace` makes more"),
        (emit, &big, "bytes"),
        ("{{ name | join(name) }}".to_owned(), &big, "`join` makes more"),
        ("{{ 1 / 0 }}{{ name }}".to_owned(), &big, "error: "),
        ("{{ name | round }}{{ nick }}".to_owned(), &big, "error: "),
    ] {
        let begun = Instant::now();
        let (said, missing) = render(&text, record);
        assert_eq!(said, "", "{}", &text[..30.min(text.len())]);
        let [error] = &missing[..] else { panic!("{missing:?}") };
        assert!(error.starts_with("error: ") && error.contains(reason), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{error}: {:?}", begun.elapsed());
    }
    let deep = [
        format!("{}{}", "{% if vip %}".repeat(17), "{% endif %}".repeat(17)),
        format!("{{% if vip %}}{}{{% endif %}}", "{% elif vip %}".repeat(4_000)),
        format!("{{{{ {}vip{} }}}}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("{{{{ budget{} }}}}", " - 1".repeat(15_000)),
        format!("{{{{ {}vip }}}}", "not ".repeat(15_000)),
        format!("{{{{ name{} }}}}", ".a".repeat(20_000)),
        "{% for a in sources recursive %}{{ loop(sources) }}{% endfor %}".to_owned(),
        "{% set a %}{{ name }}{% endset %}".to_owned(),
        "{% macro a() %}{{ a() }}{% endmacro %}".to_owned(),
        "{% include 'a' %}".to_owned(),
        "{% set a = 'a' * 100000000 %}".to_owned(),
        "{% set a = [sources, sources] %}".to_owned(),
        "{% filter upper %}a{% endfilter %}".to_owned(),
    ];
    for text in deep {
        let begun = Instant::now();
        let error = pipeline(&text).expect_err(&text[..40.min(text.len())]);
        assert_eq!(error.findings()[0].code(), FindingCode::BadTemplate);
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

proptest! {
    /// S46: a text of words and variables alone is rendered without the library; with a comment at its end, by it.
    #[test]
    fn s46_both_ways_of_rendering_agree(
        parts in prop::collection::vec(
            prop_oneof![
                prop::sample::select(&ALONE[..]).prop_map(String::from),
                prop::sample::select(&["{{nick}}", "{{ \n record.owner\t}}", "}}", "%}", "\n", "\r\n", " { ", "-"][..])
                    .prop_map(String::from),
                "[^{#%]{0,6}",
            ],
            0..12,
        ),
        name in "\\PC{0,8}",
        budget in any::<i64>(),
        rate in any::<f64>().prop_filter("finite", |rate| rate.is_finite()),
    ) {
        let text = parts.concat();
        prop_assume!(!text.contains("{%") && !text.contains("{#") && !text.replace("{{", "").contains('\0'));
        let record = ada().with("name", name.as_str()).with("budget", budget).with("rate", rate);
        let both = format!("{text}{{# #}}");
        prop_assert_eq!(render(&text, &record), render(&both, &record));
    }

    /// S46: no text makes a load or a render fail in any other way than by a finding or an entry.
    #[test]
    fn s46_any_text_is_refused_or_rendered(
        parts in prop::collection::vec(
            prop::sample::select(&[
                "{{", "}}", "{%", "%}", "{#", "#}", " ", "name", "budget", "sources", "nick", "|", "upper", "join", "(",
                ")", "[", "]", "'", "\"", ",", "0", "-", "+", "not ", "if ", "else ", "endif ", "for ", "x ", "in ",
                "endfor ", "set ", "=", "==", "<", "/", "//", ".", ":", "is ", "defined", "default", "int", "\\", "é",
                "{{ name | ", "{% if ", "{% endif %}", "{% for x in ", "{% endfor %}",
            ][..]),
            0..16,
        ),
    ) {
        if pipeline(&parts.concat()).is_ok() {
            render(&parts.concat(), &ada());
        }
    }
}
