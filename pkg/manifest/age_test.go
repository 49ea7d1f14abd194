package manifest

import (
	"testing"
	"time"
)

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"7d": 7 * 24 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "1s": time.Second,
		"": 0, "0d": 0, "0h": 0, "soon": 0, "d": 0, "7": 0, "-1h": 0, "-1d": 0, "7d-1h": 0, "99999999999999d": 0, "3651d": 0, "12h1d": 0,
	} {
		got, err := ParseAge(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	if got := (Policy{}).Stale(); got != 7*24*time.Hour {
		t.Errorf("default %s", got)
	}
	if got := (Policy{StaleAfter: "36h"}).Stale(); got != 36*time.Hour {
		t.Errorf("set %s", got)
	}
}

// FuzzParseAge holds that what is taken is above 0 and leaves room to count with.
func FuzzParseAge(f *testing.F) {
	for _, text := range []string{"7d", "1d12h", "", "d", "-1h", "9999h", "1d0s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseAge(text); err == nil && (d <= 0 || d > 2*mostDays*24*time.Hour) {
			t.Errorf("%q is %s", text, d)
		}
	})
}
