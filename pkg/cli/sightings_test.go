package cli

import (
	"testing"

	"reconcile/pkg/view"
)

// TestCalled: a call keeps its name when its address is what went wrong.
func TestCalled(t *testing.T) {
	for _, c := range []struct{ what, want string }{
		{"GET /ipsproxy/service/api/v1/scim/973a/Users", "L Users"},
		{"GET /ipsproxy/service/api/v1/scim/973a/groups", "L Groups"},
		{"GET /scim/Users?count=1 (Manage Users)", "L Users (Manage Users)"},
		{"GET /ipsproxy/service/api/v1/scim/973a/Users (Access Proxy System API)", "L Users (Access Proxy System API)"},
		{"POST /oauth2/token", "L token"},
		{"login", "L login"},
		{"", "L"},
	} {
		if got := called(view.Check{Leg: "L", What: c.what}); got != c.want {
			t.Errorf("%q: %q, want %q", c.what, got, c.want)
		}
	}
}
