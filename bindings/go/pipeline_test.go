package lifestage_test

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func guarded(t testing.TB) *lifestage.Pipeline {
	t.Helper()
	definition, err := os.ReadFile("testdata/guarded.json")
	must(t, err)
	pipeline, err := lifestage.ParseDefinition(definition)
	must(t, err)
	t.Cleanup(func() { pipeline.Close() })
	return pipeline
}

func preset(t testing.TB, id string) ([]byte, *lifestage.Pipeline) {
	t.Helper()
	definition, err := lifestage.Preset(id)
	must(t, err)
	pipeline, err := lifestage.ParseDefinition(definition)
	must(t, err)
	t.Cleanup(func() { pipeline.Close() })
	return definition, pipeline
}

// failure is an error of lifestage with this code.
func failure(t testing.TB, err error, code lifestage.Code) *lifestage.Error {
	t.Helper()
	told := new(lifestage.Error)
	if !errors.As(err, &told) || !errors.Is(err, code) || told.Code != code || told.Name != code.Error() {
		t.Fatalf("expected %v, found %v", code, err)
	}
	return told
}

func TestADefinitionThatIsNotSoundSaysAllThatIsWrong(t *testing.T) {
	_, err := lifestage.ParseDefinition([]byte(`{"id": "x", "name": "X", "stages": [], "colour": 1}`))
	findings := failure(t, err, lifestage.ErrInvalidDefinition).Findings()
	if len(findings) < 2 || findings[0].Code.Number() == 0 || findings[0].Message == "" {
		t.Errorf("%+v", findings)
	}
	_, err = lifestage.ParseDefinition([]byte("{"))
	findings = failure(t, err, lifestage.ErrInvalidDefinition).Findings()
	if len(findings) != 1 || findings[0].Code != lifestage.FindingSyntax {
		t.Errorf("%+v", findings)
	}
	_, err = lifestage.ParseDefinition([]byte("\xff"))
	failure(t, err, lifestage.ErrInvalidUTF8)
}

func TestIconsAndPalette(t *testing.T) {
	icons, err := lifestage.Icons()
	must(t, err)
	if len(icons) != 32 || icons[0] != (lifestage.Icon{Name: "check", Group: "status_and_progress"}) {
		t.Errorf("%v", icons)
	}
	palette, err := lifestage.Palette()
	must(t, err)
	if len(palette) != 8 || palette[1] != (lifestage.NamedColour{Name: "blue", Colour: "#2563eb"}) {
		t.Errorf("%v", palette)
	}
}

func TestCheckAndDiffAndPresets(t *testing.T) {
	ids, err := lifestage.Presets()
	must(t, err)
	if len(ids) < 5 {
		t.Errorf("%v", ids)
	}
	for _, id := range ids {
		definition, err := lifestage.Preset(id)
		must(t, err)
		findings, err := lifestage.Check(definition)
		must(t, err)
		for _, finding := range findings {
			if finding.Severity != "warning" {
				t.Errorf("%s: %+v", id, finding)
			}
		}
	}
	_, err = lifestage.Preset("nothing")
	failure(t, err, lifestage.ErrInvalidInput)
	for _, text := range []string{"", "{", "[]", `"text"`} {
		findings, err := lifestage.Check([]byte(text))
		must(t, err)
		if len(findings) == 0 {
			t.Errorf("nothing is wrong with `%s`", text)
		}
	}
	old, _ := preset(t, "lead")
	renamed := []byte(strings.Replace(string(old), `"Mark won"`, `"Close as won"`, 1))
	diff, err := lifestage.Diff(old, renamed)
	must(t, err)
	if len(diff.Differences) != 1 || diff.Differences[0].ID != "mark_won" || *diff.Differences[0].New != "Close as won" {
		t.Errorf("%+v", diff)
	}
	_, err = lifestage.Diff(old, []byte("{"))
	failure(t, err, lifestage.ErrInvalidInput)
}

func TestDescribeAndDefinition(t *testing.T) {
	definition, pipeline := preset(t, "lead")
	described, err := pipeline.Describe()
	must(t, err)
	id, err := pipeline.ID()
	must(t, err)
	if described.ID != "lead" || id != "lead" || described.Version != 1 || len(described.Meaning) != 64 {
		t.Errorf("%+v", described)
	}
	told, err := pipeline.Definition()
	must(t, err)
	diff, err := lifestage.Diff(definition, told)
	must(t, err)
	if len(diff.Differences) != 0 {
		t.Errorf("%+v", diff)
	}
	actions, err := pipeline.Actions(
		lifestage.Record{ID: "a", Stage: "new"}, lifestage.NewActor("sam", "sales"), noon)
	must(t, err)
	if len(actions) != 1 || actions[0].Kind != lifestage.EffectScheduleMeeting || actions[0].Name == "" {
		t.Errorf("%+v", actions)
	}
}

func TestVerdicts(t *testing.T) {
	pipeline := guarded(t)
	stages, moves, slots, err := pipeline.Size()
	must(t, err)
	if stages != 9 || moves != 10 || slots < 4 {
		t.Fatalf("%d stages, %d moves, %d slots", stages, moves, slots)
	}
	showed, err := pipeline.StageIx("showed")
	must(t, err)
	negotiating, err := pipeline.StageIx("negotiating")
	must(t, err)
	start, err := pipeline.MoveIx("start_negotiation")
	must(t, err)
	sales, err := pipeline.Roles("sales", "nobody")
	must(t, err)
	if id, err := pipeline.MoveID(start); err != nil || id != "start_negotiation" {
		t.Errorf("%s, %v", id, err)
	}
	if id, err := pipeline.StageID(showed); err != nil || id != "showed" {
		t.Errorf("%s, %v", id, err)
	}
	sam := lifestage.Who{Roles: sales}
	facts := guardedFacts(t, pipeline, 7000, "web", "ada@example.com", true)
	for _, one := range []struct {
		name  string
		stage lifestage.StageIx
		who   lifestage.Who
		facts []lifestage.Fact
		want  lifestage.Verdict
	}{
		{"granted", showed, sam, facts, lifestage.Verdict(negotiating)},
		{"another stage", negotiating, sam, facts, lifestage.NotFromStage},
		{"no stage", lifestage.NoStage, sam, facts, lifestage.NotFromStage},
		{"no role", showed, lifestage.Who{}, facts, lifestage.Denied},
		{"no facts", showed, sam, nil, lifestage.Unmet},
		{"a small budget", showed, sam, guardedFacts(t, pipeline, 4999, "web", "a", true), lifestage.Unmet},
		{"another source", showed, sam, guardedFacts(t, pipeline, 7000, "ads", "a", true), lifestage.Unmet},
		{"no text", showed, sam, guardedFacts(t, pipeline, 7000, "web", "", true), lifestage.Unmet},
		{"many", showed, sam, append(facts, make([]lifestage.Fact, 100)...), lifestage.Verdict(negotiating)},
		{
			"a long text", showed, sam,
			guardedFacts(t, pipeline, 7000, "web", strings.Repeat("a", 1000), true), lifestage.Verdict(negotiating),
		},
	} {
		found, err := pipeline.Verdict(one.stage, start, one.who, one.facts)
		must(t, err)
		if found != one.want {
			t.Errorf("%s: %v, not %v", one.name, found, one.want)
		}
	}
	if stage, granted := lifestage.Verdict(negotiating).Stage(); !granted || stage != negotiating {
		t.Error("the stage of a verdict")
	}
	if _, granted := lifestage.Denied.Stage(); granted || lifestage.Denied.String() != "denied" {
		t.Error("a verdict that is no stage")
	}
	open, err := pipeline.OpenMoves(showed, sam, facts, nil)
	must(t, err)
	if len(open) != 3 {
		t.Errorf("%v", open)
	}
	_, err = pipeline.StageIx("nowhere")
	failure(t, err, lifestage.ErrInvalidArgument)
}

// guardedFacts puts facts where the pipeline wants them.
func guardedFacts(
	t testing.TB, pipeline *lifestage.Pipeline, budget int64, source, email string, consent bool,
) []lifestage.Fact {
	t.Helper()
	_, _, slots, err := pipeline.Size()
	must(t, err)
	facts := make([]lifestage.Fact, slots)
	for name, fact := range map[string]lifestage.Fact{
		"budget": lifestage.Int(budget), "source": lifestage.Text(source), "email": lifestage.Text(email),
		"consent": lifestage.Bool(consent),
	} {
		slot, err := pipeline.SlotIx(name)
		must(t, err)
		facts[slot] = fact
	}
	return facts
}

// symbolic turns the texts of facts into symbols.
func symbolic(t testing.TB, pipeline *lifestage.Pipeline, facts []lifestage.Fact, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		slot, err := pipeline.SlotIx(name)
		must(t, err)
		symbol, err := pipeline.Symbol(slot, text)
		must(t, err)
		facts[slot] = lifestage.SymbolFact(symbol)
	}
}

func TestWordsSayWhatFactsSay(t *testing.T) {
	pipeline := guarded(t)
	start, err := pipeline.MoveIx("start_negotiation")
	must(t, err)
	showed, err := pipeline.StageIx("showed")
	must(t, err)
	roles, err := pipeline.Roles("sales")
	must(t, err)
	who := lifestage.Who{Roles: roles}
	for _, budget := range []int64{0, 4999, 5000, 1 << 40} {
		facts := guardedFacts(t, pipeline, budget, "", "", true)
		_, err := pipeline.Words(facts)
		failure(t, err, lifestage.ErrInvalidArgument)
		symbolic(t, pipeline, facts, map[string]string{"source": "referral", "email": "ada@example.com"})
		words, err := pipeline.Words(facts)
		must(t, err)
		byFacts, err := pipeline.Verdict(showed, start, who, facts)
		must(t, err)
		byWords, err := pipeline.VerdictByWords(showed, start, who, words)
		must(t, err)
		if granted := byFacts < lifestage.NeedsApproval; byFacts != byWords || granted != (budget >= 5000) {
			t.Errorf("budget %d: %v by facts, %v by words", budget, byFacts, byWords)
		}
	}
}

func TestVerdictsAllocateNothing(t *testing.T) {
	pipeline := guarded(t)
	start, err := pipeline.MoveIx("start_negotiation")
	must(t, err)
	facts := guardedFacts(t, pipeline, 7000, "web", "ada@example.com", true)
	if count := testing.AllocsPerRun(1000, func() {
		_, _ = pipeline.Verdict(4, start, lifestage.Who{Roles: 7}, facts)
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
}

func TestBatchesSayWhatVerdictsSay(t *testing.T) {
	pipeline := guarded(t)
	const rows = 5000
	stages, moves, roles := make([]uint8, rows), make([]lifestage.MoveIx, rows), make([]uint8, rows)
	budgets, sources, emails := make([]uint32, rows), make([]string, rows), make([]lifestage.Symbol, rows)
	flags := make([]byte, rows)
	slot := func(name string) lifestage.SlotIx {
		found, err := pipeline.SlotIx(name)
		must(t, err)
		return found
	}
	email, err := pipeline.Symbol(slot("email"), "ada@example.com")
	must(t, err)
	for i := range rows {
		stages[i], moves[i], roles[i] = uint8(i%10), lifestage.MoveIx(i/10%11), uint8(i/7%8)
		if stages[i] == 9 {
			stages[i] = 255
		}
		budgets[i], sources[i] = uint32(i%10000), []string{"web", "ads", "referral"}[i%3]
		emails[i] = email
		flags[i] = byte(i % 16)
	}
	batch := &lifestage.Batch{
		Stages: lifestage.NumbersOf(stages), Moves: lifestage.NumbersOf(moves), Roles: lifestage.NumbersOf(roles),
		Owners: lifestage.Bits{Column: flags, Bit: 2},
		Facts: []lifestage.Column{
			lifestage.NaturalColumn(slot("budget"), budgets),
			lifestage.TextColumn(slot("source"), sources),
			lifestage.SymbolColumn(slot("email"), emails),
			lifestage.BoolColumn(slot("consent"), lifestage.Bits{Column: flags, Bit: 1}).
				Present(lifestage.Bits{Column: flags, Bit: 0}),
		},
	}
	verdicts, narrow := make([]lifestage.Verdict, rows), make([]uint8, rows)
	must(t, pipeline.DecideBatch(batch, verdicts))
	must(t, pipeline.DecideBatchNarrow(batch, narrow))
	granted := 0
	for i := range rows {
		facts := guardedFacts(t, pipeline, int64(budgets[i]), sources[i], "ada@example.com", flags[i]&2 != 0)
		if flags[i]&1 == 0 {
			facts[slot("consent")] = lifestage.Fact{}
		}
		stage := lifestage.StageIx(stages[i])
		if stages[i] == 255 {
			stage = lifestage.NoStage
		}
		who := lifestage.Who{Roles: lifestage.RoleSet(roles[i]), Owner: flags[i]&4 != 0}
		want, err := pipeline.Verdict(stage, moves[i], who, facts)
		must(t, err)
		if verdicts[i] != want || narrow[i] != uint8(want) {
			t.Fatalf("row %d: %v and %d, not %v", i, verdicts[i], narrow[i], want)
		}
		if _, moved := want.Stage(); moved {
			granted++
		}
	}
	if granted == 0 {
		t.Error("nothing was granted")
	}
	failure(t, pipeline.DecideBatch(batch, verdicts[1:]), lifestage.ErrInvalidBatch)
	batch.Facts[0] = lifestage.NaturalColumn(slot("budget"), budgets[1:])
	failure(t, pipeline.DecideBatch(batch, verdicts), lifestage.ErrInvalidBatch)
	must(t, pipeline.DecideBatch(new(lifestage.Batch), nil))
}

func TestAClosedPipelineSaysSo(t *testing.T) {
	_, pipeline := preset(t, "lead")
	must(t, pipeline.Close())
	must(t, pipeline.Close())
	_, err := pipeline.Describe()
	failure(t, err, lifestage.ErrClosed)
	_, err = pipeline.Verdict(0, 0, lifestage.Who{}, nil)
	failure(t, err, lifestage.ErrClosed)
	_, err = pipeline.OpenMoves(0, lifestage.Who{}, nil, nil)
	failure(t, err, lifestage.ErrClosed)
	_, err = pipeline.ID()
	failure(t, err, lifestage.ErrClosed)
	failure(t, pipeline.DecideBatch(new(lifestage.Batch), nil), lifestage.ErrClosed)
}

func TestPipelinesAreSharedAndClosedUnderUse(t *testing.T) {
	definition, err := os.ReadFile("testdata/guarded.json")
	must(t, err)
	pipeline, err := lifestage.ParseDefinition(definition)
	must(t, err)
	start, err := pipeline.MoveIx("start_negotiation")
	must(t, err)
	facts := guardedFacts(t, pipeline, 7000, "web", "ada@example.com", true)
	var running sync.WaitGroup
	for range 8 {
		running.Add(1)
		go func() {
			defer running.Done()
			for {
				_, err := pipeline.Verdict(4, start, lifestage.Who{Roles: 7}, facts)
				if errors.Is(err, lifestage.ErrClosed) {
					return
				}
				record := lifestage.Record{ID: "lead-1", Stage: "new"}
				_, err = pipeline.Decide(
					record, lifestage.Move("mark_contacted"), lifestage.NewActor("sam", "sales"), noon)
				if err != nil && !errors.Is(err, lifestage.ErrClosed) {
					t.Error(err)
				}
			}
		}()
	}
	time.Sleep(20 * time.Millisecond)
	must(t, pipeline.Close())
	runtime.GC()
	running.Wait()
	runtime.GC()
}
