"""Threads that share a pipeline, and memory that stays as it is."""

from __future__ import annotations

import gc
import resource
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lifestage as ls
import numpy as np
import pytest
from conftest import NOW

FACTS = {"budget": 7000, "source": "web", "email": "ada@example.com", "consent": True}


def test_threads_share_a_pipeline(w1: ls.Pipeline) -> None:
    roles, sam = w1.roles("sales"), ls.Actor("sam", "sales")
    record = ls.Record("r", stage="new", fields=FACTS)
    start = threading.Barrier(8)

    def work(_: int) -> set[str]:
        start.wait()
        seen = set()
        for _ in range(2000):
            decision = w1.decide(record, "talk", sam, NOW)
            assert isinstance(decision, ls.Moved)
            assert decision.change is decision.change
            seen.add(w1.verdict("new", "talk", roles, FACTS).kind)
        return seen

    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(work, range(8))) == {"moves"}


def test_one_change_for_all_threads(w1: ls.Pipeline) -> None:
    record = ls.Record("r", stage="new", fields=FACTS)
    for _ in range(50):
        decision = w1.decide(record, "talk", ls.Actor("sam", "sales"), NOW)
        assert isinstance(decision, ls.Moved)
        with ThreadPoolExecutor(4) as pool:
            hashes = set(pool.map(lambda _, one=decision: one.change.row.hash, range(4)))
        assert len(hashes) == 1


def test_other_threads_run_during_a_batch(w1: ls.Pipeline) -> None:
    rows = 4_000_000
    stages, moves = np.zeros(rows, "u1"), np.zeros(rows, "u1")
    facts = {
        "budget": np.full(rows, 9000),
        "source": np.ones(rows, "u1"),
        "email": np.zeros(rows, "u1"),
        "consent": np.ones(rows, bool),
    }
    running, turns = True, 0

    def count() -> None:
        nonlocal turns
        while running:
            turns += 1

    thread = threading.Thread(target=count)
    before = sys.getswitchinterval()
    # Long enough that nobody is made to let go of the interpreter while the batch is under way.
    sys.setswitchinterval(0.5)
    try:
        thread.start()
        turns_before = turns
        w1.decide_batch(stages, moves, "sales", facts)
        assert turns > turns_before
    finally:
        running = False
        sys.setswitchinterval(before)
        thread.join()


def resident() -> int:
    """Memory in use now, in kilobytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it reads /proc")
def test_a_million_calls_leave_memory_flat(w1: ls.Pipeline) -> None:
    sam, roles = ls.Actor("sam", "sales"), w1.roles("sales")
    record = ls.Record("r", stage="new", fields=FACTS)
    other = ls.Record("r", stage="talks", fields=FACTS)
    column = np.array([9000] * 64)
    texts = ["web"] * 64
    criteria = ls.Criteria("a == b", {"a": "string", "b": "string"})
    wrong = {**FACTS, "budget": object()}
    with ls.Workspace.memory() as crm:
        crm.publish(w1, ls.Actor("max", "manager"), NOW)
        crm.create(ls.Record("m"), sam, NOW)

        def turn(times: int) -> None:
            for at in range(times):
                for _ in range(40):
                    w1.verdict("new", "talk", roles, FACTS)
                    w1.decide(record, "talk", sam, NOW)
                w1.decide(record, "talk", sam, NOW).change.row.to_dict()  # type: ignore[union-attr]
                w1.decide(other, "win", sam, NOW)
                criteria.eval({"a": "grüße", "b": f"{at}"})
                ls.Record("x", fields=FACTS).to_dict()
                if at % 10 == 0:
                    w1.decide_batch(
                        ["new"] * 64, ["talk"] * 64, "sales", {"budget": column, "source": texts}
                    )
                    w1.explain(record, sam, NOW).moves
                    crm.dry_run("m", "lose", sam, NOW)
                    with pytest.raises(TypeError):
                        w1.verdict("new", "talk", roles, wrong)
                    with pytest.raises(ls.CriteriaError):
                        ls.Criteria("a >", {})
            gc.collect()

        turn(500)
        before = resident()
        # 40 times two calls in each turn: a million.
        turn(12_500)
        grown = resident() - before
    assert grown < 4 * 1024, f"{grown} KB more after a million calls"
