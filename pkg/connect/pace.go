package connect

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How a service that throttles is treated for the rest of the run.
const (
	// firstPace is the rate that a service without a limit of its own gets at its
	// first 429, in calls per second.
	firstPace = rate.Limit(8)
	// slowestPace is never undercut: the run has to end.
	slowestPace = rate.Limit(0.5)
	// sameBurst is the time in which several 429 count as one: they answer calls
	// that were on their way together.
	sameBurst = time.Second
)

// pace is how fast one service may be called. All clients of a session that call
// the same service share it. It only ever gets slower.
type pace struct {
	limiter *rate.Limiter

	mu      sync.Mutex
	slowed  time.Time
	resumes time.Time // nobody calls before
}

// paces are the session's paces by service and host.
type paces struct {
	mu  sync.Mutex
	all map[string]*pace
}

// of returns the pace for a service, made at first use.
func (p *paces) of(name string, limit rate.Limit, burst int) *pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]*pace{}
	}
	if p.all[name] == nil {
		if limit <= 0 {
			limit = rate.Inf
		}
		p.all[name] = &pace{limiter: rate.NewLimiter(limit, max(burst, 1))}
	}
	return p.all[name]
}

// wait returns when the next call may be sent. errCrowded says that the time for
// the call ends before.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	pause := time.Until(p.resumes)
	p.mu.Unlock()
	if pause > 0 {
		if !patient(ctx, pause) {
			return errCrowded
		}
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return errCrowded
		case <-timer.C:
		}
	}
	if err := p.limiter.Wait(ctx); err != nil {
		return errCrowded
	}
	return nil
}

// throttled halves the pace after a 429 and lets all other calls wait as long as
// the service asks for.
func (p *pace) throttled(h http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if asked := h.Get("Retry-After"); asked != "" {
		until := now.Add(min(max(retryAfter(asked, 0), 0), longestWait))
		if until.After(p.resumes) {
			p.resumes = until
		}
	}
	if !p.slowed.IsZero() && now.Sub(p.slowed) < sameBurst {
		return
	}
	p.slowed = now
	limit := p.limiter.Limit() / 2
	if p.limiter.Limit() == rate.Inf {
		limit = firstPace
	}
	p.limiter.SetLimit(max(limit, slowestPace))
	p.limiter.SetBurst(1)
}

// Repeated attempts of a whole session: a service that is down must not be asked
// four times for every object. One in four calls may be a repetition, and
// freeRetries on top.
const freeRetries = 100

// mayRetry reports whether the session's budget of repetitions has room.
func (s *Session) mayRetry() bool { return s.retries.Load() < freeRetries+s.calls.Load()/4 }
