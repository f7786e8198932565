package lifestage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

// talking is a workspace with mails to be sent to these records.
func talking(t testing.TB, ids ...string) *lifestage.Workspace {
	t.Helper()
	workspace := sqlite(t)
	_, err := workspace.Publish(ctx, []byte(busy), nil, sam, noon)
	must(t, err)
	for _, id := range ids {
		record := lifestage.Record{ID: id, Pipeline: "busy", Fields: lifestage.Fields{"email": id + "@example.com"}}
		_, err := workspace.Create(ctx, record, lifestage.Creation{}, sam, noon)
		must(t, err)
		_, err = workspace.Submit(ctx, id, lifestage.Move("talk"), sam, noon)
		must(t, err)
	}
	return workspace
}

func mailTo(t testing.TB, workspace *lifestage.Workspace, id string) lifestage.Entry {
	t.Helper()
	for _, entry := range all(t, workspace.Outbox(ctx, lifestage.OutboxQuery{Record: id})) {
		if entry.Effect.Kind == lifestage.EffectSendEmail {
			return entry
		}
	}
	t.Fatal("no mail")
	return lifestage.Entry{}
}

func mailer(workspace *lifestage.Workspace, handler lifestage.Handler) *lifestage.Worker {
	return &lifestage.Worker{
		Workspace: workspace,
		Handlers:  map[lifestage.EffectKind]lifestage.Handler{lifestage.EffectSendEmail: handler},
	}
}

func TestAWorkerDeliversWhatIsDue(t *testing.T) {
	workspace := talking(t, "b-1", "b-2", "b-3")
	var sent []string
	worker := mailer(workspace, func(_ context.Context, mail *lifestage.Delivery) (lifestage.Handled, error) {
		sent = append(sent, mail.Effect.Args["to"].(string))
		return lifestage.HandledDelivered, nil
	})
	worker.Batch = 2
	due, err := worker.NextDue(ctx)
	must(t, err)
	if !due.Equal(noon) {
		t.Errorf("due at %v", due)
	}
	round, err := worker.RunOnce(ctx, noon)
	must(t, err)
	// Three mails, and three tasks that are on the list.
	if round.Delivered != 6 || round.Total() != 6 || len(round.Errors) != 0 {
		t.Errorf("%+v", round)
	}
	slices.Sort(sent)
	if strings.Join(sent, " ") != "b-1@example.com b-2@example.com b-3@example.com" {
		t.Errorf("%v", sent)
	}
	if tasks := all(t, workspace.Tasks(ctx, lifestage.TaskQuery{})); len(tasks) != 3 {
		t.Errorf("%d tasks", len(tasks))
	}
	again, err := worker.RunOnce(ctx, noon)
	must(t, err)
	if again.Total() != 0 {
		t.Errorf("%+v", again)
	}
	if due, err = worker.NextDue(ctx); err != nil || !due.IsZero() {
		t.Errorf("due at %v, %v", due, err)
	}
}

func TestWhatFailsIsTriedAgainAndGivenUp(t *testing.T) {
	workspace := talking(t, "b-1")
	failing := errors.New("mailbox full")
	worker := mailer(workspace, func(context.Context, *lifestage.Delivery) (lifestage.Handled, error) {
		return "", failing
	})
	worker.Attempts, worker.Wait = 2, time.Second
	round, err := worker.RunOnce(ctx, noon)
	must(t, err)
	entry := mailTo(t, workspace, "b-1")
	id := entry.Effect.ID()
	if round.Retried != 1 || len(round.Errors) != 1 || round.Errors[0] != (lifestage.RoundError{id, "mailbox full"}) {
		t.Errorf("%+v", round)
	}
	if wait := entry.ReadyAt.Sub(noon); wait < time.Second/2 || wait > time.Second || entry.Note != "mailbox full" {
		t.Errorf("%v, %+v", wait, entry)
	}
	round, err = worker.RunOnce(ctx, noon)
	must(t, err)
	if round.Total() != 0 {
		t.Errorf("it waits: %+v", round)
	}
	round, err = worker.RunOnce(ctx, entry.ReadyAt)
	must(t, err)
	if entry = mailTo(t, workspace, "b-1"); round.Dead != 1 || entry.State != "dead" {
		t.Errorf("%+v, %+v", round, entry)
	}
	revived, err := workspace.Revive(ctx, id, noon)
	must(t, err)
	failing = lifestage.GiveUp(errors.New("no such mailbox: \xff"))
	worker.Attempts = 8
	round, err = worker.RunOnce(ctx, noon)
	must(t, err)
	if entry = mailTo(t, workspace, "b-1"); !revived || round.Dead != 1 || entry.Note != "no such mailbox: \uFFFD" {
		t.Errorf("%+v, %+v", round, entry)
	}
}

func TestWhatFailsHoldsBackWhatComesAfterIt(t *testing.T) {
	workspace := sqlite(t)
	hail := `{"id": "hail", "name": "Hail", "kind": "send_email", "on": "enter", "with": {"to": "{{ email }}", "subject": "Hail"}}`
	twice := strings.Replace(busy, `{"id": "greet"`, hail+`, {"id": "greet"`, 1)
	_, err := workspace.Publish(ctx, []byte(twice), nil, sam, noon)
	must(t, err)
	record := lifestage.Record{ID: "b-1", Pipeline: "busy", Fields: lifestage.Fields{"email": "b-1@example.com"}}
	_, err = workspace.Create(ctx, record, lifestage.Creation{}, sam, noon)
	must(t, err)
	_, err = workspace.Submit(ctx, "b-1", lifestage.Move("talk"), sam, noon)
	must(t, err)
	var tried []string
	full := true
	worker := mailer(workspace, func(_ context.Context, mail *lifestage.Delivery) (lifestage.Handled, error) {
		tried = append(tried, mail.Effect.Args["subject"].(string))
		if full {
			return "", errors.New("mailbox full")
		}
		return lifestage.HandledDelivered, nil
	})
	round, err := worker.RunOnce(ctx, noon)
	must(t, err)
	if round.Retried != 1 || !slices.Equal(tried, []string{"Hail"}) {
		t.Errorf("%+v after %v", round, tried)
	}
	full = false
	due, err := worker.NextDue(ctx)
	must(t, err)
	_, err = worker.RunOnce(ctx, due)
	must(t, err)
	if !slices.Equal(tried, []string{"Hail", "Hail", "Hello"}) {
		t.Errorf("tried %v", tried)
	}
}

func TestAPanicOfAHandlerIsAFailure(t *testing.T) {
	workspace := talking(t, "b-1", "b-2")
	worker := mailer(workspace, func(_ context.Context, mail *lifestage.Delivery) (lifestage.Handled, error) {
		if mail.Effect.Record == "b-1" {
			panic("out of paper")
		}
		return lifestage.HandledDelivered, nil
	})
	round, err := worker.RunOnce(ctx, noon)
	must(t, err)
	if round.Retried != 1 || mailTo(t, workspace, "b-1").Note != "the handler panicked: out of paper" {
		t.Errorf("%+v", round)
	}
	if mailTo(t, workspace, "b-2").State != "delivered" {
		t.Error("one that fails stops others")
	}
}

func TestWhatAHandlerSaysByMistakeIsSeenAndNotSentAgain(t *testing.T) {
	workspace := talking(t, "b-1", "b-2")
	worker := mailer(workspace, func(_ context.Context, mail *lifestage.Delivery) (lifestage.Handled, error) {
		mail.Effect.Args["never"] = make(chan int)
		if mail.Effect.Record == "b-1" {
			return "sent", nil
		}
		return lifestage.HandledDelivered, nil
	})
	round, err := worker.RunOnce(ctx, noon)
	must(t, err)
	if round.Dead != 1 || mailTo(t, workspace, "b-1").State != "dead" || mailTo(t, workspace, "b-2").State != "delivered" {
		t.Errorf("%+v", round)
	}
}

func TestAnEndOfTheContextIsNoFailureOfTheHandler(t *testing.T) {
	workspace := talking(t, "b-1")
	over, cancel := context.WithCancel(ctx)
	worker := mailer(workspace, func(ctx context.Context, _ *lifestage.Delivery) (lifestage.Handled, error) {
		cancel()
		return "", fmt.Errorf("sending: %w", ctx.Err())
	})
	_, err := worker.RunOnce(over, noon)
	if mail := mailTo(t, workspace, "b-1"); !errors.Is(err, context.Canceled) || mail.State != "pending" || mail.Claims != mail.Excused {
		t.Errorf("%v, %+v", err, mail)
	}
}

func TestAContextThatEndsGivesTheRestBack(t *testing.T) {
	workspace := talking(t, "b-1", "b-2", "b-3")
	over, cancel := context.WithCancel(ctx)
	calls := 0
	worker := mailer(workspace, func(context.Context, *lifestage.Delivery) (lifestage.Handled, error) {
		calls++
		cancel()
		return lifestage.HandledDelivered, nil
	})
	round, err := worker.RunOnce(over, noon)
	if !errors.Is(err, context.Canceled) || calls != 1 || round.Delivered != 4 {
		t.Errorf("%v, %d calls, %+v", err, calls, round)
	}
	// What was not begun is there for others at once.
	round, err = worker.RunOnce(ctx, noon)
	must(t, err)
	if calls != 3 || round.Delivered != 2 {
		t.Errorf("%d calls, %+v", calls, round)
	}
}

func TestWhatAHandlerDoesMayCallOthersOff(t *testing.T) {
	workspace := talking(t, "b-1", "b-2")
	var handled []string
	worker := &lifestage.Worker{Workspace: workspace, Handlers: map[lifestage.EffectKind]lifestage.Handler{
		lifestage.EffectCreateTask: func(_ context.Context, task *lifestage.Delivery) (lifestage.Handled, error) {
			handled = append(handled, task.Effect.Record)
			for _, id := range []string{"b-1", "b-2"} {
				_, err := workspace.Submit(ctx, id, lifestage.Move("win"), sam, noon)
				must(t, err)
			}
			return lifestage.HandledDelivered, nil
		},
	}}
	_, err := worker.RunOnce(ctx, noon)
	must(t, err)
	if len(handled) != 1 {
		t.Errorf("the stay of the other is over, and it was handled: %v", handled)
	}
}

func TestAHandlerMayDoTheWork(t *testing.T) {
	workspace := talking(t, "b-1")
	worker := &lifestage.Worker{Workspace: workspace, Handlers: map[lifestage.EffectKind]lifestage.Handler{
		lifestage.EffectCreateTask: func(context.Context, *lifestage.Delivery) (lifestage.Handled, error) {
			return lifestage.HandledDone, nil
		},
	}}
	_, err := worker.RunOnce(ctx, noon)
	must(t, err)
	if tasks := all(t, workspace.Tasks(ctx, lifestage.TaskQuery{})); len(tasks) != 0 {
		t.Errorf("%+v", tasks)
	}
}

func TestAWorkerWithALeaseThatIsOverLeavesTheRest(t *testing.T) {
	workspace := talking(t, "b-1", "b-2")
	calls := 0
	worker := mailer(workspace, func(context.Context, *lifestage.Delivery) (lifestage.Handled, error) {
		calls++
		time.Sleep(1100 * time.Millisecond)
		return lifestage.HandledDelivered, nil
	})
	worker.Lease = time.Second
	taken, err := workspace.Take(ctx, []lifestage.EffectKind{lifestage.EffectNotify}, noon, 0, worker.WorkerOptions)
	must(t, err)
	if time.Duration(taken.Lease) != worker.Lease {
		t.Errorf("%v", taken.Lease)
	}
	_, err = worker.RunOnce(ctx, noon)
	must(t, err)
	if calls != 2 {
		t.Errorf("%d calls: what goes back is taken in the next batch, once", calls)
	}
}
