//! A pipeline as a picture, in text that others draw: Mermaid and Graphviz.
//!
//! Categories are groups, listed moves are labelled edges, and stages have their colours. A dot leads
//! to the default stage, final stages have a double border, and steps back and revivals are dashed.
//! Archived stages are left out, and so are the moves that a free pipeline implies (S8): a line says
//! that there are some. Names are escaped, so that a definition from a stranger draws no more than itself.

mod dot;
mod mermaid;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use dot::dot;
pub use mermaid::mermaid;

use crate::catalog::{Category, Colour, Stage, StageIx};
use crate::definition::MoveKind;
use crate::pipeline::Pipeline;

/// What a free pipeline says in place of a hundred edges.
const FREE: &str = "besides, every stage leads to every other";

/// One move from one of its sources.
struct Edge<'a> {
    /// None for a move of records without a stage.
    from: Option<StageIx>,
    to: StageIx,
    label: &'a str,
    approval: bool,
    /// Whether it corrects a step or brings a record back.
    returns: bool,
}

/// The moves between stages in use, grouped by source.
fn edges(pipeline: &Pipeline) -> impl Iterator<Item = Edge<'_>> {
    let (catalog, policy) = (pipeline.catalog(), pipeline.policy());
    let drawn = |ix: StageIx| catalog.at(ix).is_some_and(|stage| !stage.is_archived());
    let steps = policy.steps.iter().filter(move |step| drawn(step.to) && step.from.is_none_or(drawn));
    steps.map(|step| Edge {
        from: step.from,
        to: step.to,
        label: policy.label_of(step),
        approval: step.approval,
        returns: matches!(step.kind, MoveKind::StepBack | MoveKind::Revive),
    })
}

/// A category with its stages in use, each with its place.
type Group<'a> = (&'a Category, Vec<(StageIx, &'a Stage)>);

/// The categories in order; one without stages in use is left out.
fn groups(pipeline: &Pipeline) -> Vec<Group<'_>> {
    let catalog = pipeline.catalog();
    let in_use = |category: &Category| {
        let own = catalog.indices().map(|ix| (ix, catalog.get(ix)));
        own.filter(|(_, stage)| !stage.is_archived() && catalog.category_of(stage) == Some(category))
            .collect()
    };
    let groups = catalog.categories().map(|category| (category, in_use(category)));
    groups.filter(|(_, stages): &Group<'_>| !stages.is_empty()).collect()
}

/// What an edge comes from, by its name in the picture.
fn origin(edge: &Edge<'_>) -> String {
    edge.from.map_or_else(|| "none".into(), |from| format!("s{}", from.position()))
}

/// The name of a category, with its outcome where the name does not say it.
fn title(category: &Category) -> String {
    let (name, outcome) = (category.name(), category.outcome());
    if name.eq_ignore_ascii_case(outcome.name()) { name.into() } else { format!("{name} ({outcome})") }
}

/// The text of an edge.
fn label(edge: &Edge<'_>) -> String {
    let approval = if edge.approval { " (needs approval)" } else { "" };
    format!("{}{approval}", edge.label)
}

/// Whether black is easier to read on this colour than white: its relative luminance is above the
/// point where the two contrast alike.
fn is_light(colour: Colour) -> bool {
    let [red, green, blue] = colour.channels().map(f64::from).map(|channel| channel / 255.0);
    // The square stands in for the exponent 2.4 of sRGB, which needs the standard library.
    0.2126 * red * red + 0.7152 * green * green + 0.0722 * blue * blue > 0.2
}

/// A colour as both languages write it.
fn hex(colour: Colour) -> String {
    let [red, green, blue] = colour.channels();
    format!("#{red:02x}{green:02x}{blue:02x}")
}
