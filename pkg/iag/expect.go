package iag

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Expect says how many users and groups a system ought to bring. It only steers: a
// synchronisation is not started while the number that comes through the proxy
// system lies outside.
type Expect struct {
	Users  *Range `json:"users,omitempty" jsonschema:"description=Users that come through the proxy system"`
	Groups *Range `json:"groups,omitempty" jsonschema:"description=Groups that come through the proxy system"`
}

// Range bounds a number of users or groups.
type Range struct {
	// Min and Max are the bounds, both included; nil is no bound.
	Min *int `json:"min,omitempty" jsonschema:"minimum=0,description=At least so many"`
	Max *int `json:"max,omitempty" jsonschema:"minimum=0,description=At most so many"`
	// Change is by how much the number may differ from the one of the last
	// synchronisation that was started, as 10%.
	Change string `json:"change,omitempty" jsonschema:"minLength=1,description=By how much the number may differ from the last one\\, such as 10%"`
}

// Of returns the range for "Users" or "Groups", nil when nothing is expected.
func (e *Expect) Of(collection string) *Range {
	switch {
	case e == nil:
		return nil
	case collection == "Users":
		return e.Users
	case collection == "Groups":
		return e.Groups
	default:
		return nil
	}
}

// Outside says in what a number differs from what is expected, "" when it does not.
// before is the number of the last synchronisation, negative when it is not known.
func (r *Range) Outside(number, before int) string {
	switch {
	case r == nil:
		return ""
	case r.Min != nil && number < *r.Min:
		return fmt.Sprintf("at least %d are expected", *r.Min)
	case r.Max != nil && number > *r.Max:
		return fmt.Sprintf("at most %d are expected", *r.Max)
	}
	share, ok := percent(r.Change)
	off := max(number-before, before-number)
	if r.Change == "" || !ok || before < 0 || off*100 <= share*before {
		return ""
	}
	return fmt.Sprintf("the last time there were %d, and a change of at most %s is expected", before, r.Change)
}

// String says what is expected, as "10 to 50, change at most 10%".
func (r *Range) String() string {
	var parts []string
	switch {
	case r.Min != nil && r.Max != nil:
		parts = append(parts, fmt.Sprintf("%d to %d", *r.Min, *r.Max))
	case r.Min != nil:
		parts = append(parts, fmt.Sprintf("at least %d", *r.Min))
	case r.Max != nil:
		parts = append(parts, fmt.Sprintf("at most %d", *r.Max))
	}
	if r.Change != "" {
		parts = append(parts, "change at most "+r.Change)
	}
	return strings.Join(parts, ", ")
}

var share = regexp.MustCompile(`^([0-9]{1,4})%$`)

// percent reads 10% as 10.
func percent(text string) (int, bool) {
	found := share.FindStringSubmatch(text)
	if found == nil {
		return 0, false
	}
	n, err := strconv.Atoi(found[1])
	return n, err == nil
}

// checkExpect refuses what can never hold, and what nobody can count.
func checkExpect(s System) []resource.Fault {
	if s.Expect == nil {
		return nil
	}
	var faults []resource.Fault
	complain := func(path, message, remedy string) {
		faults = append(faults, catalogue.Complain("E169", "/expect"+path, message, remedy))
	}
	if given(s.Destination) {
		complain("", fmt.Sprintf("nobody can count what comes through destination %q", s.Destination),
			"remove expect: only what goes through a proxy system can be counted")
	}
	for _, of := range []struct {
		path string
		r    *Range
	}{{"/users", s.Expect.Users}, {"/groups", s.Expect.Groups}} {
		switch r := of.r; {
		case r == nil:
		case r.Min != nil && r.Max != nil && *r.Min > *r.Max:
			complain(of.path, fmt.Sprintf("min %d is more than max %d", *r.Min, *r.Max), "exchange them")
		case r.Change != "" && !share.MatchString(r.Change):
			complain(of.path+"/change", fmt.Sprintf("change %q is not a share", r.Change), "write a whole number with a percent sign, such as 10%")
		case r.String() == "":
			complain(of.path, "nothing is expected", "say min, max or change")
		}
	}
	return faults
}
