// Command lint holds material of manifests/ against what others know of its form: the
// Kubernetes files against the types of the Kubernetes API, the GitLab pipeline against
// GitLab's schema and the JUnit reports against one of Jenkins, which npm packages bring
// along. It is a module of its own so that these types are no dependency of the product.
//
// Each check must also refuse a spoiled copy. Where node, npm or its registry is missing,
// it says what was not checked.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	err := kubernetes("../../manifests/kubernetes/cronjob.yaml")
	if ready, missing := packages(); missing != nil || !ready {
		err = errors.Join(err, missing)
	} else {
		err = errors.Join(err, gitlab("../../manifests/ci/gitlab-ci.yml"), junit("../../pkg/view/testdata"))
	}
	if err != nil {
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
