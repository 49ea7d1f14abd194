package ias

import (
	"strings"
	"testing"
	"time"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// slotsOf makes secrets from "label created" in the order of the list; "?" at the
// end means that the value is not set.
func slotsOf(all ...string) Secrets {
	s := Secrets{}
	for i, text := range all {
		label, created, _ := strings.Cut(text, " ")
		created, unset := strings.CutSuffix(created, "?")
		value := resource.Hidden(secret.New("x"), secret.Ref{Env: "X"})
		if unset {
			value = resource.Outside(secret.Ref{Env: "NEW_SECRET"})
		}
		s[label] = Slot{Value: value, Created: resource.Text(created), Place: i}
	}
	return s
}

// TestRotation goes through the stages.
func TestRotation(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	long, lately := now.Add(-time.Hour), now.Add(-time.Minute)
	destination := resource.Ref{Kind: "Destination", Name: "IPS_PROXY"}
	holds := func(label string, since time.Time, equal bool) []Carrier {
		return []Carrier{{destination, "/properties/Password", label, since, equal}}
	}
	both := slotsOf("new 2026-11-20", "old 2025-11-20")
	for name, tc := range map[string]struct {
		r     Rotation
		stage RotationStage
		full  bool
		says  string
	}{
		"nothing listed":         {Rotation{}, RotationFree, false, "list the secret"},
		"one slot":               {Rotation{Secrets: slotsOf("old 2025-11-20"), Carriers: holds("old", long, true)}, RotationFree, false, "add a second secret"},
		"one slot, not in place": {Rotation{Secrets: slotsOf("old 2025-11-20"), Carriers: holds("", long, false)}, RotationSwitching, false, "run reconcile"},
		"the other slot is used by nobody's secret": {
			Rotation{Secrets: slotsOf("old 2025-11-20"), Live: []string{"foreign", "old"}, Carriers: holds("old", long, true)}, RotationUnclear, true, "created",
		},
		"no days":             {Rotation{Secrets: slotsOf("a", "b")}, RotationUnclear, true, "created"},
		"the same day":        {Rotation{Secrets: slotsOf("a 2026-11-20", "b 2026-11-20")}, RotationUnclear, true, "created"},
		"new one announced":   {Rotation{Secrets: slotsOf("old 2025-11-20", "new 2026-11-20?")}, RotationAdded, true, "NEW_SECRET"},
		"new one at hand":     {Rotation{Secrets: slotsOf("old 2025-11-20", "new 2026-11-20")}, RotationAdded, true, `move "new"`},
		"in use, but not set": {Rotation{Secrets: slotsOf("new 2026-11-20?", "old 2025-11-20")}, RotationAdded, true, "NEW_SECRET"},
		"not written":         {Rotation{Secrets: both, Carriers: holds("old", long, false)}, RotationSwitching, true, "run reconcile"},
		"written as another":  {Rotation{Secrets: both, Carriers: holds("old", long, true)}, RotationSwitching, true, "run reconcile"},
		"a call fails":        {Rotation{Secrets: both, Carriers: holds("new", long, true), Login: true, Failure: "F-3"}, RotationUnproved, true, "F-3"},
		"no call was made":    {Rotation{Secrets: both, Carriers: holds("new", long, true)}, RotationUnproved, true, "no login"},
		"cache time":          {Rotation{Secrets: both, Carriers: holds("new", lately, true), Login: true, Seen: true, Syncs: []time.Time{now}}, RotationSettling, true, "wait until 2026-11-23T12:04:00Z"},
		"no sync since":       {Rotation{Secrets: both, Carriers: holds("new", long, true), Login: true, Seen: true, Syncs: []time.Time{long}}, RotationSettling, true, "let a sync run"},
		"nobody tells":        {Rotation{Secrets: both, Carriers: holds("new", long, true), Login: true}, RotationSettling, true, "job history"},
		"written by others":   {Rotation{Secrets: both, Carriers: holds("", time.Time{}, true), Login: true, Seen: true, Syncs: []time.Time{now}}, RotationSettling, true, "did not write it"},
		"used by nobody":      {Rotation{Secrets: both, Login: true, Seen: true, Syncs: []time.Time{now}}, RotationSettling, true, "nothing in the manifest"},
		"all is well":         {Rotation{Secrets: both, Carriers: holds("new", long, true), Login: true, Seen: true, Syncs: []time.Time{lately}}, RotationDone, true, `"old" may be deleted`},
	} {
		tc.r.Now = now
		stage, next := tc.r.Stage()
		text := strings.Join(next, "\n")
		if stage != tc.stage || tc.r.Full() != tc.full || !strings.Contains(text, tc.says) {
			t.Errorf("%s: %s, full %t: %s", name, stage, tc.r.Full(), text)
		}
		if may := strings.Contains(text, "may be deleted"); may != (stage == RotationDone) {
			t.Errorf("%s: %s says that the old secret may be deleted: %t", name, stage, may)
		}
	}
}
