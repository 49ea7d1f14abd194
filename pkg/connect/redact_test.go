package connect

import (
	"net/url"
	"testing"

	"reconcile/pkg/secret"
)

func TestRedact(t *testing.T) {
	s := New(Options{})
	if got := s.Redact("nothing known"); got != "nothing known" {
		t.Error(got)
	}
	s.Hide(secret.New("hunter2"), secret.New("hunter2hunter2"), secret.New("ab"), secret.New(""), secret.Value{}, secret.New("p&\"w\\d/ä"))
	for in, want := range map[string]string{
		"hunter2 and hunter2hunter2":         "[secret] and [secret]",
		"xhunter2y":                          "x[secret]y",
		"ab cab abc (ab) ab":                 "[secret] cab abc ([secret]) [secret]",
		"p=" + url.QueryEscape("p&\"w\\d/ä"): "p=[secret]",
		`{"p":"p&\"w\\d/ä"}`:                 `{"p":"[secret]"}`,
		`{"p":"p\u0026\"w\\d/ä"}`:            `{"p":"[secret]"}`,
		"aHVudGVyMg==":                       "[secret]",
		"":                                   "",
	} {
		if got := s.Redact(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	_, c := open(t, always(200, ""), ReadOnly)
	c.Hide(secret.New("hunter2"))
	if got := c.Line(" a\x1b[2Jhunter2\n c\t"); got != "a [2J[secret] c" {
		t.Errorf("%q", got)
	}
}
