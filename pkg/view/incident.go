package view

import (
	"slices"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Incident is the first thing to know when a proof fails.
type Incident struct {
	// Since is when the calls that fail were first seen to fail, LastGood when they
	// were last seen to work; zero when that was never written down.
	Since, LastGood time.Time
	// Code is the failure in the catalogue, Leg the hop, Ref the object to mend.
	Code, Leg string
	Ref       resource.Ref
	// Fails and Works say what does not work any more and what still does.
	Fails, Works []string
	// Affects says what of the integration goes over that hop, "" when not known.
	Affects string
	// Next says what to do now.
	Next string
	// Component is where SAP is asked about it, ComponentSource where that stands;
	// both may be empty.
	Component, ComponentSource string
	// Report names the report of a person that is all that is wrong; "" where something
	// is that was known to be there.
	Report string
}

// incidentDocument is how an Incident is written.
type incidentDocument struct {
	Since           time.Time `json:"since"`
	LastGood        time.Time `json:"lastGood,omitzero"`
	Code            string    `json:"code"`
	Leg             string    `json:"leg"`
	Ref             string    `json:"ref"`
	Fails           []string  `json:"fails"`
	Works           []string  `json:"works"`
	Affects         string    `json:"affects,omitempty"`
	Next            string    `json:"next"`
	Component       string    `json:"component,omitempty"`
	ComponentSource string    `json:"componentSource,omitempty"`
	Report          string    `json:"report,omitempty"`
}

func newIncident(in *Incident) *incidentDocument {
	if in == nil {
		return nil
	}
	same := func(text string) string { return text }
	return &incidentDocument{
		in.Since.UTC(), in.LastGood.UTC(), in.Code, in.Leg, in.Ref.String(), each(in.Fails, same), each(in.Works, same),
		in.Affects, in.Next, in.Component, in.ComponentSource, in.Report,
	}
}

// headline is the first line for whoever has to act.
func (in Incident) headline() string {
	if in.Report != "" {
		return "NOT PROVEN, does not count: the report of " + in.Report + " (" + in.Leg + ", " + in.Code + "); correct it and report again"
	}
	return "BROKEN since " + moment(in.Since) + ": " + in.Leg + ", " + in.Code + ", mend " + in.Ref.String()
}

// lines say the rest, as name and text.
func (in Incident) lines() []incidentLine {
	all := in.outage()
	if in.Report != "" {
		all = in.refuted()
	}
	return slices.DeleteFunc(all, func(line incidentLine) bool { return line.Text == "" })
}

// refuted says what to do about a report that a call disproves.
func (in Incident) refuted() []incidentLine {
	command := "reconcile done -f MANIFEST '" + in.Ref.String() + "'"
	if in.Report != in.Ref.String() {
		command += " --id ID"
	}
	return []incidentLine{
		{"next", in.Next},
		{"then", command},
		{"does not work", strings.Join(in.Fails, "; ")},
		{"known before", "stays as it was"},
	}
}

// outage says what stands where something is broken.
func (in Incident) outage() []incidentLine {
	good := "never recorded"
	if !in.LastGood.IsZero() {
		good = moment(in.LastGood)
	}
	component := in.Component
	if in.ComponentSource != "" {
		component += " (" + in.ComponentSource + ")"
	}
	return []incidentLine{
		{"does not work", strings.Join(in.Fails, "; ")},
		{"affects", in.Affects},
		{"still works", orElse(strings.Join(in.Works, "; "), "nothing that was tried")},
		{"last seen good", good},
		{"next", in.Next},
		{"support component", orElse(component, "not public")},
	}
}

// incidentLine is a named line of an incident.
type incidentLine struct{ Name, Text string }

// incident writes the block of an incident, nothing without one.
func (p *page) incident(in *Incident) {
	if in == nil {
		return
	}
	p.prose(0, 2, "✗ "+in.headline(), red)
	for _, line := range in.lines() {
		p.named(line.Name, line.Text, plain)
	}
	p.blank()
}

// mdIncident writes it as Markdown.
func mdIncident(in *Incident) string {
	if in == nil {
		return ""
	}
	head := "**✗ " + mdProse(shortened(in.headline())) + "**\n"
	return head + strings.Join(each(in.lines(), func(line incidentLine) string {
		return "\n- " + line.Name + ": " + mdProse(shortened(line.Text))
	}), "")
}

// htmlIncident is an incident on the page.
type htmlIncident struct {
	Headline string
	Lines    []incidentLine
}

func newHTMLIncident(in *Incident) *htmlIncident {
	if in == nil {
		return nil
	}
	out := &htmlIncident{Headline: clean(in.headline())}
	for _, line := range in.lines() {
		out.Lines = append(out.Lines, incidentLine{line.Name, clean(line.Text)})
	}
	return out
}

// moment writes a time for people.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
