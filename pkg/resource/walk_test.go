package resource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// spec has every shape that a specification may have.
type spec struct {
	Embedded
	Name   Value             `json:"name,omitempty"` //nolint:modernize // the walk must cope with the option
	Tags   Set               `json:"tags"`
	Props  Properties        `json:"properties"`
	Slots  map[string]inner  `json:"slots"`
	Inner  inner             `json:"inner"`
	Steers string            `json:"template"`
	Plain  map[string]string `json:"plain"`
}

// Embedded adds its fields without a name of its own.
type Embedded struct {
	Base Value `json:"base"`
}

type inner struct {
	A Value `json:"a"`
	B Value `json:"b"`
}

func drawValue() *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value {
		text := rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "text")
		return rapid.SampledFrom([]Value{{}, Nothing(), Text(text), hidden(text), Seal(), Outside(env), Output(target, "id")}).Draw(t, "value")
	})
}

func drawSpec() *rapid.Generator[spec] {
	return rapid.Custom(func(t *rapid.T) spec {
		value := drawValue()
		names := rapid.SampledFrom([]string{"p", "q", "a/b", "c~d", ""})
		in := rapid.Custom(func(t *rapid.T) inner { return inner{value.Draw(t, "a"), value.Draw(t, "b")} })
		s := spec{Name: value.Draw(t, "name"), Inner: in.Draw(t, "inner"), Embedded: Embedded{value.Draw(t, "base")}}
		if rapid.Bool().Draw(t, "tags") {
			s.Tags = rapid.SliceOfN(names, 0, 3).Draw(t, "set")
		}
		if rapid.Bool().Draw(t, "props") {
			s.Props = rapid.MapOfN(names, value, 0, 4).Draw(t, "map")
			s.Slots = rapid.MapOfN(names, in, 0, 2).Draw(t, "slots")
		}
		return s
	})
}

func TestPaths(t *testing.T) {
	s := spec{
		Embedded: Embedded{Text("b")}, Name: Text("n"), Tags: Set{"y", "x"}, Inner: inner{B: Seal()}, Steers: "not compared",
		Props: Properties{"a/b": Text("1"), "c~d": hidden("2"), "gone": Nothing(), "unset": {}},
		Slots: map[string]inner{"s": {A: Text("3")}}, Plain: map[string]string{"p": "not compared"},
	}
	same(t, "paths", Paths(s), map[string]Value{
		"/base": Text("b"), "/name": Text("n"), "/tags": Text("x, y"), "/inner/b": Seal(),
		"/properties/a~1b": Text("1"), "/properties/c~0d": hidden("2"), "/slots/s/a": Text("3"),
	})
	same(t, "empty", Paths(spec{}), map[string]Value{})
}

func TestDiffLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := drawSpec().Draw(t, "x"), drawSpec().Draw(t, "y")
		if changes := Diff(x, x); len(changes) > 0 {
			t.Fatalf("a difference to itself: %v", changes)
		}
		there, back := Diff(x, y), Diff(y, x)
		if len(there) != len(back) {
			t.Fatalf("%d differences there, %d back", len(there), len(back))
		}
		have, want := Paths(x), Paths(y)
		for i, c := range there {
			if c.Path != back[i].Path || !c.Have.Equal(have[c.Path]) || !c.Want.Equal(want[c.Path]) || c.Have.Equal(c.Want) {
				t.Fatalf("%+v is no difference of %v and %v", c, have, want)
			}
		}
		if !slices.IsSortedFunc(there, func(a, b Change) int { return strings.Compare(a.Path, b.Path) }) {
			t.Fatalf("not sorted: %v", there)
		}
		differing := map[string]bool{}
		for _, c := range there {
			differing[c.Path] = true
		}
		for path, v := range want {
			if !differing[path] && !have[path].Equal(v) {
				t.Fatalf("%s differs and is not listed", path)
			}
		}
	})
}

// TestMapLaws: mapping nothing copies, every value is visited once, and the copy
// shares no map with the original.
func TestMapLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawSpec().Draw(t, "x")
		visited := map[string]int{}
		y := Map(x, func(path string, v Value) Value { visited[path]++; return v })
		if len(Diff(x, y)) > 0 || x.Steers != y.Steers {
			t.Fatalf("the copy differs: %v", Diff(x, y))
		}
		for path := range Paths(x) {
			if visited[path] != 1 {
				t.Fatalf("%s was visited %d times", path, visited[path])
			}
		}
		before := Paths(x)
		for name := range y.Props {
			y.Props[name] = Text("changed")
		}
		if !maps.EqualFunc(Paths(x), before, Value.Equal) {
			t.Fatal("the copy shares a map")
		}
		z := Map(x, func(string, Value) Value { return Text("z") })
		for path, v := range Paths(z) {
			if path != "/tags" && v.Text() != "z" {
				t.Fatalf("%s is %v", path, v)
			}
		}
	})
}

// TestFillLaws: what is wanted stays, what is not mentioned comes from what is
// there, and filling again changes nothing.
func TestFillLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := drawSpec().Draw(t, "have"), drawSpec().Draw(t, "want")
		filled := Fill(have, want)
		paths, before := Paths(filled), Paths(have)
		for path, v := range Paths(want) {
			if !paths[path].Equal(v) {
				t.Fatalf("%s was wanted as %v and is %v", path, v, paths[path])
			}
		}
		if !want.Name.IsSet() && !paths["/name"].Equal(before["/name"]) {
			t.Fatal("an unmentioned field was not filled")
		}
		if want.Name.Form() == Absent && paths["/name"].IsSet() {
			t.Fatal("a field that must be absent was filled")
		}
		if d := Diff(Fill(have, filled), filled); len(d) > 0 {
			t.Fatalf("filling twice differs: %v", d)
		}
		if d := Diff(Fill(have, spec{}), have); len(d) > 0 {
			t.Fatalf("nothing wanted, and yet: %v", d)
		}
	})
}

func TestFillKinds(t *testing.T) {
	have := spec{Name: Text("n"), Tags: Set{"t"}, Props: Properties{"p": Text("1")}}
	same(t, "an empty set is meant", Fill(have, spec{Tags: Set{}}).Tags, Set{})
	same(t, "an empty map is meant", Fill(have, spec{Props: Properties{}}).Props, Properties{})
	same(t, "a nil map is not", Fill(have, spec{}).Props, have.Props)
	same(t, "maps are not mixed", Fill(have, spec{Props: Properties{"q": Text("2")}}).Props, Properties{"q": Text("2")})
}

func TestKeepProperties(t *testing.T) {
	have := Properties{"ours": Text("1"), "theirs": Text("2"), "wrote": Text("3"), "gone": Text("4")}
	want := Properties{"ours": Text("new"), "gone": Nothing(), "unset": {}}
	wrote := func(name string) bool { return name == "wrote" }
	listed := Properties{"ours": Text("new")}
	tests := map[Unlisted]Properties{
		UnlistedKeep:    {"ours": Text("new"), "theirs": Text("2")},
		UnlistedRemove:  listed,
		UnlistedDefault: listed,
	}
	for policy, kept := range tests {
		same(t, string(policy), KeepProperties(have, want, policy, wrote), kept)
	}
	same(t, "want is untouched", len(want), 3)
}

func TestEscapePointer(t *testing.T) {
	for plain, escaped := range map[string]string{"a": "a", "a/b": "a~1b", "a~b": "a~0b", "~1": "~01", "/~": "~1~0"} {
		same(t, plain, EscapePointer(plain), escaped)
		same(t, escaped, UnescapePointer(escaped), plain)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if e := EscapePointer(s); UnescapePointer(e) != s || strings.Contains(e, "/") {
			t.Fatalf("%q became %q", s, e)
		}
	})
}

func benchmarkSpec() spec {
	s := spec{Name: Text("n"), Props: Properties{}}
	for i := range 20 {
		s.Props[fmt.Sprint("property ", i)] = Text("value")
	}
	return s
}

func BenchmarkDiff(b *testing.B) {
	one, two := benchmarkSpec(), benchmarkSpec()
	two.Props["property 7"] = Text("other")
	b.ReportAllocs()
	for b.Loop() {
		if len(Diff(one, two)) != 1 {
			b.Fatal("one difference was expected")
		}
	}
}

func BenchmarkPaths(b *testing.B) {
	s := benchmarkSpec()
	b.ReportAllocs()
	for b.Loop() {
		_ = Paths(s)
	}
}
