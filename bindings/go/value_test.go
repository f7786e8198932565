package lifestage_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

func TestFieldsKeepTheirTypes(t *testing.T) {
	fields := lifestage.Fields{
		"bool": true, "int": int64(math.MinInt64), "whole": 5.0, "zero": math.Copysign(0, -1), "big": 1e300,
		"text": "späť \u0000", "list": []string{"a", ""}, "none": []string{},
	}
	text, err := json.Marshal(fields)
	must(t, err)
	var read lifestage.Fields
	must(t, json.Unmarshal(text, &read))
	if !reflect.DeepEqual(fields, read) || !math.Signbit(read["zero"].(float64)) {
		t.Errorf("%s became %#v", text, read)
	}
}

func TestFieldsTakeWhatPeopleHave(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 1999, time.FixedZone("CET", 3600))
	text, err := json.Marshal(lifestage.Fields{
		"a": 5, "b": uint8(6), "c": float32(0.5), "d": at, "e": 90 * time.Minute, "f": nil,
		"g": lifestage.NewValue("x"), "h": []string(nil),
	})
	must(t, err)
	want := `{"a":5,"b":6,"c":0.5,"d":"2026-03-02T09:00:00.000001Z","e":"5400s","f":null,"g":"x","h":[]}`
	if string(text) != want {
		t.Errorf("%s", text)
	}
	for _, wrong := range []any{math.NaN(), math.Inf(1), "\xff", []string{"\xff"}, struct{}{}, map[string]any{}} {
		if text, err := json.Marshal(lifestage.Fields{"a": wrong}); err == nil {
			t.Errorf("%v became %s", wrong, text)
		}
	}
	for _, wrong := range []string{`{"a":{}}`, `{"a":[1]}`, `{"a":99999999999999999999}`, `[]`} {
		if err := json.Unmarshal([]byte(wrong), new(lifestage.Fields)); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
}

func TestSpans(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "-1.5h": -90 * time.Minute, "14d": 14 * 24 * time.Hour, "1d12h": 36 * time.Hour,
		"-1d12h": -36 * time.Hour, "5ms": 5 * time.Millisecond, "7us": 7 * time.Microsecond, "0.5d": 12 * time.Hour,
	} {
		var span lifestage.Span
		must(t, span.UnmarshalText([]byte(text)))
		if time.Duration(span) != want {
			t.Errorf("%s is %v, not %v", text, time.Duration(span), want)
		}
		var again lifestage.Span
		must(t, again.UnmarshalText([]byte(span.String())))
		if again != span {
			t.Errorf("%s became %s", text, span)
		}
	}
	for _, wrong := range []string{"", "d", "soon", "5", "1e9d"} {
		if err := new(lifestage.Span).UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("`%s` was read", wrong)
		}
	}
}

func TestWhatIsNotKnownIsKept(t *testing.T) {
	given := `{"record":{"id":"a","version":1,"seq":1,"visit":1,"definition":1,"new":{"x":[1]}},` +
		`"row":{"record":"a","seq":1,"kind":"move","pipeline":"p","definition":1,"reason":"","actor":"sam",` +
		`"effective_at":"2026-03-02T09:00:00Z","recorded_at":"2026-03-02T09:00:00Z","version_after":1,"personal":"",` +
		`"effects":"","previous":"","hash":"","later":null},"expected_version":0,"expected_seq":0,"more":5.0,` +
		`"updates":["hold",{"end_visit":{"visit":3}},{"report":{"seq":1,"index":0,"done":true}},` +
		`{"give":{"seq":1,"index":0,"to":"mia"}},{"reopen":{"seq":1,"index":2}},{"undo":{"seq":4}}]}`
	var change lifestage.Change
	must(t, json.Unmarshal([]byte(given), &change))
	text, err := json.Marshal(change)
	must(t, err)
	var want, got map[string]any
	must(t, json.Unmarshal([]byte(given), &want))
	must(t, json.Unmarshal(text, &got))
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s\nbecame\n%s", given, text)
	}
	change.Row.Reason = "later"
	text, err = json.Marshal(change.Row)
	must(t, err)
	var row lifestage.Row
	must(t, json.Unmarshal(text, &row))
	if row.Reason != "later" {
		t.Errorf("%s", text)
	}
}

func TestTextsThatAreNotUTF8AreRefused(t *testing.T) {
	pipeline := guarded(t)
	move := lifestage.Move("mark_contacted")
	for _, one := range []struct {
		record  lifestage.Record
		request lifestage.Request
		actor   lifestage.Actor
	}{
		{lifestage.Record{ID: "\xff", Stage: "new"}, move, sam},
		{lifestage.Record{ID: "a", Stage: "new", Memory: &lifestage.Memory{Fired: []string{"\xff"}}}, move, sam},
		{lifestage.Record{ID: "a", Stage: "new", Links: map[lifestage.Link]string{"\xff": "b"}}, move, sam},
		{lifestage.Record{ID: "a", Stage: "new"}, lifestage.Move("\xff"), sam},
		{lifestage.Record{ID: "a", Stage: "new"}, move, lifestage.NewActor("sam", "sales", "\xff")},
	} {
		_, err := pipeline.Decide(one.record, one.request, one.actor, noon)
		failure(t, err, lifestage.ErrInvalidUTF8)
	}
	// What only looks like it is none of that.
	record := lifestage.Record{ID: "\ufffd", Stage: "new", Fields: lifestage.Fields{"source": `\ufffd`}}
	decision, err := pipeline.Decide(record, move, sam, noon)
	must(t, err)
	if change := lifestage.ChangeOf(decision); change == nil || change.Record.ID != "\ufffd" ||
		change.Record.Fields["source"] != `\ufffd` {
		t.Errorf("%+v", decision)
	}
}

// What a program gives to the library comes back as a refusal, an error or a change, and never as a crash; and what was
// read is written as it came.
func FuzzDecide(f *testing.F) {
	f.Add([]byte(`{"id":"lead-1","stage":"new"}`), []byte(`{"move":"mark_contacted"}`), "sales")
	f.Add([]byte(`{"id":"lead-1","stage":"showed","fields":{"budget":7000,"source":"web"}}`),
		[]byte(`{"to":"negotiating","force":"because"}`), "manager")
	f.Add([]byte(`{"id":"","stage":null,"memory":{"visits":[["a",1]]}}`), []byte(`{"move":"","input":{"x":-0.0}}`), "")
	f.Add([]byte(`{"id":"a","x":1}`), []byte(`{}`), "\xff")
	pipeline := guarded(f)
	f.Fuzz(func(t *testing.T, recordText, requestText []byte, role string) {
		var record lifestage.Record
		var request lifestage.Request
		if json.Unmarshal(recordText, &record) != nil || json.Unmarshal(requestText, &request) != nil {
			return
		}
		once, err := json.Marshal(record)
		if err != nil {
			return
		}
		var again lifestage.Record
		must(t, json.Unmarshal(once, &again))
		twice, err := json.Marshal(again)
		must(t, err)
		if string(once) != string(twice) {
			t.Errorf("%s became %s", once, twice)
		}
		decision, err := pipeline.Decide(record, request, lifestage.NewActor("sam", role), noon)
		if err != nil {
			// What a record had that is not known is given back as it came, be it no UTF-8.
			if !errors.Is(err, lifestage.ErrInvalidUTF8) {
				failure(t, err, lifestage.ErrInvalidInput)
			}
			return
		}
		if change := lifestage.ChangeOf(decision); change != nil {
			fault, err := lifestage.Verify(change.Record, []lifestage.Row{change.Row})
			must(t, err)
			if change.ExpectedSeq == 0 && fault != nil {
				t.Errorf("%+v", fault)
			}
		}
	})
}
