package lifestage

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lifestage/lifestage/bindings/go/internal/ffi"
)

// HostStore is a store of the host's own: what a [Workspace] needs to move records. It may have the methods of the
// other Host interfaces too, such as [HostHistory]; what needs one that it does not have fails with [ErrUnsupported].
//
// It is called on the goroutine that called the workspace, by several at once when several do, and must not use the
// workspace that it serves. An error of it reaches the caller with its words, and with its code when it is, or wraps, a
// [Code] or *[Error] of stores, such as [ErrBusy]; else with [ErrIO], as a panic does. What each method owes is in
// docs/host-store.md.
//
// When it has a method Close() error, that is called once, when the workspace is closed or could not be opened.
type HostStore interface {
	// Load gives the records with these ids, in their order, nil for each that is not there.
	Load(tenant string, ids []string) ([]*Record, error)
	// Commit writes changes, and says what became of each: in one transaction each, or, with [Atomic], in one for all.
	Commit(tenant string, changes []Change, mode CommitMode) ([]CommitOutcome, error)
	// Receipt gives the row that was written under a request key; nil when there is none.
	Receipt(tenant, key string) (*Row, error)
	// Publish puts a definition into force, with what goes along, or nothing of it.
	Publish(tenant string, publication Publication, alongside Alongside) (PublishOutcome, error)
	// Published are the definitions in force.
	Published(tenant string) ([]Publication, error)
}

// HostHistory lets journals be read and verified, rows be undone, and a request be told again what came of it.
type HostHistory interface {
	// History gives up to limit rows of a record, in order, after the one with a number.
	History(tenant, record string, after uint64, limit int) ([]Row, error)
	// Effects gives what a row set in motion.
	Effects(tenant, record string, seq uint64) ([]Effect, error)
}

// HostRows gives rows newest first, for timelines.
type HostRows interface {
	Rows(tenant, record string, query RowQuery) ([]Row, error)
}

// HostPublications gives earlier versions of definitions.
type HostPublications interface {
	// Publication gives one version; nil when it is not there.
	Publication(tenant, pipeline string, version uint32) (*Publication, error)
	// Publications gives up to limit versions after one.
	Publications(tenant, pipeline string, after uint32, limit int) ([]Publication, error)
}

// HostPages gives records by stage.
type HostPages interface {
	Page(tenant string, query RecordQuery) (RecordPage, error)
	// Counts says how many records are in each stage.
	Counts(tenant, pipeline string) ([]Tally, error)
}

// HostSearch finds records by what they hold.
type HostSearch interface {
	// Find gives the ids of up to limit records with a text in a field.
	Find(tenant, field, value string, limit int) ([]string, error)
	// Linked gives the ids of up to limit records that point at another, after one.
	Linked(tenant string, link Link, target string, after string, limit int) ([]string, error)
}

// HostFeed gives rows of all records, in the order of their commits.
type HostFeed interface {
	Feed(tenant string, after uint64, limit int) ([]FeedRow, error)
}

// HostOutbox keeps effects until they are delivered.
type HostOutbox interface {
	Claim(tenant string, claim Claim) ([]Delivery, error)
	Settle(tenant string, settlements []Settlement) ([]bool, error)
	Outbox(tenant string, query OutboxQuery) (OutboxPage, error)
	// Entry gives one effect by its id; nil when it is not there.
	Entry(tenant, effect string) (*Entry, error)
	Tasks(tenant string, query TaskQuery) (OutboxPage, error)
	// NextReady is when the next effect of these kinds is due; zero when there is none.
	NextReady(tenant string, kinds []EffectKind) (time.Time, error)
}

// HostQueues gives the records on queues.
type HostQueues interface {
	Queue(tenant, pipeline, queue string, after *QueuePlace, limit int) ([]QueuePlace, error)
}

// HostMigrations remembers migrations. A store without it has none, and publishes no definition that begins one.
type HostMigrations interface {
	Migrations(tenant string) ([]MigrationState, error)
	BeginMigration(tenant string, migration Migration) (PublishOutcome, error)
	FinishMigration(tenant, id string, at time.Time) error
}

// CommitOutcome is what became of one change: one of [Applied], [Duplicate], [KeyReused], [Conflict], [Missing],
// [Exists], [StaleDefinition], [Reserved] and [RolledBack].
type CommitOutcome struct {
	Outcome string `json:"outcome"`
	Detail  any    `json:"detail,omitempty"`
}

// Applied says that the change is written.
func Applied() CommitOutcome { return CommitOutcome{Outcome: "applied"} }

// Duplicate says that the same request was carried out before, with this row.
func Duplicate(row Row) CommitOutcome { return CommitOutcome{"duplicate", row} }

// KeyReused says that the request key stands for another request.
func KeyReused() CommitOutcome { return CommitOutcome{Outcome: "key_reused"} }

// Conflict says that the record has changed since, and how it is now.
func Conflict(record Record) CommitOutcome { return CommitOutcome{"conflict", record} }

// Missing says that the record does not exist.
func Missing() CommitOutcome { return CommitOutcome{Outcome: "missing"} }

// Exists says that a record with this id exists already.
func Exists() CommitOutcome { return CommitOutcome{Outcome: "exists"} }

// StaleDefinition says that the pipeline published now means something else; 0 when none is published.
func StaleDefinition(published uint32) CommitOutcome {
	detail := args{"published": nil}.put("published", published, published != 0)
	return CommitOutcome{"stale_definition", detail}
}

// Reserved says that another record holds the e-mail address that this one was to hold.
func Reserved(by string) CommitOutcome { return CommitOutcome{"reserved", args{"by": by}} }

// RolledBack says that the change could be applied, but not another of the same atomic batch.
func RolledBack() CommitOutcome { return CommitOutcome{Outcome: "rolled_back"} }

// PublishOutcome is what became of a definition: one of [IsPublished], [PublishConflict], [MigrationOpen],
// [RecordsChanged] and [Occupied].
type PublishOutcome struct {
	Outcome string `json:"outcome"`
	Detail  any    `json:"detail,omitempty"`
}

// IsPublished says that the definition is in force.
func IsPublished() PublishOutcome { return PublishOutcome{Outcome: "published"} }

// PublishConflict says that another version is in force than the one to be replaced; 0 for none.
func PublishConflict(published uint32) PublishOutcome {
	detail := args{"published": nil}.put("published", published, published != 0)
	return PublishOutcome{"conflict", detail}
}

// MigrationOpen says that a migration has to be finished first.
func MigrationOpen(id string) PublishOutcome { return PublishOutcome{"migration_open", args{"id": id}} }

// RecordsChanged says that a change that goes along could not be applied.
func RecordsChanged() PublishOutcome { return PublishOutcome{Outcome: "records_changed"} }

// Occupied says that records are in a stage that was to be vacant; empty for no stage.
func Occupied(stage string) PublishOutcome {
	detail := args{"stage": nil}.put("stage", stage, stage != "")
	return PublishOutcome{"occupied", detail}
}

// Alongside is what is written together with a definition.
type Alongside struct {
	Changes []Change `json:"changes"`
	// Vacant are stages that no record may be in; nil stands for no stage.
	Vacant    []*string  `json:"vacant"`
	Migration *Migration `json:"migration"`
}

// RowQuery asks for rows before one, of some kinds or of all.
type RowQuery struct {
	Before *uint64   `json:"before"`
	Kinds  []RowKind `json:"kinds"`
	Limit  Limit     `json:"limit"`
}

// Tally is how many records are in a stage; nil for those in none.
type Tally struct {
	Stage   *string `json:"stage"`
	Live    uint64  `json:"live"`
	Trashed uint64  `json:"trashed"`
}

// OpenHost opens a tenant in a store of the host's own.
func OpenHost(store HostStore, tenant string) (*Workspace, error) {
	if store == nil {
		return nil, newError(ErrNullArgument, "`store` is nil")
	}
	host := host{store: store, methods: methodsOf(store)}
	has := func(method string) bool { return host.methods[method] != nil }
	return opened(func() (ffi.Workspace, *ffi.Fault) { return ffi.OpenHost(host, has, tenant) })
}

// host answers for a store by the names of its methods.
type host struct {
	store   HostStore
	methods map[string]method
}

type method func(input []byte) (any, error)

// Answer carries out a method.
func (h host) Answer(name string, input []byte) ([]byte, int32) {
	answer, err := h.methods[name](input)
	var text []byte
	if err == nil {
		text, err = json.Marshal(answer)
	}
	if err == nil {
		return text, 0
	}
	code := ErrIO
	if given := Code(0); errors.As(err, &given) && given >= ErrCorrupt && given <= ErrUnsupported {
		code = given
	}
	return []byte(err.Error()), int32(code)
}

// Dropped closes the store, if it can be.
func (h host) Dropped() {
	if closer, can := h.store.(interface{ Close() error }); can {
		_ = closer.Close()
	}
}

// given are the arguments of every method.
type given struct {
	Tenant      string          `json:"tenant"`
	IDs         []string        `json:"ids"`
	Changes     []Change        `json:"changes"`
	Mode        CommitMode      `json:"mode"`
	Key         string          `json:"key"`
	Publication Publication     `json:"publication"`
	Alongside   Alongside       `json:"alongside"`
	Pipeline    string          `json:"pipeline"`
	Version     uint32          `json:"version"`
	Record      string          `json:"record"`
	Seq         uint64          `json:"seq"`
	Limit       Limit           `json:"limit"`
	After       json.RawMessage `json:"after"`
	Query       json.RawMessage `json:"query"`
	Link        Link            `json:"link"`
	Target      string          `json:"target"`
	Field       string          `json:"field"`
	Value       string          `json:"value"`
	Claim       Claim           `json:"claim"`
	Settlements []Settlement    `json:"settlements"`
	Effect      string          `json:"effect"`
	Kinds       []EffectKind    `json:"kinds"`
	Queue       string          `json:"queue"`
	Migration   Migration       `json:"migration"`
	ID          string          `json:"id"`
	At          time.Time       `json:"at"`
}

// reading reads the arguments before a method is called.
func reading(call func(given) (any, error)) method {
	return func(input []byte) (any, error) {
		var it given
		if err := json.Unmarshal(input, &it); err != nil {
			return nil, newError(ErrInvalid, err.Error())
		}
		return call(it)
	}
}

// member reads an argument whose type depends on the method.
func member[T any](text json.RawMessage) (T, error) {
	var read T
	if len(text) == 0 {
		return read, nil
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return read, newError(ErrInvalid, err.Error())
	}
	return read, nil
}

// listed gives a list, also when it is nil.
func listed[T any](of []T, err error) (any, error) { return list(of), err }

func methodsOf(store HostStore) map[string]method {
	methods := map[string]method{
		"load": reading(func(it given) (any, error) { return listed(store.Load(it.Tenant, it.IDs)) }),
		"commit": reading(func(it given) (any, error) {
			return listed(store.Commit(it.Tenant, it.Changes, it.Mode))
		}),
		"receipt": reading(func(it given) (any, error) { return store.Receipt(it.Tenant, it.Key) }),
		"publish": reading(func(it given) (any, error) {
			if _, remembers := store.(HostMigrations); it.Alongside.Migration != nil && !remembers {
				return nil, newError(ErrUnsupported, "the host's store keeps no migrations")
			}
			return store.Publish(it.Tenant, it.Publication, it.Alongside)
		}),
		"migrations": reading(func(given) (any, error) { return []MigrationState{}, nil }),
		"published":  reading(func(it given) (any, error) { return listed(store.Published(it.Tenant)) }),
	}
	addReads(methods, store)
	addWork(methods, store)
	return methods
}

func addReads(methods map[string]method, store HostStore) {
	if store, has := store.(HostHistory); has {
		methods["history"] = reading(func(it given) (any, error) {
			after, err := member[uint64](it.After)
			if err != nil {
				return nil, err
			}
			return listed(store.History(it.Tenant, it.Record, after, int(it.Limit)))
		})
		methods["effects"] = reading(func(it given) (any, error) {
			return listed(store.Effects(it.Tenant, it.Record, it.Seq))
		})
	}
	if store, has := store.(HostRows); has {
		methods["rows"] = querying(func(it given, query RowQuery) (any, error) {
			return listed(store.Rows(it.Tenant, it.Record, query))
		})
	}
	if store, has := store.(HostPublications); has {
		methods["publication"] = reading(func(it given) (any, error) {
			return store.Publication(it.Tenant, it.Pipeline, it.Version)
		})
		methods["publications"] = reading(func(it given) (any, error) {
			after, err := member[uint32](it.After)
			if err != nil {
				return nil, err
			}
			return listed(store.Publications(it.Tenant, it.Pipeline, after, int(it.Limit)))
		})
	}
	if store, has := store.(HostPages); has {
		methods["page"] = querying(func(it given, query RecordQuery) (any, error) {
			page, err := store.Page(it.Tenant, query)
			page.Records = list(page.Records)
			return page, err
		})
		methods["counts"] = reading(func(it given) (any, error) { return listed(store.Counts(it.Tenant, it.Pipeline)) })
	}
	if store, has := store.(HostSearch); has {
		methods["find"] = reading(func(it given) (any, error) {
			return listed(store.Find(it.Tenant, it.Field, it.Value, int(it.Limit)))
		})
		methods["linked"] = reading(func(it given) (any, error) {
			after, err := member[string](it.After)
			if err != nil {
				return nil, err
			}
			return listed(store.Linked(it.Tenant, it.Link, it.Target, after, int(it.Limit)))
		})
	}
	if store, has := store.(HostFeed); has {
		methods["feed"] = reading(func(it given) (any, error) {
			after, err := member[uint64](it.After)
			if err != nil {
				return nil, err
			}
			rows, err := store.Feed(it.Tenant, after, int(it.Limit))
			pairs := make([][2]any, len(rows))
			for i, row := range rows {
				pairs[i] = [2]any{row.Cursor, row.Row}
			}
			return pairs, err
		})
	}
}

func addWork(methods map[string]method, store HostStore) {
	if store, has := store.(HostOutbox); has {
		methods["claim"] = reading(func(it given) (any, error) { return listed(store.Claim(it.Tenant, it.Claim)) })
		methods["settle"] = reading(func(it given) (any, error) {
			return listed(store.Settle(it.Tenant, it.Settlements))
		})
		methods["outbox"] = querying(func(it given, query OutboxQuery) (any, error) {
			return pageOf(store.Outbox(it.Tenant, query))
		})
		methods["entry"] = reading(func(it given) (any, error) { return store.Entry(it.Tenant, it.Effect) })
		methods["tasks"] = querying(func(it given, query TaskQuery) (any, error) {
			return pageOf(store.Tasks(it.Tenant, query))
		})
		methods["next_ready"] = reading(func(it given) (any, error) {
			at, err := store.NextReady(it.Tenant, it.Kinds)
			if at.IsZero() {
				return nil, err
			}
			return stamp(at), err
		})
	}
	if store, has := store.(HostQueues); has {
		methods["queue"] = reading(func(it given) (any, error) {
			after, err := member[*QueuePlace](it.After)
			if err != nil {
				return nil, err
			}
			return listed(store.Queue(it.Tenant, it.Pipeline, it.Queue, after, int(it.Limit)))
		})
	}
	if store, has := store.(HostMigrations); has {
		methods["migrations"] = reading(func(it given) (any, error) { return listed(store.Migrations(it.Tenant)) })
		methods["begin_migration"] = reading(func(it given) (any, error) {
			return store.BeginMigration(it.Tenant, it.Migration)
		})
		methods["finish_migration"] = reading(func(it given) (any, error) {
			return nil, store.FinishMigration(it.Tenant, it.ID, it.At)
		})
	}
}

func querying[Q any](call func(given, Q) (any, error)) method {
	return reading(func(it given) (any, error) {
		query, err := member[Q](it.Query)
		if err != nil {
			return nil, fmt.Errorf("the query: %w", err)
		}
		return call(it, query)
	})
}

// pageOf leaves out what is for callers only.
func pageOf(page OutboxPage, err error) (any, error) {
	page.Entries, page.Urgency = list(page.Entries), nil
	return page, err
}
