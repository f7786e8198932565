"""A workspace over each kind of store: what it answers, what it writes, and what it does when things go wrong."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import lifestage as ls
import pytest
from conftest import NOW, W1
from lifestage import errors

MAX = ls.Actor("max", ["manager"])
SAM = ls.Actor("sam", ["sales"])
EVE = ls.Actor("eve")


class OverNative:
    """A store in Python: every method of a native one, forwarded."""

    def __init__(self) -> None:
        self.native = ls.Store.memory()
        self.calls: list[str] = []

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(method)

        def forward(**arguments: Any) -> Any:
            self.calls.append(method)
            return json.loads(self.native.answer(method, json.dumps(arguments)))

        return forward


@pytest.fixture(params=["memory", "sqlite", "python"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ls.Workspace]:
    match request.param:
        case "memory":
            made = ls.Workspace.memory(tenant="acme")
        case "sqlite":
            made = ls.Workspace.open(tmp_path / "crm.db", tenant="acme", durable=False)
        case _:
            made = ls.Workspace(store=OverNative(), tenant="acme")
    with made as crm:
        done = crm.publish(ls.Pipeline.from_dict(W1), MAX, NOW)
        assert isinstance(done, ls.Published) and (done.id, done.version) == ("w1", 1)
        yield crm


def create(crm: ls.Workspace, id: str, **fields: Any) -> ls.Done:
    made = crm.create(ls.Record(id, fields=fields), SAM, NOW)
    assert isinstance(made, ls.Done)
    return made


def test_a_record_lives(crm: ls.Workspace) -> None:
    made = create(crm, "l-1", budget=9000, source="web", email="ada@example.com", consent=True)
    assert (made.record.stage, made.record.version, made.repeated) == ("new", 1, False)
    assert [offer.id for offer in crm.moves("l-1", SAM, NOW)] == ["talk", "lose"]
    request = ls.Request("talk", expect_version=1, key="form-1")
    match crm.submit("l-1", request, SAM, NOW):
        case ls.Done(record, row):
            assert (record.stage, row.kind, row.actor) == ("talks", "move", "sam")
        case other:
            raise AssertionError(other)
    again = crm.submit("l-1", request, SAM, NOW)
    assert isinstance(again, ls.Done) and again.repeated
    late = crm.submit("l-1", ls.Request("lose", expect_version=1), MAX, NOW)
    assert isinstance(late, ls.Refused) and late.codes == ("stale_record",)
    refused = crm.submit("l-1", "win", SAM, NOW)
    assert isinstance(refused, ls.Refused) and refused.codes == ("permission_denied",)
    tried = crm.dry_run("l-1", "win", MAX, NOW)
    assert isinstance(tried, ls.Done) and tried.record.stage == "won"
    assert crm.record("l-1") == record
    edited = crm.edit("l-1", {"budget": 1, "source": None}, MAX, NOW)
    assert isinstance(edited, ls.Done)
    assert edited.record.fields == {"budget": 1, "email": "ada@example.com", "consent": True}
    assert isinstance(crm.submit("l-1", ls.Request(to="won"), MAX, NOW), ls.Done)
    assert [row.kind for row in crm.history("l-1")] == ["creation", "move", "edit", "move"]
    assert crm.verify("l-1") is None
    assert [visit.stage.id for visit in crm.visits("l-1") if visit.stage] == ["new", "talks", "won"]
    assert {count.stage: count.count for count in crm.counts("w1") if count.count} == {"won": 1}
    explained = crm.explain("l-1", MAX, NOW).stage("new")
    assert explained is not None and explained.standing == "refused"
    assert crm.route("l-1", "new", MAX) is None
    assert crm.verify_all("w1").faults == ()
    assert [row.kind for _, row in crm.feed()] == ["creation", "move", "edit", "move"]
    assert crm.pipeline("w1") == ls.Pipeline.from_dict(W1)
    assert crm.pipeline("w2") is None
    assert [one.id for one in crm.pipelines()] == ["w1"]


def test_what_is_not_there_is_named(crm: ls.Workspace) -> None:
    with pytest.raises(errors.NoRecord, match="nobody") as caught:
        crm.submit("nobody", "talk", SAM, NOW)
    assert caught.value.code == 407 and isinstance(caught.value, LookupError)
    assert crm.record("nobody") is None
    with pytest.raises(errors.NoVersion):
        crm.definition("w1", 9)
    with pytest.raises(ls.UnknownOperation):
        crm.perform("explode")
    with pytest.raises(ls.InvalidInput, match="it takes no `colour`"):
        crm.perform("record", id="a", colour="red")
    with pytest.raises(ls.DefinitionError) as bad:
        crm.publish({**W1, "stages": []}, MAX, NOW)
    assert bad.value.findings


def test_pages_are_read_to_the_end(crm: ls.Workspace) -> None:
    made = crm.create_all([ls.Record(f"p-{at:02}") for at in range(25)], SAM, NOW)
    assert all(isinstance(one, ls.Done) for one in made)
    assert sorted(record.id for record in crm.records("w1", page=10)) == [f"p-{at:02}" for at in range(25)]
    assert len(list(crm.records("w1", stage="new", page=7))) == 25
    assert list(crm.records("w1", stage="talks")) == []
    assert list(crm.records("w1", stage=None)) == []
    assert len(list(crm.feed(page=10))) == 25
    place, _ = list(crm.feed(page=10))[19]
    assert len(list(crm.feed(after=place))) == 5
    for at in range(12):
        crm.log("p-00", "note", f"note {at}", MAX, NOW + timedelta(minutes=at))
    rows = list(crm.timeline("p-00", page=5))
    assert [row.seq for row in rows] == list(range(13, 0, -1))
    assert len(list(crm.timeline("p-00", kinds=["note"], page=5))) == 12


def test_all_or_none(crm: ls.Workspace) -> None:
    create(crm, "a")
    new = [ls.Record("b"), ls.Record("a")]
    answers = crm.create_all(new, SAM, NOW, atomic=True)
    assert isinstance(answers[0], ls.RolledBack) and isinstance(answers[1], ls.Refused)
    assert crm.record("b") is None
    answers = crm.create_all(new, SAM, NOW)
    assert isinstance(answers[0], ls.Done) and isinstance(answers[1], ls.Refused)


def test_a_definition_is_revised(crm: ls.Workspace) -> None:
    create(crm, "r-1")
    revision = {"edits": [{"edit": "rename_stage", "stage": "talks", "name": "Talking"}]}
    judged = crm.judge_revision("w1", revision, MAX)
    assert isinstance(judged, ls.Accepted) and judged.version == 2
    refused = crm.judge_revision("w1", revision, EVE)
    assert isinstance(refused, ls.Refused) and refused.codes == ("permission_denied",)
    wider = json.loads(json.dumps(W1))
    wider["stages"].insert(1, {"id": "met", "name": "Met", "category": "open"})
    wider["policy"]["moves"].append({"id": "meet", "label": "Meet", "from": "new", "to": "met"})
    wider["policy"]["moves"].append({"id": "unmeet", "label": "Forget", "from": "met", "to": "new"})
    seen = crm.preview(wider, MAX)
    assert isinstance(seen, tuple) and seen
    done = crm.publish(wider, MAX, NOW)
    assert isinstance(done, ls.Published) and done.version == 2 and done.changed
    assert [version.version for version in crm.versions("w1")] == [1, 2]
    assert crm.definition("w1").version == 2
    assert isinstance(crm.publish(wider, MAX, NOW), ls.Published)
    renamed = crm.revise("w1", revision, MAX, NOW)
    assert isinstance(renamed, ls.Published) and renamed.version == 3
    undone = crm.undo_version("w1", 3, MAX, NOW)
    assert isinstance(undone, ls.Published) and undone.version == 4
    assert isinstance(crm.publish(W1, EVE, NOW), ls.Refused)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[ls.Workspace]:
    with ls.Workspace.open(tmp_path / "sales.db", durable=False) as crm:
        crm.publish(ls.Pipeline.preset("sales_stages"), ls.Actor("ada", ["admin"]), NOW)
        yield crm


def test_work_is_claimed_and_settled(sales: ls.Workspace) -> None:
    user = ls.Actor("sam", ["user"])
    fields = {"name": "Mo", "email": "mo@example.com", "property": "Elm Street 1"}
    made = sales.create(ls.Record("mo", fields=fields), user, NOW, stage="made_contact")
    assert isinstance(made, ls.Done) and made.effects
    mails = sales.claim(["send_email"], NOW)
    assert [mail.effect.args["to"] for mail in mails] == ["mo@example.com"]
    assert mails[0].attempt == 1
    assert sales.claim(["send_email"], NOW) == ()
    retried = sales.settle([mails[0].retry(NOW + timedelta(minutes=10), "mailbox full")])
    assert retried == (True,)
    due = sales.next_due()
    assert due is not None and due <= NOW + timedelta(minutes=10)
    (mail,) = sales.claim(["send_email"], NOW + timedelta(minutes=11))
    assert mail.attempt == 2
    assert sales.settle([mail.delivered(NOW + timedelta(minutes=11), "queued as 7")]) == (True,)
    assert sales.settle([mail.delivered(NOW)]) == (False,)
    entry = sales.entry(mail.effect.id)
    assert entry is not None
    assert (entry.state, entry.note, entry.settled_at) == ("delivered", "queued as 7", NOW + timedelta(minutes=11))
    tasks = list(sales.tasks(assignee="sam", page=2))
    assert len(tasks) == 5
    done = sales.report_done(tasks[0].effect.id, user, NOW)
    assert isinstance(done, ls.Done) and done.row.kind == "task"
    assert len(list(sales.tasks(assignee="sam"))) == 4
    assert {entry.state for entry in sales.outbox(record="mo", page=3)} >= {"delivered", "pending"}


def test_a_closed_workspace_says_so(tmp_path: Path) -> None:
    crm = ls.Workspace.open(tmp_path / "crm.db")
    assert repr(crm).startswith("Workspace(Store.open(") and not crm.closed
    crm.close()
    crm.close()
    assert crm.closed
    with pytest.raises(errors.Closed, match="the workspace is closed"):
        crm.record("a")


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and not a database at all\n" * 100)
    with pytest.raises(errors.Corrupt) as caught:
        ls.Workspace.open(path)
    assert isinstance(caught.value, ls.StoreError) and caught.value.code == 300
    assert path.read_text().startswith("these are notes")
    with pytest.raises(ls.StoreError):
        ls.Workspace.open(tmp_path / "nothing" / "crm.db")


def test_the_file_is_readable_with_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "crm.db"
    with ls.Workspace.open(path, tenant="acme") as crm:
        crm.publish(ls.Pipeline.from_dict(W1), MAX, NOW)
        create(crm, "l-1")
    with ls.Workspace.open(path, tenant="acme", existing=True) as crm:
        assert crm.record("l-1") is not None
    with ls.Workspace.open(path, tenant="other") as crm:
        assert crm.record("l-1") is None
    connection = sqlite3.connect(path)
    tables = {name for (name,) in connection.execute("select name from sqlite_master")}
    connection.close()
    assert any("record" in name for name in tables)


class Failing(OverNative):
    """A store whose next commit fails."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None

    def commit(self, **arguments: Any) -> Any:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return json.loads(self.native.answer("commit", json.dumps(arguments)))


class Ours(Exception):
    """An exception of the host."""


@pytest.mark.parametrize("error", [Ours("the disk is on fire"), KeyboardInterrupt(), errors.Busy("later")])
def test_an_exception_of_a_host_store_comes_out_unchanged(error: BaseException) -> None:
    store = Failing()
    crm = ls.Workspace(store=store)
    crm.publish(ls.Pipeline.from_dict(W1), MAX, NOW)
    store.error = error
    with pytest.raises(type(error)) as caught:
        crm.create(ls.Record("x"), SAM, NOW)
    assert caught.value is error
    assert any(frame.name == "commit" for frame in caught.traceback)
    # Nothing is half-written, and the workspace goes on.
    assert crm.record("x") is None
    assert list(crm.feed()) == []
    assert isinstance(crm.create(ls.Record("x"), SAM, NOW), ls.Done)


def test_a_store_without_a_method_says_so() -> None:
    class Little:
        def published(self, *, tenant: str) -> list[Any]:
            return []

        def load(self, *, tenant: str, ids: list[str]) -> list[Any]:
            return [None] * len(ids)

        def migrations(self, *, tenant: str) -> list[Any]:
            return []

        def counts(self, *, tenant: str, pipeline: str) -> Any:
            return "many"

    crm = ls.Workspace(store=Little())  # type: ignore[arg-type]
    assert crm.record("a") is None
    with pytest.raises(errors.Unsupported, match="the store has no method `claim`"):
        crm.claim(["send_email"], NOW)
    with pytest.raises(errors.Invalid, match="the host's answer of `counts` cannot be read"):
        crm.counts("w1")


def test_a_host_store_may_call_the_workspace() -> None:
    """Re-entry: while a commit is asked of it, the store reads through another workspace over itself."""

    class Curious(OverNative):
        seen: ls.Record | None = None
        other: ls.Workspace | None = None

        def commit(self, **arguments: Any) -> Any:
            done = json.loads(self.native.answer("commit", json.dumps(arguments)))
            if self.other is not None:
                self.seen = self.other.record("x")
            return done

    store = Curious()
    crm = ls.Workspace(store=store)
    store.other = ls.Workspace(store=store)
    crm.publish(ls.Pipeline.from_dict(W1), MAX, NOW)
    create(crm, "x")
    assert store.seen is not None and store.seen.id == "x"


def test_threads_share_a_workspace(crm: ls.Workspace) -> None:
    create(crm, "shared")
    won: list[int] = []

    def work(at: int) -> None:
        create(crm, f"t-{at}")
        for turn in range(5):
            assert isinstance(crm.log(f"t-{at}", "note", f"{turn}", MAX, NOW), ls.Done)
        if isinstance(crm.submit("shared", ls.Request("lose", expect_version=1), SAM, NOW), ls.Done):
            won.append(at)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(list(crm.records("w1"))) == 7
    assert crm.verify_all("w1").faults == ()


def test_every_operation_has_a_method() -> None:
    """A binding that lags behind the table of operations fails here."""
    other_names = {"page": "records", "report": "report_done", "import": "import_csv"}
    of_workspace = [name for on, name, _, _ in ls.operations() if on == "workspace"]
    assert len(of_workspace) > 50
    lacking = [name for name in of_workspace if not hasattr(ls.Workspace, other_names.get(name, name))]
    assert lacking == []
    # What has no method of its own is asked for by `perform`.
    by_name = {"describe", "definition", "undo", "withdraw", "assign", "log", "trash", "restore", "convert", "merge"}
    by_name |= {"erase", "carry_out", "report", "clocks", "out_of_policy", "revise"}
    of_pipeline = {name for on, name, _, _ in ls.operations() if on == "pipeline"}
    assert {name for name in of_pipeline if not hasattr(ls.Pipeline, name)} == by_name
