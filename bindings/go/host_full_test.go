package lifestage_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

// fullStore has every method that a store may have. What it does not keep it answers with what is asked for here.
type fullStore struct {
	*mapStore
	asked []any
}

func (s *fullStore) note(what ...any) { s.asked = append(s.asked, what...) }

func (s *fullStore) Rows(_, record string, query lifestage.RowQuery) ([]lifestage.Row, error) {
	s.note("rows", int(query.Limit), len(query.Kinds))
	rows := slices.Clone(s.rows[record])
	slices.Reverse(rows)
	return rows, nil
}

func (s *fullStore) Publication(_, pipeline string, version uint32) (*lifestage.Publication, error) {
	if publication, there := s.published[pipeline]; there && publication.Version == version {
		return &publication, nil
	}
	return nil, nil
}

func (s *fullStore) Publications(_, pipeline string, after uint32, _ int) ([]lifestage.Publication, error) {
	if after > 0 {
		return nil, nil
	}
	return []lifestage.Publication{s.published[pipeline]}, nil
}

func (s *fullStore) Page(_ string, query lifestage.RecordQuery) (lifestage.RecordPage, error) {
	s.note("page", query.Stage, query.NoStage, int(query.Limit))
	return lifestage.RecordPage{Records: []lifestage.Record{s.records["lead-1"]}}, nil
}

func (s *fullStore) Counts(string, string) ([]lifestage.Tally, error) {
	stage := "new"
	return []lifestage.Tally{{Stage: &stage, Live: 3, Trashed: 1}}, nil
}

func (s *fullStore) Find(_, field, value string, _ int) ([]string, error) {
	s.note("find", field, value)
	return []string{"lead-1"}, nil
}

func (s *fullStore) Linked(_ string, link lifestage.Link, target string, after string, _ int) ([]string, error) {
	if after != "" {
		return nil, nil
	}
	s.note("linked", link, target)
	return []string{"lead-9"}, nil
}

func (s *fullStore) Feed(_ string, after uint64, _ int) ([]lifestage.FeedRow, error) {
	return []lifestage.FeedRow{{Cursor: after + 1, Row: s.rows["lead-1"][0]}}, nil
}

func (s *fullStore) entry() lifestage.Entry {
	return lifestage.Entry{
		Effect: lifestage.Effect{
			Record: "lead-1", Seq: 1, Action: "call", Kind: lifestage.EffectCreateTask, Trigger: "enter", Visit: 1, Due: noon,
		},
		State: "pending", Work: "open", ReadyAt: noon,
	}
}

func (s *fullStore) Claim(_ string, claim lifestage.Claim) ([]lifestage.Delivery, error) {
	s.note("claim", int(claim.Limit), claim.Now.Equal(noon), claim.Kinds)
	return []lifestage.Delivery{{Effect: s.entry().Effect, Attempt: 1, Lease: 1, ReadyAt: noon}}, nil
}

func (s *fullStore) Settle(_ string, settlements []lifestage.Settlement) ([]bool, error) {
	for _, one := range settlements {
		s.note("settle", one.Outcome.Kind, one.Outcome.At.Equal(noon))
	}
	return make([]bool, len(settlements)), nil
}

func (s *fullStore) Outbox(_ string, query lifestage.OutboxQuery) (lifestage.OutboxPage, error) {
	s.note("outbox", query.Record, query.State)
	return lifestage.OutboxPage{Entries: []lifestage.Entry{s.entry()}}, nil
}

func (s *fullStore) Entry(_, effect string) (*lifestage.Entry, error) {
	if entry := s.entry(); effect == entry.Effect.ID() {
		return &entry, nil
	}
	return nil, nil
}

func (s *fullStore) Tasks(_ string, query lifestage.TaskQuery) (lifestage.OutboxPage, error) {
	s.note("tasks", query.Assignee)
	return lifestage.OutboxPage{Entries: []lifestage.Entry{s.entry()}}, nil
}

func (s *fullStore) NextReady(string, []lifestage.EffectKind) (time.Time, error) { return noon, nil }

func (s *fullStore) Queue(_, _, queue string, after *lifestage.QueuePlace, _ int) ([]lifestage.QueuePlace, error) {
	s.note("queue", queue, after != nil)
	return []lifestage.QueuePlace{{Since: noon, Record: "lead-1"}}, nil
}

func (s *fullStore) Migrations(string) ([]lifestage.MigrationState, error) {
	return []lifestage.MigrationState{{Migration: lifestage.Migration{
		ID: "m-1", Pipeline: "old", Into: "older", Version: 1, Map: lifestage.StageMap{"a": {To: "b"}}, Actor: sam, StartedAt: noon,
	}, FinishedAt: &noon}}, nil
}

func (s *fullStore) BeginMigration(string, lifestage.Migration) (lifestage.PublishOutcome, error) {
	return lifestage.MigrationOpen("m-1"), nil
}

func (s *fullStore) FinishMigration(string, string, time.Time) error { return nil }

func TestEveryMethodOfAStoreIsAskedFor(t *testing.T) {
	store := &fullStore{mapStore: newMapStore()}
	workspace, err := lifestage.OpenHost(store, "acme")
	workspace = opened(t, workspace, err)
	create(t, workspace, "lead-1")
	store.asked = nil
	check := func(holds bool, err error, found any, asked ...any) {
		t.Helper()
		must(t, err)
		if !holds || !reflect.DeepEqual(store.asked, asked) && len(asked)+len(store.asked) > 0 {
			t.Errorf("found %+v, asked %v, not %v", found, store.asked, asked)
		}
		store.asked = nil
	}
	rows, err := workspace.TimelinePage(ctx, "lead-1", 5, nil, lifestage.RowCreation)
	must(t, err)
	if len(rows.Entries) != 1 {
		t.Errorf("%+v", rows)
	}
	store.asked = nil
	versions, err := workspace.Versions(ctx, "lead")
	check(len(versions) == 1 && versions[0].Pipeline == "lead", err, versions)
	first, err := workspace.Definition(ctx, "lead", 1)
	check(first.Version == 1, err, first)
	page, err := workspace.RecordPage(ctx, lifestage.RecordQuery{Pipeline: "lead", Stage: "new", Limit: 7})
	check(page.Records[0].ID == "lead-1", err, page, "page", "new", false, 7)
	page, err = workspace.RecordPage(ctx, lifestage.RecordQuery{Pipeline: "lead", NoStage: true})
	check(len(page.Records) == 1, err, page, "page", "", true, 100)
	counts, err := workspace.Counts(ctx, "lead")
	check(counts[0].Count == 3 && counts[0].Trashed == 1, err, counts)
	found, err := workspace.WithEmail(ctx, "lead", "lead-1@example.com")
	check(len(found) == 1, err, found, "find", "email", "lead-1@example.com")
	linked, err := workspace.PointingAt(ctx, lifestage.LinkCompany, "c-1")
	// Those that were merged into the target count as it does.
	head, company := lifestage.LinkHead, lifestage.LinkCompany
	check(slices.Equal(linked, []string{"lead-9"}), err, linked, "linked", head, "c-1", "linked", head, "lead-9",
		"linked", company, "c-1", "linked", company, "lead-9")
	feed, err := workspace.FeedPage(ctx, 4, 1)
	check(feed[0].Cursor == 5 && feed[0].Row.Record == "lead-1", err, feed)
	kinds := []lifestage.EffectKind{lifestage.EffectCreateTask}
	claimed, err := workspace.Claim(ctx, lifestage.Claim{Now: noon, Until: noon.Add(1), Kinds: kinds, Limit: 3})
	check(len(claimed) == 1 && claimed[0].Effect.Due.Equal(noon), err, claimed, "claim", 3, true, kinds)
	for _, settled := range []lifestage.Settled{
		lifestage.Delivered(noon), lifestage.Retry(noon, "busy"), lifestage.Postponed(noon), lifestage.GivenBack(noon),
		lifestage.Dead(noon, "gone"), lifestage.Revived(noon),
	} {
		applied, err := workspace.Settle(ctx, []lifestage.Settlement{claimed[0].Settle(settled)})
		check(slices.Equal(applied, []bool{false}), err, applied, "settle", settled.Kind, true)
	}
	outbox, err := workspace.OutboxPage(ctx, lifestage.OutboxQuery{Record: "lead-1", State: "pending"})
	check(len(outbox.Entries) == 1, err, outbox, "outbox", "lead-1", "pending")
	entry, err := workspace.Entry(ctx, "lead-1/1/0")
	check(entry.Work == "open", err, entry)
	tasks, err := workspace.TaskPage(ctx, lifestage.TaskQuery{Assignee: "mia"}, time.Time{})
	check(len(tasks.Entries) == 1, err, tasks, "tasks", "mia")
	due, err := workspace.NextDue(ctx)
	check(due.Equal(noon), err, due)
	places, err := workspace.Queue(ctx, "lead", "calls", &lifestage.QueuePlace{Since: noon, Record: "a"}, 5)
	check(len(places) == 1 && places[0].Record == "lead-1", err, places, "queue", "calls", true)
	migrations, err := workspace.Migrations(ctx)
	check(len(migrations) == 1 && migrations[0].Migration.Map["a"].To == "b", err, migrations)
}
