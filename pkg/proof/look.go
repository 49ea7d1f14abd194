package proof

import (
	"net/url"
	"time"

	"reconcile/pkg/connect"
	"reconcile/pkg/manifest"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/view"
)

// Look is one look at one integration.
type Look struct {
	// Manifest and Desired are what is wanted, Seen what earlier looks showed.
	Manifest manifest.Integration
	Desired  []reconcile.Desired
	Seen     reconcile.Sightings
	// Result takes what is found; its Plan is what is known of the objects.
	Result *view.Result
	// Session makes texts of services fit to be shown.
	Session *connect.Session
	// Identity is the identity tenant; Destination and AuditLog are the ways to these
	// services. Each is nil where it is not configured.
	Identity              *url.URL
	Destination, AuditLog *connect.Client
	Now                   func() time.Time
}

// moment is now, as precise as what is written down.
func (l Look) moment() time.Time { return l.Now().UTC().Truncate(time.Second) }
