//! The verbs. Each has a module of its name with the arguments that it takes and a `run`.

mod check;
mod completions;
mod create;
mod diagram;
mod diff;
mod edit;
mod explain;
mod history;
mod import;
mod in_force;
mod init;
mod list;
mod migrate;
mod move_record;
mod moves;
mod publish;
mod replay;
mod route;
mod set;
mod undo;
mod verify;
mod versions;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Declares the verbs: which there are, and that each runs by its module.
macro_rules! verbs {
    ($($(#[$meta:meta])* $verb:ident $module:ident,)*) => {
        /// What to do.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Verb {
            $($(#[$meta])* $verb($module::Arguments),)*
        }

        impl Verb {
            /// Does it.
            pub(crate) fn run(&self, output: &mut Output) -> Result<Exit, Failure> {
                match self {
                    $(Self::$verb(arguments) => $module::run(arguments, output),)*
                }
            }
        }
    };
}

verbs! {
    /// Say everything that is wrong with a definition, line by line
    Check check,
    /// Draw a definition as a Mermaid or Graphviz diagram
    Diagram diagram,
    /// Make a database with a published pipeline
    Init init,
    /// Bring a list in from a CSV file
    Import import,
    /// Create a record
    Create create,
    /// Set or clear fields of a record
    Set set,
    /// List records, or count them stage by stage
    List list,
    /// List the moves open to somebody now
    Moves moves,
    /// Move a record
    Move move_record,
    /// Undo the move that brought a record into its stage
    Undo undo,
    /// Say of every move and stage whether it is open, and why not
    Explain explain,
    /// Say the shortest lawful way to a stage
    Route route,
    /// Tell the history of a record
    History history,
    /// Check the hash chains of one record or of all
    Verify verify,
    /// Say what changed between two definitions
    Diff diff,
    /// Publish a definition, and move records by a map
    Publish publish,
    /// Change a published pipeline: its stages, categories, moves, roles
    Edit edit,
    /// Move records by a map, or go on with a migration
    Migrate migrate,
    /// Judge the past again under another definition
    Replay replay,
    /// List the published versions of a pipeline, or show one
    Versions versions,
    /// Write completions for a shell
    Completions completions,
}
