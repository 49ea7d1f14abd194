package resource

import "testing"

// What is picked is hidden under any name but those that are known to hold none.
func TestVeil(t *testing.T) {
	type spec struct {
		Open Value      `json:"open"`
		Free Properties `json:"free"`
	}
	k := Bind(Definition[spec]{Normalize: func(_ string, s spec) spec { s.Open = s.Open.Public(); return s }}, WayAPI, nil)
	o := Object{Name: "x", ID: "1", Spec: spec{Open: Text("a"), Free: Properties{"p": Text("b"), "q": Text("c"), "sealed": Seal()}}}
	got := Veil(k, o, func(path string) bool { return path != "/free/q" })
	s := got.Spec.(spec)
	if got.ID != "1" || s.Open.Text() != "a" || s.Free["p"].Form() != Secret || s.Free["q"].Text() != "c" || s.Free["sealed"].Form() != Sealed {
		t.Errorf("%+v", got)
	}
	if !s.Free["p"].Equal(Text("b")) {
		t.Error("what is hidden is no longer the same value")
	}
	if o.Spec.(spec).Free["p"].Text() != "b" {
		t.Error("the object that was read was changed")
	}
	if Veil(k, o, func(string) bool { return false }).Spec.(spec).Free["p"].Text() != "b" {
		t.Error("what is not picked is hidden")
	}
}
