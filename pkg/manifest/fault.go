package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// Code is one kind of complaint that this package makes.
type Code struct {
	// ID is stable: E1xx stops before any call, W1xx does not.
	ID string
	// Title says in a few words what is wrong.
	Title string
}

// The codes of this package.
const (
	codeUnreadable = "E101"
	codeSyntax     = "E102"
	codeTooLarge   = "E103"
	codeForeign    = "E104"
	codeEmpty      = "E105"
	codeWord       = "E106"
	codeNumber     = "E107"
	codeAnchor     = "E108"
	codeTag        = "E109"
	codeTwice      = "E110"
	codeKey        = "E111"
	codeBraces     = "E112"
	codeUndefined  = "E113"
	codeValue      = "E114"
	codeMask       = "E115"
	codeUnknown    = "E116"
	codeType       = "E117"
	codeMissing    = "E118"
	codeChoice     = "E119"
	codeShape      = "E120"
	codeDuplicate  = "E121"
	codeConflict   = "E122"
	codePlace      = "E123"
	codeDangling   = "E124"
	codeOutput     = "E125"
	codeCycle      = "E126"
	codeDecode     = "E127"
	codeSameID     = "E128"
	codeSchema     = "E129"
	codeRename     = "E165"
	codeUnused     = "W101"
)

// Codes lists every complaint of this package, ordered by ID. Nobody changes it.
var Codes = []Code{
	{codeUnreadable, "file or directory cannot be read"},
	{codeSyntax, "not valid YAML"},
	{codeTooLarge, "file is too large"},
	{codeForeign, "document is not a manifest"},
	{codeEmpty, "manifest is empty"},
	{codeWord, "unquoted word that YAML may read as something else"},
	{codeNumber, "unquoted number that YAML readers understand differently"},
	{codeAnchor, "anchor, alias or merge key"},
	{codeTag, "YAML tag"},
	{codeTwice, "field given twice"},
	{codeKey, "field name is not plain text"},
	{codeBraces, "malformed ${name}"},
	{codeUndefined, "value is not defined"},
	{codeValue, "value cannot be used"},
	{codeMask, "mask instead of a value"},
	{codeUnknown, "unknown field"},
	{codeType, "wrong type"},
	{codeMissing, "field is missing"},
	{codeChoice, "not one of the allowed values"},
	{codeShape, "text or list is not acceptable"},
	{codeDuplicate, "name used twice"},
	{codeConflict, "files of one directory disagree"},
	{codePlace, "reference does not name exactly one place"},
	{codeDangling, "reference to nothing"},
	{codeOutput, "unknown output"},
	{codeCycle, "objects refer to each other in a circle"},
	{codeDecode, "object cannot be read"},
	{codeSameID, "two integrations with one id"},
	{codeSchema, "schema cannot be made"},
	{codeUnused, "value is never used"},
}

// newFault makes a fault; the letter of its code decides the severity.
func newFault(code string, at resource.Position, message, remedy string) resource.Fault {
	return resource.Fault{
		Severity: severityOf(code), Code: code, Position: at, Message: message, Remedy: remedy,
	}
}

func severityOf(code string) resource.Severity {
	if strings.HasPrefix(code, "W") {
		return resource.Warning
	}
	return resource.Error
}

// faults collects complaints.
type faults struct {
	list []resource.Fault
	// files is the order in which files were read.
	files []string
	// spoilt holds the scalars that are wrong already: what later checks say
	// about them would only be noise.
	spoilt map[resource.Position]bool
}

// add keeps a fault unless the scalar at its position is spoilt.
func (f *faults) add(fault resource.Fault) {
	if !f.spoilt[fault.Position] {
		f.list = append(f.list, fault)
	}
}

// report makes a fault and adds it.
func (f *faults) report(code string, at resource.Position, message, remedy string) {
	f.add(newFault(code, at, message, remedy))
}

// spoil reports a fault of a scalar and silences later ones at its position.
func (f *faults) spoil(code string, at resource.Position, message, remedy string) {
	f.list = append(f.list, newFault(code, at, message, remedy))
	f.spoilt[at] = true
}

// sorted returns all faults by file, line and column, each once.
func (f *faults) sorted() []resource.Fault {
	slices.SortStableFunc(f.list, func(a, b resource.Fault) int {
		return cmp.Or(
			cmp.Compare(f.rank(a.Position.File), f.rank(b.Position.File)),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Col, b.Position.Col),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(f.list, func(a, b resource.Fault) bool {
		return a.Code == b.Code && a.Position == b.Position && a.Message == b.Message
	})
}

// rank orders files as they were read; what is no file comes last.
func (f *faults) rank(file string) int {
	if i := slices.Index(f.files, file); i >= 0 {
		return i
	}
	return len(f.files)
}

// quote puts text into quotes and cuts it where nobody reads on.
func quote(text string) string { return fmt.Sprintf("%q", short(text)) }

func short(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
