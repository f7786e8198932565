package lifestage

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"
	"time"

	"github.com/lifestage/lifestage/bindings/go/internal/ffi"
)

// Workspace is one tenant's records in a store, and the pipelines published for them: load, decide and commit as one
// call. Any number of goroutines may use it at once.
//
// A context is asked before a call and after it; one under way is not interrupted, and what it committed stays. When the
// context ends meanwhile, a call that reads returns its error, and one that writes its answer.
type Workspace struct {
	// A call holds it for reading, so that the workspace is not closed under it.
	mutex   sync.RWMutex
	c       ffi.Workspace
	open    bool
	cleanup runtime.Cleanup
}

// OpenSQLite opens a tenant in a SQLite file, which is made when it is not there.
func OpenSQLite(path, tenant string) (*Workspace, error) {
	return opened(func() (ffi.Workspace, *ffi.Fault) { return ffi.OpenSQLite(path, tenant) })
}

// OpenMemory opens a tenant in memory, which is gone with the workspace.
func OpenMemory(tenant string) (*Workspace, error) {
	return opened(func() (ffi.Workspace, *ffi.Fault) { return ffi.OpenMemory(tenant) })
}

func opened(open func() (ffi.Workspace, *ffi.Fault)) (*Workspace, error) {
	if err := failed(ffi.Loaded()); err != nil {
		return nil, err
	}
	c, fault := open()
	if fault != nil {
		return nil, failed(fault)
	}
	workspace := &Workspace{c: c, open: true}
	workspace.cleanup = runtime.AddCleanup(workspace, ffi.Workspace.Free, c)
	return workspace, nil
}

// Close waits for the calls under way and closes the store. Calls that follow fail with [ErrClosed]; closing again does
// nothing. A workspace that is not closed is when it is garbage collected.
func (w *Workspace) Close() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.open {
		w.open = false
		w.cleanup.Stop()
		w.c.Free()
	}
	return nil
}

// ask asks for something to be done.
func (w *Workspace) ask(ctx context.Context, operation string, input args) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	text, err := input.encode()
	if err != nil {
		return nil, err
	}
	w.mutex.RLock()
	defer w.mutex.RUnlock()
	if !w.open {
		return nil, errClosed("the workspace")
	}
	told, fault := w.c.Call(operation, text)
	return told, failed(fault)
}

// read asks for something that changes nothing.
func (w *Workspace) read(ctx context.Context, operation string, input args) ([]byte, error) {
	told, err := w.ask(ctx, operation, input)
	if err == nil {
		err = ctx.Err()
	}
	return told, err
}

// Answer is what a workspace says to a wish: what it committed, or why it did not.
type Answer struct {
	// Outcome is moved, proposed, unchanged, refused or rolled_back.
	Outcome Outcome `json:"outcome"`
	// Record is the record as it is now, Row what was written, Effects what it set in motion; when something was.
	Record  *Record  `json:"record,omitempty"`
	Row     *Row     `json:"row,omitempty"`
	Effects []Effect `json:"effects,omitempty"`
	// Repeated says that the same request was carried out before, and this is what came of it then.
	Repeated bool `json:"repeated,omitempty"`
	// AlreadyDelivered are effects that can no longer be called back.
	AlreadyDelivered []string `json:"already_delivered,omitempty"`
	// FollowUps are moves that the change set off.
	FollowUps []FollowUp `json:"follow_ups,omitempty"`
	// Stage is where the record is, when nothing was to be done.
	Stage string `json:"stage,omitempty"`
	// Message, Reasons and Route are those of a refusal.
	Message string   `json:"message,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	Route   *Route   `json:"route,omitempty"`
}

// Written says that the wish was granted, now or before.
func (a *Answer) Written() bool { return a.Row != nil }

// Refusal is why the wish was refused; nil when it was not.
func (a *Answer) Refusal() *Refusal { return refusalOf(a.Outcome, a.Message, a.Reasons, a.Route) }

func refusalOf(outcome Outcome, message string, reasons []Reason, route *Route) *Refusal {
	if outcome != OutcomeRefused {
		return nil
	}
	return &Refusal{Message: message, Reasons: reasons, Route: route}
}

// FollowUp is a move that a change set off, and what came of it.
type FollowUp struct {
	Effect string  `json:"effect"`
	Answer *Answer `json:"answer,omitempty"`
	Note   string  `json:"note,omitempty"`
}

// wish asks for something to be done to a record.
func (w *Workspace) wish(
	ctx context.Context, operation, id string, actor Actor, now time.Time, more args,
) (*Answer, error) {
	return answered[*Answer](w.wished(ctx, operation, id, actor, now, more))
}

func (w *Workspace) wished(
	ctx context.Context, operation, id string, actor Actor, now time.Time, more args,
) ([]byte, error) {
	input := args{"id": id, "actor": actor, "now": stamp(now)}
	for name, value := range more {
		input[name] = value
	}
	return w.ask(ctx, operation, input)
}

// Create creates a record.
func (w *Workspace) Create(
	ctx context.Context, record Record, creation Creation, actor Actor, now time.Time,
) (*Answer, error) {
	return answered[*Answer](w.ask(ctx, "create",
		args{"record": record, "creation": creation, "actor": actor, "now": stamp(now)}))
}

// NewRecord is a record with how it comes to be.
type NewRecord struct {
	Record   Record   `json:"record"`
	Creation Creation `json:"creation"`
}

// CommitMode says whether one that fails leaves the others alone.
type CommitMode string

// Modes.
const (
	// PerItem writes each on its own.
	PerItem CommitMode = "per_item"
	// Atomic writes all or none.
	Atomic CommitMode = "atomic"
)

// CreateAll creates records, each on its own or all or none.
func (w *Workspace) CreateAll(
	ctx context.Context, records []NewRecord, mode CommitMode, actor Actor, now time.Time,
) ([]Answer, error) {
	input := args{"records": list(records), "actor": actor, "now": stamp(now)}.put("mode", mode, mode != "")
	return answered[[]Answer](w.ask(ctx, "create_all", input))
}

// Submit moves a record: it loads, decides and commits.
func (w *Workspace) Submit(
	ctx context.Context, id string, request Request, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "submit", id, actor, now, args{"request": request})
}

// DryRun says what a move would come to, and writes nothing.
func (w *Workspace) DryRun(
	ctx context.Context, id string, request Request, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "dry_run", id, actor, now, args{"request": request})
}

// Edit changes facts of a record.
func (w *Workspace) Edit(ctx context.Context, id string, edit Edit, actor Actor, now time.Time) (*Answer, error) {
	return w.wish(ctx, "edit", id, actor, now, args{"edit": edit})
}

// Undo undoes a row of the journal by a new one.
func (w *Workspace) Undo(
	ctx context.Context, id string, row uint64, reason string, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "undo", id, actor, now, args{"row": row, "reason": reason})
}

// Withdraw takes a proposal back.
func (w *Workspace) Withdraw(
	ctx context.Context, id string, row uint64, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "withdraw", id, actor, now, args{"row": row})
}

// document is a definition as it is given: as text, so that the library says what is wrong with it.
func document(definition []byte) any {
	if json.Valid(definition) {
		return json.RawMessage(definition)
	}
	return string(definition)
}
