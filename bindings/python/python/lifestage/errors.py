"""The exceptions of the package. A refused request is no exception: it is an answer, `Refused`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from lifestage._native import Finding


class Error(Exception):
    """Whatever the package raises of its own, with the stable number that every language shares."""

    code: int = 400

    @property
    def message(self) -> str:
        """What went wrong, for a person."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return self.message


class InvalidInput(Error, ValueError):
    """What was given is none of what was asked for."""


class BatchError(InvalidInput):
    """Columns that do not go together."""


class NotFound(Error, LookupError):
    """Something was named that is not there."""


class DefinitionError(Error, ValueError):
    """A definition that cannot become a pipeline, with every finding and not the first only."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message, findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that is wrong or doubtful: errors first, then warnings."""
        findings: tuple[Finding, ...] = self.args[1]
        return findings


@dataclass(frozen=True, slots=True)
class CriteriaFault:
    """One fault of a condition."""

    kind: str
    message: str
    offset: int | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        return self.message


class CriteriaError(Error, ValueError):
    """A condition that cannot be read, with its faults."""

    def __init__(self, message: str, faults: tuple[CriteriaFault, ...] = ()) -> None:
        super().__init__(message, faults)

    @property
    def faults(self) -> tuple[CriteriaFault, ...]:
        """The fault of syntax, or else all faults of names and types."""
        faults: tuple[CriteriaFault, ...] = self.args[1]
        return faults
