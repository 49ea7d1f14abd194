package resource

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"reconcile/pkg/secret"
)

// thing is a small kind; its driver notes what reaches it.
type thing struct {
	Note Value `json:"note"`
}

func things() Definition[thing] {
	return Definition[thing]{
		Kind: "Thing", Section: "things", Doc: "A thing.", Outputs: []string{"note"},
		Fields:    []Field{{Path: "/note", Class: Immutable}},
		Normalize: func(name string, s thing) thing { s.Note = Text(name + ":" + s.Note.Text()); return s },
	}
}

type driver struct {
	err   error
	calls []string
}

func (d *driver) List(context.Context) iter.Seq2[Live[thing], error] {
	return func(yield func(Live[thing], error) bool) {
		_ = yield(Live[thing]{Name: "a", ID: "1", Version: "v", Key: "k", Spec: thing{Text("x")}}, nil) && (d.err == nil || yield(Live[thing]{}, d.err))
	}
}

func (d *driver) Create(_ context.Context, name string, want thing, key string) (Live[thing], error) {
	d.calls = append(d.calls, "create "+name+" "+want.Note.Text()+" "+key)
	return Live[thing]{Name: name, Spec: want}, d.err
}

func (d *driver) Update(_ context.Context, have Live[thing], want thing, diff []Change) (Live[thing], error) {
	d.calls = append(d.calls, "update "+have.ID+" "+have.Version+" "+want.Note.Text()+" "+diff[0].Path)
	return Live[thing]{Name: have.Name, Spec: want}, d.err
}

func (d *driver) Delete(_ context.Context, have Live[thing]) error {
	d.calls = append(d.calls, "delete "+have.ID)
	return d.err
}

type runner struct{ *driver }

func (r runner) Start(_ context.Context, have Live[thing], key string) (Run, error) {
	return Run{ID: have.Name, Key: key}, r.err
}

func (r runner) Runs(context.Context, Live[thing]) ([]Run, error) {
	return []Run{{ID: "run"}}, r.err
}

type bulk struct{ *driver }

func (b bulk) CreateAll(_ context.Context, wants []Named[thing]) []Result[thing] {
	results := make([]Result[thing], len(wants))
	for i, n := range wants {
		results[i].Live, results[i].Err = b.Create(context.Background(), n.Name, n.Want, "")
	}
	return results
}

func (b bulk) UpdateAll(_ context.Context, edits []Edit[thing]) []Result[thing] {
	results := make([]Result[thing], len(edits))
	for i, e := range edits {
		results[i].Live, results[i].Err = b.Update(context.Background(), e.Have, e.Want, nil)
	}
	return results
}

func TestBindWithoutDriverIsOffline(t *testing.T) {
	kind := Bind[thing](things(), WayPerson, nil)
	ctx := t.Context()
	_, list := kind.List(ctx)
	_, create := kind.Create(ctx, "a", thing{}, "")
	_, update := kind.Update(ctx, Object{Spec: thing{}}, thing{}, nil)
	_, start := kind.Start(ctx, Object{Spec: thing{}}, "")
	_, runs := kind.Runs(ctx, Object{Spec: thing{}})
	for i, err := range []error{list, create, update, kind.Delete(ctx, Object{Spec: thing{}}), start, runs} {
		if !errors.Is(err, ErrOffline) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	same(t, "bulk", kind.Bulk(), false)
	same(t, "way", kind.Way(), WayPerson)
	same(t, "name", kind.Name()+" "+kind.Section()+" "+kind.Doc(), "Thing things A thing.")
	same(t, "outputs", kind.Outputs(), []string{"note"})
	same(t, "fields", len(kind.Fields()), 1)
	same(t, "zero", kind.Zero(), Spec(thing{}))
}

// TestBindDefaults: all functions of a definition but Normalize may be nil.
func TestBindDefaults(t *testing.T) {
	kind := Bind[thing](things(), WayAPI, nil)
	same(t, "identity", kind.Identity("a", thing{}), "a")
	same(t, "faults", len(kind.Validate("a", thing{}, Scope{})), 0)
	same(t, "implied", len(kind.Implied(thing{})), 0)
	same(t, "mentions", len(kind.Mentions(thing{})), 0)
	same(t, "normalize", kind.Normalize("a", thing{Text("x")}), Spec(thing{Text("a:x")}))
	same(t, "output", kind.Output("note", nil, nil), Value{})
	same(t, "runs", kind.RunsAfterChange(thing{}), false)
	same(t, "protected", kind.Protected(), false)
	same(t, "secrets appear", kind.SecretsAppear(), false)
	kept := kind.Keep(Object{Spec: thing{Text("have")}}, thing{}, Ownership{})
	same(t, "keep fills", kept, Spec(thing{Text("have")}))
}

func TestBindPassesOn(t *testing.T) {
	def := things()
	def.Name = func(name string, s thing) string { return name + "/" + s.Note.Text() }
	def.Validate = func(string, thing, Scope) []Fault { return []Fault{{Code: "E1"}} }
	def.Implied = func(thing) []Ref { return []Ref{target} }
	def.Mentions = func(thing) map[string]Ref { return map[string]Ref{"/note": target} }
	def.RunsAfterChange = func(s thing) bool { return s.Note.Text() == "runs" }
	def.Keep = func(have, _ thing, own Ownership) thing { return thing{Text(have.Note.Text() + " kept")} }
	def.Output = func(output string, have *Live[thing], want *thing) Value {
		switch {
		case have != nil:
			return Text(output + " of " + have.ID)
		case want != nil:
			return want.Note
		}
		return Value{}
	}
	kind := Bind(def, WayAPI, Driver[thing](&driver{}))
	same(t, "identity", kind.Identity("a", thing{Text("b")}), "a/b")
	same(t, "faults", len(kind.Validate("a", thing{}, Scope{})), 1)
	same(t, "implied", kind.Implied(thing{}), []Ref{target})
	same(t, "mentions", kind.Mentions(thing{}), map[string]Ref{"/note": target})
	same(t, "runs", kind.RunsAfterChange(thing{Text("runs")}), true)
	same(t, "keep", kind.Keep(Object{Spec: thing{Text("x")}}, thing{}, Ownership{}), Spec(thing{Text("x kept")}))
	same(t, "live output", kind.Output("id", &Object{ID: "7", Spec: thing{}}, thing{}), Text("id of 7"))
	same(t, "wanted output", kind.Output("id", nil, thing{Text("w")}), Text("w"))
	same(t, "no output", kind.Output("id", nil, nil), Value{})
	mapped := kind.Map(thing{Text("x")}, func(path string, v Value) Value { return Text(path) })
	same(t, "map", mapped, Spec(thing{Text("/note")}))
}

func TestBindCalls(t *testing.T) {
	d := &driver{}
	kind := Bind(things(), WayAPI, Driver[thing](d))
	objects, err := kind.List(t.Context())
	same(t, "list", objects, []Object{{Name: "a", ID: "1", Version: "v", Key: "k", Spec: thing{Text("a:x")}}})
	same(t, "error", err, nil)
	made, _ := kind.Create(t.Context(), "b", thing{Text("n")}, "key")
	same(t, "what comes back is normalised", made.Spec, Spec(thing{Text("b:n")}))
	_, _ = kind.Update(t.Context(), objects[0], thing{Text("m")}, []Change{{Path: "/note"}})
	_ = kind.Delete(t.Context(), objects[0])
	same(t, "calls", d.calls, []string{"create b n key", "update 1 v m /note", "delete 1"})
	d.err = errors.New("no")
	if objects, err := kind.List(t.Context()); !errors.Is(err, d.err) || len(objects) != 1 {
		t.Errorf("a list that breaks off: %v, %v", objects, err)
	}
	if _, err := kind.Create(t.Context(), "b", thing{}, ""); !errors.Is(err, d.err) {
		t.Errorf("create: %v", err)
	}
}

func TestBindAbilities(t *testing.T) {
	d := &driver{}
	plain, runs, many := Bind(things(), WayAPI, Driver[thing](d)), Bind(things(), WayAPI, Driver[thing](runner{d})), Bind(things(), WayAPI, Driver[thing](bulk{d}))
	same(t, "bulk", []bool{plain.Bulk(), runs.Bulk(), many.Bulk()}, []bool{false, false, true})
	if _, err := plain.Start(t.Context(), Object{Spec: thing{}}, ""); !errors.Is(err, ErrOffline) {
		t.Errorf("start: %v", err)
	}
	run, _ := runs.Start(t.Context(), Object{Name: "a", Spec: thing{}}, "key")
	same(t, "run", run, Run{ID: "a", Key: "key"})
	listed, _ := runs.Runs(t.Context(), Object{Spec: thing{}})
	same(t, "runs", len(listed), 1)
	objects, errs := many.CreateAll(t.Context(), []string{"a", "b"}, []Spec{thing{Text("1")}, thing{Text("2")}})
	same(t, "order", []string{objects[0].Name, objects[1].Name}, []string{"a", "b"})
	same(t, "errors", slices.Equal(errs, []error{nil, nil}), true)
}

func TestDecode(t *testing.T) {
	kind := Bind[thing](things(), WayAPI, nil)
	meta, s, err := kind.Decode([]byte(`{"name":"a","state":"absent","adopt":true,"protect":false,"ignore":[{"path":"/p","reason":"r"}],"note":1.0}`))
	if err != nil {
		t.Fatal(err)
	}
	no := false
	same(t, "meta", meta, Meta{Name: "a", State: "absent", Adopt: true, Protect: &no, Ignore: []Ignore{{Path: "/p", Reason: "r"}}})
	same(t, "numbers stay as they are written", s, Spec(thing{Text("1.0")}))
	for _, text := range []string{`{"name":1}`, `{"name":"a","note":[]}`, `[`} {
		if _, _, err := kind.Decode([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

func TestWaitingNamesTheObject(t *testing.T) {
	same(t, "text", Waiting{Order{Ref: target}}.Error(), "SystemUser/IAG caller waits for a person")
}

// Whatever field of whatever kind holds it: what is a secret by its look is hidden,
// and a value from outside does not become text for being asked to.
func TestNormalizeHidesWhatLooksSecret(t *testing.T) {
	type spec struct {
		A, B Value
		C    Properties
	}
	k := Bind(Definition[spec]{Normalize: func(_ string, s spec) spec {
		s.B = s.B.Public()
		return s
	}}, WayAPI, nil)
	const text = "https://u:SEKRET@host.example"
	ref := secret.Ref{Env: "X"}
	got := k.Normalize("x", spec{A: Text(text), B: Hidden(secret.New(text), ref), C: Properties{"p": Text(text), "q": Text("plain")}}).(spec)
	if got.A.Form() != Secret || got.B.Form() != Secret || got.B.Source() != ref || got.C["p"].Form() != Secret || got.C["q"].Form() != Literal {
		t.Errorf("%+v", got)
	}
	if !got.A.Equal(Text(text)) {
		t.Error("what is hidden is no longer the same value")
	}
}
