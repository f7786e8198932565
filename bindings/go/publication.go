package lifestage

import (
	"encoding/json"
	"time"
)

// Publication is one version of a definition, put into force.
type Publication struct {
	Pipeline string `json:"pipeline"`
	Version  uint32 `json:"version"`
	// Replaces is the version before; nil for the first.
	Replaces    *uint32   `json:"replaces"`
	Meaning     Digest    `json:"meaning"`
	Document    string    `json:"document"`
	PublishedBy string    `json:"published_by"`
	PublishedAt time.Time `json:"published_at"`
	Revision    string    `json:"revision,omitempty"`

	unknown unknown
}

// StageMap says which stage the records of each stage go to.
type StageMap map[string]StageTarget

// StageTarget is where the records of a stage go.
type StageTarget struct {
	To                 string `json:"to"`
	AllowOutcomeChange bool   `json:"allow_outcome_change,omitempty"`
	Input              Fields `json:"input,omitempty"`
	// Effects says that leaving and entering set in motion what they do by a move; mostly they do not.
	Effects bool `json:"effects,omitempty"`
}

// MarshalJSON writes the stage alone where that is all.
func (t StageTarget) MarshalJSON() ([]byte, error) {
	if !t.AllowOutcomeChange && !t.Effects && len(t.Input) == 0 {
		return json.Marshal(t.To)
	}
	type plain StageTarget
	return json.Marshal(plain(t))
}

// UnmarshalJSON reads a stage alone, or an object.
func (t *StageTarget) UnmarshalJSON(data []byte) error {
	*t = StageTarget{}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &t.To)
	}
	type plain StageTarget
	return json.Unmarshal(data, (*plain)(t))
}

// Migration is records being moved by a map.
type Migration struct {
	ID          string    `json:"id"`
	Pipeline    string    `json:"pipeline"`
	Into        string    `json:"into"`
	Version     uint32    `json:"version"`
	Map         StageMap  `json:"map"`
	Reason      string    `json:"reason"`
	EarlierOnly bool      `json:"earlier_only"`
	Effects     bool      `json:"effects"`
	Actor       Actor     `json:"actor"`
	StartedAt   time.Time `json:"started_at"`

	unknown unknown
}

// MigrationState is a migration, and when it was over.
type MigrationState struct {
	Migration  Migration  `json:"migration"`
	FinishedAt *time.Time `json:"finished_at"`
}

// Revision is edits of a definition.
type Revision struct {
	Edits         []DefinitionEdit `json:"edits"`
	ExpectVersion *uint32          `json:"expect_version,omitempty"`
	Map           StageMap         `json:"map,omitempty"`
}

// DefinitionEdit is one edit of a definition: the member edit names it, the others say what it takes, as in
// docs/editing.md.
type DefinitionEdit map[string]any

// RenameStage is an edit that calls a stage something else; its id stays.
func RenameStage(stage, name string) DefinitionEdit {
	return DefinitionEdit{"edit": "rename_stage", "stage": stage, "name": name}
}

// ReorderStages is an edit that puts the stages of a category in an order.
func ReorderStages(category string, order ...string) DefinitionEdit {
	return DefinitionEdit{"edit": "reorder_stages", "category": category, "order": order}
}

// RemoveStage is an edit that archives a stage, or gives its records to another.
func RemoveStage(stage, replacement string) DefinitionEdit {
	edit := DefinitionEdit{"edit": "remove_stage", "stage": stage}
	if replacement != "" {
		edit["replacement"] = replacement
	}
	return edit
}

// Difference is one difference between two definitions.
type Difference struct {
	// Kind is added, removed, renamed, changed, moved or reordered.
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	ID      string `json:"id"`
	Parent  *struct {
		Subject string `json:"subject"`
		ID      string `json:"id"`
	} `json:"parent,omitempty"`
	Part       string  `json:"part,omitempty"`
	Old        *string `json:"old,omitempty"`
	New        *string `json:"new,omitempty"`
	OldPointer *string `json:"old_pointer,omitempty"`
	NewPointer *string `json:"new_pointer,omitempty"`
	// ChangesMeaning says that records may be judged otherwise.
	ChangesMeaning bool `json:"changes_meaning"`
}

// Revised is what came of edits: accepted, unchanged or refused.
type Revised struct {
	Outcome     Outcome      `json:"outcome"`
	Version     uint32       `json:"version,omitempty"`
	Meaning     Digest       `json:"meaning,omitempty"`
	Definition  string       `json:"definition,omitempty"`
	Differences []Difference `json:"differences,omitempty"`
	Map         StageMap     `json:"map,omitempty"`
	Undo        *Revision    `json:"undo,omitempty"`
	Reasons     []Reason     `json:"reasons,omitempty"`
	Message     string       `json:"message,omitempty"`
	Route       *Route       `json:"route,omitempty"`
}

// MarshalJSON writes the value with everything it came with.
func (p Publication) MarshalJSON() ([]byte, error) {
	type plain Publication
	return writeKeeping(plain(p), p.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (p *Publication) UnmarshalJSON(data []byte) error {
	type plain Publication
	var read plain
	err := readKeeping(data, &read, &p.unknown)
	read.unknown = p.unknown
	*p = Publication(read)
	return err
}

// MarshalJSON writes the value with everything it came with.
func (m Migration) MarshalJSON() ([]byte, error) {
	type plain Migration
	return writeKeeping(plain(m), m.unknown)
}

// UnmarshalJSON reads a value, and keeps what this version does not know.
func (m *Migration) UnmarshalJSON(data []byte) error {
	type plain Migration
	var read plain
	err := readKeeping(data, &read, &m.unknown)
	read.unknown = m.unknown
	*m = Migration(read)
	return err
}
