package lifestage

import (
	"encoding/json"
	"fmt"
	"time"
)

// EffectKind says what an effect asks of the host.
type EffectKind string

// Kinds of effects.
const (
	EffectBookCall        EffectKind = "book_call"
	EffectSendEmail       EffectKind = "send_email"
	EffectSendText        EffectKind = "send_text"
	EffectAssign          EffectKind = "assign"
	EffectScheduleMeeting EffectKind = "schedule_meeting"
	EffectCreateTask      EffectKind = "create_task"
	EffectNotify          EffectKind = "notify"
	EffectWebhook         EffectKind = "webhook"
	EffectCustom          EffectKind = "custom"
	EffectRemind          EffectKind = "remind"
	EffectMove            EffectKind = "move"
	EffectSLA             EffectKind = "sla"
)

// Effect is work that a move asks of the host: data, to be delivered at least once.
type Effect struct {
	Record string     `json:"record"`
	Seq    uint64     `json:"seq"`
	Index  uint16     `json:"index"`
	Action string     `json:"action"`
	Kind   EffectKind `json:"kind"`
	// Trigger is exit, move, enter, facts or act.
	Trigger string `json:"trigger"`
	Visit   uint64 `json:"visit"`
	// At is when it is to be done, zero for at once.
	At       time.Time `json:"at,omitzero"`
	Due      time.Time `json:"due,omitzero"`
	Assignee string    `json:"assignee,omitempty"`
	// After is the effect that has to be done first, of the same row unless AfterRow says of which.
	After    *uint16 `json:"after,omitempty"`
	AfterRow uint64  `json:"after_row,omitempty"`
	// Bound says that it is cancelled when the visit ends.
	Bound bool `json:"bound,omitempty"`
	// Reported says that a person has to say what became of it.
	Reported bool     `json:"reported,omitempty"`
	Depth    uint16   `json:"depth,omitempty"`
	Args     Fields   `json:"args,omitempty"`
	Missing  []string `json:"missing,omitempty"`

	unknown unknown
}

// ID is the stable id of the effect: record, row and index.
func (e *Effect) ID() string { return fmt.Sprintf("%s/%d/%d", e.Record, e.Seq, e.Index) }

// EffectUpdate says what becomes of earlier effects of a record.
type EffectUpdate struct {
	// Kind is end_visit, undo, report, reopen, give, hold, release or retire.
	Kind  string
	Visit uint64
	Seq   uint64
	Index uint16
	Done  bool
	To    string
}

type effectUpdateDetail struct {
	Visit *uint64 `json:"visit,omitempty"`
	Seq   *uint64 `json:"seq,omitempty"`
	Index *uint16 `json:"index,omitempty"`
	Done  *bool   `json:"done,omitempty"`
	To    *string `json:"to,omitempty"`
}

// MarshalJSON writes a word, or an object with one member.
func (u EffectUpdate) MarshalJSON() ([]byte, error) {
	var detail effectUpdateDetail
	switch u.Kind {
	case "end_visit":
		detail.Visit = &u.Visit
	case "undo":
		detail.Seq = &u.Seq
	case "report":
		detail.Seq, detail.Index, detail.Done = &u.Seq, &u.Index, &u.Done
	case "reopen":
		detail.Seq, detail.Index = &u.Seq, &u.Index
	case "give":
		detail.Seq, detail.Index, detail.To = &u.Seq, &u.Index, &u.To
	default:
		return json.Marshal(u.Kind)
	}
	return json.Marshal(map[string]effectUpdateDetail{u.Kind: detail})
}

// UnmarshalJSON reads a word, or an object with one member.
func (u *EffectUpdate) UnmarshalJSON(data []byte) error {
	*u = EffectUpdate{}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &u.Kind)
	}
	var one map[string]struct {
		Visit uint64 `json:"visit"`
		Seq   uint64 `json:"seq"`
		Index uint16 `json:"index"`
		Done  bool   `json:"done"`
		To    string `json:"to"`
	}
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	if len(one) != 1 {
		return fmt.Errorf("an update of effects has one member, not %d", len(one))
	}
	for kind, detail := range one {
		*u = EffectUpdate{kind, detail.Visit, detail.Seq, detail.Index, detail.Done, detail.To}
	}
	return nil
}

// Entry is an effect in the outbox, and how far it has come.
type Entry struct {
	Effect Effect `json:"effect"`
	// State is pending, delivered, cancelled or dead.
	State string `json:"state"`
	// Work is open, done, failed or cancelled, for what people do.
	Work      string    `json:"work,omitempty"`
	Assignee  string    `json:"assignee,omitempty"`
	ReadyAt   time.Time `json:"ready_at"`
	Leased    bool      `json:"leased"`
	Waiting   bool      `json:"waiting"`
	Held      bool      `json:"held"`
	Claims    uint32    `json:"claims"`
	Excused   uint32    `json:"excused"`
	Note      string    `json:"note,omitempty"`
	SettledAt time.Time `json:"settled_at,omitzero"`

	unknown unknown
}

// Claim asks for effects that are due, to have them until a time.
type Claim struct {
	Now   time.Time    `json:"now"`
	Until time.Time    `json:"until"`
	Kinds []EffectKind `json:"kinds"`
	Limit Limit        `json:"limit"`
}

// Delivery is an effect that was taken, to be carried out.
type Delivery struct {
	Effect   Effect    `json:"effect"`
	Assignee *string   `json:"assignee"`
	Attempt  uint32    `json:"attempt"`
	Lease    uint32    `json:"lease"`
	ReadyAt  time.Time `json:"ready_at"`
}

// Settlement says what became of an effect that was taken.
type Settlement struct {
	Record  string  `json:"record"`
	Seq     uint64  `json:"seq"`
	Index   uint16  `json:"index"`
	Lease   uint32  `json:"lease"`
	Outcome Settled `json:"outcome"`
}

// Settle makes the settlement of a delivery.
func (d *Delivery) Settle(outcome Settled) Settlement {
	return Settlement{d.Effect.Record, d.Effect.Seq, d.Effect.Index, d.Lease, outcome}
}

// Settled is what became of an effect: made by [Delivered], [Retry], [Postponed], [GivenBack], [Dead] or [Revived].
type Settled struct {
	Kind string
	// At is when, or until when it is postponed.
	At time.Time
	// Note is a note, or what went wrong; nil for none.
	Note *string
}

// Delivered says that the effect was carried out.
func Delivered(at time.Time) Settled { return Settled{Kind: "delivered", At: at} }

// Retry says that the effect failed, and when to try again.
func Retry(at time.Time, failure string) Settled { return Settled{"retry", at, &failure} }

// Postponed says that the effect is to come later, and nothing failed.
func Postponed(until time.Time) Settled { return Settled{Kind: "postponed", At: until} }

// GivenBack says that nobody tried.
func GivenBack(at time.Time) Settled { return Settled{Kind: "given_back", At: at} }

// Dead says that the effect is given up.
func Dead(at time.Time, failure string) Settled { return Settled{"dead", at, &failure} }

// Revived says that an effect that was given up is tried again.
func Revived(at time.Time) Settled { return Settled{Kind: "revived", At: at} }

// MarshalJSON writes an object with one member.
func (s Settled) MarshalJSON() ([]byte, error) {
	detail := make(args)
	switch s.Kind {
	case "postponed":
		detail["until"], detail["note"] = stamp(s.At), s.Note
	case "delivered":
		detail["at"], detail["note"] = stamp(s.At), s.Note
	case "retry", "dead":
		detail["at"], detail["error"] = stamp(s.At), s.Note
	default:
		detail["at"] = stamp(s.At)
	}
	return json.Marshal(map[string]args{s.Kind: detail})
}

// UnmarshalJSON reads an object with one member.
func (s *Settled) UnmarshalJSON(data []byte) error {
	var one map[string]struct {
		At    time.Time `json:"at"`
		Until time.Time `json:"until"`
		Note  *string   `json:"note"`
		Error *string   `json:"error"`
	}
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	if len(one) != 1 {
		return fmt.Errorf("an outcome has one member, not %d", len(one))
	}
	for kind, detail := range one {
		*s = Settled{Kind: kind, At: detail.At, Note: detail.Note}
		if kind == "postponed" {
			s.At = detail.Until
		}
		if detail.Error != nil {
			s.Note = detail.Error
		}
	}
	return nil
}

// OutboxKey is a place in the outbox, to go on from.
type OutboxKey struct {
	At     time.Time `json:"at"`
	Record string    `json:"record"`
	Seq    uint64    `json:"seq"`
	Index  uint16    `json:"index"`
}

// OutboxPage is a page of the outbox.
type OutboxPage struct {
	Entries []Entry    `json:"entries"`
	Next    *OutboxKey `json:"next"`
	// Urgency has a word for each task, when a time was given to judge it by.
	Urgency []string `json:"urgency,omitempty"`
}

// OutboxQuery asks for effects. Limit is how many come at once; 100 when it is 0.
type OutboxQuery struct {
	Record string     `json:"record,omitempty"`
	State  string     `json:"state,omitempty"`
	After  *OutboxKey `json:"after,omitempty"`
	Limit  Limit      `json:"limit"`
}

// TaskQuery asks for open tasks. Limit is how many come at once; 100 when it is 0.
type TaskQuery struct {
	Assignee  string     `json:"assignee,omitempty"`
	DueBefore time.Time  `json:"due_before,omitzero"`
	After     *OutboxKey `json:"after,omitempty"`
	Limit     Limit      `json:"limit"`
}

// MarshalJSON writes the value with everything it came with.
func (e Effect) MarshalJSON() ([]byte, error) {
	type plain Effect
	return writeKeeping(plain(e), e.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (e *Effect) UnmarshalJSON(data []byte) error {
	type plain Effect
	var read plain
	err := readKeeping(data, &read, &e.unknown)
	read.unknown = e.unknown
	*e = Effect(read)
	return err
}

// MarshalJSON writes the value with everything it came with.
func (e Entry) MarshalJSON() ([]byte, error) {
	type plain Entry
	return writeKeeping(plain(e), e.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (e *Entry) UnmarshalJSON(data []byte) error {
	type plain Entry
	var read plain
	err := readKeeping(data, &read, &e.unknown)
	read.unknown = e.unknown
	*e = Entry(read)
	return err
}
