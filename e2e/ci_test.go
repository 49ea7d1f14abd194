package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// workflow is what the tests read of a GitHub Actions workflow.
type workflow struct {
	Permissions map[string]string `json:"permissions"`
	Jobs        map[string]struct {
		If          string            `json:"if"`
		Permissions map[string]string `json:"permissions"`
		Concurrency struct {
			Group string `json:"group"`
		} `json:"concurrency"`
		Steps []step `json:"steps"`
	} `json:"jobs"`
}

type step struct {
	Name string            `json:"name"`
	ID   string            `json:"id"`
	If   string            `json:"if"`
	Uses string            `json:"uses"`
	With map[string]any    `json:"with"`
	Run  string            `json:"run"`
	Env  map[string]string `json:"env"`
}

// material reads one file of manifests/, of several documents the first.
func material(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../manifests", name))
	if err == nil {
		first, _, _ := bytes.Cut(data, []byte("\n---\n"))
		err = yaml.Unmarshal(first, into)
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

// attempt runs a program in a workplace and returns what came of it.
func attempt(t *testing.T, dir string, env []string, args ...string) (code int, out, told string) {
	t.Helper()
	var stdout, stderr strings.Builder
	command := exec.Command(args[0], args[1:]...)
	command.Dir, command.Env, command.Stdout, command.Stderr = dir, env, &stdout, &stderr
	if err := command.Run(); err != nil {
		if _, failed := errors.AsType[*exec.ExitError](err); !failed {
			t.Fatal(err)
		}
	}
	return command.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// runs runs a program in a workplace and demands its exit code.
func runs(t *testing.T, dir string, env []string, want int, args ...string) string {
	t.Helper()
	have, out, told := attempt(t, dir, env, args...)
	if have != want {
		t.Fatalf("%q: exit %d, want %d\n%s\n%s", args, have, want, out, told)
	}
	return out
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

// TestWorkflowRights holds that actions are pinned, jobs get what they need, and
// secrets reach only the steps that call the program.
func TestWorkflowRights(t *testing.T) {
	t.Parallel()
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
