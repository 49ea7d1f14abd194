package cli

import (
	"fmt"
	"io"
	"strings"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/view"
)

// progress tells on stderr what goes on; nothing with -q. Where calls are told
// line by line, a list that is drawn anew would only be torn.
func (j *job) progress(steps int) *view.Progress {
	to := j.Err
	if j.quiet {
		to = io.Discard
	}
	return view.NewProgress(to, j.style(j.ErrTTY), j.ErrTTY && !j.verbose && !j.quiet, steps, j.Now)
}

// during tells of something that makes calls and is no step, until it is ended.
func (j *job) during(what string) (ended func()) {
	p := j.progress(0)
	s := j.wiring.session
	p.Phase(what, func() string {
		parts := []string{"1 call"}
		if n := s.Calls(); n != 1 {
			parts[0] = fmt.Sprintf("%d calls", n)
		}
		if n := s.Retries(); n > 0 {
			parts = append(parts, fmt.Sprintf("%d retried", n))
		}
		if name := j.latest.Load(); name != nil {
			parts = append(parts, "last to the "+*name+" service")
		}
		return strings.Join(parts, ", ")
	})
	return p.Close
}

// sentTo remembers which service was asked last, and passes on what was sent.
func (a *app) sentTo(next func(connect.Sent)) func(connect.Sent) {
	return func(s connect.Sent) {
		a.latest.Store(&s.Service)
		if next != nil {
			next(s)
		}
	}
}

// writes counts the steps of a plan that are told while they go.
func writes(plan *reconcile.Plan) int {
	n := 0
	for _, s := range plan.Steps {
		if s.Action.Writes() {
			n++
		}
	}
	return n
}
