package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestLooksEndAtOnce: whatever only looks is ended by the first signal, and says so in
// its document with the same code.
func TestLooksEndAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := append(k.example(t, "plain"), "-o", "json")
	for name, look := range map[string][]string{
		"plan":     append([]string{"plan"}, args...),
		"dry run":  append(slices.Clone(args), "--dry-run"),
		"verify":   append([]string{"verify"}, args...),
		"drift":    append([]string{"drift"}, args...),
		"snapshot": append([]string{"snapshot"}, args...),
		"export":   append([]string{"export"}, args...),
		"rotate":   append([]string{"rotate", "SystemUser/IAG caller"}, args...),
		"history":  append([]string{"history", "--records", t.TempDir()}, args...),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := k.land(t, k.dump)
				l.must(t, 0, args...)
				l.signals = make(chan os.Signal)
				l.wire.before = func(_ call, index int) trouble {
					if index == 2 {
						l.signals <- syscall.SIGTERM
						time.Sleep(time.Millisecond)
					}
					return none
				}
				start := time.Now()
				e := l.must(t, 143, look...)
				if took := time.Since(start); took > time.Second || len(e.calls) > 9 {
					t.Errorf("ended after %s and %d calls", took, len(e.calls))
				}
				type result struct {
					ExitCode int
					Complete bool
					Runs     []result
				}
				var shown result
				if err := json.Unmarshal([]byte(e.out), &shown); err != nil {
					t.Fatalf("%v: %s", err, e)
				}
				if len(shown.Runs) > 0 {
					shown = shown.Runs[0]
				}
				if shown.ExitCode != 143 || shown.Complete {
					t.Errorf("%+v: %s", shown, e)
				}
			})
		})
	}
}
