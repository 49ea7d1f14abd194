package view

import (
	"maps"
	"strings"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// at is a place in the manifest of the fixtures.
func at(line int) resource.Position {
	return resource.Position{File: "integration.yaml", Line: line, Col: 7}
}

func ref(kind, name string) resource.Ref { return resource.Ref{Kind: kind, Name: name} }

var (
	proxyDestination = ref("Destination", "IPS_PROXY")
	proxySystem      = ref("ProxySystem", "IAS for IAG")
	iagSystem        = ref("IAGSystem", "IAS")
	caller           = ref("SystemUser", "IAG caller")
	syncJob          = ref("Job", "IAS repository sync")
)

func change(path, have, want string, origin resource.Origin) resource.Change {
	c := resource.Change{Path: path, Origin: origin}
	if have != "" {
		c.Have = resource.Text(have)
	}
	if want != "" {
		c.Want = resource.Text(want)
	}
	return c
}

func password(label string) resource.Value {
	return resource.Hidden(secret.New("hunter2"), secret.Ref{Env: "IAG_CALLER_SECRET"}).WithLabel(label)
}

// unchangedSteps are objects that are as they should be.
func unchangedSteps(names ...string) []reconcile.Step {
	var steps []reconcile.Step
	for i, name := range names {
		steps = append(steps, reconcile.Step{
			Ref: ref("Job", name), Action: reconcile.Unchanged, Via: resource.WayAdapter,
			State: reconcile.InSync, Evidence: reconcile.EvidenceRead, Position: at(80 + i),
		})
	}
	return steps
}

func createDestination() reconcile.Step {
	return reconcile.Step{
		Ref: proxyDestination, Action: reconcile.Create, Via: resource.WayAPI,
		State: reconcile.Drifted, Evidence: reconcile.EvidenceRead, Position: at(31),
		Digest: "sha256:01",
		Changes: []resource.Change{
			change("/properties/Authentication", "", "BasicAuthentication", resource.OriginNew),
			change("/properties/GROUPSURL", "", "/Groups", resource.OriginNew),
			{Path: "/properties/Password", Want: password("2026-11"), Origin: resource.OriginNew},
			change("/properties/URL", "", "https://tenant.accounts.ondemand.com", resource.OriginNew),
		},
	}
}

func createSystem() reconcile.Step {
	return reconcile.Step{
		Ref: iagSystem, Action: reconcile.Create, Via: resource.WayAdapter,
		State: reconcile.Drifted, Evidence: reconcile.EvidenceRead, Position: at(60), Digest: "sha256:02",
		Changes: []resource.Change{
			{Path: "/externalSystemID", Want: resource.Output(proxySystem, "id"), Origin: resource.OriginNew},
			change("/type", "", "IAS", resource.OriginNew),
		},
	}
}

func runSync() reconcile.Step {
	return reconcile.Step{
		Ref: syncJob, Action: reconcile.RunJob, Via: resource.WayAdapter, State: reconcile.Drifted,
		Evidence: reconcile.EvidenceRead, Position: at(70), Reason: "Destination/IPS_PROXY changes",
	}
}

func updateDestination() reconcile.Step {
	s := createDestination()
	s.Action, s.Changes = reconcile.Update, []resource.Change{
		change("/properties/Accept", "", "application/scim+json", resource.OriginNew),
		change("/properties/GROUPSURL", "/groups", "/Groups", resource.OriginLive),
		{Path: "/properties/Password", Have: resource.Hidden(secret.New("old"), secret.Ref{}), Want: password("2026-11"), Origin: resource.OriginManifest},
		change("/properties/Timeout", "30", "", resource.OriginUnknown),
		change("/properties/URL", "https://tenant.accounts.ondemand.com", "https://tenant.accounts.cloud.sap", resource.OriginBoth),
	}
	s.Positions = map[string]resource.Position{
		"/properties/Accept": at(31), "/properties/GROUPSURL": at(31), "/properties/Password": at(36),
		"/properties/Timeout": at(31), "/properties/URL": at(34),
	}
	return s
}

func updateTransformation() reconcile.Step {
	lines := make([]string, 40)
	for i := range lines {
		lines[i] = `"attribute` + strings.Repeat("x", i%3) + `"`
	}
	have := `{"user": {"mappings": [` + strings.Join(lines, ",") + `], "condition": "all"}, "group": {}}`
	want := strings.Replace(have, `"condition": "all"`, `"condition": "employees"`, 1)
	return reconcile.Step{
		Ref: proxySystem, Action: reconcile.Update, Via: resource.WayAdapter, State: reconcile.Drifted,
		Evidence: reconcile.EvidenceUnseen, Position: at(44),
		Facts: []reconcile.Fact{
			{Path: "/properties/URL", Evidence: reconcile.EvidenceRead},
			{Path: "/properties/Password", Evidence: reconcile.EvidenceUnseen},
		},
		Changes: []resource.Change{
			change("/description", "line one \nline two\nline three", "line one\nline two\nline 3", resource.OriginManifest),
			change("/transformations/read", have, want, resource.OriginManifest),
			change("/transformations/write", strings.Repeat("abc ", 30), "", resource.OriginLive),
		},
	}
}

func plan(steps ...reconcile.Step) *reconcile.Plan {
	return &reconcile.Plan{Steps: steps, Digest: "sha256:4711"}
}

// dryRun is what a pull request shows.
func dryRun(p *reconcile.Plan) Result {
	r := Result{
		Command: "converge", Integration: "iag-ias", Stage: "prod", Plan: p, Complete: true, DryRun: true,
		Calls: 12, Took: 400 * time.Millisecond,
	}
	if !p.Empty() {
		r.ExitCode = 2
	}
	return r
}

func applied(exit int, p *reconcile.Plan) Result {
	r := dryRun(p)
	r.DryRun, r.ExitCode, r.Calls, r.Retries = false, exit, 17, 2
	r.Took, r.Landscape = 72*time.Second, "simulated landscape in DIR"
	return r
}

func ended(s reconcile.Step, o reconcile.Outcome, detail string) reconcile.Step {
	s.Outcome, s.Detail = o, detail
	return s
}

func waitingUser() reconcile.Step {
	return reconcile.Step{
		Ref: caller, Action: reconcile.Create, Via: resource.WayPerson, State: reconcile.Drifted,
		Evidence: reconcile.EvidenceUnseen, Position: at(20),
		Changes: []resource.Change{
			change("/authorizations", "", "Access Proxy System API", resource.OriginNew),
			{Path: "/secrets/2026-11", Want: resource.Outside(secret.Ref{Env: "IAG_CALLER_SECRET"}), Origin: resource.OriginNew},
		},
	}
}

func blockedDestination() reconcile.Step {
	s := createDestination()
	s.BlockedBy = []string{caller.String()}
	return s
}

func finding() resource.Finding {
	return resource.Finding{
		Code: "F-5", Ref: proxyDestination, Leg: "IAG→IPS", Message: `GROUPSURL is "/groups"`,
		Cause: "IAG appends it letter by letter, and IPS answers 404", Remedy: `write "/Groups"`,
		Source: "SAP Note 3104567",
	}
}

func faults() (errors, warnings []resource.Fault) {
	errors = []resource.Fault{
		{Severity: resource.Error, Code: "E104", Message: `unknown property "GROUPSUrl"`, Position: at(33), Path: "/properties/GROUPSUrl", Ref: &proxyDestination, Remedy: `did you mean "GROUPSURL"?`},
		{Severity: resource.Error, Code: "E110", Message: "a secret is written inline", Position: at(36), Remedy: "use {env: NAME}", Source: "section Secrets of the README"},
		{Severity: resource.Error, Code: "E101", Message: "the file is empty", Position: resource.Position{File: "empty.yaml"}},
	}
	warnings = []resource.Fault{{Severity: resource.Warning, Code: "W103", Message: "values.yaml sets region, which nothing uses"}}
	return errors, warnings
}

func failedApply() Result {
	failed := ended(updateDestination(), reconcile.Failed, "")
	failed.Error = "destination service: PUT /subaccountDestinations: 503 Service Unavailable\ncorrelation 8f3a"
	run := ended(runSync(), reconcile.Blocked, "")
	run.BlockedBy = []string{proxyDestination.String()}
	system := ended(createSystem(), reconcile.Skipped, "")
	user := ended(waitingUser(), reconcile.Waits, "")
	user.Via = resource.WayAdapter
	return applied(6, plan(ended(createProxy(), reconcile.Applied, "id 7f3a"), user, failed, system, run))
}

func createProxy() reconcile.Step {
	return reconcile.Step{
		Ref: proxySystem, Action: reconcile.Create, Via: resource.WayAdapter, State: reconcile.InSync,
		Evidence: reconcile.EvidenceRead, Position: at(44), Digest: "sha256:03",
		Changes: []resource.Change{change("/type", "", "Identity Authentication", resource.OriginNew)},
	}
}

func refused() Result {
	s := updateDestination()
	s.Changes = s.Changes[1:2]
	s.Reason = "this integration did not make it"
	p := plan(append(unchangedSteps("group sync"), s)...)
	p.Refused = []resource.Fault{{
		Severity: resource.Error, Code: "E201", Ref: &proxyDestination, Position: at(31),
		Message: "Destination/IPS_PROXY: it exists, differs, and was not made by this integration",
		Remedy:  "take it over with --adopt or adopt: true, or only watch it with manage: false",
	}}
	r := applied(5, p)
	r.Retries, r.Landscape, r.Calls, r.Took = 0, "", 8, 150*time.Millisecond
	return r
}

func orphans() *reconcile.Plan {
	old := func(name string, a reconcile.Action, reason string) reconcile.Step {
		return reconcile.Step{
			Ref: ref("Destination", name), Action: a, Via: resource.WayAPI, State: reconcile.Drifted,
			Evidence: reconcile.EvidenceRead, Reason: reason,
		}
	}
	forget := old("GONE", reconcile.Forget, "it left the manifest and is gone")
	forget.State = reconcile.InSync
	kept := old("OLD_TWO", reconcile.Kept, "it left the manifest; --prune would delete it")
	kept.Prunable = true
	return plan(
		old("OLD_ONE", reconcile.Delete, "it left the manifest"),
		kept,
		forget,
	)
}

// watched are objects that stand out although nothing is done with them.
func watched() *reconcile.Plan {
	differs := updateDestination()
	differs.Action, differs.Changes = reconcile.Unchanged, differs.Changes[1:2]
	broken := reconcile.Step{Ref: caller, Action: reconcile.Unchanged, State: reconcile.Broken, Evidence: reconcile.EvidenceRead, Reason: "manage: false, but it does not exist"}
	unknown := reconcile.Step{
		Ref: iagSystem, Action: reconcile.Unchanged, Via: resource.WayPerson, State: reconcile.Unknown, Evidence: reconcile.EvidenceReported,
		Facts: []reconcile.Fact{{Path: "/type", Evidence: reconcile.EvidenceReported, Stale: true}},
	}
	seen := unchangedSteps("a", "b", "c")
	seen[1].Evidence, seen[2].Evidence = reconcile.EvidenceReported, reconcile.EvidenceUnseen
	return plan(append(seen, differs, broken, unknown)...)
}

// before is what earlier runs and looks recorded.
func before() ([]reconcile.StoredRecord, reconcile.Sightings) {
	day := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	run := func(number, code int, result string) reconcile.StoredRecord {
		return reconcile.StoredRecord{RunRecord: reconcile.RunRecord{
			Number: number, Integration: "iag-ias", Stage: "prod", Command: "converge", By: reconcile.Author{Name: "anna"}, Ticket: "CHG-7",
			Revision: "0123456789abcdef0123", Started: day.AddDate(0, 0, number), ExitCode: code, Wrote: true, Result: []byte(result),
		}}
	}
	killed := run(3, 0, "{}")
	killed.Open = true
	return []reconcile.StoredRecord{killed, run(2, 6, `{"steps": [{"outcome": "applied"}, {"outcome": "failed"}]}`), run(1, 0, `{}`)},
		reconcile.Sightings{Objects: map[string]reconcile.Sighting{
			proxyDestination.String(): {State: reconcile.Drifted, Since: day.AddDate(0, 0, 4), Good: day.AddDate(0, 0, 3)},
			caller.String():           {State: reconcile.Broken, Since: day.AddDate(0, 0, 4)},
			"Job/a":                   {State: reconcile.InSync, Since: day, Good: day.AddDate(0, 0, 4)},
			iagSystem.String():        {State: reconcile.Unknown, Since: day},
		}}
}

func adoption() *reconcile.Plan {
	s := updateDestination()
	s.Action, s.Reason = reconcile.Adopt, "taken over as allowed"
	s.Changes = []resource.Change{
		change("/properties/GROUPSURL", "/groups", "/Groups", resource.OriginUnknown),
		{Path: "/properties/Password", Have: resource.Seal(), Want: password("2026-11"), Origin: resource.OriginUnknown},
		{Path: "/properties/Token", Have: resource.Seal(), Origin: resource.OriginUnknown},
		{Path: "/properties/User", Have: resource.Text("P000001"), Want: resource.Output(caller, "clientID"), Origin: resource.OriginUnknown},
	}
	return plan(s)
}

// situations are what every format has to be able to tell.
func situations() map[string][]Result {
	errors, warnings := faults()
	invalid := Result{Command: "validate", Errors: errors, Warnings: warnings, ExitCode: 3}
	verify := Result{
		Command: "verify", Integration: "iag-ias", Stage: "prod", ExitCode: 1, Complete: true, Calls: 4, Took: 90 * time.Second,
		Findings: []resource.Finding{finding()},
		Verified: []Check{
			{Ref: caller, Leg: "IAS", What: "token", OK: true, Detail: "answered 200"},
			{Ref: proxySystem, Leg: "IAG→IPS", What: "Users", OK: true, Detail: "answered 200, 42 users"},
			{Ref: proxySystem, Leg: "IAG→IPS", What: "Groups", Detail: "answered 404"},
			{Ref: caller, What: "authorization Manage Applications", Unsure: true, Detail: "not checked: nothing harmless proves it"},
		},
	}
	inSync := dryRun(plan(unchangedSteps("a", "b", "c", "d", "e", "f", "g", "h", "i")...))
	inSync.DryRun, inSync.Calls, inSync.Took = false, 8, 120*time.Millisecond
	drift := dryRun(watched())
	drift.Command, drift.Warnings = "drift", warnings
	drift.Runs, drift.Seen = before()
	incomplete := dryRun(plan(unchangedSteps("a")...))
	incomplete.Complete, incomplete.ExitCode = false, 4
	incomplete.Errors = []resource.Fault{{Code: "E301", Message: "list destinations: 401", Remedy: "look at the service key"}}
	savedPlan := dryRun(plan(runSync()))
	savedPlan.Command = "plan"
	waits := applied(7, plan(ended(waitingUser(), reconcile.Waits, "")))
	all := map[string][]Result{
		"create":     {dryRun(plan(append(unchangedSteps("group sync", "provisioning", "x"), createDestination(), createSystem(), runSync())...))},
		"update":     {dryRun(plan(append(unchangedSteps("group sync"), updateDestination(), updateTransformation())...))},
		"delete":     {dryRun(orphans())},
		"adopt":      {dryRun(adoption())},
		"waiting":    {dryRun(plan(waitingUser(), blockedDestination())), waits},
		"failure":    {failedApply()},
		"applied":    {applied(0, plan(ended(createProxy(), reconcile.Applied, "id 7f3a"), ended(createSystem(), reconcile.Applied, "id 12"), ended(runSync(), reconcile.Applied, "OK: 42 users, 3 groups")))},
		"refused":    {refused()},
		"insync":     {inSync},
		"watched":    {drift},
		"invalid":    {invalid},
		"valid":      {{Command: "validate", Integration: "iag-ias", Stage: "dev"}},
		"verify":     {verify},
		"incomplete": {incomplete, savedPlan},
	}
	maps.Copy(all, moreSituations())
	return all
}
