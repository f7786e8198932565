"""What a workspace answers: frozen values, in place of the JSON that they come as."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from lifestage._json import dumps
from lifestage._native import (
    Change,
    Effect,
    Moved,
    Proposed,
    Record,
    Refusal,
    Refused,
    Row,
    Unchanged,
)


class Document(Mapping[str, Any]):
    """An answer in its JSON form, whose members can be read as attributes as well."""

    __slots__ = ("_members",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_members", dict(members))

    def __getitem__(self, name: str) -> Any:
        return _wrapped(self._members[name])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._members:
            raise AttributeError(f"`{name}` is not in this document: {', '.join(self._members)}")
        return self[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a document is frozen")

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return f"Document({', '.join(f'{name}={value!r}' for name, value in self.items())})"

    def to_dict(self) -> dict[str, Any]:
        """The members as they came."""
        return dict(self._members)

    def __reduce__(self) -> tuple[type[Document], tuple[dict[str, Any]]]:
        return (Document, (self.to_dict(),))


def _wrapped(value: Any) -> Any:
    if isinstance(value, dict):
        return Document(value)
    if isinstance(value, list):
        return tuple(_wrapped(item) for item in value)
    return value


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What an action that was reported done led to."""

    effect: str
    answer: Answer | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """It is decided and committed."""

    record: Record
    row: Row
    effects: tuple[Effect, ...] = ()
    repeated: bool = False
    """Whether the same request was carried out before, so that nothing was written now."""
    already_delivered: tuple[str, ...] = ()
    """Effects of an undone row that had been delivered."""
    follow_ups: tuple[FollowUp, ...] = ()


@dataclass(frozen=True)
class Waiting(Done):
    """It is committed as a proposal, and waits for another person's approval."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """Nothing is wrong with it, but others of the batch were refused, so that nothing was written."""


Answer: TypeAlias = Done | Waiting | Unchanged | Refused | RolledBack
"""What became of a request to a workspace."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Two records became one."""

    head: Done
    tail: Done


@dataclass(frozen=True, slots=True)
class Converted:
    """A lead became a customer."""

    how: str
    lead: Record
    customer: Record
    filled: tuple[str, ...]
    moved: Answer | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A form was taken in: a new record, or one that was there."""

    record: Record
    matched: bool
    answer: Document


@dataclass(frozen=True, slots=True)
class Published:
    """A definition is in force."""

    id: str
    version: int
    differences: tuple[Document, ...] = ()
    moved: int = 0
    migration: str | None = None
    left: tuple[Document, ...] = ()
    changed: bool = True
    """Whether it was not in force before."""
    catch_up: bool = False
    """Whether records may be without work that their stages came to have: `Workspace.catch_up` gives it to them."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Edits of a definition that would be accepted."""

    version: int
    meaning: str
    definition: str
    differences: tuple[Document, ...]
    map: Any
    undo: Any


@dataclass(frozen=True, slots=True)
class Migrated:
    """Records were moved by a map."""

    id: str
    moved: int
    retried: int
    left: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationPreview:
    """What a migration would come to."""

    total: int
    """How many records it is about."""
    records: tuple[Document, ...]
    """What would become of the first of them: `id`, `from`, and `to` or the `refusal`."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What became of one row of a list."""

    row: int
    outcome: str
    """`created`, `matched`, `faulty` or `refused`."""
    record: str | None = None
    filled: tuple[str, ...] = ()
    """The fields of a record that was there which were empty, and are filled now."""
    stage: Any = None
    """What became of the stage of a record that was there: `same`, or a document with `kept`, `raised` or `lowered`."""
    cells: tuple[Document, ...] = ()
    """What cannot be read: `column`, `text`, `message`, and what was probably meant, nearest first, in `near`."""
    refused: Refused | None = None
    line: int | None = None
    """The line of a text that it begins on."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list, or would become of it."""

    written: bool
    total: int
    created: int
    matched: int
    faulty: int
    refused: int
    rows: tuple[ImportedRow, ...]
    columns: Mapping[str, str]
    """What each column was taken for, by its header."""


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many records are in one stage."""

    stage: str | None
    name: str
    count: int
    trashed: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An effect, and how far it has come."""

    effect: Effect
    state: str
    ready_at: datetime
    work: str | None = None
    assignee: str | None = None
    leased: bool = False
    waiting: bool = False
    held: bool = False
    claims: int = 0
    excused: int = 0
    note: str | None = None
    settled_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) is not None}


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an effect that was taken."""

    record: str
    seq: int
    index: int
    lease: int
    outcome: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {
            "record": self.record,
            "seq": self.seq,
            "index": self.index,
            "lease": self.lease,
            "outcome": self.outcome,
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """An effect that a worker has until its lease ends. Settle it with what its methods give."""

    effect: Effect
    attempt: int
    lease: int
    ready_at: datetime
    assignee: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {
            "effect": self.effect,
            "assignee": self.assignee,
            "attempt": self.attempt,
            "lease": self.lease,
            "ready_at": self.ready_at,
        }

    def _settled(self, outcome: Mapping[str, Any]) -> Settlement:
        return Settlement(self.effect.record, self.effect.seq, self.effect.index, self.lease, outcome)

    def delivered(self, at: datetime, note: str | None = None) -> Settlement:
        """It is delivered."""
        return self._settled({"delivered": {"at": at, "note": note}})

    def retry(self, at: datetime, error: str) -> Settlement:
        """It failed, and is to be tried again at that time."""
        return self._settled({"retry": {"at": at, "error": error}})

    def postponed(self, until: datetime, note: str | None = None) -> Settlement:
        """It is not due after all; this was no attempt."""
        return self._settled({"postponed": {"until": until, "note": note}})

    def given_back(self, at: datetime) -> Settlement:
        """It was not begun; others may have it."""
        return self._settled({"given_back": {"at": at}})

    def dead(self, at: datetime, error: str) -> Settlement:
        """It failed for good."""
        return self._settled({"dead": {"at": at, "error": error}})


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of a worker came to: how many effects there were of each outcome."""

    delivered: int = 0
    moved: int = 0
    """Moves of the engine itself that were made."""
    idle: int = 0
    """Timed moves and clocks that had nothing to do, or not yet."""
    retried: int = 0
    dead: int = 0
    """Effects that were given up."""
    late: int = 0
    """Effects that took longer than the lease, so that somebody else has them now."""
    errors: tuple[tuple[str, str], ...] = ()
    """What went wrong: the id of the effect, and why."""

    @property
    def total(self) -> int:
        """How many effects it dealt with."""
        return self.delivered + self.moved + self.idle + self.retried + self.dead + self.late

    def __add__(self, other: Round) -> Round:
        return Round(
            self.delivered + other.delivered,
            self.moved + other.moved,
            self.idle + other.idle,
            self.retried + other.retried,
            self.dead + other.dead,
            self.late + other.late,
            self.errors + other.errors,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What a worker took to be handled."""

    deliveries: tuple[Delivery, ...]
    lease: timedelta
    """For how long it has them."""
    round: Round
    """What became of what needs nobody."""


def time(text: str) -> datetime:
    """A time of an answer."""
    return datetime.fromisoformat(text)


def span(text: str) -> timedelta:
    """A length of time of an answer, which is in seconds."""
    return timedelta(seconds=float(text.removesuffix("s")))


def round_of(told: Mapping[str, Any]) -> Round:
    """What a round came to."""
    counts = {name: told[name] for name in ("delivered", "moved", "idle", "retried", "dead", "late")}
    return Round(**counts, errors=tuple((one["effect"], one["error"]) for one in told["errors"]))


def imported(told: Mapping[str, Any]) -> Imported:
    """What became of a list."""
    summary = told["summary"]
    return Imported(
        told["outcome"] == "imported",
        summary["rows"],
        summary["created"],
        summary["matched"],
        summary["faulty"],
        summary["refused"],
        tuple(_imported_row(row) for row in told["rows"]),
        {column["header"]: column["column"] for column in told["columns"]},
    )


def _imported_row(told: Mapping[str, Any]) -> ImportedRow:
    return ImportedRow(
        told["row"],
        told["outcome"],
        told.get("record"),
        tuple(told.get("filled", ())),
        _wrapped(told.get("stage")),
        documents(told.get("cells", [])),
        refused(told) if told["outcome"] == "refused" else None,
        told.get("line"),
    )


def _time_or_none(text: str | None) -> datetime | None:
    return None if text is None else time(text)


def documents(items: list[dict[str, Any]]) -> tuple[Document, ...]:
    """Answers that have no class of their own."""
    return tuple(Document(item) for item in items)


def refused(answer: Mapping[str, Any]) -> Refused:
    """A refusal of the wire form, in which a route is its steps."""
    refusal = {"reasons": answer["reasons"]}
    if answer.get("route") is not None:
        refusal["route"] = {"steps": answer["route"]}
    return Refused(Refusal.from_dict(refusal))


def decided(text: str) -> Any:
    """What a pipeline answers: a decision where it is one, else a document."""
    answer = json.loads(text)
    match answer:
        case {"outcome": "moved", "change": change}:
            return Moved(Change.from_dict(change))
        case {"outcome": "proposed", "change": change}:
            return Proposed(Change.from_dict(change))
        case {"outcome": "unchanged", "stage": stage}:
            return Unchanged(stage)
        case {"outcome": "refused"}:
            return refused(answer)
        case {"outcome": "merged", "head": head, "tail": tail}:
            return (Moved(Change.from_dict(head)), Moved(Change.from_dict(tail)))
    return _wrapped(answer)


def done(answer: Mapping[str, Any], kind: type[Done] = Done) -> Done:
    """What was committed."""
    return kind(
        Record.from_dict(answer["record"]),
        Row.from_dict(answer["row"]),
        tuple(Effect.from_dict(effect) for effect in answer["effects"]),
        answer.get("repeated", False),
        tuple(answer.get("already_delivered", ())),
        tuple(follow_up(one) for one in answer.get("follow_ups", ())),
    )


def follow_up(item: Mapping[str, Any]) -> FollowUp:
    """What followed an action."""
    answer = item.get("answer")
    return FollowUp(item["effect"], None if answer is None else answered(answer), item.get("note"))


def answered(answer: Mapping[str, Any]) -> Answer:
    """What became of a request."""
    match answer["outcome"]:
        case "moved":
            return done(answer)
        case "proposed":
            return done(answer, Waiting)
        case "unchanged":
            return Unchanged(answer["stage"])
        case "refused":
            return refused(answer)
        case _:
            return RolledBack()


def entry(item: Mapping[str, Any]) -> Entry:
    """How far an effect has come."""
    told = dict(item)
    told["effect"] = Effect.from_dict(told["effect"])
    told["ready_at"] = time(told["ready_at"])
    told["settled_at"] = _time_or_none(told.get("settled_at"))
    return Entry(**told)


def delivery(item: Mapping[str, Any]) -> Delivery:
    """An effect that was taken."""
    told = dict(item)
    told["effect"] = Effect.from_dict(told["effect"])
    told["ready_at"] = time(told["ready_at"])
    return Delivery(**told)


def published(answer: Mapping[str, Any]) -> Published | Refused:
    """What became of a definition."""
    match answer["outcome"]:
        case "refused":
            return refused(answer)
        case "unchanged":
            pipeline = answer["pipeline"]
            return Published(pipeline["id"], pipeline["version"], changed=False)
    pipeline = answer["pipeline"]
    return Published(
        pipeline["id"],
        pipeline["version"],
        documents(answer["differences"]),
        answer["moved"],
        answer["migration"],
        documents(answer["left"]),
        catch_up=answer["catch_up"],
    )


def text_of(members: Mapping[str, Any]) -> str:
    """The input of an operation; what is `None` is left out."""
    return dumps({name: value for name, value in members.items() if value is not None})
