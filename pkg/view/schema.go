package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// resultSchemaID names the schema. It is a name and no address.
const resultSchemaID = "urn:reconcile:schema:result:v1"

// versionDocument is what the command version prints as JSON.
type versionDocument struct {
	FormatVersion int     `json:"formatVersion"`
	Command       string  `json:"command"`
	Version       string  `json:"version"`
	ExitCode      int     `json:"exitCode"`
	Complete      bool    `json:"complete"`
	Warnings      []fault `json:"warnings"`
	Errors        []fault `json:"errors"`
}

// changeDocument is how a resource.Change is written.
type changeDocument struct {
	Path     string  `json:"path"`
	Have     *string `json:"have,omitempty"`
	Want     *string `json:"want,omitempty"`
	WantFrom string  `json:"wantFrom,omitempty"`
	Secret   bool    `json:"secret,omitempty"`
	State    string  `json:"state,omitempty"`
	Label    string  `json:"label,omitempty"`
	Origin   string  `json:"origin,omitempty"`
}

// Schema returns the JSON Schema (draft 2020-12) of what -o json writes: one run, a
// list of runs, or a version. Fields may be added within one formatVersion, so it
// takes fields that it does not know.
func Schema() ([]byte, error) {
	root := &jsonschema.Schema{
		Version: jsonschema.Version, ID: resultSchemaID, Title: "Result",
		Description: "What a command of reconcile writes with -o json, under every exit code.",
		AnyOf:       []*jsonschema.Schema{{Ref: "#/$defs/run"}, {Ref: "#/$defs/runs"}, {Ref: "#/$defs/version"}, {Ref: "#/$defs/paper"}},
		Definitions: jsonschema.Definitions{},
	}
	for _, d := range definitions {
		root.Definitions[d.name] = described(d.name, d.of)
	}
	root.Definitions["paper"] = paperSchema()
	root.Definitions["runs"] = runsSchema()
	var out bytes.Buffer
	compact, err := json.Marshal(root)
	if err == nil {
		err = json.Indent(&out, compact, "", "  ")
	}
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// definitions are the types that are reflected, by the name of their definition.
var definitions = []struct {
	name string
	of   any
}{
	{"run", document{}},
	{"step", step{}},
	{"fact", reconcile.Fact{}},
	{"ran", reconcile.Ran{}},
	{"change", changeDocument{}},
	{"accepted", reconcile.Accepted{}},
	{"finding", found{}},
	{"check", check{}},
	{"record", record{}},
	{"fault", fault{}},
	{"order", resource.Order{}},
	{"instruction", resource.Instruction{}},
	{"orderFile", resource.OrderFile{}},
	{"summary", tally{}},
	{"incident", incidentDocument{}},
	{"target", Target{}},
	{"version", versionDocument{}},
}

// parts are the types that have a definition of their own.
var parts = map[reflect.Type]string{
	reflect.TypeFor[step](): "step", reflect.TypeFor[resource.Change](): "change", reflect.TypeFor[found](): "finding",
	reflect.TypeFor[reconcile.Fact](): "fact", reflect.TypeFor[reconcile.Accepted](): "accepted", reflect.TypeFor[check](): "check", reflect.TypeFor[record](): "record", reflect.TypeFor[fault](): "fault", reflect.TypeFor[tally](): "summary",
	reflect.TypeFor[*Target](): "target", reflect.TypeFor[Target](): "target",
	reflect.TypeFor[*incidentDocument](): "incident", reflect.TypeFor[incidentDocument](): "incident",
	reflect.TypeFor[resource.Order](): "order", reflect.TypeFor[resource.Instruction](): "instruction", reflect.TypeFor[resource.OrderFile](): "orderFile",
}

// runsSchema describes what commands write that take several integrations.
func runsSchema() *jsonschema.Schema {
	fields := jsonschema.NewProperties()
	fields.Set("formatVersion", &jsonschema.Schema{Const: formatVersion, Description: fieldWords["run.formatVersion"]})
	fields.Set("runs", &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Ref: "#/$defs/run"}, Description: "One run for each integration"})
	return &jsonschema.Schema{Type: "object", Properties: fields, Required: []string{"formatVersion", "runs"}}
}

// paperSchema describes what commands write whose result is a text or a table:
// their own fields stand beside those that every document has.
func paperSchema() *jsonschema.Schema {
	fields := jsonschema.NewProperties()
	fields.Set("formatVersion", &jsonschema.Schema{Const: formatVersion, Description: fieldWords["run.formatVersion"]})
	fields.Set("command", &jsonschema.Schema{Enum: []any{"completion", "explain", "export", "fmt", "graph", "help", "history", "init", "rotate", "schema", "snapshot"}, Description: fieldWords["run.command"]})
	fields.Set("exitCode", &jsonschema.Schema{Enum: fieldValues["run.exitCode"], Description: fieldWords["run.exitCode"]})
	return &jsonschema.Schema{Type: "object", Properties: fields, Required: []string{"formatVersion", "command", "exitCode"}}
}

// described reflects one type and adds the words and values of its fields.
func described(name string, of any) *jsonschema.Schema {
	t := reflect.TypeOf(of)
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true, AllowAdditionalProperties: true, Mapper: func(u reflect.Type) *jsonschema.Schema {
		switch part := parts[u]; {
		case u == t:
			return nil
		case part != "":
			return &jsonschema.Schema{Ref: "#/$defs/" + part}
		case u == reflect.TypeFor[resource.Position]():
			return &jsonschema.Schema{Type: "string"}
		default:
			return nil
		}
	}}
	s := reflector.ReflectFromType(t)
	s.Version = ""
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		key := name + "." + pair.Key
		pair.Value.Description = fieldWords[key]
		pair.Value.Enum = fieldValues[key]
	}
	return s
}

// fieldValues are the words that a field may hold. A step of a later version may
// have more of them; a formatVersion may not take one away.
var fieldValues = map[string][]any{
	"run.formatVersion":     {formatVersion},
	"version.formatVersion": {formatVersion},
	"version.command":       {"version"},
	"run.exitCode":          {0, 1, 2, 3, 4, 5, 6, 7, 130, 143},
	"step.action":           {"create", "update", "delete", "adopt", "forget", "run", "kept", "unchanged"},
	"step.via":              {"api", "adapter", "person", ""},
	"step.state":            {"inSync", "drifted", "broken", "unknown", ""},
	"step.evidence":         {"read", "export", "probe", "auditlog", "reported", "unseen", ""},
	"fact.evidence":         {"read", "export", "probe", "auditlog", "reported", "unseen", ""},
	"step.outcome":          {"applied", "failed", "skipped", "waiting", "blocked"},
	"change.origin":         {"new", "manifest-changed", "live-changed", "both-changed", "unknown"},
}
