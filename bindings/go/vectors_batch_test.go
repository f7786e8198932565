package lifestage_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

// batchVector is many requests as columns, as tests/vectors/README.md describes them.
type batchVector struct {
	Name        string           `json:"name"`
	Cites       []string         `json:"cites"`
	Op          string           `json:"op"`
	Definition  string           `json:"definition"`
	Stages      []*string        `json:"stages"`
	Moves       []string         `json:"moves"`
	Roles       [][]string       `json:"roles"`
	Owned       []bool           `json:"owned"`
	ForwardOnly bool             `json:"forward_only"`
	Facts       map[string][]any `json:"facts"`
	Expect      struct {
		Verdicts []string `json:"verdicts"`
	} `json:"expect"`
}

// batch judges a vector as a batch.
func (r *runner) batch(t *testing.T, v *batchVector) {
	pipeline := r.pipelines[v.Definition]
	rows := len(v.Expect.Verdicts)
	stages, moves, roles := make([]uint16, rows), make([]uint32, rows), make([]uint64, rows)
	for i := range rows {
		stages[i], moves[i] = 0xffff, 0xffff_ffff
		if v.Stages[i] != nil {
			stage, err := pipeline.StageIx(*v.Stages[i])
			must(t, err)
			stages[i] = uint16(stage)
		}
		if move, err := pipeline.MoveIx(v.Moves[i]); err == nil {
			moves[i] = uint32(move)
		}
		set, err := pipeline.Roles(v.Roles[i]...)
		must(t, err)
		roles[i] = uint64(set)
	}
	batch := &lifestage.Batch{
		Stages: lifestage.NumbersOf(stages), Moves: lifestage.NumbersOf(moves), Roles: lifestage.NumbersOf(roles),
		Owners: lifestage.Bits{Column: flagsOf(v.Owned)}, ForwardOnly: v.ForwardOnly,
	}
	for name, values := range v.Facts {
		slot, err := pipeline.SlotIx(name)
		must(t, err)
		batch.Facts = append(batch.Facts, column(t, slot, r.fieldType(t, v.Definition, name), values))
	}
	verdicts := make([]lifestage.Verdict, rows)
	must(t, pipeline.DecideBatch(batch, verdicts))
	refusals := map[lifestage.Verdict]string{
		lifestage.NotFromStage: "!not_from_stage", lifestage.Denied: "!denied", lifestage.Unmet: "!unmet",
		lifestage.MissingInput: "!missing_input", lifestage.NeedsApproval: "!needs_approval",
	}
	for i, verdict := range verdicts {
		word, refused := refusals[verdict]
		if stage, moved := verdict.Stage(); moved {
			var err error
			word, err = pipeline.StageID(stage)
			must(t, err)
		} else if !refused {
			t.Fatalf("row %d: %v is no verdict", i, verdict)
		}
		if word != v.Expect.Verdicts[i] {
			t.Errorf("row %d: %s, not %s", i, word, v.Expect.Verdicts[i])
		}
	}
}

func flagsOf(values []bool) []byte {
	if values == nil {
		return nil
	}
	flags := make([]byte, len(values))
	for i, value := range values {
		if value {
			flags[i] = 1
		}
	}
	return flags
}

// fieldType is the type that a definition gives a field; inputs of the vectors are texts.
func (r *runner) fieldType(t *testing.T, definition, name string) string {
	var document struct {
		Fields map[string]json.RawMessage `json:"fields"`
	}
	must(t, json.Unmarshal(r.documents[definition], &document))
	raw, known := document.Fields[name]
	if !known {
		return "string"
	}
	var short string
	if json.Unmarshal(raw, &short) == nil {
		return short
	}
	var long struct{ Type string }
	must(t, json.Unmarshal(raw, &long))
	return long.Type
}

// column is a column of facts, with which rows have a value.
func column(t *testing.T, slot lifestage.SlotIx, kind string, values []any) lifestage.Column {
	present := make([]byte, len(values))
	for i, value := range values {
		if value != nil {
			present[i] = 1
		}
	}
	var made lifestage.Column
	switch kind {
	case "int":
		made = lifestage.IntColumn(slot, each(values, func(value any) int64 {
			number, err := value.(json.Number).Int64()
			must(t, err)
			return number
		}))
	case "double":
		made = lifestage.DoubleColumn(slot, each(values, func(value any) float64 {
			number, err := value.(json.Number).Float64()
			must(t, err)
			return number
		}))
	case "bool":
		made = lifestage.BoolColumn(slot, lifestage.Bits{
			Column: flagsOf(each(values, func(value any) bool { return value.(bool) })),
		})
	case "timestamp":
		made = lifestage.MicrosColumn(slot, each(values, func(value any) int64 {
			at, err := time.Parse(time.RFC3339Nano, value.(string))
			must(t, err)
			return at.UnixMicro()
		}))
	case "duration":
		made = lifestage.MicrosColumn(slot, each(values, func(value any) int64 {
			span, err := time.ParseDuration(value.(string))
			must(t, err)
			return span.Microseconds()
		}))
	default:
		made = lifestage.TextColumn(slot, each(values, func(value any) string { return value.(string) }))
	}
	return made.Present(lifestage.Bits{Column: present})
}

// each reads every value that is there.
func each[T any](values []any, read func(any) T) []T {
	all := make([]T, len(values))
	for i, value := range values {
		if value != nil {
			all[i] = read(value)
		}
	}
	return all
}
