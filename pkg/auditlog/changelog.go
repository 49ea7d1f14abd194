package auditlog

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"reconcile/pkg/resource"
)

// Change is one line of the change log that an administrator exported from the
// identity tenant. Of the value that was set nothing is kept: it may be anything.
type Change struct {
	// At is when; zero where the date could not be read.
	At time.Time
	// By is the administrator's name, or id where there is no name.
	By string
	// Kind is the kind that the resource type stands for, "" for all others.
	Kind string
	// ID and Name are those of the resource.
	ID, Name string
	// Action is CREATE, UPDATE or DELETE as written, Attribute what was set.
	Action, Attribute string
}

// ErrNotChangeLog says that a file is not a change log: it lacks a column that every
// change log has.
var ErrNotChangeLog = errors.New("this is not the change log of an identity tenant")

// ParseChangeLog reads an exported change log. Columns are found by their names, in
// any order; lines that are too short are read as far as they go. The error is
// ErrNotChangeLog, or that of a broken CSV file with its line.
//
// Fact: the export is a CSV file with one line for each attribute that was set, and
// goes back 24 months. Source: SAP-docs/btp-cloud-identity-services 9d96aae, read
// 2026-11-23. [documented]
func ParseChangeLog(file io.Reader) ([]Change, error) {
	buffered := bufio.NewReader(file)
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3)
	}
	first, _ := buffered.Peek(1024)
	reader := csv.NewReader(buffered)
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = separator(first), -1, true
	head, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: its first line cannot be read", ErrNotChangeLog)
	}
	at, err := columns(head)
	if err != nil {
		return nil, err
	}
	var all []Change
	for {
		line, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("change log: %w", err)
		}
		all = append(all, at.change(line))
	}
}

// separator is what parts the columns of the first line: spreadsheets of some
// countries save with another sign than the comma.
func separator(start []byte) rune {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', 0
	for _, sign := range []rune{',', ';', '\t'} {
		if n := bytes.Count(line, []byte(string(sign))); n > most {
			best, most = sign, n
		}
	}
	return best
}

// places maps the fields of a change to columns.
type places map[string]int

// columns finds the columns by their names. Without type, action, and name or id
// nothing can be told.
func columns(head []string) (places, error) {
	at := places{}
	for _, row := range table("columns.csv") {
		for name := range strings.SplitSeq(row[1], "|") {
			i := slices.IndexFunc(head, func(h string) bool { return letters(h) == letters(name) })
			if _, found := at[row[0]]; i >= 0 && !found {
				at[row[0]] = i
			}
		}
	}
	for _, needed := range []string{"date", "type", "action"} {
		if _, ok := at[needed]; !ok {
			return nil, fmt.Errorf("%w: it has no column for the %s", ErrNotChangeLog, needed)
		}
	}
	_, name := at["name"]
	if _, id := at["id"]; !name && !id {
		return nil, fmt.Errorf("%w: it has no column for the name or the id of the resource", ErrNotChangeLog)
	}
	return at, nil
}

func (at places) text(line []string, field string) string {
	i, ok := at[field]
	if !ok || i >= len(line) {
		return ""
	}
	return strings.TrimSpace(line[i])
}

func (at places) change(line []string) Change {
	c := Change{
		At: parseTime(at.text(line, "date")), By: at.text(line, "by"), ID: at.text(line, "id"), Name: at.text(line, "name"),
		Action: at.text(line, "action"), Attribute: at.text(line, "attribute"), Kind: kindOf(at.text(line, "type")),
	}
	if c.By == "" {
		c.By = at.text(line, "byID")
	}
	return c
}

// kindOf is the kind of a resource type, "" when it is none of ours.
func kindOf(resourceType string) string {
	for _, row := range table("types.csv") {
		for name := range strings.SplitSeq(row[1], "|") {
			if letters(name) == letters(resourceType) {
				return row[0]
			}
		}
	}
	return ""
}

// letters leaves of a heading what people do not spell in two ways.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// Changed is what the change log tells of one object: one click of one person,
// however many attributes it set.
type Changed struct {
	Ref        resource.Ref
	At         time.Time
	By, Action string
	Attributes []string
}

// ChangesOf returns the changes of the subjects, by subject in the order given, the
// newest first. A subject is found by its kind, and by its field "id" or else its
// exact name.
func ChangesOf(all []Change, subjects []Subject) []Changed {
	var found []Changed
	for _, s := range subjects {
		start := len(found)
		for _, c := range all {
			if c.Kind != s.Ref.Kind || c.Kind == "" || !s.is(c) {
				continue
			}
			found = gather(found, start, Changed{Ref: s.Ref, At: c.At, By: c.By, Action: c.Action}, c.Attribute)
		}
		slices.SortStableFunc(found[start:], func(a, b Changed) int { return b.At.Compare(a.At) })
	}
	return found
}

func (s Subject) is(c Change) bool {
	return c.Name != "" && c.Name == s.Fields["name"] || c.ID != "" && c.ID == s.Fields["id"]
}

// gather adds an attribute to the click that set it.
func gather(found []Changed, from int, click Changed, attribute string) []Changed {
	at := slices.IndexFunc(found[from:], func(c Changed) bool {
		return c.Ref == click.Ref && c.At.Equal(click.At) && c.By == click.By && c.Action == click.Action
	})
	if at < 0 {
		found, at = append(found, click), len(found)-from
	}
	if c := &found[from+at]; attribute != "" && !slices.Contains(c.Attributes, attribute) {
		c.Attributes = append(c.Attributes, attribute)
	}
	return found
}
