package cli

import (
	"fmt"
	"os"
	"os/user"
	"strings"
)

// robots are the variables by which CI systems tell who started a run and where
// its story can be read. The first system that is present counts.
//
// Source: the systems' own pages on predefined variables, read 2026-11-23.
// [documented]
var robots = []struct{ present, who, where string }{
	{"GITHUB_ACTIONS", "GITHUB_ACTOR", "${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}"},
	{"GITLAB_CI", "GITLAB_USER_LOGIN", "${CI_JOB_URL}"},
	{"TF_BUILD", "BUILD_REQUESTEDFOR", "${SYSTEM_COLLECTIONURI}${SYSTEM_TEAMPROJECT}/_build/results?buildId=${BUILD_BUILDID}"},
	{"JENKINS_URL", "BUILD_USER_ID", "${BUILD_URL}"},
}

// holder says to people who runs this: the CI job, or user, machine and process.
func (a *app) holder() string {
	variable := func(name string) string { text, _ := a.LookupEnv(name); return text }
	for _, r := range robots {
		if variable(r.present) != "" {
			return strings.TrimSpace(variable(r.who) + " " + os.Expand(r.where, variable))
		}
	}
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	machine, err := os.Hostname()
	if err != nil {
		machine = "unknown"
	}
	return fmt.Sprintf("%s on %s, process %d", name, machine, os.Getpid())
}
