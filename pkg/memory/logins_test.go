package memory

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/secret"
)

// trying makes a login at a service that answers with a status.
func trying(t *testing.T, id string, status int) *connect.Session {
	s := connect.New(connect.Options{Base: answering(status)})
	c, err := s.Client(connect.Service{Name: "svc", Base: &url.URL{Scheme: "https", Host: "host"}, Auth: connect.Basic{User: id, Password: secret.New("password")}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Do(t.Context(), connect.Call{Method: http.MethodGet, Path: "/x"})
	return s
}

// answering answers every request with its status.
type answering int

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: int(a), Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

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
	read, err := readRefused(fileOf(t, []byte(marshalled(t, m))))
	if err != nil {
		t.Fatal(err)
	}
	next := connect.New(connect.Options{})
	next.RefuseLogins(read.Key, read.refusals())
	if since, refused := next.RefusedSince("host", "a", secret.New("password")); !refused || !since.Equal(first) {
		t.Errorf("the next process: %v since %s", refused, since)
	}
	older := refusedLogins{Format: 1, Key: m.Key, Hashes: m.Hashes}
	if older.add(refusing("a"), false) || len(older.Since) != 0 {
		t.Errorf("an older memory without times: %+v", older)
	}
	if m.add(refusing(), true) {
		t.Errorf("forgotten without a try: %+v", m)
	}
	if m.add(trying(t, "a", http.StatusUnauthorized), true) || !m.Since[m.Hashes[0]].Equal(first) {
		t.Errorf("tried anew and refused again: %+v", m)
	}
	if !m.add(trying(t, "a", http.StatusOK), true) || len(m.Hashes)+len(m.Since) != 0 {
		t.Errorf("tried anew with success: %+v", m)
	}
	for i := range mostRefused + 5 {
		m.add(refusing(fmt.Sprint(i)), false)
	}
	if len(m.Hashes) != mostRefused || len(m.Since) != mostRefused {
		t.Errorf("%d with %d times", len(m.Hashes), len(m.Since))
	}
}
