"""What a pipeline says for a host that keeps records in tables of its own."""

from __future__ import annotations

import copy
from datetime import timedelta

import lifestage as ls
import pytest
from conftest import NOW, W1

OLGA = ls.Actor("olga", ["owner"])
MAX = ls.Actor("max", ["manager"])
ADA = ls.Record(
    "lead-42", stage="new", pipeline="lead", version=3, owner="sam", fields={"email": "ada@example.com", "name": "Ada"}
)


def granted(decision: ls.Decision) -> ls.Change:
    assert isinstance(decision, ls.Moved), decision
    return decision.change


def test_a_lead_becomes_a_customer(lead: ls.Pipeline) -> None:
    customers = ls.Pipeline.preset("life_stages")
    wish = {"customer": "customer-7"}
    would = customers.customer_of(ADA, wish)
    assert (would.id, would.owner, would.fields["name"]) == ("customer-7", "sam", "Ada")
    converted = granted(lead.perform("convert", record=ADA, wish=wish, actor=OLGA, now=NOW)).record
    rule = lead.to_dict()["conversion"]
    salt = bytes(range(16))
    made = granted(customers.make_customer(ADA, OLGA, NOW, wish=wish, conversion=rule, salt=salt))
    again = granted(customers.make_customer(ADA, OLGA, NOW, customer=would, wish=wish, conversion=rule, salt=salt))
    assert made == again and made.record.stage == "customer"
    there = ls.Record("customer-8", pipeline="life_stages", stage="customer", version=1)
    linked = granted(customers.link_customer(ADA, there, OLGA, NOW, conversion=rule))
    assert linked.record.fields["name"] == "Ada"
    deal = ls.Record("deal-1")
    refused = lead.start_deal(ADA, deal, OLGA, NOW)
    assert isinstance(refused, ls.Refused) and refused.codes == ("not_converted",)
    started = granted(lead.start_deal(converted, deal, OLGA, NOW, creation={"stage": "engaged"}))
    assert (started.record.stage, started.record.to_dict()["links"]["customer"]) == ("engaged", "customer-7")


def test_what_is_planned_is_finished_once(lead: ls.Pipeline) -> None:
    wish = {"kind": "call", "text": "Ring back", "planned": True}
    planned = granted(lead.perform("log", record=ADA, wish=wish, actor=OLGA, now=NOW))
    done = granted(lead.finish(planned.record, [planned.row], planned.row.seq, OLGA, NOW))
    assert done.row.to_dict()["refers_to"] == planned.row.seq
    again = lead.finish(planned.record, [planned.row, done.row], planned.row.seq, OLGA, NOW)
    assert isinstance(again, ls.Refused) and again.codes == ("invalid_input",)


@pytest.fixture
def tickets() -> ls.Pipeline:
    definition = copy.deepcopy(W1)
    definition["stages"][1] |= {  # type: ignore[index]
        "idle": "2d",
        "actions": [{"id": "look", "name": "Look", "kind": "create_task", "on": "enter"}],
    }
    definition["sla"] = [{"id": "answer", "name": "Answer", "within": "4h", "in": ["talks"], "met_by": ["call"]}]
    definition["roles"]["manager"]["can"].append("migrate")  # type: ignore[index]
    return ls.Pipeline.from_dict(definition)


def test_work_and_time(tickets: ls.Pipeline) -> None:
    record = ls.Record("t-1", pipeline="w1", stage="talks", version=1, entered_at=NOW)
    given = granted(tickets.catch_up(record, MAX, NOW))
    assert [effect.action for effect in given.effects] == ["look"]
    had = ls.Entry(given.effects[0], "pending", NOW, work="open")
    assert isinstance(tickets.catch_up(record, MAX, NOW, had=[had]), ls.Unchanged)
    assert tickets.idle(record, [], NOW + timedelta(days=1)) is None
    assert tickets.idle(record, [], NOW + timedelta(days=2, hours=1)) == "3600s"
    assert tickets.idle(record, [], NOW + timedelta(days=2, hours=1), sent=[NOW + timedelta(hours=2)]) is None

    fields = {"budget": 7000, "source": "web", "email": "ada@example.com", "consent": True}
    moved = granted(tickets.decide(ls.Record("t-2", pipeline="w1", stage="new", fields=fields), "talk", MAX, NOW))
    (breach,) = (effect for effect in moved.effects if effect.kind == "sla")
    told = tickets.notice(breach, moved.record, [moved.row], NOW + timedelta(hours=1))
    assert (told.outcome, told.until) == ("postponed", "2026-03-02T13:00:00Z")
    assert tickets.notice(breach, moved.record, [moved.row], NOW + timedelta(hours=5)).outcome == "tell"


def test_one_record_of_a_migration(tickets: ls.Pipeline) -> None:
    record = ls.Record("t-1", pipeline="w1", stage="talks", version=1)
    migration = {
        "id": "tidy",
        "pipeline": "w1",
        "into": "w1",
        "version": 1,
        "map": {"talks": "new"},
        "reason": "tidying up",
        "actor": MAX,
        "started_at": NOW,
    }
    moved = granted(tickets.migrate(record, migration, NOW))
    assert (moved.record.stage, moved.row.kind) == ("new", "migration")
    mark = {"id": "talks", "label": "Once called so", "outcome": "open"}
    moved = granted(tickets.migrate(record, migration, NOW, from_stage=mark, salt=bytes(16)))
    assert moved.row.from_stage is not None and moved.row.from_stage.label == "Once called so"


def test_what_is_asked_for_and_who_may(lead: ls.Pipeline) -> None:
    assert [ask.name for ask in lead.asks("mark_lost")] == ["reason", "note"]
    assert lead.asks(ls.Request(to="contacted")) == ()
    assert lead.can(ADA, OLGA, "erase") is True
    assert lead.can(ADA, ls.Actor("sam", ["member"]), "erase") is False
    with pytest.raises(ls.InvalidInput, match="there is no capability `fly`"):
        lead.can(ADA, OLGA, "fly")
