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
				BackoffLimit     *int `json:"backoffLimit"`
				PodFailurePolicy struct {
					Rules []struct {
						Action      string `json:"action"`
						OnExitCodes *struct {
							ContainerName string `json:"containerName"`
							Operator      string `json:"operator"`
							Values        []int  `json:"values"`
						} `json:"onExitCodes"`
					} `json:"rules"`
				} `json:"podFailurePolicy"`
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
		Name            string              `json:"name"`
		Image           string              `json:"image"`
		Command         []string            `json:"command"`
		Env             []map[string]string `json:"env"`
		EnvFrom         []any               `json:"envFrom"`
		VolumeMounts    []mount             `json:"volumeMounts"`
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
	Volumes []struct {
		Name   string `json:"name"`
		Secret *struct {
			DefaultMode int `json:"defaultMode"`
		} `json:"secret"`
		ConfigMap, PersistentVolumeClaim map[string]string
	} `json:"volumes"`
}

type mount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
	ReadOnly  bool   `json:"readOnly"`
}

// failsAtOnce tells whether the Job gives up after an exit code of its container.
func (c cronJob) failsAtOnce(code int) bool {
	for _, rule := range c.Spec.JobTemplate.Spec.PodFailurePolicy.Rules {
		on := rule.OnExitCodes
		if on != nil && on.ContainerName == "reconcile" && slices.Contains(on.Values, code) == (on.Operator == "In") {
			return rule.Action == "FailJob"
		}
	}
	return false
}

// TestCronJob runs its command and holds its restrictions.
func TestCronJob(t *testing.T) {
	t.Parallel()
	var c cronJob
	material(t, "kubernetes/cronjob.yaml", &c)
	p := c.Spec.JobTemplate.Spec.Template.Spec
	if c.Kind != "CronJob" || c.Spec.Schedule != "*/15 * * * *" || len(p.Containers) != 1 {
		t.Fatalf("not the CronJob: %+v", c)
	}
	box := p.Containers[0]
	for rule, held := range map[string]bool{
		"one at a time":     c.Spec.ConcurrencyPolicy == "Forbid",
		"no root":           p.SecurityContext.RunAsNonRoot,
		"no cluster token":  p.AutomountServiceAccountToken != nil && !*p.AutomountServiceAccountToken,
		"no escalation":     box.SecurityContext.AllowPrivilegeEscalation != nil && !*box.SecurityContext.AllowPrivilegeEscalation,
		"read-only root":    box.SecurityContext.ReadOnlyRootFilesystem,
		"no capabilities":   slices.Equal(box.SecurityContext.Capabilities.Drop, []string{"ALL"}),
		"resources":         box.Resources.Requests["memory"] != "" && box.Resources.Limits["memory"] != "",
		"placeholder image": box.Image == "reconcile:VERSION",
		"no secret in env":  len(box.EnvFrom) == 0,
		"memory of logins":  len(box.Env) == 1 && box.Env[0]["name"] == "XDG_CACHE_HOME" && box.Env[0]["value"] == "/state",
		"retries":           c.Spec.JobTemplate.Spec.BackoffLimit != nil && *c.Spec.JobTemplate.Spec.BackoffLimit > 0,
		"drift is no retry": c.failsAtOnce(2),
		"others neither":    c.failsAtOnce(1) && c.failsAtOnce(3) && c.failsAtOnce(5) && c.failsAtOnce(7),
		"outages are":       !c.failsAtOnce(4),
	} {
		if !held {
			t.Errorf("broken: %s", rule)
		}
	}
	for _, v := range p.Volumes {
		at := slices.IndexFunc(box.VolumeMounts, func(m mount) bool { return m.Name == v.Name })
		switch {
		case at < 0:
			t.Errorf("volume %s is mounted nowhere", v.Name)
		case v.Secret != nil && (v.Secret.DefaultMode != 0o440 || !box.VolumeMounts[at].ReadOnly):
			t.Errorf("secret %s: mode %o, mounted %+v", v.Name, v.Secret.DefaultMode, box.VolumeMounts[at])
		case v.PersistentVolumeClaim != nil && box.VolumeMounts[at].MountPath != "/state":
			t.Errorf("volume %s is mounted at %s", v.Name, box.VolumeMounts[at].MountPath)
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
