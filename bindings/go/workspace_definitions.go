package lifestage

import (
	"context"
	"time"
)

// Publishing is what came of a definition: published, unchanged or refused.
type Publishing struct {
	Outcome     Outcome      `json:"outcome"`
	Pipeline    *Description `json:"pipeline,omitempty"`
	Differences []Difference `json:"differences,omitempty"`
	// Migration is the one that moved records, Moved how many it did, Left those that it could not.
	Migration *string      `json:"migration,omitempty"`
	Moved     uint64       `json:"moved,omitempty"`
	Left      []LeftBehind `json:"left,omitempty"`
	// CatchUp is true when records may be without work that their stages came to have: Workspace.CatchUp gives it.
	CatchUp bool     `json:"catch_up,omitempty"`
	Message string   `json:"message,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	Route   *Route   `json:"route,omitempty"`
}

// Refusal is why the definition was refused; nil when it was not.
func (p *Publishing) Refusal() *Refusal { return refusalOf(p.Outcome, p.Message, p.Reasons, p.Route) }

// LeftBehind is a record that a migration could not move, and why.
type LeftBehind struct {
	ID      string  `json:"id"`
	Refusal Refusal `json:"refusal"`
}

// Publish puts a definition into force. The map says where the records go of stages that it lacks; nil for nowhere.
func (w *Workspace) Publish(
	ctx context.Context, definition []byte, records StageMap, actor Actor, now time.Time,
) (*Publishing, error) {
	input := args{"definition": document(definition), "actor": actor, "now": stamp(now)}
	return answered[*Publishing](w.ask(ctx, "publish", input.put("map", records, records != nil)))
}

// Preview says what publishing a definition would change, and changes nothing.
func (w *Workspace) Preview(
	ctx context.Context, definition []byte, records StageMap, actor Actor,
) (*Publishing, error) {
	input := args{"definition": document(definition), "actor": actor}
	return answered[*Publishing](w.read(ctx, "preview", input.put("map", records, records != nil)))
}

// Impact is how many records a difference is about.
type Impact struct {
	Difference Difference `json:"difference"`
	Records    uint64     `json:"records"`
}

// Impact says how many records each difference of a definition to the one in force is about.
func (w *Workspace) Impact(ctx context.Context, definition []byte) ([]Impact, error) {
	return answered[[]Impact](w.read(ctx, "impact", args{"definition": document(definition)}))
}

// JudgeRevision says what edits of a definition would come to, and changes nothing.
func (w *Workspace) JudgeRevision(
	ctx context.Context, pipeline string, revision Revision, actor Actor,
) (*Revised, error) {
	return answered[*Revised](w.read(ctx, "judge_revision",
		args{"pipeline": pipeline, "revision": revision, "actor": actor}))
}

// Revise edits a definition, and puts it into force.
func (w *Workspace) Revise(
	ctx context.Context, pipeline string, revision Revision, actor Actor, now time.Time,
) (*Publishing, error) {
	return answered[*Publishing](w.ask(ctx, "revise",
		args{"pipeline": pipeline, "revision": revision, "actor": actor, "now": stamp(now)}))
}

// UndoVersion takes a revision back, by a new version.
func (w *Workspace) UndoVersion(
	ctx context.Context, pipeline string, version uint32, actor Actor, now time.Time,
) (*Publishing, error) {
	return answered[*Publishing](w.ask(ctx, "undo_version",
		args{"pipeline": pipeline, "version": version, "actor": actor, "now": stamp(now)}))
}

// Pipelines are the pipelines in force.
func (w *Workspace) Pipelines(ctx context.Context) ([]Description, error) {
	return answered[[]Description](w.read(ctx, "pipelines", nil))
}

// Definition is a version of a pipeline; version 0 is the one in force.
func (w *Workspace) Definition(ctx context.Context, pipeline string, version uint32) (*Publication, error) {
	input := args{"pipeline": pipeline}.put("version", version, version != 0)
	return answered[*Publication](w.read(ctx, "definition", input))
}

// Versions are all versions of a pipeline.
func (w *Workspace) Versions(ctx context.Context, pipeline string) ([]Publication, error) {
	return answered[[]Publication](w.read(ctx, "versions", args{"pipeline": pipeline}))
}

// Occupancy says how many records are in each stage, those in the trash counted, and none for those without.
func (w *Workspace) Occupancy(ctx context.Context, pipeline string) (map[string]uint64, error) {
	return answered[map[string]uint64](w.read(ctx, "occupancy", args{"pipeline": pipeline}))
}

// Orphan is a stage that records are in and the definition lacks.
type Orphan struct {
	Stage string `json:"stage"`
	Count uint64 `json:"count"`
}

// Orphans are the stages that records are in and the definition lacks.
func (w *Workspace) Orphans(ctx context.Context, pipeline string) ([]Orphan, error) {
	return answered[[]Orphan](w.read(ctx, "orphans", args{"pipeline": pipeline}))
}

// Migrating is what came of a migration: migrated, or refused.
type Migrating struct {
	Outcome Outcome      `json:"outcome"`
	ID      string       `json:"id,omitempty"`
	Moved   uint64       `json:"moved,omitempty"`
	Retried uint64       `json:"retried,omitempty"`
	Left    []LeftBehind `json:"left,omitempty"`
	Message string       `json:"message,omitempty"`
	Reasons []Reason     `json:"reasons,omitempty"`
	Route   *Route       `json:"route,omitempty"`
}

// Refusal is why the migration was refused; nil when it was not.
func (m *Migrating) Refusal() *Refusal { return refusalOf(m.Outcome, m.Message, m.Reasons, m.Route) }

// Migrate moves the records of a pipeline by a map, to another when into names one. The id is the migration's own.
func (w *Workspace) Migrate(
	ctx context.Context, id, pipeline, into string, records StageMap, reason string, actor Actor, now time.Time,
) (*Migrating, error) {
	if records == nil {
		records = StageMap{}
	}
	input := args{
		"id": id, "pipeline": pipeline, "map": records, "reason": reason, "actor": actor, "now": stamp(now),
	}
	return answered[*Migrating](w.ask(ctx, "migrate", input.put("into", into, into != "")))
}

// MigrationPreview is what a migration would come to: judged, or refused.
type MigrationPreview struct {
	Outcome Outcome `json:"outcome"`
	// Total is how many records it is about, Records what would become of the first of them.
	Total   uint64     `json:"total,omitempty"`
	Records []Prospect `json:"records,omitempty"`
	Message string     `json:"message,omitempty"`
	Reasons []Reason   `json:"reasons,omitempty"`
	Route   *Route     `json:"route,omitempty"`
}

// Refusal is why the migration would be refused; nil when it would not.
func (m *MigrationPreview) Refusal() *Refusal {
	return refusalOf(m.Outcome, m.Message, m.Reasons, m.Route)
}

// Prospect is what would become of one record.
type Prospect struct {
	ID   string  `json:"id"`
	From *string `json:"from"`
	To   *string `json:"to"`
	// Refusal is why it would stay where it is; nil when it would not.
	Refusal *Refusal `json:"refusal,omitempty"`
}

// PreviewMigration says what a migration would come to, and what would become of the first records, and writes nothing.
func (w *Workspace) PreviewMigration(
	ctx context.Context, pipeline, into string, records StageMap, actor Actor, limit int,
) (*MigrationPreview, error) {
	if records == nil {
		records = StageMap{}
	}
	input := args{"pipeline": pipeline, "map": records, "actor": actor, "limit": limitOf(limit)}
	return answered[*MigrationPreview](w.read(ctx, "preview_migration", input.put("into", into, into != "")))
}

// Replay judges the journals of the records of a pipeline again, under a definition. Actors are those whose roles are known.
func (w *Workspace) Replay(ctx context.Context, definition []byte, actors []Actor) (*Replay, error) {
	return answered[*Replay](w.read(ctx, "replay",
		args{"definition": document(definition), "actors": list(actors)}))
}

// Transfer moves one record to another pipeline.
func (w *Workspace) Transfer(
	ctx context.Context, id, into string, stages StageMap, reason string, actor Actor, now time.Time,
) (*Answer, error) {
	if stages == nil {
		stages = StageMap{}
	}
	return w.wish(ctx, "transfer", id, actor, now, args{"into": into, "map": stages, "reason": reason})
}

// Migrations are all that there were.
func (w *Workspace) Migrations(ctx context.Context) ([]MigrationState, error) {
	return answered[[]MigrationState](w.read(ctx, "migrations", nil))
}

// Resume goes on with a migration.
func (w *Workspace) Resume(ctx context.Context, id string, now time.Time) (*Migrating, error) {
	return answered[*Migrating](w.ask(ctx, "resume", args{"id": id, "now": stamp(now)}))
}

// CloseMigration leaves a migration as far as it came: closed, or refused.
func (w *Workspace) CloseMigration(ctx context.Context, id string, actor Actor, now time.Time) (*Migrating, error) {
	return answered[*Migrating](w.wished(ctx, "close_migration", id, actor, now, nil))
}

// Refresh takes notice of what other processes published.
func (w *Workspace) Refresh(ctx context.Context) error {
	_, err := w.ask(ctx, "refresh", nil)
	return err
}
