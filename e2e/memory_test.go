package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// page edits the page of a title beside the ledger of the example.
func (l *land) page(t tester, title string, edit func(text string) string) {
	t.Helper()
	l.shelves(t, func(shelf map[string]any) {
		if one, ok := shelf["reconcile-ledger-iag-ias-demo-"+title].(map[string]any); ok {
			properties := one["properties"].(map[string]any)
			properties["reconcile"] = edit(properties["reconcile"].(string))
		}
	})
}

// TestNewerMemory: what a newer version wrote beside the ledger, or of refused logins on
// this machine, ends every command like a newer ledger, and stays as it is.
func TestNewerMemory(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	newer := func(text string) string { return strings.Replace(text, `"format":1`, `"format":2`, 1) }
	commands := [][]string{{"plan"}, {}, {"verify"}, {"drift"}, {"export"}, {"unlock"}}
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, args...)
		whole, err := l.Dump()
		if err != nil {
			t.Fatal(err)
		}
		l.page(t, "seen", newer)
		for _, command := range commands[:4] {
			l.refuses(t, 5, []string{"E222", "the ledger of iag-ias-demo", "fragment reconcile-ledger-iag-ias-demo-seen", "update reconcile"}, append(command, args...)...)
		}
		if err := l.Seed(whole); err != nil {
			t.Fatal(err)
		}
		cache := t.TempDir()
		k.env["XDG_CACHE_HOME"] = cache
		const memory = `{"format":2,"key":"AA==","refused":[]}`
		file := filepath.Join(cache, "reconcile", "refused-logins.json")
		if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(memory), 0o600)); err != nil {
			t.Fatal(err)
		}
		for _, command := range commands {
			e := l.must(t, 5, append(command, args...)...)
			if said := e.out + e.err; len(e.calls) > 0 || !strings.Contains(said, "E222") || !strings.Contains(said, "the memory of refused logins cannot be used: file "+file) {
				t.Errorf("%v: %s", command, e)
			}
		}
		l.must(t, 0, append([]string{"drift", "--retry-login"}, args...)...)
		if text := mustRead(t, file); text != memory {
			t.Errorf("it was overwritten: %s", text)
		}
	})
}

// TestLedgerThatDoneBegan: whoever begins a ledger leaves a mark beside it, also when it
// ends early, so that its loss shows.
func TestLedgerThatDoneBegan(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"done", "a run that fails"} {
		t.Run(first, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKit(t)
				d := k.desk(t, k.plain(t))
				switch first {
				case "done":
					d.must(t, 0, d.done("SystemUser/IPS backend", "--id", "0123abcd-0000-4000-8000-000000000000")...)
				default:
					d.manifest = k.example(t, "plain")
					d.env = k.env
					d.wire.before = func(c call, _ int) trouble {
						if c.write() && !c.ledger() {
							return failing
						}
						return none
					}
					d.must(t, 1, d.manifest...)
					d.wire.before = nil
				}
				d.loseLedger(t)
				d.refuses(t, 5, []string{"E220", "so it had one"}, append([]string{"plan"}, d.manifest...)...)
			})
		})
	}
}

// TestMarklessLedger: beside a ledger of an earlier version nothing carries a mark, and a
// run with nothing to do still writes nothing.
func TestMarklessLedger(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, args...)
		l.page(t, "seen", func(text string) string { return strings.Replace(text, `"ledger":`, `"was":`, 1) })
		if e := l.must(t, 0, args...); len(e.writes()) > 0 {
			t.Errorf("it wrote: %s", e)
		}
	})
}
