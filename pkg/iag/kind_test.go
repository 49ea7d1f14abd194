package iag

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

func complaints[S any](def resource.Definition[S], name string, s S) []string {
	var got []string
	for _, f := range def.Validate(name, def.Normalize(name, s), resource.Scope{}) {
		if f.Message == "" || f.Remedy == "" || f.Severity == "" {
			return []string{"incomplete " + f.Code}
		}
		got = append(got, f.Code+" "+f.Path)
	}
	return got
}

func TestParameters(t *testing.T) {
	def := ParameterDefinition()
	if got := def.Name("SourceSystem", Parameter{Group: "UserSource"}); got != "UserSource/SourceSystem" {
		t.Errorf("identity %q", got)
	}
	for name, test := range map[string]struct {
		name string
		p    Parameter
		want []string
	}{
		"right":       {"G/N", Parameter{"G", resource.Text("v")}, nil},
		"output":      {"G/N", Parameter{"G", resource.Output(resource.Ref{Kind: KindSystem, Name: "IAS"}, "name")}, nil},
		"no group":    {"/N", Parameter{"", resource.Text("v")}, []string{"E143 /group"}},
		"blank name":  {"G/ N", Parameter{"G", resource.Text("v")}, []string{"E143 /name"}},
		"empty value": {"G/N", Parameter{"G", resource.Text("")}, []string{"E158 /value"}},
		"blank value": {"G/N", Parameter{"G", resource.Text("v ")}, []string{"E133 /value"}},
	} {
		if diff := cmp.Diff(test.want, complaints(def, test.name, test.p)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSystems(t *testing.T) {
	proxy := resource.Output(resource.Ref{Kind: "ProxySystem", Name: "IAS for IAG"}, "id")
	text := resource.Text
	for name, test := range map[string]struct {
		s    System
		want []string
	}{
		"right":           {System{Type: text("IAS"), ExternalSystemID: proxy}, nil},
		"direct":          {System{Type: text("CONCUR"), Destination: text("CONCUR")}, nil},
		"nothing said":    {System{}, nil},
		"both":            {System{Type: text("IAS"), ExternalSystemID: proxy, Destination: text("x")}, []string{"E157 /destination"}},
		"neither":         {System{Type: text("IAS")}, []string{"W133 /type"}},
		"IAS, direct":     {System{Type: text("IAS"), Destination: text("x")}, []string{"E163 /destination"}},
		"Concur, proxied": {System{Type: text("SAP Concur"), ExternalSystemID: proxy}, []string{"E163 /externalSystemID"}},
		"misspelt type":   {System{Type: text("SAP Arriba"), ExternalSystemID: proxy}, []string{"E132 /type"}},
		"nearly a type":   {System{Type: text("SAP Arribba"), ExternalSystemID: proxy}, []string{"W128 /type"}},
		"unheard of":      {System{Type: text("Mainframe"), ExternalSystemID: proxy}, []string{"W128 /type"}},
		"Beschreibung":    {System{Type: text("IAS"), ExternalSystemID: proxy, Description: text("für")}, []string{"W124 /description"}},
		"blank id":        {System{Type: text("IAS"), ExternalSystemID: text("4711 ")}, []string{"E133 /externalSystemID"}},
	} {
		if diff := cmp.Diff(test.want, complaints(SystemDefinition(), "IAS", test.s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := complaints(SystemDefinition(), "", System{}); len(got) != 1 || got[0] != "E143 /name" {
		t.Errorf("no name: %v", got)
	}
}

func TestSystemOutputs(t *testing.T) {
	def := SystemDefinition()
	want := def.Normalize("IAS", System{ExternalSystemID: resource.Text("new")})
	live := &resource.Live[System]{Name: "live", Spec: System{ExternalSystemID: resource.Text("old")}}
	for _, test := range []struct {
		output string
		have   *resource.Live[System]
		want   *System
		text   string
	}{
		{"name", nil, &want, "IAS"},
		{"name", live, nil, "live"},
		{"externalSystemID", live, &want, "new"},
		{"externalSystemID", live, nil, "old"},
		{"externalSystemID", nil, nil, ""},
		{"x", live, &want, ""},
	} {
		if got := def.Output(test.output, test.have, test.want); got.Text() != test.text {
			t.Errorf("%s: %q, want %q", test.output, got, test.text)
		}
	}
}

func TestImplied(t *testing.T) {
	proxy := resource.Output(resource.Ref{Kind: "ProxySystem", Name: "p"}, "id")
	ref := func(kind, name string) resource.Ref { return resource.Ref{Kind: kind, Name: name} }
	tests := map[string]struct{ got, want []resource.Ref }{
		"proxied": {impliedBySystem(System{ExternalSystemID: proxy}), []resource.Ref{ref("Destination", "IPS_PROXY")}},
		"direct":  {impliedBySystem(System{Destination: resource.Text("CONCUR")}), nil},
		"neither": {impliedBySystem(System{ExternalSystemID: resource.Nothing()}), nil},
		"sync":    {impliedByJob(Job{Category: resource.Text("Repository Sync"), IAGSystem: resource.Text("IAS")}), nil},
		"groups": {impliedByJob(Job{Category: resource.Text("SCI User Group Sync")}), []resource.Ref{
			ref("Parameter", "UserSource/SourceSystem"), ref("Destination", "SAP_Identity_Services_Identity_Directory"), ref("Destination", "IPS_PROXY"),
		}},
		"unknown": {impliedByJob(Job{Category: resource.Text("x")}), nil},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestMentions(t *testing.T) {
	for name, test := range map[string]struct{ got, want map[string]resource.Ref }{
		"sync":    {mentionedByJob(Job{IAGSystem: resource.Text("IAS")}), map[string]resource.Ref{"/iagSystem": {Kind: "IAGSystem", Name: "IAS"}}},
		"no sync": {mentionedByJob(Job{}), nil},
		"direct":  {mentionedBySystem(System{Destination: resource.Text("CONCUR")}), map[string]resource.Ref{"/destination": {Kind: "Destination", Name: "CONCUR"}}},
		"proxied": {mentionedBySystem(System{}), nil},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestJobs(t *testing.T) {
	text := resource.Text
	every := func(s string) Job {
		return Job{Category: text("Provisioning"), Recurrence: Recurrence{Every: text(s)}}
	}
	at := func(start, zone string) Job {
		return Job{Category: text("Provisioning"), Recurrence: Recurrence{Every: text("24h"), Start: text(start), TimeZone: text(zone)}}
	}
	for name, test := range map[string]struct {
		j    Job
		want []string
	}{
		"right":           {Job{Category: text("Repository Sync"), IAGSystem: text("IAS"), Recurrence: at("02:00", "Europe/Berlin").Recurrence}, nil},
		"nothing said":    {Job{}, nil},
		"misspelt":        {Job{Category: text("Repository sync")}, []string{"E132 /category"}},
		"unheard of":      {Job{Category: text("BTP Sync")}, []string{"W127 /category"}},
		"no system":       {Job{Category: text("Repository Sync")}, []string{"E159 /category"}},
		"needless system": {Job{Category: text("Provisioning"), IAGSystem: text("IAS")}, []string{"E160 /iagSystem"}},
		"may have one":    {Job{Category: text("Access Analysis"), IAGSystem: text("IAS")}, nil},
		"4 h":             {every("4 h"), []string{"E154 /recurrence/every"}},
		"daily":           {every("daily"), []string{"E154 /recurrence/every"}},
		"backwards":       {every("-4h"), []string{"E154 /recurrence/every"}},
		"too often":       {every("1s"), []string{"E154 /recurrence/every"}},
		"half an hour":    {every("30m"), nil},
		"no interval": {
			Job{Category: text("Provisioning"), Recurrence: Recurrence{Start: text("02:00")}},
			[]string{"E154 /recurrence"},
		},
		"2:00":       {at("2:00", "UTC"), []string{"E155 /recurrence/start"}},
		"24:00":      {at("24:00", "UTC"), []string{"E155 /recurrence/start"}},
		"120":        {at("120", "UTC"), []string{"E155 /recurrence/start"}},
		"CEST":       {at("02:00", "CEST"), []string{"E156 /recurrence/timeZone"}},
		"Local":      {at("02:00", "Local"), []string{"E156 /recurrence/timeZone"}},
		"empty zone": {at("02:00", ""), []string{"E156 /recurrence/timeZone"}},
	} {
		if diff := cmp.Diff(test.want, complaints(JobDefinition(), "j", test.j)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestIntervalsAreCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"240m": "4h", "24h": "24h", "30m": "30m", "90m": "1h30m", "3600s": "1h", "90s": "1m30s", "0h": "0h", "x": "x", "": "",
	} {
		if got := canonicalInterval(resource.Text(in)); got.Text() != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestDefinitionsAreExplained(t *testing.T) {
	if !JobDefinition().RunsAfterChange(Job{RunAfterChange: true}) || JobDefinition().RunsAfterChange(Job{}) {
		t.Error("runAfterChange is not told")
	}
	for _, f := range append(SystemDefinition().Fields, JobDefinition().Fields...) {
		if f.Class != resource.Immutable || f.Reason == "" || f.Source == "" {
			t.Errorf("incomplete: %+v", f)
		}
	}
}
