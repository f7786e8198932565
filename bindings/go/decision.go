package lifestage

import (
	"encoding/json"
	"fmt"
)

// Change is all that one decision writes: in one transaction, or not at all.
type Change struct {
	// Record is the record as it is then.
	Record Record `json:"record"`
	// Row is to be appended to its journal.
	Row Row `json:"row"`
	// Effects go into the outbox.
	Effects []Effect `json:"effects,omitempty"`
	// Updates say what becomes of earlier effects of the record.
	Updates []EffectUpdate `json:"updates,omitempty"`
	// ExpectedVersion and ExpectedSeq are what the record has to be at: compare them in the transaction that writes, and
	// write nothing if they differ. Both are 0 when the record must not be there yet.
	ExpectedVersion uint64 `json:"expected_version"`
	ExpectedSeq     uint64 `json:"expected_seq"`
	// Meaning is what the definition in force has to mean; empty when that does not matter.
	Meaning Digest `json:"meaning,omitempty"`

	unknown unknown
}

// Decision is what a pipeline says to a request: [Moved], [Proposed], [Unchanged] or [Refused].
type Decision interface {
	// Outcome is moved, proposed, unchanged or refused.
	Outcome() Outcome
	decision()
}

// Outcome is what came of a call, in a word.
type Outcome string

// Outcomes.
const (
	OutcomeMoved      Outcome = "moved"
	OutcomeProposed   Outcome = "proposed"
	OutcomeUnchanged  Outcome = "unchanged"
	OutcomeRefused    Outcome = "refused"
	OutcomeRolledBack Outcome = "rolled_back"
	OutcomeCreated    Outcome = "created"
	OutcomeMatched    Outcome = "matched"
	OutcomeMerged     Outcome = "merged"
	OutcomeConverted  Outcome = "converted"
	OutcomePublished  Outcome = "published"
	OutcomeAccepted   Outcome = "accepted"
	OutcomeMigrated   Outcome = "migrated"
	OutcomeClosed     Outcome = "closed"
	OutcomeDone       Outcome = "done"
	OutcomeImported   Outcome = "imported"
	OutcomeJudged     Outcome = "judged"
	OutcomeFaulty     Outcome = "faulty"
	OutcomeTell       Outcome = "tell"
	OutcomePostponed  Outcome = "postponed"
	OutcomeNothing    Outcome = "nothing"
)

// Moved is a request that is granted: the change is to be written.
type Moved struct {
	Change *Change `json:"change"`
}

// Proposed is a request that waits for the approval of a second person: the change is to be written.
type Proposed struct {
	Change *Change `json:"change"`
}

// Unchanged is a request for what is so already: there is nothing to write.
type Unchanged struct {
	Stage string `json:"stage"`
}

// Refused is a request that is not granted, with every reason.
type Refused struct {
	Refusal
}

// Outcome is moved.
func (Moved) Outcome() Outcome { return OutcomeMoved }

// Outcome is proposed.
func (Proposed) Outcome() Outcome { return OutcomeProposed }

// Outcome is unchanged.
func (Unchanged) Outcome() Outcome { return OutcomeUnchanged }

// Outcome is refused.
func (Refused) Outcome() Outcome { return OutcomeRefused }

func (Moved) decision()     {}
func (Proposed) decision()  {}
func (Unchanged) decision() {}
func (Refused) decision()   {}

// ChangeOf is what is to be written, nil when there is nothing.
func ChangeOf(decision Decision) *Change {
	switch decision := decision.(type) {
	case Moved:
		return decision.Change
	case Proposed:
		return decision.Change
	default:
		return nil
	}
}

func decided(told []byte, err error) (Decision, error) {
	answer, err := answered[struct {
		Outcome Outcome `json:"outcome"`
		Stage   *string `json:"stage"`
		Change  *Change `json:"change"`
	}](told, err)
	if err != nil {
		return nil, err
	}
	switch answer.Outcome {
	case OutcomeMoved:
		return Moved{answer.Change}, nil
	case OutcomeProposed:
		return Proposed{answer.Change}, nil
	case OutcomeUnchanged:
		same := Unchanged{}
		if answer.Stage != nil {
			same.Stage = *answer.Stage
		}
		return same, nil
	case OutcomeRefused:
		refusal, err := answered[Refusal](told, nil)
		return Refused{refusal}, err
	default:
		return nil, newError(ErrInvalid, fmt.Sprintf("there is no outcome `%s`", answer.Outcome))
	}
}

// ReasonCode is the stable name of a reason.
type ReasonCode string

// Number is the stable number of the reason, the same in every language; 0 for one that this version does not know.
func (c ReasonCode) Number() int { return reasonNumbers[c] }

// Reason is one reason against a request.
type Reason struct {
	Code    ReasonCode `json:"code"`
	Message string     `json:"message"`
	// Parameters say what it is about, by name.
	Parameters Fields `json:"parameters,omitempty"`
}

// Refusal is every reason against a request, and the lawful way, if there is one.
type Refusal struct {
	// Message is all of it in words.
	Message string   `json:"message,omitempty"`
	Reasons []Reason `json:"reasons"`
	// Route is the shortest lawful way to where the request wanted; nil when there is none to tell.
	Route *Route `json:"route,omitempty"`
}

// Reason finds a reason by its code; nil when it is not among them.
func (r *Refusal) Reason(code ReasonCode) *Reason {
	for i := range r.Reasons {
		if r.Reasons[i].Code == code {
			return &r.Reasons[i]
		}
	}
	return nil
}

// String is the refusal in words.
func (r Refusal) String() string { return r.Message }

// Route is a way from move to move.
type Route struct{ Steps []RouteStep }

// RouteStep is one move of a route.
type RouteStep struct {
	Move  string `json:"move"`
	Label string `json:"label"`
	To    string `json:"to"`
	// Asks are the inputs that the move asks for, Conditions what it asks of the record.
	Asks       []string `json:"asks,omitempty"`
	Conditions []string `json:"conditions,omitempty"`
	// Approval says that a second person has to approve.
	Approval bool `json:"approval"`
}

// MarshalJSON writes the list of steps.
func (r Route) MarshalJSON() ([]byte, error) { return json.Marshal(list(r.Steps)) }

// UnmarshalJSON reads a list of steps, or an object with it.
func (r *Route) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		type object struct {
			Steps []RouteStep `json:"steps"`
		}
		return json.Unmarshal(data, (*object)(r))
	}
	return json.Unmarshal(data, &r.Steps)
}

// MarshalJSON writes the value with everything it came with.
func (c Change) MarshalJSON() ([]byte, error) {
	type plain Change
	return writeKeeping(plain(c), c.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (c *Change) UnmarshalJSON(data []byte) error {
	type plain Change
	var read plain
	err := readKeeping(data, &read, &c.unknown)
	read.unknown = c.unknown
	*c = Change(read)
	return err
}
