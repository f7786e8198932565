//! The native half of the Python package `lifestage`: frozen classes over the core's own types.
//!
//! Python sees it as `lifestage._native`; what it is for is told in `python/lifestage` and the README.

mod actor;
mod batch;
mod catalog;
mod change;
mod criteria;
mod decision;
mod errors;
mod explain;
mod facts;
mod host;
mod journal;
mod json;
mod pipeline;
mod record;
mod refusal;
mod request;
mod row;
mod time;
mod value;
mod verdict;
mod workspace;

/// The functions and classes of the package that are written in Rust.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use crate::actor::Actor;
    #[pymodule_export]
    use crate::batch::Codes;
    #[pymodule_export]
    use crate::catalog::{Finding, Move, Stage};
    #[pymodule_export]
    use crate::change::{Change, Effect};
    #[pymodule_export]
    use crate::criteria::{Criteria, Failure};
    #[pymodule_export]
    use crate::decision::{Moved, Proposed, Refused, Unchanged};
    #[pymodule_export]
    use crate::explain::{Ask, Explanation, MoveExplanation, Offer, StageExplanation};
    #[pymodule_export]
    use crate::journal::{ChainFault, Visit, verify, verify_effects, visits};
    #[pymodule_export]
    use crate::pipeline::Pipeline;
    #[pymodule_export]
    use crate::record::Record;
    #[pymodule_export]
    use crate::refusal::{Reason, Refusal, Route, RouteStep};
    #[pymodule_export]
    use crate::request::Request;
    #[pymodule_export]
    use crate::row::{FactChange, Row, StageMark};
    #[pymodule_export]
    use crate::verdict::{Roles, Verdict};
    #[pymodule_export]
    use crate::workspace::{Crm, Store, call, operations};
}
