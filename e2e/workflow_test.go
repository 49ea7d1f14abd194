package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// hosted runs jobs of the workflow as GitHub would: every step, each job in a checkout
// of its own.
type hosted struct {
	*testing.T
	workflow
	forge     *forge
	landscape string
	// run counts the runs of the workflow, which artifacts belong to.
	run int
	// manifest replaces integration.yaml in the next checkouts; prepared works on one
	// before its first step.
	manifest string
	prepared func(dir string)
	// log and summary are those of the last job.
	log, summary, dir string
}

func newHosted(t *testing.T) *hosted {
	h := &hosted{T: t, forge: newForge(t), landscape: t.TempDir(), run: 1}
	material(t, "ci/github-actions.yaml", &h.workflow)
	return h
}

// secret and expression find what GitHub replaces.
var secret, expression = regexp.MustCompile(`\$\{\{ secrets\.`), regexp.MustCompile(`\$\{\{ ([a-z_.]+) \}\}`)

// environment is what a step is given. Secrets stay unset: the landscape has its own.
func (h *hosted) environment(s step) []string {
	known := map[string]string{
		"github.token": "t0ken", "github.repository": "o/r", "github.repository_id": "1", "github.run_id": fmt.Sprint(h.run),
		"github.event.pull_request.number": "7", "github.server_url": "https://github.test",
	}
	env := append(os.Environ(), "RECONCILE_SIMULATE="+h.landscape, hub+"="+h.forge.URL, fmt.Sprintf("GITHUB_RUN_ID=%d", h.run),
		"GITHUB_STEP_SUMMARY="+filepath.Join(h.dir, "summary.step"), "GITHUB_OUTPUT="+filepath.Join(h.dir, "output"))
	for name, value := range s.Env {
		if secret.MatchString(value) {
			continue
		}
		env = append(env, name+"="+expression.ReplaceAllStringFunc(value, func(found string) string {
			text, ok := known[expression.FindStringSubmatch(found)[1]]
			if !ok {
				h.Errorf("step %q: %s is not known", s.Name, found)
			}
			return text
		}))
	}
	return env
}

// wanted tells whether a step runs, given how those before it ended.
func (h *hosted) wanted(s step, code int, outcomes map[string]bool) bool {
	found := regexp.MustCompile(`^\$\{\{ !cancelled\(\)(?: && steps\.([a-z]+)\.outcome == 'success')? \}\}$`).FindStringSubmatch(s.If)
	switch {
	case s.If == "":
		return code == 0
	case found == nil:
		h.Fatalf("step %q: condition %s is not known", s.Name, s.If)
	}
	return found[1] == "" || outcomes[found[1]]
}

// job runs a job and demands the exit code of its first step that fails, or 0.
func (h *hosted) job(name string, want int) {
	h.Helper()
	example, err := os.ReadFile("../examples/ias/integration.yaml")
	if err != nil {
		h.Fatal(err)
	}
	h.dir, h.log, h.summary = h.TempDir(), "", ""
	h.write("integration.yaml", orElse(h.manifest, string(example)))
	if h.prepared != nil {
		h.prepared(h.dir)
	}
	code, outcomes := 0, map[string]bool{}
	for _, s := range h.Jobs[name].Steps {
		if s.Name == "Build reconcile" || !h.wanted(s, code, outcomes) {
			continue
		}
		if strings.HasPrefix(s.Uses, "actions/upload-artifact@") {
			h.upload(s)
		}
		if s.Run == "" {
			continue
		}
		ended, out, told := attempt(h.T, h.dir, h.environment(s), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
		h.log += out + told
		part, _ := os.ReadFile(filepath.Join(h.dir, "summary.step"))
		h.summary += string(part)
		_ = os.Remove(filepath.Join(h.dir, "summary.step"))
		outcomes[s.ID] = ended == 0
		if code == 0 {
			code = ended
		}
	}
	if code != want {
		h.Fatalf("%s: exit %d, want %d\n%s", name, code, want, h.log)
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func (h *hosted) write(name, text string) {
	h.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
}

// upload keeps an artifact of a run on main.
func (h *hosted) upload(s step) {
	files := map[string][]byte{}
	for name := range strings.FieldsSeq(fmt.Sprint(s.With["path"])) {
		if data, err := os.ReadFile(filepath.Join(h.dir, name)); err == nil {
			files[name] = data
		}
	}
	h.forge.keep(fmt.Sprint(s.With["name"]), fmt.Sprintf("2026-11-27T10:%02d:00Z", h.run), onMain(h.run), files)
}

// onMain is what an artifact tells of a run on the main branch.
func onMain(run int) map[string]any {
	return map[string]any{"id": run, "head_branch": "main", "head_repository_id": 1}
}

// kept demands files of the newest artifact of a name.
func (h *hosted) kept(name string, want ...string) {
	h.Helper()
	for _, a := range slices.Backward(h.forge.uploaded()) {
		if a.Name == name {
			if have := slices.Sorted(maps.Keys(a.files)); !slices.Equal(have, want) {
				h.Errorf("artifact %s holds %q, want %q", name, have, want)
			}
			return
		}
	}
	h.Errorf("no artifact %s", name)
}

// tells demands words of the log and of the page of the run.
func (h *hosted) tells(log, summary string) {
	h.Helper()
	if !strings.Contains(h.log, log) || !strings.Contains(h.summary, summary) {
		h.Errorf("want %q in the log\n%s\nand %q on the page of the run\n%s", log, h.log, summary, h.summary)
	}
}

// comment demands one comment of ours that holds some words, and returns it.
func (h *hosted) comment(words ...string) string {
	h.Helper()
	all := h.forge.bodies()
	if len(all) != 1 {
		h.Fatalf("%d comments, want 1: %q", len(all), all)
	}
	for _, want := range words {
		if !strings.Contains(all[0], want) {
			h.Errorf("the comment does not say %q:\n%s", want, all[0])
		}
	}
	return all[0]
}

// unreadable is a manifest from which nobody can read whose it is.
const unreadable = "kind: Integration\nmetadata: {name: iag-ias\n"

// TestWorkflow takes an integration from its first pull request to a landscape in sync.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	h := newHosted(t)
	h.job("drift", 2)
	h.tells("::notice title=reconcile", "IPS_PROXY")
	h.kept("drift", "drift.html", "drift.json")
	h.kept("snapshot", "snapshot.json")
	h.job("plan", 0)
	h.tells("IPS_PROXY", "create")
	h.tells("::notice title=reconcile", "create")
	h.kept("plan", "plan.html", "plan.json")
	exits(t, filepath.Join(h.dir, "plan.json"), 2)
	h.run++
	for i, code := range []string{"2", "0"} {
		h.job("prepare", 0)
		h.tells("::notice title=reconcile", "### reconcile")
		h.kept("approved", "approved.json")
		if output, err := os.ReadFile(filepath.Join(h.dir, "output")); err != nil || string(output) != "code="+code+"\n" {
			t.Errorf("prepare ends with %q, want code %s (%v)", output, code, err)
		}
		if i == 0 {
			h.job("apply", 0)
			h.tells("IPS_PROXY", "### reconcile")
			h.kept("result", "result.html", "result.json")
		}
	}
	h.job("plan", 0)
	exits(t, filepath.Join(h.dir, "plan.json"), 0)
	h.job("drift", 0)
	h.manifest = unreadable
	for _, job := range []string{"plan", "plan-fork", "prepare", "drift"} {
		h.job(job, 3)
		h.tells("::error ", "E1")
	}
}

// TestWorkflowComment holds that there is one comment that tells of the last plan,
// whatever becomes of the manifest, and among comments that look like it.
func TestWorkflowComment(t *testing.T) {
	t.Parallel()
	h := newHosted(t)
	h.forge.say("someone", 1, "<!-- reconcile plan: integration.yaml -->\nquoted")
	h.forge.say("lint[bot]", 2, "> <!-- reconcile plan: integration.yaml -->")
	h.forge.say("someone", 1, "nice")
	h.job("plan", 0)
	first := h.comment("create", "Digest:", "[Log, page and JSON of this run](https://github.test/o/r/actions/runs/1)")
	h.manifest = unreadable
	h.job("plan", 3)
	h.comment("✗", "integration.yaml")
	h.manifest = "nothing: here\n"
	h.job("plan", 3)
	h.comment("nothing")
	h.prepared = func(dir string) { _ = os.Remove(filepath.Join(dir, "integration.yaml")) }
	h.job("plan", 3)
	h.comment("✗")
	h.manifest, h.prepared = "", nil
	h.job("plan", 0)
	if timed := regexp.MustCompile(` in [0-9.]+s`); timed.ReplaceAllString(h.comment(), "") != timed.ReplaceAllString(first, "") {
		t.Errorf("the last comment is not like the first:\n%s", h.comment())
	}
	steps := h.Jobs["plan"]
	steps.Steps = slices.DeleteFunc(slices.Clone(steps.Steps), func(s step) bool { return s.Name == "Plan" })
	h.Jobs["plan"] = steps
	h.job("plan", 0)
	h.comment("There is no plan")
	if _, comments := h.forge.asked(); comments != 4 {
		t.Errorf("%d comments, want three of others and ours", comments)
	}
}

// TestWorkflowLarge holds that the log tells what has no room in the comment, which with
// everything around it stays below GitHub's 65,536 characters.
func TestWorkflowLarge(t *testing.T) {
	t.Parallel()
	h := newHosted(t)
	example, err := os.ReadFile("../examples/ias/integration.yaml")
	if err != nil {
		t.Fatal(err)
	}
	many := "  destinations:\n"
	for i := range 1000 {
		many += fmt.Sprintf("    - {name: D%04d, properties: {Type: HTTP, URL: \"https://d.example\", ProxyType: Internet, Authentication: NoAuthentication}}\n", i)
	}
	h.manifest = strings.Replace(string(example), "  destinations:\n", many, 1)
	h.job("plan", 0)
	if text := h.comment("see the job's log", "[Log, page and JSON of this run]"); len(text) >= 65536 {
		t.Errorf("the comment has %d bytes", len(text))
	}
	for i := range 1000 {
		if name := fmt.Sprintf("Destination/D%04d", i); !strings.Contains(h.log, name) {
			t.Fatalf("the log does not tell of %s", name)
		}
	}
}

// TestWorkflowFork holds that a plan without secrets takes the newest snapshot of main,
// none that a fork made, and that without one the job tells so and goes on.
func TestWorkflowFork(t *testing.T) {
	t.Parallel()
	h := newHosted(t)
	forged := map[string][]byte{"snapshot.json": []byte("forged")}
	h.forge.keep("snapshot", "2026-11-27T11:00:00Z", map[string]any{"id": 90, "head_branch": "main", "head_repository_id": 666}, forged)
	h.forge.keep("snapshot", "2026-11-27T11:00:00Z", map[string]any{"id": 91, "head_branch": "mine", "head_repository_id": 1}, forged)
	h.forge.keep("snapshot", "2026-11-27T09:00:00Z", onMain(92), forged)
	h.forge.between(func() { h.forge.artifacts[2].Expired = true })
	h.job("plan-fork", 0)
	h.tells("::warning title=reconcile::There is no snapshot", "There is no snapshot")
	h.job("drift", 2)
	h.run++
	h.forge.keep("snapshot", "2026-11-27T09:30:00Z", onMain(93), forged)
	h.job("plan-fork", 0)
	h.tells("IPS_PROXY", "snapshot of")
	h.kept("plan", "plan.html", "plan.json")
	// A look that goes wrong leaves the snapshot alone, and the other way round.
	h.prepared = func(dir string) { _ = os.Mkdir(filepath.Join(dir, "snapshot.json"), 0o700) }
	h.job("drift", 2)
	before := len(h.forge.uploaded())
	h.prepared = func(dir string) { _ = os.Mkdir(filepath.Join(dir, "drift.json"), 0o700) }
	h.job("drift", 3)
	if len(h.forge.uploaded()) == before {
		t.Error("a look that failed kept the snapshot from being taken")
	}
	h.kept("snapshot", "snapshot.json")
	forks, dependabot := "head.repo.full_name != github.repository", "github.actor == 'dependabot[bot]'"
	if planned := h.Jobs["plan-fork"].If; !strings.Contains(planned, forks) || !strings.Contains(planned, dependabot) {
		t.Errorf("plan-fork runs if %s", planned)
	}
}
