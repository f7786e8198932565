package lifestage_test

import (
	"os"
	"testing"

	"github.com/lifestage/lifestage/bindings/go"
)

func TestAListIsImported(t *testing.T) {
	workspace := sqlite(t)
	shipped, err := os.ReadFile("../../examples/data/leads.csv")
	must(t, err)
	known := lifestage.ImportSummary{Rows: 1000, Created: 911, Matched: 25, Faulty: 64}
	later := noon.AddDate(1, 0, 0)
	dry, err := workspace.Import(ctx, "lead", lifestage.CSV(string(shipped)),
		lifestage.ImportOptions{DryRun: true, NewsOnly: true}, sam, later)
	must(t, err)
	if dry.Outcome != lifestage.OutcomeJudged || dry.Summary != known || len(dry.Rows) >= 911 {
		t.Errorf("%+v, %d rows", dry.Summary, len(dry.Rows))
	}
	none, err := workspace.Import(ctx, "lead", lifestage.CSV(string(shipped)),
		lifestage.ImportOptions{AllOrNothing: true}, sam, later)
	must(t, err)
	if records := all(t, workspace.Records(ctx, lifestage.RecordQuery{Pipeline: "lead"})); len(records) != 0 {
		t.Errorf("%d records after %s", len(records), none.Outcome)
	}
	done, err := workspace.Import(ctx, "lead", lifestage.CSV(string(shipped)), lifestage.ImportOptions{}, sam, later)
	must(t, err)
	if done.Outcome != lifestage.OutcomeImported || done.Summary != known || len(done.Rows) != 1000 {
		t.Errorf("%+v", done.Summary)
	}
	if row := done.Rows[63]; row.Outcome != lifestage.OutcomeFaulty || row.Line != 74 || row.Cells[0].Near[0] != "Engaged" {
		t.Errorf("%+v", row)
	}
}

func TestAListComesInPiecesWithAMapping(t *testing.T) {
	workspace := sqlite(t)
	_, lead := preset(t, "lead")
	headers := []string{"Who", "E-mail", "Shoe size"}
	columns, err := lead.SuggestMapping(lifestage.Cells(headers))
	must(t, err)
	if len(columns) != 3 || columns[0].Column != "ignore" || columns[1].Column != "email" {
		t.Errorf("%+v", columns)
	}
	options := lifestage.ImportOptions{
		Columns: map[string]string{"Who": "name", "Shoe size": "notes"}, Require: []string{"name"}, Batch: "fair",
	}
	pieces := [][][]string{
		{{"Ada \"the first\"", "ada@example.com", "38"}, {"", "bea@example.com", ""}},
		{{"Cy;\nJr", "cy@example.com", ""}},
	}
	var rows []lifestage.ImportedRow
	for _, piece := range pieces {
		done, err := workspace.Import(ctx, "lead", lifestage.Cells(headers, piece...), options, sam, noon)
		must(t, err)
		rows = append(rows, done.Rows...)
		options.RowsBefore += uint64(len(piece))
	}
	if len(rows) != 3 || rows[1].Outcome != lifestage.OutcomeFaulty || rows[2].Record != "fair-3" || rows[2].Row != 3 {
		t.Errorf("%+v", rows)
	}
	record, err := workspace.Record(ctx, "fair-3")
	must(t, err)
	if record.Fields["name"] != "Cy;\nJr" {
		t.Errorf("%+v", record)
	}
	refused, err := workspace.Import(ctx, "lead", lifestage.CSV("E-mail\nx@example.com\n"),
		lifestage.ImportOptions{Batch: "no"}, lifestage.NewActor("eve"), noon)
	must(t, err)
	if row := refused.Rows[0]; row.Refusal() == nil || row.Refusal().Reasons[0].Code != lifestage.ReasonNotPermittedToCreate {
		t.Errorf("%+v", row)
	}
	_, err = workspace.Import(ctx, "lead", lifestage.CSV(""), options, sam, noon)
	failure(t, err, lifestage.ErrInvalidInput)
	_, err = workspace.Import(ctx, "nothing", lifestage.CSV("Id\n1\n"), options, sam, noon)
	failure(t, err, lifestage.ErrNoVersion)
}
