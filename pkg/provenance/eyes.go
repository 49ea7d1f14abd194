package provenance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Who is somebody, by all the names that a system knows them by.
type Who struct {
	names []alias
	// chosen is true for a name that somebody set to be compared with any other.
	chosen bool
}

// alias is one name of somebody, and where such names come from. Only two of one
// sort tell two people apart; two that are equal are one person whatever their sort.
type alias struct{ sort, text string }

const (
	byEmail = "e-mail"
	byName  = "name"
)

func (w Who) known() bool { return len(w.names) > 0 }

// String is how reports name them.
func (w Who) String() string {
	if !w.known() {
		return ""
	}
	return w.names[0].text
}

// with adds a name, unless it is empty or that of a robot: a robot vouches for
// nothing.
func (w Who) with(sort, text string) Who {
	if text = strings.TrimSpace(text); text != "" && text != "unknown" && !strings.HasSuffix(text, "[bot]") {
		w.names = append(slices.Clip(w.names), alias{sort, text})
	}
	return w
}

// noreply are addresses that hold a login instead of a mailbox.
//
// Fact: the forms of the addresses that keep an e-mail address private. Source: GitHub
// Docs, Setting your commit email address; GitLab Docs, User profile, Use an
// automatically generated private commit email, read 2026-11-27. [documented]
var noreply = []struct {
	sort string
	form *regexp.Regexp
}{
	{"GitHub Actions", regexp.MustCompile(`(?i)^(?:[0-9]+\+)?([^@+]+)@users\.noreply\.github\.com$`)},
	{"GitLab CI", regexp.MustCompile(`(?i)^[0-9]+-([^@]+)@users\.noreply\.`)},
}

// gitAuthor is who a commit names as its author. Both texts are whatever that person
// once wrote into a configuration.
func gitAuthor(name, email string) Who {
	for _, form := range noreply {
		if found := form.form.FindStringSubmatch(email); found != nil {
			return Who{}.with(form.sort, found[1]).with(byName, name)
		}
	}
	return Who{}.with(byEmail, email).with(byName, name)
}

// one reports whether two are known by a common name, such as a login that is the
// first part of an e-mail address.
func (w Who) one(o Who) bool {
	return slices.ContainsFunc(w.all(), func(a string) bool {
		return slices.ContainsFunc(o.all(), func(b string) bool { return strings.EqualFold(a, b) })
	})
}

func (w Who) all() []string {
	var all []string
	for _, n := range w.names {
		all = append(all, n.text)
		if box, _, ok := strings.Cut(n.text, "@"); ok {
			all = append(all, box)
		}
	}
	return all
}

// Apart says why nobody can tell that two different people stand behind a report and
// its approval; "" when somebody can.
func Apart(reporter, approver Who) string {
	comparable := approver.chosen || slices.ContainsFunc(reporter.names, func(a alias) bool {
		return a.sort != byName && slices.ContainsFunc(approver.names, func(b alias) bool { return a.sort == b.sort })
	})
	switch {
	case !reporter.known():
		return "nobody knows who reported it"
	case !approver.known():
		return reporter.String() + " reports it, and nobody else is named who vouches for it"
	case reporter.one(approver):
		return fmt.Sprintf("%q reports it and would vouch for it", reporter)
	case !comparable:
		return fmt.Sprintf("nobody can tell whether %q, who reports it, and %q, who vouches for it, are two people", reporter, approver)
	default:
		return ""
	}
}

// Reporting is who reports with credentials: whom the surroundings know.
func (s Surroundings) Reporting() Who {
	by := s.Author()
	w := Who{}.with(by.Source, by.Name)
	for _, ci := range ciSystems {
		if ci.name == by.Source {
			email, _ := s.LookupEnv(ci.email)
			w = w.with(byEmail, email)
		}
	}
	return w
}

// ChosenApprover is whom RECONCILE_APPROVER names, in git's words or an address.
func (s Surroundings) ChosenApprover() Who {
	name, _ := s.LookupEnv("RECONCILE_APPROVER")
	w := Who{}.with(byName, name)
	w.chosen = w.known()
	return w
}

// Approver vouches for what files report: who started the pipeline that reads them,
// unless somebody chose another one.
func (s Surroundings) Approver() Who {
	if chosen := s.ChosenApprover(); chosen.known() {
		return chosen
	}
	if s.Author().Source == localAuthor {
		return Who{}
	}
	return s.Reporting()
}

// Claimed adds to a doubt that who vouches is who is said to have done it.
func Claimed(doubt, by string, approver Who) string {
	if doubt == "" && by != "" && approver.one(Who{}.with(byName, by)) {
		return fmt.Sprintf("%q did it, as the report says, and would vouch for it", by)
	}
	return doubt
}
