"""Columns of NumPy and Arrow: the same answers as one by one, whatever the types."""

from __future__ import annotations

import array
import ctypes
from datetime import timedelta
from typing import Any

import lifestage as ls
import numpy as np
import pyarrow as pa
import pytest
from conftest import NOW, W1

STAGES = ["new", "new", "new", "talks", "won", None, "elsewhere"]
MOVES = ["talk", "talk", "lose", "win", "lose", "talk", "talk"]
BUDGET = [9000, 10, 0, 0, 0, 9000, 9000]
SOURCE = ["web", "web", None, "ads", "", "web", "web"]


@pytest.fixture(scope="module")
def expected(w1: ls.Pipeline) -> list[ls.Verdict]:
    facts = [
        {"budget": budget, "source": source, "email": "e", "consent": True}
        for budget, source in zip(BUDGET, SOURCE, strict=True)
    ]
    rows = zip(STAGES, MOVES, facts, strict=True)
    return [w1.verdict(stage, move, "manager", fact) for stage, move, fact in rows]


def positions(ids: tuple[str, ...], wanted: list[Any]) -> list[int]:
    return [-1 if one is None else ids.index(one) if one in ids else 100 for one in wanted]


def facts(budget: Any, source: Any, consent: Any = None, email: Any = None) -> dict[str, Any]:
    return {
        "budget": budget,
        "source": source,
        "email": ["e"] * 7 if email is None else email,
        "consent": np.ones(7, bool) if consent is None else consent,
    }


def told(codes: ls.Codes) -> list[ls.Verdict]:
    return [codes.verdict(row) for row in range(len(codes))]


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8"])
def test_positions_of_any_width(w1: ls.Pipeline, expected: list[ls.Verdict], kind: str) -> None:
    stages = np.array(positions(w1.stage_ids, STAGES), kind)
    moves = np.array(positions(w1.move_ids, MOVES), kind)
    given = facts(np.array(BUDGET, kind if kind != "i1" else "i4"), SOURCE)
    assert told(w1.decide_batch(stages, moves, w1.roles("manager"), given)) == expected
    unsigned = stages.view(kind.replace("i", "u")), moves.view(kind.replace("i", "u"))
    assert told(w1.decide_batch(*unsigned, w1.roles("manager"), given)) == expected
    bits = np.full(7, w1.roles("manager").bits, kind.replace("i", "u"))
    assert told(w1.decide_batch(stages, moves, bits, given)) == expected


def test_columns_with_gaps_between_are_copied(w1: ls.Pipeline, expected: list[ls.Verdict]) -> None:
    stages = np.array(positions(w1.stage_ids, STAGES), "i8")
    wide = np.zeros((7, 3), "i8")
    wide[:, 1] = stages
    consent = np.zeros((7, 2), bool)
    consent[:, 0] = True
    given = facts(np.array(BUDGET, "u4"), SOURCE, consent[:, 0])
    moves = np.array(positions(w1.move_ids, MOVES), "u1")
    assert told(w1.decide_batch(wide[:, 1], moves, "manager", given)) == expected


@pytest.mark.parametrize(
    "text",
    [
        lambda texts: texts,
        tuple,
        lambda texts: np.array(texts, object),
        lambda texts: pa.array(texts, pa.string()),
        lambda texts: pa.array(texts, pa.large_string()),
        lambda texts: pa.array(texts, pa.string()).dictionary_encode(),
        lambda texts: pa.array(["x", None, *texts], pa.string()).slice(2),
        lambda texts: pa.chunked_array([texts[:3], texts[3:]], pa.string()),
        lambda texts: pa.array(["x", None, *texts]).dictionary_encode().slice(2),
    ],
    ids=["list", "tuple", "object", "string", "large", "dictionary", "slice", "chunks", "slice of dictionary"],
)
def test_texts_of_any_kind(w1: ls.Pipeline, expected: list[ls.Verdict], text: Any) -> None:
    given = facts(pa.array(BUDGET), text(SOURCE))
    assert told(w1.decide_batch(text(STAGES), text(MOVES), "manager", given)) == expected


def test_arrow_numbers_bools_and_gaps(w1: ls.Pipeline, expected: list[ls.Verdict]) -> None:
    budget = pa.array([7, None, *BUDGET], pa.int64()).slice(2)
    consent = pa.array([False, True, None, *[True] * 7]).slice(3)
    given = facts(budget, SOURCE, consent)
    assert told(w1.decide_batch(STAGES, MOVES, "manager", given)) == expected
    # What is null is missing, whatever lies under it.
    missing = facts(pa.array([9000] + [None] * 6, pa.int32()), SOURCE, consent)
    assert told(w1.decide_batch(STAGES, MOVES, "manager", missing))[5] == expected[5]
    codes = w1.decide_batch(["new"] * 2, ["talk"] * 2, "manager", _pair(pa.array([9000, None], pa.uint32())))
    assert [bool(verdict) for verdict in told(codes)] == [True, False]
    present = {"budget": np.array([False, True])}
    codes = w1.decide_batch(
        ["new"] * 2, ["talk"] * 2, "manager", _pair(np.array([9000, 9000])), present=present
    )
    assert [bool(verdict) for verdict in told(codes)] == [False, True]
    both = w1.decide_batch(
        ["new"] * 2, ["talk"] * 2, "manager", _pair(pa.array([9000, None])), present=present
    )
    assert both.tolist() == [both.unmet, both.unmet]


def test_arrow_streams_are_columns(w1: ls.Pipeline, expected: list[ls.Verdict]) -> None:
    def cut(*values: Any, type: pa.DataType) -> pa.ChunkedArray:
        """Pieces with gaps in only some of them, and an empty one."""
        return pa.chunked_array([list(values[:3]), [], list(values[3:])], type)

    words = pa.dictionary(pa.int8(), pa.string())
    pieces = pa.chunked_array([pa.array(SOURCE[:2], words), pa.array(SOURCE[2:], words)])
    for text in (pa.string(), pa.large_string(), pa.string_view()):
        stages, moves = cut(*STAGES, type=text), cut(*MOVES, type=text)
        for source in (cut(*SOURCE, type=text), pieces):
            given = facts(cut(*BUDGET, type=pa.int16()), source, cut(*[True] * 7, type=pa.bool_()))
            assert told(w1.decide_batch(stages, moves, "manager", given)) == expected
    whole = pa.chunked_array([pa.array(BUDGET)])
    assert told(w1.decide_batch(STAGES, MOVES, "manager", facts(whole, SOURCE))) == expected
    for nothing in (pa.chunked_array([], pa.string()), pa.chunked_array([], words)):
        assert told(w1.decide_batch(nothing, nothing, "manager", {"source": nothing})) == []


def test_views_of_long_texts_are_read() -> None:
    long = "a source whose name is longer than twelve bytes, and ö"
    move = {"id": "go", "label": "Go", "from": "new", "to": "talks", "when": f'source == "{long}"'}
    document = {**W1, "policy": {"moves": [move]}}
    pipeline = ls.Pipeline.from_dict(document)
    views = pa.array([long, None, "web", long + "!"], pa.string_view())
    for source in (views, pa.chunked_array([views.slice(1), views.slice(0, 1)])):
        codes = pipeline.decide_batch(["new"] * 4, ["go"] * 4, "manager", {"source": source})
        assert [bool(verdict) for verdict in told(codes)] == [text == long for text in source.to_pylist()]


def test_codes_are_an_arrow_array(w1: ls.Pipeline) -> None:
    codes = w1.decide_batch(STAGES, MOVES, "manager", facts(np.array(BUDGET), SOURCE))
    seen, start = pa.array(codes), np.asarray(codes).__array_interface__["data"][0]
    assert (seen.type, seen.to_pylist(), seen.null_count) == (pa.uint8(), codes.tolist(), 0)
    assert seen.buffers()[1].address == start, "no copy"
    told_before = codes.tolist()
    del codes
    assert seen.to_pylist() == told_before, "the array keeps what it shows"
    unused = w1.decide_batch([], [], "manager", {}).__arrow_c_array__()
    del unused


class Broken(ctypes.Structure):
    """`struct ArrowArrayStream` of numbers that cannot be read."""

    Get = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    Last = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
    Release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    _fields_ = [
        ("get_schema", Get),
        ("get_next", Get),
        ("get_last_error", Last),
        ("release", Release),
        ("private_data", ctypes.c_void_p),
    ]

    def __init__(self) -> None:
        self.released = 0
        self.why = ctypes.create_string_buffer(b"the disk is gone")
        super().__init__(
            Broken.Get(self.schema),
            Broken.Get(lambda stream, array: 5),
            Broken.Last(lambda stream: ctypes.addressof(self.why)),
            Broken.Release(self.let_go),
        )

    def schema(self, stream: int, schema: int) -> int:
        pa.int64()._export_to_c(schema)
        return 0

    def let_go(self, stream: int) -> None:
        self.released += 1

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(self), b"arrow_array_stream", None)


def test_a_stream_that_fails_says_why_and_is_released(w1: ls.Pipeline) -> None:
    broken = Broken()
    with pytest.raises(ls.BatchError, match="column `budget` is an Arrow stream that fails: the disk is gone"):
        w1.decide_batch(["new"] * 2, ["talk"] * 2, "manager", _pair(broken))
    assert broken.released == 1
    with pytest.raises(ls.BatchError, match="column `budget` was released before it was read"):
        w1.decide_batch(["new"] * 2, ["talk"] * 2, "manager", _pair(broken))
    table = pa.table({"budget": [9000, 1]})
    with pytest.raises(ls.BatchError, match="column `budget` is an Arrow array of the format `\\+s`"):
        w1.decide_batch(["new"] * 2, ["talk"] * 2, "manager", _pair(table))


def _pair(budget: Any) -> dict[str, Any]:
    return {"budget": budget, "source": ["web"] * 2, "email": ["e"] * 2, "consent": np.ones(2, bool)}


def test_symbols_spare_the_texts(w1: ls.Pipeline, expected: list[ls.Verdict]) -> None:
    symbols = w1.symbols("source")
    assert symbols == {"web": 1, "referral": 2}
    numbers = np.array([0 if one is None else symbols.get(one, 0) for one in SOURCE], "u1")
    assert told(w1.decide_batch(STAGES, MOVES, "manager", facts(np.array(BUDGET), numbers))) == expected


def test_owners_and_automations() -> None:
    lead = ls.Pipeline.from_dict(W1)
    owners = np.array([True, False])
    codes = lead.decide_batch(["new", "new"], ["lose", "lose"], "own", owners=owners)
    assert [verdict.kind for verdict in told(codes)] == ["moves", "denied"]


def test_times_and_spans() -> None:
    document = {
        "id": "t",
        "name": "T",
        "fields": {"since": "timestamp", "took": "duration", "share": "double"},
        "categories": [{"id": "open", "name": "Open", "outcome": "open"}, {"id": "won", "name": "Won", "outcome": "won"}],
        "stages": [
            {"id": "a", "name": "A", "category": "open", "default": True},
            {"id": "b", "name": "B", "category": "won", "final": True},
        ],
        "policy": {
            "moves": [
                {
                    "id": "go",
                    "label": "Go",
                    "from": "a",
                    "to": "b",
                    "when": 'since >= timestamp("2026-03-02T09:00:00Z") && took > duration("1h") && share >= 0.5',
                }
            ]
        },
        "roles": {"r": {"can": ["move"]}},
    }
    pipeline = ls.Pipeline.from_dict(document)
    since = [NOW, NOW - timedelta(seconds=1), NOW, NOW, None]
    took = [timedelta(hours=2), timedelta(hours=2), timedelta(hours=1), timedelta(hours=2), timedelta(hours=2)]
    share = [0.5, 0.5, 0.5, 0.25, 0.5]
    rows = zip(since, took, share, strict=True)
    alone = [
        pipeline.verdict("a", "go", "r", {"since": at, "took": span, "share": part}) for at, span, part in rows
    ]
    assert [verdict.kind for verdict in alone] == ["moves", "unmet", "unmet", "unmet", "unmet"]
    naive = [None if at is None else at.replace(tzinfo=None) for at in since]
    for unit in ("s", "ms", "us", "ns"):
        arrow = {
            "since": pa.array(naive, pa.timestamp(unit)),
            "took": pa.array(took, pa.duration(unit)),
            "share": pa.array(share, pa.float32()),
        }
        assert told(pipeline.decide_batch(["a"] * 5, ["go"] * 5, "r", arrow)) == alone
        numpy = {
            "since": np.array(naive, f"M8[{unit}]"),
            "took": np.array(took, f"m8[{unit}]"),
            "share": np.array(share),
        }
        assert told(pipeline.decide_batch(["a"] * 5, ["go"] * 5, "r", numpy)) == alone


def test_codes_are_an_array(w1: ls.Pipeline) -> None:
    codes = w1.decide_batch(STAGES, MOVES, "manager", facts(np.array(BUDGET), SOURCE))
    seen = np.asarray(codes)
    assert (seen.dtype, seen.shape) == (np.dtype("u1"), (7,))
    assert seen.tolist() == codes.tolist() == list(codes)
    assert (seen == codes.unmet).tolist() == [code == codes.unmet for code in codes]
    assert codes[-1] == codes[6] == codes.not_from_stage
    with pytest.raises(IndexError):
        codes[7]
    with pytest.raises(ValueError, match="read-only"):
        seen[0] = 1
    del codes
    assert seen[0] == w1.stage_ids.index("talks")
    assert pa.array(seen).type == pa.uint8()


def test_many_stages_need_wider_codes() -> None:
    count = 300
    document: dict[str, Any] = {
        "id": "many",
        "name": "Many",
        "categories": [{"id": "open", "name": "Open", "outcome": "open"}],
        "stages": [
            {"id": f"s{at}", "name": f"S {at}", "category": "open", "default": at == 0} for at in range(count)
        ],
        "policy": {
            "moves": [
                {"id": f"m{at}", "label": f"M {at}", "from": f"s{at}", "to": f"s{(at + 1) % count}"}
                for at in range(count)
            ]
        },
        "roles": {"r": {"can": ["move"]}},
    }
    pipeline = ls.Pipeline.from_dict(document)
    rows = np.arange(count, dtype="u2")
    codes = pipeline.decide_batch(rows, rows, "r")
    seen = np.asarray(codes)
    assert seen.dtype == np.dtype("u2")
    assert seen.tolist() == [(at + 1) % count for at in range(count)]
    assert codes.not_from_stage == 65535
    assert codes.verdict(298).stage == "s299"


def test_nothing_at_all(w1: ls.Pipeline) -> None:
    codes = w1.decide_batch([], [], "manager", {"source": pa.array([], pa.string())})
    assert len(codes) == 0 and np.asarray(codes).size == 0


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (np.zeros((7, 2), "i8"), "column `budget` has 2 dimensions"),
        (np.zeros(7, "f8"), "column `budget` has numbers with a fraction, where `int` is declared"),
        (np.zeros(7, "c16"), "column `budget` has values of the format `Zd`"),
        (["1"] * 7, "column `budget` has texts, where `int` is declared"),
        ([1] * 7, "column `budget` is a list with a `int`: give numbers as an array"),
        (np.zeros(6, "i8"), "a column of `fact` has 6 rows, where the answers have 7"),
        (np.full(7, 2**63, "u8"), "column `budget` has unsigned whole numbers, where `int` is declared"),
        (pa.array([[1]] * 7), "column `budget` is an Arrow array of the format `\\+l`"),
        (7, "column `budget` is neither a NumPy nor an Arrow array nor a list of texts"),
    ],
)
def test_columns_that_do_not_fit_say_why(w1: ls.Pipeline, column: Any, message: str) -> None:
    with pytest.raises(ls.BatchError, match=message):
        w1.decide_batch(STAGES, MOVES, "manager", facts(column, SOURCE))


def test_names_that_are_not_there_are_named(w1: ls.Pipeline) -> None:
    with pytest.raises(ls.NotFound, match="no name `bugdet` in this pipeline"):
        w1.decide_batch(STAGES, MOVES, "manager", {"bugdet": np.zeros(7)})
    with pytest.raises(ls.BatchError, match="`present` names `budget`"):
        w1.decide_batch(STAGES, MOVES, "manager", {}, present={"budget": np.ones(7, bool)})
    with pytest.raises(ls.BatchError, match="column `roles` has texts"):
        w1.decide_batch(STAGES, MOVES, ["manager"] * 7, {})


def test_an_array_of_the_standard_library_will_do(w1: ls.Pipeline, expected: list[ls.Verdict]) -> None:
    stages = array.array("h", positions(w1.stage_ids, STAGES))
    moves = array.array("h", positions(w1.move_ids, MOVES))
    assert told(w1.decide_batch(stages, moves, "manager", facts(array.array("q", BUDGET), SOURCE))) == expected
