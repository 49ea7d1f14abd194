package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// strictly reads YAML material and refuses every key that the type does not have:
// the types below hold what the system's own reference documents of the keys in use.
func strictly(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../manifests", name))
	if err == nil {
		err = yaml.UnmarshalStrict(data, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// Fact: keys of Azure Pipelines; it knows no YAML anchors. Source: Microsoft Learn,
// "YAML schema reference for Azure Pipelines", read 2026-11-23. [documented]
type azureStep struct {
	Checkout    string            `json:"checkout"`
	Submodules  bool              `json:"submodules"`
	Task        string            `json:"task"`
	Inputs      map[string]string `json:"inputs"`
	Bash        string            `json:"bash"`
	Name        string            `json:"name"`
	DisplayName string            `json:"displayName"`
	Env         map[string]string `json:"env"`
	Condition   string            `json:"condition"`
	Publish     string            `json:"publish"`
	Download    string            `json:"download"`
	Artifact    string            `json:"artifact"`
}

type azureBranches struct {
	Branches struct {
		Include []string `json:"include"`
	} `json:"branches"`
}

type azure struct {
	Trigger   azureBranches `json:"trigger"`
	PR        azureBranches `json:"pr"`
	Schedules []struct {
		Cron        string `json:"cron"`
		DisplayName string `json:"displayName"`
		azureBranches
		Always bool `json:"always"`
	} `json:"schedules"`
	Pool      map[string]string   `json:"pool"`
	Variables []map[string]string `json:"variables"`
	Stages    []struct {
		Stage        string `json:"stage"`
		DependsOn    string `json:"dependsOn"`
		Condition    string `json:"condition"`
		LockBehavior string `json:"lockBehavior"`
		Jobs         []struct {
			Job              string      `json:"job"`
			Deployment       string      `json:"deployment"`
			Environment      string      `json:"environment"`
			TimeoutInMinutes int         `json:"timeoutInMinutes"`
			Steps            []azureStep `json:"steps"`
			Strategy         struct {
				RunOnce struct {
					Deploy struct {
						Steps []azureStep `json:"steps"`
					} `json:"deploy"`
				} `json:"runOnce"`
			} `json:"strategy"`
		} `json:"jobs"`
	} `json:"stages"`
}

// calling picks the Azure steps that call the program.
func calling(steps []azureStep) (script string) {
	for _, s := range steps {
		if regexp.MustCompile(`(?m)^\s*reconcile `).MatchString(s.Bash) {
			script += s.Bash
		}
	}
	return script
}

// turn is one job of a pipeline and how it ends.
type turn struct {
	job, script string
	code        int
}

// walks runs jobs one after the other in one workplace, as their system would.
func walks(t *testing.T, shell []string, extra []string, turns []turn) {
	t.Helper()
	dir, env := workplace(t)
	for _, turn := range turns {
		if !strings.Contains(turn.script, "reconcile ") {
			t.Fatalf("%s does not call the program", turn.job)
		}
		own := append(append([]string{}, env...), extra...)
		own = append(own, "BUILD_REASON="+turn.job, "PIPELINE_WORKSPACE="+dir)
		script := strings.ReplaceAll(turn.script, `"$PIPELINE_WORKSPACE/approved/approved.json" .`, `approved.json copy.json`)
		t.Log(turn.job)
		runs(t, dir, own, turn.code, append(append([]string{}, shell...), script)...)
	}
}

// TestAzurePipelines holds the form of the pipeline and runs its commands.
func TestAzurePipelines(t *testing.T) {
	t.Parallel()
	var a azure
	strictly(t, "ci/azure-pipelines.yml", &a)
	if len(a.Stages) != 2 || len(a.Stages[0].Jobs) != 1 || len(a.Stages[1].Jobs) != 1 {
		t.Fatalf("not the pipeline: %+v", a)
	}
	deploy := a.Stages[1].Jobs[0]
	if deploy.Deployment == "" || deploy.Environment == "" || a.Stages[1].DependsOn != a.Stages[0].Stage {
		t.Error("apply is not behind an approval")
	}
	text, err := os.ReadFile("../manifests/ci/azure-pipelines.yml")
	if err != nil || regexp.MustCompile(`(?m)[:-] [&*][a-z]`).Match(text) {
		t.Errorf("anchors, which Azure does not know (%v)", err)
	}
	look, apply := calling(a.Stages[0].Jobs[0].Steps), calling(deploy.Strategy.RunOnce.Deploy.Steps)
	walks(t, []string{"bash", "--noprofile", "--norc", "-c"}, nil, []turn{
		{"Schedule", look, 2}, {"PullRequest", look, 0}, {"IndividualCI", look, 0}, {"Apply", apply, 0}, {"Schedule", look, 0}, {"Manual", look, 0},
	})
}

// TestJenkinsfile holds the form of the declarative pipeline and runs its commands.
func TestJenkinsfile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../manifests/ci/Jenkinsfile")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	blocks := regexp.MustCompile(`(?s)'''(.*?)'''`).FindAllStringSubmatch(text, -1)
	if len(blocks) != 4 {
		t.Fatalf("%d scripts, want plan, prepare, apply and drift", len(blocks))
	}
	// What is neither a comment nor a text must be balanced, and hold these sections.
	bare := regexp.MustCompile(`(?s)'''.*?'''|'[^'\n]*'|"[^"\n]*"|//[^\n]*`).ReplaceAllString(text, "''")
	balanced(t, bare)
	for _, section := range []string{`^pipeline \{`, `agent any`, `stages \{`, `stage\(''\) \{`, `post \{`, `input \{`, `beforeInput true`, `disableConcurrentBuilds\(\)`} {
		if !regexp.MustCompile(`(?m)` + section).MatchString(bare) {
			t.Errorf("no section %s", section)
		}
	}
	scripts := make([]string, len(blocks))
	for i, b := range blocks {
		scripts[i] = b[1]
	}
	plan, prepare, apply, look := scripts[0], scripts[1], scripts[2], scripts[3]
	walks(t, []string{"sh", "-xec"}, nil, []turn{
		{"drift", look, 2}, {"plan", plan, 0}, {"prepare", prepare, 0}, {"apply", apply, 0}, {"drift", look, 0}, {"plan", plan, 0},
	})
}

// balanced demands that brackets close in the order in which they open.
func balanced(t *testing.T, text string) {
	t.Helper()
	var open []rune
	pairs := map[rune]rune{'}': '{', ')': '(', ']': '['}
	for _, c := range text {
		switch c {
		case '{', '(', '[':
			open = append(open, c)
		case '}', ')', ']':
			if len(open) == 0 || open[len(open)-1] != pairs[c] {
				t.Fatalf("%c closes nothing", c)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%d brackets are open", len(open))
	}
}
