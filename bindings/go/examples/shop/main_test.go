package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifestage/lifestage/bindings/go"
)

func start(t *testing.T) (*shop, *httptest.Server) {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	shop, err := openShop(filepath.Join(t.TempDir(), "shop.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(shop.handler())
	t.Cleanup(func() {
		server.Close()
		if err := shop.close(); err != nil {
			t.Error(err)
		}
	})
	return shop, server
}

func ask(t *testing.T, method, url, body string, into any) int {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-User", "sam")
	request.Header.Add("X-Role", "sales")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return response.StatusCode
}

func TestALeadInTheShop(t *testing.T) {
	shop, server := start(t)
	var lead lifestage.Record
	body := `{"id": "lead-1", "name": "Ada", "email": "ada@example.com"}`
	if status := ask(t, "POST", server.URL+"/leads", body, &lead); status != 200 || lead.Stage != "new" {
		t.Fatalf("%d, %+v", status, lead)
	}
	if status := ask(t, "POST", server.URL+"/leads", body, nil); status != http.StatusConflict {
		t.Errorf("the same lead again: %d", status)
	}
	var page struct{ Buttons []lifestage.Offer }
	if ask(t, "GET", server.URL+"/leads/lead-1", "", &page); len(page.Buttons) != 3 {
		t.Errorf("%+v", page)
	}
	moves := server.URL + "/leads/lead-1/moves"
	if status := ask(t, "POST", moves, `{"move": "mark_contacted"}`, &lead); status != 200 || lead.Stage != "contacted" {
		t.Errorf("%d, %+v", status, lead)
	}
	var refusal lifestage.Refusal
	status := ask(t, "POST", moves, `{"move": "mark_won"}`, &refusal)
	if status != http.StatusUnprocessableEntity || refusal.Reason(lifestage.ReasonNotFromStage) == nil || refusal.Route == nil {
		t.Errorf("%d, %+v", status, refusal)
	}
	if status := ask(t, "POST", moves, `{"to": "contacted"}`, nil); status != http.StatusNoContent {
		t.Errorf("to where it is: %d", status)
	}
	if status := ask(t, "POST", moves, `{}`, nil); status != http.StatusBadRequest {
		t.Errorf("a request for nothing: %d", status)
	}
	if status := ask(t, "GET", server.URL+"/leads/nobody", "", nil); status != http.StatusNotFound {
		t.Errorf("nobody: %d", status)
	}
	var stage string
	var version int
	row := shop.db.QueryRow("SELECT stage, version FROM lead WHERE name = 'Ada'")
	if err := row.Scan(&stage, &version); err != nil || stage != "contacted" || version != 2 {
		t.Errorf("%s at %d, %v", stage, version, err)
	}
	verified(t, shop, 2)
}

// verified says that the history that the shop keeps is the whole journal of the lead.
func verified(t *testing.T, shop *shop, count int) {
	t.Helper()
	lead, err := shop.lead(t.Context(), "lead-1")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := shop.db.Query("SELECT entry FROM lead_history ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer entries.Close()
	var rows []lifestage.Row
	for entries.Next() {
		var entry []byte
		var row lifestage.Row
		if err := entries.Scan(&entry); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(entry, &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	fault, err := lifestage.Verify(lead, rows)
	if err != nil || fault != nil || len(rows) != count {
		t.Errorf("%d rows, %+v, %v", len(rows), fault, err)
	}
}

func TestOneOfManyIsFirst(t *testing.T) {
	shop, server := start(t)
	ask(t, "POST", server.URL+"/leads", `{"id": "lead-1", "name": "Ada", "email": "ada@example.com"}`, nil)
	lead, err := shop.lead(t.Context(), "lead-1")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	failures := make(chan error, 8)
	for range 8 {
		running.Add(1)
		go func() {
			defer running.Done()
			decision, err := shop.pipeline.Decide(
				lead, lifestage.Move("mark_contacted"), lifestage.NewActor("sam", "sales"), shop.now())
			if err == nil {
				err = shop.write(t.Context(), lifestage.ChangeOf(decision))
			}
			failures <- err
		}()
	}
	running.Wait()
	close(failures)
	first := 0
	for err := range failures {
		if err == nil {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d were first", first)
	}
	verified(t, shop, 2)
}
