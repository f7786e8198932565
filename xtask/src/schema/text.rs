//! What the texts of a definition look like, which Rust types cannot say.

use super::json::{Json, Object};
use super::source::Source;

/// A name that criteria can use.
const NAME: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
const ID: &str = "^[A-Za-z0-9_.-]+$";
const PLACE: &str = "^(category:)?[A-Za-z0-9_.-]+$";
const REGION: &str = "^[A-Z]{2}$";
const OFFSET: &str = "^[0-9]+(m|h|d|w|mo)$";
const TIME_OF_DAY: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
/// The database of zones is not repeated here.
const ZONE: &str = "^([+-]([01][0-9]|2[0-3]):[0-5][0-9]|[A-Za-z][A-Za-z0-9_+/-]*)$";
const HOURS: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";
const DATE: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
/// Words that no id can be, because a move's `from` means something else by them.
const NO_ID: [&str; 3] = ["none", "any", "any_open"];
/// Words that no name can be, because criteria mean something else by them.
const NO_NAME: [&str; 8] = ["true", "false", "null", "in", "now", "input", "actor", "record"];
const ASSIGNEE: &str = "^(owner|(role|round_robin):[A-Za-z0-9_.-]+|user:.+)$";
const SPAN: &str =
    r"^(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ms|us|µs|[dhms])(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ms|us|µs|[dhms]))*)$";
const COLOUR: &str =
    r"^\s*(#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|rgb\((\s*[0-9]{1,3}\s*,){2}\s*[0-9]{1,3}\s*\))\s*$";

/// A kind of text.
#[derive(Clone, Copy)]
pub(super) enum Text {
    /// Any text.
    Any,
    /// The id of something, or a reference to one.
    Id,
    /// The name of a declared field.
    Name,
    /// A stage, or a wildcard that stands for several.
    Place,
    Icon,
    Colour,
    /// A country.
    Region,
    /// A length of time on the calendar or in working time.
    Offset,
    TimeOfDay,
    Assignee,
    /// A time zone.
    Zone,
    /// Working hours.
    Hours,
    Date,
    /// What can happen to a record.
    Happening,
}

/// Every member of type `SmolStr`, alone or in a list.
pub(super) const TEXTS: [(&str, Text); 63] = [
    ("Definition.id", Text::Id),
    ("Definition.record_kind", Text::Id),
    ("Definition.company", Text::Any),
    ("Definition.zone", Text::Zone),
    ("Definition.zone_field", Text::Name),
    ("Definition.idle_resets", Text::Happening),
    ("FieldDef.one_of", Text::Any),
    ("FieldDef.region", Text::Region),
    ("CategoryDef.id", Text::Id),
    ("StageDef.id", Text::Id),
    ("StageDef.category", Text::Id),
    ("StageDef.icon", Text::Icon),
    ("StageDef.colour", Text::Colour),
    ("StageDef.enter_roles", Text::Id),
    ("StageDef.enter_requires", Text::Name),
    ("StageDef.leave_requires", Text::Name),
    ("InputDef.one_of", Text::Any),
    ("InputDef.note_for", Text::Any),
    ("MoveDef.id", Text::Id),
    ("MoveDef.except", Text::Id),
    ("MoveDef.to", Text::Id),
    ("MoveDef.roles", Text::Id),
    ("SourceDef.stage", Text::Place),
    ("RoleDef.inherits", Text::Id),
    ("QueueDef.id", Text::Id),
    ("QueueDef.stages", Text::Id),
    ("CalendarDef.id", Text::Id),
    ("CalendarDef.zone", Text::Zone),
    ("CalendarDef.hours", Text::Hours),
    ("CalendarDef.holidays", Text::Date),
    ("ActionDef.id", Text::Id),
    ("ActionDef.icon", Text::Icon),
    ("ActionDef.roles", Text::Id),
    ("OnDoneDef.mv", Text::Id),
    ("OnDoneDef.leave_queue", Text::Id),
    ("OnDoneDef.join_queue", Text::Id),
    ("WorkflowDef.id", Text::Id),
    ("WorkflowDef.stage", Text::Id),
    ("TaskDef.id", Text::Id),
    ("TaskDef.due", Text::Offset),
    ("TaskDef.at", Text::TimeOfDay),
    ("TaskDef.assignee", Text::Assignee),
    ("TaskDef.remind", Text::Offset),
    ("TaskDef.after", Text::Id),
    ("MessageDef.id", Text::Id),
    ("MessageDef.after", Text::Offset),
    ("AutomationDef.id", Text::Id),
    ("AutomationDef.stages", Text::Place),
    ("AutomationDef.mv", Text::Id),
    ("SlaDef.id", Text::Id),
    ("SlaDef.stages", Text::Place),
    ("SlaDef.within", Text::Offset),
    ("SlaDef.calendar", Text::Id),
    ("SlaDef.met_by", Text::Happening),
    ("SlaDef.paused_in", Text::Id),
    ("SlaDef.warn", Text::Offset),
    ("ConversionDef.into", Text::Id),
    ("ConversionDef.stage", Text::Id),
    ("ConversionDef.deals", Text::Id),
    ("ConversionDef.mv", Text::Id),
    ("TriggerDef.after", Text::Offset),
    ("TriggerDef.idle", Text::Offset),
    ("TriggerDef.changed", Text::Name),
];

impl Text {
    pub(super) fn schema(self, source: &Source) -> Result<Object, String> {
        Ok(match self {
            Self::Any => Object::new().with("type", "string"),
            Self::Id => except(pattern(ID), &NO_ID),
            Self::Name => name(),
            Self::Place => pattern(PLACE),
            Self::Icon => {
                let names: Vec<String> =
                    source.macro_words("icons")?.into_iter().map(|(word, _)| word).collect();
                Object::new().with("enum", names)
            }
            Self::Colour => {
                let palette = Object::new().with("enum", source.constant_names("PALETTE")?);
                Object::new().with("anyOf", vec![palette, pattern(COLOUR)])
            }
            Self::Region => pattern(REGION),
            Self::Offset => pattern(OFFSET),
            Self::TimeOfDay => pattern(TIME_OF_DAY),
            Self::Assignee => pattern(ASSIGNEE),
            Self::Zone => pattern(ZONE),
            Self::Hours => pattern(HOURS),
            Self::Date => pattern(DATE),
            Self::Happening => Object::new().with("enum", source.constant_names("HAPPENINGS")?),
        })
    }
}

fn pattern(pattern: &str) -> Object {
    Object::new().with("type", "string").with("pattern", pattern)
}

fn except(schema: Object, words: &[&str]) -> Object {
    let words: Vec<Json> = words.iter().copied().map(Json::from).collect();
    schema.with("not", Object::new().with("enum", words))
}

/// The name of a field or input.
pub(super) fn name() -> Object {
    except(pattern(NAME), &NO_NAME)
}

/// A text that people see and that cannot be blank.
pub(super) fn visible() -> Object {
    pattern(r"\S")
}

/// A length of time as criteria write it.
pub(super) fn span() -> Object {
    pattern(SPAN).with("examples", vec![Json::from("14d"), Json::from("1h30m")])
}

/// Words with their meanings.
pub(super) fn choices(words: &[(String, String)]) -> Vec<Object> {
    let choice = |(word, meaning): &(String, String)| {
        Object::new().with("const", word.as_str()).with_text("description", meaning)
    };
    words.iter().map(choice).collect()
}

/// A capability, alone or for one's own records only.
pub(super) fn grant(capabilities: &[(String, String)]) -> Object {
    let own: Vec<String> = capabilities.iter().map(|(word, _)| format!("{word}:own")).collect();
    let mut forms = choices(capabilities);
    forms.push(Object::new().with("enum", own).with("description", "The same for records that one owns."));
    Object::new()
        .with("description", "A capability, or `capability:own` for records that one owns.")
        .with("oneOf", forms)
}

/// Named values, such as the arguments of an action.
pub(super) fn fields() -> Object {
    let texts = Object::new().with("type", "array").with("items", Object::new().with("type", "string"));
    let kinds: Vec<Json> = ["string", "number", "boolean", "null"].map(Json::from).into();
    let scalar = Object::new().with("type", kinds);
    Object::new()
        .with(
            "description",
            "Named values: texts, numbers, true, false and lists of texts; null is the same as absent.",
        )
        .with("type", "object")
        .with("additionalProperties", Object::new().with("anyOf", vec![scalar, texts]))
}

/// A condition in either form.
pub(super) fn criteria() -> Object {
    let form = |name: &str| Object::new().with("$ref", format!("#/$defs/{name}"));
    let forms = vec![form("CriteriaText"), form("CriteriaTree")];
    Object::new().with("description", "A condition, as text or as a tree.").with("anyOf", forms)
}

/// A condition as text.
pub(super) fn criteria_text() -> Object {
    Object::new()
        .with("description", "A condition as text, in a subset of CEL.")
        .with("type", "string")
        .with("minLength", 1)
        .with("examples", vec![Json::from("budget >= 5000 && has(email)")])
}

/// Operators by how many operands they take: at least, at most.
const OPERANDS: [(&[&str], u32, Option<u32>); 5] = [
    // A chain of one is that one, an empty one its neutral value.
    (&["&&", "||"], 0, None),
    (&["!", "size", "timestamp", "duration"], 1, Some(1)),
    (&["-"], 1, Some(2)),
    (
        &[
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "in",
            "+",
            "*",
            "/",
            "%",
            "startsWith",
            "endsWith",
            "contains",
            "matches",
        ],
        2,
        Some(2),
    ),
    (&["?:"], 3, Some(3)),
];

/// A condition as a tree; `operators` are all there are.
pub(super) fn criteria_tree(operators: &[String]) -> Result<Object, String> {
    let known = |op: &str| op == "has" || OPERANDS.iter().any(|(words, ..)| words.contains(&op));
    if let Some(new) = operators.iter().find(|op| !known(op)) {
        return Err(format!("how many operands `{new}` takes is not known here"));
    }
    let tree = || Object::new().with("$ref", "#/$defs/CriteriaTree");
    let closed = |properties: Object, required: &[&str]| {
        let required: Vec<Json> = required.iter().copied().map(Json::from).collect();
        Object::new()
            .with("type", "object")
            .with("properties", properties)
            .with("required", required)
            .with("additionalProperties", false)
    };
    let operation = |words: &[&str], args: Object| {
        let words: Vec<Json> = words.iter().copied().map(Json::from).collect();
        closed(
            Object::new().with("op", Object::new().with("enum", words)).with("args", args),
            &["op", "args"],
        )
    };
    let name = Object::new()
        .with("type", "string")
        .with("pattern", r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$");
    let name = closed(Object::new().with("name", name), &["name"]).with(
        "description",
        "The value of a field, of an input or of a built-in name such as `record.owner`.",
    );
    let kinds: Vec<Json> = ["null", "boolean", "number", "string"].map(Json::from).into();
    let in_list: Vec<Json> = ["boolean", "number", "string"].map(Json::from).into();
    let list = Object::new().with("type", "array").with("items", Object::new().with("type", in_list));
    let value = Object::new().with("anyOf", vec![Object::new().with("type", kinds), list]);
    let double =
        Object::new().with("const", "double").with("description", "For whole numbers that are doubles.");
    let value = closed(Object::new().with("value", value).with("type", double), &["value"])
        .with("description", "A literal, or a list of literals.");
    let items = Object::new().with("type", "array").with("items", tree());
    let nodes = closed(Object::new().with("list", items), &["list"])
        .with("description", "A list whose elements are trees.");
    let one_name = Object::new()
        .with("type", "array")
        .with("items", name.clone())
        .with("minItems", 1)
        .with("maxItems", 1);
    let mut forms = vec![name, value, nodes, operation(&["has"], one_name)];
    for (words, least, most) in OPERANDS {
        let mut args = Object::new().with("type", "array").with("items", tree()).with("minItems", least);
        if let Some(most) = most {
            args = args.with("maxItems", most);
        }
        forms.push(operation(words, args));
    }
    Ok(Object::new().with("description", "A condition as a tree, for rule builders.").with("anyOf", forms))
}
