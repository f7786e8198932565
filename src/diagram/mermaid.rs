use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::{FREE, edges, groups, hex, is_light, label, origin, title};
use crate::catalog::Stage;
use crate::pipeline::Pipeline;

/// A pipeline as a Mermaid flowchart. A state diagram would be nearer in kind, but Mermaid does not
/// draw transitions between states of different groups.
///
/// ```
/// use lifestage::{Pipeline, diagram, presets};
///
/// let lead = Pipeline::from_json(presets::LEAD)?;
/// let text = diagram::mermaid(&lead);
/// assert!(text.starts_with("flowchart LR\n"));
/// assert!(text.contains("s0 -->|\"Mark contacted\"| s1"));
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
pub fn mermaid(pipeline: &Pipeline) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.push("flowchart LR".into());
    for (number, (category, stages)) in groups(pipeline).into_iter().enumerate() {
        lines.push(format!("  subgraph c{number}[\"{}\"]", escaped(&title(category))));
        for (ix, stage) in stages {
            let (open, close) = if stage.is_final() { ("[[", "]]") } else { ("[", "]") };
            lines.push(format!("    s{}{open}\"{}\"{close}", ix.position(), escaped(stage.name())));
        }
        lines.push("  end".into());
    }
    lines.push("  start((\" \"))".into());
    lines.push(format!("  start --> s{}", pipeline.catalog().default.position()));
    if edges(pipeline).any(|edge| edge.from.is_none()) {
        lines.push("  none([\"no stage\"])".into());
    }
    for edge in edges(pipeline) {
        let arrow = if edge.returns { "-.->" } else { "-->" };
        let from = origin(&edge);
        lines.push(format!("  {from} {arrow}|\"{}\"| s{}", escaped(&label(&edge)), edge.to.position()));
    }
    if pipeline.policy().is_free() {
        lines.push(format!("  free>\"{FREE}\"]"));
    }
    for (ix, stage) in groups(pipeline).into_iter().flat_map(|(_, stages)| stages) {
        lines.extend(style(ix.position(), stage));
    }
    lines.push("  style start fill:#000,stroke:#000".into());
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn style(number: u16, stage: &Stage) -> Option<String> {
    let colour = stage.colour()?;
    let ink = if is_light(colour) { "#000" } else { "#fff" };
    Some(format!("  style s{number} fill:{0},stroke:{0},color:{ink}", hex(colour)))
}

/// A text between double quotes. All but letters, digits, blanks and a little punctuation is written
/// as a number: Mermaid looks for markup, comments and settings in quoted text too.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || !c.is_ascii() || " ,-'!?+=/()".contains(c) => safe.push(c),
            // Writing to a text does not fail.
            c => drop(write!(safe, "#{};", u32::from(c))),
        }
    }
    safe
}
