"""The exceptions of the package. A refused request is no exception: it is an answer, `Refused`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lifestage._native import Finding


class Error(Exception):
    """Whatever the package raises of its own, with the stable number that every language shares."""

    code: int = 402

    @property
    def message(self) -> str:
        """What went wrong, for a person."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return self.message


class InvalidInput(Error, ValueError):
    """What was given is none of what was asked for."""

    code = 404


class BatchError(InvalidInput):
    """The columns of a batch do not go together."""

    code = 413


class UnknownOperation(Error, LookupError):
    """There is no operation of this name."""

    code = 403


class DefinitionError(Error, ValueError):
    """A definition that cannot become a pipeline, with every finding and not the first only."""

    code = 405

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

    code = 406

    def __init__(self, message: str, faults: tuple[CriteriaFault, ...] = ()) -> None:
        super().__init__(message, faults)

    @property
    def faults(self) -> tuple[CriteriaFault, ...]:
        """The fault of syntax, or else all faults of names and types."""
        faults: tuple[CriteriaFault, ...] = self.args[1]
        return faults


class NotFound(Error, LookupError):
    """Something was named that is not there."""

    code = 404


class NoRecord(NotFound):
    """There is no such record."""

    code = 407


class NoRow(NotFound):
    """The record has no such row of history."""

    code = 408


class NoEffect(NotFound):
    """There is no such effect."""

    code = 409


class NoVersion(NotFound):
    """The pipeline is not published, or has no such version."""

    code = 410


class NoMigration(NotFound):
    """There is no such migration."""

    code = 411


class MigrationClosed(Error):
    """Somebody closed the migration while it was carried out; what had moved by then stays."""

    code = 412


class StoreError(Error):
    """A store failed. Nothing was written, unless the wait for the disk was what failed."""

    code = 305


class Corrupt(StoreError):
    """What is there is not what the store expects: not a database, damaged, unreadable content."""

    code = 300


class NewerSchema(StoreError):
    """It was made by a newer version of the store."""

    code = 301


class Busy(StoreError):
    """Others hold it for longer than the store waits; trying again later can help."""

    code = 302


class ReadOnly(StoreError):
    """It may not be written."""

    code = 303


class Full(StoreError):
    """There is no room."""

    code = 304


class Io(StoreError):
    """The operating system or the server failed."""

    code = 305


class Closed(StoreError):
    """The workspace was closed, or the store stopped itself after a failure it could not survive."""

    code = 306


class Invalid(StoreError):
    """The change itself is malformed, or a store of a host does not answer as stores do."""

    code = 307


class Unsupported(StoreError):
    """The store does not do that: one of a host that keeps less than there is to keep."""

    code = 308


STORE_ERRORS: tuple[type[StoreError], ...] = (
    Corrupt,
    NewerSchema,
    Busy,
    ReadOnly,
    Full,
    Io,
    Closed,
    Invalid,
    Unsupported,
)

_FAULTS: tuple[type[Error], ...] = (
    *STORE_ERRORS,
    UnknownOperation,
    InvalidInput,
    NoRecord,
    NoRow,
    NoEffect,
    NoVersion,
    NoMigration,
    MigrationClosed,
    BatchError,
)
_BY_CODE = {kind.code: kind for kind in _FAULTS}


def _findings(told: list[dict[str, str]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(one["code"], one["severity"], one["pointer"], one["message"]) for one in told
    )


def of_fault(code: int, message: str, detail: str | None) -> Error:
    """The exception of a call that could not be answered."""
    more: dict[str, Any] = json.loads(detail) if detail else {}
    if code == DefinitionError.code:
        return DefinitionError(message, _findings(more["findings"]))
    if code == CriteriaError.code:
        faults = (CriteriaFault(one["kind"], one["message"], one["from"]) for one in more["errors"])
        return CriteriaError(message, tuple(faults))
    kind = _BY_CODE.get(code)
    if kind is not None:
        return kind(message)
    error = Error(message)
    error.code = code
    return error
