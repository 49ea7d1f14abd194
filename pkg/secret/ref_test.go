package secret

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// places are all the places of a test: variables, files and a binding.
type places struct {
	dir string
	env map[string]string
}

func (p places) source() Outside {
	return Outside{LookupEnv: func(name string) (string, bool) { text, ok := p.env[name]; return text, ok }}
}

func (p places) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const services = `{
	"destination": [
		{"name": "dest-one", "label": "destination", "tags": ["shared", "first"], "credentials": {"clientid": "one", "uaa": {"clientsecret": "deep"}}},
		{"name": "dest-two", "label": "destination", "tags": ["shared"], "credentials": {"clientid": "two"}}
	],
	"user-provided": [
		{"name": "destination", "label": "user-provided", "credentials": {"clientid": "named"}},
		{"name": "bare", "label": "user-provided"},
		{"name": "twice", "label": "x", "credentials": {"clientid": "a"}},
		{"name": "twice", "label": "x", "credentials": {"clientid": "b"}}
	],
	"xsuaa": [{"name": "login", "label": "xsuaa", "tags": ["oauth"], "credentials": {"clientid": "uaa"}}]
}`

func newPlaces(t *testing.T) places {
	p := places{dir: t.TempDir(), env: map[string]string{"NAME": "value", "EMPTY": "", "VCAP_SERVICES": services}}
	p.file(t, "plain", "text\n")
	p.file(t, "windows", "text\r\n")
	p.file(t, "two lines", "a\nb\n\n")
	p.file(t, "empty", "")
	p.file(t, "key.json", `{"clientid":"id","uaa":{"clientsecret":"deep","list":[1]},"none":null,"number":12345678901234567890,"exact":1.0,"yes":true,"dotted.key":"d"}`)
	p.file(t, "broken.json", `{"clientid": "CANARY`)
	p.file(t, "binding/clientid", "bound\n")
	p.file(t, "binding/uaa", `{"clientsecret":"deep"}`)
	p.file(t, "binding/dotted.key", "exact")
	p.file(t, "binding/dotted", `{"key":"walked"}`)
	p.file(t, "binding/broken", `{"clientsecret":`)
	p.file(t, "binding/..data/hidden", "no")
	p.file(t, "outside", "CANARY")
	return p
}

func TestSecret(t *testing.T) {
	p := newPlaces(t)
	file := func(name, key string) Ref { return Ref{File: filepath.Join(p.dir, name), Key: key} }
	binding := func(key string) Ref { return Ref{Binding: filepath.Join(p.dir, "binding"), Key: key} }
	tests := []struct {
		name string
		ref  Ref
		want string
		// unset says that the answer is ErrUnset, fails any other error.
		unset, fails bool
	}{
		{name: "variable", ref: Ref{Env: "NAME"}, want: "value"},
		{name: "variable not set", ref: Ref{Env: "MISSING"}, unset: true},
		{name: "variable empty", ref: Ref{Env: "EMPTY"}, unset: true},
		{name: "file", ref: file("plain", ""), want: "text"},
		{name: "file from Windows", ref: file("windows", ""), want: "text"},
		{name: "only one line break goes", ref: file("two lines", ""), want: "a\nb\n"},
		{name: "empty file", ref: file("empty", ""), unset: true},
		{name: "missing file", ref: file("missing", ""), unset: true},
		{name: "missing file with key", ref: file("missing", "k"), unset: true},
		{name: "folder", ref: file(".", ""), fails: true},
		{name: "entry", ref: file("key.json", "clientid"), want: "id"},
		{name: "nested entry", ref: file("key.json", "uaa.clientsecret"), want: "deep"},
		{name: "object", ref: file("key.json", "uaa"), want: `{"clientsecret":"deep","list":[1]}`},
		{name: "number letter by letter", ref: file("key.json", "number"), want: "12345678901234567890"},
		{name: "fraction letter by letter", ref: file("key.json", "exact"), want: "1.0"},
		{name: "boolean", ref: file("key.json", "yes"), want: "true"},
		{name: "null entry", ref: file("key.json", "none"), unset: true},
		{name: "missing entry", ref: file("key.json", "nobody"), unset: true},
		{name: "entry of a text", ref: file("key.json", "clientid.x"), unset: true},
		{name: "entry of a list", ref: file("key.json", "uaa.list.0"), unset: true},
		{name: "broken document", ref: file("broken.json", "clientid"), fails: true},
		{name: "service by name", ref: Ref{VCAP: "dest-one", Key: "clientid"}, want: "one"},
		{name: "service, nested", ref: Ref{VCAP: "dest-one", Key: "uaa.clientsecret"}, want: "deep"},
		{name: "service by label", ref: Ref{VCAP: "xsuaa", Key: "clientid"}, want: "uaa"},
		{name: "service by tag", ref: Ref{VCAP: "first", Key: "clientid"}, want: "one"},
		{name: "a name wins over labels and tags", ref: Ref{VCAP: "destination", Key: "clientid"}, want: "named"},
		{name: "ambiguous tag", ref: Ref{VCAP: "shared", Key: "clientid"}, fails: true},
		{name: "ambiguous label", ref: Ref{VCAP: "x", Key: "clientid"}, fails: true},
		{name: "ambiguous name", ref: Ref{VCAP: "twice", Key: "clientid"}, fails: true},
		{name: "no such service", ref: Ref{VCAP: "nobody", Key: "clientid"}, unset: true},
		{name: "no such entry of a service", ref: Ref{VCAP: "login", Key: "nobody"}, unset: true},
		{name: "service without credentials", ref: Ref{VCAP: "bare"}, unset: true},
		{name: "entry of a service without credentials", ref: Ref{VCAP: "bare", Key: "clientid"}, unset: true},
		{name: "all credentials", ref: Ref{VCAP: "login"}, want: `{"clientid": "uaa"}`},
		{name: "binding entry", ref: binding("clientid"), want: "bound"},
		{name: "nested binding entry", ref: binding("uaa.clientsecret"), want: "deep"},
		{name: "an entry's own name wins", ref: binding("dotted.key"), want: "exact"},
		{name: "missing binding entry", ref: binding("nobody"), unset: true},
		{name: "missing nested binding entry", ref: binding("uaa.nobody"), unset: true},
		{name: "nested entry of a text", ref: binding("clientid.x"), unset: true},
		{name: "no way out of the binding", ref: binding("../outside"), unset: true},
		{name: "missing binding", ref: Ref{Binding: filepath.Join(p.dir, "nobody"), Key: "clientid"}, unset: true},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			have, err := p.source().Secret(c.ref)
			same(t, "text", have.Reveal(), c.want)
			same(t, "unset", errors.Is(err, ErrUnset), c.unset)
			same(t, "fails", err != nil, c.fails || c.unset)
			if err != nil && (!strings.Contains(err.Error(), c.ref.String()) || strings.Contains(err.Error(), "CANARY")) {
				t.Errorf("%q does not name %s, or shows what is there", err, c.ref)
			}
		})
	}
}

// TestEmptyIsTold: a place that exists and holds nothing is told from a missing one.
func TestEmptyIsTold(t *testing.T) {
	p := newPlaces(t)
	_, err := p.source().Secret(Ref{Env: "EMPTY"})
	same(t, "empty", errors.Is(err, ErrEmpty), true)
	_, err = p.source().Secret(Ref{Env: "MISSING"})
	same(t, "missing", errors.Is(err, ErrEmpty), false)
}

func TestServicesMissingOrBroken(t *testing.T) {
	p := newPlaces(t)
	p.env["VCAP_SERVICES"] = `{"CANARY": 1}`
	_, err := p.source().Secret(Ref{VCAP: "login"})
	if err == nil || errors.Is(err, ErrUnset) || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("broken: %v", err)
	}
	delete(p.env, "VCAP_SERVICES")
	if _, err = p.source().Secret(Ref{VCAP: "login"}); !errors.Is(err, ErrUnset) {
		t.Errorf("missing: %v", err)
	}
}

func TestDocument(t *testing.T) {
	p := newPlaces(t)
	binding := filepath.Join(p.dir, "binding")
	if err := os.Remove(filepath.Join(binding, "broken")); err != nil {
		t.Fatal(err)
	}
	p.env["KEY"] = `{"a":"b"}`
	tests := map[string]struct {
		ref  Ref
		want string
	}{
		"variable": {Ref{Env: "KEY"}, `{"a":"b"}`},
		"file":     {Ref{File: p.file(t, "doc", `{"c":"d"}`+"\n")}, `{"c":"d"}`},
		"service":  {Ref{VCAP: "login"}, `{"clientid": "uaa"}`},
		"entry":    {Ref{Binding: binding, Key: "uaa"}, `{"clientsecret":"deep"}`},
		"binding":  {Ref{Binding: binding}, `{"clientid":"bound","dotted":{"key":"walked"},"dotted.key":"exact","uaa":{"clientsecret":"deep"}}`},
	}
	for name, c := range tests {
		have, err := p.source().Document(c.ref)
		same(t, name, have.Reveal(), c.want)
		same(t, name, err, nil)
	}
	if _, err := p.source().Document(Ref{Binding: filepath.Join(p.dir, "nobody")}); !errors.Is(err, ErrUnset) {
		t.Errorf("missing: %v", err)
	}
	p.file(t, "binding/folder/x", "x")
	if _, err := p.source().Document(Ref{Binding: binding}); err == nil || errors.Is(err, ErrUnset) {
		t.Errorf("a folder inside: %v", err)
	}
}

// TestBrokenBindingEntryIsText: only valid objects are taken as such.
func TestBrokenBindingEntryIsText(t *testing.T) {
	same(t, "broken", bindingEntry(`{"a":`), any(`{"a":`))
	same(t, "list", bindingEntry(`[1]`), any(`[1]`))
}

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		ref Ref
		ok  bool
	}{
		"env": {Ref{Env: "A"}, true}, "file": {Ref{File: "a"}, true}, "vcap": {Ref{VCAP: "a"}, true}, "binding": {Ref{Binding: "a"}, true},
		"file and key": {Ref{File: "a", Key: "k"}, true}, "env and key": {Ref{Env: "A", Key: "k"}, false},
		"nothing": {Ref{}, false}, "only a key": {Ref{Key: "k"}, false}, "two": {Ref{Env: "A", File: "a"}, false},
	}
	for name, c := range tests {
		same(t, name, c.ref.Check() == nil, c.ok)
	}
	same(t, "zero", Ref{}.IsZero(), true)
	same(t, "not zero", Ref{Key: "k"}.IsZero(), false)
}

func TestRefStrings(t *testing.T) {
	for want, r := range map[string]Ref{
		"env:NAME": {Env: "NAME"}, "file:a/b": {File: "a/b"}, "file:a#k": {File: "a", Key: "k"},
		"vcap:s#a.b": {VCAP: "s", Key: "a.b"}, "binding:/b#k": {Binding: "/b", Key: "k"},
	} {
		same(t, want, r.String(), want)
	}
}

// FuzzPick: no document and no key make it panic or tell what is in there.
func FuzzPick(f *testing.F) {
	f.Add("a.b", []byte(`{"a":{"b":"c"}}`))
	f.Add("..", []byte(`{"":{"":{"":1e999}}}`))
	f.Add("a", []byte(`{"a":`))
	f.Add("0", []byte(`[1]`))
	f.Fuzz(func(t *testing.T, key string, data []byte) {
		text, err := pick(Ref{File: "f", Key: key}, key, data)
		if err != nil && text != "" {
			t.Errorf("%q beside %v", text, err)
		}
		if !json.Valid(data) && err == nil {
			t.Errorf("%q was taken from no document", text)
		}
	})
}

// FuzzVCAP: neither does any text in VCAP_SERVICES.
func FuzzVCAP(f *testing.F) {
	f.Add(services, "dest-one", "clientid")
	f.Add(`{"a":[{}]}`, "", "")
	f.Add(`[]`, "x", "y")
	f.Fuzz(func(t *testing.T, text, name, key string) {
		o := Outside{LookupEnv: func(string) (string, bool) { return text, true }}
		v, err := o.Secret(Ref{VCAP: name, Key: key})
		if err == nil && v.IsZero() {
			t.Error("nothing was found, without an error")
		}
	})
}
