package e2e

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// resultSchema is the published schema, closed: a field that it lacks is found.
var resultSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := os.ReadFile("../manifests/schema/result.schema.json")
	if err != nil {
		return nil, err
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	for name, def := range root["$defs"].(map[string]any) {
		// What a command of its own writes beside the common fields is its own.
		if name != "paper" {
			def.(map[string]any)["additionalProperties"] = false
		}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("result.json", root); err != nil {
		return nil, err
	}
	return c.Compile("result.json")
})

// validResult demands that a text is one JSON document as the schema says.
func validResult(text string) error {
	schema, err := resultSchema()
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	return errors.Join(err, schema.Validate(document))
}

// asksJSON reports whether a command line sends a JSON result to standard output.
func asksJSON(args []string) bool {
	at := slices.Index(args, "-o")
	return !slices.Contains(args, "schema") && at >= 0 && at+1 < len(args) && args[at+1] == "json"
}

// wholeFormats say whether a file in a format is whole; view's own tests look closer.
var wholeFormats = map[string]func(text string) error{
	"json":     validResult,
	"markdown": begins("<!-- reconcile: "),
	"html":     begins("<!DOCTYPE html>\n"),
	"github":   begins("::"),
	"text":     begins(""),
	"sarif":    func(text string) error { return json.Unmarshal([]byte(text), &struct{ Runs []any }{}) },
	"gitlab":   func(text string) error { return json.Unmarshal([]byte(text), &[]struct{ Fingerprint string }{}) },
	"junit": func(text string) error {
		return xml.Unmarshal([]byte(text), &struct {
			XMLName xml.Name `xml:"testsuites"`
		}{})
	},
}

func begins(with string) func(string) error {
	return func(text string) error {
		if !strings.HasPrefix(text, with) || text == "" {
			return errors.New("does not begin with " + with)
		}
		return nil
	}
}

// formats runs a command once, sends the result to a file of every format, and
// demands the exit code and that every file is whole: formats N program args…
func formats(ts *testscript.TestScript, neg bool, args []string) {
	var names []string
	for name := range wholeFormats {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		args = append(args, "-o", name+"=result."+name)
	}
	code(ts, neg, args)
	if text := ts.ReadFile("stdout"); text != "" {
		ts.Fatalf("something is on standard output: %s", text)
	}
	for _, name := range names {
		if err := wholeFormats[name](ts.ReadFile("result." + name)); err != nil {
			ts.Fatalf("%s: %v in\n%s", name, err, ts.ReadFile("result."+name))
		}
	}
	if exit := `"exitCode": ` + args[0]; !strings.Contains(ts.ReadFile("result.json"), exit) {
		ts.Fatalf("the JSON does not say %s", exit)
	}
}

// disturb makes a served landscape answer badly: disturb URL JSON
func disturb(ts *testscript.TestScript, _ bool, args []string) {
	answer, err := http.Post(args[0]+"/_sim/faults", "application/json", strings.NewReader(args[1]))
	ts.Check(err)
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode >= 300 {
		ts.Fatalf("%s: %s", answer.Status, text)
	}
}
