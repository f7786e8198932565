package lifestage

import (
	"encoding/json"
	"errors"

	"github.com/lifestage/lifestage/bindings/go/internal/ffi"
)

// call asks what needs nothing but its input.
func call(operation string, input args) ([]byte, error) {
	if err := failed(ffi.Loaded()); err != nil {
		return nil, err
	}
	text, err := input.encode()
	if err != nil {
		return nil, err
	}
	told, fault := ffi.Call(operation, text)
	return told, failed(fault)
}

// FindingCode is the stable name of what is said of a definition.
type FindingCode string

// Number is the stable number, the same in every language; 0 for one that this version does not know.
func (c FindingCode) Number() int { return findingNumbers[c] }

// Finding is one thing that is wrong, or doubtful, about a definition.
type Finding struct {
	Code FindingCode `json:"code"`
	// Severity is error or warning.
	Severity string `json:"severity"`
	// Pointer is the place, as a JSON pointer.
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// Check says everything that is wrong, or doubtful, about a definition; nothing when it is sound.
func Check(definition []byte) ([]Finding, error) {
	if json.Valid(definition) {
		return answered[[]Finding](call("check", args{"definition": json.RawMessage(definition)}))
	}
	// What is no JSON cannot be a member of an input.
	pipeline, err := ParseDefinition(definition)
	if err == nil {
		defer pipeline.Close()
		description, err := pipeline.Describe()
		return description.Warnings, err
	}
	if failure := new(Error); errors.As(err, &failure) && failure.Code == ErrInvalidDefinition {
		return failure.Findings(), nil
	}
	return nil, err
}

// Presets are the ids of the ready definitions.
func Presets() ([]string, error) { return answered[[]string](call("presets", nil)) }

// Icon is one that stages may have; drawing it is the host's.
type Icon struct {
	Name  string `json:"name"`
	Group string `json:"group"`
}

// Icons are those that stages may have, group by group.
func Icons() ([]Icon, error) { return answered[[]Icon](call("icons", nil)) }

// NamedColour is one of the palette, as #rrggbb.
type NamedColour struct {
	Name   string `json:"name"`
	Colour string `json:"colour"`
}

// Palette are the colours that have a name, as a picker shows them.
func Palette() ([]NamedColour, error) { return answered[[]NamedColour](call("palette", nil)) }

// Preset is a ready definition.
func Preset(id string) ([]byte, error) {
	answer, err := answered[struct {
		Definition string `json:"definition"`
	}](call("preset", args{"id": id}))
	return []byte(answer.Definition), err
}

// Diff says what differs between two definitions.
func Diff(old, new []byte) (*Differences, error) {
	for _, document := range [...][]byte{old, new} {
		if !json.Valid(document) {
			return nil, newError(ErrInvalidInput, "a definition is not JSON")
		}
	}
	return answered[*Differences](call("diff", args{"old": json.RawMessage(old), "new": json.RawMessage(new)}))
}

// Differences are all that differs between two definitions.
type Differences struct {
	Differences    []Difference `json:"differences"`
	VanishedStages []string     `json:"vanished_stages"`
	OutcomeChanges []struct {
		Stage string `json:"stage"`
		Old   string `json:"old"`
		New   string `json:"new"`
	} `json:"outcome_changes"`
}

// Criteria judges a condition over facts. Names are declared with their types: string, int, double, bool, timestamp,
// duration or list<string>.
//
// The error is [ErrInvalidCriteria] when the condition is not accepted; [Error.CriteriaErrors] says why.
func Criteria(names map[string]string, criteria string, facts Fields) (*Judgement, error) {
	if names == nil {
		names = map[string]string{}
	}
	input := args{"names": names, "criteria": criteria}.put("facts", facts, facts != nil)
	return answered[*Judgement](call("criteria", input))
}

// Truth is true, false or unknown.
type Truth string

// Truths.
const (
	True    Truth = "true"
	False   Truth = "false"
	Unknown Truth = "unknown"
)

// Judgement is what a condition says of facts.
type Judgement struct {
	Truth Truth `json:"truth"`
	// Canonical is the condition as the library writes it.
	Canonical string `json:"canonical"`
	// Failures are the parts that do not hold.
	Failures []Failure `json:"failures"`
}

// Failure is a part of a condition that does not hold, and what is to blame.
type Failure struct {
	Text    string   `json:"text"`
	Truth   Truth    `json:"truth"`
	Values  Fields   `json:"values,omitempty"`
	Missing []string `json:"missing,omitempty"`
	Wrong   []string `json:"wrong,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// CriteriaError is one thing that is wrong with a condition, with the bytes it is about.
type CriteriaError struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	From    *int   `json:"from"`
	To      *int   `json:"to"`
}
