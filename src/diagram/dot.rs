use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{FREE, edges, groups, hex, is_light, label, origin, title};
use crate::catalog::Stage;
use crate::pipeline::Pipeline;

/// A pipeline as a graph in the DOT language of Graphviz.
///
/// ```
/// use lifestage::{Pipeline, diagram, presets};
///
/// let lead = Pipeline::from_json(presets::LEAD)?;
/// let text = diagram::dot(&lead);
/// assert!(text.starts_with("digraph {\n"));
/// assert!(text.contains("s0 -> s1 [label=\"Mark contacted\"]"));
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
pub fn dot(pipeline: &Pipeline) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.push("digraph {".into());
    let name = escaped(pipeline.name());
    // Only the escape of the language is added here; both parts are escaped already.
    let heading = if pipeline.policy().is_free() { format!("{name}\\n{FREE}") } else { name };
    lines.push(format!("  graph [label=\"{heading}\", labelloc=t, rankdir=LR, fontname=\"sans-serif\"]"));
    lines.push(
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"]".into(),
    );
    lines.push("  edge [fontname=\"sans-serif\", fontsize=10]".into());
    for (number, (category, stages)) in groups(pipeline).into_iter().enumerate() {
        lines.push(format!("  subgraph cluster_{number} {{"));
        lines.push(format!("    graph [label=\"{}\", color=gray]", escaped(&title(category))));
        for (ix, stage) in stages {
            lines.push(format!("    s{} [{}]", ix.position(), attributes(stage)));
        }
        lines.push("  }".into());
    }
    lines.push("  start [shape=point, width=0.2, fillcolor=black]".into());
    lines.push(format!("  start -> s{}", pipeline.catalog().default.position()));
    if edges(pipeline).any(|edge| edge.from.is_none()) {
        lines.push("  none [label=\"no stage\", style=dashed]".into());
    }
    for edge in edges(pipeline) {
        let from = origin(&edge);
        let style = if edge.returns { ", style=dashed" } else { "" };
        let label = escaped(&label(&edge));
        lines.push(format!("  {from} -> s{} [label=\"{label}\"{style}]", edge.to.position()));
    }
    lines.push("}\n".into());
    lines.join("\n")
}

fn attributes(stage: &Stage) -> String {
    let mut attributes = format!("label=\"{}\"", escaped(stage.name()));
    if let Some(colour) = stage.colour() {
        let ink = if is_light(colour) { "black" } else { "white" };
        attributes.push_str(&format!(", fillcolor=\"{}\", fontcolor={ink}", hex(colour)));
    }
    if stage.is_final() {
        attributes.push_str(", peripheries=2");
    }
    attributes
}

/// A text between double quotes, in which Graphviz knows escapes and the entities of HTML.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => safe.push_str("\\\""),
            '\\' => safe.push_str("\\\\"),
            '&' => safe.push_str("&amp;"),
            c => safe.push(c),
        }
    }
    safe
}
