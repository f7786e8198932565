package lifestage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

var ada = lifestage.Record{
	ID: "lead-42", Pipeline: "lead", Stage: "new", Version: 3, Owner: "sam",
	Fields: lifestage.Fields{"email": "ada@example.com", "name": "Ada"},
}

// granted is the change of a decision that is granted.
func granted(t testing.TB, decision lifestage.Decision, err error) *lifestage.Change {
	t.Helper()
	must(t, err)
	change := lifestage.ChangeOf(decision)
	if change == nil {
		t.Fatalf("%+v", decision)
	}
	return change
}

func TestALeadBecomesACustomerInTablesOfTheHost(t *testing.T) {
	_, lead := preset(t, "lead")
	_, customers := preset(t, "life_stages")
	conversion := lifestage.Conversion{Customer: "customer-7"}
	rule := &lifestage.ConversionRule{Into: "life_stages", Stage: "customer"}
	would, err := customers.CustomerOf(ada, conversion)
	must(t, err)
	if would.ID != "customer-7" || would.Owner != "sam" {
		t.Errorf("%+v", would)
	}
	decision, err := lead.Convert(ada, conversion, sam, noon)
	converted := granted(t, decision, err).Record
	decision, err = customers.MakeCustomer(ada, nil, conversion, rule, sam, noon, lifestage.WithSalt([16]byte{7}))
	made := granted(t, decision, err)
	if made.Record.Stage != "customer" || converted.Links[lifestage.LinkCustomer] != made.Record.ID {
		t.Errorf("%+v", made.Record)
	}
	there := lifestage.Record{ID: "customer-8", Pipeline: "life_stages", Stage: "customer", Version: 1}
	decision, err = customers.LinkCustomer(ada, there, conversion, rule, sam, noon)
	if linked := granted(t, decision, err); linked.Record.Fields["name"] != "Ada" {
		t.Errorf("%+v", linked.Record)
	}
	decision, err = lead.StartDeal(ada, lifestage.Record{ID: "deal-1"}, lifestage.Creation{}, sam, noon)
	must(t, err)
	if decision.Outcome() != lifestage.OutcomeRefused {
		t.Errorf("%+v", decision)
	}
	decision, err = lead.StartDeal(converted, lifestage.Record{ID: "deal-1"}, lifestage.Creation{Stage: "engaged"}, sam, noon)
	if deal := granted(t, decision, err).Record; deal.Links[lifestage.LinkCustomer] != "customer-7" || deal.Stage != "engaged" {
		t.Errorf("%+v", deal)
	}
}

func TestWorkAndTimeInTablesOfTheHost(t *testing.T) {
	_, lead := preset(t, "lead")
	call := lifestage.Activity{Kind: "call", Text: "Ring back", Planned: true}
	decision, err := lead.Log(ada, call, sam, noon)
	planned := granted(t, decision, err)
	rows := []lifestage.Row{planned.Row}
	decision, err = lead.Finish(planned.Record, rows, planned.Row.Seq, sam, noon)
	rows = append(rows, granted(t, decision, err).Row)
	if rows[1].RefersTo != planned.Row.Seq {
		t.Errorf("%+v", rows[1])
	}
	again, err := lead.Finish(planned.Record, rows, planned.Row.Seq, sam, noon)
	must(t, err)
	if again.Outcome() != lifestage.OutcomeRefused {
		t.Errorf("%+v", again)
	}

	definition := strings.Replace(busy, `"category": "open", "actions"`, `"category": "open", "idle": "2d", "actions"`, 1)
	definition = strings.Replace(definition, `"roles":`,
		`"sla": [{"id": "answer", "name": "Answer", "within": "4h", "in": ["talking"], "met_by": ["call"]}], "roles":`, 1)
	definition = strings.Replace(definition, `"edit_fields"`, `"edit_fields", "publish", "migrate"`, 1)
	pipeline, err := lifestage.ParseDefinition([]byte(definition))
	must(t, err)
	defer pipeline.Close()
	record := lifestage.Record{ID: "b-1", Pipeline: "busy", Stage: "talking", EnteredAt: noon}
	decision, err = pipeline.CatchUp(record, nil, true, sam, noon)
	var had []lifestage.Entry
	for _, effect := range granted(t, decision, err).Effects {
		had = append(had, lifestage.Entry{Effect: effect, State: "pending", ReadyAt: noon})
	}
	greeted := slices.IndexFunc(had, func(one lifestage.Entry) bool { return one.Effect.Action == "greet" })
	decision, err = pipeline.CatchUp(record, had[greeted:greeted+1], true, sam, noon)
	if given := granted(t, decision, err).Effects; len(given) != 1 || given[0].Action != "call" {
		t.Errorf("%+v", given)
	}
	decision, err = pipeline.CatchUp(record, had, true, sam, noon)
	must(t, err)
	if decision.Outcome() != lifestage.OutcomeUnchanged {
		t.Errorf("%+v", decision)
	}
	idle, err := pipeline.Idle(record, nil, []time.Time{noon.Add(time.Hour)}, noon.Add(50*time.Hour))
	must(t, err)
	if idle == nil || time.Duration(*idle) != time.Hour {
		t.Errorf("%v", idle)
	}
	decision, err = pipeline.Decide(lifestage.Record{ID: "b-2", Pipeline: "busy", Stage: "new"}, lifestage.Move("talk"), sam, noon)
	moved := granted(t, decision, err)
	breach := moved.Effects[len(moved.Effects)-1]
	notice, err := pipeline.Notice(breach, moved.Record, []lifestage.Row{moved.Row}, nil, noon.Add(time.Hour))
	must(t, err)
	if notice.Outcome != lifestage.OutcomePostponed || !notice.Until.Equal(noon.Add(4*time.Hour)) {
		t.Errorf("%+v of %+v", notice, breach)
	}
	migration := lifestage.Migration{
		ID: "tidy", Pipeline: "busy", Into: "busy", Version: 1, Map: lifestage.StageMap{"talking": {To: "new"}},
		Reason: "tidying up", Actor: sam, StartedAt: noon,
	}
	decision, err = pipeline.Migrate(record, nil, migration, noon)
	if moved := granted(t, decision, err); moved.Record.Stage != "new" || moved.Row.From.Label != "Talking" {
		t.Errorf("%+v", moved.Row)
	}
	mark := &lifestage.StageMark{ID: "talking", Label: "Once called so", Outcome: "open"}
	decision, err = pipeline.Migrate(record, mark, migration, noon)
	if moved := granted(t, decision, err); moved.Row.From.Label != "Once called so" {
		t.Errorf("%+v", moved.Row)
	}
}

func TestWhatIsAskedForAndWhoMay(t *testing.T) {
	_, lead := preset(t, "lead")
	asks, err := lead.Asks(lifestage.Move("mark_lost"))
	must(t, err)
	if len(asks) != 2 || asks[0].Name != "reason" || len(asks[0].OneOf) == 0 || !asks[1].Optional {
		t.Errorf("%+v", asks)
	}
	for role, may := range map[string]bool{"owner": true, "member": false} {
		can, err := lead.Can(ada, lifestage.NewActor("x", role), "erase")
		must(t, err)
		if can != may {
			t.Errorf("%s: %v", role, can)
		}
	}
	_, err = lead.Can(ada, sam, "fly")
	failure(t, err, lifestage.ErrInvalidInput)
}

func TestManyRecordsAtOnce(t *testing.T) {
	workspace := sqlite(t)
	for _, id := range []string{"lead-1", "lead-2", "lead-3"} {
		create(t, workspace, id)
	}
	preview, err := workspace.PreviewMigration(ctx, "lead", "", lifestage.StageMap{"new": {To: "engaged"}}, sam, 2)
	must(t, err)
	if preview.Total != 3 || len(preview.Records) != 2 || *preview.Records[0].To != "engaged" {
		t.Errorf("%+v", preview)
	}
	refused, err := workspace.PreviewMigration(ctx, "lead", "", nil, lifestage.NewActor("eve"), 2)
	must(t, err)
	if refused.Refusal() == nil {
		t.Errorf("%+v", refused)
	}
	_, err = workspace.Submit(ctx, "lead-1", lifestage.Move("mark_contacted"), sam, noon)
	must(t, err)
	definition, _ := preset(t, "lead")
	stricter := strings.Replace(string(definition), `"id": "mark_contacted",`, `"id": "mark_contacted", "when": "has(company)",`, 1)
	replay, err := workspace.Replay(ctx, []byte(stricter), []lifestage.Actor{sam})
	must(t, err)
	if replay.Judged != 4 || len(replay.Refused) != 1 || replay.Refused[0].Move != "mark_contacted" {
		t.Errorf("%+v", replay)
	}
	_, err = workspace.Merge(ctx, "lead-1", "lead-2", lifestage.Act{}, sam, noon)
	must(t, err)
	visits, err := workspace.UnitedVisits(ctx, "lead-1")
	must(t, err)
	whose := ""
	for _, visit := range visits {
		whose += visit.Record + " " + visit.Visit.Stage.ID + ", "
	}
	if whose != "lead-1 new, lead-1 contacted, lead-2 new, " && whose != "lead-1 new, lead-2 new, lead-1 contacted, " {
		t.Error(whose)
	}
}
