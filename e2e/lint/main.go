// Command lint holds material of manifests/ against what others know of its form: the
// Kubernetes files against the types of the Kubernetes API, the GitLab pipeline against
// GitLab's schema, which an npm package brings along. It is a module of its own so that
// these types are no dependency of the product.
//
// Each check must also refuse a spoiled copy. Where node, npm or its registry is missing,
// it says what was not checked.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := errors.Join(kubernetes("../../manifests/kubernetes/cronjob.yaml"), gitlab("../../manifests/ci/gitlab-ci.yml")); err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
		os.Exit(1)
	}
}

// both demands that a check passes a file and refuses it with a word spoiled.
func both(file, word string, check func(text []byte) error) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := check(text); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	spoiled := bytes.Replace(text, []byte(word), []byte("x"+word), 1)
	if bytes.Equal(spoiled, text) || check(spoiled) == nil {
		return fmt.Errorf("%s: the check passes %q as well, so it checks nothing", file, "x"+word)
	}
	return nil
}

// kubernetes decodes every document strictly: no field that the API does not have, no
// value of another type.
func kubernetes(file string) error {
	return both(file, "backoffLimit:", func(text []byte) error {
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			var head struct {
				APIVersion string `json:"apiVersion"`
				Kind       string `json:"kind"`
			}
			if err := yaml.Unmarshal(document, &head); err != nil {
				return err
			}
			into := map[string]any{"batch/v1 CronJob": &batch.CronJob{}, "v1 PersistentVolumeClaim": &core.PersistentVolumeClaim{}}[head.APIVersion+" "+head.Kind]
			if into == nil {
				return fmt.Errorf("kind %s %s is not known here", head.APIVersion, head.Kind)
			}
			if err := yaml.UnmarshalStrict(document, into); err != nil {
				return err
			}
		}
		return nil
	})
}

// unreachable are npm's words for a registry that is not there; anything else that goes wrong is a failure.
var unreachable = regexp.MustCompile(`\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|E403|E5\d\d)\b`)

// gitlab lets gitlab-ci-local read the pipeline, which holds it against GitLab's schema.
func gitlab(file string) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Printf("lint: %s is NOT CHECKED against GitLab's schema: %s is not installed\n", filepath.Base(file), program)
			return nil
		}
	}
	// --ignore-scripts: nothing that was fetched runs before it is called below.
	if out, err := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error").CombinedOutput(); err != nil {
		if unreachable.Match(out) {
			fmt.Printf("lint: %s is NOT CHECKED against GitLab's schema: the npm registry cannot be reached\n", filepath.Base(file))
			return nil
		}
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lint")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return both(file, "exit_codes:", func(text []byte) error {
		if err := os.WriteFile(filepath.Join(dir, ".gitlab-ci.yml"), text, 0o600); err != nil {
			return err
		}
		// It takes no absolute path, so it is called from where the file is.
		command := exec.Command("node", "--import", filepath.Join(here, "union.mjs"), filepath.Join(here, "node_modules/gitlab-ci-local/dist/index.js"), "--list")
		command.Dir = dir
		out, err := command.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		if !bytes.Contains(out, []byte("json schema validated")) {
			return fmt.Errorf("gitlab-ci-local held it against no schema:\n%s", out)
		}
		return nil
	})
}
