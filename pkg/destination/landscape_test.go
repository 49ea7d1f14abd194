package destination_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"testing/synctest"

	"reconcile/pkg/connect"
	"reconcile/pkg/destination"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
	"reconcile/pkg/simulator"
)

// landscape connects to a simulated Destination service as a real run would:
// through its service key.
func landscape(t *testing.T, b simulator.Behaviour, o connect.Options) (*simulator.Landscape, *connect.Client) {
	t.Helper()
	l, err := simulator.New(simulator.Options{Behaviour: b})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	doc, err := json.Marshal(l.Connections().Keys["destination"])
	if err != nil {
		t.Fatal(err)
	}
	key, err := connect.ParseKey(doc)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(key.URI + "/destination-configuration")
	if err != nil {
		t.Fatal(err)
	}
	o.Base = l.Transport()
	c, err := connect.New(o).Client(connect.Service{Name: "destination", Base: base, Auth: key.Auth()})
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

func spec(url string) destination.Spec {
	return destination.Spec{Properties: resource.Properties{
		"Type": resource.Text("HTTP"), "URL": resource.Text(url), "ProxyType": resource.Text("Internet"),
		"Authentication": resource.Text("BasicAuthentication"), "User": resource.Text("id"),
		"Password": resource.Hidden(secret.New("CANARY-password"), secret.Ref{Env: "P"}),
	}}
}

// One life of a destination, under every behaviour that is not documented, and
// with a fault at every write.
func TestLifeInTheLandscape(t *testing.T) {
	const collection = "/destination-configuration/v1/subaccountDestinations"
	behaviours := map[string]simulator.Behaviour{
		"documented": {}, "condition ignored": {IfMatchIgnored: true}, "quoted tags": {QuotedETags: true}, "masked": {MaskSecrets: true},
		"text errors": {ErrorBodies: "text"}, "json errors": {ErrorBodies: "json"}, "delete counts": {DeleteMissingCounts: true},
	}
	faults := map[string][]simulator.Fault{
		"none":      nil,
		"throttled": {{Status: 429, RetryAfter: 3}},
		"answers lost": {
			{Method: "POST", Path: collection, Cut: "after"},
			{Method: "PUT", Path: collection, Cut: "after"},
			{Method: "DELETE", Path: collection + "/X", Cut: "after"},
		},
		"answers cut":          {{Method: "GET", Cut: "body", Times: 2}, {Method: "PUT", Path: collection, Cut: "body"}},
		"down for a while":     {{Method: "PUT", Path: collection, Status: 503, RetryAfter: 1}},
		"reads fail at first":  {{Method: "GET", Status: 502, Times: 3}},
		"html from the proxy":  {{Method: "GET", Status: 503, Body: "<html>", Times: 2}},
		"session not accepted": {{Method: "PUT", Path: collection, Status: 401}},
	}
	for name, behaviour := range behaviours {
		for fault, list := range faults {
			t.Run(name+"/"+fault, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l, client := landscape(t, behaviour, connect.Options{Mode: connect.Write})
					l.Fail(list...)
					live(t, destination.NewDriver(client), behaviour.MaskSecrets)
				})
			})
		}
	}
}

func live(t *testing.T, d *destination.Driver, masked bool) {
	t.Helper()
	made, err := d.Create(t.Context(), "X", spec("https://a"), "")
	if err != nil {
		t.Fatal("create:", err)
	}
	changed, err := d.Update(t.Context(), made, spec("https://b"), nil)
	if err != nil {
		t.Fatal("update:", err)
	}
	if changed.Version == made.Version || changed.Spec.Properties["URL"].Text() != "https://b" {
		t.Errorf("%+v", changed)
	}
	if password := changed.Spec.Properties["Password"]; (password.Form() == resource.Sealed) != masked {
		t.Errorf("password is %v", password.Form())
	}
	if _, err := d.Update(t.Context(), made, spec("https://c"), nil); !errors.Is(err, connect.ErrPrecondition) {
		t.Error("stale update:", err)
	}
	if err := d.Delete(t.Context(), changed); err != nil {
		t.Error("delete:", err)
	}
	if err := d.Delete(t.Context(), changed); err != nil {
		t.Error("second delete:", err)
	}
}

func TestManyInTheLandscape(t *testing.T) {
	_, client := landscape(t, simulator.Behaviour{}, connect.Options{Mode: connect.Write})
	d := destination.NewDriver(client)
	if _, err := d.Create(t.Context(), "C", spec("https://c"), ""); err != nil {
		t.Fatal(err)
	}
	got := d.CreateAll(t.Context(), []resource.Named[destination.Spec]{
		{Name: "B", Want: spec("https://b")}, {Name: "C", Want: spec("https://c")}, {Name: "A", Want: spec("https://a")},
	})
	if got[0].Err != nil || !errors.Is(got[1].Err, connect.ErrConflict) || got[2].Err != nil || got[2].Live.Name != "A" {
		t.Errorf("%+v", got)
	}
	changed := d.UpdateAll(t.Context(), []resource.Edit[destination.Spec]{
		{Have: got[0].Live, Want: spec("https://b2")}, {Have: got[2].Live, Want: spec("https://a2")},
	})
	for i, r := range changed {
		if r.Err != nil || r.Live.Version == got[2*i].Live.Version {
			t.Errorf("%+v", r)
		}
	}
	again := d.UpdateAll(t.Context(), []resource.Edit[destination.Spec]{{Have: got[0].Live, Want: spec("https://b3")}, {Have: changed[1].Live, Want: spec("https://a3")}})
	if !errors.Is(again[0].Err, connect.ErrPrecondition) || again[1].Err != nil {
		t.Errorf("%+v", again)
	}
}

func TestLedgerModeInTheLandscape(t *testing.T) {
	l, client := landscape(t, simulator.Behaviour{}, connect.Options{Mode: connect.LedgerOnly, LedgerPrefixes: []string{"reconcile-ledger-x-"}})
	api := destination.NewAPI(client)
	tag, err := api.CreateFragment(t.Context(), destination.Fragment{Name: "reconcile-ledger-x-0", Properties: map[string]string{"a": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	next, err := api.ReplaceFragment(t.Context(), destination.Fragment{Name: "reconcile-ledger-x-0", Properties: map[string]string{"a": "2"}, ETag: tag})
	if err != nil || next == tag {
		t.Error(next, err)
	}
	all, _, err := api.ListFragments(t.Context())
	if err != nil || len(all) != 1 || all[0].ETag != next || all[0].Properties["a"] != "2" {
		t.Error(all, err)
	}
	before := len(l.Requests())
	_, err = api.CreateFragment(t.Context(), destination.Fragment{Name: "theirs"})
	_, err2 := destination.NewDriver(client).Create(t.Context(), "X", spec("https://a"), "")
	if !errors.Is(err, connect.ErrRefused) || !errors.Is(err2, connect.ErrRefused) || len(l.Requests()) != before {
		t.Error(err, err2)
	}
	if err := api.DeleteFragment(t.Context(), "reconcile-ledger-x-0"); err != nil {
		t.Error(err)
	}
}
