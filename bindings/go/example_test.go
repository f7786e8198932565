package lifestage_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

func Example() {
	definition, err := lifestage.Preset("lead")
	if err != nil {
		log.Fatal(err)
	}
	pipeline, err := lifestage.ParseDefinition(definition)
	if err != nil {
		log.Fatal(err)
	}
	defer pipeline.Close()

	lead := lifestage.Record{ID: "lead-42", Stage: "new", Fields: lifestage.Fields{"email": "ada@example.com"}}
	sam := lifestage.NewActor("sam", "sales")
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

	buttons, err := pipeline.Moves(lead, sam, now)
	if err != nil {
		log.Fatal(err)
	}
	for _, button := range buttons {
		fmt.Printf("[%s]\n", button.Label)
	}
	for _, move := range []string{"mark_contacted", "mark_won"} {
		decision, err := pipeline.Decide(lead, lifestage.Move(move), sam, now)
		if err != nil {
			log.Fatal(err)
		}
		switch decision := decision.(type) {
		case lifestage.Moved:
			// Write all of decision.Change in one transaction.
			lead = decision.Change.Record
			fmt.Println("now", lead.Stage)
		case lifestage.Refused:
			fmt.Println(decision)
			for _, step := range decision.Route.Steps {
				fmt.Println("  first:", step.Label)
			}
		}
	}
	// Output:
	// [Mark contacted]
	// [Mark lost]
	// [Mark dormant]
	// now contacted
	// `Mark won` does not start at Contacted
	//   first: Mark engaged
	//   first: Set appointment
	//   first: Mark showed
	//   first: Start negotiation
	//   first: Mark won
}

func ExampleWorkspace() {
	ctx := context.Background()
	workspace, err := lifestage.OpenMemory("acme") // or OpenSQLite("crm.db", "acme")
	if err != nil {
		log.Fatal(err)
	}
	defer workspace.Close()
	definition, err := lifestage.Preset("lead")
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	mia := lifestage.NewActor("mia", "owner")
	if _, err := workspace.Publish(ctx, definition, nil, mia, now); err != nil {
		log.Fatal(err)
	}
	lead := lifestage.Record{ID: "lead-1", Pipeline: "lead", Fields: lifestage.Fields{"name": "Ada"}}
	if _, err := workspace.Create(ctx, lead, lifestage.Creation{}, mia, now); err != nil {
		log.Fatal(err)
	}
	request := lifestage.Move("mark_lost").With("reason", "price")
	answer, err := workspace.Submit(ctx, "lead-1", request, mia, now.Add(time.Hour))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Outcome, answer.Record.Stage)
	for row, err := range workspace.History(ctx, "lead-1") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Seq, row.Kind, row.To.Label)
	}
	_, err = workspace.Submit(ctx, "lead-2", request, mia, now)
	fmt.Println(errors.Is(err, lifestage.ErrNoRecord))
	// Output:
	// moved lost
	// 1 creation New
	// 2 move Lost
	// true
}

func ExampleWorker() {
	ctx := context.Background()
	workspace, err := lifestage.OpenMemory("acme")
	if err != nil {
		log.Fatal(err)
	}
	defer workspace.Close()
	definition, err := lifestage.Preset("sales_stages")
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ada := lifestage.NewActor("ada", "admin")
	if _, err := workspace.Publish(ctx, definition, nil, ada, now); err != nil {
		log.Fatal(err)
	}
	facts := lifestage.Fields{"name": "Mo", "email": "mo@example.com", "property": "Elm Street 1"}
	mo := lifestage.Record{ID: "mo", Fields: facts}
	if _, err := workspace.Create(ctx, mo, lifestage.Creation{Stage: "made_contact"}, ada, now); err != nil {
		log.Fatal(err)
	}
	smtp := errors.New("451 try again later")

	worker := lifestage.Worker{Workspace: workspace, Handlers: map[lifestage.EffectKind]lifestage.Handler{
		lifestage.EffectSendEmail: func(ctx context.Context, mail *lifestage.Delivery) (lifestage.Handled, error) {
			fmt.Println("to", mail.Effect.Args["to"], "attempt", mail.Attempt)
			return lifestage.HandledDelivered, smtp // or lifestage.GiveUp(err), when there is no use in trying again
		},
	}}
	for range 2 {
		round, err := worker.RunOnce(ctx, now)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("delivered", round.Delivered, "retried", round.Retried)
		due, err := worker.NextDue(ctx)
		if err != nil {
			log.Fatal(err)
		}
		now, smtp = due, nil // sleep until then
	}
	// Output:
	// to mo@example.com attempt 1
	// delivered 3 retried 1
	// to mo@example.com attempt 2
	// delivered 1 retried 0
}

func ExampleWorkspace_Import() {
	ctx := context.Background()
	workspace, err := lifestage.OpenMemory("acme")
	if err != nil {
		log.Fatal(err)
	}
	defer workspace.Close()
	definition, err := lifestage.Preset("lead")
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	mia := lifestage.NewActor("mia", "owner")
	if _, err := workspace.Publish(ctx, definition, nil, mia, now); err != nil {
		log.Fatal(err)
	}

	file := lifestage.CSV("Lead ID;E-mail;Status\n7;ada@example.com;Contacted\n8;bea@example.com;Enaged\n")
	done, err := workspace.Import(ctx, "lead", file, lifestage.ImportOptions{}, mia, now)
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range done.Rows {
		fmt.Println(row.Line, row.Outcome)
		for _, cell := range row.Cells {
			fmt.Println("  ", cell.Text, "may be", cell.Near)
		}
	}
	// Output:
	// 2 created
	// 3 faulty
	//    Enaged may be [Engaged]
}

func ExamplePipeline_Verdict() {
	definition := []byte(`{
		"id": "deals", "name": "Deals", "fields": {"budget": "int", "source": "string"},
		"categories": [{"id": "open", "name": "Open", "outcome": "open"}],
		"stages": [
			{"id": "inbox", "name": "Inbox", "category": "open", "default": true},
			{"id": "talks", "name": "Talks", "category": "open"}
		],
		"roles": {"sales": {"can": ["move"]}},
		"policy": {"moves": [{
			"id": "talk", "label": "Talk", "from": "inbox", "to": "talks", "when": "budget >= 5000 && source == \"web\""
		}]}
	}`)
	pipeline, err := lifestage.ParseDefinition(definition)
	if err != nil {
		log.Fatal(err)
	}
	defer pipeline.Close()

	// Names become positions once.
	inbox, _ := pipeline.StageIx("inbox")
	talk, _ := pipeline.MoveIx("talk")
	sales, _ := pipeline.Roles("sales")
	budget, _ := pipeline.SlotIx("budget")
	source, _ := pipeline.SlotIx("source")
	_, _, slots, _ := pipeline.Size()

	facts := make([]lifestage.Fact, slots)
	facts[source] = lifestage.Text("web")
	for _, amount := range []int64{7000, 700} {
		facts[budget] = lifestage.Int(amount)
		verdict, err := pipeline.Verdict(inbox, talk, lifestage.Who{Roles: sales}, facts)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(amount, verdict)
	}
	// Output:
	// 7000 stage 1
	// 700 unmet
}

func ExampleCriteria() {
	names := map[string]string{"budget": "int", "email": "string"}
	judged, err := lifestage.Criteria(names, `budget >= 5000 && email != ""`, lifestage.Fields{"budget": 7000})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(judged.Truth)
	for _, failure := range judged.Failures {
		fmt.Println(failure.Text, "is", failure.Truth, "without", failure.Missing)
	}
	// Output:
	// unknown
	// email != "" is unknown without [email]
}
