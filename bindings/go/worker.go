package lifestage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Handled is what a handler achieved.
type Handled string

// Achievements.
const (
	// HandledDelivered is an effect that is delivered. Work that somebody has to report is still to be done.
	HandledDelivered Handled = "delivered"
	// HandledDone is one that is delivered, and done: what follows an action that is done follows.
	HandledDone Handled = "done"
)

// Handler delivers one effect. An error says that it failed this time; one of [GiveUp], that it will fail each time. It may
// be called more than once for one effect, whose id is the same each time.
type Handler func(ctx context.Context, delivery *Delivery) (Handled, error)

// GiveUp is an error of a handler that will fail each time, so that nobody is to try again.
func GiveUp(err error) error { return hopeless{err} }

type hopeless struct{ error }

func (h hopeless) Unwrap() error { return h.error }

func isHopeless(err error) bool { return errors.As(err, new(hopeless)) }

// WorkerOptions say how a worker goes about it; what is zero is as the library has it.
type WorkerOptions struct {
	// Lease is for how long it has what it takes. A handler that takes longer may be called a second time by another worker.
	Lease time.Duration
	// Batch is how many effects it takes at a time, Attempts how often one is tried before it is given up.
	Batch, Attempts int
	// Wait is how long to wait before the second attempt, LongestWait at most: it doubles from one to the next.
	Wait, LongestWait time.Duration
	// LeavingTasks leaves tasks to another worker, which handles them.
	LeavingTasks bool
}

// MarshalJSON writes what is not zero.
func (o WorkerOptions) MarshalJSON() ([]byte, error) {
	how := make(args).put("lease", Span(o.Lease), o.Lease != 0)
	how.put("batch", o.Batch, o.Batch != 0).put("attempts", o.Attempts, o.Attempts != 0)
	how.put("leaving_tasks", true, o.LeavingTasks)
	wait := [...]Span{Span(o.Wait), Span(max(o.Wait, o.LongestWait))}
	return json.Marshal(how.put("wait", wait, o.Wait != 0 || o.LongestWait != 0))
}

// Worker delivers the effects of a workspace: those that are due, each by the handler of its kind. Drive it as often as you
// like, in as many goroutines and processes as you like: an effect is handed to one at a time.
//
// What fails is tried again, after waits that double, until it is given up. Moves that time or facts make are made by
// themselves; tasks are on the list of [Workspace.Tasks], unless there is a handler for them; effects of a kind without a
// handler wait.
type Worker struct {
	Workspace *Workspace
	Handlers  map[EffectKind]Handler
	WorkerOptions
}

// RunOnce delivers everything that is due, batch by batch. When the context ends, what was handled by then is written down,
// and the rest goes back.
func (w *Worker) RunOnce(ctx context.Context, now time.Time) (Round, error) {
	var all Round
	for began := time.Now(); ; {
		here := time.Now()
		taken, err := w.Workspace.Take(ctx, w.kinds(), now, here.Sub(began), w.WorkerOptions)
		if err != nil {
			return all, err
		}
		round, err := w.handle(ctx, taken, now, here)
		round.add(taken.Round)
		all.add(round)
		if err != nil || round.Total() == 0 {
			return all, err
		}
	}
}

// NextDue is when there is something to do for the worker; zero when there is nothing.
func (w *Worker) NextDue(ctx context.Context) (time.Time, error) {
	return w.Workspace.nextDue(ctx, w.kinds(), w.WorkerOptions)
}

func (w *Worker) kinds() []EffectKind { return slices.Sorted(maps.Keys(w.Handlers)) }

// handle handles what was taken while the lease holds.
func (w *Worker) handle(ctx context.Context, taken *Taken, now, began time.Time) (Round, error) {
	if len(taken.Deliveries) == 0 {
		return Round{}, nil
	}
	var attempts []Attempt
	type line struct {
		record string
		kind   EffectKind
	}
	failed := map[line][]Delivery{}
	var stopped error
	for i := range taken.Deliveries {
		delivery := &taken.Deliveries[i]
		wanted := false
		if time.Since(began) >= time.Duration(taken.Lease) {
			break
		}
		its := line{delivery.Effect.Record, delivery.Effect.Kind}
		if wanted, stopped = w.Workspace.StillWants(ctx, *delivery, failed[its]); stopped != nil {
			break
		}
		attempt := Attempt{}
		if wanted {
			attempt = w.call(ctx, delivery)
		}
		if attempt.Err != nil && !isHopeless(attempt.Err) {
			failed[its] = append(failed[its], *delivery)
		}
		attempts = append(attempts, attempt)
	}
	// What was done is written down, whatever has ended meanwhile.
	round, err := w.Workspace.Handled(context.WithoutCancel(ctx), taken.Deliveries, attempts, now, w.WorkerOptions)
	return round, errors.Join(stopped, err)
}

func (w *Worker) call(ctx context.Context, delivery *Delivery) (attempt Attempt) {
	attempt.Begun = true
	defer func() {
		if panicked := recover(); panicked != nil {
			attempt.Err = fmt.Errorf("the handler panicked: %v", panicked)
		}
	}()
	// What the handler makes of its own is not written down.
	given := *delivery
	given.Effect.Args = maps.Clone(delivery.Effect.Args)
	attempt.Handled, attempt.Err = w.Handlers[delivery.Effect.Kind](ctx, &given)
	if ctx.Err() != nil && errors.Is(attempt.Err, ctx.Err()) {
		return Attempt{}
	}
	return attempt
}

// Taken is what a worker took to be handled.
type Taken struct {
	Deliveries []Delivery `json:"deliveries"`
	// Lease is for how long it has them.
	Lease Span `json:"lease"`
	// Round is what became of what needs nobody.
	Round Round `json:"round"`
}

// Take is a round of a worker: it carries out what needs nobody, and takes effects of these kinds to be handled. Gone is for
// how long now has been over. A [Worker] does all of it.
func (w *Workspace) Take(
	ctx context.Context, kinds []EffectKind, now time.Time, gone time.Duration, options WorkerOptions,
) (*Taken, error) {
	return answered[*Taken](w.ask(ctx, "take", args{
		"kinds": list(kinds), "now": stamp(now), "gone": Span(gone), "worker": options,
	}))
}

// StillWants says whether an effect that was taken is still to be handled, after what failed of the same round.
func (w *Workspace) StillWants(ctx context.Context, delivery Delivery, failed []Delivery) (bool, error) {
	return answered[bool](w.read(ctx, "still_wants", args{"delivery": delivery, "failed": list(failed)}))
}

// Attempt is how handling an effect went; the zero value, when it was not begun.
type Attempt struct {
	Begun   bool
	Handled Handled
	Err     error
}

// told is a word, an object with one member, or nil. An error may say what is not UTF-8, and is told all the same.
func (a Attempt) told() any {
	switch {
	case !a.Begun:
		return nil
	case a.Err != nil:
		how := "failed"
		if isHopeless(a.Err) {
			how = "dead"
		}
		return map[string]string{how: strings.ToValidUTF8(a.Err.Error(), "\uFFFD")}
	case a.Handled == "":
		return HandledDelivered
	case a.Handled == HandledDelivered, a.Handled == HandledDone:
		return a.Handled
	default:
		// It may be sent: not again and again, but so that somebody sees it.
		return map[string]string{"dead": fmt.Sprintf("the handler says %q, which is nothing that it can achieve", a.Handled)}
	}
}

// Handled says how handling effects went, in their order: what failed is tried again later, until it is given up. Those
// beyond the last attempt go back.
func (w *Workspace) Handled(
	ctx context.Context, deliveries []Delivery, attempts []Attempt, now time.Time, options WorkerOptions,
) (Round, error) {
	told := make([]any, len(attempts))
	for i, attempt := range attempts {
		told[i] = attempt.told()
	}
	return answered[Round](w.ask(ctx, "handled", args{
		"deliveries": list(deliveries), "handled": told, "now": stamp(now), "worker": options,
	}))
}
