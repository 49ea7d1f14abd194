package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Ref says where a value comes from. Exactly one of Env, File, VCAP and
// Binding is set; Key picks one entry of a structured source.
type Ref struct {
	// Env is the name of an environment variable.
	Env string `json:"env,omitempty" jsonschema:"description=Name of an environment variable"`
	// File is a path. The manifest loader has made it relative to the working
	// directory already.
	File string `json:"file,omitempty" jsonschema:"description=Path of a file\\, relative to the file that says it"`
	// VCAP is the name, label or tag of a service in VCAP_SERVICES.
	VCAP string `json:"vcap,omitempty" jsonschema:"description=Name\\, label or tag of a service in VCAP_SERVICES"`
	// Binding is a folder in the style of servicebinding.io: one file a key.
	Binding string `json:"binding,omitempty" jsonschema:"description=Folder of a service binding in the style of servicebinding.io\\, one file for each key"`
	// Key picks one entry of a JSON file, a service of VCAP_SERVICES or a
	// binding. Dots walk into nested objects: uaa.clientsecret.
	Key string `json:"key,omitempty" jsonschema:"description=Entry of the JSON file\\, VCAP service or binding; dots walk into nested objects"`
}

// IsZero reports whether r names no place at all.
func (r Ref) IsZero() bool { return r == Ref{} }

// String names the place in one word, for people and for plan digests:
// "env:NAME", "file:PATH", "vcap:NAME#key".
func (r Ref) String() string {
	kind, place := r.place()
	if r.Key != "" {
		place += "#" + r.Key
	}
	return kind + ":" + place
}

func (r Ref) place() (kind, place string) {
	switch {
	case r.Env != "":
		return "env", r.Env
	case r.File != "":
		return "file", r.File
	case r.VCAP != "":
		return "vcap", r.VCAP
	default:
		return "binding", r.Binding
	}
}

// Check says what is wrong with the reference itself, without looking it up.
func (r Ref) Check() error {
	set := 0
	for _, s := range []string{r.Env, r.File, r.VCAP, r.Binding} {
		if s != "" {
			set++
		}
	}
	switch {
	case set != 1:
		return errors.New("name exactly one of env, file, vcap and binding")
	case r.Env != "" && r.Key != "":
		return errors.New("key goes with file, vcap or binding, not with env")
	}
	return nil
}

// ErrUnset says that a reference leads to nothing: the variable, file or entry
// is missing or empty. The text names the place, never a value.
var ErrUnset = errors.New("is not set")

// ErrEmpty says that the place exists and holds nothing. It is an ErrUnset.
var ErrEmpty = fmt.Errorf("%w: it is empty", ErrUnset)

// Source finds values. Implementations must not log or keep what they find.
type Source interface {
	// Secret returns the value behind r, or an error that wraps ErrUnset when
	// there is none or it is empty.
	Secret(r Ref) (Value, error)
	// Document returns a whole structured source (a service key) as JSON.
	Document(r Ref) (Value, error)
}

// Outside is the Source of real runs: environment, files and bindings.
type Outside struct {
	// LookupEnv is os.LookupEnv outside of tests.
	LookupEnv func(string) (string, bool)
}

// Secret returns the value behind r. Text from files loses one trailing line
// break, because editors add one.
func (o Outside) Secret(r Ref) (Value, error) {
	text, err := o.text(r)
	if err != nil {
		return Value{}, err
	}
	if text == "" {
		return Value{}, fmt.Errorf("%s %w", r, ErrEmpty)
	}
	return New(text), nil
}

// Document returns the JSON document behind r: a service key in a file or
// variable, the credentials of a VCAP service, or a binding folder as one object.
func (o Outside) Document(r Ref) (Value, error) {
	switch {
	case r.Binding != "" && r.Key == "":
		return readBinding(r)
	default:
		return o.Secret(r)
	}
}

func (o Outside) text(r Ref) (string, error) {
	switch {
	case r.Env != "":
		text, ok := o.LookupEnv(r.Env)
		if !ok {
			return "", fmt.Errorf("%s %w", r, ErrUnset)
		}
		return text, nil
	case r.File != "":
		return readFile(r)
	case r.VCAP != "":
		return o.vcap(r)
	default:
		return readEntry(r)
	}
}

// readEntry reads one file of a binding. Where no file has the key's whole name,
// its dots walk into the file that the first part names.
func readEntry(r Ref) (string, error) {
	file := func(key string) string { return filepath.Join(r.Binding, filepath.Clean("/"+key)) }
	data, err := os.ReadFile(file(r.Key))
	if entry, rest, nested := strings.Cut(r.Key, "."); nested && errors.Is(err, os.ErrNotExist) {
		if outer, outerErr := os.ReadFile(file(entry)); outerErr == nil && json.Valid(outer) {
			return pick(r, rest, outer)
		}
	}
	return trimLine(data), unset(r, err)
}

func readFile(r Ref) (string, error) {
	data, err := os.ReadFile(r.File)
	if err != nil || r.Key == "" {
		return trimLine(data), unset(r, err)
	}
	return pick(r, r.Key, data)
}

// unset turns an I/O error into ErrUnset with the place; the system's text
// names only the path.
func unset(r Ref, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s %w: no such file", r, ErrUnset)
	default:
		return fmt.Errorf("%s cannot be read: %w", r, err)
	}
}

func trimLine(data []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
}

// pick walks the dots of key into a JSON object. A text loses its quotes, all
// else stays letter by letter.
func pick(r Ref, key string, data []byte) (string, error) {
	if !json.Valid(data) {
		return "", fmt.Errorf("%s is not a JSON document", r)
	}
	for part := range strings.SplitSeq(key, ".") {
		var object map[string]json.RawMessage
		// What is no object has no entries.
		_ = json.Unmarshal(data, &object)
		if data = object[part]; isNull(data) {
			return "", fmt.Errorf("%s %w: no entry %q", r, ErrUnset, part)
		}
	}
	var text string
	if json.Unmarshal(data, &text) == nil {
		return text, nil
	}
	return string(data), nil
}

func isNull(data json.RawMessage) bool { return len(data) == 0 || string(data) == "null" }

// vcap finds a service of VCAP_SERVICES by name, label or tag.
// Fact: VCAP_SERVICES maps a label to a list of services with name, label, tags
// and credentials. Source: Cloud Foundry documentation "Environment variables",
// read 2026-11-23. [documented]
func (o Outside) vcap(r Ref) (string, error) {
	text, ok := o.LookupEnv("VCAP_SERVICES")
	if !ok {
		return "", fmt.Errorf("%s %w: VCAP_SERVICES is missing", r, ErrUnset)
	}
	var services map[string][]service
	if err := json.Unmarshal([]byte(text), &services); err != nil {
		return "", fmt.Errorf("%s: VCAP_SERVICES is not a JSON document of services", r)
	}
	switch found := matching(services, r.VCAP); {
	case len(found) == 0:
		return "", fmt.Errorf("%s %w: no such service in VCAP_SERVICES", r, ErrUnset)
	case len(found) > 1:
		return "", fmt.Errorf("%s: %d services of VCAP_SERVICES match, use the service's own name", r, len(found))
	case isNull(found[0]):
		return "", fmt.Errorf("%s %w: the service has no credentials", r, ErrUnset)
	case r.Key != "":
		return pick(r, r.Key, found[0])
	default:
		return string(found[0]), nil
	}
}

// service is one entry of VCAP_SERVICES.
type service struct {
	Name, Label string
	Tags        []string
	Credentials json.RawMessage
}

// matching returns the credentials of the services of that name or else, as the
// name is what tells apart services that share a label, of that label or tag.
func matching(services map[string][]service, name string) []json.RawMessage {
	var named, alike []json.RawMessage
	for _, list := range services {
		for _, s := range list {
			switch {
			case s.Name == name:
				named = append(named, s.Credentials)
			case s.Label == name || slices.Contains(s.Tags, name):
				alike = append(alike, s.Credentials)
			}
		}
	}
	if len(named) > 0 {
		return named
	}
	return alike
}

// readBinding reads a binding folder into one JSON object.
// Fact: a binding is a folder with one file for each entry. Source: Service
// Binding Specification for Kubernetes 1.0, "Workload projection", read
// 2026-11-23. [documented]
func readBinding(r Ref) (Value, error) {
	entries, err := os.ReadDir(r.Binding)
	if err != nil {
		return Value{}, unset(r, err)
	}
	object := map[string]any{}
	for _, e := range entries {
		// Kubernetes mounts each entry as a link beside hidden ..data folders.
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(r.Binding, e.Name()))
		if err != nil {
			return Value{}, unset(r, err)
		}
		object[e.Name()] = bindingEntry(trimLine(data))
	}
	text, err := json.Marshal(object)
	return New(string(text)), err
}

// bindingEntry keeps JSON objects (SAP puts uaa there) and takes all else as text.
func bindingEntry(text string) any {
	if strings.HasPrefix(text, "{") && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}
