package lifestage

import "time"

// Actor is who acts.
type Actor struct {
	ID    string   `json:"id"`
	Roles []string `json:"roles,omitempty"`
	// Automation moves records forward only, where the definition says so.
	Automation bool `json:"automation,omitempty"`
}

// NewActor makes an actor with roles.
func NewActor(id string, roles ...string) Actor { return Actor{ID: id, Roles: roles} }

// Request is a wish to move a record: by a move, or to a stage.
type Request struct {
	// Move is the id of a move; To, of a stage. A request has one of them.
	Move  string `json:"move,omitempty"`
	To    string `json:"to,omitempty"`
	Input Fields `json:"input,omitempty"`
	// ExpectVersion asks on condition that the record is still at this version, ExpectVisit in this visit.
	ExpectVersion *uint64 `json:"expect_version,omitempty"`
	ExpectVisit   *uint64 `json:"expect_visit,omitempty"`
	// ExpectMeaning asks on condition that the definition still means the same.
	ExpectMeaning Digest `json:"expect_meaning,omitempty"`
	// Key names the request, so that asking twice does it once.
	Key string `json:"key,omitempty"`
	// Force asks to go past the rules, for this reason.
	Force string `json:"force,omitempty"`
	// Backward says that automation means to go back.
	Backward bool `json:"backward,omitempty"`
	// EffectiveAt is when it took effect, if not now.
	EffectiveAt time.Time `json:"effective_at,omitzero"`
	Batch       string    `json:"batch,omitempty"`
	Retries     uint32    `json:"retries,omitempty"`

	unknown unknown
}

// Move asks for a move by its id: a button.
func Move(id string) Request { return Request{Move: id} }

// To asks for a stage by its id, whatever move leads there: drag and drop.
func To(stage string) Request { return Request{To: stage} }

// With answers something that the move asks for.
func (r Request) With(name string, value any) Request {
	input := make(Fields, len(r.Input)+1)
	for known, value := range r.Input {
		input[known] = value
	}
	input[name] = value
	r.Input = input
	return r
}

// Version is a version to expect.
func Version(version uint64) *uint64 { return &version }

// Creation says how a record comes to be; without members, in the default stage.
type Creation struct {
	Stage     string    `json:"stage,omitempty"`
	NoStage   bool      `json:"no_stage,omitempty"`
	Imported  bool      `json:"imported,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	Input     Fields    `json:"input,omitempty"`
	Key       string    `json:"key,omitempty"`
}

// Edit is a change of facts: Set first, then Clear, then what goes into lists and out of them.
type Edit struct {
	Set           Fields   `json:"set,omitempty"`
	Clear         []string `json:"clear,omitempty"`
	Add           Fields   `json:"add,omitempty"`
	Remove        Fields   `json:"remove,omitempty"`
	Company       string   `json:"company,omitempty"`
	NoCompany     bool     `json:"no_company,omitempty"`
	ExpectVersion *uint64  `json:"expect_version,omitempty"`
	Key           string   `json:"key,omitempty"`
}

// Act is what goes with deeds that need no more.
type Act struct {
	Reason        string  `json:"reason,omitempty"`
	ExpectVersion *uint64 `json:"expect_version,omitempty"`
	Key           string  `json:"key,omitempty"`
}

// Assignment says whose a record is to be: one of Claim, Release and To.
type Assignment struct {
	Claim         bool    `json:"claim,omitempty"`
	Release       bool    `json:"release,omitempty"`
	To            string  `json:"to,omitempty"`
	Reason        string  `json:"reason,omitempty"`
	ExpectVersion *uint64 `json:"expect_version,omitempty"`
	Key           string  `json:"key,omitempty"`
}

// Activity is something that was done or is planned: Kind is note, call, meeting, email or task.
type Activity struct {
	Kind          string    `json:"kind"`
	Text          string    `json:"text,omitempty"`
	Planned       bool      `json:"planned,omitempty"`
	At            time.Time `json:"at,omitzero"`
	Due           time.Time `json:"due,omitzero"`
	Assignee      string    `json:"assignee,omitempty"`
	Input         Fields    `json:"input,omitempty"`
	ExpectVersion *uint64   `json:"expect_version,omitempty"`
	Key           string    `json:"key,omitempty"`
}

// Conversion says what a lead becomes.
type Conversion struct {
	// Pipeline and Stage are where the customer goes that is made; Customer is its id.
	Pipeline string `json:"pipeline,omitempty"`
	Stage    string `json:"stage,omitempty"`
	Customer string `json:"customer,omitempty"`
	// Link is a customer that is there already.
	Link          string  `json:"link,omitempty"`
	Input         Fields  `json:"input,omitempty"`
	ExpectVersion *uint64 `json:"expect_version,omitempty"`
	Key           string  `json:"key,omitempty"`
}

// Erasure says what to keep when what is personal is erased, and what to call the record from then on.
type Erasure struct {
	Keep          []string `json:"keep,omitempty"`
	Rename        string   `json:"rename,omitempty"`
	Reason        string   `json:"reason,omitempty"`
	ExpectVersion *uint64  `json:"expect_version,omitempty"`
	Key           string   `json:"key,omitempty"`
}

// CarryOut asks for an action that the stage offers.
type CarryOut struct {
	Action        string  `json:"action"`
	Input         Fields  `json:"input,omitempty"`
	ExpectVersion *uint64 `json:"expect_version,omitempty"`
	Key           string  `json:"key,omitempty"`
}

// Report says what became of work: one of Done, Failed, Undone and To.
type Report struct {
	Done bool `json:"done,omitempty"`
	// Failed is why.
	Failed *string `json:"failed,omitempty"`
	Undone bool    `json:"undone,omitempty"`
	// To is whom it is given to.
	To            string  `json:"to,omitempty"`
	Input         Fields  `json:"input,omitempty"`
	ExpectVersion *uint64 `json:"expect_version,omitempty"`
	Key           string  `json:"key,omitempty"`
}

// MarshalJSON writes the value with everything it came with.
func (r Request) MarshalJSON() ([]byte, error) {
	type plain Request
	return writeKeeping(plain(r), r.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (r *Request) UnmarshalJSON(data []byte) error {
	type plain Request
	var read plain
	err := readKeeping(data, &read, &r.unknown)
	read.unknown = r.unknown
	*r = Request(read)
	return err
}
