package lifestage

import "time"

// Finish judges that the planned activity of a row is done; rows are the journal, or at least that row and what came later.
func (p *Pipeline) Finish(
	record Record, rows []Row, row uint64, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("finish", record, actor, now, options, args{"rows": list(rows), "row": row})
}

// CatchUp judges that a record gets the work that its stage came to have; messages only when asked for. Had are the effects
// that it had in this visit.
func (p *Pipeline) CatchUp(
	record Record, had []Entry, messages bool, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	return p.judge("catch_up", record, actor, now, options, args{"had": list(had), "messages": messages})
}

// Migrate judges one record of a migration into this pipeline. From is the mark of the stage that it leaves, where this
// definition does not know that any more.
func (p *Pipeline) Migrate(
	record Record, from *StageMark, migration Migration, now time.Time, options ...Option,
) (Decision, error) {
	input := args{"record": record, "migration": migration, "now": stamp(now)}
	return decided(p.ask("migrate", input.put("from", from, from != nil).with(options)))
}

// CustomerOf is the customer that a lead would become in this pipeline of customers; nothing is judged.
func (p *Pipeline) CustomerOf(lead Record, conversion Conversion) (Record, error) {
	return answered[Record](p.ask("customer_of", args{"lead": lead, "wish": conversion}))
}

// ConversionRule is what the definition of leads says of conversions.
type ConversionRule struct {
	// Into is the pipeline of the customers, Stage the one there that a new customer starts in.
	Into  string `json:"into"`
	Stage string `json:"stage,omitempty"`
	// Deals is the pipeline in which deals are started.
	Deals string `json:"deals,omitempty"`
	// Move is the move that converting makes too.
	Move string `json:"move,omitempty"`
}

// MakeCustomer judges the customer, in this pipeline of customers, that a lead becomes: the other half of [Pipeline.Convert].
// The customer is that of [Pipeline.CustomerOf] when it is nil; the rule, nil when the leads have none.
func (p *Pipeline) MakeCustomer(
	lead Record, customer *Record, conversion Conversion, rule *ConversionRule, actor Actor, now time.Time,
	options ...Option,
) (Decision, error) {
	input := args{"lead": lead, "wish": conversion, "actor": actor, "now": stamp(now)}
	input.put("customer", customer, customer != nil).put("conversion", rule, rule != nil)
	return decided(p.ask("make_customer", input.with(options)))
}

// LinkCustomer judges that a customer of this pipeline is what a lead becomes: the other half of [Pipeline.Convert].
func (p *Pipeline) LinkCustomer(
	lead, customer Record, conversion Conversion, rule *ConversionRule, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	input := args{"lead": lead, "customer": customer, "wish": conversion, "actor": actor, "now": stamp(now)}
	return decided(p.ask("link_customer", input.put("conversion", rule, rule != nil).with(options)))
}

// StartDeal judges the start of a deal, in this pipeline of deals, for a converted lead.
func (p *Pipeline) StartDeal(
	lead, deal Record, creation Creation, actor Actor, now time.Time, options ...Option,
) (Decision, error) {
	input := args{"lead": lead, "deal": deal, "creation": creation, "actor": actor, "now": stamp(now)}
	return decided(p.ask("start_deal", input.with(options)))
}

// Idle is for how long nothing has happened to a record, past the limit of its stage; nil when it is not past it. Sent are
// the times at which messages went out.
func (p *Pipeline) Idle(record Record, rows []Row, sent []time.Time, asOf time.Time) (*Span, error) {
	input := args{"record": record, "rows": list(rows), "as_of": stamp(asOf)}
	return answered[*Span](p.ask("idle", input.put("sent", stamps(sent), len(sent) > 0)))
}

// Notice is what to do with an effect about a promise of time: tell, postponed or nothing.
type Notice struct {
	Outcome Outcome `json:"outcome"`
	// Until is when to look again, when it is postponed; Note is why there is nothing to tell.
	Until time.Time `json:"until,omitzero"`
	Note  string    `json:"note,omitempty"`
}

// Notice says what to do with an effect about a promise of time that is due.
func (p *Pipeline) Notice(
	effect Effect, record Record, rows []Row, sent []time.Time, now time.Time,
) (Notice, error) {
	input := args{"effect": effect, "record": record, "rows": list(rows), "now": stamp(now)}
	return answered[Notice](p.ask("notice", input.put("sent", stamps(sent), len(sent) > 0)))
}

// Question is something that a request may be asked for.
type Question struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Label string `json:"label,omitempty"`
	// OneOf are the answers there are; those of NoteFor ask for a note as well.
	OneOf    []string `json:"one_of,omitempty"`
	NoteFor  []string `json:"note_for,omitempty"`
	Optional bool     `json:"optional,omitempty"`
}

// Asks are what a request may be asked for, from wherever it starts.
func (p *Pipeline) Asks(request Request) ([]Question, error) {
	return answered[[]Question](p.ask("asks", args{"request": request}))
}

// Can says whether an actor has a capability with a record.
func (p *Pipeline) Can(record Record, actor Actor, capability string) (bool, error) {
	return answered[bool](p.ask("can", args{"record": record, "actor": actor, "capability": capability}))
}

// SuggestMapping says what the columns of a list seem to be, by its headers, for [Workspace.Import].
func (p *Pipeline) SuggestMapping(rows List) ([]ImportColumn, error) {
	return answered[[]ImportColumn](p.ask("suggest_mapping", args{"list": rows}))
}
