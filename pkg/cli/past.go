package cli

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"reconcile/pkg/connect"
	"reconcile/pkg/manifest"
	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// snapshot is one that a run compares with instead of services.
type snapshot struct {
	reconcile.Snapshot
	file   string
	past   *reconcile.Past
	ledger *reconcile.Ledger
}

func (a *app) liveFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.live, "live", nil, "compare with this file of reconcile snapshot: no key, no network; one for each integration")
	a.snapshotKeyFlag(c)
}

// checkLive refuses what cannot be done on a snapshot.
func (a *app) checkLive(c *cobra.Command) error {
	looks := a.dryRun || c.Name() == "plan" || c.Name() == "drift"
	switch every := c.Flags().Lookup("every"); {
	case len(a.live) == 0 && a.snapshotKey != "" && c.Name() != "snapshot":
		return usageError{errors.New("--snapshot-key goes with --live"), "give --live FILE, or leave it out"}
	case len(a.live) == 0:
		return nil
	case !looks:
		return usageError{errors.New("--live only looks: nothing can be written to a snapshot"), "add --dry-run, or leave --live out"}
	case a.planFile != "":
		return usageError{errors.New("a plan on a snapshot cannot be approved: it may be old"), "plan on what is live for --out"}
	case a.expectDigest != "":
		return usageError{errors.New("a plan on a snapshot has no digest: it approves nothing"), "leave --expect-digest out"}
	case every != nil && every.Changed:
		return usageError{errors.New("a snapshot does not change: --every has nothing to look at"), "leave --every or --live out"}
	}
	_, err := a.fingerprintKey()
	return err
}

// snapshotOf finds the snapshot of an integration; nil without --live.
func (a *app) snapshotOf(in manifest.Integration) (*snapshot, *resource.Fault) {
	if len(a.live) == 0 {
		return nil, nil
	}
	var others []string
	for _, file := range a.live {
		data, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			return nil, liveFault(err.Error(), "name a readable file that reconcile snapshot wrote")
		}
		s, err := reconcile.ReadSnapshot(data)
		if err != nil {
			return nil, liveFault(fmt.Sprintf("%s: %s", file, err), "make one: reconcile snapshot -f integration.yaml --out snapshot.json")
		}
		if s.Integration == in.Name && s.Stage == in.Stage {
			return &snapshot{Snapshot: s, file: file}, nil
		}
		others = append(others, fmt.Sprintf("%s is of %s, stage %s", file, s.Integration, s.Stage))
	}
	return nil, liveFault(fmt.Sprintf("there is no snapshot of %s, stage %s: %s", in.Name, in.Stage, strings.Join(others, "; ")),
		"take one of this integration, or give the values of the other stage")
}

func liveFault(message, remedy string) *resource.Fault {
	return &resource.Fault{Severity: resource.Error, Code: "E215", Message: "--live: " + message, Remedy: remedy}
}

// wireSnapshot prepares a run on a snapshot, which can call nothing.
func (a *app) wireSnapshot(in manifest.Integration) *wiring {
	w := &wiring{app: a, integration: in, source: secret.Outside{LookupEnv: a.LookupEnv}}
	w.session = connect.New(connect.Options{Base: nowhere{}, Mode: connect.ReadOnly})
	w.findMemory()
	r, fault := a.snapshotOf(in)
	if fault != nil {
		w.faults = append(w.faults, *fault)
		return w
	}
	if r.Tenant != "" && in.Connections.DestinationService != nil && !slices.Contains([]string{"", r.Tenant}, in.Connections.DestinationService.Subaccount) {
		w.fault("E172", "/spec/connections/destinationService/subaccount", fmt.Sprintf("the manifest is for subaccount %q, but %s was taken of %q",
			in.Connections.DestinationService.Subaccount, r.file, r.Tenant), "use a snapshot of the subaccount that the manifest names")
	}
	w.snapshot, w.tenant = r, r.Tenant
	return w
}

// past is what the snapshot leaves for a plan; nil for the live world.
func (w *wiring) past() *reconcile.Past {
	if w.snapshot == nil {
		return nil
	}
	return w.snapshot.past
}

// nowhere refuses every request.
type nowhere struct{}

// RoundTrip implements [http.RoundTripper].
func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, resource.ErrOffline }

// recall makes the snapshot something to plan on, and tells its age.
func (j *job) recall() *resource.Fault {
	r := j.wiring.snapshot
	key, err := j.fingerprintKey()
	if key != nil && r.Nonce == "" {
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W241", Message: r.file + " holds no fingerprints, so --snapshot-key has nothing to compare",
			Remedy: "take the snapshot with --snapshot-key, too",
		})
		key = nil
	}
	if key != nil {
		key = reconcile.SnapshotKey(key, r.Nonce)
	}
	if err == nil {
		r.past, j.kinds, r.ledger, err = r.Recall(j.kinds, key)
	}
	if err != nil {
		return liveFault(fmt.Sprintf("%s: %s", r.file, err), "give the key that it was taken with, or take a new one: reconcile snapshot")
	}
	byName := map[string]resource.Kind{}
	for _, k := range j.kinds {
		byName[k.Name()] = k
	}
	for i := range j.desired {
		j.desired[i].Kind = byName[j.desired[i].Ref.Kind]
	}
	j.tellAge()
	return nil
}

// tellAge says how old the snapshot is, and warns of one that says little.
func (j *job) tellAge() {
	r, age := j.wiring.snapshot, j.Now().Sub(j.wiring.snapshot.Taken)
	taken := r.Taken.UTC().Format(time.RFC3339)
	result := &j.verdict.result
	result.Landscape = fmt.Sprintf("snapshot of %s, %s old", taken, ageOf(age))
	result.Notes = append(result.Notes, fmt.Sprintf("Compared with the snapshot %s, taken %s, %s ago; nothing was called.", r.file, taken, ageOf(age)))
	switch {
	case age > reconcile.StaleAfter:
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W240", Message: fmt.Sprintf("the snapshot %s is %s old: what is live may differ", r.file, ageOf(age)),
			Remedy: "take a new one: reconcile snapshot",
		})
	case age < -time.Minute:
		j.warnOnce(resource.Fault{
			Severity: resource.Warning, Code: "W240", Message: fmt.Sprintf("the snapshot %s was taken at %s, which is still to come", r.file, taken),
			Remedy: "set the clock of the machine that takes it, or of this one",
		})
	}
}

// ageOf words an age in its largest unit.
func ageOf(age time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		word string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if age >= 2*unit.of {
			return fmt.Sprintf("%d %s", age/unit.of, unit.word)
		}
	}
	return fmt.Sprintf("%d s", max(age, 0)/time.Second)
}

// tellBlind says what the snapshot leaves open.
func (j *job) tellBlind(plan *reconcile.Plan) {
	if plan.Digest = ""; len(plan.Blind) > 0 {
		r := &j.verdict.result
		r.Notes = append(r.Notes, "Cannot be compared without keys, and taken as equal: "+strings.Join(plan.Blind, ", ")+".")
	}
}
