package iag

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/adapter"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

func lookedUp(text string) resource.Value {
	return resource.Hidden(secret.New(text), secret.Ref{Env: "NAME"})
}

// exact compares values by form too: Equal alone takes a secret for a literal.
var exact = cmp.Comparer(func(a, b resource.Value) bool { return a.Form() == b.Form() && a.Equal(b) })

func drawValue(t *rapid.T) resource.Value {
	text := rapid.SampledFrom([]string{"", "IAS", "240m", "4h", "90s", "02:00", "Europe/Berlin", "Repository Sync"}).Draw(t, "text")
	return rapid.SampledFrom([]resource.Value{
		{},
		resource.Nothing(), resource.Text(text), lookedUp(text), resource.Outside(secret.Ref{Env: "E"}),
		resource.Output(resource.Ref{Kind: KindSystem, Name: "IAS"}, "name"),
	}).Draw(t, "value")
}

func drawParameter(t *rapid.T) Parameter { return Parameter{Group: "g", Value: drawValue(t)} }

func drawSystem(t *rapid.T) System {
	return System{Type: drawValue(t), Description: drawValue(t), ExternalSystemID: drawValue(t), Destination: drawValue(t)}
}

func drawJob(t *rapid.T) Job {
	return Job{
		Category: drawValue(t), IAGSystem: drawValue(t), RunAfterChange: rapid.Bool().Draw(t, "run"),
		Recurrence: Recurrence{Every: drawValue(t), Start: drawValue(t), TimeZone: drawValue(t)},
	}
}

func idempotent[S any](t *testing.T, def resource.Definition[S], draw func(*rapid.T) S) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		once := def.Normalize("g/x", draw(t))
		if diff := cmp.Diff(once, def.Normalize("g/x", once), exact); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestNormalizeIsIdempotent(t *testing.T) {
	t.Run(KindParameter, func(t *testing.T) { idempotent(t, ParameterDefinition(), drawParameter) })
	t.Run(KindSystem, func(t *testing.T) { idempotent(t, SystemDefinition(), drawSystem) })
	t.Run(KindJob, func(t *testing.T) { idempotent(t, JobDefinition(), drawJob) })
}

// shown is what a document can carry of a specification: texts that are there.
func shown[S any](s S) S {
	return resource.Map(s, func(_ string, v resource.Value) resource.Value {
		if v.Form() != resource.Literal || v.Text() == "" {
			return resource.Value{}
		}
		return v
	})
}

func roundTrip[S any](t *testing.T, def resource.Definition[S], codec adapter.Codec[S], draw func(*rapid.T) S, want func(S) S) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		s := def.Normalize("g/x", draw(t))
		system, secrets := codec.Encode("g/x", s)
		data, err := json.Marshal(system)
		if err != nil || len(secrets) > 0 {
			t.Fatal(err, secrets)
		}
		name, got, err := codec.Decode("id", data)
		if diff := cmp.Diff(want(s), got, exact); diff != "" || name != "g/x" || err != nil {
			t.Fatal(diff, name, err)
		}
	})
}

func TestRoundTrip(t *testing.T) {
	t.Run(KindParameter, func(t *testing.T) {
		roundTrip(t, ParameterDefinition(), ParameterCodec(), drawParameter, func(p Parameter) Parameter {
			return Parameter{Group: p.Group, Value: resource.Text(p.Value.Text())}
		})
	})
	t.Run(KindSystem, func(t *testing.T) {
		roundTrip(t, SystemDefinition(), SystemCodec(), drawSystem, func(s System) System { return shown(s) })
	})
	t.Run(KindJob, func(t *testing.T) {
		roundTrip(t, JobDefinition(), JobCodec(), drawJob, func(j Job) Job {
			j.RunAfterChange = false
			return shown(j)
		})
	})
}

func TestDecodeRefuses(t *testing.T) {
	for _, bad := range []string{"", "[]", "{}", `{"name":1}`, `{"group":"g","value":"v"}`} {
		_, _, parameter := DecodeParameter("", json.RawMessage(bad))
		_, _, system := DecodeSystem("", json.RawMessage(bad))
		_, _, job := DecodeJob("", json.RawMessage(bad))
		if parameter == nil || system == nil || job == nil {
			t.Errorf("%q: %v, %v, %v", bad, parameter, system, job)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"name":"x","group":"g","value":"v","type":"IAS","externalSystemID":"1","category":"c","recurrence":{"every":"4h"}}`))
	f.Add([]byte(`{"name":"x","recurrence":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = DecodeParameter("", data)
		if name, s, err := DecodeSystem("", data); err == nil && !cmp.Equal(s, normalizeSystem(name, s), exact) {
			t.Fatalf("%+v", s)
		}
		if name, j, err := DecodeJob("", data); err == nil && !cmp.Equal(j, normalizeJob(name, j), exact) {
			t.Fatalf("%+v", j)
		}
	})
}

func TestEncode(t *testing.T) {
	system, _ := EncodeParameter("UserSource/SourceSystem", Parameter{Group: "UserSource", Value: resource.Text("IAS")})
	iagSystem, _ := EncodeSystem("IAS", System{Type: resource.Text("IAS"), ExternalSystemID: resource.Text("4711")})
	direct, _ := EncodeSystem("C", System{Destination: resource.Text("CONCUR")})
	job, _ := EncodeJob("s", Job{Category: resource.Text("Provisioning"), Recurrence: Recurrence{Every: resource.Text("30m")}})
	data, err := json.Marshal([]any{system, iagSystem, direct, job})
	const want = `[{"group":"UserSource","name":"SourceSystem","value":"IAS"},{"externalSystemID":"4711","name":"IAS","type":"IAS"},` +
		`{"destination":"CONCUR","name":"C"},{"category":"Provisioning","name":"s","recurrence":{"every":"30m"}}]`
	if string(data) != want || err != nil {
		t.Errorf("%s, %v", data, err)
	}
}

// TestNextRun: by when a schedule has come round.
func TestNextRun(t *testing.T) {
	at := func(text string) time.Time { when, _ := time.Parse(time.RFC3339, text); return when }
	for _, c := range []struct{ every, start, zone, after, want string }{
		{"", "", "", "2026-11-27T10:00:00Z", "0001-01-01T00:00:00Z"},
		{"4h", "", "", "2026-11-27T10:00:00Z", "2026-11-27T14:00:00Z"},
		{"24h", "02:00", "Europe/Berlin", "2026-11-27T10:00:00Z", "2026-11-28T01:00:00Z"},
		{"24h", "02:00", "Europe/Berlin", "2026-11-27T00:30:00Z", "2026-11-27T01:00:00Z"},
		{"4h", "02:00", "", "2026-11-27T10:00:00Z", "2026-11-27T14:00:00Z"},
		{"4h", "03:00", "", "2026-11-27T01:00:00Z", "2026-11-27T03:00:00Z"},
		{"5h", "02:00", "", "2026-11-27T10:00:00Z", "2026-11-27T15:00:00Z"},
		{"24h", "02:00", "Mars/Base", "2026-11-27T10:00:00Z", "2026-11-28T02:00:00Z"},
	} {
		r := Recurrence{Every: resource.Text(c.every), Start: resource.Text(c.start), TimeZone: resource.Text(c.zone)}
		if have := r.next(at(c.after)); !have.Equal(at(c.want)) {
			t.Errorf("%+v: %s", c, have)
		}
	}
}
