package resource

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"reconcile/pkg/secret"
)

const canary = "CANARY-f00"

var (
	env     = secret.Ref{Env: "NAME"}
	target  = Ref{Kind: "SystemUser", Name: "IAG caller"}
	testKey = []byte("key")
)

func hidden(text string) Value { return Hidden(secret.New(text), env) }

func same[T any](t testing.TB, what string, have, want T) {
	t.Helper()
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +have):\n%s", what, diff)
	}
}

// TestForms is the table of what each form shows and hides.
func TestForms(t *testing.T) {
	tests := []struct {
		name                         string
		value                        Value
		form                         Form
		text, shown, json, reveal    string
		sensitive, set, hashed, held bool
	}{
		{name: "unset", form: Unset, json: `null`},
		{name: "absent", value: Nothing(), form: Absent, json: `null`, set: true},
		{name: "literal", value: Text("x"), form: Literal, text: "x", shown: "x", json: `"x"`, reveal: "x", set: true, hashed: true},
		{name: "external", value: Outside(env), form: External, shown: "[secret]", json: `{"env":"NAME"}`, sensitive: true, set: true},
		{name: "secret", value: hidden(canary), form: Secret, shown: "[secret]", json: `{"env":"NAME"}`, reveal: canary, sensitive: true, set: true, hashed: true},
		{name: "live secret", value: Hidden(secret.New(canary), secret.Ref{}), form: Secret, shown: "[secret]", json: `null`, reveal: canary, sensitive: true, set: true, hashed: true},
		{name: "sealed", value: Seal(), form: Sealed, shown: "[cannot be read]", json: `null`, sensitive: true, set: true},
		{name: "pending", value: Output(target, "secret"), form: Pending, shown: "[secret of SystemUser/IAG caller]", json: `{"output":"secret","systemUser":"IAG caller"}`, set: true},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			same(t, "form", c.value.Form(), c.form)
			same(t, "text", c.value.Text(), c.text)
			same(t, "string", c.value.String(), c.shown)
			same(t, "reveal", c.value.Reveal(), c.reveal)
			same(t, "sensitive", c.value.Sensitive(), c.sensitive)
			same(t, "set", c.value.IsSet(), c.set)
			same(t, "hashed", c.value.Hash(testKey) != "", c.hashed)
			data, err := json.Marshal(c.value)
			same(t, "json", string(data), c.json)
			same(t, "error", err, nil)
		})
	}
}

func TestValueKeepsWhereItCameFrom(t *testing.T) {
	v := hidden("x").WithLabel("2026-11")
	same(t, "label", v.Label(), "2026-11")
	same(t, "source", v.Source(), env)
	same(t, "source of a reference", Outside(env).Source(), env)
	from, output := Output(target, "id").From()
	same(t, "from", from, target)
	same(t, "output", output, "id")
}

func TestPublicAndPrivate(t *testing.T) {
	same(t, "public", hidden("x").Public(), Text("x"))
	same(t, "private", Text("x").Private().Form(), Secret)
	same(t, "there and back", Text("x").Private().Public(), Text("x"))
	for _, v := range []Value{{}, Nothing(), Seal(), Outside(env), Output(target, "id")} {
		same(t, "public of "+v.String(), v.Public().Form(), v.Form())
		same(t, "private of "+v.String(), v.Private().Form(), v.Form())
	}
}

// TestEqual compares what is held, not where it came from.
func TestEqual(t *testing.T) {
	groups := [][]Value{
		{{}, Nothing()},
		{Text("x"), hidden("x"), Hidden(secret.New("x"), secret.Ref{}), Text("x").WithLabel("l")},
		{Text("y"), hidden("y")},
		{Text(""), hidden("")},
		{Seal(), Seal().WithLabel("l")},
		{Outside(env), Outside(env)},
		{Outside(secret.Ref{Env: "OTHER"})},
		{Output(target, "id")},
		{Output(target, "secret")},
		{Output(Ref{Kind: "SystemUser", Name: "other"}, "id")},
	}
	for i, one := range groups {
		for j, two := range groups {
			for _, a := range one {
				for _, b := range two {
					same(t, fmt.Sprintf("%d %s = %d %s", i, a, j, b), a.Equal(b), i == j)
				}
			}
		}
	}
}

// TestHashLaw: where there is something to take a fingerprint of, it is equal
// exactly when the values are.
func TestHashLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "b"}), rapid.String())
		draw := func(name string) Value {
			text := words.Draw(t, name)
			return rapid.SampledFrom([]Value{Text(text), hidden(text), Text(text).WithLabel(name)}).Draw(t, name)
		}
		a, b := draw("a"), draw("b")
		if a.Equal(b) != (a.Hash(testKey) == b.Hash(testKey)) {
			t.Fatalf("equal %v, hashes %s and %s", a.Equal(b), a.Hash(testKey), b.Hash(testKey))
		}
		if a.Hash(testKey) == a.Hash([]byte("other key")) {
			t.Fatal("the hash does not depend on the key")
		}
	})
}

// TestPrintingNeverLeaks tries every way of printing, on the value itself and
// wherever it may be buried.
func TestPrintingNeverLeaks(t *testing.T) {
	type nested struct {
		Public  Value
		private Value
		Deep    map[string]*Value
		List    []any
		Err     error
	}
	v := hidden(canary).WithLabel("label")
	n := nested{v, v, map[string]*Value{"v": &v}, []any{v, &v, Change{Have: v, Want: v}}, fmt.Errorf("it is %v", v)}
	for what, text := range printed(v, &v, n, &n, Change{Path: "/p", Have: v, Want: Text("x")}, Properties{"p": v}) {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows the secret: %s", what, text)
		}
		if strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s shows the secret in hex: %s", what, text)
		}
	}
}

func printed(things ...any) map[string]string {
	all := map[string]string{}
	for i, thing := range things {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%U", "%e", "%b", "%o", "%T"} {
			all[fmt.Sprint(i, verb)] = fmt.Sprintf(verb, thing)
		}
		all[fmt.Sprint(i, "print")] = fmt.Sprint(thing) + fmt.Sprintln(thing)
		data, err := json.Marshal(thing)
		all[fmt.Sprint(i, "json")] = string(data) + fmt.Sprint(err)
		data, err = yaml.Marshal(thing)
		all[fmt.Sprint(i, "yaml")] = string(data) + fmt.Sprint(err)
		var log bytes.Buffer
		logger := zerolog.New(&log)
		logger.Info().Interface("value", thing).Any("any", thing).Str("text", fmt.Sprint(thing)).Msg("x")
		all[fmt.Sprint(i, "zerolog")] = log.String()
	}
	one, two := hidden(canary), hidden(canary+"2")
	all["go-cmp"] = gocmp.Diff(one, two) + gocmp.Diff(Properties{"p": one}, Properties{"p": two}) + gocmp.Diff(one, Text("x"))
	return all
}

// TestPrintingShowsLiterals: the masks above are no accident of a broken printer.
func TestPrintingShowsLiterals(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		same(t, verb, fmt.Sprintf(verb, Text("plain")), "plain")
	}
}

func TestUnmarshal(t *testing.T) {
	tests := []struct {
		text string
		want Value
	}{
		{`"x"`, Text("x")},
		{` "x" `, Text("x")},
		{`"a\u00e4\n"`, Text("aä\n")},
		{`""`, Text("")},
		{`1.0`, Text("1.0")},
		{`12345678901234567890`, Text("12345678901234567890")},
		{`true`, Text("true")},
		{`null`, Nothing()},
		{`{"env":"NAME"}`, Outside(env)},
		{`{"vcap":"s","key":"a.b"}`, Outside(secret.Ref{VCAP: "s", Key: "a.b"})},
		{`{"systemUser":"IAG caller","output":"secret"}`, Output(Ref{Kind: "systemUser", Name: "IAG caller"}, "secret")},
		{`{"iagSystem":"IAS"}`, Output(Ref{Kind: "iagSystem", Name: "IAS"}, "")},
	}
	for _, c := range tests {
		// What was there before must not shine through.
		v := hidden("before").WithLabel("before")
		if err := json.Unmarshal([]byte(c.text), &v); err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		same(t, c.text, v, c.want)
		same(t, c.text, v.Form(), c.want.Form())
		same(t, c.text, v.Label(), "")
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for _, text := range []string{
		``, ` `, `[]`, `["x"]`, `{}`, `{"key":"k"}`, `{"output":"id"}`, `{"env":"A","file":"b"}`, `{"env":"A","key":"k"}`,
		`{"env":1}`, `{"env":{"a":"b"}}`, `{"systemUser":"a","destination":"b"}`, `{"systemUser":"a","env":"B"}`,
		`{"env":"A","output":"id"}`, `"\x"`, `{"systemUser":""}`, `{"":"a"}`,
	} {
		var v Value
		if err := v.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s was taken as %v", text, v)
		}
	}
}

// FuzzUnmarshalJSON: nothing panics, and what was read is written and read again
// as the same.
func FuzzUnmarshalJSON(f *testing.F) {
	for _, text := range []string{
		`"x"`, `1.0`, `true`, `null`, `{"env":"NAME"}`, `{"systemUser":"a","output":"b"}`, `[`, ``, `{"a":"b","c":"d"}`, ` {}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v Value
		if err := v.UnmarshalJSON(data); err != nil || !json.Valid(data) {
			return
		}
		if to, _ := v.From(); to.Kind != Word(to.Kind) {
			return // no kind is written like that; the loader says so
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var w Value
		if err := w.UnmarshalJSON(again); err != nil || !v.Equal(w) || v.Form() != w.Form() {
			t.Fatalf("%q became %s, then %v, %v", data, again, w, err)
		}
	})
}

// TestRoundTrip: every form that a manifest can say survives being written.
func TestRoundTrip(t *testing.T) {
	for _, v := range []Value{Text("x"), Text(""), Text("12"), Nothing(), Outside(env), Output(Ref{Kind: "job", Name: "n"}, "id")} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var w Value
		if err := json.Unmarshal(data, &w); err != nil {
			t.Fatal(err)
		}
		same(t, string(data), w, v)
	}
	// A secret is written as the reference that it came from.
	data, _ := json.Marshal(hidden(canary))
	var w Value
	if err := json.Unmarshal(data, &w); err != nil {
		t.Fatal(err)
	}
	same(t, "a secret", w, Outside(env))
}

func TestWord(t *testing.T) {
	for kind, want := range map[string]string{
		"Destination": "destination", "SystemUser": "systemUser", "IAGSystem": "iagSystem", "IAG": "iaG", "": "", "job": "job",
	} {
		same(t, kind, Word(kind), want)
	}
}

func TestSet(t *testing.T) {
	tests := []struct {
		one, two Set
		equal    bool
	}{
		{nil, nil, true},
		{nil, Set{}, true},
		{Set{"a", "b"}, Set{"b", "a"}, true},
		{Set{"a", "a"}, Set{"a"}, true},
		{Set{"a"}, Set{"b"}, false},
		{Set{"a"}, nil, false},
		{Set{""}, nil, false},
		{Set{"a, b"}, Set{"a", "b"}, false},
		{Set{`"a`, `b"`}, Set{`"a, b"`}, false},
	}
	for _, c := range tests {
		same(t, fmt.Sprintf("%q = %q", []string(c.one), []string(c.two)), c.one.Equal(c.two), c.equal)
		// A difference that Equal sees must not be lost where a set stands as text.
		if !c.equal && len(c.one)+len(c.two) > 1 {
			same(t, "text", c.one.String() == c.two.String(), false)
		}
	}
	set := Set{"b", "a", "b"}
	same(t, "string", set.String(), "a, b")
	same(t, "untouched", []string(set), []string{"b", "a", "b"})
}

// TestEmptySets: a nil Set equals an empty one, also where specifications are
// compared.
func TestEmptySets(t *testing.T) {
	type tagged struct {
		Tags Set `json:"tags"`
	}
	same(t, "diff", len(Diff(tagged{}, tagged{Set{}})), 0)
	same(t, "removed", Diff(tagged{Set{"a"}}, tagged{Set{}}), []Change{{Path: "/tags", Have: Text("a")}})
}
