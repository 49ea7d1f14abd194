package manifest

import (
	"strings"
	"testing"
	"time"
)

func TestClosed(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	policy := Policy{
		Freeze:  []Freeze{{From: "2026-12-20", Until: "2027-01-06", TimeZone: "Europe/Berlin", Reason: "year-end closing"}},
		Windows: []Window{{Days: []string{"Mon", "Fri"}, From: "20:00", Until: "06:00", TimeZone: "Europe/Berlin"}, {From: "12:00", Until: "13:00"}},
	}
	for _, c := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"Monday at night", time.Date(2026, 11, 23, 22, 0, 0, 0, berlin), ""},
		{"Tuesday before six", time.Date(2026, 11, 24, 5, 59, 0, 0, berlin), ""},
		{"Tuesday at six", time.Date(2026, 11, 24, 6, 0, 0, 0, berlin), "outside of the change windows: Mon, Fri 20:00 to 06:00 Europe/Berlin; daily 12:00 to 13:00 UTC"},
		{"Monday before six", time.Date(2026, 11, 23, 5, 0, 0, 0, berlin), "outside"},
		{"any day at noon", time.Date(2026, 11, 25, 12, 30, 0, 0, time.UTC), ""},
		{"the first moment of the freeze", time.Date(2026, 12, 20, 0, 0, 0, 0, berlin), "frozen from 2026-12-20 to 2027-01-06: year-end closing"},
		{"its last", time.Date(2027, 1, 6, 23, 59, 0, 0, berlin), "frozen"},
		{"a moment before, at noon in UTC", time.Date(2026, 12, 19, 12, 0, 0, 0, time.UTC), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if have := policy.Closed(c.at); have != c.want && (c.want == "" || !strings.HasPrefix(have, c.want)) {
				t.Errorf("have %q, want %q", have, c.want)
			}
		})
	}
	if have := (Policy{}).Closed(time.Now()); have != "" {
		t.Errorf("a policy without freeze and windows closes: %s", have)
	}
}
