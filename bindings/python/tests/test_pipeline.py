"""What the classes of the pure part promise beyond the vectors."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import assert_never

import lifestage as ls
import pytest
from conftest import NOW, W1

GOOD = {"budget": 7000, "source": "web", "email": "ada@example.com", "consent": True}


def ada(**more: object) -> ls.Record:
    return ls.Record("lead-42", stage="new", fields={"email": "ada@example.com"}, **more)  # type: ignore[arg-type]


def test_match_names_every_decision(lead: ls.Pipeline, sam: ls.Actor) -> None:
    def told(decision: ls.Decision) -> str:
        match decision:
            case ls.Moved(change):
                return f"moved to {change.record.stage}"
            case ls.Proposed(change):
                return f"proposed {change.row.move}"
            case ls.Unchanged(stage):
                return f"unchanged in {stage}"
            case ls.Refused(ls.Refusal(reasons, route)):
                return f"refused: {[reason.code for reason in reasons]} {route}"
        assert_never(decision)

    assert told(lead.decide(ada(), "mark_contacted", sam, NOW)) == "moved to contacted"
    assert told(lead.decide(ada(), ls.Request(to="new"), sam, NOW)) == "unchanged in new"
    assert told(lead.decide(ada(), "start_negotiation", sam, NOW)) == (
        "refused: ['not_from_stage'] "
        "Mark contacted -> Mark engaged -> Set appointment -> Mark showed -> Start negotiation"
    )


def test_a_move_that_needs_approval_is_proposed() -> None:
    definition = copy.deepcopy(W1)
    definition["policy"]["moves"][1]["approval"] = True  # type: ignore[index]
    pipeline = ls.Pipeline.from_dict(definition)
    deal, max_ = ls.Record("d", stage="talks"), ls.Actor("max", "manager")
    decision = pipeline.decide(deal, "win", max_, NOW)
    assert isinstance(decision, ls.Proposed)
    assert (decision.change.record.stage, decision.change.row.kind) == ("talks", "proposal")
    verdict = pipeline.verdict("talks", "win", "manager", {})
    assert (verdict.kind, verdict.stage, bool(verdict)) == ("needs_approval", "won", False)


def test_what_is_written_is_there_once(lead: ls.Pipeline, sam: ls.Actor) -> None:
    decision = lead.decide(ada(version=3), "mark_contacted", sam, NOW)
    assert isinstance(decision, ls.Moved)
    assert decision.change is decision.change
    change = decision.change
    assert (change.expected_version, change.record.version) == (3, 4)
    assert change.record.entered_at == NOW
    assert change.row.recorded_at == NOW
    assert change.row.from_stage == lead.decide(ada(), "mark_contacted", sam, NOW).change.row.from_stage  # type: ignore[union-attr]
    assert ls.Change.from_dict(change.to_dict()) == change
    assert change.to_dict()["row"]["move"] == "mark_contacted"
    lost = lead.decide(ada(), ls.Request("mark_lost", input={"reason": "price"}), sam, NOW)
    assert isinstance(lost, ls.Moved)
    salt = bytes(range(16))
    assert lost.seal(salt).row.hash == lost.seal(salt).row.hash != lost.change.row.hash
    with pytest.raises(ValueError, match="16 bytes"):
        decision.seal(b"short")


def test_times_are_aware(lead: ls.Pipeline, sam: ls.Actor) -> None:
    for naive in (datetime(2026, 3, 2), datetime.max):
        with pytest.raises(ValueError, match="has no time zone: give an aware datetime"):
            lead.decide(ada(), "mark_contacted", sam, naive)
    with pytest.raises(TypeError, match="a time is a `datetime` with a time zone, not `str`"):
        lead.moves(ada(), sam, "2026-03-02")  # type: ignore[arg-type]
    east = NOW.astimezone(timezone(timedelta(hours=9, minutes=30)))
    decision = lead.decide(ada(), "mark_contacted", sam, east)
    assert isinstance(decision, ls.Moved)
    entered = decision.change.record.entered_at
    assert entered == NOW
    assert entered is not None and entered.tzinfo is UTC
    exact = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert ls.Record("r", entered_at=exact).entered_at == exact
    long_ago = datetime(1, 1, 1, tzinfo=UTC)
    assert ls.Record("r", entered_at=long_ago).entered_at == long_ago


def test_facts_are_python_values() -> None:
    fields = {
        "text": "grüße 🌍",
        "int": -(2**63),
        "float": 0.1,
        "flag": True,
        "at": NOW,
        "span": timedelta(hours=1.5),
        "tags": ["a", "b"],
        "none": None,
    }
    record = ls.Record("r", fields=fields)
    assert record.fields == {
        "text": "grüße 🌍",
        "int": -(2**63),
        "float": 0.1,
        "flag": True,
        "at": "2026-03-02T09:00:00Z",
        "span": "5400s",
        "tags": ["a", "b"],
    }
    assert record["flag"] is True
    with pytest.raises(KeyError):
        record["none"]


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (2**63, ValueError, "does not fit 64 bits"),
        (float("nan"), ValueError, "not a finite number"),
        (float("inf"), ValueError, "not a finite number"),
        (datetime(2026, 1, 1), ValueError, "no time zone"),
        (object(), TypeError, "fact `x` is a `object`"),
        ({"a": 1}, TypeError, "fact `x` is a `dict`"),
        ([1], TypeError, "str"),
        ("\ud800", UnicodeEncodeError, "surrogates not allowed"),
    ],
)
def test_what_is_no_fact_is_an_error(value: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ls.Record("r", fields={"x": value})


def test_a_verdict_is_quick_and_says_the_same_as_decide(w1: ls.Pipeline) -> None:
    manager, sales = w1.roles("manager"), w1.roles("sales")
    assert w1.verdict("new", "talk", sales, GOOD)
    assert w1.verdict("new", "talk", sales, GOOD).stage == "talks"
    assert w1.verdict("new", "talk", ["sales"], {**GOOD, "budget": 1}).kind == "unmet"
    assert w1.verdict("new", "talk", ("sales",), {**GOOD, "email": None}).kind == "unmet"
    assert w1.verdict("new", "talk", {"sales"}, {}).kind == "unmet"
    assert w1.verdict("talks", "win", sales, {}).kind == "denied"
    assert w1.verdict("talks", "win", manager, {}).stage == "won"
    assert w1.verdict("new", "win", manager, {}).kind == "not_from_stage"
    assert w1.verdict("nowhere", "win", manager, {}).kind == "not_from_stage"
    assert w1.verdict("talks", "winn", manager, {}).kind == "not_from_stage"
    assert w1.verdict(None, "talk", manager, GOOD).kind == "not_from_stage"
    assert w1.verdict("talks", "lose", "own", {}).kind == "denied"
    assert w1.verdict("talks", "lose", "own", {}, owner=True).stage == "lost"
    match w1.verdict("talks", "win", manager, {}):
        case ls.Verdict("moves", stage):
            assert stage == "won"
    # A float that is whole counts as an int, as in a record.
    assert w1.verdict("new", "talk", sales, {**GOOD, "budget": 7000.0})
    assert w1.verdict("new", "talk", sales, {**GOOD, "budget": 2**70}).kind == "unmet"
    with pytest.raises(TypeError, match="fact `budget` is a `object`"):
        w1.verdict("new", "talk", sales, {**GOOD, "budget": object()})
    with pytest.raises(TypeError):
        w1.verdict("new", "talk", 3, GOOD)  # type: ignore[arg-type]


def test_roles_belong_to_their_pipeline(w1: ls.Pipeline, lead: ls.Pipeline) -> None:
    assert w1.roles("manager", "nobody").ids == ("manager",)
    with pytest.raises(ls.InvalidInput, match="roles are those of another pipeline"):
        lead.verdict("new", "mark_contacted", w1.roles("manager"), {})


def test_a_bad_definition_says_everything() -> None:
    definition = copy.deepcopy(W1)
    definition["policy"]["moves"][0].update(to="tlaks", when="bugdet > 1")  # type: ignore[index]
    with pytest.raises(ls.DefinitionError) as caught:
        ls.Pipeline.from_dict(definition)
    error = caught.value
    assert isinstance(error, ls.Error) and isinstance(error, ValueError)
    assert error.code == 405
    found = {(one.code, one.number, one.severity, one.pointer) for one in error.findings}
    assert ("unknown_stage", 211, "error", "/policy/moves/0/to") in found
    assert ("bad_criteria", 219, "error", "/policy/moves/0/when") in found
    assert "did you mean `talks`?" in str(error)
    assert pickle.loads(pickle.dumps(error)).findings == error.findings
    with pytest.raises(ls.NotFound, match="no preset is named `lad`"):
        ls.Pipeline.preset("lad")


def test_a_pipeline_tells_of_itself(lead: ls.Pipeline) -> None:
    assert (lead.id, lead.version, len(lead.stages), len(lead.meaning)) == ("lead", 1, 9, 64)
    assert lead.stage_ids[0] == lead.default_stage == "new"
    assert lead.stages[0].is_default and lead.stages[0].outcome == "open"
    assert lead.move_ids == tuple(move.id for move in lead.listed_moves)
    assert ls.Pipeline.from_json(lead.to_json()) == lead
    assert ls.Pipeline.from_dict(lead.to_dict()) == lead
    assert lead.with_version(2) != lead
    assert {lead: 1}[ls.Pipeline.preset("lead")] == 1
    assert repr(lead).startswith("Pipeline('lead', version=1, meaning='")
    assert ls.Pipeline.preset("sales_stages").warnings == ()
    assert [stage.id for stage in lead.stages] == list(lead.stage_ids)


def test_everything_can_be_pickled(lead: ls.Pipeline, w1: ls.Pipeline, sam: ls.Actor) -> None:
    moved = lead.decide(ada(), ls.Request("mark_contacted", key="k", expect_version=0), sam, NOW)
    refused = lead.decide(ada(), "start_negotiation", sam, NOW)
    assert isinstance(moved, ls.Moved) and isinstance(refused, ls.Refused)
    equal: list[object] = [
        lead.with_version(7),
        sam,
        ls.Actor("night", automation=True),
        ada(owner="sam", links={"company": "c-1"}),
        ls.Request("mark_lost", input={"reason": "price"}, expect_visit=3, retries=2),
        moved.change,
        moved.change.row,
        moved.change.record,
        refused,
        refused.refusal,
        refused.route,
        refused.reasons[0],
        lead.decide(ada(), ls.Request(to="new"), sam, NOW),
        w1.warnings,
    ]
    for value in equal:
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(moved)).change == moved.change
    assert pickle.loads(pickle.dumps(lead.with_version(7))).version == 7
    criteria = pickle.loads(pickle.dumps(ls.Criteria("a > 1", {"a": "int"})))
    assert criteria.eval({"a": 2}) is ls.Truth.TRUE


def test_everything_is_frozen(lead: ls.Pipeline, sam: ls.Actor) -> None:
    for value in (lead, sam, ada(), ls.Request("x"), lead.stages[0]):
        with pytest.raises(AttributeError):
            value.id = "other"  # type: ignore[union-attr, misc]


def test_a_creation_and_an_edit_are_decided_as_well(w1: ls.Pipeline) -> None:
    max_ = ls.Actor("max", "manager")
    created = w1.create(ls.Record("n-1", fields={"budget": 1}), max_, NOW, key="form-1")
    assert isinstance(created, ls.Moved)
    record = created.change.record
    assert (record.stage, record.version, created.change.expected_version) == ("new", 1, 0)
    edited = w1.edit(record, {"budget": 9000, "email": None, "source": "web"}, max_, NOW)
    assert isinstance(edited, ls.Moved)
    assert edited.change.record.fields == {"budget": 9000, "source": "web"}
    assert [fact.name for fact in edited.change.row.facts] == ["budget", "source"]
    noted = w1.perform("log", record=record, wish={"kind": "note", "text": "hello"}, actor=max_, now=NOW)
    assert isinstance(noted, ls.Moved) and noted.change.row.kind == "note"
    with pytest.raises(ls.UnknownOperation, match="no operation `lgo`"):
        w1.perform("lgo")
    with pytest.raises(ls.InvalidInput, match="`wish`"):
        w1.perform("log", record=record, actor=max_, now=NOW)


def test_criteria_stand_alone() -> None:
    criteria = ls.Criteria(
        'budget >= 5000 && source in ["web"] && now - since > duration("1h") && "a" in tags',
        {
            "budget": "int",
            "source": "string",
            "now": "timestamp",
            "since": "timestamp",
            "tags": "list<string>",
        },
    )
    facts = {"budget": 5000, "source": "web", "now": NOW, "since": NOW - timedelta(hours=2), "tags": ["a"]}
    assert criteria.eval(facts) is ls.Truth.TRUE
    assert criteria.failures(facts) == ()
    assert criteria.eval({**facts, "source": None}) is ls.Truth.UNKNOWN
    assert not criteria.eval({})
    failures = criteria.failures({**facts, "budget": 1, "source": None})
    assert [str(one) for one in failures] == ["budget >= 5000 (budget is 1)", "source is missing"]
    assert failures[0].values == {"budget": 1}
    with pytest.raises(ls.CriteriaError) as caught:
        ls.Criteria("bugdet > 1", {"budget": "int"})
    fault = caught.value.faults[0]
    assert (fault.kind, fault.offset, fault.suggestion) == ("unknown_name", 0, "budget")
    with pytest.raises(ValueError, match="no type is named `integer`"):
        ls.Criteria("a > 1", {"a": "integer"})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="no time zone"):
        criteria.eval({**facts, "now": datetime(2026, 1, 1)})


def test_a_journal_that_was_tampered_with_is_found(lead: ls.Pipeline, sam: ls.Actor) -> None:
    decision = lead.create(ls.Record("j"), sam, NOW)
    rows: list[ls.Row] = []
    record = ls.Record("j")
    for _ in range(2):
        assert isinstance(decision, ls.Moved)
        rows.append(decision.change.row)
        record = decision.change.record
        decision = lead.decide(record, "mark_contacted", sam, NOW + timedelta(hours=1))
    assert ls.verify(record, rows) is None
    document = rows[0].to_dict()
    document["actor"] = "eve"
    fault = ls.verify(record, [ls.Row.from_dict(document), rows[1]])
    assert fault is not None
    assert (fault.seq, fault.fault, fault.record) == (1, "edited", "j")
    assert ls.verify(record, rows[:1]) is not None
    first, second = ls.visits(rows)
    assert first.length(NOW) == timedelta(hours=1)
    assert second.is_open and second.stage is not None and second.stage.id == "contacted"


def test_reprs_say_what_it_is(lead: ls.Pipeline, sam: ls.Actor) -> None:
    assert repr(sam) == "Actor('sam', ('sales',))"
    assert repr(ada(owner="o'hara")) == (
        "Record('lead-42', stage='new', version=0, owner=\"o'hara\", fields={'email': 'ada@example.com'})"
    )
    assert repr(ls.Request(to="won", expect_version=3)) == "Request(to='won', expect_version=3)"
    decision = lead.decide(ada(), "mark_contacted", sam, NOW)
    assert repr(decision) == "Moved(to='contacted')"
    assert repr(lead.moves(ada(), sam, NOW)[0]) == "Offer('mark_contacted', 'Mark contacted', to='contacted')"
