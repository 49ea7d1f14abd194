package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// act is one thing that may happen to an attempt.
type act func() (*http.Response, error)

func status(code int, headers ...string) act {
	return func() (*http.Response, error) { return reply(code, http.StatusText(code), headers...) }
}

func fails(err error) act { return func() (*http.Response, error) { return nil, err } }

func cut() (*http.Response, error) { return cutReply(200, `[{"Name":"a"}]`) }

func clipped() (*http.Response, error) { return reply(200, `[{"Name":"a"},`) }

func TestRetryPolicy(t *testing.T) {
	dial, lost := fails(errConnectionRefused()), fails(fmt.Errorf("read: %w", io.ErrUnexpectedEOF))
	noHost := fails(&net.DNSError{Name: "h", IsNotFound: true, Err: "no such host"})
	untrusted := fails(&tls.CertificateVerificationError{Err: errors.New("unknown authority")})
	type expected struct {
		attempts int // when it happens every time
		is       error
	}
	all := func(e expected) map[string]expected {
		return map[string]expected{"GET": e, "HEAD": e, "PUT": e, "DELETE": e, "PATCH": e, "POST": e}
	}
	with := func(base map[string]expected, e expected, methods ...string) map[string]expected {
		for _, m := range methods {
			base[m] = e
		}
		return base
	}
	writes := []string{"PUT", "DELETE", "PATCH", "POST"}
	for _, tc := range []struct {
		name string
		act  act
		want map[string]expected
	}{
		{"429", status(429), all(expected{4, ErrThrottled})},
		{"502", status(502), with(all(expected{4, ErrUnreachable}), expected{1, ErrUncertain}, writes...)},
		{"503", status(503), with(all(expected{4, ErrUnreachable}), expected{1, ErrUnreachable}, writes...)},
		{"503 with Retry-After", status(503, "Retry-After", "1"), with(all(expected{4, ErrUnreachable}), expected{1, ErrUnreachable}, "PATCH", "POST")},
		{"504", status(504), with(all(expected{4, ErrUnreachable}), expected{1, ErrUncertain}, writes...)},
		{"500", status(500), all(expected{1, nil})},
		{"404", status(404), all(expected{1, ErrNotFound})},
		{"never sent", dial, all(expected{4, ErrUnreachable})},
		{"no such host", noHost, all(expected{1, ErrUnreachable})},
		{"untrusted", untrusted, all(expected{1, ErrUnreachable})},
		{"lost", lost, with(all(expected{4, ErrUnreachable}), expected{1, ErrUncertain}, writes...)},
		{"cut", cut, with(all(expected{4, ErrUnreachable}), expected{1, ErrUncertain}, writes...)},
		{"clipped", clipped, map[string]expected{"GET": {4, ErrUnreachable}}},
	} {
		for method, want := range tc.want {
			t.Run(tc.name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := &fake{answer: func(int, seen) (*http.Response, error) { return tc.act() }}
					s, c := open(t, f, Write)
					_, err := c.Do(t.Context(), Call{Method: method, Path: "/x"})
					e, ok := errors.AsType[*Error](err)
					if !ok || len(f.seen) != want.attempts || e.Attempts != want.attempts || s.Retries() != want.attempts-1 {
						t.Fatalf("%v after %d requests, want %d", err, len(f.seen), want.attempts)
					}
					if got := e.sentinel(); !errors.Is(got, want.is) {
						t.Errorf("is %v, want %v", got, want.is)
					}
				})
			})
		}
	}
}

func TestAttemptsOfAService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(int, seen) (*http.Response, error) { return status(429)() }}
		s, _ := open(t, f, Write)
		c, err := s.Client(Service{Name: "few", Base: address(t, "https://few.example"), Attempts: 2})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"}); !errors.Is(err, ErrThrottled) || len(f.seen) != 2 {
			t.Errorf("%v after %d requests", err, len(f.seen))
		}
	})
}

func TestRetrySucceedsInTheEnd(t *testing.T) {
	for _, tc := range []struct {
		name, method string
		acts         []act
	}{
		{"read", "GET", []act{status(503), cut, fails(io.EOF)}},
		{"put", "PUT", []act{fails(errConnectionRefused()), status(429), status(503, "Retry-After", "2")}},
		{"post", "POST", []act{status(429, "Retry-After", "1"), fails(errConnectionRefused())}},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{answer: func(n int, _ seen) (*http.Response, error) {
				if n <= len(tc.acts) {
					return tc.acts[n-1]()
				}
				return reply(200, "[]")
			}}
			_, c := open(t, f, Write)
			_, err := c.Do(t.Context(), Call{Method: tc.method, Path: "/x", In: []byte("body")})
			if err != nil || len(f.seen) != len(tc.acts)+1 || f.seen[len(f.seen)-1].body != "body" {
				t.Errorf("%s: %v, %d requests", tc.name, err, len(f.seen))
			}
		})
	}
}

func TestRetryPause(t *testing.T) {
	for _, tc := range []struct {
		name, retryAfter string
		least, most      time.Duration
	}{
		{"none", "", 500 * time.Millisecond, 625 * time.Millisecond},
		{"seconds", "7", 7 * time.Second, 8750 * time.Millisecond},
		{"zero", "0", 500 * time.Millisecond, 625 * time.Millisecond},
		{"negative", "-3", 500 * time.Millisecond, 625 * time.Millisecond},
		{"a day", "86400", 30 * time.Second, 37500 * time.Millisecond},
		{"date", "Sat, 01 Jan 2000 00:00:09 GMT", 9 * time.Second, 11250 * time.Millisecond},
		{"past", "Fri, 31 Dec 1999 00:00:00 GMT", 500 * time.Millisecond, 625 * time.Millisecond},
		{"nonsense", "soon", 500 * time.Millisecond, 625 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{answer: func(n int, _ seen) (*http.Response, error) {
					if n == 1 {
						return reply(429, "", "Retry-After", tc.retryAfter)
					}
					return reply(200, "")
				}}
				s, c := open(t, f, ReadOnly)
				started := time.Now()
				if err := get(t.Context(), c); err != nil || s.Throttled() != 1 {
					t.Error(err, s.Throttled())
				}
				if took := time.Since(started); took < tc.least || took > tc.most {
					t.Errorf("took %s, want %s to %s", took, tc.least, tc.most)
				}
			})
		})
	}
}

func TestRetryKeepsTheAnswerWhenTimeRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := always(429, "slow down", "Retry-After", "25")
		_, c := open(t, f, ReadOnly)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		started := time.Now()
		err := get(ctx, c)
		if !errors.Is(err, ErrThrottled) || errors.Is(err, context.DeadlineExceeded) || time.Since(started) != 0 {
			t.Errorf("%v after %s", err, time.Since(started))
		}
	})
}

// hangs answers only when the request's context ends.
type hangs struct{ calls int }

func (h *hangs) RoundTrip(req *http.Request) (*http.Response, error) {
	h.calls++
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestTimeLimits(t *testing.T) {
	for _, tc := range []struct {
		name, method string
		caller       time.Duration // the caller's own patience
		took         time.Duration // at least
		is, not      error
		text         string
	}{
		{"attempts", "GET", time.Hour, 2 * time.Minute, ErrUnreachable, context.DeadlineExceeded, "svc GET /x: gave up: no answer within the time for one call (4 attempts)"},
		{"caller", "GET", time.Second, time.Second, ErrUnreachable, ErrUncertain, "svc GET /x: no answer before the deadline"},
		{"write", "PUT", time.Hour, 30 * time.Second, ErrUncertain, ErrUnreachable, "svc PUT /x: sent, but no complete answer came back: no answer in time"},
		{"write by caller", "POST", time.Second, time.Second, ErrUncertain, ErrUnreachable, "svc POST /x: sent, but no complete answer came back: no answer before the deadline"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, c := openAs(t, &hangs{}, Options{Mode: Write}, None{})
				ctx, cancel := context.WithTimeout(t.Context(), tc.caller)
				defer cancel()
				started := time.Now()
				_, err := c.Do(ctx, Call{Method: tc.method, Path: "/x"})
				if took := time.Since(started).Round(time.Second); took < tc.took || took > tc.took+10*time.Second {
					t.Errorf("took %s, want about %s", took, tc.took)
				}
				if !errors.Is(err, tc.is) || errors.Is(err, tc.not) || err.Error() != tc.text {
					t.Errorf("got %v, want %s", err, tc.text)
				}
			})
		})
	}
}

func TestServiceTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Base: &hangs{}, Mode: Write}).Client(Service{Name: "svc", Base: address(t, "https://h"), Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		_, err = c.Do(t.Context(), Call{Method: "PUT", Path: "/x"})
		if !errors.Is(err, ErrUncertain) || time.Since(started) != time.Second {
			t.Error(err, time.Since(started))
		}
	})
}

func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hangs{}
		_, c := openAs(t, h, Options{}, None{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		err := get(ctx, c)
		if !errors.Is(err, context.Canceled) || h.calls != 1 || err.Error() != "svc GET /x: interrupted" {
			t.Error(err, h.calls)
		}
	})
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := always(200, "")
		c, err := New(Options{Base: f}).Client(Service{Name: "svc", Base: address(t, "https://h"), Rate: rate.Every(time.Second), Burst: 2})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		for range 5 {
			if err := get(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("5 calls took %s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = c.Do(ctx, Call{Method: "GET", Path: "/x"})
		if !errors.Is(err, ErrUnreachable) || len(f.seen) != 5 {
			t.Error(err, len(f.seen))
		}
	})
}

// A real transport on a closed port: the connection is never made, so even a
// POST is known to have had no effect.
func TestRealTransportTellsWhatWasNeverSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback network")
	}
	where := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Mode: Write}).Client(Service{Name: "svc", Base: address(t, where)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = c.Do(ctx, Call{Method: "POST", Path: "/x", In: map[string]string{}})
	if !errors.Is(err, ErrUnreachable) || errors.Is(err, ErrUncertain) {
		t.Error(err)
	}
}

// A real transport whose server hangs up after reading: the write is uncertain.
func TestRealTransportTellsWhatWasSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback network")
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, _ = conn.Read(make([]byte, 4096))
			_ = conn.Close()
		}
	}()
	c, err := New(Options{Mode: Write}).Client(Service{Name: "svc", Base: address(t, "http://"+l.Addr().String())})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), Call{Method: "POST", Path: "/x", In: map[string]string{}})
	if !errors.Is(err, ErrUncertain) {
		t.Error(err)
	}
}
