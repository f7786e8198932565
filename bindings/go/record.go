package lifestage

import (
	"encoding/json"
	"fmt"
	"time"
)

// Digest is a SHA-256 as 64 hexadecimal digits.
type Digest string

// Link says how one record points at another.
type Link string

// Links between records.
const (
	LinkCustomer Link = "customer"
	LinkLead     Link = "lead"
	LinkCompany  Link = "company"
	LinkHead     Link = "head"
)

// Record is the thing that moves, as a decision sees it: a lead, contact, customer or deal.
//
// A host with tables of its own keeps the whole of it, or at least all that is not zero: what a decision changed is in
// [Change.Record].
type Record struct {
	ID       string `json:"id"`
	Pipeline string `json:"pipeline,omitempty"`
	// Stage is empty for a record that is in none.
	Stage string `json:"stage,omitempty"`
	// Version counts the changes; it is what a commit compares.
	Version uint64 `json:"version"`
	// Seq is the number of the last row of the journal.
	Seq uint64 `json:"seq"`
	// Visit is the row that the stay in the stage began with.
	Visit      uint64          `json:"visit"`
	EnteredAt  time.Time       `json:"entered_at,omitzero"`
	CreatedAt  time.Time       `json:"created_at,omitzero"`
	LastAt     time.Time       `json:"last_at,omitzero"`
	Owner      string          `json:"owner,omitempty"`
	Fields     Fields          `json:"fields,omitempty"`
	ClosedAt   time.Time       `json:"closed_at,omitzero"`
	LostReason string          `json:"lost_reason,omitempty"`
	Links      map[Link]string `json:"links,omitempty"`
	// Reserved is the e-mail address that no other record may hold.
	Reserved  string    `json:"reserved,omitempty"`
	TrashedAt time.Time `json:"trashed_at,omitzero"`
	// Definition is the version of the definition that the record was last judged by.
	Definition uint32 `json:"definition"`
	// Head is the hash of the last row.
	Head   Digest  `json:"head,omitempty"`
	Memory *Memory `json:"memory,omitempty"`

	unknown unknown
}

// Memory is what a record remembers of its life, as far as decisions need it.
type Memory struct {
	Visits []VisitCount `json:"visits,omitempty"`
	// Fired are the actions that happen once.
	Fired     []string   `json:"fired,omitempty"`
	Proposals []Proposal `json:"proposals,omitempty"`
	Queues    []Queued   `json:"queues,omitempty"`

	unknown unknown
}

// VisitCount says how often a record has been in a stage.
type VisitCount struct {
	Stage string
	Count uint32
}

// MarshalJSON writes a pair.
func (v VisitCount) MarshalJSON() ([]byte, error) { return json.Marshal([2]any{v.Stage, v.Count}) }

// UnmarshalJSON reads a pair.
func (v *VisitCount) UnmarshalJSON(data []byte) error {
	return readPair(data, &v.Stage, &v.Count)
}

// readPair reads a list of exactly two.
func readPair(data []byte, first, second any) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a pair, not a list of %d", len(pair))
	}
	if err := json.Unmarshal(pair[0], first); err != nil {
		return err
	}
	return json.Unmarshal(pair[1], second)
}

// Queued says since when a record is on a queue.
type Queued struct {
	Queue string    `json:"queue"`
	Since time.Time `json:"since"`
}

// Proposal is a move that waits for the approval of a second person.
type Proposal struct {
	Seq     uint64 `json:"seq"`
	Move    string `json:"move"`
	By      string `json:"by"`
	Input   Fields `json:"input,omitempty"`
	Visit   uint64 `json:"visit"`
	Meaning Digest `json:"meaning"`

	unknown unknown
}

// MarshalJSON writes the value with everything it came with.
func (r Record) MarshalJSON() ([]byte, error) {
	type plain Record
	return writeKeeping(plain(r), r.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (r *Record) UnmarshalJSON(data []byte) error {
	type plain Record
	var read plain
	err := readKeeping(data, &read, &r.unknown)
	read.unknown = r.unknown
	*r = Record(read)
	return err
}

// MarshalJSON writes the value with everything it came with.
func (m Memory) MarshalJSON() ([]byte, error) {
	type plain Memory
	return writeKeeping(plain(m), m.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (m *Memory) UnmarshalJSON(data []byte) error {
	type plain Memory
	var read plain
	err := readKeeping(data, &read, &m.unknown)
	read.unknown = m.unknown
	*m = Memory(read)
	return err
}

// MarshalJSON writes the value with everything it came with.
func (p Proposal) MarshalJSON() ([]byte, error) {
	type plain Proposal
	return writeKeeping(plain(p), p.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (p *Proposal) UnmarshalJSON(data []byte) error {
	type plain Proposal
	var read plain
	err := readKeeping(data, &read, &p.unknown)
	read.unknown = p.unknown
	*p = Proposal(read)
	return err
}
