package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// formatVersion changes only when a field is taken away or changes its meaning.
const formatVersion = 1

type document struct {
	FormatVersion int     `json:"formatVersion"`
	Command       string  `json:"command"`
	Integration   string  `json:"integration"`
	Stage         string  `json:"stage"`
	Landscape     string  `json:"landscape,omitempty"`
	Target        *Target `json:"target,omitempty"`
	DryRun        bool    `json:"dryRun"`
	ExitCode      int     `json:"exitCode"`
	Complete      bool    `json:"complete"`
	Digest        string  `json:"digest"`
	Summary       tally   `json:"summary"`
	// Incident comes first where a proof fails.
	Incident *incidentDocument `json:"incident,omitempty"`
	Steps    []step            `json:"steps"`
	Notes    []string          `json:"notes,omitempty"`
	Findings []found           `json:"findings"`
	Verified []check           `json:"verified"`
	Records  []record          `json:"records,omitempty"`
	// Orders are whole: what runbook.json holds, without the places for reports.
	Orders   []resource.Order `json:"orders,omitempty"`
	Warnings []fault          `json:"warnings"`
	Errors   []fault          `json:"errors"`
}

type step struct {
	reconcile.Step
	// Waits is true where the step waits for a person, also before an apply.
	Waits bool `json:"waits,omitempty"`
}

type found struct {
	Ref string `json:"ref"`
	resource.Finding
}

type check struct {
	Ref  string `json:"ref"`
	Leg  string `json:"leg"`
	What string `json:"what"`
	OK   bool   `json:"ok"`
	// Checked is false where nobody can tell; OK is false then, too.
	Checked bool   `json:"checked"`
	Detail  string `json:"detail,omitempty"`
}

type record struct {
	Ref    string    `json:"ref"`
	Source string    `json:"source"`
	At     time.Time `json:"at,omitzero"`
	By     string    `json:"by,omitempty"`
	Verb   string    `json:"verb,omitempty"`
	Text   string    `json:"text,omitempty"`
	Named  bool      `json:"named"`
	Raw    string    `json:"raw,omitempty"`
}

type fault struct {
	Code     string            `json:"code"`
	Ref      string            `json:"ref,omitempty"`
	Path     string            `json:"path,omitempty"`
	Message  string            `json:"message"`
	Position resource.Position `json:"position"`
	Remedy   string            `json:"remedy"`
	Source   string            `json:"source,omitempty"`
}

// listing are the commands that look at all integrations: what they write is a list
// of runs, whatever happened and also where there is one.
var listing = []string{"drift", "validate"}

// JSON writes one complete document, whatever happened: a run, or a list of runs
// for commands that may have many.
func JSON(w io.Writer, results []Result) error {
	runs := make([]document, len(results))
	for i, r := range results {
		runs[i] = newDocument(r)
	}
	if len(runs) == 1 && !slices.Contains(listing, runs[0].Command) {
		return encode(w, runs[0])
	}
	return encode(w, struct {
		FormatVersion int        `json:"formatVersion"`
		Runs          []document `json:"runs"`
	}{formatVersion, runs})
}

// encode writes all or nothing: half a document helps nobody.
func encode(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := w.Write(disarmed(b.Bytes(), `#\u0023`))
	return err
}

// disarmed writes the two signs that begin a command to Azure Pipelines, wherever
// in a line they stand, in the escaped form of a format.
//
// Fact: the agent reads ##vso[ and ##[ anywhere in a line that a step prints.
// Source: Azure Pipelines, Logging commands, read 2026-11-23. [documented]
func disarmed(text []byte, escaped string) []byte {
	return bytes.ReplaceAll(text, []byte("##"), []byte(escaped))
}

func newDocument(r Result) document {
	d := document{
		FormatVersion: formatVersion, Command: r.Command, Integration: r.Integration, Stage: r.Stage,
		Landscape: r.Landscape, DryRun: r.DryRun, ExitCode: r.ExitCode, Complete: r.Complete,
		Summary: count(r), Incident: newIncident(r.Incident), Notes: r.Notes,
		Steps:    each(r.steps(), newStep),
		Findings: each(r.Findings, func(f resource.Finding) found { return found{f.Ref.String(), f} }),
		Verified: each(r.Verified, func(c Check) check { return check{c.about(), c.Leg, c.What, c.OK, !c.Unsure, c.Detail} }),
		Orders:   r.Orders,
		Warnings: each(r.warnings(), newFault),
		Errors:   each(r.errors(), newFault),
	}
	for _, c := range r.Records {
		d.Records = append(d.Records, record{c.Ref.String(), c.Source, c.At, c.By, c.Verb, c.Text, c.Named, c.Raw})
	}
	if r.Target != (Target{}) {
		d.Target = &r.Target
	}
	if r.Plan != nil {
		d.Digest = r.Plan.Digest
	}
	return d
}

func newStep(s reconcile.Step) step {
	if s.Changes == nil {
		s.Changes = []resource.Change{}
	}
	s.Reason = reason(s)
	return step{s, standing(s) == reconcile.Waits}
}

func newFault(f resource.Fault) fault {
	out := fault{Code: f.Code, Path: f.Path, Message: f.Message, Position: f.Position, Remedy: f.Remedy, Source: f.Source}
	if f.Ref != nil {
		out.Ref = f.Ref.String()
	}
	return out
}

// each turns a list into its wire form; nothing becomes an empty list.
func each[A, B any](in []A, turn func(A) B) []B {
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = turn(a)
	}
	return out
}
