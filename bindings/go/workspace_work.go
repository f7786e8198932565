package lifestage

import (
	"context"
	"encoding/json"
	"iter"
	"math"
	"time"
)

// CarryOut carries out an action that the stage offers.
func (w *Workspace) CarryOut(
	ctx context.Context, id string, action CarryOut, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "carry_out", id, actor, now, args{"wish": action})
}

// Report says what became of work, by the id of the effect.
func (w *Workspace) Report(
	ctx context.Context, effect string, report Report, actor Actor, now time.Time,
) (*Answer, error) {
	return answered[*Answer](w.ask(ctx, "report",
		args{"effect": effect, "wish": report, "actor": actor, "now": stamp(now)}))
}

// TaskPage is a page of open tasks, due first. With a time that is not zero, each has a word for how urgent it is.
func (w *Workspace) TaskPage(ctx context.Context, query TaskQuery, now time.Time) (*OutboxPage, error) {
	input := args{"limit": limitOf(int(query.Limit))}
	input.put("assignee", query.Assignee, query.Assignee != "")
	input.put("due_before", stamp(query.DueBefore), !query.DueBefore.IsZero())
	input.put("after", query.After, query.After != nil)
	input.put("now", stamp(now), !now.IsZero())
	return answered[*OutboxPage](w.read(ctx, "tasks", input))
}

// Tasks goes through the open tasks, due first.
func (w *Workspace) Tasks(ctx context.Context, query TaskQuery) iter.Seq2[Entry, error] {
	return paged(func(after *OutboxKey) ([]Entry, *OutboxKey, error) {
		query.After = after
		return entries(w.TaskPage(ctx, query, time.Time{}))
	}, query.After)
}

// OutboxPage is a page of effects, and how far they have come.
func (w *Workspace) OutboxPage(ctx context.Context, query OutboxQuery) (*OutboxPage, error) {
	input := args{"limit": limitOf(int(query.Limit))}
	input.put("record", query.Record, query.Record != "")
	input.put("state", query.State, query.State != "")
	input.put("after", query.After, query.After != nil)
	return answered[*OutboxPage](w.read(ctx, "outbox", input))
}

// Outbox goes through effects, by time.
func (w *Workspace) Outbox(ctx context.Context, query OutboxQuery) iter.Seq2[Entry, error] {
	return paged(func(after *OutboxKey) ([]Entry, *OutboxKey, error) {
		query.After = after
		return entries(w.OutboxPage(ctx, query))
	}, query.After)
}

func entries(page *OutboxPage, err error) ([]Entry, *OutboxKey, error) {
	if err != nil {
		return nil, nil, err
	}
	return page.Entries, page.Next, nil
}

// Limit is how many there may be at most. One that is too large for an int is read as the largest.
type Limit int

// UnmarshalJSON reads a limit.
func (l *Limit) UnmarshalJSON(data []byte) error {
	var limit uint64
	if err := json.Unmarshal(data, &limit); err != nil {
		return err
	}
	*l = Limit(min(limit, math.MaxInt))
	return nil
}

func limitOf(limit int) int {
	if limit == 0 {
		return pageSize
	}
	return limit
}

// Entry says how far one effect has come, by its id.
func (w *Workspace) Entry(ctx context.Context, effect string) (*Entry, error) {
	return answered[*Entry](w.read(ctx, "entry", args{"effect": effect}))
}

// Revive tries an effect again that was given up, and says whether it was.
func (w *Workspace) Revive(ctx context.Context, effect string, now time.Time) (bool, error) {
	return answered[bool](w.ask(ctx, "revive", args{"effect": effect, "now": stamp(now)}))
}

// Claim takes effects that are due, until a time; of those that call at once, no two get the same.
func (w *Workspace) Claim(ctx context.Context, claim Claim) ([]Delivery, error) {
	return answered[[]Delivery](w.ask(ctx, "claim", args{
		"now": stamp(claim.Now), "until": stamp(claim.Until), "kinds": list(claim.Kinds), "limit": limitOf(int(claim.Limit)),
	}))
}

// Settle says what became of effects that were taken, and tells of each whether that applied.
func (w *Workspace) Settle(ctx context.Context, settlements []Settlement) ([]bool, error) {
	return answered[[]bool](w.ask(ctx, "settle", args{"settlements": list(settlements)}))
}

// Round is what a run came to: how many effects there were of each outcome, and what went wrong.
type Round struct {
	Delivered, Moved, Idle, Retried, Dead, Late int

	Errors []RoundError
}

// RoundError is what went wrong with an effect.
type RoundError struct{ Effect, Error string }

// Total is how many effects it dealt with.
func (r Round) Total() int { return r.Delivered + r.Moved + r.Idle + r.Retried + r.Dead + r.Late }

func (r *Round) add(other Round) {
	r.Delivered += other.Delivered
	r.Moved += other.Moved
	r.Idle += other.Idle
	r.Retried += other.Retried
	r.Dead += other.Dead
	r.Late += other.Late
	r.Errors = append(r.Errors, other.Errors...)
}

// Run carries out what is due and needs nobody: timed moves, and tasks that go to whose turn it is. The rest is
// for a [Worker], or for those who [Workspace.Claim] it. Options may be left out.
func (w *Workspace) Run(ctx context.Context, now time.Time, options ...WorkerOptions) (Round, error) {
	members := args{"now": stamp(now)}
	for _, one := range options {
		members["worker"] = one
	}
	return answered[Round](w.ask(ctx, "run", members))
}

// NextDue is when the next effect is due; zero when there is none.
func (w *Workspace) NextDue(ctx context.Context) (time.Time, error) {
	return answered[time.Time](w.read(ctx, "next_due", nil))
}

func (w *Workspace) nextDue(ctx context.Context, kinds []EffectKind, options WorkerOptions) (time.Time, error) {
	return answered[time.Time](w.read(ctx, "next_due", args{"kinds": list(kinds), "worker": options}))
}

// QueuePlace is a place on a queue.
type QueuePlace struct {
	Since  time.Time `json:"since"`
	Record string    `json:"record"`
}

// Queue are records on a queue, longest there first.
func (w *Workspace) Queue(
	ctx context.Context, pipeline, queue string, after *QueuePlace, limit int,
) ([]QueuePlace, error) {
	input := args{"pipeline": pipeline, "queue": queue, "limit": limitOf(limit)}
	return answered[[]QueuePlace](w.read(ctx, "queue", input.put("after", after, after != nil)))
}

// CatchingUp is what came of catching up: done, or refused.
type CatchingUp struct {
	Outcome  Outcome `json:"outcome"`
	UpToDate uint64  `json:"up_to_date,omitempty"`
	Given    []struct {
		ID      string   `json:"id"`
		Effects []Effect `json:"effects"`
	} `json:"given,omitempty"`
	Left    []string `json:"left,omitempty"`
	Message string   `json:"message,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	Route   *Route   `json:"route,omitempty"`
}

// CatchUp gives records the work that their stages came to have; messages only when asked for. A dry run only tells.
func (w *Workspace) CatchUp(
	ctx context.Context, pipeline string, messages, dryRun bool, actor Actor, now time.Time,
) (*CatchingUp, error) {
	return answered[*CatchingUp](w.ask(ctx, "catch_up", args{
		"pipeline": pipeline, "messages": messages, "dry_run": dryRun, "actor": actor, "now": stamp(now),
	}))
}

// Clocks are the promises of time of a record, as they stood at a time.
func (w *Workspace) Clocks(ctx context.Context, id string, asOf time.Time) ([]Clock, error) {
	return answered[[]Clock](w.read(ctx, "clocks", args{"id": id, "as_of": stamp(asOf)}))
}

// Idle is for how long nothing has happened to a record, past the limit of its stage; nil when it is not past it.
func (w *Workspace) Idle(ctx context.Context, id string, asOf time.Time) (*Span, error) {
	return answered[*Span](w.read(ctx, "idle", args{"id": id, "as_of": stamp(asOf)}))
}

// Record is a record as it is; nil when there is none.
func (w *Workspace) Record(ctx context.Context, id string) (*Record, error) {
	return answered[*Record](w.read(ctx, "record", args{"id": id}))
}

// Rows are the whole journal of a record, in order.
func (w *Workspace) Rows(ctx context.Context, id string) ([]Row, error) {
	return answered[[]Row](w.read(ctx, "history", args{"id": id}))
}

// History goes through the journal of a record, in order.
func (w *Workspace) History(ctx context.Context, id string) iter.Seq2[Row, error] {
	return paged(func(*struct{}) ([]Row, *struct{}, error) {
		rows, err := w.Rows(ctx, id)
		return rows, nil, err
	}, nil)
}

// Visits are the stays of a record in stages, in order.
func (w *Workspace) Visits(ctx context.Context, id string) ([]Visit, error) {
	return answered[[]Visit](w.read(ctx, "visits", args{"id": id}))
}

// Moves are the moves of a record that are open to an actor now: the buttons.
func (w *Workspace) Moves(ctx context.Context, id string, actor Actor, now time.Time) ([]Offer, error) {
	return answered[[]Offer](w.read(ctx, "moves", args{"id": id, "actor": actor, "now": stamp(now)}))
}

// Explain says of every move and every stage whether it is open to a record, and why not.
func (w *Workspace) Explain(ctx context.Context, id string, actor Actor, now time.Time) (*Explanation, error) {
	return answered[*Explanation](w.read(ctx, "explain", args{"id": id, "actor": actor, "now": stamp(now)}))
}

// Route is the shortest lawful way of a record to a stage; nil when there is none.
func (w *Workspace) Route(ctx context.Context, id, stage string, actor Actor) (*Route, error) {
	return routed(w.read(ctx, "route", args{"id": id, "stage": stage, "actor": actor}))
}

// RecordQuery asks for records of a pipeline, newest in their stage first.
type RecordQuery struct {
	Pipeline string `json:"pipeline"`
	// Presence is live, trashed or merged; live when it is left out.
	Presence string `json:"presence,omitempty"`
	// Stage is the one that they are in; all when it is left out. NoStage asks for those that are in none.
	Stage   string   `json:"stage,omitempty"`
	NoStage bool     `json:"-"`
	After   *PageKey `json:"after,omitempty"`
	// Limit is how many come at once; 100 when it is 0.
	Limit Limit `json:"limit"`
}

// UnmarshalJSON reads a query, as a [HostStore] is asked: a stage that is null is none.
func (q *RecordQuery) UnmarshalJSON(data []byte) error {
	type plain RecordQuery
	var read struct {
		plain
		Stage json.RawMessage `json:"stage"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*q = RecordQuery(read.plain)
	switch string(read.Stage) {
	case "":
		return nil
	case "null":
		q.NoStage = true
		return nil
	default:
		return json.Unmarshal(read.Stage, &q.Stage)
	}
}

// PageKey is a place among the records, to go on from.
type PageKey struct {
	EnteredAt *time.Time `json:"entered_at"`
	ID        string     `json:"id"`
}

// RecordPage is a page of records.
type RecordPage struct {
	Records []Record `json:"records"`
	Next    *PageKey `json:"next"`
}

// RecordPage is a page of records, newest in their stage first.
func (w *Workspace) RecordPage(ctx context.Context, query RecordQuery) (*RecordPage, error) {
	input := args{"pipeline": query.Pipeline, "limit": limitOf(int(query.Limit))}
	input.put("presence", query.Presence, query.Presence != "")
	input.put("stage", query.Stage, query.Stage != "")
	input.put("stage", nil, query.NoStage)
	input.put("after", query.After, query.After != nil)
	return answered[*RecordPage](w.read(ctx, "page", input))
}

// Records goes through records, newest in their stage first.
func (w *Workspace) Records(ctx context.Context, query RecordQuery) iter.Seq2[Record, error] {
	return paged(func(after *PageKey) ([]Record, *PageKey, error) {
		query.After = after
		page, err := w.RecordPage(ctx, query)
		if err != nil {
			return nil, nil, err
		}
		return page.Records, page.Next, nil
	}, query.After)
}

// StageCount is how many records are in a stage; Stage is nil for those in none.
type StageCount struct {
	Stage   *string `json:"stage"`
	Name    string  `json:"name"`
	Count   uint64  `json:"count"`
	Trashed uint64  `json:"trashed"`
}

// Counts say how many records are in each stage.
func (w *Workspace) Counts(ctx context.Context, pipeline string) ([]StageCount, error) {
	return answered[[]StageCount](w.read(ctx, "counts", args{"pipeline": pipeline}))
}

// Verify is the first row of a record's journal that does not hold; nil when all do.
func (w *Workspace) Verify(ctx context.Context, id string) (*ChainFault, error) {
	return answered[*ChainFault](w.read(ctx, "verify", args{"id": id}))
}

// Audit is what came of checking journals.
type Audit struct {
	Records uint64       `json:"records"`
	Rows    uint64       `json:"rows"`
	Faults  []ChainFault `json:"faults"`
}

// VerifyAll checks the journals of a pipeline.
func (w *Workspace) VerifyAll(ctx context.Context, pipeline string) (*Audit, error) {
	return answered[*Audit](w.read(ctx, "verify_all", args{"pipeline": pipeline}))
}

// FeedRow is a row of any record, with the cursor to go on from.
type FeedRow struct {
	Cursor uint64 `json:"cursor"`
	Row    Row    `json:"row"`
}

// FeedPage are rows of all records, as they were committed, after a cursor; from the beginning after 0.
func (w *Workspace) FeedPage(ctx context.Context, after uint64, limit int) ([]FeedRow, error) {
	return answered[[]FeedRow](w.read(ctx, "feed", args{"after": after, "limit": limitOf(limit)}))
}

// Feed goes through rows of all records, as they were committed, after a cursor, up to the last that is there.
func (w *Workspace) Feed(ctx context.Context, after uint64) iter.Seq2[FeedRow, error] {
	return paged(func(after *uint64) ([]FeedRow, *uint64, error) {
		rows, err := w.FeedPage(ctx, *after, pageSize)
		if err != nil || len(rows) == 0 {
			return rows, nil, err
		}
		return rows, &rows[len(rows)-1].Cursor, nil
	}, &after)
}

// OutOfPolicy are records that no longer meet what their stage needs.
type OutOfPolicy struct {
	Judged  uint64 `json:"judged"`
	Records []struct {
		ID      string   `json:"id"`
		Reasons []Reason `json:"reasons"`
	} `json:"records"`
}

// OutOfPolicy finds the records of a pipeline that no longer meet what their stage needs.
func (w *Workspace) OutOfPolicy(ctx context.Context, pipeline string, now time.Time) (*OutOfPolicy, error) {
	return answered[*OutOfPolicy](w.read(ctx, "out_of_policy", args{"pipeline": pipeline, "now": stamp(now)}))
}
