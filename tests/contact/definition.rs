//! What a definition says of formats and regions.

use lifestage::criteria::FieldType;
use lifestage::definition::{FieldDef, FieldFormat, diff, meaning};
use lifestage::{FindingCode, Pipeline};
use serde_json::{Value as Json, json};

use super::document;

fn pipeline(field: &Json) -> Pipeline {
    Pipeline::from_json(&with_field("phone", field)).unwrap()
}

fn with_field(name: &str, field: &Json) -> String {
    let mut fields = json!({ "email": "string" });
    fields[name] = field.clone();
    document(&fields).to_string()
}

#[test]
fn a_field_has_a_format_by_its_name_or_its_word() {
    use FieldFormat::{Email, Phone, Text};
    let text = || FieldDef::new(FieldType::String);
    for (name, field, format) in [
        ("email", text(), Email),
        ("phone", text(), Phone),
        ("Email", text(), Text),
        ("fax", text(), Text),
        ("fax", text().written_as(Phone), Phone),
        ("email", text().written_as(Text), Text),
        ("email", text().one_of(["a@b.com"]), Text),
        ("phone", FieldDef::new(FieldType::Int), Text),
        ("phone", text().written_as(Email), Email),
    ] {
        assert_eq!(field.format_as(name), format, "{name} {field:?}");
    }
}

#[test]
fn documents_keep_what_they_say() {
    for field in [
        json!({ "type": "string", "format": "phone", "region": "DE" }),
        json!({ "type": "string", "format": "text" }),
        json!({ "type": "string", "region": "CH" }),
    ] {
        let written: Json = serde_json::from_str(&pipeline(&field).to_json()).unwrap();
        assert_eq!(written["fields"]["phone"], field);
    }
    let built = FieldDef::new(FieldType::String).written_as(FieldFormat::Phone).in_region("DE");
    assert_eq!(
        serde_json::to_value(&built).unwrap(),
        json!({ "type": "string", "format": "phone", "region": "DE" })
    );
}

#[test]
fn a_format_or_region_out_of_place_is_found() {
    use FindingCode::{BadValue, WrongType};
    for (name, field, code, place, message) in [
        (
            "phone",
            json!({ "type": "string", "region": "UK" }),
            BadValue,
            "/fields/phone/region",
            "`UK` is no region: write two capital letters, such as `DE`",
        ),
        (
            "phone",
            json!({ "type": "string", "region": "de" }),
            BadValue,
            "/fields/phone/region",
            "`de` is no region: write two capital letters, such as `DE`",
        ),
        (
            "email",
            json!({ "type": "string", "region": "DE" }),
            BadValue,
            "/fields/email/region",
            "a region is for phone numbers, and this field has none",
        ),
        (
            "phone",
            json!({ "type": "string", "format": "text", "region": "DE" }),
            BadValue,
            "/fields/phone/region",
            "a region is for phone numbers, and this field has none",
        ),
        (
            "size",
            json!({ "type": "int", "format": "phone" }),
            WrongType,
            "/fields/size/format",
            "only texts have a format, and this is int",
        ),
        (
            "desk",
            json!({ "type": "string", "format": "phone", "one_of": ["1", "2"] }),
            BadValue,
            "/fields/desk/format",
            "the values are listed, so they are written as they are",
        ),
    ] {
        let error = Pipeline::from_json(&with_field(name, &field)).unwrap_err();
        let found: Vec<_> =
            error.findings().iter().map(|found| (found.code(), found.pointer(), found.message())).collect();
        assert_eq!(found, [(code, place, message)], "{field}");
    }
    let error = Pipeline::from_json(&with_field("a", &json!({ "type": "string", "format": "mail" })));
    assert_eq!(error.unwrap_err().findings()[0].pointer(), "/fields/a/format");
}

#[test]
fn format_and_region_mean_something_where_they_are_said() {
    let says = |field: &Json| pipeline(field).definition().clone();
    let plain = says(&json!("string"));
    let mut told = Vec::new();
    for field in [
        json!({ "type": "string", "region": "DE" }),
        json!({ "type": "string", "format": "phone" }),
        json!({ "type": "string", "format": "text" }),
    ] {
        let other = says(&field);
        assert_ne!(meaning(&plain), meaning(&other), "{field}");
        told.extend(diff(&plain, &other).differences().iter().map(ToString::to_string));
    }
    assert_eq!(
        told,
        [
            "field `phone` now takes phone numbers of `DE`",
            "field `phone` is now written as `phone`",
            "field `phone` is now written as `text`",
        ]
    );
    assert_eq!(meaning(&plain), meaning(&says(&json!({ "type": "string" }))));
}

/// Those that share their country code with others, and the biggest of those first.
#[test]
fn every_region_with_a_numbering_plan_may_be_named() {
    for region in ["US", "CA", "GB", "JE", "IT", "VA", "RU", "KZ", "AU", "NO", "FI", "MA", "DE", "IN", "JP"] {
        let field = json!({ "type": "string", "region": region });
        assert!(Pipeline::from_json(&with_field("phone", &field)).is_ok(), "{region}");
    }
}
