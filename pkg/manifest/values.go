package manifest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"reconcile/pkg/resource"
)

// valueName is what may stand between ${ and }.
var valueName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

const nameRule = "a name begins with a letter or underscore and has letters, digits, dots, hyphens and underscores"

// value is one text that ${name} stands for.
type value struct {
	text string
	at   resource.Position
	used bool
}

// values are all texts by name; nested names are joined with dots.
type values map[string]*value

// loadValues reads the values files in order and then the single values; later
// ones win.
func (l *loader) loadValues() {
	for _, path := range l.opts.Values {
		s := l.read(path, "")
		if s == nil {
			continue
		}
		for _, document := range l.parse(s) {
			if document.form != isObject {
				l.faults.report(codeValue, document.at, "a values file must hold names and values", "write name: value")
				continue
			}
			l.define("", document)
		}
	}
	for _, pair := range l.opts.Set {
		l.set(pair)
	}
	// A file that could not be read may have held any value. Values come first, so
	// nothing else can be incomplete yet.
	l.valuesMissing = l.incomplete
}

// define takes the values of one mapping; prefix is the path to it with a dot.
func (l *loader) define(prefix string, n *node) {
	for _, f := range n.fields {
		name := prefix + f.name
		switch {
		case f.value.form == isObject:
			l.define(name+".", f.value)
		case f.value.form == isList:
			l.faults.report(codeValue, f.value.at, fmt.Sprintf("value %s is a list; a value is one text", quote(name)), "give one value under each name")
		case f.value.form == isNull:
			l.faults.report(codeValue, f.value.at, fmt.Sprintf("value %s is empty", quote(name)), `write "" if an empty text is meant`)
		case !valueName.MatchString(name):
			l.faults.report(codeValue, f.at, quote(name)+" cannot be the name of a value", nameRule)
		default:
			l.keep(name, f.value.text, f.value.at)
		}
	}
}

// set takes one key=value of the command line.
func (l *loader) set(pair string) {
	at := resource.Position{File: "--set"}
	name, text, ok := strings.Cut(pair, "=")
	switch {
	case !ok:
		l.faults.report(codeValue, at, quote(pair)+" is not key=value", "write --set name=text")
	case !valueName.MatchString(name):
		l.faults.report(codeValue, at, quote(name)+" cannot be the name of a value", nameRule)
	default:
		l.keep(name, text, at)
	}
}

// keep defines a value. What it holds is never expanded again, so a ${ in it
// would reach a service as it is.
func (l *loader) keep(name, text string, at resource.Position) {
	if strings.Contains(text, "${") {
		l.faults.report(codeValue, at, fmt.Sprintf("value %s refers to another value", quote(name)), "write the text out; values are not expanded")
	}
	if !utf8.ValidString(text) {
		// On its way to a service it would silently become another text.
		l.faults.report(codeValue, at, fmt.Sprintf("value %s is not UTF-8", quote(name)), "set the terminal to UTF-8, or give it in a file with --values")
	}
	l.values[name] = &value{text: text, at: at}
}

// expand replaces ${name} in every scalar of a document. The result is text,
// whatever it looks like.
func (l *loader) expand(document *node) {
	document.each(func(n *node) {
		if n.form == isText && strings.Contains(n.text, "${") {
			n.text = l.expandText(n.text, n.at)
		}
	})
}

func (l *loader) expandText(text string, at resource.Position) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			return out.String()
		}
		if escaped, ok := strings.CutSuffix(before, "$"); ok {
			out.WriteString(escaped + "${")
			text = rest
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !valueName.MatchString(name) {
			l.faults.spoil(codeBraces, at, fmt.Sprintf("%s is not ${name}", quote("${"+firstPart(rest))), nameRule+"; write $${ for a literal ${")
			out.WriteString(before + "${")
			text = rest
			continue
		}
		out.WriteString(before + l.lookup(name, at))
		text = after
	}
}

// firstPart cuts a text after its first closing brace.
func firstPart(text string) string {
	if i := strings.IndexByte(text, '}'); i >= 0 {
		return text[:i+1]
	}
	return text
}

// lookup returns the text behind a name. An unknown name is a fault and stays.
func (l *loader) lookup(name string, at resource.Position) string {
	if v, ok := l.values[name]; ok {
		v.used = true
		return v.text
	}
	remedy := suggest(name, slices.Collect(maps.Keys(l.values)))
	if remedy == "" {
		remedy = fmt.Sprintf("give it with --set %s=… or in a file with --values", name)
	}
	if l.valuesMissing {
		l.faults.spoilt[at] = true
	} else {
		l.faults.spoil(codeUndefined, at, quote("${"+name+"}")+" is not defined", remedy)
	}
	return "${" + name + "}"
}

// unusedValues warns of values that nothing refers to. When something could not
// be read, it may be what refers to them.
func (l *loader) unusedValues() {
	if l.incomplete {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(l.values)) {
		if v := l.values[name]; !v.used {
			l.faults.report(codeUnused, v.at, fmt.Sprintf("value %s is given but never used", quote(name)), fmt.Sprintf("remove it, or refer to it with ${%s}", name))
		}
	}
}
