package conformance_test

import (
	"encoding/json"
	"testing"

	"reconcile/e2e/conformance"
	"reconcile/pkg/simulator"
)

// TestDestinationService aims the suite at the simulated landscape.
func TestDestinationService(t *testing.T) {
	l := newLandscape(t, simulator.Options{})
	key, err := json.Marshal(l.sim.Connections().Keys["destination"])
	if err != nil {
		t.Fatal(err)
	}
	target, err := conformance.FromKey(key, l.sim.Transport(), "ZZ_PROBE_SIMULATED")
	if err != nil {
		t.Fatal(err)
	}
	target.Disposable = true
	conformance.Run(t, target)
}
