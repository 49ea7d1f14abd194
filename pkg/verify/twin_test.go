package verify_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"reconcile/pkg/verify"
)

// TestTwinHidesTheDestination holds that a destination of the service instance is found
// that has the name of the right one and is another, and by what it is another.
func TestTwinHidesTheDestination(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes map[string]string
		code    string
		says    string
	}{
		{"another host", map[string]string{"URL": "https://elsewhere.example"}, "F-5", "elsewhere.example"},
		{"another login", map[string]string{"Password": "another-secret"}, "F-3", "Password is another one"},
		{"another case", map[string]string{"GROUPSURL": "/groups"}, "F-36", `"/groups"`},
		{"the same", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			landscape(t, func(r *rig) {
				r.target.Twins = func(ctx context.Context) (map[string]map[string]string, error) {
					twin, _, err := r.stored(ctx, "IPS_PROXY")
					maps.Copy(twin, c.changes)
					return map[string]map[string]string{"IPS_PROXY": twin, "OTHER": {}}, err
				}
				report := r.run()
				if c.code == "" {
					if len(report.Findings) > 0 {
						t.Errorf("%+v", report.Findings)
					}
					return
				}
				f := only(t, report)
				if f.Code != c.code || f.Leg != verify.LegDestination || f.Ref != destination || !strings.Contains(f.Message, c.says) || strings.Contains(f.Message, "another-secret") {
					t.Errorf("%+v", f)
				}
			})
		})
	}
	landscape(t, func(r *rig) {
		r.target.Twins = func(context.Context) (map[string]map[string]string, error) { return nil, errors.New("not allowed") }
		if report := r.run(); len(report.Findings) > 0 || report.Gaps[len(report.Gaps)-1].Reason != "not allowed" && report.Gaps[0].Reason != "not allowed" {
			t.Errorf("%+v", report)
		}
	})
}

// TestAssumedDestinationIsNotProven holds that calls with a destination that is not
// stored yet prove what lies behind it, and nothing about it.
func TestAssumedDestinationIsNotProven(t *testing.T) {
	landscape(t, func(r *rig) {
		r.target.Assumed = true
		report := r.run()
		if len(report.Findings) > 0 || works(report, destination) || !works(report, proxySystem) || !works(report, system) {
			t.Errorf("%+v", report)
		}
		for _, p := range report.Proofs {
			if p.Leg == verify.LegProxy {
				t.Errorf("a call of IAG is claimed: %+v", p)
			}
		}
	})
}
