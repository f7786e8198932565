"""Whatever the facts: the fast path, the batch and `decide` say the same, and documents come back as they went."""

from __future__ import annotations

import array
from typing import Any

import lifestage as ls
from conftest import NOW, W1
from hypothesis import given, settings
from hypothesis import strategies as st

PIPELINE = ls.Pipeline.from_dict(W1)
TEXTS = st.one_of(st.sampled_from(["web", "referral", "ads", ""]), st.text(max_size=8))
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "budget": st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([4999, 5000]), st.none()),
        "source": TEXTS,
        "email": TEXTS,
        "consent": st.booleans(),
    },
)
STAGES = st.sampled_from([None, *PIPELINE.stage_ids])
MOVES = st.sampled_from(PIPELINE.move_ids)
ROLES = st.lists(st.sampled_from(PIPELINE.role_ids), max_size=3)


@given(FACTS, STAGES, MOVES, ROLES, st.booleans())
def test_a_verdict_is_what_decide_says(
    facts: dict[str, Any], stage: str | None, move: str, roles: list[str], owner: bool
) -> None:
    record = ls.Record("r", stage=stage, fields=facts, owner="me" if owner else "you")
    decision = PIPELINE.decide(record, move, ls.Actor("me", roles), NOW)
    verdict = PIPELINE.verdict(stage, move, roles, facts, owner=owner)
    if isinstance(decision, ls.Moved):
        assert verdict and verdict.stage == decision.to
    else:
        assert isinstance(decision, ls.Refused)
        assert not verdict
        expected = {
            "not_from_stage": {"not_from_stage", "final_stage"},
            "denied": {"permission_denied", "not_owner"},
            "unmet": {"criteria_unmet", "criteria_unknown"},
        }
        assert expected[verdict.kind] & set(decision.codes)


@settings(max_examples=50)
@given(st.lists(st.tuples(FACTS, STAGES, MOVES, st.sampled_from(PIPELINE.role_ids)), max_size=40))
def test_a_batch_is_many_verdicts(rows: list[tuple[dict[str, Any], str | None, str, str]]) -> None:
    def column(name: str, fill: Any) -> list[Any]:
        return [facts.get(name) if facts.get(name) is not None else fill for facts, *_ in rows]

    def there(name: str) -> array.array[int]:
        return array.array("B", [facts.get(name) is not None for facts, *_ in rows])

    codes = PIPELINE.decide_batch(
        [stage for _, stage, _, _ in rows],
        [move for *_, move, _ in rows],
        array.array("B", [PIPELINE.roles(role).bits for *_, role in rows]),
        {
            "budget": array.array("q", column("budget", 0)),
            "source": [facts.get("source") for facts, *_ in rows],
            "email": [facts.get("email") for facts, *_ in rows],
            "consent": array.array("B", column("consent", False)),
        },
        present={"budget": there("budget"), "consent": there("consent")},
    )
    alone = [PIPELINE.verdict(stage, move, role, facts) for facts, stage, move, role in rows]
    assert [codes.verdict(row) for row in range(len(rows))] == alone


VALUES = st.one_of(
    st.text(max_size=20),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.text(max_size=5), max_size=3),
)


@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=6), st.text(max_size=30))
def test_records_come_back_as_they_went(fields: dict[str, Any], id: str) -> None:
    record = ls.Record(id, fields=fields)
    assert record.fields == fields
    assert ls.Record.from_dict(record.to_dict()) == record
    assert ls.Record.from_json(record.to_json()) == record


@given(st.text(max_size=40))
def test_no_text_breaks_a_condition(text: str) -> None:
    try:
        criteria = ls.Criteria(text, {"a": "int", "b": "string"})
    except ls.CriteriaError as error:
        assert error.faults
    else:
        assert isinstance(criteria.eval({"a": 1, "b": "x"}), ls.Truth)
        again = ls.Criteria(criteria.canonical, {"a": "int", "b": "string"})
        assert again.canonical == criteria.canonical


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*W1, "x"]), JSON))
def test_no_document_breaks_the_loader(document: dict[str, Any]) -> None:
    try:
        ls.Pipeline.from_dict({**W1, **document})
    except ls.DefinitionError as error:
        assert any(finding.severity == "error" for finding in error.findings)
