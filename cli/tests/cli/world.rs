//! A folder with a database, and the command run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use lifestage::presets;
use serde_json::Value;
use tempfile::TempDir;

/// The command.
pub(crate) const LIFESTAGE: &str = env!("CARGO_BIN_EXE_lifestage");

/// A small pipeline of deals.
pub(crate) const DEALS: &str = r#"{
  "id": "deals", "name": "Deals", "record_kind": "deal",
  "fields": { "amount": "int" },
  "categories": [
    { "id": "open", "name": "Open", "outcome": "open" },
    { "id": "won", "name": "Won", "outcome": "won" }
  ],
  "stages": [
    { "id": "offered", "name": "Offered", "category": "open", "default": true },
    { "id": "signed", "name": "Signed", "category": "won", "final": true }
  ],
  "policy": { "moves": [{ "id": "sign", "label": "Sign", "from": "offered", "to": "signed" }] },
  "roles": {
    "sales": { "can": ["create", "view", "move"] },
    "owner": { "inherits": ["sales"], "can": ["publish"] }
  }
}
"#;

/// A folder of its own.
pub(crate) struct World {
    folder: TempDir,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// Without anything.
    pub(crate) fn empty() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// With `crm.db`, in which the leads `lead-1` and `lead-2` are new and `lead-3` is contacted.
    pub(crate) fn new() -> Self {
        let world = Self::empty();
        world.done(&["init", "crm.db", "--preset", "lead", "--actor", "olga"]);
        for lead in ["lead-1", "lead-2", "lead-3"] {
            world.done(&["create", lead, "--field", &format!("name={lead}")]);
        }
        world.done(&["move", "lead-3", "mark_contacted"]);
        world
    }

    /// With `crm.db`: the pipelines `lead`, `life_stages` for customers and `deals`, and nobody in them.
    pub(crate) fn with_people() -> Self {
        let world = Self::empty();
        world.write("life_stages.json", presets::LIFE_STAGES);
        world.write("deals.json", DEALS);
        let stage = r#""stage": "customer""#;
        world.write_lead("lead.json", stage, &format!(r#"{stage}, "deals": "deals""#));
        world.done(&["init", "crm.db", "--definition", "lead.json", "--actor", "olga"]);
        world.done(&["publish", "life_stages.json", "--actor", "olga", "--role", "admin"]);
        world.done(&["publish", "deals.json", "--actor", "olga", "--role", "owner"]);
        world
    }

    /// With `crm.db`: the owner `mo` in New Inquiry of `sales_stages`, with a task written down in row 2, and the
    /// contact `ada` in Approved of `contact_stages`.
    pub(crate) fn with_work() -> Self {
        let world = Self::empty();
        world.write("contact_stages.json", presets::CONTACT_STAGES);
        world.done(&["init", "crm.db", "--preset", "sales_stages", "--actor", "olga"]);
        world.done(&["publish", "contact_stages.json", "--actor", "olga", "--role", "admin"]);
        let mo = ["--field", "name=Mo", "--field", "property=Elm Street 1"];
        world.done(&[&["create", "mo", "--pipeline", "sales_stages", "--role", "user"], &mo[..]].concat());
        world.done(&["log", "mo", "task", "Look up the street", "--role", "user"]);
        world.done(&[
            "create",
            "ada",
            "--pipeline",
            "contact_stages",
            "--stage",
            "approved",
            "--role",
            "admin",
        ]);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes the lead pipeline with something replaced, which must be in it.
    pub(crate) fn write_lead(&self, name: &str, from: &str, to: &str) {
        assert!(presets::LEAD.contains(from), "{from}");
        self.write(name, presets::LEAD.replacen(from, to, 1));
    }

    /// The command in this folder, as Sam of sales at a fixed time.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(LIFESTAGE);
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs([
            ("LIFESTAGE_ACTOR", "sam"),
            ("LIFESTAGE_ROLE", "sales"),
            ("LIFESTAGE_NOW", "2026-03-02T09:00:00Z"),
        ]);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs what must end with 0, and gives its text.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}: {ran:?}");
        ran.out
    }

    /// Runs with `--json`; gives the code and the one document.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.err, "", "{arguments:?}");
        assert_eq!(ran.out.lines().count(), 1, "{arguments:?}: {}", ran.out);
        (ran.code, serde_json::from_str(&ran.out).unwrap())
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
