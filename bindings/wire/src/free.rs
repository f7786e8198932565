//! Operations that need nothing but their input.

use std::collections::BTreeMap;

use lifestage::catalog::{Colour, Icon, PALETTE};
use lifestage::criteria::{Criteria, CriteriaError, Expr, FieldType, Limits, Scope, Slot};
use lifestage::definition::{self, Definition};
use lifestage::journal::{self, Row};
use lifestage::{Fields, Pipeline, Record, presets};
use serde_json::{Value as Json, json};

use crate::answer::{self, to_json};
use crate::fault::{Fault, FaultCode};
use crate::input::Input;
use crate::operation::{Entry, Free, Outcome, free};

pub(crate) static TABLE: &[Entry<Free>] = &[
    free("check", "definition", "Everything that is wrong, or doubtful, about a definition.", check),
    free("presets", "", "The ready definitions, by their ids.", |_| {
        Ok(presets::ALL.iter().map(|(id, _)| Json::from(*id)).collect())
    }),
    free("preset", "id", "One ready definition.", preset),
    free("icons", "", "The icons that stages may have, group by group.", |_| {
        let icon = |icon: &Icon| json!({ "name": icon.name(), "group": icon.group().name() });
        Ok(Icon::ALL.iter().map(icon).collect())
    }),
    free("palette", "", "The colours with a name, as a picker shows them.", |_| {
        let colour = |(name, colour): &(&str, Colour)| json!({ "name": name, "colour": colour.hex() });
        Ok(PALETTE.iter().map(colour).collect())
    }),
    free("diff", "old new", "What differs between two definitions.", |it| {
        let (old, new): (Definition, Definition) = (it.take("old")?, it.take("new")?);
        to_json(&definition::diff(&old, &new))
    }),
    free(
        "criteria",
        "names criteria facts?",
        "What a criterion says of facts, and what is to blame.",
        criteria,
    ),
    free(
        "verify",
        "record rows",
        "Whether rows are the whole journal of a record, each as it was written.",
        |it| {
            let (record, rows): (Record, Vec<Row>) = (it.take("record")?, it.take("rows")?);
            Ok(match journal::verify(&record, &rows) {
                Ok(()) => json!("holds"),
                Err(error) => answer::fault_of_chain(&error),
            })
        },
    ),
    free("visits", "rows", "The stays in stages that a journal tells of.", |it| {
        to_json(&journal::visits(&it.take::<Vec<Row>>("rows")?))
    }),
];

fn check(it: &Input<'_>) -> Outcome {
    let findings: Vec<Json> = match Pipeline::from_json(&it.document()?) {
        Ok(pipeline) => pipeline.warnings().iter().map(answer::finding).collect(),
        Err(error) => error.findings().iter().map(answer::finding).collect(),
    };
    Ok(findings.into())
}

fn preset(it: &Input<'_>) -> Outcome {
    let id: String = it.take("id")?;
    let found = presets::ALL.iter().find(|(known, _)| *known == id);
    let (_, document) =
        found.ok_or_else(|| Fault::new(FaultCode::InvalidInput, format!("there is no preset `{id}`")))?;
    Ok(json!({ "id": id, "definition": *document }))
}

fn criteria(it: &Input<'_>) -> Outcome {
    let names: BTreeMap<String, FieldType> = it.take("names")?;
    let facts: Fields = it.or_default("facts")?;
    let mut scope = Scope::new();
    for (name, ty) in &names {
        scope.declare(name, *ty);
    }
    let text: String = it.take("criteria")?;
    let built = Expr::parse(&text).map_err(|error| vec![error]).and_then(|expr| {
        let built = Criteria::build(expr, &scope, None, &Limits::default());
        built.map_err(|errors| errors.into_iter().collect())
    });
    let criteria = built.map_err(|errors| unaccepted(&errors))?;
    let slots: Vec<Slot<'_>> = names
        .iter()
        .map(|(name, ty)| facts.get(name).map_or(Slot::Missing, |value| Slot::bind(value, *ty)))
        .collect();
    Ok(json!({
        "truth": criteria.eval(&slots[..]),
        "canonical": criteria.to_string(),
        "failures": criteria.failures(&slots[..]),
    }))
}

/// A criterion that is not accepted.
fn unaccepted(errors: &[CriteriaError]) -> Fault {
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let detail: Vec<Json> = errors
        .iter()
        .map(|error| {
            json!({
                "kind": error.kind().name(), "message": error.to_string(),
                "from": error.span().map(|span| span.start), "to": error.span().map(|span| span.end),
            })
        })
        .collect();
    Fault::new(FaultCode::InvalidCriteria, told.join("; ")).with_detail(json!({ "errors": detail }))
}
