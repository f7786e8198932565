package lifestage_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// flat is a text without indentation, so that a snippet is found wherever it stands.
func flat(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// What the README shows is what is compiled, and run, by the tests here and in the shop.
func TestTheReadmeShowsWhatIsTested(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	must(t, err)
	tested := ""
	for _, file := range []string{"example_test.go", "examples/shop/main.go"} {
		text, err := os.ReadFile(file)
		must(t, err)
		tested += flat(string(text))
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(snippets) < 4 {
		t.Errorf("%d snippets", len(snippets))
	}
	for _, snippet := range snippets {
		if !strings.Contains(tested, flat(string(snippet[1]))) {
			t.Errorf("nothing tests\n%s", snippet[1])
		}
	}
	// Examples compare what they print with their comments.
	output := regexp.MustCompile("(?s)```text\n(.*?)```").FindSubmatch(readme)
	if output == nil || !strings.Contains(flat(strings.ReplaceAll(tested, "// ", "")), flat(string(output[1]))) {
		t.Error("the output is not that of the example")
	}
}
