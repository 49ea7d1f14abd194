package conformance_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/simulator"
)

// changes patches the example and tries what must be refused.
func (s *story) changes() {
	s.Helper()
	one, version := s.first()
	patch := s.example("Patch")
	s.want(404, "GET", s.base+"/none", s.bearer("adapter"), nil)
	s.want(404, "PATCH", s.base+"/none", s.patch(version), patch)
	s.bad(428, "PATCH", one, with(s.patch(version), "If-Match", ""), patch)
	s.want(412, "PATCH", one, s.patch(`"0"`), patch)
	s.bad(415, "PATCH", one, with(s.patch(version), "Content-Type", "text/plain"), patch)
	s.bad(400, "PATCH", one, s.patch(version), object{"value": "outside of the envelope"})
	s.want(422, "PATCH", one, s.patch(version), object{"system": s.fixed})
	switch s.collection {
	case "proxySystems":
		s.bad(422, "PATCH", one, s.patch(version), object{"system": object{"encryptedProperties": object{}}})
	case "systemUsers":
	default:
		s.bad(422, "PATCH", one, s.patch(version), object{"system": object{}, "secrets": object{"a": "b"}})
	}
	if s.collision != nil {
		s.want(409, "PATCH", one, s.patch(version), object{"system": s.collision})
	}
	if a := s.want(200, "GET", one, s.bearer("adapter"), nil); a.header.Get("ETag") != version {
		s.Errorf("%s: a refused patch made version %s of %s", s.collection, a.header.Get("ETag"), version)
	}
	changed := s.want(200, "PATCH", one, s.patch(version), patch)
	if changed.header.Get("ETag") == version {
		s.Errorf("%s: the change made no new version", s.collection)
	}
	if s.collection == "proxySystems" {
		s.voided(one, changed.header.Get("ETag"))
	}
}

// voided holds that a change of URL voids the secrets that are not carried, and no other change does.
func (s *story) voided(one, version string) {
	s.Helper()
	const carried = "the secret of the user there"
	stored := func() bool {
		dump, err := s.sim.Dump()
		if err != nil {
			s.Fatal(err)
		}
		return strings.Contains(string(dump), carried)
	}
	if !stored() {
		s.Error("the secret that the patch carried is not stored")
	}
	a := s.want(200, "PATCH", one, s.patch(version), object{"system": object{"alias": "harmless"}})
	if !stored() {
		s.Error("a harmless change voided the secret")
	}
	s.want(200, "PATCH", one, s.patch(a.header.Get("ETag")), object{"system": object{"properties": object{"URL": "https://third.example"}}})
	if stored() {
		s.Error("a secret survived the change of URL")
	}
}

// deletes removes the example and tries what must be refused.
func (s *story) deletes() {
	s.Helper()
	one, version := s.first()
	s.want(404, "DELETE", s.base+"/none", with(s.bearer("adapter"), "If-Match", version), nil)
	s.bad(428, "DELETE", one, s.bearer("adapter"), nil)
	s.want(412, "DELETE", one, with(s.bearer("adapter"), "If-Match", `"0"`), nil)
	s.want(204, "DELETE", one, with(s.bearer("adapter"), "If-Match", version), nil)
	s.want(404, "GET", one, s.bearer("adapter"), nil)
	s.want(201, "POST", s.base, s.post("1"), s.example("Create"))
	s.want(404, "GET", one, s.bearer("adapter"), nil) // the key made it once, and it is gone
}

// runs starts the example's job, which fails because there is no destination, and tries what must be refused. The
// system it names cannot go meanwhile.
func runs(l *landscape) {
	l.Helper()
	base := l.root() + contractBase
	id := func(collection string) string {
		page := l.want(200, "GET", join(base, collection), l.bearer("adapter"), nil).object(l.T)
		return text(page["items"].([]any)[0].(object)["id"])
	}
	at := join(base, "jobs", id("jobs"), "runs")
	start := with(l.bearer("adapter"), "Idempotency-Key", "run")
	l.want(400, "POST", at, l.bearer("adapter"), nil)
	l.want(404, "POST", join(base, "jobs", "none", "runs"), start, nil)
	l.want(404, "GET", join(base, "jobs", "none", "runs"), l.bearer("adapter"), nil)
	first := l.want(201, "POST", at, start, nil)
	if again := l.want(201, "POST", at, start, nil); string(again.body) != string(first.body) {
		l.Errorf("first %s, again %s", first.body, again.body)
	}
	l.want(422, "POST", at, start, object{"another": "body"})
	run := first.object(l.T)
	if run["status"] != "Failed" || run["idempotencyKey"] != "run" || run["finishedAt"] == nil {
		l.Errorf("run %s", first.body)
	}
	l.want(200, "GET", join(at, text(run["id"])), l.bearer("adapter"), nil)
	l.want(404, "GET", join(at, "none"), l.bearer("adapter"), nil)
	second := l.want(201, "POST", at, with(start, "Idempotency-Key", "run2"), nil).object(l.T)
	list := l.want(200, "GET", at, l.bearer("adapter"), nil).object(l.T)["items"].([]any)
	if len(list) != 2 || list[0].(object)["id"] != second["id"] {
		l.Errorf("the history is not newest first: %v", list)
	}
	used := l.call("GET", join(base, "iagSystems", id("iagSystems")), l.bearer("adapter"), nil)
	l.want(409, "DELETE", join(base, "iagSystems", id("iagSystems")),
		with(l.bearer("adapter"), "If-Match", used.header.Get("ETag")), nil)
}

// TestContractUnfinishedRun holds the form of a run that takes its time.
func TestContractUnfinishedRun(t *testing.T) {
	c := loadContract(t)
	l := newLandscape(t, simulator.Options{Behaviour: simulator.Behaviour{JobDelay: time.Hour}})
	l.client = &http.Client{Transport: witness{t, c, l.sim.Transport()}}
	id := l.adapter("jobs", object{"system": object{"name": "p", "category": "Provisioning"}})
	at := join(l.root()+contractBase, "jobs", id, "runs")
	run := l.want(201, "POST", at, with(l.bearer("adapter"), "Idempotency-Key", "r"), nil).object(t)
	if run["status"] != "In Process" || run["finishedAt"] != nil {
		t.Errorf("started %v", run)
	}
	l.sim.Advance(2 * time.Hour)
	if run = l.want(200, "GET", join(at, text(run["id"])), l.bearer("adapter"), nil).object(t); run["status"] != "Completed" {
		t.Errorf("finished %v", run)
	}
}
