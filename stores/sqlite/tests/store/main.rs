//! The SQLite store through its public face.

mod contract;
mod counts;
mod erasure;
mod files;
mod folder;
mod forgetting;
mod host;
mod kills;
mod limits;
mod sharing;
mod versions;
