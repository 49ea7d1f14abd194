package secret

import "testing"

func TestDoubts(t *testing.T) {
	for text, want := range map[string][2]bool{
		"hunter2":      {false, false},
		"":             {false, false},
		"<redacted>":   {true, false},
		"<REDACTED>":   {true, false},
		"[secret]":     {true, false},
		"***":          {true, false},
		"**":           {false, false},
		"***x":         {false, false},
		"••••••••••":   {true, false},
		"hunter2\n":    {false, true},
		"hunter2\r\n":  {false, true},
		" hunter2":     {false, true},
		"hunter 2":     {false, false},
		"BEGIN\nEND\n": {false, false},
	} {
		v := New(text)
		same(t, text, [2]bool{v.Masked(), v.Padded()}, want)
	}
	same(t, "zero", Value{}.Masked() || Value{}.Padded(), false)
}
