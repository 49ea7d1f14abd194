package resource

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"reconcile/pkg/secret"
)

// Form tells what a Value is.
type Form int

// The forms of a Value. The zero form is Unset: the manifest does not say, so
// the field is not managed.
const (
	Unset    Form = iota
	Absent        // null in the manifest: the field must be absent or at its default
	Literal       // text that may be shown
	External      // a reference to a place outside, not looked up yet
	Secret        // a secret that was looked up, or that an interface returned
	Sealed        // it exists, but the interface does not show it
	Pending       // an output of another object that may not be known yet
	Unseen        // it exists, and nobody can say what it holds
)

// Value is what one field of an object holds. Every way of printing it is safe:
// a secret prints as a mask.
type Value struct {
	form   Form
	text   string
	secret secret.Value
	source secret.Ref
	label  string
	from   Ref
	output string
}

// Text returns a literal.
func Text(text string) Value { return Value{form: Literal, text: text} }

// Given returns a literal, and an unset value for an empty text: documents leave out
// what is not set, or send it empty.
func Given(text string) Value {
	if text == "" {
		return Value{}
	}
	return Text(text)
}

// Nothing returns the Absent value.
func Nothing() Value { return Value{form: Absent} }

// Unknown returns the value of a field that no interface shows and that is no
// secret.
func Unknown() Value { return Value{form: Unseen} }

// Seal returns the value of a field that exists but cannot be read back.
func Seal() Value { return Value{form: Sealed} }

// Hidden wraps a secret; source is where it came from, zero when an interface
// returned it.
func Hidden(v secret.Value, source secret.Ref) Value {
	return Value{form: Secret, secret: v, source: source}
}

// Outside returns a reference to a value outside the manifest.
func Outside(source secret.Ref) Value { return Value{form: External, source: source} }

// Output returns a reference to an output of another object.
func Output(from Ref, output string) Value {
	return Value{form: Pending, from: from, output: output}
}

// Form returns what v is.
func (v Value) Form() Form { return v.form }

// IsSet reports whether the manifest says anything about the field.
func (v Value) IsSet() bool { return v.form != Unset }

// Text returns the text of a literal, "" for every other form.
func (v Value) Text() string {
	if v.form == Literal {
		return v.text
	}
	return ""
}

// From returns the object and the output that a Pending value waits for.
func (v Value) From() (Ref, string) { return v.from, v.output }

// Source returns where an External or Secret value comes from.
func (v Value) Source() secret.Ref { return v.source }

// Label returns the plain label of a secret, such as "2026-11".
func (v Value) Label() string { return v.label }

// WithLabel returns v with a plain label that diffs and ledgers may show.
func (v Value) WithLabel(label string) Value { v.label = label; return v }

// Sensitive reports whether v must not be shown.
func (v Value) Sensitive() bool {
	return v.form == Secret || v.form == Sealed || v.form == External
}

// Public returns a looked-up value as a literal. Only for fields that are no
// secrets, such as a client id that comes from an environment variable. A text
// that is a secret by its look stays one.
func (v Value) Public() Value {
	if v.form == Secret && secret.Look(v.secret.Reveal()) == "" {
		return Text(v.secret.Reveal())
	}
	return v
}

// Discreet returns a literal as a secret when its look tells that it holds one.
func (v Value) Discreet() Value {
	if v.form == Literal && secret.Look(v.text) != "" {
		return v.Private()
	}
	return v
}

// Private returns a literal as a secret. For fields that an interface returns
// in clear although they are secrets.
func (v Value) Private() Value {
	if v.form == Literal {
		return Hidden(secret.New(v.text), secret.Ref{})
	}
	return v
}

// Reveal returns the text to send. Only drivers may call it.
func (v Value) Reveal() string {
	if v.form == Secret {
		return v.secret.Reveal()
	}
	return v.Text()
}

// Hash returns the keyed fingerprint of what v holds, "" when there is nothing
// to take one of.
func (v Value) Hash(key []byte) string {
	switch v.form {
	case Literal, Secret:
		return secret.Hash(key, v.Reveal())
	default:
		return ""
	}
}

// Equal compares what two values hold. Absent equals Unset: neither is there.
// A Sealed value equals only another one; whoever has a fingerprint may know more.
func (v Value) Equal(w Value) bool {
	a, b := v.form.held(), w.form.held()
	switch {
	case a != b:
		return false
	case a == Literal:
		return v.AsSecret().Equal(w.AsSecret())
	case a == Pending:
		return v.from == w.from && v.output == w.output
	case a == External:
		return v.source == w.source
	default:
		return true
	}
}

// held folds the forms that compare alike.
func (f Form) held() Form {
	switch f {
	case Secret:
		return Literal
	case Absent:
		return Unset
	default:
		return f
	}
}

// AsSecret returns the text of a literal or a secret as a secret.
func (v Value) AsSecret() secret.Value {
	if v.form == Secret {
		return v.secret
	}
	return secret.New(v.text)
}

// String shows a literal as it is and everything else by its nature.
func (v Value) String() string {
	switch v.form {
	case Literal:
		return v.text
	case External, Secret:
		return "[secret]"
	case Sealed:
		return "[cannot be read]"
	case Unseen:
		return "[not known]"
	case Pending:
		return fmt.Sprintf("[%s of %s]", v.output, v.from)
	default:
		return ""
	}
}

// Format prints String under every verb, so that %#v cannot dig.
func (v Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, v.String()) }

// MarshalJSON writes the manifest form: text, null, or a reference. A secret
// without a source is written as null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.form {
	case Literal:
		return json.Marshal(v.text)
	case External, Secret:
		if v.source.IsZero() {
			return []byte("null"), nil
		}
		return json.Marshal(v.source)
	case Pending:
		return json.Marshal(map[string]string{lowerFirst(v.from.Kind): v.from.Name, "output": v.output})
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON reads the manifest form: text, number or boolean (kept letter
// by letter), null, {env|file|vcap|binding: …}, or {<kind>: NAME, output: …}.
func (v *Value) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return fmt.Errorf("there is no value")
	case bytes.Equal(data, []byte("null")):
		*v = Nothing()
	case data[0] == '"':
		*v = Text("")
		return json.Unmarshal(data, &v.text)
	case data[0] == '{':
		return v.decodeReference(data)
	case data[0] == '[':
		return fmt.Errorf("a list cannot stand where one value belongs")
	default:
		*v = Text(string(data))
	}
	return nil
}

func (v *Value) decodeReference(data []byte) error {
	fields := map[string]string{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("a reference holds only text")
	}
	output, refers := fields["output"]
	delete(fields, "output")
	for key := range fields {
		if !outsideKeys[key] {
			return v.refer(fields, output)
		}
	}
	if refers {
		return fmt.Errorf("output goes with an object, such as {systemUser: NAME, output: id}")
	}
	var ref secret.Ref
	if err := json.Unmarshal(data, &ref); err != nil {
		return err
	}
	*v = Outside(ref)
	return ref.Check()
}

// refer makes v an output of the one object that fields names.
func (v *Value) refer(fields map[string]string, output string) error {
	if len(fields) != 1 {
		return fmt.Errorf("a reference names one place or one object, not %s",
			strings.Join(slices.Sorted(maps.Keys(fields)), " and "))
	}
	for kind, name := range fields {
		if kind == "" || name == "" {
			return fmt.Errorf("a reference needs a kind and a name")
		}
		*v = Output(Ref{Kind: kind, Name: name}, output)
	}
	return nil
}

// outsideKeys are the fields of secret.Ref.
var outsideKeys = map[string]bool{"env": true, "file": true, "vcap": true, "binding": true, "key": true}

// lowerFirst turns a kind into the word that manifests use: IAGSystem becomes
// iagSystem, SystemUser becomes systemUser.
func lowerFirst(kind string) string {
	upper := 0
	for upper < len(kind) && kind[upper] >= 'A' && kind[upper] <= 'Z' {
		upper++
	}
	if upper > 1 {
		upper--
	}
	return strings.ToLower(kind[:upper]) + kind[upper:]
}

// Word returns the word that a manifest uses to refer to a kind.
func Word(kind string) string { return lowerFirst(kind) }

// Set is an unordered list of texts. Two sets are equal when they hold the same
// texts, in whatever order.
type Set []string

// Equal ignores order and repetition. A nil Set equals an empty one.
func (s Set) Equal(t Set) bool { return s.String() == t.String() }

// String lists the texts sorted, each once. Texts that would make it ambiguous
// are quoted.
func (s Set) String() string {
	sorted := s.Sorted()
	for i, text := range sorted {
		if text == "" || strings.ContainsAny(text, `,"`) {
			sorted[i] = strconv.Quote(text)
		}
	}
	return strings.Join(sorted, ", ")
}

// Sorted returns the texts sorted, each once.
func (s Set) Sorted() []string {
	sorted := slices.Clone([]string(s))
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
