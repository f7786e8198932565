//! The SQLite store through its public face.

mod contract;
mod folder;
