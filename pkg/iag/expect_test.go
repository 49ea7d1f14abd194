package iag

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reconcile/pkg/resource"
)

func TestOutside(t *testing.T) {
	for name, test := range map[string]struct {
		r           *Range
		now, before int
		want        string
	}{
		"nothing expected":   {nil, 5, 1, ""},
		"inside":             {&Range{Min: new(5), Max: new(5)}, 5, -1, ""},
		"too few":            {&Range{Min: new(6)}, 5, -1, "at least 6 are expected"},
		"too many":           {&Range{Max: new(4)}, 5, -1, "at most 4 are expected"},
		"none at all":        {&Range{Max: new(0)}, 1, -1, "at most 0 are expected"},
		"a change":           {&Range{Change: "10%"}, 110, 100, ""},
		"a change down":      {&Range{Change: "10%"}, 90, 100, ""},
		"too great a change": {&Range{Change: "10%"}, 111, 100, "the last time there were 100, and a change of at most 10% is expected"},
		"too great downward": {&Range{Change: "10%"}, 89, 100, "the last time there were 100, and a change of at most 10% is expected"},
		"the first time":     {&Range{Change: "10%"}, 89, -1, ""},
		"from none":          {&Range{Change: "10%"}, 1, 0, "the last time there were 0, and a change of at most 10% is expected"},
		"none as before":     {&Range{Change: "0%"}, 7, 7, ""},
	} {
		if have := test.r.Outside(test.now, test.before); have != test.want {
			t.Errorf("%s: %q", name, have)
		}
	}
}

func TestChangeIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, off := rapid.IntRange(0, 1e6).Draw(t, "before"), rapid.IntRange(0, 1e6).Draw(t, "off")
		r := &Range{Change: "25%"}
		if (r.Outside(before+off, before) == "") != (r.Outside(before-off, before) == "") || (r.Outside(before+off, before) == "") != (4*off <= before) {
			t.Fatal(before, off)
		}
	})
}

func TestExpectIsChecked(t *testing.T) {
	proxied := func(e Expect) System { return System{ExternalSystemID: resource.Text("1"), Expect: &e} }
	for name, test := range map[string]struct {
		s    System
		want []string
	}{
		"right":        {proxied(Expect{Users: &Range{Min: new(1), Max: new(2), Change: "10%"}, Groups: &Range{Min: new(0)}}), nil},
		"crossed":      {proxied(Expect{Users: &Range{Min: new(2), Max: new(1)}}), []string{"E169 /expect/users"}},
		"no share":     {proxied(Expect{Groups: &Range{Change: "10"}}), []string{"E169 /expect/groups/change"}},
		"a fraction":   {proxied(Expect{Groups: &Range{Change: "1.5%"}}), []string{"E169 /expect/groups/change"}},
		"empty":        {proxied(Expect{Users: &Range{}}), []string{"E169 /expect/users"}},
		"no way":       {System{Destination: resource.Text("C"), Expect: &Expect{Users: &Range{Min: new(1)}}}, []string{"E169 /expect"}},
		"no one minds": {proxied(Expect{}), nil},
	} {
		if diff := cmp.Diff(test.want, complaints(SystemDefinition(), "IAS", test.s)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestExpectWords(t *testing.T) {
	for want, r := range map[string]*Range{
		"1 to 2, change at most 10%": {Min: new(1), Max: new(2), Change: "10%"},
		"at least 1":                 {Min: new(1)},
		"at most 2":                  {Max: new(2)},
	} {
		if r.String() != want {
			t.Errorf("%q, want %q", r, want)
		}
	}
	if (*Expect)(nil).Of("Users") != nil || (&Expect{Groups: &Range{}}).Of("Groups") == nil || (&Expect{}).Of("Roles") != nil {
		t.Error("the wrong range")
	}
}
