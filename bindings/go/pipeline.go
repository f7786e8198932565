package lifestage

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/lifestage/lifestage/bindings/go/internal/ffi"
)

// Pipeline is a definition, checked and compiled. It never changes, and any number of goroutines may use it at once.
type Pipeline struct {
	held atomic.Pointer[heldPipeline]
}

// heldPipeline keeps the memory of C: it is freed when nobody uses it any more, in no call either.
type heldPipeline struct {
	c ffi.Pipeline
	// Go puts smaller things than this together, and cleans up after none of them before all are gone.
	_ [16]byte
}

// ParseDefinition reads, checks and compiles a definition, as the first version of it.
//
// The error is [ErrInvalidDefinition] when it is not sound: [Error.Findings] lists all that is wrong.
func ParseDefinition(definition []byte) (*Pipeline, error) { return ParseVersion(definition, 1) }

// ParseVersion reads a definition that the host knows by a version, from 1.
func ParseVersion(definition []byte, version uint32) (*Pipeline, error) {
	if err := failed(ffi.Loaded()); err != nil {
		return nil, err
	}
	c, fault := ffi.NewPipeline(definition, version)
	if fault != nil {
		return nil, failed(fault)
	}
	held := &heldPipeline{c: c}
	runtime.AddCleanup(held, ffi.Pipeline.Free, c)
	pipeline := new(Pipeline)
	pipeline.held.Store(held)
	return pipeline, nil
}

// Close ends the use of the pipeline: calls that follow fail with [ErrClosed], those under way end well, and the memory
// is given back by a garbage collection after them. Closing again does nothing.
func (p *Pipeline) Close() error {
	p.held.Store(nil)
	return nil
}

func errClosed(what string) error { return newError(ErrClosed, what+" is closed") }

// ask asks the pipeline.
func (p *Pipeline) ask(operation string, input args) ([]byte, error) {
	held := p.held.Load()
	if held == nil {
		return nil, errClosed("the pipeline")
	}
	text, err := input.encode()
	if err != nil {
		return nil, err
	}
	told, fault := held.c.Call(operation, text)
	runtime.KeepAlive(held)
	return told, failed(fault)
}

// Option changes how a decision is made.
type Option func(args)

// WithSalt gives the row its salt, where it has to be known before; else it is drawn.
func WithSalt(salt [16]byte) Option {
	return func(input args) { input["salt"] = fmt.Sprintf("%x", salt) }
}

// WithRequest gives what goes with an undoing or a withdrawal: of the request, only the circumstances count.
func WithRequest(request Request) Option {
	return func(input args) { input["request"] = request }
}

func (p *Pipeline) judge(
	operation string, record Record, actor Actor, now time.Time, options []Option, more args,
) (Decision, error) {
	return decided(p.asked(operation, record, actor, now, options, more))
}

func (p *Pipeline) asked(
	operation string, record Record, actor Actor, now time.Time, options []Option, more args,
) ([]byte, error) {
	input := args{"record": record, "actor": actor, "now": stamp(now)}
	for name, value := range more {
		input[name] = value
	}
	return p.ask(operation, input.with(options))
}

// with lets options change the input.
func (a args) with(options []Option) args {
	for _, option := range options {
		option(a)
	}
	return a
}

// Description is a pipeline as others see it.
type Description struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version uint32 `json:"version"`
	// Meaning is the hash of all that decisions depend on.
	Meaning  Digest    `json:"meaning"`
	Warnings []Finding `json:"warnings"`
}

// Describe says what the pipeline is.
func (p *Pipeline) Describe() (Description, error) {
	return answered[Description](p.ask("describe", nil))
}

// Definition is the document that the pipeline was made of.
func (p *Pipeline) Definition() ([]byte, error) {
	answer, err := answered[struct {
		Definition string `json:"definition"`
	}](p.ask("definition", nil))
	return []byte(answer.Definition), err
}

// Moves are the moves that are open to an actor now: the buttons.
func (p *Pipeline) Moves(record Record, actor Actor, now time.Time) ([]Offer, error) {
	return answered[[]Offer](p.asked("moves", record, actor, now, nil, nil))
}

// Actions are the actions that the record's stage offers to an actor now.
func (p *Pipeline) Actions(record Record, actor Actor, now time.Time) ([]Action, error) {
	return answered[[]Action](p.asked("actions", record, actor, now, nil, nil))
}

// Explain says of every move and every stage whether it is open, and why not. Asking changes nothing.
func (p *Pipeline) Explain(record Record, actor Actor, now time.Time) (*Explanation, error) {
	return answered[*Explanation](p.asked("explain", record, actor, now, nil, nil))
}

// Deeds say what else can be done with a record, or why not.
func (p *Pipeline) Deeds(record Record, actor Actor, now time.Time) ([]Deed, error) {
	return answered[[]Deed](p.asked("deeds", record, actor, now, nil, nil))
}

// Route is the shortest lawful way to a stage; nil when there is none.
func (p *Pipeline) Route(record Record, stage string, actor Actor) (*Route, error) {
	return routed(p.ask("route", args{"record": record, "stage": stage, "actor": actor}))
}

func routed(told []byte, err error) (*Route, error) {
	answer, err := answered[struct {
		Steps *Route `json:"steps"`
	}](told, err)
	return answer.Steps, err
}

// Decide judges a request. Nothing is written anywhere: the [Change] of the decision is for the host to write.
func (p *Pipeline) Decide(
	record Record, request Request, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("decide", record, actor, now, options, args{"request": request})
}

// Create judges that a record comes to be.
func (p *Pipeline) Create(
	record Record, creation Creation, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("create", record, actor, now, options, args{"creation": creation})
}

// Edit judges a change of facts.
func (p *Pipeline) Edit(record Record, edit Edit, actor Actor, now time.Time, options ...Option) (Decision, error) {
	return p.judge("edit", record, actor, now, options, args{"edit": edit})
}

// Undo judges that the row with a number is undone; rows are the journal, or at least that row.
func (p *Pipeline) Undo(
	record Record, rows []Row, row uint64, reason string, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	more := args{"rows": list(rows), "row": row, "reason": reason}
	return p.judge("undo", record, actor, now, options, more)
}

// Withdraw judges that the proposal of a row is taken back.
func (p *Pipeline) Withdraw(
	record Record, row uint64, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("withdraw", record, actor, now, options, args{"row": row})
}

// Assign judges a new owner.
func (p *Pipeline) Assign(
	record Record, assignment Assignment, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("assign", record, actor, now, options, args{"wish": assignment})
}

// Log judges a note, call, meeting, e-mail or task.
func (p *Pipeline) Log(
	record Record, activity Activity, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("log", record, actor, now, options, args{"wish": activity})
}

// Trash judges that a record goes into the trash.
func (p *Pipeline) Trash(record Record, act Act, actor Actor, now time.Time, options ...Option) (Decision, error) {
	return p.judge("trash", record, actor, now, options, args{"wish": act})
}

// Restore judges that a record comes back from the trash.
func (p *Pipeline) Restore(record Record, act Act, actor Actor, now time.Time, options ...Option) (Decision, error) {
	return p.judge("restore", record, actor, now, options, args{"wish": act})
}

// Convert judges that a lead becomes a customer, the one that the conversion names.
func (p *Pipeline) Convert(
	record Record, conversion Conversion, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("convert", record, actor, now, options, args{"wish": conversion})
}

// Merge is what came of making two records one: merged with both changes, or unchanged, or refused.
type Merge struct {
	Outcome Outcome `json:"outcome"`
	Head    *Change `json:"head,omitempty"`
	Tail    *Change `json:"tail,omitempty"`
	Stage   string  `json:"stage,omitempty"`
	// Message, Reasons and Route are those of a refusal.
	Message string   `json:"message,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	Route   *Route   `json:"route,omitempty"`
}

// Merge judges that two records become one. Both changes are to be written in one transaction.
func (p *Pipeline) Merge(
	head, tail Record, act Act, actor Actor, now time.Time, options ...Option,
) (*Merge, error) {
	answer, err := answered[struct {
		Merge
		Head *outcomeOfChange `json:"head"`
		Tail *outcomeOfChange `json:"tail"`
	}](p.asked("merge", head, actor, now, options, args{"tail": tail, "wish": act}))
	if err != nil {
		return nil, err
	}
	if answer.Head != nil && answer.Tail != nil {
		answer.Merge.Head, answer.Merge.Tail = &answer.Head.Change, &answer.Tail.Change
	}
	return &answer.Merge, nil
}

// outcomeOfChange is a change as it stands alone.
type outcomeOfChange struct{ Change }

// Erase judges that what is personal is erased.
func (p *Pipeline) Erase(
	record Record, erasure Erasure, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("erase", record, actor, now, options, args{"wish": erasure})
}

// CarryOut judges an action that the stage offers.
func (p *Pipeline) CarryOut(
	record Record, action CarryOut, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("carry_out", record, actor, now, options, args{"wish": action})
}

// Report judges what became of work.
func (p *Pipeline) Report(
	record Record, work Entry, report Report, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("report", record, actor, now, options, args{"work": work, "wish": report})
}

// Clocks are the promises of time of a record, as they stood at a time. Sent are the times at which messages went out.
func (p *Pipeline) Clocks(record Record, rows []Row, sent []time.Time, asOf time.Time) ([]Clock, error) {
	input := args{"record": record, "rows": list(rows), "as_of": stamp(asOf)}
	return answered[[]Clock](p.ask("clocks", input.put("sent", stamps(sent), len(sent) > 0)))
}

func stamps(times []time.Time) []string {
	texts := make([]string, len(times))
	for i, at := range times {
		texts[i] = stamp(at)
	}
	return texts
}

// OutOfPolicy says what a record in its stage no longer meets.
func (p *Pipeline) OutOfPolicy(record Record, now time.Time) ([]Reason, error) {
	return answered[[]Reason](p.ask("out_of_policy", args{"record": record, "now": stamp(now)}))
}

// Replay judges the moves of a journal again. Actors are those whose roles are known.
func (p *Pipeline) Replay(rows []Row, actors []Actor) (*Replay, error) {
	return answered[*Replay](p.ask("replay", args{"rows": list(rows), "actors": list(actors)}))
}

// Revise judges edits of the definition. Occupancy says how many records are in each stage, none for those without.
func (p *Pipeline) Revise(revision Revision, occupancy map[string]uint64, actor Actor) (*Revised, error) {
	input := args{"revision": revision, "actor": actor}.put("occupancy", occupancy, occupancy != nil)
	return answered[*Revised](p.ask("revise", input))
}

// Conflict is the reason for somebody who was too late: the record is not at the version that was expected.
func (p *Pipeline) Conflict(record Record) (Reason, error) {
	return answered[Reason](p.ask("conflict", args{"record": record}))
}
