package e2e

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Fact: keys of a GitLab job. Source: GitLab Docs "CI/CD YAML syntax reference",
// read 2026-11-23. [documented]
type gitlabJob struct {
	Extends       string              `json:"extends"`
	Stage         string              `json:"stage"`
	Image         string              `json:"image"`
	Timeout       string              `json:"timeout"`
	BeforeScript  []string            `json:"before_script"`
	Script        []string            `json:"script"`
	AfterScript   []string            `json:"after_script"`
	Needs         []string            `json:"needs"`
	Interruptible bool                `json:"interruptible"`
	Environment   string              `json:"environment"`
	ResourceGroup string              `json:"resource_group"`
	Rules         []map[string]string `json:"rules"`
	AllowFailure  struct {
		ExitCodes []int `json:"exit_codes"`
	} `json:"allow_failure"`
	Artifacts struct {
		When     string            `json:"when"`
		ExposeAs string            `json:"expose_as"`
		Paths    []string          `json:"paths"`
		Reports  map[string]string `json:"reports"`
	} `json:"artifacts"`
}

type gitlab struct {
	Stages    []string          `json:"stages"`
	Variables map[string]string `json:"variables"`
	Template  gitlabJob         `json:".reconcile"`
	Plan      gitlabJob         `json:"plan"`
	Prepare   gitlabJob         `json:"prepare"`
	Apply     gitlabJob         `json:"apply"`
	Drift     gitlabJob         `json:"drift"`
}

// merging runs jobs of the GitLab pipeline as its runner would: script, then
// after_script in a shell of its own, whose end changes nothing.
type merging struct {
	*testing.T
	gitlab
	forge    *forge
	dir      string
	env      []string
	log, lag string // of script and after_script
}

func newMerging(t *testing.T) *merging {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl, which the image of the jobs has, is not installed here")
	}
	m := &merging{T: t, forge: newForge(t)}
	strictly(t, "ci/gitlab-ci.yml", &m.gitlab)
	m.dir, m.env = workplace(t)
	m.env = append(m.env, "CI_API_V4_URL="+m.forge.URL+"/api/v4", "CI_JOB_TOKEN=j0b", "CI_PROJECT_ID=42", "CI_MERGE_REQUEST_PROJECT_ID=42",
		"CI_MERGE_REQUEST_IID=7", "CI_DEFAULT_BRANCH=main", "CI_JOB_URL=https://gitlab.test/job/1")
	return m
}

// job runs a job and demands its exit code.
func (m *merging) job(j gitlabJob, want int, env ...string) {
	m.Helper()
	for _, name := range []string{"snapshot.json", "plan.md", "none.md"} {
		_ = os.Remove(filepath.Join(m.dir, name))
	}
	shell := func(lines []string) (int, string) {
		code, out, told := attempt(m.T, m.dir, slices.Concat(m.env, env), "bash", "-eo", "pipefail", "-c", strings.Join(lines, "\n"))
		return code, out + told
	}
	code, log := shell(j.Script)
	_, m.lag = shell(j.AfterScript)
	if m.log = log; code != want {
		m.Fatalf("exit %d, want %d\n%s", code, want, log)
	}
}

func (m *merging) manifest(text string) {
	m.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, "integration.yaml"), []byte(text), 0o600); err != nil {
		m.Fatal(err)
	}
}

func (m *merging) tells(log string) {
	m.Helper()
	if !strings.Contains(m.log, log) {
		m.Errorf("the log does not tell %q:\n%s", log, m.log)
	}
}

// note demands the one note of ours, that it holds some words, and returns it.
func (m *merging) note(words ...string) string {
	m.Helper()
	all := m.forge.bodies()
	if len(all) != 1 {
		m.Fatalf("%d notes, want 1: %q\n%s", len(all), all, m.lag)
	}
	for _, want := range words {
		if !strings.Contains(all[0], want) {
			m.Errorf("the note does not say %q:\n%s", want, all[0])
		}
	}
	return all[0]
}

// TestGitLab holds the form of the pipeline, and takes an integration from its first
// merge request to a landscape in sync.
func TestGitLab(t *testing.T) {
	t.Parallel()
	m := newMerging(t)
	for name, job := range map[string]gitlabJob{"plan": m.Plan, "prepare": m.Prepare, "apply": m.Apply, "drift": m.Drift} {
		if job.Extends != ".reconcile" || len(job.Rules) != 1 || len(job.Artifacts.Paths) == 0 || !strings.Contains(strings.Join(m.Stages, " "), job.Stage) {
			t.Errorf("%s: %+v", name, job)
		}
	}
	if m.Apply.Rules[0]["when"] != "manual" || m.Apply.Environment == "" || m.Apply.ResourceGroup == "" || m.Apply.Interruptible {
		t.Error("apply is not behind an approval, or not alone")
	}
	if !slices.Equal(m.Plan.AllowFailure.ExitCodes, []int{77}) || len(m.Drift.AllowFailure.ExitCodes) > 0 {
		t.Error("a plan without a snapshot fails, or drift does not")
	}
	m.job(m.Drift, 2)
	m.job(m.Plan, 0)
	m.tells("IPS_PROXY")
	exits(t, filepath.Join(m.dir, "plan.json"), 2)
	m.job(m.Prepare, 0)
	m.job(m.Apply, 0)
	m.tells("IPS_PROXY")
	m.job(m.Drift, 0)
	m.job(m.Plan, 0)
	exits(t, filepath.Join(m.dir, "plan.json"), 0)
	calls, notes := m.forge.asked()
	if notes > 0 || slices.ContainsFunc(calls, func(call string) bool { return !strings.Contains(call, "/packages/") }) {
		t.Errorf("without a token for notes there were calls for them: %q", calls)
	}
	for _, name := range slices.Concat(m.Plan.Artifacts.Paths, m.Drift.Artifacts.Paths, m.Prepare.Artifacts.Paths, m.Apply.Artifacts.Paths,
		[]string{m.Plan.Artifacts.Reports["junit"], m.Plan.Artifacts.Reports["codequality"], m.Drift.Artifacts.Reports["junit"]}) {
		if info, err := os.Stat(filepath.Join(m.dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("nothing wrote the artifact %s (%v)", name, err)
		}
	}
}

// TestGitLabSnapshot holds what becomes of a plan without a snapshot, and that look and
// snapshot do not wait for each other.
func TestGitLabSnapshot(t *testing.T) {
	t.Parallel()
	m := newMerging(t)
	m.job(m.Plan, 77)
	m.tells("HTTP status 404")
	m.tells("The next look for drift on main leaves one.")
	m.forge.refuse(http.StatusForbidden)
	m.job(m.Plan, 77)
	m.tells("HTTP status 403")
	m.tells("Is the package registry on")
	m.job(m.Drift, 2)
	m.tells("The snapshot was not kept")
	m.forge.refuse(0)
	m.job(m.Plan, 77, "CI_JOB_TOKEN=other")
	m.tells("HTTP status 401")
	m.job(m.Plan, 77, "CI_API_V4_URL=http://127.0.0.1:1")
	m.tells("HTTP status 000")
	m.job(m.Drift, 3, "RECONCILE_PARALLELISM=none")
	if m.forge.registered() != nil {
		t.Fatal("a snapshot came from a program that was not called right")
	}
	blocked := filepath.Join(m.dir, "drift.json")
	if err := errors.Join(os.Remove(blocked), os.Mkdir(blocked, 0o700)); err != nil {
		t.Fatal(err)
	}
	m.job(m.Drift, 3)
	if m.forge.registered() == nil {
		t.Error("a look that failed kept the snapshot from being taken")
	}
	_ = os.Remove(blocked)
	m.job(m.Prepare, 0)
	m.job(m.Apply, 0)
	m.forge.refuse(http.StatusBadRequest)
	m.job(m.Drift, 22)
	m.tells("duplicate package is not allowed")
	m.manifest(unreadable)
	m.job(m.Plan, 3)
}

// TestGitLabNote holds that there is one note that tells of the last plan, whatever
// becomes of the manifest, and among notes that look like it.
func TestGitLabNote(t *testing.T) {
	t.Parallel()
	m := newMerging(t)
	m.env = append(m.env, "RECONCILE_NOTE_TOKEN=n0te")
	good, err := os.ReadFile(filepath.Join(m.dir, "integration.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		m.forge.say("someone", 1, "<!-- reconcile plan: integration.yaml -->\nquoted")
	}
	m.job(m.Plan, 77)
	m.note("There is no snapshot to plan on (HTTP status 404)", "[Log of this job](https://gitlab.test/job/1)")
	m.job(m.Drift, 2)
	m.job(m.Plan, 0)
	first := m.note("create", "snapshot of")
	if strings.Contains(first, "no snapshot") {
		t.Errorf("the note still says that there is no snapshot:\n%s", first)
	}
	m.manifest(unreadable)
	m.job(m.Plan, 3)
	m.note("✗", "integration.yaml")
	m.manifest(string(good))
	m.job(m.Plan, 0)
	m.note("create", "snapshot of")
	m.Plan.Script = []string{"exit 1"}
	m.job(m.Plan, 1)
	m.note("There is no plan")
	m.job(m.Plan, 1, "RECONCILE_NOTE_TOKEN=old")
	if !strings.Contains(m.lag, "401") || strings.Contains(m.lag, "n0te") {
		t.Errorf("a refused token is told as %q", m.lag)
	}
	if _, notes := m.forge.asked(); notes != 4 {
		t.Errorf("%d notes, want three of others and ours", notes)
	}
}
