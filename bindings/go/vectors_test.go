package lifestage_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

// vector is a request with a known answer, as tests/vectors/README.md describes it.
type vector struct {
	Name       string             `json:"name"`
	Cites      []string           `json:"cites"`
	Op         string             `json:"op"`
	Definition string             `json:"definition"`
	Record     lifestage.Record   `json:"record"`
	Tail       lifestage.Record   `json:"tail"`
	Actor      lifestage.Actor    `json:"actor"`
	Now        time.Time          `json:"now"`
	Request    *lifestage.Request `json:"request"`
	Creation   json.RawMessage    `json:"creation"`
	Edit       json.RawMessage    `json:"edit"`
	Wish       json.RawMessage    `json:"wish"`
	Row        uint64             `json:"row"`
	Reason     string             `json:"reason"`
	Salt       string             `json:"salt"`
	Stage      string             `json:"stage"`
	Steps      []vector           `json:"steps"`
	Publish    []string           `json:"publish"`
	Names      map[string]string  `json:"names"`
	Criteria   string             `json:"criteria"`
	Facts      lifestage.Fields   `json:"facts"`
	Revision   json.RawMessage    `json:"revision"`
	Occupancy  map[string]uint64  `json:"occupancy"`
	Rows       []lifestage.Row    `json:"rows"`
	Expect     json.RawMessage    `json:"expect"`
}

type object = map[string]any

func TestVectors(t *testing.T) {
	files, err := filepath.Glob("../../tests/vectors/*.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d files of vectors, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			must(t, err)
			var file struct {
				Format      int                        `json:"format"`
				Count       int                        `json:"count"`
				Definitions map[string]json.RawMessage `json:"definitions"`
				Vectors     []json.RawMessage          `json:"vectors"`
			}
			must(t, json.Unmarshal(text, &file))
			if file.Format != 1 || file.Count == 0 {
				t.Fatalf("format %d with %d vectors", file.Format, file.Count)
			}
			runner := runner{pipelines: map[string]*lifestage.Pipeline{}, documents: map[string][]byte{}}
			for id, definition := range file.Definitions {
				runner.load(t, id, definition)
			}
			ran := 0
			for _, raw := range file.Vectors {
				var about struct{ Name, Op string }
				must(t, json.Unmarshal(raw, &about))
				t.Run(about.Name, func(t *testing.T) {
					if about.Op == "batch" {
						var one batchVector
						exact(t, raw, &one)
						runner.batch(t, &one)
					} else {
						var one vector
						strict(t, raw, &one)
						runner.run(t, &one)
					}
					ran++
				})
			}
			if ran != file.Count {
				t.Errorf("%d of %d vectors ran", ran, file.Count)
			}
		})
	}
}

type runner struct {
	pipelines map[string]*lifestage.Pipeline
	documents map[string][]byte
}

func (r *runner) load(t *testing.T, id string, definition []byte) {
	var preset struct{ Preset string }
	must(t, json.Unmarshal(definition, &preset))
	if preset.Preset != "" {
		ready, err := lifestage.Preset(preset.Preset)
		must(t, err)
		definition = ready
	}
	pipeline, err := lifestage.ParseDefinition(definition)
	must(t, err)
	t.Cleanup(func() { pipeline.Close() })
	r.pipelines[id], r.documents[id] = pipeline, definition
}

func (r *runner) run(t *testing.T, v *vector) {
	pipeline := r.pipelines[v.Definition]
	switch v.Op {
	case "journal":
		r.journal(t, pipeline, v)
	case "workspace":
		r.workspace(t, v)
	case "criteria":
		judged, err := lifestage.Criteria(v.Names, v.Criteria, v.Facts)
		same(t, v.Expect, judgement(t, judged, err))
	case "verify":
		fault, err := lifestage.Verify(v.Record, v.Rows)
		must(t, err)
		if fault == nil {
			same(t, v.Expect, "holds")
			return
		}
		same(t, v.Expect, object{"row": fault.Row, "fault": fault.Fault})
	case "explain":
		explained, err := pipeline.Explain(v.Record, v.Actor, v.Now)
		must(t, err)
		offers, err := pipeline.Moves(v.Record, v.Actor, v.Now)
		must(t, err)
		same(t, v.Expect, explanation(explained, offers))
	case "deeds":
		deeds, err := pipeline.Deeds(v.Record, v.Actor, v.Now)
		must(t, err)
		told := []object{}
		for _, deed := range deeds {
			told = append(told, object{"deed": deed.Deed, "standing": standing(deed.Standing), "who_could": deed.WhoCould})
		}
		same(t, v.Expect, told)
	case "route":
		route, err := pipeline.Route(v.Record, v.Stage, v.Actor)
		must(t, err)
		if route == nil {
			same(t, v.Expect, object{"steps": nil})
			return
		}
		steps := []object{}
		for _, step := range route.Steps {
			steps = append(steps, object{
				"move": step.Move, "to": step.To, "asks": texts(step.Asks), "conditions": texts(step.Conditions),
				"approval": step.Approval,
			})
		}
		same(t, v.Expect, object{"steps": steps})
	case "revise":
		var wanted lifestage.Revision
		must(t, json.Unmarshal(v.Revision, &wanted))
		revised, err := pipeline.Revise(wanted, v.Occupancy, v.Actor)
		must(t, err)
		same(t, v.Expect, revision(revised))
	case "merge":
		merge, err := pipeline.Merge(v.Record, v.Tail, wish[lifestage.Act](t, v), v.Actor, v.Now)
		must(t, err)
		same(t, v.Expect, merged(t, merge))
	default:
		decision := decide(t, pipeline, v, v.Record, nil)
		same(t, v.Expect, projected(t, decision, false))
	}
}

func decide(
	t *testing.T, pipeline *lifestage.Pipeline, v *vector, record lifestage.Record, rows []lifestage.Row,
) lifestage.Decision {
	var options []lifestage.Option
	if v.Salt != "" {
		var salt [16]byte
		_, err := hex.Decode(salt[:], []byte(v.Salt))
		must(t, err)
		options = append(options, lifestage.WithSalt(salt))
	}
	if v.Request != nil && v.Op != "decide" {
		options = append(options, lifestage.WithRequest(*v.Request))
	}
	actor, now := v.Actor, v.Now
	decision, err := func() (lifestage.Decision, error) {
		switch v.Op {
		case "decide":
			return pipeline.Decide(record, *v.Request, actor, now, options...)
		case "create":
			return pipeline.Create(record, part[lifestage.Creation](t, v.Creation), actor, now, options...)
		case "edit":
			return pipeline.Edit(record, part[lifestage.Edit](t, v.Edit), actor, now, options...)
		case "undo":
			return pipeline.Undo(record, rows, v.Row, v.Reason, actor, now, options...)
		case "withdraw":
			return pipeline.Withdraw(record, v.Row, actor, now, options...)
		case "assign":
			return pipeline.Assign(record, wish[lifestage.Assignment](t, v), actor, now, options...)
		case "log":
			return pipeline.Log(record, wish[lifestage.Activity](t, v), actor, now, options...)
		case "trash":
			return pipeline.Trash(record, wish[lifestage.Act](t, v), actor, now, options...)
		case "restore":
			return pipeline.Restore(record, wish[lifestage.Act](t, v), actor, now, options...)
		case "convert":
			return pipeline.Convert(record, wish[lifestage.Conversion](t, v), actor, now, options...)
		case "erase":
			return pipeline.Erase(record, wish[lifestage.Erasure](t, v), actor, now, options...)
		case "carry_out":
			return pipeline.CarryOut(record, wish[lifestage.CarryOut](t, v), actor, now, options...)
		default:
			return nil, errors.New("there is no operation " + v.Op)
		}
	}()
	must(t, err)
	return decision
}

func (r *runner) journal(t *testing.T, pipeline *lifestage.Pipeline, v *vector) {
	record, rows := v.Record, []lifestage.Row(nil)
	for i := range v.Steps {
		step := &v.Steps[i]
		decision := decide(t, pipeline, step, record, rows)
		same(t, step.Expect, projected(t, decision, step.Salt != ""))
		if change := lifestage.ChangeOf(decision); change != nil {
			record = change.Record
			rows = append(rows, change.Row)
		}
	}
	fault, err := lifestage.Verify(record, rows)
	must(t, err)
	if fault != nil {
		t.Errorf("the journal does not hold: %+v", fault)
	}
	visits, err := lifestage.Visits(rows)
	must(t, err)
	told := []object{}
	for _, visit := range visits {
		one := toJSON(t, visit).(object)
		one["stage"] = nil
		if visit.Stage != nil {
			one["stage"] = visit.Stage.ID
		}
		told = append(told, one)
	}
	same(t, v.Expect, object{"visits": told})
}

func (r *runner) workspace(t *testing.T, v *vector) {
	ctx := context.Background()
	workspace, err := lifestage.OpenMemory("tenant")
	must(t, err)
	defer workspace.Close()
	admin, at := lifestage.NewActor("admin"), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, id := range v.Publish {
		published, err := workspace.Publish(ctx, r.documents[id], nil, admin, at)
		must(t, err)
		if published.Outcome != lifestage.OutcomePublished {
			t.Fatalf("%s: %s", id, published.Outcome)
		}
	}
	for i := range v.Steps {
		step := &v.Steps[i]
		id := step.Record.ID
		var answer *lifestage.Answer
		switch step.Op {
		case "create":
			creation := part[lifestage.Creation](t, step.Creation)
			answer, err = workspace.Create(ctx, step.Record, creation, step.Actor, step.Now)
		case "decide":
			answer, err = workspace.Submit(ctx, id, *step.Request, step.Actor, step.Now)
		case "edit":
			answer, err = workspace.Edit(ctx, id, part[lifestage.Edit](t, step.Edit), step.Actor, step.Now)
		case "carry_out":
			answer, err = workspace.CarryOut(ctx, id, wish[lifestage.CarryOut](t, step), step.Actor, step.Now)
		case "convert":
			converted, err := workspace.Convert(ctx, id, wish[lifestage.Conversion](t, step), step.Actor, step.Now)
			must(t, err)
			told := object{"outcome": converted.Outcome, "how": converted.How}
			if refusal := converted.Refusal(); refusal != nil {
				told = refused(refusal)
			}
			same(t, step.Expect, told)
			continue
		default:
			t.Fatalf("there is no step %s", step.Op)
		}
		must(t, err)
		told := object{"outcome": answer.Outcome}
		if answer.Written() {
			told["record"], told["row"] = plain(t, *answer.Record, *answer.Row, false)
			told["effects"], told["repeated"] = effects(answer.Effects), answer.Repeated
		} else if refusal := answer.Refusal(); refusal != nil {
			told = refused(refusal)
		} else {
			told["stage"] = answer.Stage
		}
		same(t, step.Expect, told)
	}
}

func projected(t *testing.T, decision lifestage.Decision, salted bool) any {
	switch decision := decision.(type) {
	case lifestage.Unchanged:
		return object{"outcome": decision.Outcome(), "stage": decision.Stage}
	case lifestage.Refused:
		return refused(&decision.Refusal)
	default:
		return change(t, decision.Outcome(), lifestage.ChangeOf(decision), salted)
	}
}

func change(t *testing.T, outcome lifestage.Outcome, change *lifestage.Change, salted bool) object {
	record, row := plain(t, change.Record, change.Row, salted)
	return object{"outcome": outcome, "record": record, "row": row, "effects": effects(change.Effects)}
}

func merged(t *testing.T, merge *lifestage.Merge) any {
	switch merge.Outcome {
	case lifestage.OutcomeMerged:
		return object{
			"outcome": merge.Outcome, "head": change(t, lifestage.OutcomeMoved, merge.Head, false),
			"tail": change(t, lifestage.OutcomeMoved, merge.Tail, false),
		}
	case lifestage.OutcomeRefused:
		return refused(&lifestage.Refusal{Reasons: merge.Reasons, Route: merge.Route})
	default:
		return object{"outcome": merge.Outcome, "stage": merge.Stage}
	}
}

// plain leaves out what a random salt gave.
func plain(t *testing.T, record lifestage.Record, row lifestage.Row, salted bool) (object, object) {
	one, other := toJSON(t, record).(object), toJSON(t, row).(object)
	if !salted {
		delete(one, "head")
		for _, random := range []string{"salt", "personal", "effects", "previous", "hash"} {
			delete(other, random)
		}
	}
	return one, other
}

func effects(all []lifestage.Effect) []lifestage.Effect {
	if all == nil {
		return []lifestage.Effect{}
	}
	return all
}

func refused(refusal *lifestage.Refusal) object {
	told := object{"outcome": "refused", "reasons": reasons(refusal.Reasons)}
	if refusal.Route != nil {
		told["route"] = moves(refusal.Route)
	}
	return told
}

func reasons(all []lifestage.Reason) []object {
	told := []object{}
	for _, reason := range all {
		parameters := reason.Parameters
		if parameters == nil {
			parameters = lifestage.Fields{}
		}
		told = append(told, object{"code": reason.Code, "parameters": parameters})
	}
	return told
}

func moves(route *lifestage.Route) []string {
	told := []string{}
	for _, step := range route.Steps {
		told = append(told, step.Move)
	}
	return told
}

func standing(standing lifestage.Standing) any {
	switch {
	case standing.Allowed:
		return "allowed"
	case standing.Here:
		return "here"
	default:
		return reasons(standing.Reasons)
	}
}

func explanation(explained *lifestage.Explanation, offers []lifestage.Offer) object {
	buttons, moving, stages := [][2]string{}, []object{}, []object{}
	for _, offer := range offers {
		buttons = append(buttons, [2]string{offer.ID, offer.Label})
	}
	for _, one := range explained.Moves {
		moving = append(moving, object{
			"id": one.ID, "to": one.To, "standing": standing(one.Standing), "asks": texts(one.Asks),
			"who_could": one.WhoCould,
		})
	}
	for _, one := range explained.Stages {
		stage := object{"id": one.ID, "standing": standing(one.Standing), "route": nil}
		if one.Route != nil {
			stage["route"] = moves(one.Route)
		}
		stages = append(stages, stage)
	}
	return object{"buttons": buttons, "moves": moving, "stages": stages}
}

func judgement(t *testing.T, judged *lifestage.Judgement, err error) any {
	if err != nil {
		failure := new(lifestage.Error)
		if !errors.As(err, &failure) || !errors.Is(err, lifestage.ErrInvalidCriteria) {
			t.Fatal(err)
		}
		kinds := []string{}
		for _, one := range failure.CriteriaErrors() {
			kinds = append(kinds, one.Kind)
		}
		return object{"errors": kinds}
	}
	failures := []object{}
	for _, one := range judged.Failures {
		values := one.Values
		if values == nil {
			values = lifestage.Fields{}
		}
		failure := object{
			"text": one.Text, "truth": one.Truth, "missing": texts(one.Missing), "wrong": texts(one.Wrong),
			"values": values, "reason": nil,
		}
		if one.Reason != "" {
			failure["reason"] = one.Reason
		}
		failures = append(failures, failure)
	}
	return object{"truth": judged.Truth, "canonical": judged.Canonical, "failures": failures}
}

func revision(revised *lifestage.Revised) any {
	switch revised.Outcome {
	case lifestage.OutcomeAccepted:
		records := revised.Map
		if records == nil {
			records = lifestage.StageMap{}
		}
		return object{
			"outcome": revised.Outcome, "version": revised.Version, "meaning": revised.Meaning,
			"differences": revised.Differences, "map": records, "undo": revised.Undo,
		}
	case lifestage.OutcomeRefused:
		return refused(&lifestage.Refusal{Reasons: revised.Reasons, Route: revised.Route})
	default:
		return object{"outcome": revised.Outcome}
	}
}

func texts(all []string) []string { return append([]string{}, all...) }

// part reads a part of a vector, all of it.
func part[T any](t *testing.T, text json.RawMessage) T {
	t.Helper()
	var read T
	if text != nil {
		strict(t, text, &read)
	}
	return read
}

func wish[T any](t *testing.T, v *vector) T {
	t.Helper()
	return part[T](t, v.Wish)
}

func strict(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	must(t, decoder.Decode(into))
}

// exact reads numbers as they are written.
func exact(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	must(t, decoder.Decode(into))
}

// toJSON is a value as JSON has it, where 5 and 5.0 differ.
func toJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	return parse(t, text)
}

func parse(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	must(t, decoder.Decode(&value))
	return known(value)
}

// known drops members that are null: those and members that are not there mean the same in records and rows.
func known(value any) any {
	switch value := value.(type) {
	case object:
		for name, member := range value {
			if member == nil {
				delete(value, name)
			} else {
				value[name] = known(member)
			}
		}
	case []any:
		for i, member := range value {
			value[i] = known(member)
		}
	}
	return value
}

func same(t *testing.T, expected json.RawMessage, found any) {
	t.Helper()
	want, got := parse(t, expected), toJSON(t, found)
	if !reflect.DeepEqual(want, got) {
		one, _ := json.MarshalIndent(want, "", " ")
		other, _ := json.MarshalIndent(got, "", " ")
		t.Errorf("expected\n%s\nfound\n%s", one, other)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
