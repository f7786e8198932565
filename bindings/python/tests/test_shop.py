"""The program of the README, asked through the test client of its framework."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import lifestage as ls
import pytest
from conftest import PACKAGE
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

sys.path.insert(0, str(PACKAGE / "examples"))

import shop

OLGA, SAM = {"X-User": "olga"}, {"X-User": "sam"}


@pytest.fixture
def engine() -> Engine:
    return create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)


def test_a_lead_is_created_moved_and_told_of(engine: Engine) -> None:
    client = shop.make_app(engine).test_client()
    assert client.get("/leads/l-1").status_code == 401
    assert client.get("/leads/l-1", headers=SAM).status_code == 404

    made = client.post("/leads/l-1", json={"email": "ada@example.com"}, headers=SAM)
    assert (made.status_code, made.json) == (200, {"stage": "new", "version": 1})
    assert client.post("/leads/l-1", json={}, headers=SAM).status_code == 409

    shown = client.get("/leads/l-1", headers=SAM).json
    assert [move["id"] for move in shown["moves"]] == ["mark_contacted", "mark_lost", "mark_dormant"]

    moved = client.post("/leads/l-1/moves/mark_contacted", json={"version": 1}, headers=SAM)
    assert (moved.status_code, moved.json) == (200, {"stage": "contacted", "version": 2})

    late = client.post("/leads/l-1/moves/mark_lost", json={"version": 1}, headers=OLGA)
    assert late.status_code == 422
    assert late.json["codes"] == ["stale_record"]

    far = client.post("/leads/l-1/moves/start_negotiation", headers=SAM)
    assert far.status_code == 422
    assert far.json == {
        "error": "`Start negotiation` does not start at Contacted",
        "codes": ["not_from_stage"],
        "route": "Mark engaged -> Set appointment -> Mark showed -> Start negotiation",
    }

    history = client.get("/leads/l-1/history", headers=SAM).json
    assert [row["kind"] for row in history["rows"]] == ["creation", "move"]
    assert history["fault"] is None


def test_who_is_late_writes_nothing(engine: Engine) -> None:
    client = shop.make_app(engine).test_client()
    client.post("/leads/l-2", json={}, headers=SAM)
    with Session(engine) as session, session.begin():
        before = shop.load(session, "l-2")
        assert before is not None
    # Between reading and writing, somebody else moves it.
    client.post("/leads/l-2/moves/mark_contacted", headers=OLGA)
    decision = shop.PIPELINE.decide(before, "mark_dormant", ls.Actor("sam", "sales"), datetime.now(UTC))
    assert isinstance(decision, ls.Moved)
    with pytest.raises(shop.TooLate), Session(engine) as session, session.begin():
        shop.write(session, decision.change)
    with Session(engine) as session:
        after = shop.load(session, "l-2")
        assert after is not None and after.stage == "contacted"
        assert session.scalar(select(func.count()).select_from(shop.History)) == 2


def test_a_history_that_was_changed_is_found(engine: Engine) -> None:
    client = shop.make_app(engine).test_client()
    client.post("/leads/l-3", json={}, headers=SAM)
    with Session(engine) as session, session.begin():
        row = session.get_one(shop.History, ("l-3", 1))
        row.document = row.document.replace('"actor":"sam"', '"actor":"eve"')
    fault = client.get("/leads/l-3/history", headers=SAM).json["fault"]
    assert fault == "journal of `l-3`, row 1: was changed after it was written"
