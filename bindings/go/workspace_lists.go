package lifestage

import (
	"context"
	"encoding/json"
	"time"
)

// List is a list to be imported: made by [CSV] or [Cells].
type List struct {
	text    *string
	headers []string
	rows    [][]string
}

// CSV is a list as the text of a file, whose first line names the columns.
func CSV(text string) List { return List{text: &text} }

// Cells is a list that was read already. Its rows may be a piece of a larger one: see [ImportOptions.RowsBefore].
func Cells(headers []string, rows ...[]string) List { return List{headers: headers, rows: rows} }

// MarshalJSON writes the text, or the cells.
func (l List) MarshalJSON() ([]byte, error) {
	if l.text != nil {
		return json.Marshal(*l.text)
	}
	rows := make([][]string, len(l.rows))
	for i, row := range l.rows {
		rows[i] = list(row)
	}
	return json.Marshal(args{"headers": list(l.headers), "rows": rows})
}

// ImportOptions say how a list is brought in.
type ImportOptions struct {
	// Columns say by headers what is not told by them: a field, id, stage, owner or ignore; field:owner is a field of that
	// name. With NoGuess nothing is told by headers.
	Columns map[string]string
	NoGuess bool
	// Require are fields that must not be blank in any row.
	Require []string
	// Batch is kept in history; a list without ids needs one of its own. It is import when it is empty.
	Batch string
	// RowsBefore is how many rows came before, when a list comes in pieces.
	RowsBefore uint64
	// Lower says that records may follow the list to lower stages.
	Lower bool
	// DryRun judges every row and writes nothing.
	DryRun bool
	// AllOrNothing takes the list only when every row can be taken.
	AllOrNothing bool
	// NewsOnly leaves out what became of rows that simply are new, or known.
	NewsOnly bool
}

// Imported is what became of a list: imported, or judged when nothing was written.
type Imported struct {
	Outcome Outcome        `json:"outcome"`
	Summary ImportSummary  `json:"summary"`
	Rows    []ImportedRow  `json:"rows"`
	Columns []ImportColumn `json:"columns"`
}

// ImportSummary is how many rows came to what.
type ImportSummary struct {
	Rows    uint64 `json:"rows"`
	Created uint64 `json:"created"`
	Matched uint64 `json:"matched"`
	Faulty  uint64 `json:"faulty"`
	Refused uint64 `json:"refused"`
}

// ImportColumn is what a column was taken for.
type ImportColumn struct {
	Header string `json:"header"`
	Column string `json:"column"`
}

// ImportedRow is what became of one row: created, matched, faulty or refused.
type ImportedRow struct {
	Row uint64 `json:"row"`
	// Line is the line of a text that it begins on; 0 for cells.
	Line    uint64  `json:"line,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Record is the id of the record that it became, or is.
	Record string `json:"record,omitempty"`
	// Filled are the fields that were empty, and Stage says what became of its stage, as in [Intake].
	Filled []string        `json:"filled,omitempty"`
	Stage  json.RawMessage `json:"stage,omitempty"`
	// Cells are those that cannot be read.
	Cells   []CellFault `json:"cells,omitempty"`
	Message string      `json:"message,omitempty"`
	Reasons []Reason    `json:"reasons,omitempty"`
	Route   *Route      `json:"route,omitempty"`
}

// Refusal is why the row was refused; nil when it was not.
func (r *ImportedRow) Refusal() *Refusal { return refusalOf(r.Outcome, r.Message, r.Reasons, r.Route) }

// CellFault is a cell that cannot be read. Column is empty when the whole row is at fault.
type CellFault struct {
	Column  string `json:"column"`
	Text    string `json:"text"`
	Message string `json:"message"`
	// Near is what was probably meant, nearest first.
	Near []string `json:"near"`
}

// Import brings in a list, and says what became of each row: each is taken whole or not at all, and a bad one stops no
// other. Running it again changes nothing more.
func (w *Workspace) Import(
	ctx context.Context, pipeline string, rows List, options ImportOptions, actor Actor, now time.Time,
) (*Imported, error) {
	mapping := args{"no_guess": options.NoGuess, "require": list(options.Require)}
	mapping.put("columns", options.Columns, options.Columns != nil)
	input := args{
		"pipeline": pipeline, "list": rows, "mapping": mapping, "rows_before": options.RowsBefore,
		"lower": options.Lower, "dry_run": options.DryRun, "all_or_nothing": options.AllOrNothing,
		"news_only": options.NewsOnly, "actor": actor, "now": stamp(now),
	}
	input.put("batch", options.Batch, options.Batch != "")
	return answered[*Imported](w.ask(ctx, "import", input))
}
