// Command shop is a host with tables of its own: lifestage decides, and the shop writes the change in its own transaction.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
	_ "modernc.org/sqlite"
)

const schema = `
CREATE TABLE IF NOT EXISTS lead (
	id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
	stage TEXT, version INTEGER NOT NULL, seq INTEGER NOT NULL, lifestage TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lead_history (lead TEXT, seq INTEGER, entry TEXT NOT NULL, PRIMARY KEY (lead, seq));
CREATE TABLE IF NOT EXISTS job (id TEXT PRIMARY KEY, kind TEXT NOT NULL, effect TEXT NOT NULL);`

// shop keeps leads in its own tables.
type shop struct {
	db       *sql.DB
	pipeline *lifestage.Pipeline
	now      func() time.Time
}

func openShop(path string, now func() time.Time) (*shop, error) {
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(schema); err != nil {
		return nil, err
	}
	definition, err := lifestage.Preset("lead")
	if err != nil {
		return nil, err
	}
	pipeline, err := lifestage.ParseDefinition(definition)
	return &shop{db, pipeline, now}, err
}

func (s *shop) close() error { return errors.Join(s.pipeline.Close(), s.db.Close()) }

// lead is a record as the library left it.
func (s *shop) lead(ctx context.Context, id string) (record lifestage.Record, err error) {
	var kept []byte
	if err = s.db.QueryRowContext(ctx, "SELECT lifestage FROM lead WHERE id = ?", id).Scan(&kept); err == nil {
		err = json.Unmarshal(kept, &record)
	}
	return record, err
}

var errTooLate = errors.New("somebody else was first")

// write writes all of a change in one transaction, or nothing when the record has moved on since it was read.
func (s *shop) write(ctx context.Context, change *lifestage.Change) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	record := change.Record
	query := "UPDATE lead SET stage = ?1, version = ?2, seq = ?3, lifestage = ?4 WHERE id = ?5 AND version = ?6 AND seq = ?7"
	if change.ExpectedVersion == 0 && change.ExpectedSeq == 0 {
		query = "INSERT OR IGNORE INTO lead (stage, version, seq, lifestage, id, name, email) VALUES (?1, ?2, ?3, ?4, ?5, ?8, ?9)"
	}
	written, err := tx.ExecContext(ctx, query, record.Stage, int64(record.Version), int64(record.Seq), text(record), record.ID,
		int64(change.ExpectedVersion), int64(change.ExpectedSeq), record.Fields["name"], record.Fields["email"])
	if err != nil {
		return err
	}
	if count, err := written.RowsAffected(); err != nil || count != 1 {
		return errors.Join(errTooLate, err)
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO lead_history VALUES (?, ?, ?)", record.ID, int64(change.Row.Seq), text(change.Row)); err != nil {
		return err
	}
	for _, effect := range change.Effects {
		_, err := tx.ExecContext(ctx, "INSERT INTO job VALUES (?, ?, ?)", effect.ID(), effect.Kind, text(effect))
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// text is what came out of the library, as it is kept.
func text(value any) []byte {
	text, _ := json.Marshal(value)
	return text
}

// actor is who asks: a real shop takes this from its session.
func actor(r *http.Request) lifestage.Actor {
	return lifestage.NewActor(r.Header.Get("X-User"), r.Header.Values("X-Role")...)
}

func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /leads", s.create)
	mux.HandleFunc("GET /leads/{id}", s.show)
	mux.HandleFunc("POST /leads/{id}/moves", s.move)
	return mux
}

func (s *shop) create(w http.ResponseWriter, r *http.Request) {
	var form struct{ ID, Name, Email string }
	if err := json.NewDecoder(r.Body).Decode(&form); err != nil {
		answer(w, http.StatusBadRequest, err.Error())
		return
	}
	lead := lifestage.Record{ID: form.ID, Fields: lifestage.Fields{"name": form.Name, "email": form.Email}}
	decision, err := s.pipeline.Create(lead, lifestage.Creation{}, actor(r), s.now())
	s.carryOut(w, r, decision, err)
}

// show gives a lead, and its buttons.
func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	lead, err := s.lead(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	buttons, err := s.pipeline.Moves(lead, actor(r), s.now())
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"lead": lead, "buttons": buttons})
}

func (s *shop) move(w http.ResponseWriter, r *http.Request) {
	var request lifestage.Request
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		answer(w, http.StatusBadRequest, err.Error())
		return
	}
	lead, err := s.lead(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	decision, err := s.pipeline.Decide(lead, request, actor(r), s.now())
	s.carryOut(w, r, decision, err)
}

func (s *shop) carryOut(w http.ResponseWriter, r *http.Request, decision lifestage.Decision, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	if change := lifestage.ChangeOf(decision); change != nil {
		if err := s.write(r.Context(), change); err != nil {
			fail(w, err)
			return
		}
		answer(w, http.StatusOK, change.Record)
		return
	}
	if refused, is := decision.(lifestage.Refused); is {
		answer(w, http.StatusUnprocessableEntity, refused.Refusal)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func fail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		answer(w, http.StatusNotFound, "there is no such lead")
	case errors.Is(err, errTooLate):
		answer(w, http.StatusConflict, err.Error())
	case errors.Is(err, lifestage.ErrInvalidInput):
		answer(w, http.StatusBadRequest, err.Error())
	default:
		log.Print(err)
		answer(w, http.StatusInternalServerError, "something went wrong")
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text(body))
}

func main() {
	shop, err := openShop("shop.db", time.Now)
	if err != nil {
		log.Fatal(err)
	}
	defer shop.close()
	log.Print(http.ListenAndServe("localhost:8080", shop.handler()))
}
