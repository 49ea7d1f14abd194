package reconcile

import (
	"encoding/json"
	"strings"
	"testing"

	"reconcile/pkg/resource"
)

// carrier is a box that carries the id of an account.
func (w *world) carrier(account string) Desired {
	return w.box("carrier", boxSpec{Properties: resource.Properties{"id": output("Account", account, "id")}})
}

// remade is a world in which somebody deleted the account and made another one.
func remade(t *testing.T, change ...func(*resource.Meta)) (*world, manifest) {
	w := newWorld()
	m := manifest{w.account("a", accountSpec{Role: text("r")}, change...), w.carrier("a")}
	w.must(t, m, Policy{Adopt: true})
	w.accounts.stored[0] = &storedAccount{name: "a", id: "another", spec: w.accounts.stored[0].spec}
	return w, m
}

// TestAddressOfAStranger: whoever carries the id of an object is not pointed at
// another one that somebody made under its name, unless somebody says so.
func TestAddressOfAStranger(t *testing.T) {
	stop := Policy{LiveChanges: resource.StopAtChanges}
	for name, c := range map[string]struct {
		change []func(*resource.Meta)
		policy Policy
		want   []string
	}{
		"stop":        {nil, stop, []string{"E212"}},
		"protected":   {[]func(*resource.Meta){protect(true)}, Policy{}, []string{"E212"}},
		"neither":     {nil, Policy{}, nil},
		"adopted":     {nil, Policy{LiveChanges: resource.StopAtChanges, Adopt: true}, nil},
		"overwritten": {nil, Policy{LiveChanges: resource.StopAtChanges, OverwriteLive: []resource.Ref{ref("Account", "a")}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, m := remade(t, c.change...)
			plan := w.plan(t, m, c.policy)
			same(t, "brakes", codes(plan), c.want)
			carrier := step(t, plan, "Box/carrier")
			same(t, "origin", origins(carrier), map[string]resource.Origin{"/properties/id": resource.OriginLive})
			if len(c.want) > 0 {
				// Whatever else is written meanwhile, it is remembered.
				w.must(t, append(manifest{w.box("other", red)}, m[0]), Policy{})
				same(t, "later", codes(w.plan(t, m, c.policy)), c.want)
				return
			}
			w.must(t, m, c.policy)
			w.settled(t, m, stop)
		})
	}
}

// TestAddressOfWatched: the same holds for an object that this integration only
// watches.
func TestAddressOfWatched(t *testing.T) {
	w := newWorld()
	w.must(t, manifest{w.account("a", accountSpec{Role: text("r")})}, Policy{})
	w.store.shards = map[string]Shard{}
	m := manifest{w.account("a", accountSpec{Role: text("r")}, unmanaged), w.carrier("a")}
	w.must(t, m, Policy{})
	w.settled(t, m, Policy{})
	w.accounts.stored[0] = &storedAccount{name: "a", id: "another", spec: w.accounts.stored[0].spec}
	stop := Policy{LiveChanges: resource.StopAtChanges}
	same(t, "brakes", codes(w.plan(t, m, stop)), []string{"E212"})
	stop.OverwriteLive = []resource.Ref{ref("Box", "carrier")}
	w.must(t, m, stop)
	w.settled(t, m, Policy{LiveChanges: resource.StopAtChanges})
}

// TestAddressByTheManifest: another reference in the manifest is the manifest's
// doing, and no brake.
func TestAddressByTheManifest(t *testing.T) {
	w := newWorld()
	accounts := manifest{w.account("a", accountSpec{Role: text("r")}, protect(true)), w.account("b", accountSpec{Role: text("r")}, protect(true))}
	w.must(t, append(accounts[:2:2], w.carrier("a")), Policy{})
	m := append(accounts[:2:2], w.carrier("b"))
	stop := Policy{LiveChanges: resource.StopAtChanges}
	same(t, "origin", origins(step(t, w.plan(t, m, stop), "Box/carrier")), map[string]resource.Origin{"/properties/id": resource.OriginManifest})
	w.must(t, m, stop)
	w.settled(t, m, stop)
}

// TestAddressLeftBehind: an object that got another name in the manifest, and
// nobody said previously, is not followed by a new one unasked.
func TestAddressLeftBehind(t *testing.T) {
	w := newWorld()
	w.must(t, manifest{w.account("a", accountSpec{Role: text("r")}, protect(true)), w.carrier("a")}, Policy{})
	m := manifest{w.account("b", accountSpec{Role: text("r")}, protect(true)), w.carrier("b")}
	plan := w.plan(t, m, Policy{})
	same(t, "brakes", codes(plan), []string{"E212"})
	if remedy := plan.Refused[0].Remedy; !strings.Contains(remedy, "previously: a") {
		t.Errorf("the remedy is %q", remedy)
	}
	w.must(t, m, Policy{OverwriteLive: []resource.Ref{ref("Account", "b")}})
}

// TestLostOfEarlierVersions: what an earlier version stored as lost is the former
// identifier of an object that is not ours.
func TestLostOfEarlierVersions(t *testing.T) {
	var e Entry
	if err := json.Unmarshal([]byte(`{"kind":"Box","name":"a","lost":"id-1","protected":true}`), &e); err != nil {
		t.Fatal(err)
	}
	same(t, "lost", e.lost(), "id-1")
	same(t, "written", marshal(e), `{"kind":"Box","name":"a","protected":true,"formerID":"id-1"}`)
	e.Owned = true
	same(t, "lost although it is ours", e.lost(), "")
}
