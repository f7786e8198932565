"""A store plus published pipelines, for hosts that want it done: load, decide and commit as one call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Any, Literal, Self

from lifestage import answers
from lifestage._asking import Facts, at_least_one, creation_of, given, pages, request_of
from lifestage._definitions import Definitions
from lifestage._json import dumps
from lifestage._lists import Lists
from lifestage._native import (
    Actor,
    ChainFault,
    Crm,
    Explanation,
    Offer,
    Record,
    Request,
    Route,
    Row,
    Store,
    Visit,
)
from lifestage._people import People
from lifestage._work import Work
from lifestage.answers import Answer, Document, StageCount
from lifestage.store import HostStore

_ANY_STAGE: Any = object()


class Workspace(Definitions, Lists, People, Work):
    """One tenant of a store. It may be used by several threads at once.

    `Workspace.open("crm.db")` is over a SQLite file, `Workspace.memory()` over nothing that lasts, and
    `Workspace(store=...)` over a store that is written in Python. Used in a `with` block it is closed at the end.
    """

    def __init__(self, store: Store | HostStore, *, tenant: str = "default") -> None:
        native = store if isinstance(store, Store) else Store.of(store)
        self._crm = Crm(native, tenant)
        self._shown = f"{type(self).__name__}({store!r}, tenant={tenant!r})"

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        *,
        tenant: str = "default",
        durable: bool = True,
        busy_timeout: float = 5.0,
        existing: bool = False,
    ) -> Self:
        """Opens a SQLite file, which is made if need be. Not `durable` survives a crash, but not a loss of power."""
        store = Store.open(path, durable=durable, busy_timeout=busy_timeout, existing=existing)
        return cls(store, tenant=tenant)

    @classmethod
    def memory(cls, *, tenant: str = "default") -> Self:
        """An empty workspace that lasts as long as this object."""
        return cls(Store.memory(), tenant=tenant)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the store; calls that are under way finish. Closing twice does nothing."""
        self._crm.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._crm.closed

    @property
    def tenant(self) -> str:
        """Whose records these are."""
        return self._crm.tenant

    def __repr__(self) -> str:
        return self._shown

    def perform(self, operation: str, **members: object) -> Any:
        """Carries out any operation by its name, in the JSON forms that `lifestage.operations()` tells of."""
        return json.loads(self._crm.call(operation, dumps(members)))

    # Moves, creations and edits

    def create(
        self,
        record: Record,
        actor: Actor,
        now: datetime,
        *,
        stage: str | None = None,
        no_stage: bool = False,
        imported: bool = False,
        created_at: datetime | None = None,
        input: Facts | None = None,
        key: str | None = None,
    ) -> Answer:
        """Creates a record, in the default stage unless another one is named."""
        creation = creation_of(stage, no_stage, imported, created_at, input, key)
        return self._answer("create", record=record, creation=creation, actor=actor, now=now)

    def create_all(
        self,
        records: Iterable[Record],
        actor: Actor,
        now: datetime,
        *,
        stage: str | None = None,
        input: Facts | None = None,
        atomic: bool = False,
    ) -> tuple[Answer, ...]:
        """Creates records: each on its own, or all or none."""
        creation = given(stage=stage, input=input)
        new = [{"record": record, "creation": creation} for record in records]
        mode = "atomic" if atomic else "per_item"
        told = self._ask("create_all", records=new, mode=mode, actor=actor, now=now)
        return tuple(answers.answered(one) for one in told)

    def submit(self, id: str, request: Request | str, actor: Actor, now: datetime) -> Answer:
        """Moves a record: a request, or the id of a move."""
        return self._answer("submit", id=id, request=request_of(request), actor=actor, now=now)

    def dry_run(self, id: str, request: Request | str, actor: Actor, now: datetime) -> Answer:
        """What a move would come to; nothing is written."""
        return self._answer("dry_run", id=id, request=request_of(request), actor=actor, now=now)

    def edit(
        self,
        id: str,
        facts: Facts,
        actor: Actor,
        now: datetime,
        *,
        add: Facts | None = None,
        remove: Facts | None = None,
        company: str | None = None,
        no_company: bool = False,
        expect_version: int | None = None,
        key: str | None = None,
    ) -> Answer:
        """Changes facts; `None` clears one. `add` and `remove` change the texts of lists."""
        edit = given(
            set={name: value for name, value in facts.items() if value is not None},
            clear=[name for name, value in facts.items() if value is None],
            add=add,
            remove=remove,
            company=company,
            no_company=no_company,
            key=key,
        )
        if expect_version is not None:
            edit["expect_version"] = expect_version
        return self._answer("edit", id=id, edit=edit, actor=actor, now=now)

    def undo(self, id: str, row: int, actor: Actor, now: datetime, *, reason: str = "") -> Answer:
        """Undoes a move by a new row."""
        return self._answer("undo", id=id, row=row, reason=reason, actor=actor, now=now)

    def withdraw(self, id: str, row: int, actor: Actor, now: datetime) -> Answer:
        """Takes a proposal back."""
        return self._answer("withdraw", id=id, row=row, actor=actor, now=now)

    # What is there

    def record(self, id: str) -> Record | None:
        """A record as it is."""
        return self._crm.record(id)

    def history(self, id: str) -> tuple[Row, ...]:
        """The rows of its journal, in order."""
        return self._crm.history(id)

    def visits(self, id: str) -> tuple[Visit, ...]:
        """Its stays in stages, in order."""
        return self._crm.visits(id)

    def moves(self, id: str, actor: Actor, now: datetime) -> tuple[Offer, ...]:
        """The moves open to an actor now: the buttons."""
        return self._crm.moves(id, actor, now)

    def explain(self, id: str, actor: Actor, now: datetime) -> Explanation:
        """Every move and every stage: open, or why not."""
        return self._crm.explain(id, actor, now)

    def route(self, id: str, stage: str, actor: Actor) -> Route | None:
        """The shortest lawful way to a stage."""
        return self._crm.route(id, stage, actor)

    def records(
        self,
        pipeline: str,
        *,
        stage: str | None = _ANY_STAGE,
        presence: Literal["live", "trashed", "merged"] = "live",
        page: int = 100,
    ) -> Iterator[Record]:
        """The records of a stage (`None` for none), or of all, newest there first, read page by page."""

        def read(after: object) -> Any:
            members: dict[str, object] = {
                "pipeline": pipeline,
                "presence": presence,
                "limit": page,
                "after": after,
            }
            if stage is not _ANY_STAGE:
                members["stage"] = stage
            return json.loads(self._crm.call("page", dumps(members)))

        return pages(read, "records", Record.from_dict)

    def counts(self, pipeline: str) -> tuple[StageCount, ...]:
        """How many records are in each stage."""
        return tuple(StageCount(**one) for one in self._ask("counts", pipeline=pipeline))

    def verify(self, id: str) -> ChainFault | None:
        """The first bad row of a journal; none when it holds."""
        return self._crm.verify(id)

    def verify_all(self, pipeline: str) -> Document:
        """Checks the journals of a pipeline: `records`, `rows`, and the `faults` found."""
        return self._document("verify_all", pipeline=pipeline)

    def feed(self, *, after: int = 0, page: int = 100) -> Iterator[tuple[int, Row]]:
        """Rows of all records with their place, as they were committed. Going on from a place misses nothing."""
        while True:
            told = self._ask("feed", after=after, limit=at_least_one(page))
            for one in told:
                after = one["cursor"]
                yield after, Row.from_dict(one["row"])
            if not told:
                return

    def out_of_policy(self, pipeline: str, now: datetime) -> Document:
        """Records that no longer meet what their stage needs: how many were `judged`, and the `records`."""
        return self._document("out_of_policy", pipeline=pipeline, now=now)
