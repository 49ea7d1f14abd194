package simulator

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keeper tells whether an item passes a filter.
type keeper func(name string, i *item) bool

// filter reads $filter.
//
// Fact: destinations can be filtered by Name in (…), startswith, endswith and modifiedwithin(1..1440 minutes);
// fragments by label only. Source: Destination Service OpenAPI, read 2026-11-23. [documented] A filter that is not
// understood answers 400. [assumed]
func (d *desk) filter() (keeper, bool) {
	text, given := d.query["$filter"]
	if !given {
		return func(string, *item) bool { return true }, true
	}
	if !d.fam.filters {
		return nil, false
	}
	if names, ok := inList(text); ok {
		return func(name string, _ *item) bool { return slices.Contains(names, name) }, true
	}
	for word, test := range map[string]func(s, part string) bool{
		"startswith": strings.HasPrefix, "endswith": strings.HasSuffix,
	} {
		if args, ok := function(text, word); ok && strings.HasPrefix(args, "Name,") {
			part, ok := quoted(strings.TrimSpace(strings.TrimPrefix(args, "Name,")))
			part = strings.ReplaceAll(part, "''", "'")
			return func(name string, _ *item) bool { return test(name, part) }, ok
		}
	}
	return d.modifiedWithin(text)
}

// modifiedWithin reads modifiedwithin('30', 'minutes').
func (d *desk) modifiedWithin(text string) (keeper, bool) {
	args, ok := function(text, "modifiedwithin")
	count, unit, two := strings.Cut(args, ",")
	n, ok1 := quoted(strings.TrimSpace(count))
	u, ok2 := quoted(strings.TrimSpace(unit))
	minutes, err := strconv.Atoi(n)
	if !ok || !two || !ok1 || !ok2 || u != "minutes" || err != nil || minutes < 1 || minutes > 1440 {
		return nil, false
	}
	since := d.l.time().Add(-time.Duration(minutes) * time.Minute).UnixMilli()
	return func(_ string, i *item) bool { return i.Modified >= since }, true
}

// inList reads "Name in ('a', 'b')"; names are percent-encoded inside their quotes.
func inList(text string) (names []string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "Name in")
	if !ok {
		return nil, false
	}
	rest = strings.TrimSpace(rest)
	if !strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")") {
		return nil, false
	}
	for part := range strings.SplitSeq(rest[1:len(rest)-1], ",") {
		raw, ok := quoted(strings.TrimSpace(part))
		if !ok {
			return nil, false
		}
		name, err := url.PathUnescape(raw)
		if err != nil {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}

// function cuts word( … ) off.
func function(text, word string) (args string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), word+"(")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, ")")
}

// quoted cuts single quotes off.
func quoted(s string) (string, bool) {
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return "", false
	}
	return s[1 : len(s)-1], true
}
