package view

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// The parts of SARIF 2.1.0 that are written.
//
// Fact: a log holds one or more runs of one tool each; a result's level is error,
// warning or note; what is wrong with the run itself is a notification of its
// invocation. Source: OASIS SARIF 2.1.0, sections 3.13, 3.14, 3.20, 3.27, read 2026-11-23. [documented]
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Automation  sarifAutomation   `json:"automationDetails"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
		Properties  map[string]any    `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		ExitCode      int                 `json:"exitCode"`
		Notifications []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Descriptor sarifDescriptor `json:"descriptor"`
	}
	sarifDescriptor struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://json.schemastore.org/sarif-2.1.0.json"
)

var sarifLevels = map[level]string{levelError: "error", levelWarning: "warning", levelNote: "note"}

// SARIF writes results in the Static Analysis Results Interchange Format, one run
// for each integration: errors, findings, warnings, and each property that differs
// at its place in the manifest. What has no place in any file and no object is a
// notification about the run.
func SARIF(w io.Writer, results []Result) error {
	return encode(w, sarifLog{sarifSchema, sarifVersion, each(placed(results), newSarifRun)})
}

func newSarifRun(r Result) sarifRun {
	run := sarifRun{
		Automation: sarifAutomation{strings.Join(filled("reconcile", r.Command, r.Integration, r.Stage), "/") + "/"},
		Invocations: []sarifInvocation{{
			Successful: r.Complete, ExitCode: r.ExitCode, Notifications: []sarifNotification{},
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
		Properties: map[string]any{"summary": summary(r)},
	}
	if len(r.Notes) > 0 {
		run.Properties["notes"] = r.Notes
	}
	if r.Plan != nil {
		run.Properties["digest"] = r.Plan.Digest
	}
	all := notices(r, true)
	rules := rulesOf(all)
	run.Tool.Driver = sarifDriver{"reconcile", each(rules, newSarifRule(all))}
	prints := fingerprints(r, all)
	for i, n := range all {
		if n.at.File == "" && n.ref == "" {
			notes := &run.Invocations[0].Notifications
			*notes = append(*notes, sarifNotification{sarifLevels[n.level], sarifText{n.text()}, sarifDescriptor{n.rule}})
			continue
		}
		run.Results = append(run.Results, sarifResult{
			RuleID: n.rule, RuleIndex: slices.Index(rules, n.rule), Level: sarifLevels[n.level], Message: sarifText{n.text()},
			Locations: []sarifLocation{newSarifLocation(n)}, Fingerprints: map[string]string{"reconcile/v1": prints[i]},
		})
	}
	return run
}

// rulesOf lists the rules that are used, sorted.
func rulesOf(all []notice) []string {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, n := range all {
			if !yield(n.rule) {
				return
			}
		}
	}))
}

// newSarifRule describes a rule; a code is described by the first that has it.
func newSarifRule(all []notice) func(string) sarifRule {
	return func(rule string) sarifRule {
		words, ok := ruleWords[rule]
		if !ok {
			first := all[slices.IndexFunc(all, func(n notice) bool { return n.rule == rule })]
			words, _, _ = strings.Cut(first.text(), "\n")
		}
		return sarifRule{rule, sarifText{words}}
	}
}

func newSarifLocation(n notice) sarifLocation {
	var l sarifLocation
	if n.at.File != "" {
		l.Physical = &sarifPhysical{Artifact: sarifArtifact{fileURI(n.at)}}
		if n.at.Line > 0 {
			l.Physical.Region = &sarifRegion{n.at.Line, n.at.Col}
		}
	}
	if n.ref != "" {
		l.Logical = []sarifLogical{{n.ref + n.path, "object"}}
	}
	return l
}

// fileURI writes a relative path as a relative reference and an absolute one with
// its scheme.
func fileURI(at resource.Position) string {
	u := url.URL{Path: filepath.ToSlash(at.File)}
	if filepath.IsAbs(at.File) {
		u.Scheme = "file"
	}
	return u.String()
}
