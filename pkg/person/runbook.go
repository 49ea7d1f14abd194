package person

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"reconcile/pkg/resource"
)

// Runbook is all that people have to do for one integration, in order.
type Runbook struct {
	FormatVersion int       `json:"formatVersion"`
	Document      string    `json:"document"`
	Integration   string    `json:"integration"`
	Stage         string    `json:"stage"`
	Made          time.Time `json:"made"`
	// Console is the address of the identity tenant's administration console.
	Console string `json:"console,omitempty"`
	// Manifest is how a command line names the manifest, for people to copy.
	Manifest string `json:"manifest"`
	// Folder is where the runbook lies, with a slash at its end.
	Folder string  `json:"-"`
	Orders []Entry `json:"orders"`
	// Afterwards names what the tool does by itself once all is reported.
	Afterwards []string `json:"afterwards,omitempty"`
}

// Entry is one order with the place for its report.
type Entry struct {
	Number int `json:"number"`
	resource.Order
	Result Result `json:"result"`
}

// Result is what a person fills in.
type Result struct {
	Done bool `json:"done"`
	// ID is the identifier that the console made, or the address of its page.
	ID     string `json:"id"`
	By     string `json:"by"`
	Ticket string `json:"ticket"`
	// Run is what Job History says; nil where no run was ordered.
	*Run
}

// The document's name and version.
const (
	runbookDocument = "runbook"
	formatVersion   = 1
)

// NewRunbook completes the head of a runbook and numbers the orders.
func NewRunbook(head Runbook, orders []resource.Order) Runbook {
	r := head
	r.FormatVersion, r.Document, r.Made, r.Orders = formatVersion, runbookDocument, r.Made.UTC().Truncate(time.Second), []Entry{}
	for i, o := range orders {
		e := Entry{Number: i + 1, Order: o}
		if o.Action == "run" {
			e.Result.Run = &Run{}
		}
		r.Orders = append(r.Orders, e)
	}
	return r
}

// Find returns the number of the order of an object, 0 when there is none.
func (r Runbook) Find(ref string) int {
	for _, e := range r.Orders {
		if e.String() == ref {
			return e.Number
		}
	}
	return 0
}

// ErrReport says that a file holds no report.
var ErrReport = errors.New("this is no report: give the filled-in runbook.json or runbook.md, or a report file")

// readRunbook reads a filled-in runbook.json.
func readRunbook(data []byte) ([]Report, error) {
	var r Runbook
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrReport, err)
	}
	if r.Document != runbookDocument || r.FormatVersion != formatVersion {
		return nil, ErrReport
	}
	var reports []Report
	for _, e := range r.Orders {
		if !e.Result.Done {
			continue
		}
		report := Report{
			Object: e.String(), Action: e.Action, Order: e.ID, ID: e.Result.ID, By: e.Result.By, Ticket: e.Result.Ticket, Do: e.Do,
		}
		if e.Result.Run != nil {
			report.Run = *e.Result.Run
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// The lines of runbook.md that a report is read from.
var (
	headLine  = regexp.MustCompile(`^## \d+\. (create|update|delete|run) ([A-Za-z]+/.+)$`)
	orderLine = regexp.MustCompile("^Order `(sha256:[0-9a-f]{64})`$")
	doneLine  = regexp.MustCompile(`^- \[([ xX])\] Done$`)
	fieldLine = regexp.MustCompile(`^- (Id|Client ID|System ID|By|Ticket|Status|Started|Finished|Users|Groups): (.*)$`)
	// noteLine is the instruction that asks to write an identifier down: its blank is
	// where everybody writes it first.
	noteLine = regexp.MustCompile(`^\d+\. \[[ xX]\] Write down the \*\*(Id|Client ID|System ID)\*\*: (.*)$`)
)

// readMarkdown reads a filled-in runbook.md.
func readMarkdown(data []byte) ([]Report, error) {
	var all []Report
	var noted []string
	done := map[int]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), " \r")
		if head := headLine.FindStringSubmatch(line); head != nil {
			all, noted = append(all, Report{Action: head[1], Object: head[2]}), append(noted, "")
			continue
		}
		if len(all) == 0 {
			continue
		}
		last := &all[len(all)-1]
		if order := orderLine.FindStringSubmatch(line); order != nil {
			last.Order = order[1]
		} else if box := doneLine.FindStringSubmatch(line); box != nil {
			done[len(all)-1] = box[1] != " "
		} else if field := fieldLine.FindStringSubmatch(line); field != nil {
			last.set(field[1], blank(field[2]))
		} else if note := noteLine.FindStringSubmatch(line); note != nil {
			text, _, _ := strings.Cut(note[2], " (") // the hint behind it
			noted[len(noted)-1] = blank(text)
		}
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		return nil, errors.Join(ErrReport, err)
	}
	var reports []Report
	for i, r := range all {
		if !done[i] {
			continue
		}
		if r.ID != "" && noted[i] != "" && r.ID != noted[i] {
			return nil, fmt.Errorf("%w: %s has two identifiers, %q at its step and %q below: leave the right one", ErrReport, r.Object, noted[i], r.ID)
		}
		r.ID = cmp.Or(r.ID, noted[i])
		reports = append(reports, r)
	}
	return reports, nil
}

// blank is what was written into a blank.
func blank(text string) string { return strings.Trim(strings.TrimSpace(text), "_` ") }

func (r *Report) set(field, value string) {
	switch field {
	case "By":
		r.By = value
	case "Ticket":
		r.Ticket = value
	case "Status":
		r.Run.Status = value
	case "Started":
		r.Run.Started = value
	case "Finished":
		r.Run.Finished = value
	case "Users":
		r.Run.Users = Number(value)
	case "Groups":
		r.Run.Groups = Number(value)
	default:
		r.ID = value
	}
}
