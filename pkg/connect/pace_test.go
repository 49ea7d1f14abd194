package connect

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// TestPaceIsShared lets two clients of one service take one limit, and a service at
// another host its own.
func TestPaceIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Base: always(200, "")})
		client := func(where string) *Client {
			c, err := s.Client(Service{Name: "svc", Base: address(t, where), Rate: rate.Every(time.Second), Burst: 1})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		one, two, other := client("https://h/one"), client("https://h/two"), client("https://g")
		started := time.Now()
		for range 3 {
			for _, c := range []*Client{one, two, other} {
				if err := get(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
		}
		if took := time.Since(started); took != 5*time.Second {
			t.Errorf("6 calls of one service took %s, want 5s", took)
		}
	})
}

// TestThrottledServiceIsCalledSlower answers 429 once to a crowd: from then on the
// pace is lower, and nobody calls before the service wants to hear from us.
func TestThrottledServiceIsCalledSlower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex
		var served []time.Duration
		f := &fake{answer: func(n int, _ seen) (*http.Response, error) {
			if n <= 5 {
				return reply(429, "", "Retry-After", "10")
			}
			mu.Lock()
			defer mu.Unlock()
			served = append(served, time.Since(began))
			return reply(200, "")
		}}
		_, c := open(t, f, ReadOnly)
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if err := get(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		// Those that were on their way got through; all others waited.
		late := 0
		for _, at := range served {
			if at >= 10*time.Second {
				late++
			}
		}
		if late < 5 {
			t.Errorf("only %d calls waited: %v", late, served)
		}
		started := time.Now()
		for range 9 {
			if err := get(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(started); took < 9*time.Second/time.Duration(firstPace) {
			t.Errorf("9 calls took only %s after the service throttled", took)
		}
	})
}

// TestPaceHasAFloor throttles again and again.
func TestPaceHasAFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all paces
		p := all.of("svc", 0, 0)
		if p.limiter.Limit() != rate.Inf || all.of("svc", 5, 5) != p {
			t.Error("the first one sets the pace")
		}
		var seen []rate.Limit
		for range 8 {
			p.throttled(http.Header{})
			p.throttled(http.Header{}) // the same burst
			seen = append(seen, p.limiter.Limit())
			time.Sleep(2 * sameBurst)
		}
		if seen[0] != firstPace || seen[1] != firstPace/2 || seen[7] != slowestPace {
			t.Errorf("paces %v", seen)
		}
	})
}

// TestRetriesHaveABudget asks a dead service for very many objects.
func TestRetriesHaveABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := always(503, "")
		s, c := open(t, f, ReadOnly)
		for range 1000 {
			if err := get(t.Context(), c); !errors.Is(err, ErrUnreachable) {
				t.Fatal(err)
			}
		}
		if n := s.Retries(); n < freeRetries || n > freeRetries+1400/3 || s.Calls() != 1000+n {
			t.Errorf("%d repetitions in %d calls", n, s.Calls())
		}
	})
}
