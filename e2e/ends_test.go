package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// tells demands texts of a run's result, and that none of the others is in it.
func (e ended) tells(t tester, texts []string, never ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(e.out, text) {
			t.Errorf("%q is not said: %s", text, e)
		}
	}
	for _, text := range never {
		if strings.Contains(e.out, text) {
			t.Errorf("%q is said: %s", text, e)
		}
	}
}

// TestTimeLimitIsNamed: a run that takes too long is not the service's fault.
func TestTimeLimitIsNamed(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		for at, want := range map[string]int{"GET": 1, "POST": 6} {
			var n atomic.Int64
			l.wire.before = func(c call, _ int) trouble {
				if c.method == at && !c.ledger() && !strings.HasSuffix(c.path, "/token") {
					if nth := n.Add(1); at == "GET" || nth == 3 {
						time.Sleep(time.Minute)
					}
				}
				return none
			}
			e := l.must(t, want, append(slices.Clone(args), "--timeout=20s", "--parallelism=1")...)
			e.tells(t, []string{"E227", "the time limit of 20s (--timeout) is over"}, "E191", "E190", "service key")
		}
	})
}

// TestSignalWhileWaiting: who is stopped while it waits for the lock is told so.
func TestSignalWhileWaiting(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	for name, signal := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		synctest.Test(t, func(t *testing.T) {
			l := k.land(t, k.dump)
			var second ended
			l.whileWriting(func() {
				two := l.beside()
				two.signals = make(chan os.Signal)
				time.AfterFunc(5*time.Second, func() { two.signals <- signal })
				second = two.run(args...)
			})
			l.must(t, 0, args...)
			if want := map[string]int{"SIGINT": 130, "SIGTERM": 143}[name]; second.code != want {
				t.Errorf("exit %d, want %d", second.code, want)
			}
			second.tells(t, []string{"E228 stopped by " + name + ": lock", "run the same command again"}, "context canceled", "mend the cause", "E190")
		})
	}
}

// TestInterruptedSaysWhatNext: an orderly stop names the next step, a cut one as well.
func TestInterruptedSaysWhatNext(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := append(k.example(t, "plain"), "--parallelism=1")
	for _, signals := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			l := k.land(t, k.dump)
			l.signals = make(chan os.Signal)
			l.whileWriting(func() {
				for range signals {
					l.signals <- syscall.SIGTERM
				}
				time.Sleep(time.Millisecond)
			})
			e := l.must(t, 143, args...)
			e.tells(t, []string{"run the same command again"}, "mend the cause", "E190", "E191")
			if signals == 1 {
				e.tells(t, []string{"Next: "})
			}
		})
	}
}

// TestLockLostIsToldOnce: whoever lost the lock is not sent to what took it away.
func TestLockLostIsToldOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := append(k.example(t, "plain"), "--parallelism=1")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.whileWriting(func() { l.beside().must(t, 0, append([]string{"unlock"}, args...)...) })
		e := l.must(t, 6, args...)
		e.tells(t, []string{"E226"}, "reconcile unlock", "E207")
		_, told, _ := strings.Cut(e.out, "E226")
		if n := strings.Count(told, "the lock was lost"); n != 1 {
			t.Errorf("it is told %d times: %s", n, e)
		}
	})
}

// TestEveryWriteDenied: with a key that only reads, nothing is written, and the code
// says so, although every step was tried.
func TestEveryWriteDenied(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.many(t, 3)
	synctest.Test(t, func(t *testing.T) {
		for status, want := range map[int]int{http.StatusForbidden: 4, http.StatusBadRequest: 1} {
			l := k.land(t, k.dump)
			for _, method := range []string{http.MethodPost, http.MethodPut} {
				l.control(t, "faults", fmt.Sprintf(`[{"method": %q, "path": "/destination-configuration/v1/subaccountDestinations", "times": -1, "status": %d}]`, method, status))
			}
			e := l.must(t, want, args...)
			for _, c := range e.calls {
				if c.effective() && !c.ledger() {
					t.Errorf("%s was written: %s", c, e)
				}
			}
		}
	})
}

// control talks to the landscape's own interface.
func (l *land) control(t tester, path, body string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, l.Connections().Root+"/_sim/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v", err)
	}
	answer, err := l.Transport().RoundTrip(request)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s: %v %v", path, answer, err)
	}
}

// TestLedgerThatIsBusy: a service that does not serve is no reason to doubt the key.
func TestLedgerThatIsBusy(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.many(t, 3)
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.wire.before = func(c call, _ int) trouble {
			if c.write() && c.ledger() {
				return busy
			}
			return none
		}
		l.must(t, 4, args...).tells(t, []string{"E191", "when the service answers"}, "service key")
	})
}

// TestStandingLock: a lock that cannot be given back is a warning, and the proofs are
// made all the same.
func TestStandingLock(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.wire.before = func(c call, _ int) trouble {
			if c.method == http.MethodDelete && c.ledger() {
				return noGateway
			}
			return none
		}
		l.must(t, 0, args...).tells(t, []string{"W220", "stands until", "reconcile unlock", "proved"}, "E190", "E191")
		l.wire.before = nil
		// Whoever comes next waits until it expires.
		l.must(t, 5, append([]string{"accept", "Destination/IPS_PROXY", "--until", "2999-01-01", "--ticket", "T", "--lock-timeout=2m"}, args...)...).tells(t, []string{"E213"}, "E207")
	})
}

// TestFreezeWithNothingToWrite: a freeze is no news where nothing would be written.
func TestFreezeWithNothingToWrite(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	args := k.example(t, "plain")
	frozen := k.example(t, "frozen", "policy: {liveChanges: overwrite}", "policy: {freeze: [{from: 2000-01-01, until: 2999-12-31, reason: year-end closing}]}")
	synctest.Test(t, func(t *testing.T) {
		l := k.land(t, k.dump)
		l.must(t, 2, append([]string{"plan"}, frozen...)...).tells(t, []string{"W210"})
		l.must(t, 0, args...)
		l.must(t, 0, append([]string{"plan"}, frozen...)...).tells(t, nil, "W210")
	})
}

// TestClosedPipe ends whoever reads result and story of a real run: the run goes on,
// gives its lock back, and says by its code that its result was not written.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	program, dir := programFile(t), t.TempDir()
	url := simulated(t, program, filepath.Join(dir, "land"))
	args := []string{"-f", "../examples/ias/integration.yaml", "--simulate=" + url, "-v", "--records", filepath.Join(dir, "records")}
	run := func(out, story *os.File) int {
		command := exec.CommandContext(t.Context(), program, args...)
		command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
		command.Stdout, command.Stderr = out, story
		_ = command.Run()
		return command.ProcessState.ExitCode()
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if code := run(writer, writer); code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	if records, _ := filepath.Glob(filepath.Join(dir, "records", "*.json")); len(records) != 1 {
		t.Errorf("records: %v", records)
	}
	whole, err := os.Create(filepath.Join(dir, "out.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	if code := run(whole, writer); code != 0 {
		t.Errorf("only the story has no reader: exit %d", code)
	}
	if text := mustRead(t, whole.Name()); !strings.Contains(text, "nothing to do") {
		t.Errorf("the first run did not end its work: %s", text)
	}
}
