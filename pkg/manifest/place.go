package manifest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// places prepares the references of a document before it is merged: each is one
// value, names exactly one place, and its paths become relative to the working
// directory instead of the file that says them.
func (l *loader) places(document *node) {
	words := l.words()
	l.shape.walk(l.shape.root, document, func(definition string, n *node) {
		switch {
		case definition == placeDef && n.form == isObject:
			l.place(n, nil)
		case definition == valueDef && n.form == isObject:
			l.place(n, words)
		case definition != "":
			// Only elements of lists have definitions beside those two.
			n.get("baseline").rebase()
			n.get("transformations").rebaseAll("read", "write")
		}
	})
}

// place prepares one reference; words are the kinds it may name.
func (l *loader) place(n *node, words []string) {
	n.whole = true
	n.get("file").rebase()
	l.checkPlace(n, words)
}

// rebase makes a path relative to the working directory. A transformation may
// also be written out as JSON; that is no path.
func (n *node) rebase() {
	if n == nil || n.form != isText || n.text == "" || strings.HasPrefix(n.text, "{") {
		return
	}
	n.path = true
	if !filepath.IsAbs(n.text) {
		n.text = filepath.Join(n.from.dir, n.text)
	}
}

func (n *node) rebaseAll(names ...string) {
	for _, name := range names {
		if n.index(name) >= 0 {
			n.get(name).rebase()
		}
	}
}

// outside are the places of secret.Ref; keyed are those that a key goes with.
var (
	outside = []string{"env", "file", "vcap", "binding"}
	keyed   = []string{"file", "vcap", "binding"}
)

// checkPlace complains about a reference that names no place or several, or
// that picks a part of something that has none. Unknown fields are the schema's
// business.
func (l *loader) checkPlace(n *node, words []string) {
	targets := slices.Concat(outside, words)
	var named, parts []string
	for _, name := range n.names() {
		switch {
		case slices.Contains(targets, name):
			named = append(named, name)
		case name == "key" || name == "output":
			parts = append(parts, name)
		default:
			return
		}
	}
	if len(named) != 1 {
		message := "the reference names no place"
		if len(named) > 1 {
			message = "the reference names several places: " + strings.Join(named, ", ")
		}
		n.broken = true
		l.faults.report(codePlace, n.at, message, "name exactly one of "+strings.Join(targets, ", "))
		return
	}
	for _, p := range parts {
		if fits := partFits(p, words); !slices.Contains(fits, named[0]) {
			n.broken = true
			l.faults.report(codePlace, n.fields[n.index(p)].at, fmt.Sprintf("%q does not go with %q", p, named[0]),
				fmt.Sprintf("remove it; %s goes with %s", p, strings.Join(fits, ", ")))
		}
	}
}

// partFits lists the places that key or output goes with.
func partFits(part string, words []string) []string {
	if part == "key" {
		return keyed
	}
	return words
}
