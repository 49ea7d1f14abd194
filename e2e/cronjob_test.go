package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

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
