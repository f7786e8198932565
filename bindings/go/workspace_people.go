package lifestage

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Assign gives a record a new owner, or none.
func (w *Workspace) Assign(
	ctx context.Context, id string, assignment Assignment, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "assign", id, actor, now, args{"wish": assignment})
}

// AssignNext gives a record to the one of a pool whose turn it is.
func (w *Workspace) AssignNext(
	ctx context.Context, id, pool string, act Act, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "assign_next", id, actor, now, args{"pool": pool, "wish": act})
}

// Pool is people who take records in turn.
type Pool struct {
	Members []PoolMember `json:"members"`
	// Next is whose turn it is; nil when nobody is there.
	Next *string `json:"next"`
}

// PoolMember is a person of a pool.
type PoolMember struct {
	ID   string `json:"id"`
	Away bool   `json:"away"`
}

// Pool is the people who take the records of a pipeline in turn.
func (w *Workspace) Pool(ctx context.Context, pipeline, name string) (*Pool, error) {
	return answered[*Pool](w.read(ctx, "pool", args{"pipeline": pipeline, "name": name}))
}

// SetPool says who takes turns.
func (w *Workspace) SetPool(
	ctx context.Context, pipeline, name string, members []string, actor Actor, now time.Time,
) (*Answer, error) {
	return answered[*Answer](w.ask(ctx, "set_pool", args{
		"pipeline": pipeline, "name": name, "members": list(members), "actor": actor, "now": stamp(now),
	}))
}

// SetAway says whether somebody of a pool is away.
func (w *Workspace) SetAway(
	ctx context.Context, pipeline, name, member string, away bool, actor Actor, now time.Time,
) (*Answer, error) {
	return answered[*Answer](w.ask(ctx, "set_away", args{
		"pipeline": pipeline, "name": name, "member": member, "away": away, "actor": actor, "now": stamp(now),
	}))
}

// Log writes down a note, call, meeting, e-mail or task.
func (w *Workspace) Log(
	ctx context.Context, id string, activity Activity, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "log", id, actor, now, args{"wish": activity})
}

// Finish says that the planned activity of a row is done.
func (w *Workspace) Finish(ctx context.Context, id string, row uint64, actor Actor, now time.Time) (*Answer, error) {
	return w.wish(ctx, "finish", id, actor, now, args{"row": row})
}

// Trash puts a record into the trash.
func (w *Workspace) Trash(ctx context.Context, id string, act Act, actor Actor, now time.Time) (*Answer, error) {
	return w.wish(ctx, "trash", id, actor, now, args{"wish": act})
}

// Restore takes a record out of the trash.
func (w *Workspace) Restore(ctx context.Context, id string, act Act, actor Actor, now time.Time) (*Answer, error) {
	return w.wish(ctx, "restore", id, actor, now, args{"wish": act})
}

// Converting is what came of a conversion: converted, or refused.
type Converting struct {
	Outcome Outcome `json:"outcome"`
	// How is created, linked or before.
	How      string          `json:"how,omitempty"`
	Lead     *Record         `json:"lead,omitempty"`
	Customer *Record         `json:"customer,omitempty"`
	Filled   json.RawMessage `json:"filled,omitempty"`
	// Moved is what came of moving the customer.
	Moved   *Answer  `json:"moved,omitempty"`
	Message string   `json:"message,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	Route   *Route   `json:"route,omitempty"`
}

// Refusal is why the conversion was refused; nil when it was not.
func (c *Converting) Refusal() *Refusal { return refusalOf(c.Outcome, c.Message, c.Reasons, c.Route) }

// Convert turns a lead into a customer.
func (w *Workspace) Convert(
	ctx context.Context, id string, conversion Conversion, actor Actor, now time.Time,
) (*Converting, error) {
	return answered[*Converting](w.wished(ctx, "convert", id, actor, now, args{"wish": conversion}))
}

// Merging is what came of making two records one: merged, unchanged or refused.
type Merging struct {
	Outcome Outcome  `json:"outcome"`
	Head    *Answer  `json:"head,omitempty"`
	Tail    *Answer  `json:"tail,omitempty"`
	Stage   string   `json:"stage,omitempty"`
	Message string   `json:"message,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	Route   *Route   `json:"route,omitempty"`
}

// Refusal is why the merge was refused; nil when it was not.
func (m *Merging) Refusal() *Refusal { return refusalOf(m.Outcome, m.Message, m.Reasons, m.Route) }

// Merge makes a duplicate, the tail, one with a record, the head.
func (w *Workspace) Merge(
	ctx context.Context, head, tail string, act Act, actor Actor, now time.Time,
) (*Merging, error) {
	return answered[*Merging](w.wished(ctx, "merge", head, actor, now, args{"tail": tail, "wish": act}))
}

// Erase erases what is personal of a record, for good.
func (w *Workspace) Erase(
	ctx context.Context, id string, erasure Erasure, actor Actor, now time.Time,
) (*Answer, error) {
	return w.wish(ctx, "erase", id, actor, now, args{"wish": erasure})
}

// Intake is what came of a form: created, matched or refused.
type Intake struct {
	Outcome  Outcome         `json:"outcome"`
	Record   *Record         `json:"record,omitempty"`
	Row      *Row            `json:"row,omitempty"`
	Effects  []Effect        `json:"effects,omitempty"`
	Repeated bool            `json:"repeated,omitempty"`
	Filled   json.RawMessage `json:"filled,omitempty"`
	// Stage says what became of the stage of a record that was there: same, or an object with kept, raised or lowered.
	Stage   json.RawMessage `json:"stage,omitempty"`
	Message string          `json:"message,omitempty"`
	Reasons []Reason        `json:"reasons,omitempty"`
	Route   *Route          `json:"route,omitempty"`
}

// Refusal is why the form was refused; nil when it was not.
func (i *Intake) Refusal() *Refusal { return refusalOf(i.Outcome, i.Message, i.Reasons, i.Route) }

// Receive takes in a form: it creates a record, or fills the one of the same person. Lower says that the form may also
// take that one to a lower stage.
func (w *Workspace) Receive(
	ctx context.Context, record Record, creation Creation, lower bool, actor Actor, now time.Time,
) (*Intake, error) {
	return answered[*Intake](w.ask(ctx, "receive", args{
		"record": record, "creation": creation, "lower": lower, "actor": actor, "now": stamp(now),
	}))
}

// StartDeal starts a deal for a lead.
func (w *Workspace) StartDeal(
	ctx context.Context, lead string, deal Record, creation Creation, actor Actor, now time.Time,
) (*Answer, error) {
	return answered[*Answer](w.ask(ctx, "start_deal", args{
		"lead": lead, "deal": deal, "creation": creation, "actor": actor, "now": stamp(now),
	}))
}

// SourceLine is what came of the leads of a source.
type SourceLine struct {
	Source    *string `json:"source"`
	Leads     uint64  `json:"leads"`
	Converted uint64  `json:"converted"`
	Deals     uint64  `json:"deals"`
	Won       uint64  `json:"won"`
}

// LeadSources says what came of leads, by their source, in deals.
func (w *Workspace) LeadSources(ctx context.Context, leads, deals string) ([]SourceLine, error) {
	return answered[[]SourceLine](w.read(ctx, "lead_sources", args{"leads": leads, "deals": deals}))
}

// WithEmail are the records with an e-mail address.
func (w *Workspace) WithEmail(ctx context.Context, pipeline, email string) ([]Record, error) {
	return answered[[]Record](w.read(ctx, "with_email", args{"pipeline": pipeline, "email": email}))
}

// SamePerson are the ids of the records that are the same person.
func (w *Workspace) SamePerson(ctx context.Context, id string) ([]string, error) {
	return answered[[]string](w.read(ctx, "same_person", args{"id": id}))
}

// PointingAt are the ids of the records that point at another.
func (w *Workspace) PointingAt(ctx context.Context, link Link, target string) ([]string, error) {
	return answered[[]string](w.read(ctx, "pointing_at", args{"link": link, "target": target}))
}

// HeadOf is the record that a merged one has become.
func (w *Workspace) HeadOf(ctx context.Context, id string) (*Record, error) {
	return answered[*Record](w.read(ctx, "head_of", args{"id": id}))
}

// United are the ids of all records that are one.
func (w *Workspace) United(ctx context.Context, id string) ([]string, error) {
	return answered[[]string](w.read(ctx, "united", args{"id": id}))
}

// UnitedHistory is the history of all records that are one, in time.
func (w *Workspace) UnitedHistory(ctx context.Context, id string) ([]Row, error) {
	return answered[[]Row](w.read(ctx, "united_history", args{"id": id}))
}

// UnitedVisit is a stay in a stage of one of several records that are one.
type UnitedVisit struct {
	Record string `json:"record"`
	Visit  Visit  `json:"visit"`
}

// UnitedVisits are the stays in stages of all of them, in time.
func (w *Workspace) UnitedVisits(ctx context.Context, id string) ([]UnitedVisit, error) {
	return answered[[]UnitedVisit](w.read(ctx, "united_visits", args{"id": id}))
}

// TimelineCursor is a place in a timeline, to go on from.
type TimelineCursor json.RawMessage

// MarshalJSON writes the cursor as it came.
func (c TimelineCursor) MarshalJSON() ([]byte, error) { return json.RawMessage(c).MarshalJSON() }

// UnmarshalJSON reads a cursor.
func (c *TimelineCursor) UnmarshalJSON(data []byte) error {
	*c = append((*c)[:0:0], data...)
	return nil
}

// TimelinePage is a page of what happened.
type TimelinePage struct {
	Entries []Row           `json:"entries"`
	Next    *TimelineCursor `json:"next"`
}

// TimelinePage is what happened to a record, newest first, of some kinds or of all.
func (w *Workspace) TimelinePage(
	ctx context.Context, id string, limit int, after *TimelineCursor, kinds ...RowKind,
) (*TimelinePage, error) {
	input := args{"id": id, "limit": limit}.put("after", after, after != nil).put("kinds", kinds, len(kinds) > 0)
	return answered[*TimelinePage](w.read(ctx, "timeline", input))
}

// Timeline goes through what happened to a record, newest first, of some kinds or of all.
func (w *Workspace) Timeline(ctx context.Context, id string, kinds ...RowKind) iter.Seq2[Row, error] {
	return paged(func(after *TimelineCursor) ([]Row, *TimelineCursor, error) {
		page, err := w.TimelinePage(ctx, id, pageSize, after, kinds...)
		if err != nil {
			return nil, nil, err
		}
		return page.Entries, page.Next, nil
	}, nil)
}

// pageSize is how many come at once, where the caller does not say.
const pageSize = 100

// paged goes through pages until there is none. An error ends it.
func paged[T, K any](page func(after *K) ([]T, *K, error), after *K) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for after := after; ; {
			entries, next, err := page(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, entry := range entries {
				if !yield(entry, nil) {
					return
				}
			}
			if next == nil {
				return
			}
			after = next
		}
	}
}
