"""Definitions as documents, and what of a pipeline comes as documents."""

from __future__ import annotations

from datetime import datetime, timezone

from lifestage import Actor, Pipeline, Record, Request, check, diff, icons, palette, presets

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)


def test_every_preset_loads_and_has_no_errors() -> None:
    for id in presets():
        pipeline = Pipeline.preset(id)
        assert pipeline.id == id
        assert not [finding for finding in check(pipeline.to_json()) if finding["severity"] == "error"]


def test_a_picker_has_icons_and_colours() -> None:
    assert list(icons())[:2] == ["check", "dashed_circle"]
    assert icons()["calendar_check"] == "documents_and_workflow"
    assert len(icons()) == 32
    assert list(palette())[0] == "gray"
    assert palette()["blue"] == "#2563eb"
    assert len(palette()) == 8


def test_a_check_says_what_is_wrong_and_where() -> None:
    (first, *_) = check({"id": "deals"})
    assert (first["code"], first["severity"]) == ("missing_key", "error")
    assert isinstance(first["number"], int)


def test_a_diff_names_what_differs() -> None:
    old = Pipeline.preset("lead").to_json()
    told = diff(old, old.replace('"Showed"', '"Attended"'))
    assert [one["new"] for one in told["differences"]] == ["Attended"]
    assert not diff(old, old)["differences"]


def test_actions_deeds_and_conflicts_are_documents() -> None:
    contacts = Pipeline.preset("contact_stages")
    record = Record("c-1", stage="approved")
    admin = Actor("ada", roles=["admin"])
    assert "book_a_call" in [action["id"] for action in contacts.actions(record, admin, NOW)]
    deeds = {deed["deed"]: deed["standing"] for deed in contacts.deeds(record, admin, NOW)}
    assert deeds["trash"] == "allowed"
    assert contacts.conflict(record)["code"] == "stale_record"


def test_a_journal_can_be_judged_again() -> None:
    lead = Pipeline.preset("lead")
    sam = Actor("sam", roles=["sales"])
    created = lead.create(Record("a"), sam, NOW).change
    moved = lead.decide(created.record, Request("mark_contacted"), sam, NOW).change
    assert lead.replay([created.row, moved.row], [sam])["judged"] == 2
