package verify_test

import (
	"strings"
	"testing"

	"reconcile/pkg/verify"
)

// TestPreflight holds that each prerequisite is either checked or said why not, and that
// what is missing is told.
func TestPreflight(t *testing.T) {
	landscape(t, func(r *rig) {
		r.target.Preflight = true
		told := before(r)
		if len(told) != 16 {
			t.Fatalf("%d prerequisites", len(told))
		}
		for number, p := range told {
			switch number {
			case "3", "4", "9", "10", "12":
				if !p.Checked || !p.OK {
					t.Errorf("%+v", p)
				}
			case "13":
				if !p.Checked || p.OK || !strings.Contains(p.Detail, "bpmworkflowruntime_mail is not there") {
					t.Errorf("%+v", p)
				}
			default:
				if p.Checked || p.Detail == "" {
					t.Errorf("%+v", p)
				}
			}
		}
		// Without the login of a user who may read groups, nobody can tell.
		r.target.AuditLog = true
		r.target.Users = r.target.Users[:1]
		told = before(r)
		if told["4"].Checked || !strings.Contains(told["4"].Detail, "Manage Groups") || !told["15"].OK {
			t.Errorf("%+v %+v", told["4"], told["15"])
		}
		r.edit(m{"GROUPSURL": "/groups"})
		told = before(r)
		if told["9"].OK || !told["9"].Checked || told["12"].OK || !told["3"].OK {
			t.Errorf("%+v", told)
		}
	})
}

// before runs and returns the prerequisites by number.
func before(r *rig) map[string]verify.Prerequisite {
	told := map[string]verify.Prerequisite{}
	for _, p := range r.run().Before {
		told[p.Number] = p
	}
	return told
}

// TestPreflightNamesMissingGroups holds that names count letter by letter.
func TestPreflightNamesMissingGroups(t *testing.T) {
	landscape(t, func(r *rig) {
		r.target.Preflight = true
		r.target.Session = r.lettered()
		p := before(r)["4"]
		if !p.Checked || p.OK || !strings.Contains(p.Detail, "there is no IAG_USER") {
			t.Errorf("%+v", p)
		}
	})
}
