package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// workflow is what the tests read of a GitHub Actions workflow.
type workflow struct {
	Permissions map[string]string `json:"permissions"`
	Jobs        map[string]struct {
		Permissions map[string]string `json:"permissions"`
		Concurrency struct {
			Group string `json:"group"`
		} `json:"concurrency"`
		Steps []step `json:"steps"`
	} `json:"jobs"`
}

type step struct {
	Name string            `json:"name"`
	Uses string            `json:"uses"`
	Run  string            `json:"run"`
	Env  map[string]string `json:"env"`
}

// cronJob is what the tests read of a Kubernetes CronJob.
type cronJob struct {
	Kind string `json:"kind"`
	Spec struct {
		Schedule          string `json:"schedule"`
		ConcurrencyPolicy string `json:"concurrencyPolicy"`
		JobTemplate       struct {
			Spec struct {
				Template struct {
					Spec pod `json:"spec"`
				} `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
	} `json:"spec"`
}

type pod struct {
	AutomountServiceAccountToken *bool `json:"automountServiceAccountToken"`
	SecurityContext              struct {
		RunAsNonRoot bool `json:"runAsNonRoot"`
	} `json:"securityContext"`
	Containers []struct {
		Image           string   `json:"image"`
		Command         []string `json:"command"`
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `json:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `json:"readOnlyRootFilesystem"`
			Capabilities             struct {
				Drop []string `json:"drop"`
			} `json:"capabilities"`
		} `json:"securityContext"`
		Resources struct {
			Requests, Limits map[string]string
		} `json:"resources"`
	} `json:"containers"`
	Volumes []map[string]any `json:"volumes"`
}

// material reads one file of manifests/.
func material(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../manifests", name))
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// workplace is a checkout with the example in it, and a landscape beside it.
func workplace(t *testing.T) (dir string, env []string) {
	t.Helper()
	example, err := os.ReadFile("../examples/ias/integration.yaml")
	dir = t.TempDir()
	if err = errors.Join(err, os.WriteFile(filepath.Join(dir, "integration.yaml"), example, 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir, append(os.Environ(), "RECONCILE_SIMULATE="+t.TempDir())
}

// runs runs a program in a workplace and demands its exit code.
func runs(t *testing.T, dir string, env []string, want int, args ...string) string {
	t.Helper()
	command := exec.Command(args[0], args[1:]...)
	command.Dir, command.Env = dir, env
	out, err := command.Output()
	exit, failed := errors.AsType[*exec.ExitError](err)
	if err != nil && !failed {
		t.Fatal(err)
	}
	if have := command.ProcessState.ExitCode(); have != want {
		var told []byte
		if failed {
			told = exit.Stderr
		}
		t.Fatalf("%q: exit %d, want %d\n%s\n%s", args, have, want, out, told)
	}
	return string(out)
}

// scripts finds the steps of a workflow that call the program, by job.
func scripts(w workflow) map[string]string {
	calls := regexp.MustCompile(`(?m)^\s*reconcile `)
	found := map[string]string{}
	for name, job := range w.Jobs {
		for _, s := range job.Steps {
			if calls.MatchString(s.Run) {
				found[name] += s.Run
			}
		}
	}
	return found
}

// TestWorkflow runs every step that calls the program as GitHub would.
func TestWorkflow(t *testing.T) {
	var w workflow
	material(t, "ci/github-actions.yaml", &w)
	found := scripts(w)
	if len(found) != 5 {
		t.Fatalf("%d jobs call the program, want plan, plan-fork, prepare, apply and drift", len(found))
	}
	dir, env := workplace(t)
	env = append(env, "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary.md"), "GITHUB_OUTPUT="+filepath.Join(dir, "output"))
	in := func(job string, want int) {
		t.Helper()
		runs(t, dir, env, want, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found[job])
	}
	says := func(file, want string) {
		t.Helper()
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q: %v\n%s", file, want, err, text)
		}
	}
	in("drift", 2)
	in("plan", 0)
	exits(t, filepath.Join(dir, "plan.json"), 2)
	in("plan-fork", 0)
	says("summary.md", "snapshot of")
	in("prepare", 0)
	says("output", "code=2\n")
	in("apply", 0)
	exits(t, filepath.Join(dir, "result.json"), 0)
	in("plan", 0)
	exits(t, filepath.Join(dir, "plan.json"), 0)
	in("prepare", 0)
	says("output", "code=0\n")
	in("drift", 0)
	in("plan-fork", 0)
	if err := os.Remove(filepath.Join(dir, "integration.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, job := range []string{"plan", "plan-fork", "prepare", "drift"} {
		in(job, 3)
	}
}

// exits demands the exit code that a JSON result holds.
func exits(t *testing.T, file string, want int) {
	t.Helper()
	var result struct {
		ExitCode int `json:"exitCode"`
	}
	data, err := os.ReadFile(file)
	if err = errors.Join(err, json.Unmarshal(data, &result)); err != nil || result.ExitCode != want {
		t.Fatalf("%s: exit code %d, want %d (%v)", file, result.ExitCode, want, err)
	}
}

// fakeGH answers a listing with $FOUND and keeps all calls.
const fakeGH = `#!/bin/sh
echo "$MARKER|$*" >> calls
case "$*" in *--jq*) printf '%s' "$FOUND" ;; esac
`

// TestComment holds that the comment is made once and then changed in place.
func TestComment(t *testing.T) {
	var w workflow
	material(t, "ci/github-actions.yaml", &w)
	steps := w.Jobs["plan"].Steps
	script := steps[slices.IndexFunc(steps, func(s step) bool { return s.Name == "Comment" })].Run
	for ids, want := range map[string]string{
		"":       "<!-- m -->|api --silent --method POST c/7/comments -F body=@plan.md",
		"12\n13": "<!-- m -->|api --silent --method PATCH c/comments/12 -F body=@plan.md",
	} {
		dir := t.TempDir()
		err := errors.Join(os.WriteFile(filepath.Join(dir, "gh"), []byte(fakeGH), 0o700),
			os.WriteFile(filepath.Join(dir, "plan.md"), []byte("<!-- m -->\nplan"), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		env := append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "FOUND="+ids, "COMMENTS=c", "NUMBER=7")
		runs(t, dir, env, 0, "bash", "-eo", "pipefail", "-c", script)
		calls, err := os.ReadFile(filepath.Join(dir, "calls"))
		if err != nil || !strings.HasSuffix(string(calls), "\n"+want+"\n") {
			t.Errorf("calls are\n%swant at the end\n%s (%v)", calls, want, err)
		}
	}
}

// TestWorkflowRights holds that actions are pinned, jobs get what they need, and
// secrets reach only the steps that call the program.
func TestWorkflowRights(t *testing.T) {
	var w workflow
	material(t, "ci/github-actions.yaml", &w)
	pinned := regexp.MustCompile(`^actions/[a-z-]+@[0-9a-f]{40}$`)
	if w.Permissions == nil || len(w.Permissions) > 0 {
		t.Error("the workflow gives rights to every job")
	}
	for name, job := range w.Jobs {
		for right, level := range job.Permissions {
			if level != "read" && (name != "plan" || right != "pull-requests") {
				t.Errorf("%s may %s %s", name, level, right)
			}
		}
		if job.Concurrency.Group == "" {
			t.Errorf("%s may run twice at the same time", name)
		}
		for _, s := range job.Steps {
			if s.Uses != "" && !pinned.MatchString(s.Uses) {
				t.Errorf("%s uses %s, which is not pinned", name, s.Uses)
			}
			for variable, value := range s.Env {
				if strings.Contains(value, "secrets.") && !strings.Contains(s.Run, "reconcile ") {
					t.Errorf("%s: step %q is given %s", name, s.Name, variable)
				}
			}
		}
	}
}

// TestCronJob runs its command and holds its restrictions.
func TestCronJob(t *testing.T) {
	var c cronJob
	material(t, "kubernetes/cronjob.yaml", &c)
	p := c.Spec.JobTemplate.Spec.Template.Spec
	if c.Kind != "CronJob" || c.Spec.Schedule != "*/15 * * * *" || len(p.Containers) != 1 {
		t.Fatalf("not the CronJob: %+v", c)
	}
	box := p.Containers[0]
	for rule, held := range map[string]bool{
		"one at a time":      c.Spec.ConcurrencyPolicy == "Forbid",
		"no root":            p.SecurityContext.RunAsNonRoot,
		"no cluster token":   p.AutomountServiceAccountToken != nil && !*p.AutomountServiceAccountToken,
		"no escalation":      box.SecurityContext.AllowPrivilegeEscalation != nil && !*box.SecurityContext.AllowPrivilegeEscalation,
		"read-only root":     box.SecurityContext.ReadOnlyRootFilesystem,
		"no capabilities":    slices.Equal(box.SecurityContext.Capabilities.Drop, []string{"ALL"}),
		"resources":          box.Resources.Requests["memory"] != "" && box.Resources.Limits["memory"] != "",
		"placeholder image":  box.Image == "reconcile:VERSION",
		"manifest mounted":   slices.ContainsFunc(p.Volumes, func(v map[string]any) bool { return v["configMap"] != nil }),
		"credential mounted": slices.ContainsFunc(p.Volumes, func(v map[string]any) bool { return v["secret"] != nil }),
	} {
		if !held {
			t.Errorf("broken: %s", rule)
		}
	}
	dir, env := workplace(t)
	command := strings.Split(strings.ReplaceAll(strings.Join(box.Command, "\n"), "/manifests", dir), "\n")
	out := runs(t, dir, env, 2, command...)
	var report struct{ Runs []any }
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Runs) != 1 {
		t.Errorf("%d runs in the report (%v)", len(report.Runs), err)
	}
}
