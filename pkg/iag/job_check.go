package iag

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	// The zone names are part of the program, so that every machine knows the same.
	_ "time/tzdata"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

func validateJob(name string, j Job, _ resource.Scope) []resource.Fault {
	return slices.Concat(
		checkName("/name", "name", name),
		checkCategory(j),
		catalogue.CheckBlanks("/iagSystem", j.IAGSystem),
		checkInterval(j.Recurrence),
		checkStart(j.Recurrence.Start),
		checkTimeZone(j.Recurrence.TimeZone),
	)
}

// checkCategory refuses a misspelt category, warns about one that nobody has
// seen, and asks for the system where the category needs one.
func checkCategory(j Job) []resource.Fault {
	text := j.Category.Text()
	if j.Category.Form() != resource.Literal {
		return nil
	}
	if faults := catalogue.CheckValue("/category", j.Category, catalogue.JobCategoryNames(), false); len(faults) > 0 {
		return faults
	}
	category, ok := catalogue.JobCategoryOf(text)
	switch {
	case !ok:
		return []resource.Fault{catalogue.Complain("W127", "/category",
			fmt.Sprintf("job category %q is not a known one", text), suggestCategory(text))}
	case category.NeedsSystem && !given(j.IAGSystem):
		return []resource.Fault{catalogue.Complain("E159", "/category",
			fmt.Sprintf("a job of category %q is for one system, and none is named", text), "add iagSystem: NAME")}
	case category.TakesNone && given(j.IAGSystem):
		return []resource.Fault{catalogue.Complain("E160", "/iagSystem",
			fmt.Sprintf("a job of category %q takes no system, and %q is named", text, j.IAGSystem), "remove iagSystem")}
	}
	return nil
}

func suggestCategory(text string) string {
	if right, ok := catalogue.Nearest(text, catalogue.JobCategoryNames()); ok {
		return fmt.Sprintf("did you mean %s?", right)
	}
	return "known: " + strings.Join(catalogue.JobCategoryNames(), ", ")
}

func checkInterval(r Recurrence) []resource.Fault {
	const path, remedy = "/recurrence/every", "write an interval such as 30m, 4h or 24h"
	if !given(r.Every) {
		if given(r.Start) || given(r.TimeZone) {
			return []resource.Fault{catalogue.Complain("E154", "/recurrence",
				fmt.Sprintf("start %q and timeZone %q do not say how often", r.Start, r.TimeZone), "add every: 24h")}
		}
		return nil
	}
	if r.Every.Form() != resource.Literal {
		return nil
	}
	if interval, err := time.ParseDuration(r.Every.Text()); err != nil || interval < time.Minute {
		return []resource.Fault{catalogue.Complain("E154", path,
			fmt.Sprintf("every %q is not an interval of a minute or more", r.Every.Text()), remedy)}
	}
	return nil
}

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

func checkStart(v resource.Value) []resource.Fault {
	if v.Form() != resource.Literal || clock.MatchString(v.Text()) {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E155", "/recurrence/start",
		fmt.Sprintf("start %q is not a time of day", v.Text()), `write it as "02:00", in quotes`)}
}

func checkTimeZone(v resource.Value) []resource.Fault {
	if v.Form() != resource.Literal {
		return nil
	}
	text := v.Text()
	// Local would mean another time on every machine.
	if _, err := time.LoadLocation(text); err != nil || text == "" || text == "Local" {
		return []resource.Fault{catalogue.Complain("E156", "/recurrence/timeZone",
			fmt.Sprintf("time zone %q is unknown", text), "write an IANA name such as Europe/Berlin or UTC")}
	}
	return nil
}
