// Package bench holds lifestage beside other state machines of Go: the same guarded decisions, checked before they are
// timed. It is a module of its own, so that the binding depends on none of them.
package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/lifestage/lifestage/bindings/go"
	"github.com/looplab/fsm"
	"github.com/qmuntal/stateless"
)

var (
	stages = []string{
		"new", "contacted", "engaged", "appointment_set", "showed", "negotiating", "won", "lost", "dormant",
	}
	moves = []string{
		"mark_contacted", "mark_engaged", "set_appointment", "mark_showed", "no_show", "start_negotiation", "mark_won",
		"mark_lost", "mark_dormant", "revive",
	}
	roles = []string{"owner", "manager", "sales"}
	// arrows are pairs of move and target, by stage.
	arrows = [][][2]int{
		{{0, 1}, {7, 7}, {8, 8}}, {{1, 2}, {7, 7}, {8, 8}}, {{2, 3}, {0, 1}, {7, 7}, {8, 8}},
		{{3, 4}, {4, 2}, {7, 7}, {8, 8}}, {{5, 5}, {1, 2}, {7, 7}}, {{6, 6}, {7, 7}, {1, 2}}, {}, {{9, 1}}, {{9, 1}},
	}
)

const (
	startNegotiation = 5
	markWon          = 6
	markDormant      = 8
	requests         = 1 << 14
)

type lead struct {
	budget  int64
	source  string
	email   string
	consent bool
}

type request struct {
	stage, move, role int
	lead              *lead
	// want is the stage after, the one before when the request is refused.
	want int
}

// draw makes requests, most of them for moves that leave the stage.
func draw() []request {
	random := rand.New(rand.NewPCG(20261121, 6))
	leads := make([]lead, 1024)
	for i := range leads {
		leads[i] = lead{
			random.Int64N(50000), []string{"web", "web", "referral", "referral", "ads"}[random.IntN(5)],
			"ada@example.com", random.IntN(20) > 0,
		}
		if random.IntN(20) == 0 {
			leads[i].email = ""
		}
	}
	all := make([]request, requests)
	for i := range all {
		one := request{stage: random.IntN(9), move: random.IntN(10), role: random.IntN(3), lead: &leads[random.IntN(1024)]}
		if leaving := arrows[one.stage]; len(leaving) > 0 && random.IntN(5) > 0 {
			one.move = leaving[random.IntN(len(leaving))][0]
		}
		one.want = one.stage
		for _, arrow := range arrows[one.stage] {
			if arrow[0] == one.move && may(one.move, one.role) && meets(one.move, one.lead) {
				one.want = arrow[1]
			}
		}
		all[i] = one
	}
	return all
}

func may(move, role int) bool {
	return !(move == markWon && role == 2) && !(move == markDormant && role == 0)
}

func meets(move int, lead *lead) bool {
	if move != startNegotiation && move != markWon {
		return true
	}
	return lead.budget >= 5000 && slices.Contains([]string{"web", "referral"}, lead.source) && lead.email != "" && lead.consent
}

// run checks an engine, then times it.
func run(b *testing.B, decide func(*request) int) {
	all := draw()
	for i := range all {
		if found := decide(&all[i]); found != all[i].want {
			b.Fatalf("request %+v: %d", all[i], found)
		}
	}
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		decide(&all[at%requests])
		at++
	}
}

// ours is the pipeline, with its positions by ours.
type ours struct {
	*lifestage.Pipeline
	moves                          []lifestage.MoveIx
	roles                          []lifestage.RoleSet
	budget, source, email, consent lifestage.SlotIx
	facts                          []lifestage.Fact
}

func pipeline(b *testing.B) *ours {
	definition, err := os.ReadFile("../testdata/guarded.json")
	must(b, err)
	parsed, err := lifestage.ParseDefinition(definition)
	must(b, err)
	b.Cleanup(func() { parsed.Close() })
	found := &ours{Pipeline: parsed}
	for i, id := range stages {
		if ix, err := parsed.StageIx(id); err != nil || int(ix) != i {
			b.Fatal(id, ix, err)
		}
	}
	for _, id := range moves {
		ix, err := parsed.MoveIx(id)
		must(b, err)
		found.moves = append(found.moves, ix)
	}
	for _, id := range roles {
		bits, err := parsed.Roles(id)
		must(b, err)
		found.roles = append(found.roles, bits)
	}
	for name, slot := range map[string]*lifestage.SlotIx{
		"budget": &found.budget, "source": &found.source, "email": &found.email, "consent": &found.consent,
	} {
		*slot, err = parsed.SlotIx(name)
		must(b, err)
	}
	_, _, slots, err := parsed.Size()
	must(b, err)
	found.facts = make([]lifestage.Fact, slots)
	return found
}

// after is the stage of a verdict.
func after(b *testing.B, request *request, verdict lifestage.Verdict, err error) int {
	must(b, err)
	if stage, granted := verdict.Stage(); granted {
		return int(stage)
	}
	return request.stage
}

func (o *ours) words(b *testing.B, all map[*lead]*lifestage.Words, lead *lead) *lifestage.Words {
	if known := all[lead]; known != nil {
		return known
	}
	source, err := o.Symbol(o.source, lead.source)
	must(b, err)
	email, err := o.Symbol(o.email, lead.email)
	must(b, err)
	o.facts[o.budget], o.facts[o.consent] = lifestage.Int(lead.budget), lifestage.Bool(lead.consent)
	o.facts[o.source], o.facts[o.email] = lifestage.SymbolFact(source), lifestage.SymbolFact(email)
	all[lead], err = o.Words(o.facts)
	must(b, err)
	return all[lead]
}

func BenchmarkLifestageIDs(b *testing.B) {
	pipeline := pipeline(b)
	byLead := map[*lead]*lifestage.Words{}
	type prepared struct {
		words *lifestage.Words
		move  lifestage.MoveIx
		who   lifestage.Who
	}
	// Interning is not timed.
	all := draw()
	asked := make([]prepared, requests)
	for i := range all {
		one := &all[i]
		asked[i] = prepared{
			pipeline.words(b, byLead, one.lead), pipeline.moves[one.move], lifestage.Who{Roles: pipeline.roles[one.role]},
		}
	}
	for i := range all {
		verdict, err := pipeline.VerdictByWords(lifestage.StageIx(all[i].stage), asked[i].move, asked[i].who, asked[i].words)
		if found := after(b, &all[i], verdict, err); found != all[i].want {
			b.Fatalf("request %+v: %d", all[i], found)
		}
	}
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		i := at % requests
		_, _ = pipeline.VerdictByWords(lifestage.StageIx(all[i].stage), asked[i].move, asked[i].who, asked[i].words)
		at++
	}
}

func BenchmarkLifestageText(b *testing.B) {
	pipeline := pipeline(b)
	run(b, func(one *request) int {
		facts := pipeline.facts
		facts[pipeline.budget], facts[pipeline.consent] = lifestage.Int(one.lead.budget), lifestage.Bool(one.lead.consent)
		facts[pipeline.source], facts[pipeline.email] = lifestage.Text(one.lead.source), lifestage.Text(one.lead.email)
		verdict, err := pipeline.Verdict(lifestage.StageIx(one.stage), pipeline.moves[one.move],
			lifestage.Who{Roles: pipeline.roles[one.role]}, facts)
		return after(b, one, verdict, err)
	})
}

func BenchmarkLifestageBatch(b *testing.B) {
	pipeline := pipeline(b)
	all := draw()
	froms, asked, bits := make([]uint8, requests), make([]lifestage.MoveIx, requests), make([]lifestage.RoleSet, requests)
	budgets, sources, emails := make([]int64, requests), make([]lifestage.Symbol, requests), make([]lifestage.Symbol, requests)
	flags, verdicts := make([]byte, requests), make([]lifestage.Verdict, requests)
	for i := range all {
		one := &all[i]
		froms[i], asked[i], bits[i], budgets[i] = uint8(one.stage), pipeline.moves[one.move], pipeline.roles[one.role], one.lead.budget
		var err error
		sources[i], err = pipeline.Symbol(pipeline.source, one.lead.source)
		must(b, err)
		emails[i], err = pipeline.Symbol(pipeline.email, one.lead.email)
		must(b, err)
		if one.lead.consent {
			flags[i] = 1
		}
	}
	batch := &lifestage.Batch{
		Stages: lifestage.NumbersOf(froms), Moves: lifestage.NumbersOf(asked), Roles: lifestage.NumbersOf(bits),
		Facts: []lifestage.Column{
			lifestage.IntColumn(pipeline.budget, budgets), lifestage.SymbolColumn(pipeline.source, sources),
			lifestage.SymbolColumn(pipeline.email, emails),
			lifestage.BoolColumn(pipeline.consent, lifestage.Bits{Column: flags}),
		},
	}
	must(b, pipeline.DecideBatch(batch, verdicts))
	for i := range all {
		if found := after(b, &all[i], verdicts[i], nil); found != all[i].want {
			b.Fatalf("request %+v: %d", all[i], found)
		}
	}
	rounds := 0
	for b.Loop() {
		must(b, pipeline.DecideBatch(batch, verdicts))
		rounds++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rounds*requests), "ns/row")
}

func BenchmarkMapsByHand(b *testing.B) {
	table := map[string]map[string]string{}
	for from, leaving := range arrows {
		table[stages[from]] = map[string]string{}
		for _, arrow := range leaving {
			table[stages[from]][moves[arrow[0]]] = stages[arrow[1]]
		}
	}
	positions := map[string]int{}
	for i, id := range stages {
		positions[id] = i
	}
	run(b, func(one *request) int {
		to, listed := table[stages[one.stage]][moves[one.move]]
		if !listed || !may(one.move, one.role) || !meets(one.move, one.lead) {
			return one.stage
		}
		return positions[to]
	})
}

func BenchmarkLooplab(b *testing.B) {
	var events fsm.Events
	for move, id := range moves {
		for from, leaving := range arrows {
			for _, arrow := range leaving {
				if arrow[0] == move {
					events = append(events, fsm.EventDesc{Name: id, Src: []string{stages[from]}, Dst: stages[arrow[1]]})
				}
			}
		}
	}
	refused := errors.New("refused")
	callbacks := fsm.Callbacks{}
	for move, id := range moves {
		callbacks["before_"+id] = func(_ context.Context, event *fsm.Event) {
			if one := event.Args[0].(*request); !may(move, one.role) || !meets(move, one.lead) {
				event.Cancel(refused)
			}
		}
	}
	machine := fsm.NewFSM("new", events, callbacks)
	ctx := context.Background()
	run(b, func(one *request) int {
		machine.SetState(stages[one.stage])
		if machine.Event(ctx, moves[one.move], one) != nil {
			return one.stage
		}
		return slices.Index(stages, machine.Current())
	})
}

func BenchmarkStateless(b *testing.B) {
	var now stateless.State
	machine := stateless.NewStateMachineWithExternalStorage(
		func(context.Context) (stateless.State, error) { return now, nil },
		func(_ context.Context, state stateless.State) error { now = state; return nil }, stateless.FiringImmediate)
	for from, leaving := range arrows {
		configured := machine.Configure(from)
		for _, arrow := range leaving {
			move := arrow[0]
			configured.Permit(move, arrow[1], func(_ context.Context, args ...any) bool {
				one := args[0].(*request)
				return may(move, one.role) && meets(move, one.lead)
			})
		}
	}
	ctx := context.Background()
	run(b, func(one *request) int {
		now = one.stage
		if machine.FireCtx(ctx, one.move, one) != nil {
			return one.stage
		}
		return now.(int)
	})
}

// must does not call Helper, which costs more than a decision.
func must(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}
