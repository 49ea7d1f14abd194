package iag

import (
	"testing"
	"time"

	"reconcile/pkg/resource"
)

// FuzzRecurrence: checking a schedule ends; one that is taken keeps its meaning when
// it is written shortly, and comes round after any time, within its interval.
func FuzzRecurrence(f *testing.F) {
	f.Add("240m", "02:00", "Europe/Berlin", int64(1764374400))
	f.Add("1ns", "23:59", "UTC", int64(1764374400))
	f.Add("-4h", "24:00", "Local", int64(0))
	f.Add("2562047h", "", "", int64(1<<40))
	f.Add("7m", "00:00", "../../etc/passwd", int64(-1))
	f.Add("24h", "02:30", "America/New_York", int64(1741500000))
	f.Fuzz(func(t *testing.T, every, start, zone string, unix int64) {
		r := Recurrence{Every: resource.Text(every), Start: resource.Text(start), TimeZone: resource.Text(zone)}
		taken := len(checkInterval(r))+len(checkStart(r.Start))+len(checkTimeZone(r.TimeZone)) == 0
		short := canonicalInterval(r.Every)
		if again := canonicalInterval(short); again.Text() != short.Text() {
			t.Errorf("%q is %q and then %q", every, short.Text(), again.Text())
		}
		after := time.Unix(unix%(1<<36), 0)
		next := r.next(after)
		interval, err := time.ParseDuration(every)
		if err != nil || interval <= 0 {
			if !next.IsZero() || taken {
				t.Errorf("%q comes round at %s", every, next)
			}
			return
		}
		if !next.After(after) || next.Sub(after) > interval {
			t.Errorf("%s after %s is %s", every, after, next)
		}
		r.Every = short
		if same := r.next(after); !same.Equal(next) {
			t.Errorf("as %q it comes round at %s, as %q at %s", every, next, short.Text(), same)
		}
	})
}
