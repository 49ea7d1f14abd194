package verify_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"reconcile/pkg/verify"
)

func TestTotals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := scripted(pages(func(int) (int, int, int) { return 4711, 1, 0 }), goodDestination())
		target.Full = true
		totals, err := verify.Totals(t.Context(), target, target.Systems[0])
		if err != nil || len(totals) != 2 || totals[0] != (verify.Total{Ref: system, Of: "Users", Number: 4711}) || totals[1] != (verify.Total{Ref: system, Of: "Groups", Number: 4711}) {
			t.Fatal(totals, err)
		}
	})
}

func TestTotalsSayWhyNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := scripted(reply(404, "text/plain", ""), goodDestination())
		totals, err := verify.Totals(t.Context(), target, target.Systems[0])
		if err != nil || len(totals) != 2 || !strings.HasPrefix(totals[0].Unknown, "404") {
			t.Fatal(totals, err)
		}
		target.Destination = nil
		if totals, err = verify.Totals(t.Context(), target, target.Systems[0]); err != nil || !strings.Contains(totals[1].Unknown, "cannot be read") {
			t.Fatal(totals, err)
		}
		if _, err := verify.Totals(t.Context(), verify.Target{}, target.Systems[0]); err == nil {
			t.Error("nothing was asked, and no error")
		}
	})
}
