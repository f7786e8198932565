package lifestage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lifestage/lifestage/bindings/go"
)

// mapStore keeps the records of one tenant in maps: the methods that moves need, and journals.
type mapStore struct {
	mutex     sync.Mutex
	records   map[string]lifestage.Record
	rows      map[string][]lifestage.Row
	receipts  map[string]lifestage.Row
	effects   map[string][]lifestage.Effect
	published map[string]lifestage.Publication
	closed    int
	// wrong is what goes wrong in the next commit.
	wrong func() error
}

func newMapStore() *mapStore {
	return &mapStore{
		records: map[string]lifestage.Record{}, rows: map[string][]lifestage.Row{},
		receipts: map[string]lifestage.Row{}, published: map[string]lifestage.Publication{},
		effects: map[string][]lifestage.Effect{},
	}
}

func (s *mapStore) Load(_ string, ids []string) ([]*lifestage.Record, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found := make([]*lifestage.Record, len(ids))
	for i, id := range ids {
		if record, there := s.records[id]; there {
			found[i] = &record
		}
	}
	return found, nil
}

func (s *mapStore) Commit(
	_ string, changes []lifestage.Change, mode lifestage.CommitMode,
) ([]lifestage.CommitOutcome, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if wrong := s.wrong; wrong != nil {
		s.wrong = nil
		if err := wrong(); err != nil {
			return nil, err
		}
	}
	outcomes, all := make([]lifestage.CommitOutcome, len(changes)), true
	for i, change := range changes {
		outcomes[i] = s.judge(change)
		all = all && outcomes[i].Outcome == "applied"
	}
	for i, change := range changes {
		if outcomes[i].Outcome != "applied" {
			continue
		}
		if mode == lifestage.Atomic && !all {
			outcomes[i] = lifestage.RolledBack()
			continue
		}
		id := change.Record.ID
		s.records[id] = change.Record
		s.rows[id] = append(s.rows[id], change.Row)
		s.effects[fmt.Sprint(id, "/", change.Row.Seq)] = change.Effects
		if change.Row.Key != "" {
			s.receipts[change.Row.Key] = change.Row
		}
	}
	return outcomes, nil
}

func (s *mapStore) judge(change lifestage.Change) lifestage.CommitOutcome {
	if before, used := s.receipts[change.Row.Key]; used && change.Row.Key != "" {
		if before.Request == change.Row.Request {
			return lifestage.Duplicate(before)
		}
		return lifestage.KeyReused()
	}
	now, there := s.records[change.Record.ID]
	switch creates := change.ExpectedVersion == 0 && change.ExpectedSeq == 0; {
	case creates && there:
		return lifestage.Exists()
	case !creates && !there:
		return lifestage.Missing()
	case now.Version != change.ExpectedVersion || now.Seq != change.ExpectedSeq:
		return lifestage.Conflict(now)
	}
	if publication := s.published[change.Row.Pipeline]; change.Meaning != "" && publication.Meaning != change.Meaning {
		return lifestage.StaleDefinition(publication.Version)
	}
	return lifestage.Applied()
}

func (s *mapStore) Receipt(_, key string) (*lifestage.Row, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if row, used := s.receipts[key]; used {
		return &row, nil
	}
	return nil, nil
}

func (s *mapStore) Publish(
	_ string, publication lifestage.Publication, _ lifestage.Alongside,
) (lifestage.PublishOutcome, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	replaced := uint32(0)
	if publication.Replaces != nil {
		replaced = *publication.Replaces
	}
	if now := s.published[publication.Pipeline].Version; now != replaced {
		return lifestage.PublishConflict(now), nil
	}
	s.published[publication.Pipeline] = publication
	return lifestage.IsPublished(), nil
}

func (s *mapStore) Published(string) ([]lifestage.Publication, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var all []lifestage.Publication
	for _, publication := range s.published {
		all = append(all, publication)
	}
	return all, nil
}

func (s *mapStore) History(_, record string, after uint64, limit int) ([]lifestage.Row, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	rows := s.rows[record]
	rows = rows[min(int(after), len(rows)):]
	return rows[:min(limit, len(rows))], nil
}

func (s *mapStore) Effects(_, record string, seq uint64) ([]lifestage.Effect, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.effects[fmt.Sprint(record, "/", seq)], nil
}

func (s *mapStore) Close() error {
	s.closed++
	return nil
}

var (
	ctx = context.Background()
	sam = lifestage.NewActor("sam", "sales", "manager", "owner")
)

// opened publishes the lead pipeline.
func opened(t testing.TB, workspace *lifestage.Workspace, err error) *lifestage.Workspace {
	t.Helper()
	must(t, err)
	t.Cleanup(func() { workspace.Close() })
	definition, err := lifestage.Preset("lead")
	must(t, err)
	published, err := workspace.Publish(ctx, definition, nil, sam, noon)
	must(t, err)
	if published.Outcome != lifestage.OutcomePublished || published.Pipeline.ID != "lead" {
		t.Fatalf("%+v", published)
	}
	return workspace
}

func create(t testing.TB, workspace *lifestage.Workspace, id string) *lifestage.Answer {
	t.Helper()
	record := lifestage.Record{
		ID: id, Pipeline: "lead", Fields: lifestage.Fields{"name": "Ada", "email": id + "@example.com"},
	}
	answer, err := workspace.Create(ctx, record, lifestage.Creation{}, sam, noon)
	must(t, err)
	if !answer.Written() {
		t.Fatalf("%+v", answer)
	}
	return answer
}

func TestALifeInAStoreOfTheHost(t *testing.T) {
	store := newMapStore()
	workspace, err := lifestage.OpenHost(store, "acme")
	workspace = opened(t, workspace, err)
	create(t, workspace, "lead-1")
	for _, id := range []string{"mark_contacted", "mark_engaged", "set_appointment"} {
		answer, err := workspace.Submit(ctx, "lead-1", lifestage.Move(id), sam, noon)
		must(t, err)
		if answer.Outcome != lifestage.OutcomeMoved {
			t.Fatalf("%s: %+v", id, answer)
		}
	}
	answer, err := workspace.Submit(ctx, "lead-1", lifestage.Move("mark_won"), sam, noon)
	must(t, err)
	if refusal := answer.Refusal(); refusal == nil || refusal.Reason(lifestage.ReasonNotFromStage) == nil ||
		refusal.Route == nil || len(refusal.Route.Steps) != 3 || refusal.String() == "" {
		t.Errorf("%+v", answer)
	}
	record, err := workspace.Record(ctx, "lead-1")
	must(t, err)
	if record.Stage != "appointment_set" || record.Version != 4 || store.records["lead-1"].Head != record.Head {
		t.Errorf("%+v", record)
	}
	fault, err := workspace.Verify(ctx, "lead-1")
	must(t, err)
	if fault != nil {
		t.Errorf("%+v", fault)
	}
	row := &store.rows["lead-1"][1]
	row.Actor = "eve"
	fault, err = workspace.Verify(ctx, "lead-1")
	must(t, err)
	if fault == nil || fault.Row != 2 {
		t.Errorf("%+v", fault)
	}
}

func TestARequestIsCarriedOutOnce(t *testing.T) {
	store := newMapStore()
	workspace, err := lifestage.OpenHost(store, "acme")
	workspace = opened(t, workspace, err)
	create(t, workspace, "lead-1")
	request := lifestage.Move("mark_contacted")
	request.Key = "click-1"
	for _, repeated := range []bool{false, true} {
		answer, err := workspace.Submit(ctx, "lead-1", request, sam, noon)
		must(t, err)
		if answer.Outcome != lifestage.OutcomeMoved || answer.Repeated != repeated {
			t.Errorf("%+v", answer)
		}
	}
	if rows := len(store.rows["lead-1"]); rows != 2 {
		t.Errorf("%d rows", rows)
	}
}

func TestWhatGoesWrongInAStoreIsAnError(t *testing.T) {
	store := newMapStore()
	workspace, err := lifestage.OpenHost(store, "acme")
	workspace = opened(t, workspace, err)
	create(t, workspace, "lead-1")
	for _, one := range []struct {
		wrong func() error
		code  lifestage.Code
		says  string
	}{
		{func() error { return errors.New("the disk is gone") }, lifestage.ErrIO, "the disk is gone"},
		{func() error { return lifestage.ErrBusy }, lifestage.ErrBusy, "busy"},
		{
			func() error { return &lifestage.Error{Code: lifestage.ErrFull, Message: "no room"} },
			lifestage.ErrFull, "no room",
		},
		{func() error { return lifestage.ErrNoRecord }, lifestage.ErrIO, "no_record"},
		{func() error { panic("out of paper") }, lifestage.ErrIO, "out of paper"},
	} {
		store.wrong = one.wrong
		_, err := workspace.Submit(ctx, "lead-1", lifestage.Move("mark_contacted"), sam, noon)
		if told := failure(t, err, one.code); !strings.Contains(told.Message, one.says) {
			t.Errorf("%s", told.Message)
		}
	}
	answer, err := workspace.Submit(ctx, "lead-1", lifestage.Move("mark_contacted"), sam, noon)
	must(t, err)
	if answer.Outcome != lifestage.OutcomeMoved {
		t.Errorf("%+v", answer)
	}
	_, err = workspace.Counts(ctx, "lead")
	failure(t, err, lifestage.ErrUnsupported)
	for _, err := range workspace.Tasks(ctx, lifestage.TaskQuery{}) {
		failure(t, err, lifestage.ErrUnsupported)
	}
}

// twoAtOnce lets another change come first.
type twoAtOnce struct {
	*mapStore
	meanwhile func()
}

func (s *twoAtOnce) Load(tenant string, ids []string) ([]*lifestage.Record, error) {
	found, err := s.mapStore.Load(tenant, ids)
	if meanwhile := s.meanwhile; meanwhile != nil {
		s.meanwhile = nil
		meanwhile()
	}
	return found, err
}

func TestSomebodyElseWasFirst(t *testing.T) {
	store := &twoAtOnce{mapStore: newMapStore()}
	workspace, err := lifestage.OpenHost(store, "acme")
	workspace = opened(t, workspace, err)
	first := create(t, workspace, "lead-1")
	store.meanwhile = func() {
		record := *first.Record
		record.Version, record.Seq = 7, 7
		store.records["lead-1"] = record
	}
	request := lifestage.Move("mark_contacted")
	request.ExpectVersion = lifestage.Version(first.Record.Version)
	answer, err := workspace.Submit(ctx, "lead-1", request, sam, noon)
	must(t, err)
	if refusal := answer.Refusal(); refusal == nil || refusal.Reason(lifestage.ReasonStaleRecord) == nil {
		t.Errorf("%+v", answer)
	}
}

type brokenStore struct{ *mapStore }

func (brokenStore) Published(string) ([]lifestage.Publication, error) {
	return nil, lifestage.ErrCorrupt
}

func TestAStoreIsClosedOnce(t *testing.T) {
	store := newMapStore()
	workspace, err := lifestage.OpenHost(store, "acme")
	must(t, err)
	must(t, workspace.Close())
	must(t, workspace.Close())
	if store.closed != 1 {
		t.Errorf("closed %d times", store.closed)
	}
	_, err = workspace.Record(ctx, "lead-1")
	failure(t, err, lifestage.ErrClosed)

	broken := brokenStore{newMapStore()}
	_, err = lifestage.OpenHost(broken, "acme")
	failure(t, err, lifestage.ErrCorrupt)
	if broken.closed != 1 {
		t.Errorf("closed %d times", broken.closed)
	}
	_, err = lifestage.OpenHost(nil, "acme")
	failure(t, err, lifestage.ErrNullArgument)
}
