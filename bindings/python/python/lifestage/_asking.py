"""How the methods of a workspace ask, and read what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from lifestage import answers
from lifestage._native import Actor, Crm, Record, Request
from lifestage.answers import Answer, Document, Migrated

Facts = Mapping[str, object]
Item = TypeVar("Item")


class Asking:
    """What asks a workspace by the names of its operations."""

    _crm: Crm

    def _ask(self, operation: str, **members: object) -> Any:
        return json.loads(self._crm.call(operation, answers.text_of(members)))

    def _answer(self, operation: str, **members: object) -> Answer:
        return answers.answered(self._ask(operation, **members))

    def _document(self, operation: str, **members: object) -> Document:
        return Document(self._ask(operation, **members))

    def _documents(self, operation: str, **members: object) -> tuple[Document, ...]:
        return answers.documents(self._ask(operation, **members))

    def _wish(
        self, operation: str, id: str, actor: Actor, now: datetime, **wish: object
    ) -> Answer:
        return self._answer(operation, id=id, wish=given(**wish), actor=actor, now=now)

    def _report(self, effect: str, actor: Actor, now: datetime, **wish: object) -> Answer:
        return self._answer("report", effect=effect, wish=given(**wish), actor=actor, now=now)


def given(**members: object) -> dict[str, object]:
    """The members that are given."""
    return {name: value for name, value in members.items() if value is not None and value is not False}


def at_least_one(page: int) -> int:
    """How many to read at a time."""
    if page < 1:
        raise ValueError(f"a page of {page} never ends")
    return page


def creation_of(
    stage: str | None,
    no_stage: bool,
    imported: bool,
    created_at: datetime | None,
    input: Facts | None,
    key: str | None,
) -> dict[str, object]:
    """How a record comes to be."""
    return given(
        stage=stage,
        no_stage=no_stage,
        imported=imported,
        created_at=created_at,
        input=input,
        key=key,
    )


def request_of(request: Request | str) -> Request:
    """A request, or the id of a move."""
    return Request(request) if isinstance(request, str) else request


def migrated(told: Mapping[str, Any]) -> Migrated:
    """Records moved by a map."""
    return Migrated(told["id"], told["moved"], told["retried"], answers.documents(told["left"]))


def records_of(told: Iterable[dict[str, Any]]) -> tuple[Record, ...]:
    """Records in their JSON form."""
    return tuple(Record.from_dict(one) for one in told)


def pages(
    read: Callable[[object], Any], name: str, made: Callable[[dict[str, Any]], Item]
) -> Iterator[Item]:
    """Page after page, until there is no more."""
    after = None
    while True:
        told = read(after)
        yield from map(made, told[name])
        after = told.get("next")
        if after is None:
            return
