//! The SQLite store through its public face.

mod contract;
mod counts;
mod files;
mod folder;
mod host;
mod limits;
mod sharing;
