package cli

import (
	"errors"
	"fmt"
	"testing"

	"reconcile/pkg/connect"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/view"
)

func steps(outcomes ...reconcile.Outcome) *reconcile.Plan {
	p := &reconcile.Plan{}
	for _, o := range outcomes {
		p.Steps = append(p.Steps, reconcile.Step{Action: reconcile.Create, State: reconcile.Drifted, Outcome: o})
	}
	return p
}

// The order of the table is the contract: the first match wins.
func TestCode(t *testing.T) {
	refused := steps("")
	refused.Refused = []resource.Fault{{Code: "E201"}}
	denied := fmt.Errorf("list: %w", connect.ErrDenied)
	finding := []resource.Finding{{Code: "F-5"}}
	for name, c := range map[string]struct {
		v    verdict
		want int
	}{
		"in sync":                           {verdict{result: view.Result{Plan: &reconcile.Plan{}}}, exitDone},
		"applied":                           {verdict{result: view.Result{Plan: steps(reconcile.Applied)}}, exitDone},
		"plan differs":                      {verdict{planned: true, result: view.Result{Plan: steps("")}}, exitDifferences},
		"plan differs, exit zero":           {verdict{planned: true, exitZero: true, result: view.Result{Plan: steps("")}}, exitDone},
		"plan has nothing":                  {verdict{planned: true, result: view.Result{Plan: &reconcile.Plan{}}}, exitDone},
		"invalid wins":                      {verdict{invalid: true, err: denied, result: view.Result{Plan: refused}}, exitInvalid},
		"brake":                             {verdict{planned: true, result: view.Result{Plan: refused}}, exitRefused},
		"no at the prompt":                  {verdict{refused: true, result: view.Result{Plan: steps("")}}, exitRefused},
		"denied before a write":             {verdict{err: denied}, exitUnreachable},
		"denied after a write":              {verdict{err: denied, result: view.Result{Plan: steps(reconcile.Applied)}}, exitPartly},
		"denied after a lost write":         {verdict{err: denied, result: view.Result{Plan: steps(reconcile.Failed)}}, exitFailed},
		"all failed":                        {verdict{result: view.Result{Plan: steps(reconcile.Failed)}}, exitFailed},
		"some failed":                       {verdict{result: view.Result{Plan: steps(reconcile.Applied, reconcile.Failed)}}, exitPartly},
		"some skipped":                      {verdict{result: view.Result{Plan: steps(reconcile.Applied, reconcile.Skipped)}}, exitPartly},
		"proof fails after complete apply":  {verdict{result: view.Result{Plan: steps(reconcile.Applied), Findings: finding}}, exitFailed},
		"waiting":                           {verdict{result: view.Result{Plan: steps(reconcile.Applied, reconcile.Waits, reconcile.Blocked)}}, exitWaiting},
		"an incomplete apply proves little": {verdict{result: view.Result{Plan: steps(reconcile.Waits), Findings: finding}}, exitWaiting},
		"an error is worse than waiting":    {verdict{result: view.Result{Plan: steps(reconcile.Waits), Errors: []resource.Fault{{Code: "E192"}}}}, exitFailed},
		"drift outweighs its failed proof":  {verdict{planned: true, drift: true, result: view.Result{Plan: steps(""), Findings: finding}}, exitDifferences},
		"drift without a difference":        {verdict{planned: true, drift: true, result: view.Result{Plan: &reconcile.Plan{}, Findings: finding}}, exitFailed},
		"something else":                    {verdict{err: errors.New("x")}, exitFailed},
	} {
		if have := c.v.code(); have != c.want {
			t.Errorf("%s: exit %d, want %d", name, have, c.want)
		}
	}
}
