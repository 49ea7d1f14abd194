package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// story is one run that is disturbed in every possible place.
type story struct {
	name string
	// before brings a landscape into the state that the run finds.
	before func(t tester, l *land)
	args   []string
	// env holds variables beside those of the seed.
	env map[string]string
	// calls is how many requests the undisturbed run makes.
	calls int

	state []byte
	// keys are the requests of the undisturbed run, goal the state it reaches.
	keys    []call
	goal    picture
	creates int
}

const (
	proxyProperties = `      description: Used by IAG
      template: ias-proxy
      properties:
`
	callerSecret  = `- {label: "2026-11", value: {env: IAG_CALLER_SECRET}, expireIn: 1 year, created: 2026-11-23}`
	backendSecret = `- {label: "2026-11", value: {env: IPS_BACKEND_SECRET}, expireIn: Never}`
	provisioning  = `- {name: provisioning, category: Provisioning, recurrence: {every: 30m}}`
	oldOnes       = `  destinations:
    - {name: OLD_1, properties: {Type: HTTP, URL: "https://old.example", ProxyType: Internet, Authentication: NoAuthentication}}
    - {name: OLD_2, properties: {Type: HTTP, URL: "https://old.example", ProxyType: Internet, Authentication: NoAuthentication}}
`
)

// stories are the runs that matter: everything new, a repair, a change with new
// secrets, many at once, and deletions.
func (k *kit) stories(t *testing.T) []*story {
	t.Helper()
	plain := k.example(t, "plain")
	rotated := k.example(t, "rotated",
		callerSecret, strings.NewReplacer("2026-11", "2027-05", "CALLER_SECRET", "CALLER_SECRET_2").Replace(callerSecret),
		backendSecret, strings.NewReplacer("2026-11", "2027-05", "BACKEND_SECRET", "BACKEND_SECRET_2").Replace(backendSecret),
		proxyProperties, proxyProperties+`        ips.failed.request.retry.attempts: "3"`+"\n",
	)
	with := k.example(t, "with", "  destinations:\n", oldOnes)
	without := k.example(t, "without", "  destinations:\n", strings.ReplaceAll(oldOnes, "{name: OLD_2,", "{name: OLD_2, state: absent,"),
		provisioning, strings.Replace(provisioning, "provisioning,", "provisioning, state: absent,", 1))
	converged := func(args []string) func(tester, *land) {
		return func(t tester, l *land) { l.must(t, 0, args...) }
	}
	return []*story{
		{name: "new", before: func(tester, *land) {}, args: plain, calls: 77},
		{name: "repaired", args: plain, calls: 44, before: func(t tester, l *land) {
			l.must(t, 0, plain...)
			l.console(t, http.MethodPost, "destinations/IPS_PROXY", map[string]any{"set": map[string]string{"GROUPSURL": "/groups"}})
		}},
		{
			name: "rotated", before: converged(plain), args: rotated, calls: 58,
			env: map[string]string{"IAG_CALLER_SECRET_2": "Second.caller-secret", "IPS_BACKEND_SECRET_2": "Second.backend-secret"},
		},
		{name: "bulk", before: func(tester, *land) {}, args: k.many(t, 7), calls: 21},
		{name: "removed", before: converged(with), args: without, calls: 45},
	}
}

// undisturbed holds the stories, played once for all tests that disturb them.
var undisturbed struct {
	sync.Once
	folder  string
	kit     *kit
	stories []*story
}

// played returns the stories after their undisturbed runs.
func played(t *testing.T) (*kit, []*story) {
	t.Helper()
	u := &undisturbed
	u.Do(func() {
		u.kit = newKitIn(t, u.folder)
		all := u.kit.stories(t)
		for _, s := range all {
			s.play(t, u.kit)
		}
		u.stories = all
	})
	if len(u.stories) == 0 {
		t.Fatal("the stories could not be played")
	}
	return u.kit, u.stories
}

// swept runs all tests with a folder that they share, and removes it.
type swept struct{ *testing.M }

// Run implements [testscript.TestingM].
func (s swept) Run() int {
	// Thousands of small landscapes are made and thrown away: they are collected less
	// often, for more memory and less time.
	debug.SetGCPercent(400)
	// A program under the race detector sleeps for a second when it ends, and hundreds run.
	if os.Getenv("GORACE") == "" {
		_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	var err error
	if undisturbed.folder, err = os.MkdirTemp("", "stories"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(undisturbed.folder) }()
	return s.M.Run()
}

// many writes a manifest of n destinations and returns the arguments naming it.
func (k *kit) many(t tester, n int) []string { return k.moved(t, n, 0) }

// moved is many with other addresses in the first of them.
func (k *kit) moved(t tester, n, first int) []string {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, via, "many", "dev")
	text.WriteString("  destinations:\n")
	for i := range n {
		host := i
		if i < first {
			host += n
		}
		fmt.Fprintf(&text, "    - {name: D%04d, properties: {Type: HTTP, URL: \"https://host-%d.example\", ProxyType: Internet, Authentication: NoAuthentication}}\n", i, host)
	}
	return []string{"-f", k.write(t, fmt.Sprintf("many-%d-%d.yaml", n, first), text.String())}
}

// play makes the undisturbed run, which the disturbed ones are measured by.
func (s *story) play(t *testing.T, k *kit) {
	t.Helper()
	maps.Copy(k.env, s.env)
	// One call at a time, so that a place in the run means the same in every run.
	s.args = append(slices.Clone(s.args), "--parallelism=1")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		s.before(t, l)
		var err error
		if s.state, err = l.Dump(); err != nil {
			t.Fatal(err)
		}
		e := l.must(t, 0, s.args...)
		s.keys, s.creates = e.calls, creates(e)
		if len(e.calls) != s.calls {
			t.Errorf("the undisturbed run of %s makes %d requests, known are %d: if that is meant, correct the number: %s", s.name, len(e.calls), s.calls, e)
		}
		s.goal = l.picture(t)
		l.settled(t, s.args...)
		if diff := cmp.Diff(s.goal, l.picture(t)); diff != "" {
			t.Errorf("a run with nothing to do changes something: %s", diff)
		}
	})
	for _, text := range s.goal.Ledger {
		if !strings.HasPrefix(text, "owned true") || !strings.Contains(text, "intent false owed false") {
			t.Errorf("the undisturbed run leaves %s", text)
		}
	}
}
