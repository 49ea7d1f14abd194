package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// History is what reconcile history has to say.
type History struct {
	// Records in the order to show; One says that the only one is to be shown whole.
	Records []reconcile.StoredRecord
	One     bool
	// Ledger says that the ledger was asked, too.
	Ledger bool
	// Errors is what is wrong with the chain.
	Errors   []resource.Fault
	ExitCode int
}

// run is one line of the history.
type run struct {
	Number      int              `json:"number"`
	Digest      string           `json:"digest"`
	Integration string           `json:"integration"`
	Stage       string           `json:"stage"`
	Command     string           `json:"command"`
	By          reconcile.Author `json:"by"`
	Ticket      string           `json:"ticket,omitempty"`
	reconcile.Lifted
	Revision string    `json:"revision,omitempty"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
	ExitCode int       `json:"exitCode"`
	Wrote    bool      `json:"wrote"`
	// Run is the number of the run among those that wrote.
	Run  int    `json:"run,omitempty"`
	Open bool   `json:"open,omitempty"`
	File string `json:"file"`
}

func newRun(r reconcile.StoredRecord) run {
	return run{
		r.Number, r.Digest, r.Integration, r.Stage, r.Command, r.By, r.Ticket, r.Lifted, r.Revision,
		r.Started, r.Ended, r.ExitCode, r.Wrote, r.Run, r.Open, r.File,
	}
}

// HistoryJSON writes one document: the runs, or one record whole.
func HistoryJSON(w io.Writer, h History) error {
	out := struct {
		FormatVersion int                  `json:"formatVersion"`
		Command       string               `json:"command"`
		ExitCode      int                  `json:"exitCode"`
		Ledger        bool                 `json:"ledgerAsked"`
		Records       []run                `json:"records"`
		Record        *reconcile.RunRecord `json:"record,omitempty"`
		Errors        []fault              `json:"errors"`
	}{formatVersion, "history", h.ExitCode, h.Ledger, each(h.Records, newRun), nil, each(h.Errors, newFault)}
	if h.One && len(h.Records) == 1 {
		out.Record = &h.Records[0].RunRecord
	}
	return encode(w, out)
}

// HistoryText writes one line for each run, or one record whole. The first number is
// that of the record, which history N takes; run is how the ledger counted the run, as
// complaints about runs without a record do.
func HistoryText(w io.Writer, h History, style Style) error {
	p := &page{style: style}
	switch {
	case h.One && len(h.Records) == 1:
		p.record(h.Records[0])
	case len(h.Records) == 0:
		p.write(0, span{"no runs are recorded", plain})
	default:
		for _, r := range h.Records {
			p.run(r)
		}
	}
	p.blank()
	for _, f := range h.Errors {
		p.write(0, span{"error " + f.Code + "  ", red}, span{f.Message, plain})
		p.write(indent, span{"→ " + f.Remedy, dim})
	}
	if len(h.Errors) == 0 && len(h.Records) > 0 && !h.One {
		p.write(0, span{sound(h), green})
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// sound says what was checked and no more.
func sound(h History) string {
	if h.Ledger {
		return "no record is missing or was edited, as far as the chain and the ledger tell"
	}
	return "the chain holds; whether the last records are here only the ledger knows: add -f MANIFEST"
}

func (p *page) run(r reconcile.StoredRecord) {
	number := "-"
	if r.Number > 0 {
		number = fmt.Sprint(r.Number)
	}
	by := r.By.Name
	by = strings.Join(filled(by, r.Ticket, r.Allowances()), ", ")
	run := ""
	if r.Run > 0 {
		run = fmt.Sprintf("run %d", r.Run)
	}
	p.write(0, span{fmt.Sprintf("%4s  ", number), bold}, span{fmt.Sprintf("%-8s  ", run), plain}, span{r.Started.UTC().Format(time.DateTime) + "  ", plain},
		span{fmt.Sprintf("%-9s %-24s ", r.Command, r.Who()), plain}, span{fmt.Sprintf("%-40s  ", outcome(r)), outcomeLook(r)}, span{by, dim})
}

// outcome says how a run ended.
func outcome(r reconcile.StoredRecord) string {
	var result struct {
		Steps []struct{ Outcome string }
	}
	// A result that cannot be read counts nothing.
	_ = json.Unmarshal(r.Result, &result)
	counts := map[string]int{}
	for _, s := range result.Steps {
		counts[s.Outcome]++
	}
	if r.Open {
		return "began to write and never told its end"
	}
	parts := []string{fmt.Sprintf("exit %d", r.ExitCode)}
	for _, o := range []reconcile.Outcome{reconcile.Applied, reconcile.Failed, reconcile.Skipped, reconcile.Waits, reconcile.Blocked} {
		if n := counts[string(o)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	// What done writes is in the ledger only, and that says no plan.
	if len(parts) == 1 && !r.Wrote && r.Command != "done" {
		parts = append(parts, "nothing written")
	}
	return strings.Join(parts, ", ")
}

func outcomeLook(r reconcile.StoredRecord) look {
	switch {
	case r.Open:
		return red
	default:
		return verdicts[r.ExitCode].look
	}
}

// record shows one record whole.
func (p *page) record(r reconcile.StoredRecord) {
	p.run(r)
	p.blank()
	for _, row := range [][2]string{
		{"by", r.By.String()},
		{"run", counted(r.Run)},
		{"ticket", r.Ticket},
		{"lifted", r.Allowances()},
		{"freeze", r.Freeze},
		{"manifest", r.Manifest},
		{"revision", r.Revision},
		{"tenant", r.Tenant},
		{"landscape", r.Landscape},
		{"version", r.Version},
		{"started", r.Started.UTC().Format(time.RFC3339)},
		{"ended", r.Ended.UTC().Format(time.RFC3339)},
		{"digest", r.Digest},
		{"follows", r.Previous},
		{"file", r.File},
	} {
		if row[1] != "" {
			p.write(2, span{fmt.Sprintf("%-10s", row[0]), dim}, span{row[1], plain})
		}
	}
	p.recordedSteps(r)
	p.before(r.Before)
	p.calls(r.Calls)
}

// counted words the number that the ledger gave a run that wrote.
func counted(run int) string {
	if run == 0 {
		return ""
	}
	return fmt.Sprintf("%d of those that wrote under this ledger", run)
}

func (p *page) recordedSteps(r reconcile.StoredRecord) {
	var result struct {
		Steps []struct {
			Kind, Name, Action, Outcome, Error string
			Changes                            []struct {
				Path, WantFrom, Origin string
				Have, Want             *string
				Secret                 bool
			}
		}
	}
	_ = json.Unmarshal(r.Result, &result)
	p.blank()
	for _, s := range result.Steps {
		if s.Outcome == "" {
			continue
		}
		p.write(2, span{fmt.Sprintf("%-8s", s.Outcome), bold}, span{fmt.Sprintf("%s %s/%s  %s", s.Action, s.Kind, s.Name, s.Error), plain})
		for _, c := range s.Changes {
			text := fmt.Sprintf("%s  %s → %s  %s", c.Path, inQuotes(c.Have), inQuotes(c.Want), c.Origin)
			switch {
			case c.Secret:
				text = fmt.Sprintf("%s  secret, changed  %s", c.Path, c.Origin)
			case c.WantFrom != "":
				text = fmt.Sprintf("%s  %s → %s  %s", c.Path, inQuotes(c.Have), c.WantFrom, c.Origin)
			}
			p.write(indent, span{text, plain})
		}
	}
}

// inQuotes is a value between quotes, or – for none.
func inQuotes(text *string) string {
	if text == nil {
		return "–"
	}
	return fmt.Sprintf("%q", *text)
}

func (p *page) before(all []reconcile.Before) {
	for _, b := range all {
		text, err := json.MarshalIndent(b.Manifest, "", "  ")
		if err != nil {
			continue
		}
		p.blank()
		p.write(2, span{"before, " + b.Ref + ":", dim})
		for line := range strings.Lines(string(text)) {
			p.write(indent, span{strings.TrimSuffix(line, "\n"), plain})
		}
	}
}

func (p *page) calls(all []reconcile.Call) {
	p.blank()
	p.write(2, span{fmt.Sprintf("%d calls", len(all)), dim})
	for _, c := range all {
		status := c.Problem
		if c.Status > 0 {
			status = fmt.Sprint(c.Status)
		}
		p.write(indent, span{strings.Join([]string{c.Service, c.Method, c.Path, status}, " "), plain})
	}
}
