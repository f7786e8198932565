//! stub
use alloc::string::String;
use serde::{Deserialize, Serialize};
/// stub
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FieldType { String, Int, Double, Bool, Timestamp, Duration, List }
/// stub
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source(pub String);
impl From<&str> for Source { fn from(s: &str) -> Self { Self(s.into()) } }
