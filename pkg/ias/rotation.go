package ias

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// RotationStage says where the change of an administrator's secret stands.
type RotationStage string

// The stages, in their order.
const (
	// RotationFree: one slot is used, and a new secret can be made.
	RotationFree RotationStage = "free"
	// RotationUnclear: two slots are used, and nothing says which secret is newer.
	RotationUnclear RotationStage = "unclear"
	// RotationAdded: a newer secret exists or is to be made, and is not in use yet.
	RotationAdded RotationStage = "added"
	// RotationSwitching: the newer secret is in use by the manifest, and not
	// everywhere yet.
	RotationSwitching RotationStage = "switching"
	// RotationUnproved: it is in place everywhere, and a real call fails or was not
	// made.
	RotationUnproved RotationStage = "unproved"
	// RotationSettling: the call works; consumers may still use the old one.
	RotationSettling RotationStage = "settling"
	// RotationDone: the old secret may be deleted.
	RotationDone RotationStage = "done"
)

// ConsumerCache is how long a consumer may go on with what it read before.
//
// Fact: changes of destinations take effect for consumers within up to five
// minutes. Source: SAP-docs/btp-connectivity 372dee2, read 2026-11-23.
// [documented; whether IAG itself caches longer is not known, so a good sync is
// asked for as well]
const ConsumerCache = 5 * time.Minute

// Carrier is a field of another object that holds the secret.
type Carrier struct {
	resource.Ref
	Path string
	// Label is the label of the secret that was last written there, "" when this
	// integration did not write it; Since is when.
	Label string
	Since time.Time
	// Equal is true when what is there needs no change.
	Equal bool
}

// Rotation is all that is known about an administrator's secrets. Nothing in it is
// guessed: what is not known has its zero value.
type Rotation struct {
	Secrets Secrets
	// Live are the labels that an interface shows in the two slots; nil where no
	// interface shows them.
	Live     []string
	Carriers []Carrier
	// Login is true when a real login with the secret in use worked, and Failure is
	// what failed of the calls that need it.
	Login   bool
	Failure string
	// Syncs are good runs of jobs that read with the secret, by their start. Seen is
	// false where no interface tells of runs.
	Syncs []time.Time
	Seen  bool
	Now   time.Time
}

// Labels are the secrets in the slots, the one in use first: those that the
// manifest lists and those that an interface shows.
func (r Rotation) Labels() []string {
	labels := r.Secrets.Labels()
	for _, live := range r.Live {
		if !slices.Contains(labels, live) {
			labels = append(labels, live)
		}
	}
	return labels
}

// Full reports whether both slots are used, so that no new secret can be made.
func (r Rotation) Full() bool { return len(r.Labels()) >= maxSecrets }

// Stage computes where the rotation stands and what comes next.
func (r Rotation) Stage() (stage RotationStage, next []string) {
	labels := r.Labels()
	if len(labels) == 0 {
		return RotationFree, []string{"list the secret that exists in the manifest, with label, value and created"}
	}
	if len(labels) == 1 {
		return r.free(labels[0])
	}
	used, other := labels[0], labels[1]
	switch newer, known := r.newer(used, other); {
	case !known:
		return RotationUnclear, []string{fmt.Sprintf("say in the manifest when %q and %q were created: nothing else tells which is the newer one", used, other)}
	case newer == other:
		return RotationAdded, r.added(used, other)
	}
	return r.switched(used, other)
}

func (r Rotation) free(used string) (RotationStage, []string) {
	if behind := r.behind(used); len(behind) > 0 {
		return RotationSwitching, []string{"run reconcile: " + strings.Join(behind, "; ")}
	}
	return RotationFree, []string{
		"in the IAS administration console, open the administrator and add a second secret; copy it, it is shown once",
		fmt.Sprintf("list it in the manifest below %q with its own label, value and created, and put the value where the reference says", used),
	}
}

// newer tells which of two secrets was made later, if both days are known.
func (r Rotation) newer(a, b string) (string, bool) {
	made := func(label string) (time.Time, bool) {
		day, err := time.Parse(time.DateOnly, r.Secrets[label].Created.Text())
		return day, err == nil
	}
	dayA, okA := made(a)
	dayB, okB := made(b)
	switch {
	case !okA || !okB || dayA.Equal(dayB):
		return "", false
	case dayA.After(dayB):
		return a, true
	default:
		return b, true
	}
}

func (r Rotation) added(used, fresh string) []string {
	if value := r.Secrets[fresh].Value; value.Form() == resource.External {
		return []string{fmt.Sprintf("put the value of %q into %s", fresh, value.Source())}
	}
	return []string{fmt.Sprintf("move %q to the first place of the list, above %q, and run reconcile", fresh, used)}
}

// switched judges a manifest that uses the newer secret.
func (r Rotation) switched(used, old string) (RotationStage, []string) {
	again := fmt.Sprintf("keep %q until then, and run reconcile rotate again", old)
	if value := r.Secrets[used].Value; value.Form() == resource.External {
		return RotationAdded, []string{fmt.Sprintf("put the value of %q into %s", used, value.Source())}
	}
	if behind := r.behind(used); len(behind) > 0 {
		return RotationSwitching, []string{"run reconcile: " + strings.Join(behind, "; "), again}
	}
	switch {
	case r.Failure != "":
		return RotationUnproved, []string{"mend what fails: " + r.Failure, again}
	case !r.Login:
		return RotationUnproved, []string{fmt.Sprintf("no login with %q was seen to work; see reconcile verify", used), again}
	}
	if open := r.unsettled(); len(open) > 0 {
		return RotationSettling, append(open, again)
	}
	return RotationDone, []string{
		fmt.Sprintf("the old secret %q may be deleted: delete it in the IAS administration console, then remove it from the manifest", old),
	}
}

// behind lists the fields that do not hold the secret in use.
func (r Rotation) behind(used string) []string {
	var behind []string
	for _, c := range r.Carriers {
		if !c.Equal || c.Label != "" && c.Label != used {
			behind = append(behind, fmt.Sprintf("%s does not hold %q yet", c.String()+c.Path, used))
		}
	}
	return behind
}

// unsettled lists what has to happen after the last write of the secret.
func (r Rotation) unsettled() []string {
	var last time.Time
	for _, c := range r.Carriers {
		if c.Since.IsZero() {
			return []string{fmt.Sprintf("it is not known since when %s holds the secret, because this integration did not write it: look there", c.Ref)}
		}
		if c.Since.After(last) {
			last = c.Since
		}
	}
	if len(r.Carriers) == 0 {
		return []string{"nothing in the manifest uses the secret: whoever does has to be asked"}
	}
	settled := last.Add(ConsumerCache)
	clock := settled.UTC().Format(time.RFC3339)
	switch {
	case r.Now.Before(settled):
		return []string{"wait until " + clock + ": consumers may go on with what they read before", "then let a Repository Sync run"}
	case !r.Seen:
		return []string{"no interface tells of syncs: look into the job history of IAG for a good sync that began after " + clock + "; only then may the old secret go"}
	case !slices.ContainsFunc(r.Syncs, settled.Before):
		return []string{"let a sync run: none that began after " + clock + " ended well"}
	}
	return nil
}
