//! The closed tables of codes, numbered once for every language. A number is never reused.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have a stable number and a stable name.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident {
        $($(#[doc = $says:literal])+ $variant:ident = $number:literal $text:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum $name {
            $($(#[doc = $says])+ #[serde(rename = $text)] $variant = $number,)*
        }

        impl $name {
            /// Every code, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable number, shared by every language.
            pub const fn number(self) -> u16 {
                self as u16
            }

            /// The stable name, shared by every language.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// What it stands for, in a sentence.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($says),+).trim_ascii(),)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

codes! {
    /// Why a request is refused (S2).
    ReasonCode {
        /// The stage named does not exist in this pipeline.
        UnknownStage = 100 "unknown_stage",
        /// The move named does not exist in this pipeline.
        UnknownMove = 101 "unknown_move",
        /// The move does not start at the record's stage.
        NotFromStage = 102 "not_from_stage",
        /// The record's stage is final: no move leads out.
        FinalStage = 103 "final_stage",
        /// The target is archived.
        ArchivedStage = 104 "archived_stage",
        /// The actor's roles do not allow it.
        PermissionDenied = 105 "permission_denied",
        /// The actor's roles allow it for records the actor owns, and this one is not.
        NotOwner = 106 "not_owner",
        /// A condition is false.
        CriteriaUnmet = 107 "criteria_unmet",
        /// A condition cannot be judged, mostly because a field is missing.
        CriteriaUnknown = 108 "criteria_unknown",
        /// An input that the move asks for is missing.
        MissingInput = 109 "missing_input",
        /// An input is of the wrong type, not among the answers allowed, or not asked for.
        InvalidInput = 110 "invalid_input",
        /// A second person has to approve.
        ApprovalNeeded = 111 "approval_needed",
        /// The pipeline forbids leaping over open stages.
        NoSkipping = 112 "no_skipping",
        /// The pipeline forbids walking backward.
        NoBackward = 113 "no_backward",
        /// The record has changed since the caller saw it.
        StaleRecord = 114 "stale_record",
        /// The pipeline has been republished with another meaning.
        StaleDefinition = 115 "stale_definition",
        /// The record's stage is not in this definition.
        OrphanedStage = 116 "orphaned_stage",
        /// Several moves lead to the target.
        AmbiguousMove = 117 "ambiguous_move",
        /// Several pipelines have the stage.
        AmbiguousPipeline = 118 "ambiguous_pipeline",
        /// The request key has been used for another request.
        DuplicateRequest = 119 "duplicate_request",
        /// The actor may not create records.
        NotPermittedToCreate = 120 "not_permitted_to_create",
        /// The category named does not exist in this pipeline.
        UnknownCategory = 121 "unknown_category",
        /// The field, role, queue, action, workflow, automation or pipeline named does not exist.
        UnknownPart = 122 "unknown_part",
        /// The id stands for something else already.
        IdTaken = 123 "id_taken",
        /// An order leaves something out, repeats something or names something that is not there (S23).
        NotAPermutation = 124 "not_a_permutation",
        /// The stage is protected, because a feature depends on it (S27).
        ProtectedStage = 125 "protected_stage",
        /// The stage is the last open one (S27).
        LastOpenStage = 126 "last_open_stage",
        /// The category still has stages.
        CategoryNotEmpty = 127 "category_not_empty",
        /// Records are in a stage that would vanish, be archived or change its outcome (S24, S25, S32).
        OccupiedStage = 128 "occupied_stage",
        /// A migration would change the outcome of records without being told that it may (S33a).
        OutcomeChange = 129 "outcome_change",
        /// A migration map names a source twice, or a source or target that will not do (S33).
        BadMap = 130 "bad_map",
        /// The definition would not load; the parameters name the finding (S37).
        BadDefinition = 131 "bad_definition",
        /// A migration of the pipeline is under way and has to be finished first.
        MigrationOpen = 132 "migration_open",
        /// Somebody owns the record already.
        AlreadyOwned = 133 "already_owned",
        /// Nobody of the pool is there to take the record.
        NobodyAvailable = 134 "nobody_available",
        /// The record is in the trash.
        Trashed = 135 "trashed",
        /// The record became one with another, which the parameters name.
        Merged = 136 "merged",
        /// Several records are the same person: say which.
        SeveralMatches = 137 "several_matches",
        /// The lead has to be converted first.
        NotConverted = 138 "not_converted",
        /// Another record holds the e-mail address.
        Reserved = 139 "reserved",
    }
}

codes! {
    /// What is wrong, or doubtful, about a definition (S37).
    FindingCode {
        /// The text is not JSON.
        Syntax = 200 "syntax",
        /// The document, a list, a name or a condition is over its limit.
        TooLarge = 201 "too_large",
        /// The document is nested too deeply.
        TooDeep = 202 "too_deep",
        /// A value is of the wrong type or not one of the words allowed.
        WrongType = 203 "wrong_type",
        /// A key that means nothing here.
        UnknownKey = 204 "unknown_key",
        /// A key that comes twice in one object.
        DuplicateKey = 205 "duplicate_key",
        /// A key that is needed.
        MissingKey = 206 "missing_key",
        /// An id that is empty, reserved or has characters ids may not have.
        BadId = 207 "bad_id",
        /// A name that is empty.
        EmptyName = 208 "empty_name",
        /// An id that stands for two things.
        DuplicateId = 209 "duplicate_id",
        /// A name that two things share after normalization (S22).
        DuplicateName = 210 "duplicate_name",
        /// A stage that does not exist.
        UnknownStage = 211 "unknown_stage",
        /// A category that does not exist.
        UnknownCategory = 212 "unknown_category",
        /// A role that does not exist.
        UnknownRole = 213 "unknown_role",
        /// A field that does not exist.
        UnknownField = 214 "unknown_field",
        /// A move that does not exist.
        UnknownMove = 215 "unknown_move",
        /// A queue that does not exist.
        UnknownQueue = 216 "unknown_queue",
        /// An icon that is not in the catalogue.
        UnknownIcon = 217 "unknown_icon",
        /// A colour that is neither of the palette nor RGB.
        BadColour = 218 "bad_colour",
        /// A condition that cannot be read or does not type-check.
        BadCriteria = 219 "bad_criteria",
        /// A condition that nothing can meet; what it guards counts as absent.
        NeverHolds = 220 "never_holds",
        /// A template that cannot be read or names an unknown variable.
        BadTemplate = 221 "bad_template",
        /// A value that its place does not allow, such as a due offset of `soon`.
        BadValue = 222 "bad_value",
        /// There is no default stage, or more than one.
        DefaultStage = 223 "default_stage",
        /// The default stage is closed or archived.
        DefaultNotOpen = 224 "default_not_open",
        /// A move starts at a final stage.
        MoveOutOfFinal = 225 "move_out_of_final",
        /// A move leads to its own source without saying `internal` or `re_entry`.
        UndeclaredSelfMove = 226 "undeclared_self_move",
        /// A move is `internal` or `re_entry` and leads elsewhere.
        NotASelfMove = 227 "not_a_self_move",
        /// Two unguarded moves with one label start at one stage.
        AmbiguousMove = 228 "ambiguous_move",
        /// A guarded alternative stands behind an unguarded one and can never be taken.
        ShadowedMove = 229 "shadowed_move",
        /// Two alternatives can hold at once.
        OverlappingCriteria = 230 "overlapping_criteria",
        /// A move leads to an archived stage, or starts at one.
        ArchivedStage = 231 "archived_stage",
        /// Roles inherit from each other in a circle.
        RoleCycle = 232 "role_cycle",
        /// Tasks wait for each other in a circle.
        TaskCycle = 233 "task_cycle",
        /// Nothing leads to the stage.
        UnreachableStage = 234 "unreachable_stage",
        /// No route leads from the open stage to a closed one.
        NoRouteToClosed = 235 "no_route_to_closed",
        /// Records can enter the stage, which is not final, and never leave it.
        Trap = 236 "trap",
        /// An action that can never happen.
        DeadAction = 237 "dead_action",
        /// There is no open category or no stage.
        NoStages = 238 "no_stages",
        /// No role may move records.
        NobodyMoves = 239 "nobody_moves",
        /// More was found than is listed.
        MoreFindings = 240 "more_findings",
        /// A stage left out of a wildcard that does not take it in.
        DeadException = 241 "dead_exception",
        /// A move that can start nowhere.
        DeadMove = 242 "dead_move",
        /// Automation moves records in a circle.
        AutomationCycle = 243 "automation_cycle",
    }
}

#[cfg(feature = "std")]
codes! {
    /// What kind of failure a store met; tells whether trying again can help.
    #[non_exhaustive]
    StoreErrorKind {
        /// What is there is not what the store expects: not a database, damaged, unreadable content.
        Corrupt = 300 "corrupt",
        /// It was made by a newer version of the store.
        NewerSchema = 301 "newer_schema",
        /// Others hold it for longer than the store waits; trying again later can help.
        Busy = 302 "busy",
        /// It may not be written.
        ReadOnly = 303 "read_only",
        /// There is no room.
        Full = 304 "full",
        /// The operating system or the server failed.
        Io = 305 "io",
        /// The store was shut down, or stopped itself after a failure it could not survive.
        Closed = 306 "closed",
        /// The change itself is malformed.
        Invalid = 307 "invalid",
        /// It does not do that: a store of a host that keeps less than there is to keep.
        Unsupported = 308 "unsupported",
    }
}
