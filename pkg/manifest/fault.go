package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// The codes of this package. pkg/catalogue explains them.
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
	codeMisplaced  = "E129"
	codeSecret     = "E138"
	codeRename     = "E165"
	codeAddress    = "E173"
	codeUnused     = "W101"
)

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

// quote puts text into quotes, without what is a secret by its look, and cuts it
// where nobody reads on.
func quote(text string) string { return fmt.Sprintf("%q", short(secret.Veil(text))) }

func short(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
