package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	oldSecret = `{label: "2026-11", value: {env: IAG_CALLER_SECRET}, expireIn: 1 year, created: 2026-11-23}`
	newSecret = `{label: "2027-05", value: {env: CALLER_2}, expireIn: 1 year, created: 2027-05-01}`
)

// TestRotation changes a secret from its announcement to the day on which the old
// one may go, and asks at each step where it stands.
func TestRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t)
		before := k.example(t, "before")
		added := k.example(t, "added", "        - "+oldSecret, "        - "+oldSecret+"\n        - "+newSecret)
		moved := k.example(t, "moved", "        - "+oldSecret, "        - "+newSecret+"\n        - "+oldSecret)
		l := k.land(t, k.dump)
		stands := func(phase string, code int, says string, flags []string) {
			t.Helper()
			e := l.must(t, code, append([]string{"rotate", "SystemUser/IAG caller", "-o", "json"}, flags...)...)
			var d struct {
				Integration, Stage, Phase string
				Complete, BothSlotsUsed   bool
				Next                      []string
			}
			if err := json.Unmarshal([]byte(e.out), &d); err != nil || d.Phase != phase || d.Stage != "demo" || d.Integration != "iag-ias" || !d.Complete || !strings.Contains(strings.Join(d.Next, "\n"), says) || d.BothSlotsUsed != (phase != "free") {
				t.Fatalf("want %s (%s): %v %s", phase, says, err, e)
			}
			if len(e.writes()) > 0 {
				t.Fatalf("rotate writes: %s", e)
			}
			text := l.must(t, code, append([]string{"rotate", "SystemUser/IAG caller"}, flags...)...).out
			if may := strings.Contains(text, "may be deleted"); may != (phase == "done") {
				t.Fatalf("at %s: %s", phase, text)
			}
		}
		l.must(t, 0, append(slices.Clone(before), "--adopt")...)
		stands("free", 0, "second secret", before)
		k.env["CALLER_2"] = "a-second-secret-of-some-length"
		l.must(t, 0, added...)
		stands("added", 7, `move "2027-05"`, added)
		stands("switching", 2, "run reconcile", moved)
		l.must(t, 0, moved...)
		stands("settling", 7, "wait until", moved)
		time.Sleep(6 * time.Minute)
		stands("settling", 7, "let a sync run", moved)
		for _, one := range l.state(t).Collections["jobs"] {
			if one.System["category"] == "Repository Sync" && !l.console(t, http.MethodPost, "jobs/"+one.ID+"/runs", nil) {
				t.Fatal("the job cannot be started")
			}
		}
		stands("done", 0, `"2026-11" may be deleted`, moved)
		l.must(t, 0, append(k.example(t, "after", "        - "+oldSecret, "        - "+newSecret), "--prune")...)
		stands("free", 0, "second secret", k.example(t, "after2", "        - "+oldSecret, "        - "+newSecret))
		l.must(t, 3, append([]string{"rotate", "SystemUser/nobody"}, before...)...)
		l.must(t, 3, append([]string{"rotate", "Destination/IPS_PROXY"}, before...)...)
		l.must(t, 3, append([]string{"rotate"}, before...)...)
	})
}
