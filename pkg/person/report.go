package person

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/resource"
)

// Report says that one work order is done.
type Report struct {
	// Object is KIND/NAME, Action that of the order.
	Object string `yaml:"object"`
	Action string `yaml:"action,omitempty"`
	// Order is the order's id, "" for whatever is open.
	Order string `yaml:"order,omitempty"`
	// ID is the identifier of the object, or the address of its page.
	ID     string `yaml:"id,omitempty"`
	By     string `yaml:"by,omitempty"`
	Ticket string `yaml:"ticket,omitempty"`
	// At is when it was reported.
	At time.Time `yaml:"at,omitempty"`
	// Run is what Job History says of a run, for a job.
	Run Run `yaml:"run,omitempty"`
	// Wants identifies what the manifest asked for when a report file was written, and
	// Asked is that in words; neither holds a secret.
	Wants string                 `yaml:"wants,omitempty"`
	Asked []resource.Instruction `yaml:"asked,omitempty"`
	// Export is what the console exported of the object.
	Export *Export `yaml:"export,omitempty"`
	// Do is what the order said, where the report came with it.
	Do []resource.Instruction `yaml:"do,omitempty"`
}

// Run is what Job History says of one run, as somebody copied it.
type Run struct {
	// Status is the console's word. Times are RFC 3339, or as 2006-01-02 15:04 in the
	// time zone of the job.
	Status   string `json:"status" yaml:"status,omitempty"`
	Started  string `json:"started,omitempty" yaml:"started,omitempty"`
	Finished string `json:"finished" yaml:"finished,omitempty"`
	// Users and Groups are what the run read; "" where the history does not say.
	Users  Number `json:"users" yaml:"users,omitempty"`
	Groups Number `json:"groups" yaml:"groups,omitempty"`
}

// IsZero reports whether nothing is said of a run.
func (r Run) IsZero() bool { return r == Run{} }

// Number is a number as somebody wrote it down: with or without quotes.
type Number string

// UnmarshalJSON takes a number or a text.
func (n *Number) UnmarshalJSON(data []byte) error {
	*n = Number(strings.Trim(string(data), `"`))
	if *n == "null" {
		*n = ""
	}
	return nil
}

// Export is a file that the console exported, without its secrets.
type Export struct {
	// At is when the console wrote it, as far as known.
	At time.Time `yaml:"at"`
	// Document is the file's text.
	Document string `yaml:"document"`
}

// File is a report file: what somebody without credentials reported, to be kept
// beside the manifest.
type File struct {
	APIVersion  string   `yaml:"apiVersion"`
	Kind        string   `yaml:"kind"`
	Integration string   `yaml:"integration"`
	Reports     []Report `yaml:"reports"`
}

// What a report file begins with.
const (
	fileVersion = "reconcile/v1"
	fileKind    = "Report"
)

// NewFile makes a report file of an integration, named NAME-STAGE.
func NewFile(integration string, reports []Report) File {
	return File{APIVersion: fileVersion, Kind: fileKind, Integration: integration, Reports: reports}
}

// Encode writes the file.
func (f File) Encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := errors.Join(encoder.Encode(f), encoder.Close())
	return out.Bytes(), err
}

// ReadFile reads a report file; what it does not know is an error.
func ReadFile(data []byte) (File, error) {
	var f File
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return File{}, fmt.Errorf("%w (%w)", ErrReport, err)
	}
	if err := decoder.Decode(new(File)); !errors.Is(err, io.EOF) {
		return File{}, fmt.Errorf("%w (more than one document)", ErrReport)
	}
	if f.APIVersion != fileVersion || f.Kind != fileKind || f.Integration == "" {
		return File{}, ErrReport
	}
	return f, f.check()
}

func (f File) check() error {
	for _, r := range f.Reports {
		if _, err := resource.ParseRef(r.Object); err != nil {
			return fmt.Errorf("%w: %w", ErrReport, err)
		}
		if r.At.IsZero() {
			return fmt.Errorf("%w: %s lacks at", ErrReport, r.Object)
		}
	}
	return nil
}

// Read reads a filled-in runbook, as JSON or Markdown, or a report file.
func Read(data []byte) ([]Report, error) {
	switch text := bytes.TrimSpace(data); {
	case bytes.HasPrefix(text, []byte("{")):
		return readRunbook(data)
	case bytes.Contains(text, []byte("kind: "+fileKind)):
		f, err := ReadFile(data)
		return f.Reports, err
	default:
		return readMarkdown(data)
	}
}

var (
	uuid   = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
	plain  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	errsID = "%q is neither an identifier nor the address of a page that ends in one"
)

// Identifier takes the identifier out of what a person reports: itself, or the
// address of a console page.
// Fact: the id of a proxy system is the last part of its page's address, in
// practice a UUID. Source: SAP-docs/btp-cloud-identity-services,
// proxy-systems-b10d68a.md, read 2026-11-23. [documented; UUID recorded]
func Identifier(text string) (string, error) {
	text = strings.TrimSpace(text)
	if found := uuid.FindAllString(text, -1); len(found) > 0 {
		return found[len(found)-1], nil
	}
	if !strings.Contains(text, "/") && plain.MatchString(text) {
		return text, nil
	}
	return "", fmt.Errorf(errsID, text)
}
