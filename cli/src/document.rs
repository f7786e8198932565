//! Definitions from files: read, checked, and shown with everything that is wrong.

use std::io::Read as _;
use std::path::Path;

use lifestage::{Finding, Pipeline, Severity};

use crate::failure::Failure;
use crate::output::Text;
use crate::snippet::Place;

/// A definition from a file, with what was found about it.
#[derive(Debug)]
pub(crate) struct Document {
    file: String,
    text: String,
    findings: Vec<Finding>,
    pipeline: Option<Pipeline>,
}

fn is_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The text of a file; `-` is the standard input.
fn text_of(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    if is_input(path) {
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| Failure::file("read", path, error))?;
    } else {
        bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, plain(&error)))?;
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::file("read", path, format_args!("it is not in UTF-8 from byte {at} on"))
    })?;
    // Some editors put a mark of the byte order before the text.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// What a file holds as JSON; `what` says what it should be.
pub(crate) fn json_of<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> Result<T, Failure> {
    serde_json::from_str(&text_of(path)?)
        .map_err(|error| Failure::unreadable(format!("`{}` is no {what}: {error}", path.display())))
}

impl Document {
    /// Reads and checks a definition; `-` is the standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = text_of(path)?;
        let file = if is_input(path) { "standard input".to_owned() } else { path.display().to_string() };
        let (pipeline, findings) = match Pipeline::from_json(&text) {
            Ok(pipeline) => {
                let findings = pipeline.warnings().to_vec();
                (Some(pipeline), findings)
            }
            Err(error) => (None, error.findings().to_vec()),
        };
        Ok(Self { file, text, findings, pipeline })
    }

    /// The pipeline of a definition that loads.
    pub(crate) fn pipeline(path: &Path) -> Result<Pipeline, Failure> {
        let mut document = Self::read(path)?;
        document.pipeline.take().ok_or_else(|| Failure::Definition(Box::new(document)))
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    pub(crate) const fn loads(&self) -> Option<&Pipeline> {
        self.pipeline.as_ref()
    }

    /// The findings with their places.
    pub(crate) fn places(&self) -> Vec<Place<'_>> {
        Place::all(&self.text, &self.findings)
    }

    /// How many findings are of this severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity() == severity).count()
    }

    /// What was found, in a line.
    pub(crate) fn summary(&self) -> String {
        let counted = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        let mut summary = format!("{}: {}", self.file, counted(errors, "error"));
        if warnings > 0 {
            summary.push_str(&format!(", {}", counted(warnings, "warning")));
        }
        summary
    }

    /// Every finding with its line.
    pub(crate) fn findings_text(&self, text: &mut Text) {
        for place in self.places() {
            text.ready(&place.rendered(&self.file, &self.text)).end();
        }
    }
}

/// What the operating system says, without its number.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let said = error.to_string();
    let words = said.split(" (os error").next().unwrap_or(&said);
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
