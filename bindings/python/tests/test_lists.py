"""Lists brought in, whole and in pieces."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import lifestage as ls
import pytest
from conftest import NOW, PACKAGE
from lifestage import errors

OLGA = ls.Actor("olga", ["owner"])
LATER = datetime(2026, 11, 20, 9, tzinfo=UTC)
SHIPPED = (PACKAGE.parents[1] / "examples" / "data" / "leads.csv").read_text(encoding="utf-8-sig")


@pytest.fixture
def crm() -> ls.Workspace:
    crm = ls.Workspace.memory()
    crm.publish(ls.Pipeline.preset("lead"), OLGA, NOW)
    return crm


def test_the_shipped_list(crm: ls.Workspace) -> None:
    dry = crm.import_csv("lead", SHIPPED, OLGA, LATER, dry_run=True, news_only=True)
    assert (dry.written, dry.total, dry.created, dry.matched, dry.faulty, dry.refused) == (False, 1000, 911, 25, 64, 0)
    assert {row.outcome for row in dry.rows} == {"faulty"}
    assert not crm.import_csv("lead", SHIPPED, OLGA, LATER, all_or_nothing=True).written
    assert list(crm.records("lead")) == []
    done = crm.import_csv("lead", SHIPPED, OLGA, LATER)
    assert (done.written, done.created, len(done.rows)) == (True, 911, 1000)
    bad = done.rows[63]
    assert (bad.line, bad.cells[0].text, bad.cells[0].near) == (74, "Enaged", ("Engaged",))
    known = done.rows[-1]
    assert (known.outcome, known.record, known.stage, known.refused) == ("matched", "L-0317", "same", None)


def test_a_list_in_pieces(crm: ls.Workspace) -> None:
    headers, *rows = csv.reader(io.StringIO(SHIPPED))
    total = created = 0
    for at in range(0, len(rows), 300):
        piece = rows[at : at + 300]
        done = crm.import_rows("lead", headers, piece, OLGA, LATER, rows_before=at)
        assert [row.row for row in done.rows] == list(range(at + 1, at + len(piece) + 1))
        assert done.rows[0].line is None
        total, created = total + done.total, created + done.created
    assert (total, created) == (1000, 911)
    again = crm.import_csv("lead", SHIPPED, OLGA, LATER)
    assert (again.created, again.matched) == (0, 936)


def test_a_mapping(crm: ls.Workspace, lead: ls.Pipeline) -> None:
    text = "Who,Shoe size,Mail\nAda,38,ada@example.com\n,39,bea@example.com\n"
    assert lead.suggest_mapping(text) == {"Who": "ignore", "Shoe size": "ignore", "Mail": "email"}
    assert lead.suggest_mapping(["Status", "Id"]) == {"Status": "stage", "Id": "id"}
    columns = {"Who": "name", "Shoe size": "notes"}
    done = crm.import_csv("lead", text, OLGA, NOW, columns=columns, require=["name"], batch="fair")
    assert [row.outcome for row in done.rows] == ["created", "faulty"]
    assert done.columns == {**columns, "Mail": "email"}
    record = crm.record("fair-1")
    assert record is not None and record.fields["notes"] == "38"
    bare = crm.import_csv("lead", text, OLGA, NOW, columns={"Mail": "email"}, guess=False, dry_run=True)
    assert bare.columns["Who"] == "ignore" and bare.rows[0].outcome == "matched"
    refused = crm.import_csv("lead", "Mail\nx@example.com\n", ls.Actor("eve"), NOW, batch="other")
    assert refused.rows[0].refused is not None
    assert refused.rows[0].refused.codes == ("not_permitted_to_create",)


def test_what_is_wrong_with_a_list(crm: ls.Workspace) -> None:
    with pytest.raises(ls.InvalidInput, match="the file is empty"):
        crm.import_csv("lead", "", OLGA, NOW)
    with pytest.raises(ls.InvalidInput, match="the list has no column `N`, did you mean `Nr`"):
        crm.import_csv("lead", "Nr\n1\n", OLGA, NOW, columns={"N": "id"})
    with pytest.raises(errors.NoVersion):
        crm.import_csv("nothing", "Nr\n1\n", OLGA, NOW)


def test_many_records_at_once(crm: ls.Workspace, lead: ls.Pipeline) -> None:
    for id in ("a", "b", "c"):
        crm.create(ls.Record(id, fields={"email": "ada@example.com"}), OLGA, NOW)
    preview = crm.preview_migration("lead", {"new": "engaged"}, OLGA, limit=2)
    assert isinstance(preview, ls.MigrationPreview)
    assert (preview.total, [one.to for one in preview.records]) == (3, ["engaged"] * 2)
    assert isinstance(crm.preview_migration("lead", {"new": "nowhere"}, OLGA), ls.Refused)
    crm.submit("a", "mark_contacted", OLGA, NOW)
    stricter = lead.to_dict()
    for move in stricter["policy"]["moves"]:
        if move["id"] == "mark_contacted":
            move["when"] = "has(phone)"
    replay = crm.replay(stricter, [OLGA])
    assert (replay.judged, [row.seq for row in replay.refused]) == (4, [2])
    assert crm.replay(lead).refused == ()
    assert isinstance(crm.merge("a", "b", OLGA, NOW), ls.Merged)
    assert sorted((id, visit.stage.id) for id, visit in crm.united_visits("a")) == [
        ("a", "contacted"),
        ("a", "new"),
        ("b", "new"),
    ]
