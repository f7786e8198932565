"""Whose record it is, and who it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from lifestage import answers
from lifestage._asking import Asking, Facts, creation_of, given, pages, records_of
from lifestage._native import Actor, Record, Refused, Row, Unchanged
from lifestage.answers import Answer, Converted, Document, Merged, Received


class People(Asking):
    """What a workspace does about people."""

    def claim_record(self, id: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Takes a record that nobody owns."""
        return self._wish("assign", id, actor, now, claim=True, **more)

    def release(self, id: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Gives a record up."""
        return self._wish("assign", id, actor, now, release=True, **more)

    def assign(self, id: str, to: str, actor: Actor, now: datetime, **more: Any) -> Answer:
        """Gives a record to somebody. A `reason` may go along; `expect_version` and `key` too, as with all of these."""
        return self._wish("assign", id, actor, now, to=to, **more)

    def assign_next(
        self, id: str, pool: str, actor: Actor, now: datetime, *, reason: str | None = None
    ) -> Answer:
        """Gives a record to whose turn it is."""
        wish = given(reason=reason)
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
        wish = given(
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
        told = self._ask("merge", id=id, tail=tail, wish=given(**more), actor=actor, now=now)
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
        creation = creation_of(stage, False, False, None, input, key)
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
        creation = creation_of(stage, False, False, None, input, key)
        return self._answer(
            "start_deal", lead=lead, deal=deal, creation=creation, actor=actor, now=now
        )

    def lead_sources(self, leads: str, deals: str) -> tuple[Document, ...]:
        """What came of the leads of a pipeline in the deals of another, by source."""
        return self._documents("lead_sources", leads=leads, deals=deals)

    def with_email(self, pipeline: str, email: str) -> tuple[Record, ...]:
        """The records with an e-mail address."""
        return records_of(self._ask("with_email", pipeline=pipeline, email=email))

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

    def united_visits(self, id: str) -> tuple[tuple[str, Document], ...]:
        """The stays of all of them in stages, in time, each with the id of the record."""
        told = self._ask("united_visits", id=id)
        return tuple((one["record"], Document(one["visit"])) for one in told)

    def timeline(
        self, id: str, *, kinds: Sequence[str] | None = None, page: int = 50
    ) -> Iterator[Row]:
        """What happened, newest first, read page by page."""

        def read(after: object) -> Any:
            return self._ask("timeline", id=id, limit=page, kinds=kinds, after=after)

        return pages(read, "entries", Row.from_dict)
