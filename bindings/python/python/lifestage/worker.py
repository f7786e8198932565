"""What delivers effects: a worker with handlers, which the host drives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from time import monotonic
from typing import TypeAlias

from lifestage._asking import given
from lifestage.answers import Delivery, Round, Taken
from lifestage.workspace import Workspace


class Handled(Enum):
    """What a handler achieved."""

    DELIVERED = "delivered"
    """It is delivered. Work that somebody has to report is still to be done."""
    DONE = "done"
    """It is delivered, and done: what follows an action that is done follows."""


class GiveUp(Exception):
    """Raised by a handler when an effect will fail each time, so that nobody is to try again."""


Handler: TypeAlias = Callable[[Delivery], Handled | None]
"""Delivers one effect. Returning nothing means that it is delivered; an exception, that it failed this time."""


class Worker:
    """Delivers the effects of a workspace: those that are due, each by the handler of its kind.

    Drive it as often as you like, in as many threads and processes as you like: an effect is handed to one at a time. A
    handler may be called more than once for one effect, whose id is the same each time. What fails is tried again, after
    waits that double, until it is given up; meanwhile it holds back those of its kind that come after it in its record.
    Moves that time or facts make are made by themselves; tasks are on the list of `Workspace.tasks`, unless there is a
    handler for them; effects of a kind without a handler wait.

    `lease` is for how long it has what it takes: a handler that takes longer may be called a second time by another worker.
    `batch` is how many it takes at a time, `attempts` how often an effect is tried, `wait` how long to wait before the
    second attempt and how long at most. With `leaving_tasks` it does not touch tasks, which another worker handles.
    """

    def __init__(
        self,
        crm: Workspace,
        handlers: Mapping[str, Handler],
        *,
        lease: timedelta | None = None,
        batch: int | None = None,
        attempts: int | None = None,
        wait: tuple[timedelta, timedelta] | None = None,
        leaving_tasks: bool = False,
    ) -> None:
        self._crm = crm
        self._handlers = dict(handlers)
        self._how = given(lease=lease, batch=batch, attempts=attempts, wait=wait, leaving_tasks=leaving_tasks)

    def __repr__(self) -> str:
        return f"Worker({self._crm!r}, {sorted(self._handlers)})"

    def run_once(self, now: datetime) -> Round:
        """Delivers everything that is due at `now`, batch by batch."""
        total, began = Round(), monotonic()
        while True:
            here = monotonic()
            gone = timedelta(seconds=here - began)
            taken = self._crm.take(tuple(self._handlers), now, gone=gone, worker=self._how)
            done = taken.round + self._handle(taken, now, here)
            total += done
            if done.total == 0:
                return total

    def next_due(self) -> datetime | None:
        """When there is something to do for it, for a host that sleeps until then."""
        return self._crm.next_due(tuple(self._handlers), worker=self._how)

    def _handle(self, taken: Taken, now: datetime, began: float) -> Round:
        """Handles what was taken while the lease holds. Whatever interrupts it, what was done by then is written down, and
        the rest goes back."""
        if not taken.deliveries:
            return Round()
        handled: list[object] = []
        failed: dict[tuple[str, str], list[Delivery]] = {}
        try:
            for delivery in taken.deliveries:
                if monotonic() - began >= taken.lease.total_seconds():
                    break
                alike = failed.setdefault((delivery.effect.record, delivery.effect.kind), [])
                wanted = self._crm.still_wants(delivery, alike)
                handled.append(self._call(delivery) if wanted else None)
                if isinstance(handled[-1], dict) and "failed" in handled[-1]:
                    alike.append(delivery)
        finally:
            done = self._crm.handled(taken.deliveries, handled, now, worker=self._how)
        return done

    def _call(self, delivery: Delivery) -> object:
        try:
            achieved = self._handlers[delivery.effect.kind](delivery)
            if not (achieved is None or isinstance(achieved, Handled)):
                # It may be sent: not again and again, but so that somebody sees it.
                raise GiveUp(f"the handler returned `{achieved!r}`, which is neither None nor a Handled")
        except GiveUp as error:
            return {"dead": _words(error)}
        except Exception as error:
            return {"failed": _words(error)}
        return (Handled.DELIVERED if achieved is None else achieved).value


def _words(error: Exception) -> str:
    """What an exception says, also when that is no text that could be written down."""
    return (str(error) or type(error).__name__).encode(errors="replace").decode()
