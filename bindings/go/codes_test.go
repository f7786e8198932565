package lifestage_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/lifestage/lifestage/bindings/go"
	"github.com/lifestage/lifestage/bindings/go/internal/header"
)

func TestTheConstantsAreThoseOfTheHeader(t *testing.T) {
	original, err := os.ReadFile("../../include/lifestage.h")
	must(t, err)
	copied, err := os.ReadFile("internal/ffi/include/lifestage.h")
	must(t, err)
	if !bytes.Equal(original, copied) {
		t.Error("the copy of the header is out of date: run `go generate`")
	}
	written, err := os.ReadFile("codes.go")
	must(t, err)
	codes, err := header.Codes(original)
	must(t, err)
	if !bytes.Equal(written, codes) {
		t.Error("codes.go is out of date: run `go generate`")
	}
}

func TestAHeaderWithoutCodesIsRefused(t *testing.T) {
	if codes, err := header.Codes([]byte("int main(void);")); err == nil {
		t.Errorf("made %d bytes", len(codes))
	}
}

func TestNumbersAndNames(t *testing.T) {
	if lifestage.ReasonNotOwner != "not_owner" || lifestage.ReasonNotOwner.Number() != 106 {
		t.Errorf("%s is %d", lifestage.ReasonNotOwner, lifestage.ReasonNotOwner.Number())
	}
	if lifestage.FindingTrap.Number() != 236 || lifestage.FindingCode("unheard_of").Number() != 0 {
		t.Error("the number of a finding")
	}
	if lifestage.ErrNoRecord.Error() != "no_record" || lifestage.Code(999).Error() != "code 999" {
		t.Error("the name of an error")
	}
}

// Every operation that the library has, has a method here that asks for it.
func TestEveryOperationHasAMethod(t *testing.T) {
	asked := ""
	sources, err := os.ReadDir(".")
	must(t, err)
	for _, source := range sources {
		name := source.Name()
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			text, err := os.ReadFile(name)
			must(t, err)
			asked += string(text)
		}
	}
	for _, table := range []struct{ files, made, asks string }{
		{"free", "free", `call\("%s"`},
		{"pipeline pipeline/customers pipeline/judged", "on_pipeline", `p\.(ask|asked|judge)\(\s*"%s"`},
		{
			"workspace/definitions workspace/import workspace/moves workspace/people workspace/reads workspace/work " +
				"workspace/worker",
			"on_workspace",
			`w\.(ask|read|wish|wished)\(\s*ctx, "%s"`,
		},
	} {
		count := 0
		for file := range strings.FieldsSeq(table.files) {
			text, err := os.ReadFile("../wire/src/" + file + ".rs")
			must(t, err)
			made := regexp.MustCompile(`\b` + table.made + `\(\s*"(\w+)"`)
			for _, operation := range made.FindAllSubmatch(text, -1) {
				count++
				asks := regexp.MustCompile(fmt.Sprintf(table.asks, operation[1]))
				if !asks.MatchString(asked) {
					t.Errorf("nothing asks for `%s` of %s", operation[1], file)
				}
			}
		}
		if count == 0 {
			t.Errorf("there are no operations in %s", table.files)
		}
	}
}
