package memory

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
	"reconcile/pkg/simulator"
)

// place is where a memory is; lose takes the ledger away and leaves what lies beside it.
type place struct {
	where Where
	lose  func(*testing.T)
}

// places are both places that there are, each empty.
func places(t *testing.T) map[string]place {
	t.Helper()
	who := reconcile.Identity{Name: "a", Stage: "b"}
	file := filepath.Join(t.TempDir(), "ledger.json")
	client := service(t)
	return map[string]place{
		"file": {
			Where{Who: who, Flag: "file:" + file, Now: time.Now},
			func(t *testing.T) {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			},
		},
		"fragments": {
			Where{Who: who, Service: client, Now: time.Now},
			func(t *testing.T) {
				if err := destination.NewAPI(client).DeleteFragment(t.Context(), reconcile.LedgerName("a-b")+"0"); err != nil {
					t.Fatal(err)
				}
			},
		},
	}
}

// service connects to a simulated destination service.
func service(t *testing.T) *connect.Client {
	t.Helper()
	l, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	doc, err := json.Marshal(l.Connections().Keys["destination"])
	if err != nil {
		t.Fatal(err)
	}
	key, err := connect.ParseKey(doc)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(key.URI + "/destination-configuration")
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect.New(connect.Options{Base: l.Transport(), Mode: connect.Write}).
		Client(connect.Service{Name: "destination", Base: base, Auth: key.Auth()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// opened is a memory as the next process finds it.
func opened(t *testing.T, w Where) (*Memory, *reconcile.Ledger) {
	t.Helper()
	m := New(w)
	l, err := m.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m, l
}

// begun writes a ledger under the lock, and leaves its mark.
func begun(t *testing.T, w Where) *Memory {
	t.Helper()
	m := New(w)
	lock, l, err := m.Acquire(t.Context(), reconcile.LockRequest{Holder: "somebody", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	l.Put(reconcile.Entry{Ref: resource.Ref{Kind: "Account", Name: "a"}, Owned: true})
	if err := errors.Join(l.Save(t.Context()), m.LeaveMark(t.Context()), lock.Release(t.Context())); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMemoryIsTheSameInBothPlaces: what one process keeps the next one finds, whether a
// service keeps it or a file.
func TestMemoryIsTheSameInBothPlaces(t *testing.T) {
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) {
			fresh, l := opened(t, p.where)
			if l.Stored() || fresh.Mark() != "" || fresh.Sightings().Usable() || fresh.LeaveMark(t.Context()) != nil {
				t.Fatalf("an empty place is not empty: mark %q", fresh.Mark())
			}
			first := begun(t, p.where)
			next, l := opened(t, p.where)
			if !l.Stored() || next.Mark() == "" || next.Mark() != first.Mark() || next.SightingsUnmarked() {
				t.Errorf("the next process finds mark %q, want %q", next.Mark(), first.Mark())
			}
			at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
			if err := next.KeepSightings(t.Context(), reconcile.Sightings{Format: 1, At: at}); err != nil {
				t.Fatal(err)
			}
			later, _ := opened(t, p.where)
			if seen := later.Sightings(); !seen.At.Equal(at) {
				t.Errorf("seen at %s, want %s", seen.At, at)
			}
			if claims, err := later.Unlock(t.Context()); err != nil || len(claims) > 0 {
				t.Errorf("claims are left: %v, %v", claims, err)
			}
		})
	}
}

// TestHeadOfTwo: of two processes that keep a head at once, the second is asked again in
// a service, so that its number follows the first one's.
func TestHeadOfTwo(t *testing.T) {
	w := places(t)["fragments"].where
	begun(t, w)
	one, _ := opened(t, w)
	two, _ := opened(t, w)
	for _, m := range []*Memory{one, two} {
		if err := m.ReviseHead(t.Context(), func() (*reconcile.Head, error) {
			head, err := m.Head()
			return &reconcile.Head{Number: head.Number + 1}, err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if head, err := two.Head(); err != nil || head.Number != 2 {
		t.Errorf("head %d, want 2: %v", head.Number, err)
	}
}

// TestLostLedgerShows: what lies beside a ledger tells that there was one, in both
// places; only who says so starts anew.
func TestLostLedgerShows(t *testing.T) {
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) {
			begun(t, p.where)
			p.lose(t)
			_, err := New(p.where).Open(t.Context())
			if wrong, ok := errors.AsType[*reconcile.LedgerError](err); !ok || wrong.Code != "E220" || !strings.Contains(err.Error(), "seen") {
				t.Errorf("a lost ledger: %v", err)
			}
			p.where.Anew = true
			if _, l := opened(t, p.where); !l.Anew() {
				t.Error("--new-ledger does not start anew")
			}
		})
	}
}

// TestRefusalsOutliveTheProcess: beside the ledger and on this machine, and neither when
// nothing may be written.
func TestRefusalsOutliveTheProcess(t *testing.T) {
	password := secret.New("password")
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) {
			begun(t, p.where)
			file := filepath.Join(t.TempDir(), "cache", "refused-logins.json")
			known := func(mode connect.Mode, here, beside bool) *Logins {
				m, _ := opened(t, p.where)
				l := &Logins{Session: connect.New(connect.Options{Mode: mode}), Beside: m}
				if here {
					l.File = file
				}
				if err := l.ReadHere(); err != nil {
					t.Fatal(err)
				}
				if beside {
					l.ReadBeside()
				}
				return l
			}
			keep := func(l *Logins) {
				l.Session.NoteRefusal("host", "id", password)
				if err := l.Keep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			keep(known(connect.ReadOnly, false, true))
			if known(connect.ReadOnly, true, true).Session.LoginRefused("host", "id", password) {
				t.Error("a process that may write nothing wrote beside the ledger")
			}
			keep(known(connect.LedgerOnly, true, true))
			for _, only := range []struct{ here, beside bool }{{true, false}, {false, true}} {
				if !known(connect.ReadOnly, only.here, only.beside).Session.LoginRefused("host", "id", password) {
					t.Errorf("%+v: the refusal was forgotten", only)
				}
			}
		})
	}
}
