package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// Fact: YAML 1.1 reads y, no, off and the like as booleans, 012 as octal, 1:30 as
// sexagesimal and 1_000 as a number; YAML 1.2 reads them as text or as other
// numbers. Source: yaml.org/type/bool.html, int.html, float.html and YAML 1.2.2
// section 10.3, read 2026-11-23. [documented]
var (
	trapWord = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off)$`)
	// numberLike matches whatever some version of YAML takes for a number.
	numberLike = regexp.MustCompile(`(?i)^[-+]?(` + strings.Join([]string{
		`0x[0-9a-f_]+`, `0o[0-7_]+`, `0b[01_]+`,
		`[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`,
		`([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)(e[-+]?[0-9]+)?`,
		`\.inf`,
	}, "|") + `)$|(?i)^\.nan$`)
	// jsonNumber matches the numbers that all readers understand alike. A number
	// with an exponent is text in YAML 1.1.
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
)

// spelled are the words for which only one spelling means the same to everyone.
var spelled = []string{"true", "false", "null"}

// trap complains about an unquoted scalar that YAML readers understand
// differently, and reports whether it did.
func (p parser) trap(y *yaml.Node, report func(code string, at resource.Position, message, remedy string)) bool {
	text := y.Value
	if quoted(y) || y.Style&yaml.TaggedStyle != 0 {
		return false
	}
	word := strings.ToLower(text)
	switch {
	case trapWord.MatchString(text):
		report(codeWord, p.at(y), fmt.Sprintf("unquoted %s is a boolean to some YAML readers and text to others", text),
			fmt.Sprintf(`quote it: "%s"; if a boolean is meant, write true or false`, text))
	case text != word && slices.Contains(spelled, word):
		report(codeWord, p.at(y), fmt.Sprintf("unquoted %s is read as %s, not as text", text, word),
			fmt.Sprintf(`quote it: "%s"; if no text is meant, write %s`, text, word))
	case numberLike.MatchString(text) && !jsonNumber.MatchString(text):
		report(codeNumber, p.at(y), fmt.Sprintf("unquoted %s is a number that YAML readers understand differently", short(text)),
			fmt.Sprintf(`quote it: "%s"`, short(text)))
	default:
		return false
	}
	return true
}

// checkMasks refuses masks: somebody copied a printed value.
func (l *loader) checkMasks(document *node) {
	document.each(func(n *node) {
		if n.form == isText && secret.Masked(n.text) {
			l.faults.spoil(codeMask, n.at, quote(n.text)+" is a mask, not a value", "give a reference, for example {env: NAME}")
		}
	})
}

// checkLooks refuses texts that are secrets by their look, wherever they stand:
// only a few fields take references, and all of them are shown.
func (l *loader) checkLooks(document *node) {
	document.each(func(n *node) {
		if what := secret.Look(n.text); n.form == isText && what != "" {
			message, remedy := catalogue.WrittenSecret(what)
			n.veiled = true
			l.faults.spoil(codeSecret, n.at, message, remedy)
		}
	})
}
