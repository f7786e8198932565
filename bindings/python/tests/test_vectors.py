"""The vectors that every language runs, through the classes of the package; the counts must be those of the files."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import lifestage as ls
import pyarrow as pa
import pytest
from conftest import VECTORS, pipelines, read_vectors

FILES = sorted(path.name for path in VECTORS.glob("*.json"))

RANDOM = ("salt", "personal", "effects", "previous", "hash")


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def plain(record: dict[str, Any], row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Without what depends on the salt."""
    record = {name: value for name, value in record.items() if name != "head"}
    return record, {name: value for name, value in row.items() if name not in RANDOM}


def reasons(found: tuple[ls.Reason, ...]) -> list[dict[str, Any]]:
    return [{"code": one.code, "parameters": one.parameters} for one in found]


def refused(refusal: ls.Refused | ls.Refusal) -> dict[str, Any]:
    told: dict[str, Any] = {"outcome": "refused", "reasons": reasons(refusal.reasons)}
    if refusal.route is not None:
        told["route"] = list(refusal.route.moves)
    return told


def standing(one: ls.MoveExplanation | ls.StageExplanation) -> Any:
    return reasons(one.reasons) if one.standing == "refused" else one.standing


def salt_of(step: dict[str, Any]) -> bytes | None:
    return bytes.fromhex(step["salt"]) if "salt" in step else None


def decide(pipeline: ls.Pipeline, record: ls.Record, rows: list[ls.Row], step: dict[str, Any]) -> ls.Decision:
    """Each operation as a host would ask for it."""
    actor, now, salt = ls.Actor.from_dict(step["actor"]), time(step["now"]), salt_of(step)
    match step["op"]:
        case "decide":
            decision = pipeline.decide(record, ls.Request.from_dict(step["request"]), actor, now)
            if salt is not None and isinstance(decision, (ls.Moved, ls.Proposed)):
                return type(decision)(decision.seal(salt))
            return decision
        case "create":
            creation = dict(step["creation"])
            if "created_at" in creation:
                creation["created_at"] = time(creation["created_at"])
            return pipeline.create(record, actor, now, salt=salt, **creation)
        case "edit" if not (set(step["edit"].get("set", {})) & set(step["edit"].get("clear", []))):
            edit = dict(step["edit"])
            facts = {**edit.pop("set", {}), **dict.fromkeys(edit.pop("clear", []))}
            return pipeline.edit(record, facts, actor, now, salt=salt, **edit)
    given = {name: step[name] for name in ("edit", "wish", "row", "reason", "request", "salt") if name in step}
    if step["op"] == "undo":
        given["rows"] = rows
    return pipeline.perform(step["op"], record=record, actor=actor, now=now, **given)


def decided(decision: Any, *, whole: bool = False) -> dict[str, Any]:
    match decision:
        case ls.Refused():
            return refused(decision)
        case ls.Unchanged(stage):
            return {"outcome": "unchanged", "stage": stage}
        case ls.Moved(change) | ls.Proposed(change):
            record, row = change.record.to_dict(), change.row.to_dict()
            if not whole:
                record, row = plain(record, row)
            outcome = "moved" if isinstance(decision, ls.Moved) else "proposed"
            effects = [effect.to_dict() for effect in change.effects]
            return {"outcome": outcome, "record": record, "row": row, "effects": effects}
    raise AssertionError(decision)


def explained(pipeline: ls.Pipeline, step: dict[str, Any]) -> dict[str, Any]:
    record, actor = ls.Record.from_dict(step["record"]), ls.Actor.from_dict(step["actor"])
    told = pipeline.explain(record, actor, time(step["now"]))
    moves = [
        {
            "id": one.id,
            "to": one.to,
            "standing": standing(one),
            "asks": list(one.asks),
            "who_could": list(one.who_could),
        }
        for one in told.moves
    ]
    stages = [
        {
            "id": one.id,
            "standing": standing(one),
            "route": None if one.route is None else list(one.route.moves),
        }
        for one in told.stages
    ]
    buttons = [[offer.id, offer.label] for offer in pipeline.moves(record, actor, time(step["now"]))]
    return {"buttons": buttons, "moves": moves, "stages": stages}


def routed(pipeline: ls.Pipeline, step: dict[str, Any]) -> dict[str, Any]:
    record, actor = ls.Record.from_dict(step["record"]), ls.Actor.from_dict(step["actor"])
    route = pipeline.route(record, step["stage"], actor)
    if route is None:
        return {"steps": None}
    steps = [
        {
            "move": one.move,
            "to": one.to,
            "asks": list(one.asks),
            "conditions": list(one.conditions),
            "approval": one.approval,
        }
        for one in route.steps
    ]
    return {"steps": steps}


def judged(step: dict[str, Any]) -> dict[str, Any]:
    try:
        criteria = ls.Criteria(step["criteria"], step["names"])
    except ls.CriteriaError as error:
        return {"errors": [fault.kind for fault in error.faults]}
    failures = [
        {
            "text": one.text,
            "truth": one.truth.value,
            "missing": list(one.missing),
            "wrong": list(one.wrong),
            "reason": one.reason,
            "values": one.values,
        }
        for one in criteria.failures(step["facts"])
    ]
    truth = criteria.eval(step["facts"]).value
    return {"truth": truth, "canonical": criteria.canonical, "failures": failures}


def journal(pipeline: ls.Pipeline, vector: dict[str, Any]) -> dict[str, Any]:
    record, rows = ls.Record.from_dict(vector["record"]), []
    for step in vector["steps"]:
        decision = decide(pipeline, record, rows, step)
        same(vector["name"], step["expect"], decided(decision, whole=True))
        if isinstance(decision, (ls.Moved, ls.Proposed)):
            record = decision.change.record
            rows.append(decision.change.row)
            assert ls.verify_effects(decision.change.row, decision.change.effects) is None
    assert ls.verify(record, rows) is None
    visits = [
        {
            "seq": visit.seq,
            "stage": None if visit.stage is None else visit.stage.id,
            "entered_at": written(visit.entered_at),
            "entered_by": visit.entered_by,
            "left_at": written(visit.left_at),
            "left_by": visit.left_by,
            "corrected": visit.corrected,
        }
        for visit in ls.visits(rows)
    ]
    return {"visits": visits}


def written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def workspace(loaded: dict[str, ls.Pipeline], vector: dict[str, Any]) -> None:
    admin, now = ls.Actor("admin"), datetime.fromisoformat("2026-03-01T21:20:00Z")
    with ls.Workspace.memory(tenant="tenant") as crm:
        for name in vector["publish"]:
            assert isinstance(crm.publish(loaded[name], admin, now), ls.Published)
        for step in vector["steps"]:
            actor, now = ls.Actor.from_dict(step["actor"]), time(step["now"])
            record = ls.Record.from_dict(step["record"])
            match step["op"]:
                case "create":
                    creation = dict(step["creation"])
                    if "created_at" in creation:
                        creation["created_at"] = time(creation["created_at"])
                    answer = crm.create(record, actor, now, **creation)
                case "decide":
                    answer = crm.submit(record.id, ls.Request.from_dict(step["request"]), actor, now)
                case "edit":
                    edit = dict(step["edit"])
                    facts = {**edit.pop("set", {}), **dict.fromkeys(edit.pop("clear", []))}
                    answer = crm.edit(record.id, facts, actor, now, **edit)
                case "carry_out":
                    answer = crm.carry_out(record.id, actor=actor, now=now, **step["wish"])
                case "convert":
                    answer = crm.convert(record.id, actor, now, **step["wish"])
                case other:
                    raise AssertionError(other)
            same(vector["name"], step["expect"], answered(answer))


def answered(answer: ls.Answer | ls.Converted) -> dict[str, Any]:
    match answer:
        case ls.Converted():
            return {"outcome": "converted", "how": answer.how}
        case ls.Done():
            record, row = plain(answer.record.to_dict(), answer.row.to_dict())
            outcome = "proposed" if isinstance(answer, ls.Waiting) else "moved"
            effects = [effect.to_dict() for effect in answer.effects]
            return {
                "outcome": outcome,
                "record": record,
                "row": row,
                "effects": effects,
                "repeated": answer.repeated,
            }
        case ls.Unchanged(stage):
            return {"outcome": "unchanged", "stage": stage}
        case ls.RolledBack():
            return {"outcome": "rolled_back"}
        case ls.Refused():
            return refused(answer)


def verified(step: dict[str, Any]) -> Any:
    rows = [ls.Row.from_dict(row) for row in step["rows"]]
    fault = ls.verify(ls.Record.from_dict(step["record"]), rows)
    return "holds" if fault is None else {"row": fault.seq, "fault": fault.fault}


def revised(pipeline: ls.Pipeline, step: dict[str, Any]) -> dict[str, Any]:
    given = {name: step[name] for name in ("revision", "occupancy", "actor") if name in step}
    told = pipeline.perform("revise", **given)
    if isinstance(told, ls.Refused):
        return refused(told)
    # In the JSON form, to be compared as such.
    told = json.loads(pipeline.call("revise", json.dumps(given)))
    told.pop("definition", None)
    return told


def batch(pipeline: ls.Pipeline, step: dict[str, Any]) -> dict[str, Any]:
    """As one batch, and row by row."""
    types = {
        "int": pa.int64(),
        "double": pa.float64(),
        "bool": pa.bool_(),
        "string": pa.string(),
        "timestamp": pa.timestamp("us"),
        "duration": pa.duration("us"),
    }
    facts, spoken = step.get("facts", {}), {}
    for name, values in facts.items():
        kind = pipeline.names[name]
        spoken[name] = [fact(kind, value) for value in values]
    columns = {name: pa.array(values, types[pipeline.names[name]]) for name, values in spoken.items()}
    roles = array("Q", [pipeline.roles(*ids).bits for ids in step["roles"]])
    owned, forward_only = step.get("owned"), step.get("forward_only", False)
    codes = pipeline.decide_batch(
        step["stages"],
        step["moves"],
        roles,
        columns,
        owners=None if owned is None else array("B", owned),
        automation=forward_only,
    )
    verdicts = []
    for row, (stage, move, ids) in enumerate(zip(step["stages"], step["moves"], step["roles"], strict=True)):
        alone = pipeline.verdict(
            stage,
            move,
            ids,
            {name: values[row] for name, values in spoken.items()},
            owner=bool(owned and owned[row]),
            automation=forward_only,
        )
        assert codes.verdict(row).kind == alone.kind
        verdicts.append(alone.stage if alone else f"!{alone.kind}")
    return {"verdicts": verdicts}


def fact(kind: str, value: Any) -> Any:
    if value is None or kind not in ("timestamp", "duration"):
        return value
    if kind == "timestamp":
        return time(value)
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    return timedelta(**{units[unit]: float(number) for number, unit in re.findall(r"([\d.]+)([dhms])", value)})


def merged(pipeline: ls.Pipeline, step: dict[str, Any]) -> dict[str, Any]:
    given = {name: step[name] for name in ("record", "tail", "wish", "actor", "now") if name in step}
    told = pipeline.perform("merge", **given)
    if isinstance(told, tuple):
        head, tail = told
        return {"outcome": "merged", "head": decided(head), "tail": decided(tail)}
    return decided(told)


def deeds(pipeline: ls.Pipeline, step: dict[str, Any]) -> list[dict[str, Any]]:
    given = {name: step[name] for name in ("record", "actor", "now")}
    told = json.loads(pipeline.call("deeds", json.dumps(given)))
    for one in told:
        if isinstance(one["standing"], list):
            one["standing"] = [
                {"code": why["code"], "parameters": why.get("parameters", {})} for why in one["standing"]
            ]
    return told


def same(name: str, expected: Any, found: Any) -> None:
    """Equal as JSON: `5` and `5.0` differ."""
    assert json.dumps(found, sort_keys=True, indent=1) == json.dumps(expected, sort_keys=True, indent=1), name


def run(loaded: dict[str, ls.Pipeline], vector: dict[str, Any]) -> None:
    alone: dict[str, Callable[[dict[str, Any]], Any]] = {"criteria": judged, "verify": verified}
    on_pipeline: dict[str, Callable[[ls.Pipeline, dict[str, Any]], Any]] = {
        "explain": explained,
        "route": routed,
        "journal": journal,
        "revise": revised,
        "merge": merged,
        "deeds": deeds,
        "batch": batch,
    }
    op = vector["op"]
    if op == "workspace":
        return workspace(loaded, vector)
    if op in alone:
        return same(vector["name"], vector["expect"], alone[op](vector))
    pipeline = loaded[vector["definition"]]
    if op in on_pipeline:
        return same(vector["name"], vector["expect"], on_pipeline[op](pipeline, vector))
    rows = [ls.Row.from_dict(row) for row in vector.get("rows", [])]
    decision = decide(pipeline, ls.Record.from_dict(vector["record"]), rows, vector)
    return same(vector["name"], vector["expect"], decided(decision))


@pytest.mark.parametrize("name", FILES)
def test_the_answers_are_those_of_every_language(name: str) -> None:
    file = read_vectors(name)
    assert file["format"] == 1
    loaded, count = pipelines(file), 0
    for vector in file["vectors"]:
        run(loaded, vector)
        count += 1
    assert count == file["count"]
