package lifestage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

func sqlite(t testing.TB) *lifestage.Workspace {
	workspace, err := lifestage.OpenSQLite(filepath.Join(t.TempDir(), "crm.db"), "acme")
	return opened(t, workspace, err)
}

func all[T any](t testing.TB, each func(func(T, error) bool)) (found []T) {
	t.Helper()
	for one, err := range each {
		must(t, err)
		found = append(found, one)
	}
	return found
}

func TestReadsOfAWorkspace(t *testing.T) {
	workspace := sqlite(t)
	for i := range 250 {
		create(t, workspace, fmt.Sprintf("lead-%d", i))
	}
	records := all(t, workspace.Records(ctx, lifestage.RecordQuery{Pipeline: "lead", Stage: "new"}))
	if len(records) != 250 {
		t.Errorf("%d records", len(records))
	}
	if none := all(t, workspace.Records(ctx, lifestage.RecordQuery{Pipeline: "lead", NoStage: true})); len(none) != 0 {
		t.Errorf("%d records without a stage", len(none))
	}
	for range workspace.Records(ctx, lifestage.RecordQuery{Pipeline: "lead", Limit: 1}) {
		break
	}
	if feed := all(t, workspace.Feed(ctx, 0)); len(feed) != 250 || feed[249].Row.Kind != lifestage.RowCreation {
		t.Errorf("%d rows of the feed", len(feed))
	}
	answer, err := workspace.Submit(ctx, "lead-7", lifestage.Move("mark_contacted"), sam, noon.Add(time.Hour))
	must(t, err)
	if answer.Record.Stage != "contacted" || answer.Row.From.ID != "new" || answer.Row.Direction != lifestage.Forward {
		t.Errorf("%+v", answer)
	}
	rows := all(t, workspace.History(ctx, "lead-7"))
	if len(rows) != 2 || rows[1].Previous != rows[0].Hash {
		t.Errorf("%+v", rows)
	}
	if newest := all(t, workspace.Timeline(ctx, "lead-7")); len(newest) != 2 || newest[0].Seq != 2 {
		t.Errorf("%+v", newest)
	}
	if moves := all(t, workspace.Timeline(ctx, "lead-7", lifestage.RowMove)); len(moves) != 1 {
		t.Errorf("%+v", moves)
	}
	visits, err := workspace.Visits(ctx, "lead-7")
	must(t, err)
	if len(visits) != 2 || visits[0].LeftAt == nil || !visits[0].LeftAt.Equal(noon.Add(time.Hour)) || visits[1].LeftAt != nil {
		t.Errorf("%+v", visits)
	}
	offers, err := workspace.Moves(ctx, "lead-7", sam, noon)
	must(t, err)
	if len(offers) != 3 || offers[0].Label == "" {
		t.Errorf("%+v", offers)
	}
	explained, err := workspace.Explain(ctx, "lead-7", sam, noon)
	must(t, err)
	if len(explained.Moves) != 10 || len(explained.Stages) != 9 {
		t.Errorf("%+v", explained)
	}
	route, err := workspace.Route(ctx, "lead-7", "won", sam)
	must(t, err)
	if route == nil || len(route.Steps) != 5 {
		t.Errorf("%+v", route)
	}
	counts, err := workspace.Counts(ctx, "lead")
	must(t, err)
	occupancy, err := workspace.Occupancy(ctx, "lead")
	must(t, err)
	if occupancy["new"] != 249 || len(counts) < 9 {
		t.Errorf("%v, %+v", occupancy, counts)
	}
	audit, err := workspace.VerifyAll(ctx, "lead")
	must(t, err)
	if audit.Records != 250 || audit.Rows != 251 || len(audit.Faults) != 0 {
		t.Errorf("%+v", audit)
	}
	found, err := workspace.WithEmail(ctx, "lead", "lead-9@example.com")
	must(t, err)
	if len(found) != 1 || found[0].ID != "lead-9" {
		t.Errorf("%+v", found)
	}
	if missing, err := workspace.Record(ctx, "nobody"); err != nil || missing != nil {
		t.Errorf("%+v, %v", missing, err)
	}
	_, err = workspace.Submit(ctx, "nobody", lifestage.Move("mark_won"), sam, noon)
	failure(t, err, lifestage.ErrNoRecord)
}

func TestPeopleAndWork(t *testing.T) {
	workspace := sqlite(t)
	create(t, workspace, "lead-1")
	create(t, workspace, "lead-2")
	done := func(answer *lifestage.Answer, err error) *lifestage.Answer {
		t.Helper()
		must(t, err)
		if !answer.Written() {
			t.Fatalf("%+v", answer)
		}
		return answer
	}
	done(workspace.Assign(ctx, "lead-1", lifestage.Assignment{To: "mia"}, sam, noon))
	done(workspace.Edit(ctx, "lead-1", lifestage.Edit{Set: lifestage.Fields{"budget": 5000}}, sam, noon))
	logged := done(workspace.Log(ctx, "lead-1", lifestage.Activity{
		Kind: "call", Text: "Ring back", Planned: true, Due: noon.Add(time.Hour), Assignee: "sam",
	}, sam, noon))
	done(workspace.Finish(ctx, "lead-1", logged.Row.Seq, sam, noon))
	moved := done(workspace.Submit(ctx, "lead-1", lifestage.Move("mark_lost").With("reason", "price"), sam, noon))
	if moved.Record.LostReason != "price" || moved.Record.Fields["budget"] != int64(5000) {
		t.Errorf("%+v", moved.Record)
	}
	undone := done(workspace.Undo(ctx, "lead-1", moved.Row.Seq, "a slip", sam, noon.Add(time.Minute)))
	if undone.Record.Stage != "new" || undone.Row.RefersTo != moved.Row.Seq {
		t.Errorf("%+v", undone)
	}
	tried, err := workspace.DryRun(ctx, "lead-1", lifestage.To("contacted"), sam, noon.Add(time.Hour))
	must(t, err)
	if tried.Outcome != lifestage.OutcomeMoved {
		t.Errorf("%+v", tried)
	}
	done(workspace.SetPool(ctx, "lead", "inbound", []string{"mia", "tom"}, sam, noon))
	done(workspace.SetAway(ctx, "lead", "inbound", "mia", true, sam, noon))
	pool, err := workspace.Pool(ctx, "lead", "inbound")
	must(t, err)
	if len(pool.Members) != 2 || pool.Next == nil || *pool.Next != "tom" {
		t.Errorf("%+v", pool)
	}
	given := done(workspace.AssignNext(ctx, "lead-2", "inbound", lifestage.Act{}, sam, noon))
	if given.Record.Owner != "tom" {
		t.Errorf("%+v", given.Record)
	}
	merging, err := workspace.Merge(ctx, "lead-1", "lead-2", lifestage.Act{Reason: "twice"}, sam, noon.Add(time.Hour))
	must(t, err)
	if merging.Outcome != lifestage.OutcomeMerged || merging.Tail.Record.Links[lifestage.LinkHead] != "lead-1" {
		t.Errorf("%+v", merging)
	}
	united, err := workspace.United(ctx, "lead-1")
	must(t, err)
	head, err := workspace.HeadOf(ctx, "lead-2")
	must(t, err)
	if len(united) != 2 || head.ID != "lead-1" {
		t.Errorf("%v, %+v", united, head)
	}
	done(workspace.Trash(ctx, "lead-1", lifestage.Act{}, sam, noon.Add(2*time.Hour)))
	done(workspace.Restore(ctx, "lead-1", lifestage.Act{}, sam, noon.Add(2*time.Hour)))
	erased := done(workspace.Erase(ctx, "lead-1", lifestage.Erasure{Keep: []string{"budget"}}, sam, noon.Add(3*time.Hour)))
	if erased.Record.Fields["name"] != nil || erased.Record.Fields["budget"] == nil {
		t.Errorf("%+v", erased.Record)
	}
}

// busy is a pipeline whose moves set work in motion.
const busy = `{
  "id": "busy", "name": "Busy",
  "fields": {"email": "string"},
  "categories": [{"id": "open", "name": "Open", "outcome": "open"}, {"id": "won", "name": "Won", "outcome": "won"}],
  "stages": [
    {"id": "new", "name": "New", "category": "open", "default": true},
    {"id": "talking", "name": "Talking", "category": "open", "actions": [
      {"id": "call", "name": "Call", "kind": "create_task", "on": "enter", "with": {"title": "Call", "due": "1d", "assignee": "user:sam"}},
      {"id": "greet", "name": "Greet", "kind": "send_email", "on": "enter", "with": {"to": "{{ email }}", "subject": "Hello"}}
    ]},
    {"id": "won", "name": "Won", "category": "won", "final": true}
  ],
  "roles": {"sales": {"can": ["create", "view", "act", "move", "edit_fields"]}},
  "policy": {"moves": [
    {"id": "talk", "label": "Talk", "from": "new", "to": "talking"},
    {"id": "win", "label": "Win", "from": "talking", "to": "won"}
  ]}
}`

func TestTheOutbox(t *testing.T) {
	workspace := sqlite(t)
	published, err := workspace.Publish(ctx, []byte(busy), nil, sam, noon)
	must(t, err)
	if published.Outcome != lifestage.OutcomePublished {
		t.Fatalf("%+v", published)
	}
	record := lifestage.Record{ID: "b-1", Pipeline: "busy", Fields: lifestage.Fields{"email": "ada@example.com"}}
	_, err = workspace.Create(ctx, record, lifestage.Creation{}, sam, noon)
	must(t, err)
	answer, err := workspace.Submit(ctx, "b-1", lifestage.Move("talk"), sam, noon)
	must(t, err)
	if len(answer.Effects) != 2 {
		t.Fatalf("%+v", answer)
	}
	tasks := all(t, workspace.Tasks(ctx, lifestage.TaskQuery{Assignee: "sam"}))
	if len(tasks) != 1 || tasks[0].Effect.Kind != lifestage.EffectCreateTask || !tasks[0].Effect.Due.Equal(noon.Add(24*time.Hour)) {
		t.Fatalf("%+v", tasks)
	}
	page, err := workspace.TaskPage(ctx, lifestage.TaskQuery{}, noon.Add(48*time.Hour))
	must(t, err)
	if len(page.Urgency) != 1 {
		t.Errorf("%+v", page)
	}
	if effects := all(t, workspace.Outbox(ctx, lifestage.OutboxQuery{Record: "b-1", Limit: 1})); len(effects) != 2 {
		t.Errorf("%+v", effects)
	}
	due, err := workspace.NextDue(ctx)
	must(t, err)
	if !due.Equal(noon) {
		t.Errorf("due at %v", due)
	}
	claimed, err := workspace.Claim(ctx, lifestage.Claim{
		Now: noon, Until: noon.Add(time.Minute), Kinds: []lifestage.EffectKind{lifestage.EffectSendEmail}, Limit: 10,
	})
	must(t, err)
	if len(claimed) != 1 || claimed[0].Effect.Args["to"] != "ada@example.com" {
		t.Fatalf("%+v", claimed)
	}
	applied, err := workspace.Settle(ctx, []lifestage.Settlement{claimed[0].Settle(lifestage.Delivered(noon))})
	must(t, err)
	entry, err := workspace.Entry(ctx, claimed[0].Effect.ID())
	must(t, err)
	if len(applied) != 1 || !applied[0] || entry.State != "delivered" {
		t.Errorf("%v, %+v", applied, entry)
	}
	reported, err := workspace.Report(ctx, tasks[0].Effect.ID(), lifestage.Report{Done: true}, sam, noon)
	must(t, err)
	if !reported.Written() {
		t.Errorf("%+v", reported)
	}
	_, err = workspace.Entry(ctx, "b-1/99/0")
	failure(t, err, lifestage.ErrNoEffect)
}

func TestDefinitionsAreRevised(t *testing.T) {
	workspace := sqlite(t)
	revision := lifestage.Revision{Edits: []lifestage.DefinitionEdit{lifestage.RenameStage("new", "Fresh")}}
	judged, err := workspace.JudgeRevision(ctx, "lead", revision, sam)
	must(t, err)
	if judged.Outcome != lifestage.OutcomeAccepted || judged.Version != 2 || judged.Undo == nil {
		t.Errorf("%+v", judged)
	}
	revised, err := workspace.Revise(ctx, "lead", revision, sam, noon)
	must(t, err)
	if revised.Outcome != lifestage.OutcomePublished || len(revised.Differences) != 1 {
		t.Errorf("%+v", revised)
	}
	undone, err := workspace.UndoVersion(ctx, "lead", 2, sam, noon)
	must(t, err)
	versions, err := workspace.Versions(ctx, "lead")
	must(t, err)
	if undone.Outcome != lifestage.OutcomePublished || len(versions) != 3 || *versions[2].Replaces != 2 {
		t.Errorf("%+v, %+v", undone, versions)
	}
	first, err := workspace.Definition(ctx, "lead", 1)
	must(t, err)
	now, err := workspace.Definition(ctx, "lead", 0)
	must(t, err)
	if first.Version != 1 || now.Version != 3 {
		t.Errorf("%+v, %+v", first, now)
	}
	impact, err := workspace.Impact(ctx, []byte(versions[1].Document))
	must(t, err)
	if len(impact) != 1 {
		t.Errorf("%+v", impact)
	}
	preview, err := workspace.Preview(ctx, []byte(versions[1].Document), nil, sam)
	must(t, err)
	if preview.Outcome != lifestage.OutcomeAccepted {
		t.Errorf("%+v", preview)
	}
	_, err = workspace.Publish(ctx, []byte(`{"id": "lead"`), nil, sam, noon)
	if findings := failure(t, err, lifestage.ErrInvalidDefinition).Findings(); len(findings) == 0 {
		t.Error("no findings")
	}
	_, err = workspace.Definition(ctx, "lead", 99)
	failure(t, err, lifestage.ErrNoVersion)
	migrations, err := workspace.Migrations(ctx)
	must(t, err)
	if len(migrations) != 0 {
		t.Errorf("%+v", migrations)
	}
	must(t, workspace.Refresh(ctx))
}

func TestAContextThatIsOver(t *testing.T) {
	workspace := sqlite(t)
	over, cancel := context.WithCancel(ctx)
	cancel()
	_, err := workspace.Record(over, "lead-1")
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, err := range workspace.History(over, "lead-1") {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func TestFilesThatAreNoStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not.db")
	must(t, os.WriteFile(path, []byte("this is a text, and no database at all"), 0o600))
	_, err := lifestage.OpenSQLite(path, "acme")
	failure(t, err, lifestage.ErrCorrupt)
	_, err = lifestage.OpenSQLite(filepath.Join(path, "nowhere", "crm.db"), "acme")
	if told := new(lifestage.Error); !errors.As(err, &told) {
		t.Error(err)
	}
	_, err = lifestage.OpenMemory("\xff")
	failure(t, err, lifestage.ErrInvalidUTF8)
}

func TestManyGoroutinesOnOneWorkspace(t *testing.T) {
	workspace := sqlite(t)
	create(t, workspace, "lead-1")
	var running sync.WaitGroup
	moved := make(chan lifestage.Outcome, 8)
	for i := range 8 {
		running.Add(1)
		go func() {
			defer running.Done()
			record := lifestage.Record{ID: fmt.Sprintf("own-%d", i), Pipeline: "lead"}
			if _, err := workspace.Create(ctx, record, lifestage.Creation{}, sam, noon); err != nil {
				t.Error(err)
			}
			request := lifestage.Move("mark_contacted")
			request.ExpectVersion = lifestage.Version(1)
			answer, err := workspace.Submit(ctx, "lead-1", request, sam, noon)
			if err != nil {
				t.Error(err)
				return
			}
			moved <- answer.Outcome
		}()
	}
	running.Wait()
	close(moved)
	count := 0
	for outcome := range moved {
		if outcome == lifestage.OutcomeMoved {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d of 8 moved the record", count)
	}
}

func TestAWorkspaceIsClosedUnderUse(t *testing.T) {
	workspace, err := lifestage.OpenMemory("acme")
	workspace = opened(t, workspace, err)
	create(t, workspace, "lead-1")
	var running sync.WaitGroup
	for range 8 {
		running.Add(1)
		go func() {
			defer running.Done()
			for {
				if _, err := workspace.Record(ctx, "lead-1"); errors.Is(err, lifestage.ErrClosed) {
					return
				} else if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	time.Sleep(10 * time.Millisecond)
	must(t, workspace.Close())
	running.Wait()
}
