package resource

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/secret"
)

func TestEntry(t *testing.T) {
	from := Output(Ref{Kind: "ProxySystem", Name: "p"}, "id")
	place := secret.Ref{Env: "X"}
	for _, c := range []struct {
		value Value
		want  Instruction
	}{
		{Text("a b"), Instruction{Do: Type, Label: "l", Value: "a b"}},
		{from, Instruction{Do: Type, Label: "l", From: "ProxySystem/p#id"}},
		{Outside(place), Instruction{Do: Type, Label: "l", Secret: "env:X"}},
		{Hidden(secret.New("hunter2"), place), Instruction{Do: Type, Label: "l", Secret: "env:X"}},
		{Hidden(secret.New("hunter2"), secret.Ref{}), Instruction{Do: Type, Label: "l"}},
	} {
		if diff := cmp.Diff(c.want, Entry(Type, "l", c.value)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestSameInstruction: filling in a blank makes no other instruction, changing
// anything else does.
func TestSameInstruction(t *testing.T) {
	blank := Instruction{Do: Type, Label: "External System ID", From: "ProxySystem/p#id", Hint: "h"}
	filled := Instruction{Do: Type, Label: "External System ID", Value: "x"}
	if !blank.Same(filled) || !filled.Same(blank) {
		t.Error("a filled-in blank is another instruction")
	}
	for _, other := range []Instruction{{Do: Choose, Label: filled.Label, Value: "x"}, {Do: Type, Label: "Name", Value: "x"}, {Do: Type, Label: filled.Label, Value: "y"}} {
		if filled.Same(other) {
			t.Errorf("%v is the same as %v", filled, other)
		}
	}
}

func TestLists(t *testing.T) {
	type inner struct {
		Map Properties `json:"map"`
	}
	type spec struct {
		Value Value      `json:"value"`
		Some  Properties `json:"some"`
		None  Properties `json:"none"`
		Inner inner      `json:"inner"`
		Tags  Set        `json:"tags"`
	}
	have := Lists(spec{Some: Properties{}, Inner: inner{Map: Properties{"a": Text("b")}}, Tags: Set{"t"}})
	if want := []string{"/some", "/inner/map"}; !slices.Equal(have, want) {
		t.Errorf("%v, want %v", have, want)
	}
}

func TestUnknownValue(t *testing.T) {
	v := Unknown()
	if v.Sensitive() || v.Text() != "" || v.String() != "[not known]" || v.Equal(Text("")) || v.Hash([]byte("k")) != "" {
		t.Errorf("%v", v)
	}
}
