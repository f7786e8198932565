//! The checks of a definition (S37): every finding has a case that trips it and a neighbour that
//! does not, everything is told at once, and nothing that a stranger sends breaks the reader.

mod actions;
mod at_once;
mod base;
mod calendars;
mod codes;
mod everywhere;
mod hostile;
mod limits;
mod meaning;
mod moves;
mod names;
mod places;
mod promises;
mod routes;
mod tables;
