//! What a criterion needs beside its nodes: instants and spans read at load, and compiled patterns.

use alloc::string::String;
use alloc::vec::Vec;

use super::error::ErrorKind;

/// Constants of one criterion, by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Constants {
    times: Vec<i64>,
    #[cfg(feature = "regex")]
    patterns: Vec<regex::Regex>,
}

impl Constants {
    /// Keeps the microseconds of a literal; the number is never zero.
    pub(super) fn time(&mut self, micros: i64) -> u32 {
        self.times.push(micros);
        self.times.len() as u32
    }

    /// The microseconds with this number.
    pub(super) fn micros(&self, number: u32) -> Option<i64> {
        self.times.get((number as usize).checked_sub(1)?).copied()
    }

    #[cfg(feature = "regex")]
    pub(super) fn pattern(&mut self, pattern: &str, bytes: usize) -> Result<u32, (ErrorKind, String)> {
        use alloc::format;
        use alloc::string::ToString;

        use super::literal::shortened;

        let compiled = regex::RegexBuilder::new(pattern).size_limit(bytes).build();
        match compiled {
            Ok(regex) => {
                self.patterns.push(regex);
                Ok(self.patterns.len() as u32 - 1)
            }
            Err(regex::Error::CompiledTooBig(_)) => {
                let message =
                    format!("the pattern `{}` compiles to more than {bytes} bytes", shortened(pattern));
                Err((ErrorKind::Limit, message))
            }
            Err(error) => {
                // The last line of the engine's message says what is wrong; those before draw where.
                let text = error.to_string();
                let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                Err((ErrorKind::Literal, format!("`{}` is not a pattern: {why}", shortened(pattern))))
            }
        }
    }

    #[cfg(not(feature = "regex"))]
    pub(super) fn pattern(&mut self, _: &str, _: usize) -> Result<u32, (ErrorKind, String)> {
        Err((
            ErrorKind::Unsupported,
            String::from("`matches` needs the feature `regex`, which this build lacks"),
        ))
    }

    #[cfg(feature = "regex")]
    pub(super) fn is_match(&self, pattern: u32, text: &str) -> bool {
        self.patterns.get(pattern as usize).is_some_and(|regex| regex.is_match(text))
    }

    #[cfg(not(feature = "regex"))]
    pub(super) fn is_match(&self, _: u32, _: &str) -> bool {
        false
    }
}
