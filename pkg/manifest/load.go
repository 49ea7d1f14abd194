package manifest

import (
	"fmt"
	"io"

	"reconcile/pkg/resource"
)

// Options say what to load.
type Options struct {
	// Paths are files, directories (their *.yaml, *.yml and *.json files, sorted,
	// without hidden ones and subdirectories) and "-" for Stdin. Later ones win.
	Paths []string
	// Stdin is read for the path "-".
	Stdin io.Reader
	// Memory holds files that are not on disk, by path; such a path is never a
	// folder.
	Memory map[string][]byte
	// Values are YAML files with the texts that ${name} stands for; names below
	// others are joined with dots. Later files win.
	Values []string
	// Set are single values as "name=text"; they win over files.
	Set []string
	// Bare accepts an integration without objects: its connections are enough.
	Bare bool
}

// Language is what manifests may say: the kinds, and the schema made of them. It
// costs more to make than most manifests to read, so a process makes one. It may be
// used by several goroutines.
type Language struct {
	kinds []resource.Kind
	shape shape
}

// NewLanguage makes the language of the kinds that a manifest may hold, in the
// order of Objects. They need no driver. An error is a mistake in the program.
func NewLanguage(kinds []resource.Kind) (*Language, error) {
	known, err := newShape(kinds)
	return &Language{kinds, known}, err
}

// Load reads a manifest and reports everything that is wrong with it, sorted by
// file, line and column. It makes no call and looks up no secret. The manifest
// holds whatever could be understood; it is safe to act on only when no fault has
// the severity resource.Error.
func (known *Language) Load(opts Options) (Manifest, []resource.Fault) {
	l := &loader{opts: opts, Language: known, values: values{}, faults: faults{spoilt: map[resource.Position]bool{}}}
	l.loadValues()
	var m Manifest
	for _, document := range l.mergeAll(l.documents()) {
		m.Integrations = append(m.Integrations, l.integration(document))
	}
	l.checkEmpty(m)
	l.checkIDs(m)
	l.unusedValues()
	return m, l.faults.sorted()
}

// loader is the state of one Load.
type loader struct {
	*Language
	opts   Options
	values values
	faults faults
	// incomplete is true when a document could not be understood: what is missing
	// elsewhere may be in it, and is not complained about.
	incomplete bool
	// valuesMissing is the same for values.
	valuesMissing bool
}

// words lists how manifests refer to kinds.
func (l *loader) words() []string {
	words := make([]string, len(l.kinds))
	for i, k := range l.kinds {
		words[i] = resource.Word(k.Name())
	}
	return words
}

// documents returns the integrations' documents, expanded and checked one by
// one, in the order of the files.
func (l *loader) documents() []*node {
	var documents []*node
	for _, s := range l.sources() {
		for _, document := range l.parse(s) {
			if l.prepare(document) {
				documents = append(documents, document)
			}
		}
	}
	return documents
}

// prepare does what has to be done to a document before it is merged, and
// reports whether it belongs to an integration.
func (l *loader) prepare(document *node) bool {
	l.expand(document)
	l.checkMasks(document)
	l.checkLooks(document)
	if !l.isIntegration(document) {
		l.incomplete = true
		return false
	}
	l.checkNames(document)
	l.places(document)
	return true
}

// isIntegration complains about documents of other makers. Nothing else is said
// about those.
func (l *loader) isIntegration(document *node) bool {
	if document.form != isObject {
		l.faults.report(codeForeign, document.at, "the document is "+document.shown()+", not a manifest", headRemedy)
		return false
	}
	for _, head := range []struct{ field, want string }{{"kind", "Integration"}, {"apiVersion", "reconcile/v1"}} {
		have := document.get(head.field)
		switch {
		case have == nil:
			l.faults.report(codeForeign, document.at, fmt.Sprintf("the document is not a manifest: field %q is missing", head.field), headRemedy)
			return false
		case have.text != head.want:
			remedy := suggest(have.text, []string{head.want})
			if remedy == "" {
				remedy = headRemedy
			}
			l.faults.report(codeForeign, have.at, fmt.Sprintf("the document is not a manifest: %s is %s", head.field, have.shown()), remedy)
			return false
		}
	}
	return true
}

const headRemedy = "begin it with apiVersion: reconcile/v1 and kind: Integration, or keep it out of the manifest's directory"

// mergeAll merges the documents of each integration, in the order in which the
// integrations first appear.
func (l *loader) mergeAll(documents []*node) []*node {
	var merged []*node
	index := map[[2]string]int{}
	for _, document := range documents {
		id := [2]string{document.get("metadata").scalar("name"), document.get("metadata").scalar("stage")}
		i, known := index[id]
		// Documents without a name have nothing in common.
		if !known || id[0] == "" {
			index[id] = len(merged)
			merged = append(merged, document)
			continue
		}
		merged[i] = l.merge("the document", merged[i], document)
	}
	return merged
}

// checkEmpty refuses a manifest without integrations.
func (l *loader) checkEmpty(m Manifest) {
	if len(m.Integrations) > 0 || l.incomplete {
		return
	}
	if len(l.opts.Paths) == 0 {
		l.faults.report(codeEmpty, resource.Position{}, "no manifest is given", "name a file or directory with -f")
		return
	}
	remedy := headRemedy
	if below := l.below(); below != "" {
		remedy = fmt.Sprintf("the folders in a folder are not read: name them themselves, such as -f %s", below)
	}
	l.faults.report(codeEmpty, resource.Position{File: shownAs(l.opts.Paths[0])},
		"empty manifest: there is no document of kind Integration", remedy)
}

// checkIDs refuses two integrations whose names in the service would be one:
// a-b of stage c, and a of stage b-c.
func (l *loader) checkIDs(m Manifest) {
	first := map[string]Integration{}
	for _, i := range m.Integrations {
		if other, ok := first[i.ID()]; ok && i.Name != "" {
			l.faults.report(codeSameID, i.At("/metadata/name"), fmt.Sprintf("the id %q is also that of the integration at %s", i.ID(), other.Position), "rename one of the two")
			continue
		}
		first[i.ID()] = i
	}
}
