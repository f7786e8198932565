//! The command as people run it: arguments in, text or JSON and an exit code out.

mod check;
mod customers;
mod failures;
mod help;
mod import;
mod pages;
mod people;
mod publish;
mod records;
mod session;
mod work;
mod world;
