package secret

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

const canary = "CANARY-f00"

func same[T any](t testing.TB, what string, have, want T) {
	t.Helper()
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +have):\n%s", what, diff)
	}
}

type nested struct {
	Public  Value
	private Value
	Pointer *Value
	Map     map[string]Value
	Any     any
}

// TestNothingPrintsASecret tries every printer, encoder and logger on a value and
// on what may hold one.
func TestNothingPrintsASecret(t *testing.T) {
	v := New(canary)
	n := nested{v, v, &v, map[string]Value{"v": v}, []any{v, &v}}
	printed := map[string]string{}
	for i, thing := range []any{v, &v, n, &n, []Value{v}, map[string]any{"v": &n}, fmt.Errorf("it is %v", v)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%U", "%e", "%b", "%o", "%T", "%10.3v"} {
			printed[fmt.Sprint(i, " ", verb)] = fmt.Sprintf(verb, thing)
		}
		for name, encode := range encoders {
			printed[fmt.Sprint(i, " ", name)] = encode(thing)
		}
	}
	printed["go-cmp"] = gocmp.Diff(v, New(canary+"2")) + gocmp.Diff(map[string]Value{"v": v}, map[string]Value{"v": New("x")})
	for what, text := range printed {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s shows the secret: %s", what, text)
		}
	}
}

var encoders = map[string]func(any) string{
	"print": func(v any) string { return fmt.Sprint(v) + fmt.Sprintln(v) },
	"json":  func(v any) string { data, err := json.Marshal(v); return string(data) + fmt.Sprint(err) },
	"yaml":  func(v any) string { data, err := yaml.Marshal(v); return string(data) + fmt.Sprint(err) },
	"xml":   func(v any) string { data, err := xml.Marshal(v); return string(data) + fmt.Sprint(err) },
	"gob": func(v any) string {
		var out bytes.Buffer
		err := gob.NewEncoder(&out).Encode(v)
		return out.String() + fmt.Sprint(err)
	},
	"template": func(v any) string {
		var out bytes.Buffer
		err := template.Must(template.New("").Parse("{{.}} {{printf `%#v` .}}")).Execute(&out, v)
		return out.String() + fmt.Sprint(err)
	},
	"zerolog": func(v any) string {
		var out bytes.Buffer
		logger := zerolog.New(&out)
		logger.Info().Interface("v", v).Any("any", v).Str("text", fmt.Sprint(v)).Msg("x")
		return out.String()
	},
	"slog": func(v any) string {
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		return out.String()
	},
}

// TestMask: what is printed instead says that something is there.
func TestMask(t *testing.T) {
	for _, verb := range []string{"%v", "%s", "%q", "%#v"} {
		same(t, verb, fmt.Sprintf(verb, New(canary)), mask)
	}
	data, err := json.Marshal(map[string]Value{"v": New(canary), "zero": {}})
	same(t, "json", string(data), `{"v":"[secret]","zero":"[secret]"}`)
	same(t, "error", err, nil)
	text, err := New(canary).MarshalText()
	same(t, "text", string(text), mask)
	same(t, "error", err, nil)
	same(t, "string", New(canary).String(), mask)
}

func TestReveal(t *testing.T) {
	same(t, "text", New(canary).Reveal(), canary)
	same(t, "zero", Value{}.Reveal(), "")
	same(t, "zero is zero", Value{}.IsZero(), true)
	same(t, "empty is zero", New("").IsZero(), true)
	same(t, "text is not", New(canary).IsZero(), false)
}

// TestNobodyInlinesASecret: encoders cannot fill a value.
func TestNobodyInlinesASecret(t *testing.T) {
	var in struct{ V Value }
	for what, err := range map[string]error{
		"json": json.Unmarshal([]byte(`{"V":"`+canary+`"}`), &in),
		"yaml": yaml.Unmarshal([]byte("V: "+canary), &in),
		"text": in.V.UnmarshalText([]byte(canary)),
	} {
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", what, err)
		}
	}
	same(t, "still nothing", in.V.IsZero(), true)
}

// TestEqualAndHash: two values are equal exactly when their fingerprints are.
func TestEqualAndHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "b"}), rapid.String())
		a, b := words.Draw(t, "a"), words.Draw(t, "b")
		key := []byte(rapid.String().Draw(t, "key"))
		if New(a).Equal(New(b)) != (a == b) || (New(a).Hash(key) == New(b).Hash(key)) != (a == b) {
			t.Fatalf("%q and %q", a, b)
		}
		if len(New(a).Hash(key)) != 11 || New(a).Hash(key) != Hash(key, a) {
			t.Fatalf("the hash is %q", New(a).Hash(key))
		}
		if New(a).Hash(key) == New(a).Hash(append(key, 'x')) {
			t.Fatal("the hash does not depend on the key")
		}
	})
	same(t, "zero and empty", Value{}.Equal(New("")), true)
}
