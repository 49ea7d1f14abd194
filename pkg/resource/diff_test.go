package resource

import (
	"encoding/json"
	"testing"
)

// TestChangeJSON is the stable form of reports: secrets show that they change.
func TestChangeJSON(t *testing.T) {
	tests := []struct {
		change Change
		want   string
	}{
		{Change{Path: "/p", Have: Text("a"), Want: Text("b"), Origin: OriginLive}, `{"path":"/p","have":"a","want":"b","origin":"live-changed"}`},
		{Change{Path: "/p", Want: Text("")}, `{"path":"/p","want":""}`},
		{Change{Path: "/p", Have: Text("a")}, `{"path":"/p","have":"a"}`},
		{Change{Path: "/p", Have: Text(canary), Want: hidden(canary).WithLabel("l")}, `{"path":"/p","secret":true,"state":"changes","label":"l"}`},
		{Change{Path: "/p", Have: hidden(canary)}, `{"path":"/p","secret":true,"state":"changes"}`},
		{Change{Path: "/p", Have: Seal(), Want: Text(canary)}, `{"path":"/p","secret":true,"state":"changes"}`},
		{Change{Path: "/p", Want: Outside(env)}, `{"path":"/p","secret":true,"state":"changes"}`},
		{Change{Path: "/p", Have: Text("a"), Want: Output(target, "id")}, `{"path":"/p","have":"a","wantFrom":"SystemUser/IAG caller#id"}`},
		{Change{Path: "/p", Have: hidden(canary), Want: Output(target, "secret")}, `{"path":"/p","wantFrom":"SystemUser/IAG caller#secret","secret":true,"state":"changes"}`},
	}
	for _, c := range tests {
		data, err := json.Marshal(c.change)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "json", string(data), c.want)
	}
}

func TestDiffOrderAndSides(t *testing.T) {
	have := Properties{"b": Text("1"), "a": Text("1"), "same": Text("x")}
	want := Properties{"b": Text("2"), "c": Text("3"), "same": hidden("x")}
	same(t, "diff", Diff(have, want), []Change{
		{Path: "/a", Have: Text("1")},
		{Path: "/b", Have: Text("1"), Want: Text("2")},
		{Path: "/c", Want: Text("3")},
	})
}
