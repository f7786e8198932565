"""A store plus published pipelines, for hosts that want it done: load, decide and commit as one call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from os import PathLike
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from lifestage import answers
from lifestage._json import dumps
from lifestage._native import (
    Actor,
    ChainFault,
    Crm,
    Explanation,
    Offer,
    Pipeline,
    Record,
    Refused,
    Request,
    Route,
    Row,
    Store,
    Unchanged,
    Visit,
)
from lifestage.answers import (
    Accepted,
    Answer,
    Converted,
    Delivery,
    Document,
    Done,
    Entry,
    Merged,
    Migrated,
    Published,
    Received,
    Settlement,
    StageCount,
)
from lifestage.store import HostStore

Facts = Mapping[str, object]
Item = TypeVar("Item")

_ANY_STAGE: Any = object()


def _given(**members: object) -> dict[str, object]:
    """The members that are given."""
    return {name: value for name, value in members.items() if value is not None and value is not False}


class Workspace:
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

    def _ask(self, operation: str, **members: object) -> Any:
        return json.loads(self._crm.call(operation, answers.text_of(members)))

    def _answer(self, operation: str, **members: object) -> Answer:
        return answers.answered(self._ask(operation, **members))

    def _document(self, operation: str, **members: object) -> Document:
        return Document(self._ask(operation, **members))

    def _documents(self, operation: str, **members: object) -> tuple[Document, ...]:
        return answers.documents(self._ask(operation, **members))

    def perform(self, operation: str, **members: object) -> Any:
        """Carries out any operation by its name, in the JSON forms that `lifestage.operations()` tells of."""
        return json.loads(self._crm.call(operation, answers.text_of(members)))

    # Pipelines

    def publish(
        self,
        pipeline: Pipeline | Mapping[str, object] | str,
        actor: Actor,
        now: datetime,
        *,
        map: Mapping[str, object] | None = None,
    ) -> Published | Refused:
        """Puts a definition into force; a `map` moves the records of stages that go."""
        definition = pipeline.to_json() if isinstance(pipeline, Pipeline) else pipeline
        return answers.published(
            self._ask("publish", definition=definition, map=map, actor=actor, now=now)
        )

    def preview(
        self,
        pipeline: Pipeline | Mapping[str, object] | str,
        actor: Actor,
        *,
        map: Mapping[str, object] | None = None,
    ) -> tuple[Document, ...] | Refused:
        """What publishing a definition would change."""
        definition = pipeline.to_json() if isinstance(pipeline, Pipeline) else pipeline
        told = self._ask("preview", definition=definition, map=map, actor=actor)
        if told["outcome"] == "refused":
            return answers.refused(told)
        return answers.documents(told["differences"])

    def impact(self, pipeline: Pipeline) -> tuple[Document, ...]:
        """How many records each difference to the definition in force is about."""
        return self._documents("impact", definition=pipeline.to_json())

    def judge_revision(
        self, pipeline: str, revision: Mapping[str, object], actor: Actor
    ) -> Accepted | Unchanged | Refused:
        """What edits of a definition would come to."""
        told = self._ask("judge_revision", pipeline=pipeline, revision=revision, actor=actor)
        match told["outcome"]:
            case "refused":
                return answers.refused(told)
            case "unchanged":
                return Unchanged(None)
        return Accepted(
            told["version"],
            told["meaning"],
            told["definition"],
            answers.documents(told["differences"]),
            told["map"],
            told["undo"],
        )

    def revise(
        self, pipeline: str, revision: Mapping[str, object], actor: Actor, now: datetime
    ) -> Published | Refused:
        """Edits a definition, and puts it into force."""
        told = self._ask("revise", pipeline=pipeline, revision=revision, actor=actor, now=now)
        return answers.published(told)

    def undo_version(
        self, pipeline: str, version: int, actor: Actor, now: datetime
    ) -> Published | Refused:
        """Takes a revision back by a new version."""
        told = self._ask("undo_version", pipeline=pipeline, version=version, actor=actor, now=now)
        return answers.published(told)

    def pipeline(self, id: str) -> Pipeline | None:
        """A pipeline that is in force."""
        return self._crm.pipeline(id)

    def pipelines(self) -> tuple[Pipeline, ...]:
        """The pipelines in force."""
        return self._crm.pipelines()

    def definition(self, pipeline: str, version: int | None = None) -> Document:
        """A version as it was published, the one in force if none is named."""
        return self._document("definition", pipeline=pipeline, version=version)

    def versions(self, pipeline: str) -> tuple[Document, ...]:
        """Every version as it was published."""
        return self._documents("versions", pipeline=pipeline)

    def occupancy(self, pipeline: str) -> dict[str, int]:
        """How many records are in each stage, the trash counted; `none` for those without a stage."""
        counts: dict[str, int] = self._ask("occupancy", pipeline=pipeline)
        return counts

    def orphans(self, pipeline: str) -> tuple[Document, ...]:
        """Stages that records are in and the definition lacks."""
        return self._documents("orphans", pipeline=pipeline)

    def refresh(self) -> None:
        """Takes notice of what other processes published."""
        self._ask("refresh")

    def migrate(
        self,
        id: str,
        pipeline: str,
        map: Mapping[str, object],
        actor: Actor,
        now: datetime,
        *,
        into: str | None = None,
        reason: str | None = None,
    ) -> Migrated | Refused:
        """Moves the records of a pipeline by a map."""
        told = self._ask(
            "migrate",
            id=id,
            pipeline=pipeline,
            into=into,
            map=map,
            reason=reason,
            actor=actor,
            now=now,
        )
        return answers.refused(told) if told["outcome"] == "refused" else _migrated(told)

    def transfer(
        self,
        id: str,
        into: str,
        map: Mapping[str, object],
        actor: Actor,
        now: datetime,
        *,
        reason: str | None = None,
    ) -> Answer:
        """Moves one record to another pipeline."""
        return self._answer(
            "transfer", id=id, into=into, map=map, reason=reason, actor=actor, now=now
        )

    def migrations(self) -> tuple[Document, ...]:
        """Every migration, in the order in which they began."""
        return self._documents("migrations")

    def resume(self, id: str, now: datetime) -> Migrated:
        """Goes on with a migration that was interrupted."""
        return _migrated(self._ask("resume", id=id, now=now))

    def close_migration(self, id: str, actor: Actor, now: datetime) -> Refused | None:
        """Leaves a migration as far as it came."""
        told = self._ask("close_migration", id=id, actor=actor, now=now)
        return answers.refused(told) if told["outcome"] == "refused" else None

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
        creation = _creation(stage, no_stage, imported, created_at, input, key)
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
        creation = _given(stage=stage, input=input)
        new = [{"record": record, "creation": creation} for record in records]
        mode = "atomic" if atomic else "per_item"
        told = self._ask("create_all", records=new, mode=mode, actor=actor, now=now)
        return tuple(answers.answered(one) for one in told)

    def submit(self, id: str, request: Request | str, actor: Actor, now: datetime) -> Answer:
        """Moves a record: a request, or the id of a move."""
        return self._answer("submit", id=id, request=_request(request), actor=actor, now=now)

    def dry_run(self, id: str, request: Request | str, actor: Actor, now: datetime) -> Answer:
        """What a move would come to; nothing is written."""
        return self._answer("dry_run", id=id, request=_request(request), actor=actor, now=now)

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
        edit = _given(
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

    # Whose record it is, and who it is

    def claim_record(self, id: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Takes a record that nobody owns."""
        return self._wish("assign", id, actor, now, claim=True, **more)

    def release(self, id: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Gives a record up."""
        return self._wish("assign", id, actor, now, release=True, **more)

    def assign(self, id: str, to: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Gives a record to somebody. As with all of these, `reason`, `expect_version` and `key` may go along."""
        return self._wish("assign", id, actor, now, to=to, **more)

    def assign_next(
        self, id: str, pool: str, actor: Actor, now: datetime, *, reason: str | None = None
    ) -> Answer:
        """Gives a record to whose turn it is."""
        wish = _given(reason=reason)
        return self._answer("assign_next", id=id, pool=pool, wish=wish, actor=actor, now=now)

    def pool(self, pipeline: str, name: str) -> Document:
        """People who take records in turn: `members`, and who is `next`."""
        return self._document("pool", pipeline=pipeline, name=name)

    def set_pool(
        self, pipeline: str, name: str, members: Sequence[str], actor: Actor, now: datetime
    ) -> Answer:
        """Says who takes turns."""
        return self._answer(
            "set_pool", pipeline=pipeline, name=name, members=list(members), actor=actor, now=now
        )

    def set_away(
        self, pipeline: str, name: str, member: str, away: bool, actor: Actor, now: datetime
    ) -> Answer:
        """Says who is away."""
        return self._answer(
            "set_away",
            pipeline=pipeline,
            name=name,
            member=member,
            away=away,
            actor=actor,
            now=now,
        )

    def log(
        self,
        id: str,
        kind: Literal["note", "call", "meeting", "email", "task"],
        text: str,
        actor: Actor,
        now: datetime,
        *,
        planned: bool = False,
        at: datetime | None = None,
        due: datetime | None = None,
        assignee: str | None = None,
        input: Facts | None = None,
        key: str | None = None,
    ) -> Answer:
        """Writes a note, call, meeting, e-mail or task into the history."""
        return self._wish(
            "log",
            id,
            actor,
            now,
            kind=kind,
            text=text,
            planned=planned,
            at=at,
            due=due,
            assignee=assignee,
            input=input,
            key=key,
        )

    def finish(self, id: str, row: int, actor: Actor, now: datetime) -> Answer:
        """Says that a planned activity is done."""
        return self._answer("finish", id=id, row=row, actor=actor, now=now)

    def trash(self, id: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Puts a record into the trash."""
        return self._wish("trash", id, actor, now, **more)

    def restore(self, id: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Takes it out again."""
        return self._wish("restore", id, actor, now, **more)

    def erase(
        self,
        id: str,
        actor: Actor,
        now: datetime,
        *,
        keep: Sequence[str] = (),
        rename: str | None = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """Erases what is personal, for good."""
        return self._wish(
            "erase", id, actor, now, keep=list(keep), rename=rename, reason=reason, key=key
        )

    def convert(
        self,
        id: str,
        actor: Actor,
        now: datetime,
        *,
        customer: str | None = None,
        link: str | None = None,
        pipeline: str | None = None,
        stage: str | None = None,
        input: Facts | None = None,
        key: str | None = None,
    ) -> Converted | Refused:
        """Turns a lead into a customer: a new one, named `customer`, or one that is there, to `link`."""
        wish = _given(
            customer=customer, link=link, pipeline=pipeline, stage=stage, input=input, key=key
        )
        told = self._ask("convert", id=id, wish=wish, actor=actor, now=now)
        if told["outcome"] == "refused":
            return answers.refused(told)
        moved = told.get("moved")
        return Converted(
            told["how"],
            Record.from_dict(told["lead"]),
            Record.from_dict(told["customer"]),
            tuple(told["filled"]),
            None if moved is None else answers.answered(moved),
        )

    def merge(
        self, id: str, tail: str, actor: Actor, now: datetime, **more: Any
    ) -> Merged | Unchanged | Refused:
        """Makes a duplicate, `tail`, one with a record."""
        told = self._ask("merge", id=id, tail=tail, wish=_given(**more), actor=actor, now=now)
        match told["outcome"]:
            case "merged":
                return Merged(answers.done(told["head"]), answers.done(told["tail"]))
            case "unchanged":
                return Unchanged(told["stage"])
        return answers.refused(told)

    def receive(
        self,
        record: Record,
        actor: Actor,
        now: datetime,
        *,
        stage: str | None = None,
        input: Facts | None = None,
        key: str | None = None,
        lower: bool = False,
    ) -> Received | Refused:
        """Takes in a form: creates a record, or fills in the one that it is about."""
        creation = _creation(stage, False, False, None, input, key)
        told = self._ask(
            "receive", record=record, creation=creation, lower=lower, actor=actor, now=now
        )
        if told["outcome"] == "refused":
            return answers.refused(told)
        matched = told["outcome"] == "matched"
        return Received(Record.from_dict(told["record"]), matched, Document(told))

    def start_deal(
        self,
        lead: str,
        deal: Record,
        actor: Actor,
        now: datetime,
        *,
        stage: str | None = None,
        input: Facts | None = None,
        key: str | None = None,
    ) -> Answer:
        """Starts a deal for a lead."""
        creation = _creation(stage, False, False, None, input, key)
        return self._answer(
            "start_deal", lead=lead, deal=deal, creation=creation, actor=actor, now=now
        )

    def lead_sources(self, leads: str, deals: str) -> tuple[Document, ...]:
        """What came of the leads of a pipeline in the deals of another, by source."""
        return self._documents("lead_sources", leads=leads, deals=deals)

    def with_email(self, pipeline: str, email: str) -> tuple[Record, ...]:
        """The records with an e-mail address."""
        return _records(self._ask("with_email", pipeline=pipeline, email=email))

    def same_person(self, id: str) -> tuple[str, ...]:
        """The ids of the records that are the same person."""
        return tuple(self._ask("same_person", id=id))

    def pointing_at(self, link: str, target: str) -> tuple[str, ...]:
        """The ids of the records that point at another."""
        return tuple(self._ask("pointing_at", link=link, target=target))

    def head_of(self, id: str) -> Record:
        """The record that a merged one has become; itself if it was not merged."""
        return Record.from_dict(self._ask("head_of", id=id))

    def united(self, id: str) -> tuple[str, ...]:
        """The ids of all records that are one."""
        return tuple(self._ask("united", id=id))

    def united_history(self, id: str) -> tuple[Row, ...]:
        """The history of all of them, in time."""
        return tuple(Row.from_dict(row) for row in self._ask("united_history", id=id))

    def timeline(
        self, id: str, *, kinds: Sequence[str] | None = None, page: int = 50
    ) -> Iterator[Row]:
        """What happened, newest first, read page by page."""

        def read(after: object) -> Any:
            return self._ask("timeline", id=id, limit=page, kinds=kinds, after=after)

        return _pages(read, "entries", Row.from_dict)

    # What moves set in motion

    def carry_out(
        self,
        id: str,
        action: str,
        actor: Actor,
        now: datetime,
        *,
        input: Facts | None = None,
        **more: Any,
    ) -> Answer:
        """Carries out an action of the stage."""
        return self._wish("carry_out", id, actor, now, action=action, input=input, **more)

    def report_done(
        self, effect: str, actor: Actor, now: datetime, *, input: Facts | None = None, **more: Any
    ) -> Answer:
        """Says that work is done."""
        return self._report(effect, actor, now, done=True, input=input, **more)

    def report_failed(
        self, effect: str, why: str, actor: Actor, now: datetime, **more: Any
    ) -> Answer:
        """Says that work failed, and why."""
        return self._report(effect, actor, now, failed=why, **more)

    def reopen(self, effect: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Says that work which was done, or failed, is open again."""
        return self._report(effect, actor, now, undone=True, **more)

    def give(self, effect: str, to: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Gives a task to somebody."""
        return self._report(effect, actor, now, to=to, **more)

    def tasks(
        self,
        *,
        assignee: str | None = None,
        due_before: datetime | None = None,
        page: int = 50,
    ) -> Iterator[Entry]:
        """Open tasks, due first, read page by page."""

        def read(after: object) -> Any:
            return self._ask(
                "tasks", assignee=assignee, due_before=due_before, after=after, limit=page
            )

        return _pages(read, "entries", answers.entry)

    def outbox(
        self,
        *,
        record: str | None = None,
        state: Literal["pending", "delivered", "cancelled", "dead"] | None = None,
        page: int = 50,
    ) -> Iterator[Entry]:
        """Effects, and how far they have come, read page by page."""

        def read(after: object) -> Any:
            return self._ask("outbox", record=record, state=state, after=after, limit=page)

        return _pages(read, "entries", answers.entry)

    def entry(self, effect: str) -> Entry | None:
        """How far one effect has come."""
        told = self._ask("entry", effect=effect)
        return None if told is None else answers.entry(told)

    def revive(self, effect: str, now: datetime) -> bool:
        """Tries an effect again that was given up."""
        return bool(self._ask("revive", effect=effect, now=now))

    def claim(
        self,
        kinds: Sequence[str],
        now: datetime,
        *,
        lease: timedelta = timedelta(minutes=5),
        limit: int = 50,
    ) -> tuple[Delivery, ...]:
        """Takes effects of these kinds that are due; nobody else gets them until the lease ends."""
        told = self._ask("claim", now=now, until=now + lease, kinds=list(kinds), limit=limit)
        return tuple(answers.delivery(one) for one in told)

    def settle(self, settlements: Iterable[Settlement]) -> tuple[bool, ...]:
        """Says what became of effects that were taken: for each, whether it still counted."""
        return tuple(self._ask("settle", settlements=list(settlements)))

    def next_due(self) -> datetime | None:
        """When the next effect is due."""
        told = self._ask("next_due")
        return None if told is None else answers.time(told)

    def queue(
        self, pipeline: str, queue: str, *, page: int = 50
    ) -> Iterator[tuple[str, datetime]]:
        """Records on a queue with since when, longest there first."""
        after = None
        while True:
            told = self._ask("queue", pipeline=pipeline, queue=queue, after=after, limit=page)
            for place in told:
                yield place["record"], answers.time(place["since"])
            if len(told) < page:
                return
            after = told[-1]

    def catch_up(
        self,
        pipeline: str,
        actor: Actor,
        now: datetime,
        *,
        messages: bool = False,
        dry_run: bool = False,
    ) -> Document | Refused:
        """Gives records the work that their stages came to have while they were there."""
        told = self._ask(
            "catch_up", pipeline=pipeline, messages=messages, dry_run=dry_run, actor=actor, now=now
        )
        return answers.refused(told) if told["outcome"] == "refused" else Document(told)

    def clocks(self, id: str, as_of: datetime) -> tuple[Document, ...]:
        """The promises of time of a record, as they stood."""
        return self._documents("clocks", id=id, as_of=as_of)

    def idle(self, id: str, as_of: datetime) -> str | None:
        """For how long nothing has happened, past the limit of the stage."""
        told: str | None = self._ask("idle", id=id, as_of=as_of)
        return told

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

        return _pages(read, "records", Record.from_dict)

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
            told = self._ask("feed", after=after, limit=page)
            for one in told:
                after = one["cursor"]
                yield after, Row.from_dict(one["row"])
            if len(told) < page:
                return

    def out_of_policy(self, pipeline: str, now: datetime) -> Document:
        """Records that no longer meet what their stage needs: how many were `judged`, and the `records`."""
        return self._document("out_of_policy", pipeline=pipeline, now=now)

    def _wish(
        self, operation: str, id: str, actor: Actor, now: datetime, **wish: object
    ) -> Answer:
        return self._answer(operation, id=id, wish=_given(**wish), actor=actor, now=now)

    def _report(self, effect: str, actor: Actor, now: datetime, **wish: object) -> Answer:
        return self._answer("report", effect=effect, wish=_given(**wish), actor=actor, now=now)


def _creation(
    stage: str | None,
    no_stage: bool,
    imported: bool,
    created_at: datetime | None,
    input: Facts | None,
    key: str | None,
) -> dict[str, object]:
    return _given(
        stage=stage,
        no_stage=no_stage,
        imported=imported,
        created_at=created_at,
        input=input,
        key=key,
    )


def _request(request: Request | str) -> Request:
    return Request(request) if isinstance(request, str) else request


def _migrated(told: Mapping[str, Any]) -> Migrated:
    return Migrated(told["id"], told["moved"], told["retried"], answers.documents(told["left"]))


def _records(told: Iterable[dict[str, Any]]) -> tuple[Record, ...]:
    return tuple(Record.from_dict(one) for one in told)


def _pages(
    read: Callable[[object], Any], name: str, made: Callable[[dict[str, Any]], Item]
) -> Iterator[Item]:
    after = None
    while True:
        told = read(after)
        yield from map(made, told[name])
        after = told.get("next")
        if after is None:
            return
