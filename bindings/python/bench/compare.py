"""One guarded decision and a batch of them, beside other packages and beside plain Python, in one run.

    pip install ./bindings/python -r bindings/python/requirements-bench.txt
    python bindings/python/bench/compare.py

Everybody judges the same requests (a pipeline of leads with roles and the condition of W1) and has to give the same
answers before anything is timed. Figures in nanoseconds are those of the machine; the ratios are what can be compared.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed
from transitions import Machine, MachineError

import lifestage as ls

STAGES = ("new", "contacted", "engaged", "negotiating", "won", "lost", "dormant")
MOVES: dict[str, tuple[tuple[str, ...], str, tuple[str, ...], bool]] = {
    "mark_contacted": (("new",), "contacted", ("owner", "manager", "sales"), False),
    "mark_engaged": (("contacted",), "engaged", ("owner", "manager", "sales"), False),
    "start_negotiation": (("engaged",), "negotiating", ("owner", "manager", "sales"), True),
    "mark_won": (("negotiating",), "won", ("owner", "manager"), True),
    "mark_lost": (STAGES[:4], "lost", ("owner", "manager", "sales"), False),
    "mark_dormant": (STAGES[:4], "dormant", ("manager", "sales"), False),
    "revive": (("lost", "dormant"), "contacted", ("owner", "manager", "sales"), False),
}
WHEN = 'budget >= 5000 && source in ["web", "referral"] && email != "" && consent == true'
OUTCOMES = {"won": "won", "lost": "lost", "dormant": "lost"}
DEFINITION = {
    "id": "w1",
    "name": "W1",
    "fields": {"budget": "int", "source": "string", "email": "string", "consent": "bool"},
    "categories": [{"id": name, "name": name, "outcome": name} for name in ("open", "won", "lost")],
    "stages": [
        {
            "id": stage,
            "name": stage,
            "category": OUTCOMES.get(stage, "open"),
            "default": stage == "new",
            "final": stage == "won",
        }
        for stage in STAGES
    ],
    "policy": {
        "moves": [
            {"id": id, "label": id, "from": list(sources), "to": to, "roles": list(roles)}
            | ({"when": WHEN} if guarded else {})
            for id, (sources, to, roles, guarded) in MOVES.items()
        ]
    },
    "roles": {role: {"can": ["move"]} for role in ("owner", "manager", "sales")},
}


@dataclass(frozen=True)
class Asked:
    """One request: a record in a stage, a move, a role, facts."""

    stage: str
    move: str
    role: str
    facts: dict[str, Any]


def requests(count: int, seed: int = 20_261_121) -> list[Asked]:
    """About two in three are granted."""
    draw = random.Random(seed)

    def one(at: int) -> Asked:
        stage = draw.choice([stage for stage in STAGES if stage != "won"])
        leaving = [id for id, (sources, *_) in MOVES.items() if stage in sources]
        # Those with a condition four times as often, as in W1.
        weights = [4 if MOVES[id][3] else 1 for id in leaving]
        move = draw.choices(leaving, weights)[0] if draw.random() < 0.8 else draw.choice(list(MOVES))
        facts = {
            "budget": draw.randrange(50_000),
            "source": draw.choices(["web", "referral", "ads"], [45, 35, 20])[0],
            "email": "" if draw.random() < 0.05 else f"lead{at}@example.com",
            "consent": draw.random() < 0.95,
        }
        return Asked(stage, move, draw.choice(["owner", "manager", "sales"]), facts)

    return [one(at) for at in range(count)]


def qualifies(facts: dict[str, Any]) -> bool:
    """The condition, as one would write it."""
    return (
        facts["budget"] >= 5000
        and facts["source"] in ("web", "referral")
        and facts["email"] != ""
        and facts["consent"] is True
    )


TABLE = {
    (source, id): (to, frozenset(roles), guarded)
    for id, (sources, to, roles, guarded) in MOVES.items()
    for source in sources
}


def judge(stage: str, move: str, role: str, facts: dict[str, Any]) -> str | None:
    """One request, by dictionaries that know this pipeline."""
    step = TABLE.get((stage, move))
    if step is None or role not in step[1] or (step[2] and not qualifies(facts)):
        return None
    return step[0]


def by_hand(asked: list[Asked]) -> Iterator[str | None]:
    """Plain dictionaries."""
    for one in asked:
        yield judge(one.stage, one.move, one.role, one.facts)


def fast_path(asked: list[Asked]) -> Iterator[str | None]:
    """`Pipeline.verdict`."""
    pipeline = ls.Pipeline.from_dict(DEFINITION)
    roles = {role: pipeline.roles(role) for role in pipeline.role_ids}
    verdict = pipeline.verdict
    for one in asked:
        yield verdict(one.stage, one.move, roles[one.role], one.facts).stage


def with_result(asked: list[Asked]) -> Iterator[str | None]:
    """`Pipeline.decide`: a result object, and why not. Records are made before."""
    pipeline = ls.Pipeline.from_dict(DEFINITION)
    actors = {role: ls.Actor(role, [role]) for role in pipeline.role_ids}
    moves = {id: ls.Request(id) for id in MOVES}
    records = [ls.Record(str(at), stage=one.stage, fields=one.facts) for at, one in enumerate(asked)]
    now, decide, moved = datetime(2026, 3, 2, tzinfo=UTC), pipeline.decide, ls.Moved
    for one, record in zip(asked, records, strict=True):
        decision = decide(record, moves[one.move], actors[one.role], now)
        yield decision.to if isinstance(decision, moved) else None


def transitions(asked: list[Asked]) -> Iterator[str | None]:
    """The package `transitions`, with a condition for each move."""

    class Lead:
        role = ""
        facts: dict[str, Any]
        state: str

    def may(roles: tuple[str, ...], guarded: bool) -> Callable[[Lead], bool]:
        return lambda lead: lead.role in roles and (not guarded or qualifies(lead.facts))

    lead = Lead()
    machine = Machine(lead, states=list(STAGES), initial="new", auto_transitions=False)
    for id, (sources, to, roles, guarded) in MOVES.items():
        check = may(roles, guarded)
        machine.add_transition(id, list(sources), to, conditions=lambda check=check: check(lead))
    for one in asked:
        lead.state, lead.role, lead.facts = one.stage, one.role, one.facts
        try:
            yield lead.state if lead.trigger(one.move) else None  # type: ignore[attr-defined]
        except MachineError:
            yield None


def statemachine(asked: list[Asked]) -> Iterator[str | None]:
    """The package `python-statemachine`, with a condition for each move."""
    states = {stage: State(stage, value=stage, initial=stage == "new") for stage in STAGES}
    # A final state would end the machine, which is to go on with the next request.
    members: dict[str, Any] = dict(states) | {"stay": states["won"].to.itself()}
    for id, (sources, to, _, _) in MOVES.items():
        joined = None
        for source in sources:
            step = states[source].to(states[to], cond=f"may_{id}")
            joined = step if joined is None else joined | step
        members[id] = joined
        members[f"may_{id}"] = _may(id)
    lead = type("Leads", (StateMachine,), members)()
    for one in asked:
        lead.current_state_value = one.stage
        lead.asked = one
        try:
            lead.send(one.move)
            yield lead.current_state_value
        except TransitionNotAllowed:
            yield None


def _may(id: str) -> Callable[[Any], bool]:
    _, _, roles, guarded = MOVES[id]
    return lambda self: self.asked.role in roles and (not guarded or qualifies(self.asked.facts))


def timed(run: Callable[[list[Asked]], Iterator[str | None]], asked: list[Asked]) -> float:
    """Nanoseconds for one request, the best of several turns, set-up left out."""
    best = float("inf")
    for _ in range(3):
        answers = run(asked)
        next(answers)
        began = time.perf_counter_ns()
        for _ in answers:
            pass
        best = min(best, (time.perf_counter_ns() - began) / (len(asked) - 1))
    return best


def columns(asked: list[Asked], pipeline: ls.Pipeline, rows: int) -> dict[str, np.ndarray]:
    """The requests over and over, as columns."""
    symbols = {name: pipeline.symbols(name) or {} for name in ("source", "email")}
    role_bits = {role: pipeline.roles(role).bits for role in pipeline.role_ids}
    made = {
        "stage": [pipeline.stage_ids.index(one.stage) for one in asked],
        "move": [pipeline.move_ids.index(one.move) for one in asked],
        "role": [role_bits[one.role] for one in asked],
        "budget": [one.facts["budget"] for one in asked],
        "source": [symbols["source"].get(one.facts["source"], 0) for one in asked],
        "email": [symbols["email"].get(one.facts["email"], 0) for one in asked],
        "consent": [one.facts["consent"] for one in asked],
    }
    kinds = {"budget": "u4", "consent": "?"}
    return {name: np.resize(np.array(column, kinds.get(name, "u1")), rows) for name, column in made.items()}


def batch_numpy(pipeline: ls.Pipeline, cols: dict[str, np.ndarray]) -> np.ndarray:
    """The same with NumPy alone: a table by stage and move, and masks."""
    stages, moves = len(pipeline.stage_ids), len(pipeline.move_ids)
    target = np.full((stages, moves), 255, "u1")
    roles_of = np.zeros(moves, "u1")
    guarded = np.zeros(moves, bool)
    for at, (sources, to, roles, guard) in enumerate(MOVES.values()):
        for source in sources:
            target[STAGES.index(source), at] = STAGES.index(to)
        for role in roles:
            roles_of[at] |= pipeline.roles(role).bits
        guarded[at] = guard
    web, referral = (pipeline.symbols("source") or {}).values()
    nothing = (pipeline.symbols("email") or {})[""]

    def run() -> np.ndarray:
        met = (
            (cols["budget"] >= 5000)
            & ((cols["source"] == web) | (cols["source"] == referral))
            & (cols["email"] != nothing)
            & cols["consent"]
        )
        found = target[cols["stage"], cols["move"]]
        denied = roles_of[cols["move"]] & cols["role"] == 0
        unmet = guarded[cols["move"]] & ~met
        return np.where(found == 255, 255, np.where(denied, 254, np.where(unmet, 253, found)))

    return best(run)


def best(run: Callable[[], Any]) -> Any:
    """The answer, and the best time of several turns in `best.took`."""
    took = float("inf")
    for _ in range(5):
        began = time.perf_counter_ns()
        answer = run()
        took = min(took, time.perf_counter_ns() - began)
    best.took = took  # type: ignore[attr-defined]
    return answer


def main(count: int = 20_000, rows: int = 4_000_000) -> None:
    """Prints both tables."""
    asked = requests(count)
    runs = {
        "plain dictionaries by hand": by_hand,
        "lifestage, verdict": fast_path,
        "lifestage, decide": with_result,
        "transitions": transitions,
        "python-statemachine": statemachine,
    }
    expected = list(by_hand(asked))
    some = asked[:500]
    for name, run in runs.items():
        assert list(run(some)) == expected[:500], name
    print(f"$ python {' '.join(sys.argv)}")
    print(f"\none decision, {count} requests, {sum(one is not None for one in expected)} granted")
    figures = {
        name: timed(run, asked if run is not statemachine else asked[:2000]) for name, run in runs.items()
    }
    ours = figures["lifestage, verdict"]
    for name, figure in figures.items():
        print(f"  {name:28} {figure:9.0f} ns  {figure / ours:8.2f} x")

    pipeline = ls.Pipeline.from_dict(DEFINITION)
    cols = columns(asked, pipeline, rows)
    facts = {name: cols[name] for name in ("budget", "source", "email", "consent")}
    codes = np.asarray(
        best(lambda: pipeline.decide_batch(cols["stage"], cols["move"], cols["role"], facts))
    )
    ours = best.took / rows  # type: ignore[attr-defined]
    assert np.array_equal(codes, batch_numpy(pipeline, cols))
    theirs = best.took / rows  # type: ignore[attr-defined]
    print(f"\na batch, {rows} rows")
    print(f"  {'lifestage, decide_batch':28} {ours:9.2f} ns  {1:8.2f} x")
    print(f"  {'numpy by hand':28} {theirs:9.2f} ns  {theirs / ours:8.2f} x")


if __name__ == "__main__":
    main()
