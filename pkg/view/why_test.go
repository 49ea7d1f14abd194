package view

import (
	"bytes"
	"strings"
	"testing"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

func TestReason(t *testing.T) {
	hand := func(path string) resource.Change { return change(path, "a", "b", resource.OriginLive) }
	by := func(path string, o resource.Origin) resource.Change { return change(path, "a", "b", o) }
	listed := updateDestination()
	listed.Changes, listed.Positions = []resource.Change{change("/properties/Timeout", "30", "", resource.OriginManifest)}, map[string]resource.Position{"/properties/Timeout": at(35)}
	inList := listed
	inList.Positions = map[string]resource.Position{"/properties/Timeout": at(33), "/properties": at(33)}
	with := func(cs ...resource.Change) reconcile.Step {
		s := updateDestination()
		s.Changes = cs
		return s
	}
	said := with(hand("/a"))
	said.Reason = "an interrupted run changed it"
	differs := with(hand("/a"))
	differs.Action = reconcile.Unchanged
	for name, test := range map[string]struct {
		s    reconcile.Step
		want string
	}{
		"by hand":         {with(hand("/a"), hand("/b"), hand("/c"), hand("/d")), "undoes 4 changes by hand"},
		"only looked":     {differs, "1 change by hand"},
		"manifest":        {with(by("/properties/URL", resource.OriginManifest)), "manifest changed: URL"},
		"not listed":      {with(change("/properties/Timeout", "30", "", resource.OriginUnknown)), "1 property not listed (unlisted: remove)"},
		"not in the list": {inList, "1 property not listed (unlisted: remove)"},
		"null":            {listed, "manifest changed: Timeout"},
		"both and more":   {with(hand("/a"), by("/b", resource.OriginBoth), by("/c", resource.OriginUnknown)), "undoes 1 change by hand; changed on both sides: b; differs, nobody can tell who moved: c"},
		"many":            {with(by("/a", resource.OriginManifest), by("/b", resource.OriginManifest), by("/c", resource.OriginManifest), by("/d", resource.OriginManifest)), "manifest changed: a, b, c and 1 more"},
		"said already":    {said, "an interrupted run changed it"},
		"a create":        {createDestination(), ""},
	} {
		if got := reason(test.s); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// The reason stands in every format for reading, and in JSON.
func TestReasonIsToldEverywhere(t *testing.T) {
	results := []Result{dryRun(plan(updateDestination()))}
	want := "undoes 1 change by hand; manifest changed: Password;"
	for name, got := range map[string]string{
		"text": render(t, results, Style{}), "json": encoded(t, results), "html": rendered(t, "html", results), "markdown": strings.ReplaceAll(marked(t, results), "`", ""),
	} {
		if !strings.Contains(got, want) || name != "json" && !strings.Contains(got, "not listed (unlisted: remove)") {
			t.Errorf("%s: %q is missing in\n%s", name, want, got)
		}
	}
}

// Formats for programs name files as the repository does.
func TestPlacesAreToldFromTheFolder(t *testing.T) {
	r := failedApply()
	r.Folder = "/builds/iag"
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		s.Position.File = "/builds/iag/prod/integration.yaml"
		for path, at := range s.Positions {
			at.File = "/builds/iag/prod/integration.yaml"
			s.Positions[path] = at
		}
	}
	r.Errors = []resource.Fault{{Code: "E1", Message: "m", Position: resource.Position{File: "/elsewhere/values.yaml", Line: 1}}}
	for format := range written {
		got := rendered(t, format, []Result{r})
		if format != "html" && (strings.Contains(got, "/builds/iag/prod") || !strings.Contains(got, "prod/integration.yaml") || !strings.Contains(got, "/elsewhere/values.yaml")) {
			t.Errorf("%s: %s", format, got)
		}
	}
	if r.Plan.Steps[0].Position.File != "/builds/iag/prod/integration.yaml" {
		t.Error("the result was changed")
	}
}

// What several objects share is said once; JSON keeps all.
func TestAlikeIsSaidOnce(t *testing.T) {
	results := []Result{severalBrakes()}
	for name, got := range map[string]string{
		"text": render(t, results, Style{}), "html": rendered(t, "html", results), "markdown": strings.ReplaceAll(marked(t, results), "`", ""),
	} {
		for _, once := range []string{"and that is not in the approved plan", "look at the plan as it is now", "take it into the manifest"} {
			if n := strings.Count(got, once); n != 1 {
				t.Errorf("%s says %q %d times in\n%s", name, once, n, got)
			}
		}
		for _, all := range []string{"/properties/GROUPSURL was changed", "/properties/Timeout was changed", "IAGSystem/IAS"} {
			if !strings.Contains(got, all) {
				t.Errorf("%s lacks %q", name, all)
			}
		}
	}
	if got := encoded(t, results); strings.Count(got, "look at the plan as it is now") != 2 {
		t.Errorf("JSON does not keep all: %s", got)
	}
}

// Which tenant is hit stands in each report for people, and in JSON.
func TestTargetIsTold(t *testing.T) {
	r := dryRun(plan(createDestination()))
	r.Target = tenants()
	var b bytes.Buffer
	if err := JSON(&b, []Result{r}); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{
		"text": render(t, []Result{r}, Style{}), "markdown": strings.ReplaceAll(marked(t, []Result{r}), "`", ""), "html": rendered(t, "html", []Result{r}), "json": b.String(),
	} {
		for _, part := range []string{"b5d0c2f1-1111-2222-3333-444455556666", "iag-prod", "cfapps.eu10", "tenant.accounts.ondemand.com", "gateway.example.com"} {
			if !strings.Contains(got, part) {
				t.Errorf("%s lacks %q", name, part)
			}
		}
	}
}
