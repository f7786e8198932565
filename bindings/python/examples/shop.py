"""A shop that keeps its leads in tables of its own.

SQLAlchemy has the records, the history and the work to do; lifestage decides. What it decides is one value, a
`Change`, which the shop writes in its own transaction, on condition that nobody was faster.

    pip install ./bindings/python flask sqlalchemy
    flask --app bindings/python/examples/shop.py run
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, jsonify, request
from sqlalchemy import Engine, ForeignKey, String, create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

import lifestage as ls

PIPELINE = ls.Pipeline.preset("lead")
PEOPLE = {"olga": ["owner"], "max": ["manager"], "sam": ["sales"]}


class Table(DeclarativeBase):
    """The tables of the shop."""


class Lead(Table):
    """A lead: what the shop searches by, and the record as the engine knows it."""

    __tablename__ = "leads"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    stage: Mapped[str | None] = mapped_column(String, index=True)
    version: Mapped[int]
    document: Mapped[str]


class History(Table):
    """One row for each change, which is never changed itself."""

    __tablename__ = "history"
    lead: Mapped[str] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]


class Work(Table):
    """What a change sets in motion, for a worker to pick up."""

    __tablename__ = "work"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str]
    document: Mapped[str]


class TooLate(Exception):
    """Somebody else changed the lead in the meantime."""


def write(session: Session, change: ls.Change) -> None:
    """Writes all that one decision says, if the lead is still what was judged: compare-and-set."""
    record = change.record
    values = {"stage": record.stage, "version": record.version, "document": record.to_json()}
    if change.expected_version == 0:
        session.add(Lead(id=record.id, **values))
        session.flush()
    else:
        same = (Lead.id == record.id) & (Lead.version == change.expected_version)
        if session.scalar(update(Lead).where(same).values(**values).returning(Lead.id)) is None:
            raise TooLate
    session.add(History(lead=record.id, seq=change.row.seq, document=change.row.to_json()))
    for effect in change.effects:
        session.add(Work(id=effect.id, kind=effect.kind, document=effect.to_json()))


def load(session: Session, id: str) -> ls.Record | None:
    """A lead as the engine knows it."""
    lead = session.get(Lead, id, populate_existing=True)
    return None if lead is None else ls.Record.from_json(lead.document)


def told(refusal: ls.Refusal) -> dict[str, Any]:
    """Why not, for a person and for a program."""
    route = None if refusal.route is None else str(refusal.route)
    return {"error": str(refusal), "codes": refusal.codes, "route": route}


def make_app(engine: Engine | None = None) -> Flask:
    """The shop, over a database in memory unless it is given another."""
    memory = {"connect_args": {"check_same_thread": False}, "poolclass": StaticPool}
    engine = engine or create_engine("sqlite://", **memory)
    Table.metadata.create_all(engine)
    app = Flask(__name__)

    @contextmanager
    def transaction() -> Iterator[Session]:
        with Session(engine) as session, session.begin():
            yield session

    @app.before_request
    def who() -> Response | None:
        name = request.headers.get("X-User", "")
        if name not in PEOPLE:
            return Response("who are you?", status=401)
        g.actor = ls.Actor(name, PEOPLE[name])
        return None

    @app.errorhandler(TooLate)
    def too_late(_: TooLate) -> tuple[Response, int]:
        return jsonify(error="somebody else was faster; reload and try again"), 409

    def answer(session: Session, decision: ls.Decision) -> tuple[Response, int]:
        match decision:
            case ls.Moved(change) | ls.Proposed(change):
                write(session, change)
                return jsonify(stage=change.record.stage, version=change.record.version), 200
            case ls.Unchanged(stage):
                return jsonify(stage=stage), 200
            case ls.Refused(refusal):
                return jsonify(told(refusal)), 422

    @app.post("/leads/<id>")
    def create(id: str) -> tuple[Response, int]:
        with transaction() as session:
            if load(session, id) is not None:
                return jsonify(error=f"there is a lead `{id}`"), 409
            new = ls.Record(id, fields=request.get_json())
            return answer(session, PIPELINE.create(new, g.actor, datetime.now(UTC)))

    @app.get("/leads/<id>")
    def show(id: str) -> tuple[Response, int]:
        with transaction() as session:
            lead = load(session, id)
        if lead is None:
            return jsonify(error=f"no lead `{id}`"), 404
        buttons = PIPELINE.moves(lead, g.actor, datetime.now(UTC))
        moves = [{"id": b.id, "label": b.label, "asks": [a.name for a in b.asks]} for b in buttons]
        return jsonify(stage=lead.stage, version=lead.version, fields=lead.fields, moves=moves), 200

    @app.post("/leads/<id>/moves/<move>")
    def move(id: str, move: str) -> tuple[Response, int]:
        body = request.get_json(silent=True) or {}
        wish = ls.Request(move, input=body.get("input"), expect_version=body.get("version"))
        with transaction() as session:
            lead = load(session, id)
            if lead is None:
                return jsonify(error=f"no lead `{id}`"), 404
            return answer(session, PIPELINE.decide(lead, wish, g.actor, datetime.now(UTC)))

    @app.get("/leads/<id>/history")
    def history(id: str) -> tuple[Response, int]:
        with transaction() as session:
            lead = load(session, id)
            found = session.scalars(select(History).where(History.lead == id).order_by(History.seq))
            rows = [ls.Row.from_json(row.document) for row in found]
        if lead is None:
            return jsonify(error=f"no lead `{id}`"), 404
        fault = ls.verify(lead, rows)
        documents = [json.loads(row.to_json()) for row in rows]
        return jsonify(rows=documents, fault=None if fault is None else str(fault)), 200

    return app


app = make_app()
