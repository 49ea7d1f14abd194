package person

import (
	"bufio"
	"bytes"
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
		r.Orders = append(r.Orders, Entry{Number: i + 1, Order: o})
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
		reports = append(reports, Report{
			Object: e.String(), Action: e.Action, Order: e.ID, ID: e.Result.ID, By: e.Result.By, Ticket: e.Result.Ticket, Do: e.Do,
		})
	}
	return reports, nil
}

// The lines of runbook.md that a report is read from.
var (
	headLine  = regexp.MustCompile(`^## \d+\. (create|update|delete|run) ([A-Za-z]+/.+)$`)
	orderLine = regexp.MustCompile("^Order `(sha256:[0-9a-f]{64})`$")
	doneLine  = regexp.MustCompile(`^- \[([ xX])\] Done$`)
	fieldLine = regexp.MustCompile(`^- (Id|Client ID|System ID|By|Ticket): (.*)$`)
)

// readMarkdown reads a filled-in runbook.md.
func readMarkdown(data []byte) ([]Report, error) {
	var all []Report
	done := map[int]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), " \r")
		if head := headLine.FindStringSubmatch(line); head != nil {
			all = append(all, Report{Action: head[1], Object: head[2]})
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
			last.set(field[1], strings.Trim(strings.TrimSpace(field[2]), "_`"))
		}
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		return nil, errors.Join(ErrReport, err)
	}
	var reports []Report
	for i, r := range all {
		if done[i] {
			reports = append(reports, r)
		}
	}
	return reports, nil
}

func (r *Report) set(field, value string) {
	switch field {
	case "By":
		r.By = value
	case "Ticket":
		r.Ticket = value
	default:
		r.ID = value
	}
}
