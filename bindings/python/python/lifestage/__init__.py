"""An embeddable engine for the life of a CRM record.

Which stage a lead, contact or deal is in, which moves are open to this person now and why the others are not, what a
move sets in motion, and what the history adds up to.
"""

from __future__ import annotations

from typing import TypeAlias

from lifestage._native import (
    Actor,
    Ask,
    ChainFault,
    Change,
    Codes,
    Criteria,
    Effect,
    Explanation,
    FactChange,
    Failure,
    Finding,
    Move,
    MoveExplanation,
    Moved,
    Offer,
    Pipeline,
    Proposed,
    Reason,
    Record,
    Refusal,
    Refused,
    Request,
    Roles,
    Route,
    RouteStep,
    Row,
    Stage,
    StageExplanation,
    StageMark,
    Unchanged,
    Verdict,
    Visit,
    verify,
    verify_effects,
    visits,
)
from lifestage.errors import (
    BatchError,
    CriteriaError,
    CriteriaFault,
    DefinitionError,
    Error,
    InvalidInput,
    NotFound,
)
from lifestage.truth import Truth

Decision: TypeAlias = Moved | Proposed | Unchanged | Refused
"""What a pipeline says to a request: one of four, so that `match` can name them all."""

__version__ = "0.1.0"

__all__ = [
    "Actor",
    "Ask",
    "BatchError",
    "ChainFault",
    "Change",
    "Codes",
    "Criteria",
    "CriteriaError",
    "CriteriaFault",
    "Decision",
    "DefinitionError",
    "Effect",
    "Error",
    "Explanation",
    "FactChange",
    "Failure",
    "Finding",
    "InvalidInput",
    "Move",
    "MoveExplanation",
    "Moved",
    "NotFound",
    "Offer",
    "Pipeline",
    "Proposed",
    "Reason",
    "Record",
    "Refusal",
    "Refused",
    "Request",
    "Roles",
    "Route",
    "RouteStep",
    "Row",
    "Stage",
    "StageExplanation",
    "StageMark",
    "Truth",
    "Unchanged",
    "Verdict",
    "Visit",
    "verify",
    "verify_effects",
    "visits",
]
