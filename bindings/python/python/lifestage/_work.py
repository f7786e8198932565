"""What moves set in motion: tasks, actions, the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from lifestage import answers
from lifestage._asking import Asking, Facts, at_least_one, pages
from lifestage._native import Actor, Refused
from lifestage.answers import Answer, Delivery, Document, Entry, Round, Settlement, Taken


class Work(Asking):
    """What a workspace does about work."""

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

        return pages(read, "entries", answers.entry)

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

        return pages(read, "entries", answers.entry)

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

    def run(self, now: datetime, *, worker: Mapping[str, object] | None = None) -> Document:
        """Carries out what is due and needs nobody: timed moves, and tasks that go to whose turn it is.

        The rest is for a `Worker`, or for those who `claim` it. Says how much there was of what.
        """
        return self._document("run", now=now, worker=worker)

    def take(
        self,
        kinds: Sequence[str],
        now: datetime,
        *,
        gone: timedelta = timedelta(),
        worker: Mapping[str, object] | None = None,
    ) -> Taken:
        """A round of a worker: carries out what needs nobody, and takes effects of these kinds to be handled.

        `gone` is for how long `now` has been over. A `Worker` does all of it.
        """
        told = self._ask("take", kinds=list(kinds), now=now, gone=gone, worker=worker)
        deliveries = tuple(answers.delivery(one) for one in told["deliveries"])
        return Taken(deliveries, answers.span(told["lease"]), answers.round_of(told["round"]))

    def still_wants(self, delivery: Delivery, failed: Sequence[Delivery] = ()) -> bool:
        """Whether an effect that was taken is still to be handled, after what failed of the same round."""
        return bool(self._ask("still_wants", delivery=delivery, failed=list(failed)))

    def handled(
        self,
        deliveries: Sequence[Delivery],
        handled: Sequence[object],
        now: datetime,
        *,
        worker: Mapping[str, object] | None = None,
    ) -> Round:
        """Says how handling effects went, in their order: `delivered`, `done`, `{"failed": why}`, `{"dead": why}`, or
        `None` for one that was not begun. What failed is tried again later, until it is given up."""
        return answers.round_of(
            self._ask(
                "handled", deliveries=list(deliveries), handled=list(handled), now=now, worker=worker
            )
        )

    def next_due(
        self, kinds: Sequence[str] | None = None, *, worker: Mapping[str, object] | None = None
    ) -> datetime | None:
        """When the next effect is due; of those that a worker with handlers for these `kinds` sees to."""
        told = self._ask("next_due", kinds=None if kinds is None else list(kinds), worker=worker)
        return None if told is None else answers.time(told)

    def queue(
        self, pipeline: str, queue: str, *, page: int = 50
    ) -> Iterator[tuple[str, datetime]]:
        """Records on a queue with since when, longest there first."""
        after = None
        while True:
            told = self._ask(
                "queue", pipeline=pipeline, queue=queue, after=after, limit=at_least_one(page)
            )
            for place in told:
                yield place["record"], answers.time(place["since"])
            if not told:
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
