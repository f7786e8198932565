//! The verbs. Each has a module of its name with the arguments that it takes and a `run`.

mod act;
mod assign;
mod catch_up;
mod check;
mod claim;
mod completions;
mod convert;
mod create;
mod deal;
mod diagram;
mod diff;
mod done;
mod due;
mod edit;
mod erase;
mod explain;
mod history;
mod import;
mod in_force;
mod init;
mod links;
mod list;
mod log;
mod merge;
mod migrate;
mod move_record;
mod moves;
mod outbox;
mod pool;
mod publish;
mod queue;
mod replay;
mod restore;
mod route;
mod run_timers;
mod set;
mod simulate;
mod sources;
mod subjects;
mod tasks;
mod timeline;
mod trash;
mod undo;
mod verify;
mod versions;
mod who_can;

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
    /// Play a definition on a simulated clock: what would a month of work come to?
    Simulate simulate,
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
    /// Say who can make a move, or do what else can be done with a record
    WhoCan who_can,
    /// Take a record that nobody owns
    Claim claim,
    /// Give a record to somebody, to the next of a pool, or back
    Assign assign,
    /// Show the people who take records in turn, and say who is away
    Pool pool,
    /// Write down a note, call, meeting, e-mail or task
    Log log,
    /// Say that a task, or what was planned, is done, failed or somebody else's
    Done done,
    /// List what is to be done, the task due first first
    Tasks tasks,
    /// Say what is due now, and what comes next
    Due due,
    /// Carry out an action of the stage, or list those offered
    Act act,
    /// List the records on a queue, the one longest there first
    Queue queue,
    /// Let time pass: make the moves that are due by then
    RunTimers run_timers,
    /// List what is to be delivered, and try again what was given up
    Outbox outbox,
    /// Turn a lead into a customer
    Convert convert,
    /// Start a deal for a converted lead
    Deal deal,
    /// Make a duplicate one with another record
    Merge merge,
    /// List what a record points at, and what points at it
    Links links,
    /// Say what came of the leads of each source
    Sources sources,
    /// Put a record into the trash
    Trash trash,
    /// Take a record out of the trash
    Restore restore,
    /// Remove what is personal, for good
    Erase erase,
    /// Tell what happened with a record, newest first
    Timeline timeline,
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
    /// Give records the work that their stages came to have while they were there
    CatchUp catch_up,
    /// Judge the past again under another definition
    Replay replay,
    /// List the published versions of a pipeline, or show one
    Versions versions,
    /// Write completions for a shell
    Completions completions,
}
