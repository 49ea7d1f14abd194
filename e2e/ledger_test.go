package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// shelves lets somebody edit the fragments of every subaccount behind all backs.
func (l *land) shelves(t tester, edit func(shelf map[string]any)) {
	t.Helper()
	var document map[string]any
	data, err := l.Dump()
	if err == nil {
		err = json.Unmarshal(data, &document)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	all, _ := document["fragments"].(map[string]any)
	for _, shelf := range all {
		edit(shelf.(map[string]any))
	}
	if data, err = json.Marshal(document); err == nil {
		err = l.Seed(data)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
}

const firstShard = "reconcile-ledger-iag-ias-demo-0"

func (l *land) loseLedger(t tester) {
	t.Helper()
	l.shelves(t, func(shelf map[string]any) { delete(shelf, firstShard) })
}

// refuses demands an exit code, a code and texts of a run, and that it wrote nothing.
func (l *land) refuses(t tester, exit int, texts []string, args ...string) ended {
	t.Helper()
	e := l.must(t, exit, args...)
	for _, text := range texts {
		if !strings.Contains(e.out, text) {
			t.Errorf("%q is not said: %s", text, e)
		}
	}
	if len(e.writes()) > 0 {
		t.Errorf("it wrote: %s", e)
	}
	return e
}

// TestLostLedger takes the ledger away: no command goes on as if it were the first
// run, and the one way on says its price and is remembered.
func TestLostLedger(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"fragments", "file", "record", "all but the records"} {
		t.Run(where, func(t *testing.T) {
			k := newKit(t)
			args := k.example(t, "plain")
			file := filepath.Join(k.dir, "ledger.json")
			switch where {
			case "file":
				args = append(args, "--ledger", "file:"+file)
			case "record", "all but the records":
				args = append(args, "--records", filepath.Join(k.dir, "records"))
			}
			synctest.Test(t, func(t *testing.T) {
				l := k.land(t, k.dump)
				if e := l.must(t, 2, append(args, "--dry-run")...); !strings.Contains(e.out, "First run: iag-ias-demo has no ledger yet") {
					t.Errorf("a first dry run is not told: %s", e)
				}
				if e := l.must(t, 0, args...); !strings.Contains(e.out, "First run: the ledger of iag-ias-demo was begun in ") || strings.Contains(e.out, "no ledger yet") {
					t.Errorf("a first run is not told: %s", e)
				}
				if e := l.must(t, 0, args...); strings.Contains(e.out, "First run") {
					t.Errorf("a second run is told to be the first: %s", e)
				}
				switch where {
				case "file":
					if err := os.Remove(file); err != nil {
						t.Fatal(err)
					}
				case "all but the records":
					l.shelves(t, func(shelf map[string]any) { clear(shelf) })
					l.refuses(t, 5, []string{"it is gone from fragments reconcile-ledger-iag-ias-demo-…, but record 2 (" + filepath.Join(k.dir, "records")}, append([]string{"plan"}, args...)...)
				case "record":
					l.shelves(t, func(shelf map[string]any) { delete(shelf, "reconcile-ledger-iag-ias-demo-seen") })
					fallthrough
				default:
					l.loseLedger(t)
				}
				l.anew(t, args)
			})
		})
	}
}

func (l *land) anew(t tester, args []string) {
	t.Helper()
	gone := []string{"E220", "the ledger of iag-ias-demo", "so it had one", "--new-ledger", "--adopt"}
	for _, command := range [][]string{{"plan"}, {"--dry-run"}, {"drift"}, {"verify"}, {}, {"accept", "Destination/IPS_PROXY", "--until", "2999-01-01", "--ticket", "T"}} {
		e := l.must(t, 5, append(command, args...)...)
		if !strings.Contains(e.out, gone[0]) || !strings.Contains(e.out, gone[2]) || !strings.Contains(e.out, gone[3]) {
			t.Errorf("%v: %s", command, e)
		}
		if len(l.state(t).ledger(t)) > 0 {
			t.Errorf("%v began a ledger", command)
		}
	}
	l.refuses(t, 0, []string{"W222"}, append([]string{"plan", "--new-ledger"}, args...)...)
	l.refuses(t, 5, gone, append([]string{"plan"}, args...)...)
	if e := l.must(t, 0, append(slices.Clone(args), "--new-ledger")...); !strings.Contains(e.out, "W222") {
		t.Errorf("nothing is said of the new ledger: %s", e)
	}
	l.must(t, 0, append([]string{"plan"}, args...)...)
	l.refuses(t, 5, []string{"E224"}, append(slices.Clone(args), "--new-ledger")...)
	l.must(t, 0, append(slices.Clone(args), "--adopt")...)
	l.settled(t, args...)
}

// TestNewLedgerOfASavedPlan: the way on is part of what was approved.
func TestNewLedgerOfASavedPlan(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	saved := filepath.Join(k.dir, "plan.json")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, args...)
		l.loseLedger(t)
		l.must(t, 2, append([]string{"plan", "--new-ledger", "--adopt", "--out", saved}, args...)...)
		l.must(t, 0, "apply", saved)
		l.must(t, 0, "apply", saved)
		l.settled(t, args...)
	})
}

// TestDamagedLedger: each kind of damage has its code, place and way on.
func TestDamagedLedger(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	plan := append([]string{"plan"}, args...)
	edit := func(from, to string) func(map[string]any) {
		return func(shelf map[string]any) {
			properties := shelf[firstShard].(map[string]any)["properties"].(map[string]any)
			properties["reconcile"] = strings.Replace(properties["reconcile"].(string), from, to, 1)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, args...)
		whole, err := l.Dump()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ from, to, code, remedy string }{
			{`"format":1`, `"format":2`, "E222", "update reconcile"},
			{`"format":1`, `"format":"1"`, "E221", "restore it from a backup"},
			{`"key":"`, `"key":"AAAA`, "E221", "--adopt"},
			{`"shards":1`, `"shards":2`, "E221", "1 of 2 shards are missing"},
		} {
			l.shelves(t, edit(c.from, c.to))
			l.refuses(t, 5, []string{c.code, "reconcile-ledger-iag-ias-demo-", c.remedy}, plan...)
			if err := l.Seed(whole); err != nil {
				t.Fatal(err)
			}
		}
		file := k.write(t, "led.json", "null")
		l.refuses(t, 5, []string{"E221", file, "it holds no shard"}, append(plan, "--ledger", "file:"+file)...)
	})
}

// TestClaimsBesideAFile: who keeps its ledger in a file still sees what others own who
// keep theirs beside the destinations, also when it cannot read all of it.
func TestClaimsBesideAFile(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	other := append(k.example(t, "other", "name: iag-ias,", "name: iag-two,"),
		"-f", k.write(t, "over-two.yaml", strings.Replace(mustRead(t, filepath.Join(k.dir, "via-example.yaml")), "iag-ias", "iag-two", 1)))
	other = slices.Delete(other, 2, 4)
	args[3] = k.write(t, "over-one.yaml", mustRead(t, filepath.Join(k.dir, "via-example.yaml")))
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 0, args...)
		for _, ledger := range [][]string{nil, {"--ledger", "file:" + filepath.Join(k.dir, "two.json")}} {
			l.refuses(t, 5, []string{"E211", "iag-ias-demo owns it"}, append(append(slices.Clone(other), "--adopt"), ledger...)...)
		}
		l.shelves(t, func(shelf map[string]any) {
			properties := shelf[firstShard].(map[string]any)["properties"].(map[string]any)
			properties["reconcile"] = strings.Replace(properties["reconcile"].(string), `"format":1`, `"format":2`, 1)
		})
		l.refuses(t, 5, []string{"E211", "W221", "fragment " + firstShard}, append(slices.Clone(other), "--adopt")...)
	})
}

func mustRead(t tester, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(data)
}

// TestSharedLedgerFile lets two integrations keep their ledgers in one file.
func TestSharedLedgerFile(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	dir, ledger := filepath.Join(k.dir, "two"), "file:"+filepath.Join(k.dir, "two.json")
	for _, name := range []string{"one", "two"} {
		text := strings.ReplaceAll(strings.Replace(mustRead(t, k.many(t, 2)[1]), "name: many", "name: "+name, 1), "D000", strings.ToUpper(name))
		k.write(t, filepath.Join("two", name+".yaml"), strings.ReplaceAll(text, "file: keys/", "file: ../keys/"))
	}
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		for _, name := range []string{"one", "two"} {
			l.must(t, 0, "-f", dir, "--integration", name, "--ledger", ledger)
		}
		l.must(t, 0, "drift", "-f", dir, "--ledger", ledger)
		thief := k.write(t, "thief.yaml", strings.Replace(strings.ReplaceAll(mustRead(t, filepath.Join(dir, "one.yaml")), "../keys/", "keys/"), "name: one", "name: three", 1))
		edited := strings.ReplaceAll(mustRead(t, thief), "https://host-0", "https://other")
		l.refuses(t, 5, []string{"E211", "one-dev owns it"}, "-f", k.write(t, "thief.yaml", edited), "--adopt", "--ledger", ledger)
		link := filepath.Join(k.dir, "link.json")
		if err := os.Symlink(filepath.Join(k.dir, "two.json"), link); err != nil {
			t.Skip(err)
		}
		l.settled(t, "-f", dir, "--integration", "one", "--ledger", "file:"+link)
		if left, _ := filepath.Glob(filepath.Join(k.dir, "link.*")); len(left) != 1 {
			t.Errorf("the link has a ledger of its own: %v", left)
		}
	})
}

// TestSavedPlanBindsItsLedger: with another memory the same plan means something else.
func TestSavedPlanBindsItsLedger(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	saved, ledger := filepath.Join(k.dir, "plan.json"), "file:"+filepath.Join(k.dir, "ledger.json")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 2, append([]string{"plan", "--out", saved}, args...)...)
		l.refuses(t, 5, []string{"E209", "--ledger names another ledger"}, "apply", saved, "--ledger", ledger)
		l.must(t, 2, append([]string{"plan", "--out", saved, "--ledger", ledger}, args...)...)
		l.refuses(t, 5, []string{"E209", "--ledger names another ledger"}, "apply", saved, "--ledger", ledger+"x")
		l.must(t, 0, "apply", saved)
		if left := l.state(t).ledger(t); len(left) > 0 {
			t.Errorf("the ledger was not kept in the file: %v", left)
		}
		l.settled(t, append(args, "--ledger", ledger)...)
	})
}

// TestStrangeLock: a lock that this version does not know is nobody's to take over.
func TestStrangeLock(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		for _, text := range []string{`{"owner":"somebody"}`, `{"format":2,"token":"x","holder":"h","expires":"2020-01-01T00:00:00Z"}`} {
			l := k.land(t, k.dump)
			l.must(t, 0, args...)
			l.console(t, http.MethodDelete, "destinations/IPS_PROXY", nil)
			l.shelves(t, func(shelf map[string]any) {
				shelf["reconcile-lock-iag-ias-demo-9"] = map[string]any{"properties": map[string]any{"FragmentName": "reconcile-lock-iag-ias-demo-9", "reconcile": text}}
			})
			l.refuses(t, 5, []string{"E225", "fragment reconcile-lock-iag-ias-demo-9", "reconcile unlock"}, append(slices.Clone(args), "--lock-timeout=3s")...)
			if e := l.must(t, 0, append([]string{"unlock"}, args...)...); !strings.Contains(e.out, "released lock 9, which this version does not know") {
				t.Errorf("unlock: %s", e)
			}
			l.must(t, 0, args...)
		}
	})
}

// TestFirstRunIsNoLoss plays everything that may happen before the first write to a
// ledger: deaths, refusals, looks, waits, unlocks. As long as no shard was ever stored,
// none of it is taken for a lost ledger.
func TestFirstRunIsNoLoss(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		moves := rapid.SliceOfN(rapid.Custom(drawBeginning), 1, 8).Draw(t, "moves")
		grown := rapid.Bool().Draw(t, "grown")
		problem := ""
		synctest.Test(outer, func(*testing.T) { problem = k.beginnings(args, grown, moves) })
		if problem != "" {
			t.Fatal(problem)
		}
	})
}

// beginning is one command on a landscape without a ledger, and what ends it.
type beginning struct {
	command []string
	dies    int
	trouble trouble
	secret  bool
}

func drawBeginning(t *rapid.T) beginning {
	return beginning{
		command: rapid.SampledFrom([][]string{{}, {}, {"plan"}, {"drift"}, {"verify"}, {"unlock"}, {"--retry-login"}, {"--adopt"}}).Draw(t, "command"),
		dies:    rapid.IntRange(1, 60).Draw(t, "dies"),
		trouble: rapid.SampledFrom([]trouble{unsent, cutBefore, cutAfter, expired, failing, lateFail}).Draw(t, "trouble"),
		secret:  rapid.Bool().Draw(t, "secret"),
	}
}

// beginnings plays moves on an empty landscape, or on one that was made by hand: there
// looks and logins leave pages before there is a ledger.
func (k *kit) beginnings(args []string, grown bool, moves []beginning) (problem string) {
	defer func() {
		if reason := recover(); reason != nil {
			text, expected := reason.(gave)
			if !expected {
				panic(reason)
			}
			problem = string(text)
		}
	}()
	t, l := collector{}, k.land(collector{}, k.dump)
	begun := func() (found bool) {
		for _, shelf := range l.state(t).Fragments {
			found = found || len(shelf[firstShard].Properties) > 0
		}
		return found
	}
	if grown {
		l.must(t, 0, args...)
		l.shelves(t, func(shelf map[string]any) { clear(shelf) })
	}
	own := k.env["IPS_BACKEND_SECRET"]
	defer func() { k.env["IPS_BACKEND_SECRET"] = own }()
	for i, m := range moves {
		k.env["IPS_BACKEND_SECRET"] = own
		if m.secret {
			k.env["IPS_BACKEND_SECRET"] = "refused"
		}
		l.wire.before = func(c call, index int) trouble {
			if index < m.dies {
				return none
			}
			return m.trouble
		}
		e := l.run(append(slices.Clone(m.command), args...)...)
		if strings.Contains(e.out, "E220") {
			t.Fatalf("move %d of %+v: a first run is taken for a loss: %s", i+1, moves, e)
		}
		if begun() {
			break
		}
		time.Sleep(time.Hour) // whatever was locked has expired
	}
	l.wire.before, k.env["IPS_BACKEND_SECRET"] = nil, own
	e := l.run(append(slices.Clone(args), "--retry-login", "--adopt")...)
	if e.code != 0 {
		t.Fatalf("after %+v: %s", moves, e)
	}
	if len(e.writes()) == 0 {
		// A death between the first shard and its mark, with all done: a run with nothing
		// to do writes nothing, so the next look makes up for it.
		l.must(t, 0, append([]string{"verify"}, args...)...)
	}
	l.loseLedger(t)
	if e := l.run(args...); e.code != 5 || !strings.Contains(e.out, "E220") {
		t.Fatalf("after %+v the loss does not show: %s", moves, e)
	}
	return ""
}
