package lifestage

import (
	"encoding/json"
	"time"
)

// RowKind says what a row of a journal is about.
type RowKind string

// Kinds of rows.
const (
	RowCreation    RowKind = "creation"
	RowMove        RowKind = "move"
	RowReEntry     RowKind = "re_entry"
	RowInternal    RowKind = "internal"
	RowAssignment  RowKind = "assignment"
	RowEdit        RowKind = "edit"
	RowConversion  RowKind = "conversion"
	RowMerge       RowKind = "merge"
	RowMigration   RowKind = "migration"
	RowCorrection  RowKind = "correction"
	RowProposal    RowKind = "proposal"
	RowApproval    RowKind = "approval"
	RowWithdrawal  RowKind = "withdrawal"
	RowNote        RowKind = "note"
	RowCall        RowKind = "call"
	RowMeeting     RowKind = "meeting"
	RowEmail       RowKind = "email"
	RowTask        RowKind = "task"
	RowDeletion    RowKind = "deletion"
	RowRestoration RowKind = "restoration"
	RowErasure     RowKind = "erasure"
	RowAction      RowKind = "action"
	RowWorkflow    RowKind = "workflow"
)

// Direction says which way a move leads in the order of the stages.
type Direction string

// Directions of moves.
const (
	Forward   Direction = "forward"
	Backward  Direction = "backward"
	Across    Direction = "across"
	Closing   Direction = "closing"
	Reopening Direction = "reopening"
)

// StageMark is a stage as it was called then: history survives that it is renamed.
type StageMark struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	// Outcome is open, won, lost or disqualified.
	Outcome string `json:"outcome"`
}

// Origin is the pipeline that a migrated record came from.
type Origin struct {
	Pipeline   string `json:"pipeline"`
	Definition uint32 `json:"definition"`
}

// FactChange is a fact before and after.
type FactChange struct {
	Name string `json:"name"`
	Old  Value  `json:"old,omitzero"`
	New  Value  `json:"new,omitzero"`
}

// Row is one entry of the journal of a record: append-only, each with the hash of the one before.
type Row struct {
	Record     string     `json:"record"`
	Seq        uint64     `json:"seq"`
	Kind       RowKind    `json:"kind"`
	Pipeline   string     `json:"pipeline"`
	Definition uint32     `json:"definition"`
	Origin     *Origin    `json:"origin,omitempty"`
	Move       string     `json:"move,omitempty"`
	From       *StageMark `json:"from,omitempty"`
	To         *StageMark `json:"to,omitempty"`
	Direction  Direction  `json:"direction,omitempty"`
	Actor      string     `json:"actor"`
	Automation bool       `json:"automation,omitempty"`
	Forced     bool       `json:"forced,omitempty"`
	// StartUnknown says that the record came from elsewhere, nobody knows since when it was in the stage.
	StartUnknown  bool         `json:"start_unknown,omitempty"`
	Reason        string       `json:"reason,omitempty"`
	Input         Fields       `json:"input,omitempty"`
	Facts         []FactChange `json:"facts,omitempty"`
	WasClosedAt   time.Time    `json:"was_closed_at,omitzero"`
	WasLostReason string       `json:"was_lost_reason,omitempty"`
	// RefersTo is the row that this one undoes, approves, withdraws or finishes; 0 for none.
	RefersTo uint64 `json:"refers_to,omitempty"`
	// EffectiveAt is when it happened, RecordedAt when it was written down.
	EffectiveAt  time.Time `json:"effective_at"`
	RecordedAt   time.Time `json:"recorded_at"`
	Key          string    `json:"key,omitempty"`
	Request      Digest    `json:"request,omitempty"`
	Batch        string    `json:"batch,omitempty"`
	VersionAfter uint64    `json:"version_after"`
	Salt         string    `json:"salt,omitempty"`
	Personal     Digest    `json:"personal"`
	Effects      Digest    `json:"effects"`
	Previous     Digest    `json:"previous"`
	Hash         Digest    `json:"hash"`

	unknown unknown
}

// Visit is one stay of a record in a stage, from entry to exit.
type Visit struct {
	Seq   uint64     `json:"seq"`
	Stage *StageMark `json:"stage"`
	// EnteredAt is nil when nobody knows.
	EnteredAt *time.Time `json:"entered_at"`
	EnteredBy string     `json:"entered_by"`
	// LeftAt is nil while the record is there.
	LeftAt *time.Time `json:"left_at"`
	LeftBy *string    `json:"left_by"`
	// Corrected says that the visit was undone.
	Corrected bool `json:"corrected"`
}

// ChainFault is the first row of a journal that does not hold.
type ChainFault struct {
	Record  string `json:"record"`
	Row     uint64 `json:"row"`
	Fault   string `json:"fault"`
	Message string `json:"message"`
}

// Verify says whether rows are the whole journal of a record, each as it was written; nil when they are.
func Verify(record Record, rows []Row) (*ChainFault, error) {
	told, err := call("verify", args{"record": record, "rows": list(rows)})
	if err != nil || string(told) == `"holds"` {
		return nil, err
	}
	return answered[*ChainFault](told, nil)
}

// Visits are the stays in stages that a journal tells of.
func Visits(rows []Row) ([]Visit, error) {
	return answered[[]Visit](call("visits", args{"rows": list(rows)}))
}

// list is a list in JSON too when it is nil.
func list[T any](of []T) []T {
	if of == nil {
		return []T{}
	}
	return of
}

// args are the members of an input.
type args map[string]any

// put adds a member that there may be.
func (a args) put(name string, value any, there bool) args {
	if there {
		a[name] = value
	}
	return a
}

func (a args) encode() ([]byte, error) {
	if a == nil {
		return nil, nil
	}
	text, err := json.Marshal(a)
	if err != nil {
		return nil, newError(ErrInvalidInput, err.Error())
	}
	if altered(text, a) {
		return nil, newError(ErrInvalidUTF8, "a text of the input is not UTF-8")
	}
	return text, nil
}

// answered reads an answer.
func answered[T any](told []byte, err error) (T, error) {
	var answer T
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(told, &answer); err != nil {
		return answer, newError(ErrInvalid, "the answer of the library cannot be read: "+err.Error())
	}
	return answer, nil
}

// MarshalJSON writes the value with everything it came with.
func (r Row) MarshalJSON() ([]byte, error) {
	type plain Row
	return writeKeeping(plain(r), r.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (r *Row) UnmarshalJSON(data []byte) error {
	type plain Row
	var read plain
	err := readKeeping(data, &read, &r.unknown)
	read.unknown = r.unknown
	*r = Row(read)
	return err
}
