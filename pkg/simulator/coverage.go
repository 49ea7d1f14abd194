package simulator

import (
	"slices"
	"strings"
)

// Status says how far the landscape goes with a behaviour of the real services.
type Status string

// The states of a [Fact]
const (
	// Simulated behaves as the source says, always.
	Simulated Status = "simulated"
	// Switchable is a matter of a field of [Behaviour], because it is unknown or differs between landscapes.
	Switchable Status = "switchable"
	// LeftOut is not there: its routes answer 404, its parameters what the fact says.
	LeftOut Status = "left out"
)

// Confidence says how well a fact is known.
type Confidence string

// The degrees of confidence, best first.
const (
	// Documented by SAP: in its help pages or its OpenAPI documents.
	Documented Confidence = "documented"
	// Observed in recorded traffic of the real services.
	Observed Confidence = "observed"
	// InClients is what working clients of the real services rely on.
	InClients Confidence = "observed in clients"
	// Assumed by us: no source says it.
	Assumed Confidence = "assumed"
)

// Fact is one documented endpoint or behaviour of the real services, and what the landscape makes of it.
type Fact struct {
	// Part is the service.
	Part string
	// What is the endpoint or behaviour in words.
	What string
	// Routes are the endpoints, as "METHOD /path". {L} stands for subaccount and instance. Empty for a behaviour of
	// endpoints that another fact names.
	Routes []string
	// Status says how far it is simulated.
	Status Status
	// Switches are the fields of Behaviour that change it.
	Switches []string
	// Confidence says how well it is known.
	Confidence Confidence
	// Source says where it is written.
	Source string
}

// Coverage lists each documented endpoint and behaviour of the real services that the landscape knows of, those that
// it leaves out included. The adapter contract and the control interface are ours and not in it.
func Coverage() []Fact {
	var list []Fact
	for _, part := range []struct {
		name  string
		facts []Fact
	}{
		{"Destination service", destinationFacts},
		{"Destination service, find and consume", findFacts},
		{"XSUAA", uaaFacts},
		{"Identity Authentication", directoryFacts},
		{"Identity Provisioning", proxyFacts},
		{"Identity Access Governance", governanceFacts},
		{"Audit log", auditFacts},
	} {
		for _, f := range part.facts {
			f.Part, f.Routes, f.Switches = part.name, slices.Clone(f.Routes), slices.Clone(f.Switches)
			list = append(list, f)
		}
	}
	return list
}

// CoverageMarkdown renders [Coverage] as one table for each service.
func CoverageMarkdown() string {
	var b strings.Builder
	part := ""
	for _, f := range Coverage() {
		if f.Part != part {
			if part != "" {
				b.WriteString("\n")
			}
			part = f.Part
			b.WriteString("## " + part + "\n\n| Endpoint or behaviour | Status | Confidence | Source |\n|---|---|---|---|\n")
		}
		b.WriteString("| " + f.cell() + " | " + f.status() + " | " + string(f.Confidence) + " | " + escapeCell(f.Source) + " |\n")
	}
	return b.String()
}

// cell is the first column: the words, then the endpoints.
func (f Fact) cell() string {
	var out strings.Builder
	out.WriteString(escapeCell(f.What))
	for _, r := range f.Routes {
		out.WriteString("<br>`" + r + "`")
	}
	return out.String()
}

// status is the second column: the state with its switches.
func (f Fact) status() string {
	if len(f.Switches) == 0 {
		return string(f.Status)
	}
	return string(f.Status) + ": `" + strings.Join(f.Switches, "`, `") + "`"
}

// escapeCell keeps a text inside its cell of a table, and its angle brackets visible.
func escapeCell(s string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(s) }
