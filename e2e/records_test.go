package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"reconcile/pkg/reconcile"
)

// spoil copies a folder of records without record N, or with a text in it replaced;
// with rename the file gets the name that its new content asks for:
// spoil FROM TO N [OLD NEW [rename]]
func spoil(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.json"))
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs(args[1]), 0o700))
	found := false
	for _, file := range files {
		data, err := os.ReadFile(file)
		ts.Check(err)
		name := filepath.Base(file)
		if strings.Contains(name, "-"+strings.Repeat("0", 6-len(args[2]))+args[2]+"-") {
			found = true
			if len(args) == 3 {
				continue
			}
			if !strings.Contains(string(data), args[3]) {
				ts.Fatalf("record %s does not hold %s", args[2], args[3])
			}
			data = []byte(strings.Replace(string(data), args[3], args[4], 1))
			if len(args) > 5 {
				sum := sha256.Sum256(data)
				name = name[:strings.LastIndex(name, "-")+1] + hex.EncodeToString(sum[:8]) + ".json"
			}
		}
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[1]), name), data, 0o600))
	}
	if !found {
		ts.Fatalf("there is no record %s", args[2])
	}
}

// recorded reads the records of a folder.
func (k *kit) recorded(t *testing.T, dir string) []reconcile.StoredRecord {
	t.Helper()
	records, err := reconcile.ReadRecords(dir, reconcile.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// TestRecordsOfTrouble lets runs fail and be interrupted: each leaves one record
// that says so, and while one writes, a note says that it began.
func TestRecordsOfTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t)
		flags, dir := k.example(t, "integration"), filepath.Join(k.dir, "runs")
		flags = append(flags, "--adopt", "--records", dir)
		l := k.land(t, k.dump)
		l.signals = make(chan os.Signal, 2)
		var begun atomic.Int32
		l.wire.before = func(c call, _ int) trouble {
			if !c.write() || c.ledger() {
				return none
			}
			records, err := reconcile.ReadRecords(dir, reconcile.Identity{})
			if err == nil && slices.ContainsFunc(records, func(r reconcile.StoredRecord) bool { return r.Open }) {
				begun.Add(1)
			}
			if strings.HasSuffix(c.path, "/subaccountDestinations") {
				return failing
			}
			return none
		}
		l.must(t, 6, flags...)
		l.wire.before = func(c call, _ int) trouble {
			if c.write() && !c.ledger() {
				select {
				case l.signals <- syscall.SIGINT:
				default:
				}
				// Time passes only when everybody waits: the signal is seen now.
				time.Sleep(time.Millisecond)
			}
			return none
		}
		l.must(t, 130, flags...)
		// The next run fetches no signal of this one.
		for len(l.signals) > 0 {
			<-l.signals
		}
		l.wire.before = func(c call, _ int) trouble {
			if strings.Contains(c.path, "Fragments") {
				return unsent
			}
			return none
		}
		l.must(t, 4, flags...)
		l.wire.before = nil
		l.must(t, 0, flags...)
		if begun.Load() == 0 {
			t.Error("nothing said that the run began to write")
		}
		records := k.recorded(t, dir)
		var codes []int
		for i, r := range records {
			codes = append(codes, r.ExitCode)
			if r.Open || r.Number != i+1 || r.Wrote != (r.ExitCode != 4) {
				t.Errorf("record %d: number %d, open %t, wrote %t", i+1, r.Number, r.Open, r.Wrote)
			}
			var result struct{ Steps []struct{ Outcome string } }
			if err := json.Unmarshal(r.Result, &result); err != nil || r.Wrote != (len(result.Steps) > 0) {
				t.Errorf("record %d: %d steps, %v", r.Number, len(result.Steps), err)
			}
		}
		if !slices.Equal(codes, []int{6, 130, 4, 0}) {
			t.Errorf("the records say %v", codes)
		}
		l.must(t, 0, append([]string{"history", "--records", dir}, flags[:4]...)...)
	})
}
