// Package manifests holds files that users deploy, for the program to hand out.
package manifests

import _ "embed"

// GitHubActions is the workflow for GitHub Actions.
//
//go:embed ci/github-actions.yaml
var GitHubActions []byte
