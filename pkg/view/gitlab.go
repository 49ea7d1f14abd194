package view

import (
	"io"
	"path/filepath"

	"reconcile/pkg/resource"
)

// violation is one entry of GitLab's code quality report.
//
// Fact: the report is a JSON list whose entries need description, check_name,
// fingerprint, severity, location.path and location.lines.begin.
// Source: GitLab Docs, Code Quality, section Code Quality report format, read 2026-11-23. [documented]
type violation struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines lines  `json:"lines"`
}

type lines struct {
	Begin int `json:"begin"`
}

// severities are GitLab's words for levels.
var severities = map[level]string{levelError: "critical", levelWarning: "minor", levelNote: "info"}

// GitLab writes results as a code quality report: one entry for each error,
// finding, warning and property that differs. Fingerprints stay the same from run
// to run while the thing stays the same.
func GitLab(w io.Writer, results []Result) error {
	all := []violation{}
	for _, r := range placed(results) {
		found := notices(r, true)
		prints := fingerprints(r, found)
		for i, n := range found {
			at := r.somewhere(n.at)
			all = append(all, violation{
				Description: n.text(), CheckName: n.rule, Fingerprint: prints[i], Severity: severities[n.level],
				Location: location{filepath.ToSlash(at.File), lines{max(at.Line, 1)}},
			})
		}
	}
	return encode(w, all)
}

// somewhere returns a position that has a file, for formats that demand one: the
// manifest's, as far as any is known.
func (r Result) somewhere(at resource.Position) resource.Position {
	if at.File != "" {
		return at
	}
	for _, f := range append(r.errors(), r.warnings()...) {
		if f.Position.File != "" {
			return resource.Position{File: f.Position.File}
		}
	}
	for _, s := range append(r.steps(), r.Objects...) {
		if s.Position.File != "" {
			return resource.Position{File: s.Position.File}
		}
	}
	return resource.Position{File: "."}
}
