package lifestage_test

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

// resident is how much memory the process has, in kB; both Go's and that of C.
func resident(t *testing.T) int {
	t.Helper()
	// What is not closed is freed behind a collection, by another goroutine.
	runtime.GC()
	time.Sleep(50 * time.Millisecond)
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("there is no /proc")
	}
	_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
	size, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	must(t, err)
	return size
}

func TestCallsLeaveNoMemoryBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and the race detector keeps memory of its own")
	}
	pipeline := guarded(t)
	facts := guardedFacts(t, pipeline, 7000, "web", "ada@example.com", true)
	definition, err := pipeline.Definition()
	must(t, err)
	store := newMapStore()
	hosted, err := lifestage.OpenHost(store, "acme")
	hosted = opened(t, hosted, err)
	create(t, hosted, "lead-1")
	record := lifestage.Record{ID: "lead-1", Stage: "new"}
	closed := 0
	for _, one := range []struct {
		name  string
		count int
		call  func()
	}{
		{"verdicts", 1_000_000, func() {
			_, err := pipeline.Verdict(4, 2, lifestage.Who{Roles: 7}, facts)
			must(t, err)
		}},
		{"decisions", 5000, func() {
			_, err := pipeline.Decide(record, lifestage.Move("mark_contacted"), sam, noon)
			must(t, err)
		}},
		{"errors", 20_000, func() {
			_, err := pipeline.StageIx("nowhere")
			failure(t, err, lifestage.ErrInvalidArgument)
		}},
		{"pipelines", 1000, func() {
			parsed, err := lifestage.ParseDefinition(definition)
			must(t, err)
			must(t, parsed.Close())
			// Go collects by what it has itself, of which there is next to nothing here.
			if closed++; closed%50 == 0 {
				runtime.GC()
			}
		}},
		{"workspaces that nobody closes", 1000, func() {
			_, err := lifestage.OpenMemory("acme")
			must(t, err)
		}},
		{"calls of the host", 5000, func() {
			_, err := hosted.Record(ctx, "lead-1")
			must(t, err)
		}},
	} {
		t.Run(one.name, func(t *testing.T) {
			for range one.count / 5 {
				one.call()
			}
			before := resident(t)
			for range one.count {
				one.call()
			}
			// What one call in ten left behind would show, and what the allocators keep does not.
			if grown := resident(t) - before; grown > 8192 {
				t.Errorf("%d kB more after %d calls", grown, one.count)
			}
		})
	}
}
