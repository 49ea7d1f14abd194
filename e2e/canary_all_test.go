package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// otherFormats are the formats that no chorus asks for, each into a file.
var otherFormats = []string{"markdown", "html", "junit", "sarif", "github", "gitlab"}

// inFiles asks for all other formats.
func inFiles(name, stage string) []string {
	var flags []string
	for _, format := range otherFormats {
		flags = append(flags, "-o", format+"="+stage+"-"+name+"."+format)
	}
	return flags
}

// others runs the commands that need a landscape of their own: what saves plans and
// applies them, watches, exports, draws, and what is about work for people.
func (s songs) others(t *testing.T, k *kit, c *cage, name string, run func(*land, []int, ...string)) {
	t.Helper()
	l := k.land(t, k.dump)
	c.next, l.wire.next = l.wire.next, c
	do := func(codes []int, args ...string) { t.Helper(); run(l, codes, args...) }
	with := func(args []string, more ...string) []string { return append(slices.Clone(args), more...) }
	plan := "plan-" + name + ".json"
	do([]int{2}, with(s.plain, append([]string{"plan", "--out", plan}, inFiles(name, "plan")...)...)...)
	do([]int{0}, append([]string{"apply", plan}, inFiles(name, "apply")...)...)
	do([]int{0}, with(s.plain, "unlock")...)
	do([]int{0}, with(s.plain, append([]string{"drift"}, inFiles(name, "drift")...)...)...)
	l.console(t, http.MethodPost, "destinations/IPS_PROXY", map[string]any{"set": map[string]string{"Password": k.env["LIVE"], "GROUPSURL": "/groups"}})
	do([]int{5}, "apply", plan)
	do([]int{2}, with(s.plain, append([]string{"drift"}, inFiles(name, "drifted")...)...)...)
	do([]int{1}, with(s.plain, append([]string{"verify"}, inFiles(name, "verify")...)...)...)
	do([]int{0}, with(s.plain, "export")...)
	do([]int{0}, with(s.plain, "export", "--out", "export-"+name+".yaml")...)
	do([]int{0}, with(s.plain, "accept", "Destination/IPS_PROXY", "--until", "2999-12-31", "--ticket", "CHG-1")...)
	do([]int{0, 1}, with(s.plain, append([]string{"--prune", "--records", "other-" + name}, inFiles(name, "run")...)...)...)
	orders := "orders-" + name
	do([]int{7}, with(s.person, "--workorders", orders, "--simulate="+t.TempDir())...)
	do([]int{1, 3, 5}, with(s.person, "done", "ProxySystem/IAS for IAG", "--id", "5d1c0f2a-7c1e-4b57-9a55-2f6b1f0f3c6d", "--simulate="+t.TempDir())...)
	do([]int{0}, with(s.plain, "graph")...)
	do([]int{0, 1}, with(s.plain[:2], "fmt")...)
	do([]int{0}, "init", "--template", "ias", "--out", "init-"+name)
	do([]int{0}, "explain", "E204")
	for _, manifest := range s.literal {
		for _, command := range []string{"graph", "drift", "export", "accept", "done", "unlock", "rotate", "history"} {
			do([]int{0, 1, 3}, with(manifest, command)...)
		}
		do([]int{0, 1, 3}, with(manifest[:2], "fmt", "--check")...)
		do([]int{0, 3}, with(manifest[:2], "fmt")...)
	}
	do([]int{3}, "apply", s.literal[0][1])
}

// sung demands that every command was run, so that none is added without this test.
func (c *cage) sung(t *testing.T, l *land) {
	t.Helper()
	e := l.run("__complete", "")
	names := 0
	for line := range strings.Lines(e.out) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name == "" || strings.HasPrefix(name, ":") || strings.HasPrefix(name, "-") {
			continue
		}
		names++
		if !slices.ContainsFunc(c.said, func(s saying) bool {
			return slices.Contains(strings.Fields(strings.TrimPrefix(s.where, "stdout of ")), name) || s.where == name
		}) {
			t.Errorf("the command %s was never run with secrets around", name)
		}
	}
	if names < 15 {
		t.Errorf("only %d commands were listed: %s", names, e)
	}
}
