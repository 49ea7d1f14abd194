package provenance

import (
	"fmt"
	"os"
	"os/user"
	"strings"

	"reconcile/pkg/reconcile"
)

// ciSystems tell by variables who started a run, where its story can be read and
// which commit it works on. The first that is present counts.
//
// Source: the systems' own pages on predefined variables, read 2026-11-23.
// [documented]
var ciSystems = []struct {
	name, present string
	who           []string
	email         string
	run, revision string
}{
	{"GitHub Actions", "GITHUB_ACTIONS", []string{"GITHUB_ACTOR"}, "", "${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}", "GITHUB_SHA"},
	{"GitLab CI", "GITLAB_CI", []string{"GITLAB_USER_LOGIN"}, "GITLAB_USER_EMAIL", "${CI_JOB_URL}", "CI_COMMIT_SHA"},
	{"Azure Pipelines", "TF_BUILD", []string{"BUILD_REQUESTEDFOR"}, "BUILD_REQUESTEDFOREMAIL", "${SYSTEM_COLLECTIONURI}${SYSTEM_TEAMPROJECT}/_build/results?buildId=${BUILD_BUILDID}", "BUILD_SOURCEVERSION"},
	{"Jenkins", "JENKINS_URL", []string{"BUILD_USER_ID", "BUILD_USER"}, "BUILD_USER_EMAIL", "${BUILD_URL}", "GIT_COMMIT"},
}

// localAuthor is the source of an author outside of CI.
const localAuthor = "operating system"

// Author is who is behind this run: the CI system's word, else the user's login.
func (s Surroundings) Author() reconcile.Author {
	variable := func(name string) string { text, _ := s.LookupEnv(name); return text }
	for _, ci := range ciSystems {
		if variable(ci.present) == "" {
			continue
		}
		by := reconcile.Author{Name: "unknown", Source: ci.name, Run: os.Expand(ci.run, variable)}
		for _, name := range ci.who {
			if who := variable(name); who != "" {
				by.Name = who
				break
			}
		}
		return by
	}
	by := reconcile.Author{Name: "unknown", Source: localAuthor}
	if u, err := user.Current(); err == nil {
		by.Name = u.Username
	}
	return by
}

// Holder says to people who runs this: the CI job, or user, machine and process.
func (s Surroundings) Holder() string {
	by := s.Author()
	if by.Source != localAuthor {
		return strings.TrimSpace(by.Name + " " + by.Run)
	}
	machine, err := os.Hostname()
	if err != nil {
		machine = "unknown"
	}
	return fmt.Sprintf("%s on %s, process %d", by.Name, machine, os.Getpid())
}
