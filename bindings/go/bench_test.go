package lifestage_test

import (
	"testing"

	"github.com/lifestage/lifestage/bindings/go"
)

// asked are what a benchmark of verdicts asks for.
func asked(b *testing.B) (*lifestage.Pipeline, lifestage.StageIx, lifestage.MoveIx, lifestage.Who) {
	pipeline := guarded(b)
	stage, err := pipeline.StageIx("showed")
	must(b, err)
	move, err := pipeline.MoveIx("start_negotiation")
	must(b, err)
	roles, err := pipeline.Roles("sales")
	must(b, err)
	return pipeline, stage, move, lifestage.Who{Roles: roles}
}

func BenchmarkVerdictByIDs(b *testing.B) {
	pipeline, stage, move, who := asked(b)
	facts := guardedFacts(b, pipeline, 7000, "", "", true)
	symbolic(b, pipeline, facts, map[string]string{"source": "web", "email": "ada@example.com"})
	b.ReportAllocs()
	for b.Loop() {
		if verdict, err := pipeline.Verdict(stage, move, who, facts); err != nil || verdict > 9 {
			b.Fatal(verdict, err)
		}
	}
}

func BenchmarkVerdictByWords(b *testing.B) {
	pipeline, stage, move, who := asked(b)
	facts := guardedFacts(b, pipeline, 7000, "", "", true)
	symbolic(b, pipeline, facts, map[string]string{"source": "web", "email": "ada@example.com"})
	words, err := pipeline.Words(facts)
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if verdict, err := pipeline.VerdictByWords(stage, move, who, words); err != nil || verdict > 9 {
			b.Fatal(verdict, err)
		}
	}
}

func BenchmarkVerdictWithText(b *testing.B) {
	pipeline, stage, move, who := asked(b)
	facts := guardedFacts(b, pipeline, 7000, "web", "ada@example.com", true)
	b.ReportAllocs()
	for b.Loop() {
		if verdict, err := pipeline.Verdict(stage, move, who, facts); err != nil || verdict > 9 {
			b.Fatal(verdict, err)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	pipeline := guarded(b)
	record := lifestage.Record{ID: "lead-1", Stage: "showed", Fields: lifestage.Fields{
		"budget": 7000, "source": "web", "email": "ada@example.com", "consent": true,
	}}
	request, actor := lifestage.Move("start_negotiation"), lifestage.NewActor("sam", "sales")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pipeline.Decide(record, request, actor, noon); err != nil {
			b.Fatal(err)
		}
	}
}
