//! Only tests: see `tests/criteria_cel.rs`.
