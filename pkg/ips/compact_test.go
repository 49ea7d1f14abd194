package ips

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

func TestCompact(t *testing.T) {
	text := resource.Text
	_, spec, err := Decode("", []byte(`{"name":"P","connectorTypeString":"SAP_CLOUD_IDENTITY","state":"ENABLED","alias":"",
		"properties":{"Type":"HTTP","Authentication":"BasicAuthentication","ProxyType":"Internet","URL":"https://x","ias.api.version":"2",
			"ias.support.patch.operation":"true","ips.trace.failed.entity.content":"false","ips.failed.request.retry.attempts":"2",
			"ips.failed.request.retry.attempts.interval":"60","ips.application.id":""},
		"readTransformation":{"a":1},"readTransformationChanged":false,"writeTransformation":{"b":2},"writeTransformationChanged":true}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Spec{
		Type: text("Identity Authentication"), Template: "ias-proxy", Properties: resource.Properties{"URL": text("https://x")},
		Transformations: Transformations{Write: text(`{"b":2}`)}, Self: "P", Delivered: Delivered{Read: true},
	}
	if diff := cmp.Diff(want, Compact(spec)); diff != "" {
		t.Error(diff)
	}
	spec.Enabled, spec.Properties["ips.failed.request.retry.attempts"] = text("false"), text("3")
	changed := Compact(spec)
	if changed.Enabled.Text() != "false" || changed.Properties["ips.failed.request.retry.attempts"].Text() != "3" {
		t.Errorf("what somebody set is left out: %+v", changed)
	}
	if spec.Properties["URL"].Text() == "" || len(spec.Properties) != 10 {
		t.Error("the original was changed")
	}
}

func TestDetach(t *testing.T) {
	s := Spec{Transformations: Transformations{Read: resource.Text(`{"a":{"b":1}}`), Write: resource.Text("path.json")}}
	var written []string
	s = Detach(s, func(kind, document string) string {
		written = append(written, kind+" "+document)
		return "files/" + kind
	})
	if len(written) != 1 || !strings.Contains(written[0], "\"b\": 1\n") || s.Transformations.Read.Text() != "files/read" || s.Transformations.Write.Text() != "path.json" {
		t.Errorf("%q, %+v", written, s.Transformations)
	}
}

func TestRebase(t *testing.T) {
	s := Spec{Baseline: "b.json", Transformations: Transformations{Read: resource.Text(`{"a":1}`), Write: resource.Text("w.json")}}
	s = Rebase(s, func(path string) string { return "x/" + path })
	if s.Baseline != "x/b.json" || s.Transformations.Read.Text() != `{"a":1}` || s.Transformations.Write.Text() != "x/w.json" {
		t.Errorf("%+v", s)
	}
	if empty := Rebase(Spec{}, func(string) string { return "x" }); empty.Baseline != "" || empty.Transformations.Read.IsSet() {
		t.Errorf("%+v", empty)
	}
}
