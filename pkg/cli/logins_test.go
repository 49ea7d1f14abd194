package cli

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
)

// TestMemoryTellsSinceWhen: the first refusal counts, also over processes; what an older
// version noted without a time stays, and what is forgotten leaves no time behind.
func TestMemoryTellsSinceWhen(t *testing.T) {
	refusing := func(ids ...string) *connect.Session {
		s := connect.New(connect.Options{})
		for _, id := range ids {
			s.NoteRefusal("host", id, secret.New("password"))
		}
		return s
	}
	var m refusedLogins
	if !m.add(refusing("a"), false) || len(m.Since) != 1 {
		t.Fatalf("%+v", m)
	}
	first := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	m.Since[m.Hashes[0]] = first
	if m.add(refusing("a"), false) || !m.Since[m.Hashes[0]].Equal(first) {
		t.Errorf("refused again, and it is news: %+v", m)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	read := readRefused(fileOf(t, data))
	next := connect.New(connect.Options{})
	next.RefuseLogins(read.Key, read.refusals())
	if since, refused := next.RefusedSince("host", "a", secret.New("password")); !refused || !since.Equal(first) {
		t.Errorf("the next process: %v since %s", refused, since)
	}
	older := refusedLogins{Format: 1, Key: m.Key, Hashes: m.Hashes}
	if older.add(refusing("a"), false) || len(older.Since) != 0 {
		t.Errorf("an older memory without times: %+v", older)
	}
	if !m.add(refusing(), true) || len(m.Hashes)+len(m.Since) != 0 {
		t.Errorf("forgotten: %+v", m)
	}
	for i := range mostRefused + 5 {
		m.add(refusing(fmt.Sprint(i)), false)
	}
	if len(m.Hashes) != mostRefused || len(m.Since) != mostRefused {
		t.Errorf("%d with %d times", len(m.Hashes), len(m.Since))
	}
}
