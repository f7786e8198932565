"""A worker with handlers in Python: what it delivers, and what becomes of what fails."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import lifestage as ls
import pytest
from conftest import NOW

ADA = ls.Actor("ada", ["admin"])
USER = ls.Actor("sam", ["user"])


def with_mails(crm: ls.Workspace, *ids: str) -> ls.Workspace:
    crm.publish(ls.Pipeline.preset("sales_stages"), ADA, NOW)
    for id in ids:
        fields = {"name": id, "email": f"{id}@example.com", "property": "Elm Street 1"}
        made = crm.create(ls.Record(id, fields=fields), USER, NOW, stage="made_contact")
        assert isinstance(made, ls.Done)
    return crm


@pytest.fixture
def crm() -> ls.Workspace:
    return with_mails(ls.Workspace.memory(), "mo", "bea", "cy")


def mail_to(crm: ls.Workspace, id: str) -> ls.Entry:
    """The first of its mails; another one is due in some days."""
    mails = [one for one in crm.outbox(record=id) if one.effect.kind == "send_email"]
    return min(mails, key=lambda one: one.effect.index)


def test_it_delivers_what_is_due(crm: ls.Workspace) -> None:
    sent: list[str] = []
    worker = ls.Worker(crm, {"send_email": lambda mail: sent.append(mail.effect.args["to"])}, batch=4)
    assert worker.next_due() == NOW
    tasks = len(list(crm.tasks()))
    round = worker.run_once(NOW)
    assert sorted(sent) == ["bea@example.com", "cy@example.com", "mo@example.com"]
    assert (round.retried, round.dead, round.late, round.errors) == (0, 0, 0, ())
    assert round.delivered == round.total > 3
    assert len(list(crm.tasks())) == tasks
    assert worker.run_once(NOW) == ls.Round()
    due = worker.next_due()
    assert due is None or due > NOW


def test_what_fails_is_tried_again_and_given_up(crm: ls.Workspace) -> None:
    error: Exception = ValueError("mailbox full")

    def send(mail: ls.Delivery) -> None:
        if mail.effect.record == "mo":
            raise error

    wait = (timedelta(seconds=1), timedelta(seconds=8))
    worker = ls.Worker(crm, {"send_email": send}, attempts=3, wait=wait)
    round = worker.run_once(NOW)
    mail = mail_to(crm, "mo")
    assert (round.retried, round.errors) == (1, ((mail.effect.id, "mailbox full"),))
    assert mail_to(crm, "bea").state == "delivered", "one that fails stops no other"
    assert NOW + timedelta(seconds=0.5) <= mail.ready_at <= NOW + timedelta(seconds=1)
    assert mail.note == "mailbox full"
    assert worker.run_once(NOW).total == 0, "it waits"
    error = KeyError()
    first = mail.ready_at
    assert worker.run_once(first).errors == ((mail.effect.id, "KeyError"),)
    mail = mail_to(crm, "mo")
    assert timedelta(seconds=1) <= mail.ready_at - first <= timedelta(seconds=2), "the wait doubles"
    assert worker.run_once(mail.ready_at).dead == 1
    assert mail_to(crm, "mo").state == "dead"
    crm.revive(mail.effect.id, NOW)
    error = ls.GiveUp("no such mailbox: \ud800")
    assert worker.run_once(NOW).dead == 1, "nobody is to try again"
    assert mail_to(crm, "mo").note == "no such mailbox: ?"


def test_what_a_handler_returns_by_mistake_is_seen_and_not_sent_again(crm: ls.Workspace) -> None:
    sent: list[str] = []

    def send(mail: ls.Delivery) -> ls.Handled | None:
        sent.append(mail.effect.record)
        return True  # type: ignore[return-value]

    round = ls.Worker(crm, {"send_email": send}).run_once(NOW)
    assert (sorted(sent), round.dead) == (["bea", "cy", "mo"], 3)
    assert mail_to(crm, "mo").note == "the handler returned `True`, which is neither None nor a Handled"


def test_what_fails_holds_back_what_comes_after_it(crm: ls.Workspace) -> None:
    mails = [one for one in crm.outbox(record="mo") if one.effect.kind == "send_email"]
    first, second = sorted(mails, key=lambda one: one.effect.index)
    tried: list[int] = []
    full = True

    def send(mail: ls.Delivery) -> None:
        if mail.effect.record == "mo":
            tried.append(mail.effect.index)
            if full:
                raise ValueError("mailbox full")

    worker = ls.Worker(crm, {"send_email": send})
    assert worker.run_once(second.ready_at).retried == 1
    assert tried == [first.effect.index]
    full = False
    worker.run_once(mail_to(crm, "mo").ready_at)
    assert tried == [first.effect.index, first.effect.index, second.effect.index]


def test_it_waits_as_the_library_has_it(crm: ls.Workspace) -> None:
    def send(mail: ls.Delivery) -> None:
        raise OSError("busy")

    worker = ls.Worker(crm, {"send_email": send})
    worker.run_once(NOW)
    waits = [mail_to(crm, id).ready_at - NOW for id in ("mo", "bea", "cy")]
    assert all(timedelta(seconds=5) <= wait <= timedelta(seconds=10) for wait in waits)
    assert len(set(waits)) == 3, "what failed together does not come back together"


def test_an_interruption_writes_down_what_was_done(crm: ls.Workspace) -> None:
    sent: list[str] = []

    def send(mail: ls.Delivery) -> None:
        if len(sent) == 1:
            raise KeyboardInterrupt
        sent.append(mail.effect.record)

    with pytest.raises(KeyboardInterrupt):
        ls.Worker(crm, {"send_email": send}).run_once(NOW)
    assert mail_to(crm, sent[0]).state == "delivered"
    rest: list[str] = []
    ls.Worker(crm, {"send_email": lambda mail: rest.append(mail.effect.record)}).run_once(NOW)
    assert len(rest) == 2 and sent[0] not in rest, "the rest went back, for others at once"


def test_a_handler_may_do_the_work(crm: ls.Workspace) -> None:
    done: list[str] = []

    def do(task: ls.Delivery) -> ls.Handled:
        done.append(task.effect.id)
        return ls.Handled.DONE

    before = len(list(crm.tasks()))
    assert ls.Worker(crm, {"create_task": do}).run_once(NOW).delivered >= len(done) > 0
    assert len(list(crm.tasks())) < before


def test_what_a_handler_does_may_call_others_off(crm: ls.Workspace) -> None:
    handled: list[str] = []

    def do(task: ls.Delivery) -> None:
        handled.append(task.effect.action)
        for id in ("mo", "bea", "cy"):
            crm.submit(id, ls.Request(to="signed"), ADA, NOW)

    ls.Worker(crm, {"create_task": do}).run_once(NOW)
    of_the_first_stay = [action for action in handled if action.startswith("made_contact")]
    assert len(of_the_first_stay) == 1, "the stays of the others ended while it was handled"


def test_a_lease_that_is_over_leaves_the_rest(crm: ls.Workspace) -> None:
    calls: list[str] = []

    def slow(mail: ls.Delivery) -> None:
        calls.append(mail.effect.record)
        time.sleep(1.1)

    round = ls.Worker(crm, {"send_email": slow}, lease=timedelta(seconds=1)).run_once(NOW)
    assert sorted(calls) == ["bea", "cy", "mo"], "each once, in batches of their own"
    assert round.late == 0


def test_workers_in_threads_share(tmp_path: Path) -> None:
    names = [f"l-{at}" for at in range(12)]
    crm = with_mails(ls.Workspace.open(tmp_path / "crm.db", durable=False), *names)
    sent: list[str] = []

    def work() -> None:
        ls.Worker(crm, {"send_email": lambda mail: sent.append(mail.effect.record)}, batch=3).run_once(NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(names)


def test_a_kind_that_is_none_is_named(crm: ls.Workspace) -> None:
    with pytest.raises(ls.InvalidInput, match="send_pigeon"):
        ls.Worker(crm, {"send_pigeon": lambda mail: None}).run_once(NOW)
    assert repr(ls.Worker(crm, {"webhook": lambda mail: None})).endswith("['webhook'])")


def test_the_steps_can_be_taken_by_hand(crm: ls.Workspace) -> None:
    taken = crm.take(["send_email"], NOW)
    assert len(taken.deliveries) == 3 and taken.lease == timedelta(minutes=1)
    assert all(crm.still_wants(mail) for mail in taken.deliveries)
    assert [crm.still_wants(mail, taken.deliveries[:1]) for mail in taken.deliveries] == [False, True, True]
    round = crm.handled(taken.deliveries, ["delivered", None, {"failed": "busy"}], NOW)
    assert (round.delivered, round.retried) == (1, 1)
    again = crm.take(["send_email"], NOW, gone=timedelta(seconds=3), worker={"batch": 1})
    assert [mail.effect.id for mail in again.deliveries] == [taken.deliveries[1].effect.id]
