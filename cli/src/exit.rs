//! Exit codes: one table, from which `--help` is made and which `docs/cli.md` is compared with.

use std::process::ExitCode;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Refused = 1,
    Usage = 2,
    Failed = 3,
    Conflict = 4,
    Missing = 5,
}

impl Exit {
    const ALL: [Self; 6] =
        [Self::Done, Self::Refused, Self::Usage, Self::Failed, Self::Conflict, Self::Missing];

    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or there was nothing to do",
            Self::Refused => "refused, or something is wrong with what was looked at",
            Self::Usage => "the arguments are wrong",
            Self::Failed => "a file or the database cannot be read or written",
            Self::Conflict => "somebody else was first or is busy: try again",
            Self::Missing => {
                "there is no such database, pipeline, stage, move, record, row, effect, queue or pool"
            }
        }
    }

    /// The table as `--help` shows it.
    pub(crate) fn table() -> String {
        let rows = Self::ALL.map(|exit| format!("  {}  {}\n", exit.number(), exit.meaning()));
        format!("Exit codes:\n{}", rows.concat())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
