package lifestage

import (
	"encoding/json"
	"time"
)

// Offer is a move that is open: a button.
type Offer struct {
	ID        string    `json:"id"`
	Label     string    `json:"label"`
	To        string    `json:"to"`
	Kind      string    `json:"kind"`
	Direction Direction `json:"direction"`
	// Asks are the inputs that the move asks for.
	Asks []string `json:"asks"`
	// Approval says that a second person has to approve.
	Approval bool `json:"approval"`
}

// Standing says how something stands: allowed, here already, or refused with reasons.
type Standing struct {
	Allowed bool
	Here    bool
	Reasons []Reason
}

// MarshalJSON writes a word or the reasons.
func (s Standing) MarshalJSON() ([]byte, error) {
	switch {
	case s.Allowed:
		return []byte(`"allowed"`), nil
	case s.Here:
		return []byte(`"here"`), nil
	default:
		return json.Marshal(list(s.Reasons))
	}
}

// UnmarshalJSON reads a word or reasons.
func (s *Standing) UnmarshalJSON(data []byte) error {
	*s = Standing{}
	switch string(data) {
	case `"allowed"`:
		s.Allowed = true
	case `"here"`:
		s.Here = true
	default:
		return json.Unmarshal(data, &s.Reasons)
	}
	return nil
}

// Explanation says of every move and every stage whether it is open, and why not.
type Explanation struct {
	Moves  []MoveExplanation  `json:"moves"`
	Stages []StageExplanation `json:"stages"`
}

// MoveExplanation says how a move stands, and who could make it.
type MoveExplanation struct {
	ID       string   `json:"id"`
	Label    string   `json:"label"`
	To       string   `json:"to"`
	Standing Standing `json:"standing"`
	Asks     []string `json:"asks"`
	WhoCould []string `json:"who_could"`
}

// StageExplanation says how a stage stands, and the way there; nil when there is none to tell.
type StageExplanation struct {
	ID       string   `json:"id"`
	Standing Standing `json:"standing"`
	Route    *Route   `json:"route"`
}

// Deed says how something stands that can be done with a record beside moving it.
type Deed struct {
	Deed     string   `json:"deed"`
	Standing Standing `json:"standing"`
	WhoCould []string `json:"who_could"`
}

// Action is something that a stage offers to do.
type Action struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Kind  EffectKind `json:"kind"`
	plain json.RawMessage
}

// UnmarshalJSON reads an action.
func (a *Action) UnmarshalJSON(data []byte) error {
	type plain Action
	a.plain = append(a.plain[:0:0], data...)
	return json.Unmarshal(data, (*plain)(a))
}

// MarshalJSON writes all that the definition says of the action.
func (a Action) MarshalJSON() ([]byte, error) {
	if a.plain != nil {
		return a.plain, nil
	}
	type plain Action
	return json.Marshal(plain(a))
}

// Clock is a promise of time, and how it stands.
type Clock struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// State is running, paused, met, breached or left.
	State     string    `json:"state"`
	StartedAt time.Time `json:"started_at"`
	DueAt     time.Time `json:"due_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	// Left is what is left of the time, negative when it is over.
	Left       Span      `json:"left"`
	BreachedAt time.Time `json:"breached_at,omitzero"`
}

// Replay is what the definition says of moves that were made.
type Replay struct {
	Judged     uint64 `json:"judged"`
	PassedOver uint64 `json:"passed_over"`
	Refused    []struct {
		Record  string  `json:"record"`
		Seq     uint64  `json:"seq"`
		Move    string  `json:"move,omitempty"`
		Refusal Refusal `json:"refusal"`
	} `json:"refused"`
}
