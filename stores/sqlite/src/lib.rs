//! The SQLite store of lifestage.
