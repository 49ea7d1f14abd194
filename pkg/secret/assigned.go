package secret

import (
	"regexp"
	"strings"
)

// An assignment is a way in which texts give a value to a name.
type assignment struct {
	// what names it for people: "the text holds …".
	what string
	// sign stands between name and value.
	sign byte
	// quoted names stand in double quotes, others behind a separator.
	quoted bool
	// value marks what is given, at the beginning of what follows the sign.
	value *regexp.Regexp
}

// assignments is the table: parameters of addresses and connection strings, and
// fields of JSON. [inferred]
var assignments = []assignment{
	{"a password or key as a parameter", '=', false, regexp.MustCompile(`^\s*(?:"([^"]+)"|'([^']+)'|\{([^}]+)\}|([^;&#\s"'{]+))`)},
	{"a password or key as a field", ':', true, regexp.MustCompile(`^\s*"((?:[^"\\]|\\.)+)"`)},
}

// names are those, in lower case, under which texts give a secret: the ends of names,
// so that db.password and client_secret count. A name that goes on, such as
// passwordpolicy, is another one.
var names = regexp.MustCompile(`(?:password|passwd|passphrase|secret|api[_.\-]?key|access_?key|account_?key|private_?key|[_.\-]token|accesstoken|signature)$` +
	`|(?:^|[_.\-])(?:pwd|pw|sig|token|jwt|sas)$`)

// find lists what a text, which is also given in lower case, gives to such names. It
// goes from sign to sign: a pattern with all names in it would try them at each letter.
func (a assignment) find(text, lower string) (all []found) {
	for at := 0; at < len(lower); at++ {
		next := strings.IndexByte(lower[at:], a.sign)
		if next < 0 {
			return all
		}
		at += next
		if name := a.name(lower[:at]); names.MatchString(name) {
			all = append(all, groups(a.what, placeholder, text, at+1, a.value.FindStringSubmatchIndex(text[at+1:]))...)
		}
	}
	return all
}

// What regular expressions call a space, and what may stand before a name.
const (
	spaces     = " \t\n\f\r"
	separators = spaces + `;?&,{"'`
)

// name returns the name at the end of what stands before a sign, "" when there is none.
func (a assignment) name(before string) string {
	before = strings.TrimRight(before, spaces)
	if a.quoted {
		inside, ok := strings.CutSuffix(before, `"`)
		if !ok {
			return ""
		}
		before = inside
	}
	rest := strings.TrimRightFunc(before, inName)
	name := before[len(rest):]
	switch {
	case a.quoted && !strings.HasSuffix(rest, `"`), !a.quoted && rest != "" && !strings.ContainsRune(separators, rune(rest[len(rest)-1])):
		return ""
	}
	return name
}

// inName reports whether a letter, in lower case, may be part of a name.
func inName(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("_.-", r)
}
