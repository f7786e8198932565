//! `lifestage` itself, registered beside the peers.
//!
//! Four cases belong here, each an engine that implements [`Decide`](crate::engine::Decide) and is added as
//! [`Kind::Ours`](crate::harness::Kind::Ours):
//!
//! - `verdict, ids and interned slots`
//! - `verdict, &str slots`
//! - `verdict, names and a map of facts`
//! - `full decide to a Change`
//!
//! A case is added so: `suite.add(Kind::Ours, name, each(&workload.requests, |r| engine.decide(r)))`. The pipeline is
//! to be built from [`Workload::pipeline`], so that the random pipelines are judged as W1 is.

use crate::harness::Suite;
use crate::workload::Workload;

/// Adds the cases that judge whole requests, for W1 and for random pipelines.
pub fn add_decisions<'a>(_suite: &mut Suite<'a>, _workload: &'a Workload) {}
