package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Policy is how an integration is reconciled.
type Policy struct {
	// LiveChanges is never empty after Load.
	LiveChanges resource.LiveChanges `json:"liveChanges,omitempty" jsonschema:"enum=overwrite,enum=stop,description=What happens to changes made by hand; the default is overwrite"`
	// Freeze lists periods in which nothing is changed.
	Freeze []Freeze `json:"freeze,omitempty" jsonschema:"description=Periods in which nothing is changed"`
	// Windows lists the hours in which changes are allowed; none means always.
	Windows []Window `json:"windows,omitempty" jsonschema:"description=Hours in which changes are allowed; without any they always are"`
	// FourEyes wants another person to vouch for a report than the one who did the
	// work.
	FourEyes bool `json:"fourEyes,omitempty" jsonschema:"description=true wants a work order to be reported by somebody else than who did it"`
	// StaleAfter is how long what was seen counts, as 7d or 36h; empty means
	// [DefaultStaleAfter].
	StaleAfter string `json:"staleAfter,omitempty" jsonschema:"pattern=^([0-9]+(d|h|m|s))+$,description=How long what was seen or reported counts\\, as 7d or 36h; the default is 7d"`
}

// Freeze is a period in which nothing is changed, in whole days.
type Freeze struct {
	// From and Until are the first and the last day, as 2026-12-20.
	From  string `json:"from" jsonschema:"format=date,description=First day of the freeze"`
	Until string `json:"until" jsonschema:"format=date,description=Last day of the freeze"`
	// TimeZone is where the days begin and end; empty means UTC.
	TimeZone string `json:"timeZone,omitempty" jsonschema:"description=Time zone of the days\\, such as Europe/Berlin; the default is UTC"`
	// Reason is told to whoever is stopped.
	Reason string `json:"reason" jsonschema:"minLength=1,description=Why nothing is changed; told to whoever is stopped"`
}

// Window is a part of some days of the week in which changes are allowed.
type Window struct {
	// Days are Mon to Sun; none means every day.
	Days []string `json:"days,omitempty" jsonschema:"enum=Mon,enum=Tue,enum=Wed,enum=Thu,enum=Fri,enum=Sat,enum=Sun,description=Days on which the window opens; without any it opens daily"`
	// From and Until are times of day; a window whose end is not after its beginning
	// ends on the next day.
	From  string `json:"from" jsonschema:"pattern=^([01][0-9]|2[0-3]):[0-5][0-9]$,description=Time of day at which the window opens\\, as 20:00"`
	Until string `json:"until" jsonschema:"pattern=^([01][0-9]|2[0-3]):[0-5][0-9]$,description=Time of day at which the window closes\\, as 06:00"`
	// TimeZone is that of the times; empty means UTC.
	TimeZone string `json:"timeZone,omitempty" jsonschema:"description=Time zone of the times\\, such as Europe/Berlin; the default is UTC"`
}

// DefaultStaleAfter is how long what was seen counts where the manifest says nothing.
const DefaultStaleAfter = 7 * 24 * time.Hour

// Stale returns how long what was seen counts. Load has refused what is no duration.
func (p Policy) Stale() time.Duration {
	if d, err := ParseAge(p.StaleAfter); err == nil {
		return d
	}
	return DefaultStaleAfter
}

// ParseAge reads a duration above 0 with days, such as 7d, 1d12h or 90m.
func ParseAge(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.Atoi(days)
	var d time.Duration
	if err == nil && (rest != "" || !found) {
		d, err = time.ParseDuration(rest)
	}
	switch {
	case err != nil || n < 0 || d < 0:
		return 0, fmt.Errorf("%q is no duration", text)
	case n > mostDays || d > mostDays*24*time.Hour:
		return 0, fmt.Errorf("%q is more than %d days", text, mostDays)
	case d+time.Duration(n) == 0:
		return 0, fmt.Errorf("%q leaves no time", text)
	}
	return d + time.Duration(n)*24*time.Hour, nil
}

// mostDays is far below what a time.Duration can hold.
const mostDays = 3650

// Closed says why nothing may be changed at a moment; "" when it may.
func (p Policy) Closed(at time.Time) string {
	for _, f := range p.Freeze {
		if day := at.In(zone(f.TimeZone)).Format(time.DateOnly); f.From <= day && day <= f.Until {
			return fmt.Sprintf("frozen from %s to %s: %s", f.From, f.Until, f.Reason)
		}
	}
	if len(p.Windows) == 0 || slices.ContainsFunc(p.Windows, func(w Window) bool { return w.open(at) }) {
		return ""
	}
	words := make([]string, len(p.Windows))
	for i, w := range p.Windows {
		words[i] = w.String()
	}
	return "outside of the change windows: " + strings.Join(words, "; ")
}

// String words the window for people.
func (w Window) String() string {
	days := "daily"
	if len(w.Days) > 0 {
		days = strings.Join(w.Days, ", ")
	}
	return fmt.Sprintf("%s %s to %s %s", days, w.From, w.Until, zone(w.TimeZone))
}

// open reports whether the window is open: it may have opened the day before.
func (w Window) open(at time.Time) bool {
	at = at.In(zone(w.TimeZone))
	now := at.Format("15:04")
	if w.From < w.Until {
		return w.on(at) && w.From <= now && now < w.Until
	}
	return w.on(at) && w.From <= now || w.on(at.AddDate(0, 0, -1)) && now < w.Until
}

func (w Window) on(day time.Time) bool {
	return len(w.Days) == 0 || slices.Contains(w.Days, day.Format("Mon"))
}

// zone finds a time zone; check has refused unknown ones.
func zone(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return location
}

// checkPolicy finds what the schema cannot see.
func (l *loader) checkPolicy(i Integration) {
	if text := i.Policy.StaleAfter; text != "" {
		if _, err := ParseAge(text); err != nil {
			l.faults.report(codeShape, i.At("/spec/policy/staleAfter"), "policy.staleAfter: "+err.Error(), "give a duration such as 7d, 36h or 90m")
		}
	}
	for n, f := range i.Policy.Freeze {
		at := fmt.Sprintf("/spec/policy/freeze/%d", n)
		l.checkZone(i, at, f.TimeZone)
		if f.Until < f.From {
			l.faults.report(codeShape, i.At(at+"/until"), fmt.Sprintf("the freeze ends on %s, before it begins on %s", f.Until, f.From), "exchange the two days")
		}
	}
	for n, w := range i.Policy.Windows {
		l.checkZone(i, fmt.Sprintf("/spec/policy/windows/%d", n), w.TimeZone)
	}
}

func (l *loader) checkZone(i Integration, at, name string) {
	if _, err := time.LoadLocation(name); err != nil {
		l.faults.add(resource.Fault{
			Severity: resource.Error, Code: codeShape, Path: at + "/timeZone", Position: i.At(at + "/timeZone"),
			Message: fmt.Sprintf("time zone %q is not known", name), Remedy: "use a name of the tz database, such as Europe/Berlin",
		})
	}
}
