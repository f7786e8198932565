//! What is asked for.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::digest::Digest;
use crate::journal;
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// What a request is after (S4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A move by its id: a button.
    Move(SmolStr),
    /// A stage by its id, whatever move leads there: drag, drop-down.
    Stage(SmolStr),
}

/// What the caller saw, to be compared with what is there (S16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expect {
    /// Whatever is there.
    #[default]
    Anything,
    /// The record at this version.
    Version(u64),
    /// The record in the visit that the row of this number began.
    Visit(u64),
}

/// A wish to move a record. Built with the methods below; only the target is needed.
///
/// ```
/// use lifestage::Request;
///
/// let button = Request::mv("mark_lost").with_input("reason", "price").expecting_version(7);
/// let drop_down = Request::to("lost").with_key("form-5f3a");
/// # let _ = (button, drop_down);
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Request {
    pub(crate) target: Target,
    pub(crate) input: Fields,
    pub(crate) expect: Expect,
    pub(crate) expect_meaning: Option<Digest>,
    pub(crate) key: Option<SmolStr>,
    pub(crate) force: Option<SmolStr>,
    pub(crate) backward: bool,
    pub(crate) effective_at: Option<Timestamp>,
    pub(crate) batch: Option<SmolStr>,
    pub(crate) retries: u32,
    /// What it asks for when it is no move; part of what a key stands for.
    pub(crate) operation: Option<Operation>,
    /// How many changes led to it, each by the one before (S13).
    pub(crate) depth: u16,
}

impl Request {
    fn new(target: Target) -> Self {
        Self {
            target,
            input: Fields::new(),
            expect: Expect::Anything,
            expect_meaning: None,
            key: None,
            force: None,
            backward: false,
            effective_at: None,
            batch: None,
            retries: 0,
            operation: None,
            depth: 0,
        }
    }

    /// Asks for a move by its id.
    pub fn mv(id: impl Into<SmolStr>) -> Self {
        Self::new(Target::Move(id.into()))
    }

    /// Asks for a stage by its id, whatever move leads there.
    pub fn to(stage: impl Into<SmolStr>) -> Self {
        Self::new(Target::Stage(stage.into()))
    }

    /// Gives an input that the move asks for.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.input.insert(name, value);
        self
    }

    /// Asks on condition that the record is still at this version (S16).
    #[must_use]
    pub const fn expecting_version(mut self, version: u64) -> Self {
        self.expect = Expect::Version(version);
        self
    }

    /// Asks on condition that the record is still in this visit; edits do not matter (S16).
    #[must_use]
    pub const fn expecting_visit(mut self, seq: u64) -> Self {
        self.expect = Expect::Visit(seq);
        self
    }

    /// Asks on condition that the pipeline still means this (S19).
    #[must_use]
    pub const fn expecting_meaning(mut self, meaning: Digest) -> Self {
        self.expect_meaning = Some(meaning);
        self
    }

    /// Names the request, so that asking twice does it once (S14).
    #[must_use]
    pub fn with_key(mut self, key: impl Into<SmolStr>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Asks to go past the rules, for this reason; needs the capability `force` (S12).
    #[must_use]
    pub fn forced(mut self, reason: impl Into<SmolStr>) -> Self {
        self.force = Some(reason.into());
        self
    }

    /// Lets an automation move the record backward (S7).
    #[must_use]
    pub const fn allowing_backward(mut self) -> Self {
        self.backward = true;
        self
    }

    /// Says when the move took effect, if not now (S42).
    #[must_use]
    pub const fn effective_at(mut self, at: Timestamp) -> Self {
        self.effective_at = Some(at);
        self
    }

    /// Names the batch that the request is part of.
    #[must_use]
    pub fn in_batch(mut self, batch: impl Into<SmolStr>) -> Self {
        self.batch = Some(batch.into());
        self
    }

    /// Lets a workspace decide again up to `times` more when somebody else was first (S18).
    #[must_use]
    pub const fn retrying(mut self, times: u32) -> Self {
        self.retries = times;
        self
    }

    /// How often a workspace may decide again.
    pub const fn retries(&self) -> u32 {
        self.retries
    }

    /// The same wish about another record: without expectation, key and time, which are about the first.
    pub(crate) fn about_another(&self) -> Self {
        Self { batch: self.batch.clone(), ..Self::to("") }
    }

    /// The request of another operation, with what that is about, for its digest.
    pub(crate) fn operating(&self, operation: Operation, about: Fields) -> Self {
        let mut request = self.clone();
        request.operation = Some(operation);
        for (name, value) in about.iter() {
            request.input.insert(smol_str::format_smolstr!("={name}"), value.clone());
        }
        request
    }

    /// What it is after.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// What the caller saw.
    pub const fn expect(&self) -> Expect {
        self.expect
    }

    /// The inputs given.
    pub const fn input(&self) -> &Fields {
        &self.input
    }

    /// The request key.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The digest over record, target, input, actor and expectation that a key stands for (S14).
    pub fn digest(&self, record: &str, actor: &str) -> Digest {
        let (kind, target) = match &self.target {
            Target::Move(id) => ("move", id),
            Target::Stage(id) => ("stage", id),
        };
        let kind = self.operation.map_or(kind, Operation::name);
        let expect = match self.expect {
            Expect::Anything => SmolStr::default(),
            Expect::Version(version) => smol_str::format_smolstr!("version {version}"),
            Expect::Visit(seq) => smol_str::format_smolstr!("visit {seq}"),
        };
        let force = self.force.as_deref().unwrap_or_default();
        journal::request_digest(&[record, kind, target, actor, &expect, force], &self.input)
    }
}

/// Gives a type that carries a `request` a key and a batch.
macro_rules! with_key_and_batch {
    ($name:ident) => {
        impl $name {
            /// Names the request, so that asking twice does it once (S14).
            #[must_use]
            pub fn with_key(mut self, key: impl Into<SmolStr>) -> Self {
                self.request = self.request.with_key(key);
                self
            }

            /// Names the batch that it is part of.
            #[must_use]
            pub fn in_batch(mut self, batch: impl Into<SmolStr>) -> Self {
                self.request = self.request.in_batch(batch);
                self
            }
        }
    };
}
pub(crate) use with_key_and_batch;

/// The same to a type about a record that is there, and what the caller saw of it.
macro_rules! asked_like_a_request {
    ($name:ident) => {
        crate::request::with_key_and_batch!($name);

        impl $name {
            /// On condition that the record is still at this version (S16).
            #[must_use]
            pub fn expecting_version(mut self, version: u64) -> Self {
                self.request = self.request.expecting_version(version);
                self
            }
        }
    };
}
pub(crate) use asked_like_a_request;

/// What is asked for when it is no move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Edit,
    Undo,
    Withdraw,
    Assign,
    Log,
    Delete,
    Restore,
    Convert,
    Merge,
    Erase,
    CarryOut,
    Report,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Undo => "undo",
            Self::Withdraw => "withdraw",
            Self::Assign => "assign",
            Self::Log => "log",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Convert => "convert",
            Self::Merge => "merge",
            Self::Erase => "erase",
            Self::CarryOut => "carry_out",
            Self::Report => "report",
        }
    }
}

/// The JSON form of a request: `move` or `to`, and what goes with it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "move", default, skip_serializing_if = "Option::is_none")]
    mv: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    input: Fields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect_version: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect_visit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect_meaning: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    force: Option<SmolStr>,
    #[serde(default)]
    backward: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "is_zero")]
    retries: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl TryFrom<Wire> for Request {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, &'static str> {
        let target = match (wire.mv, wire.to) {
            (Some(id), None) => Target::Move(id),
            (None, Some(stage)) => Target::Stage(stage),
            _ => return Err("a request names either a `move` or a stage in `to`"),
        };
        let expect = match (wire.expect_version, wire.expect_visit) {
            (None, None) => Expect::Anything,
            (Some(version), None) => Expect::Version(version),
            (None, Some(visit)) => Expect::Visit(visit),
            _ => return Err("a request expects either a version or a visit"),
        };
        Ok(Self {
            target,
            input: wire.input,
            expect,
            expect_meaning: wire.expect_meaning,
            key: wire.key,
            force: wire.force,
            backward: wire.backward,
            effective_at: wire.effective_at,
            batch: wire.batch,
            retries: wire.retries,
            operation: None,
            depth: 0,
        })
    }
}

impl From<Request> for Wire {
    fn from(request: Request) -> Self {
        let (mv, to) = match request.target {
            Target::Move(id) => (Some(id), None),
            Target::Stage(stage) => (None, Some(stage)),
        };
        let (expect_version, expect_visit) = match request.expect {
            Expect::Anything => (None, None),
            Expect::Version(version) => (Some(version), None),
            Expect::Visit(visit) => (None, Some(visit)),
        };
        Self {
            mv,
            to,
            input: request.input,
            expect_version,
            expect_visit,
            expect_meaning: request.expect_meaning,
            key: request.key,
            force: request.force,
            backward: request.backward,
            effective_at: request.effective_at,
            batch: request.batch,
            retries: request.retries,
        }
    }
}
