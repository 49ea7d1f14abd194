package manifest

import (
	"strings"
	"testing"

	"reconcile/pkg/resource"
)

const (
	aUser     = "  users: [{name: u}]\n"
	wholeBody = head + aUser
)

// faultsOfOneFile are specifications; the lines of spec begin at line 5 of a.yaml.
var faultsOfOneFile = []struct {
	name, text string
	want       []string
}{
	{"nothing wrong", aUser, nil},
	{"word", "  users:\n  - name: no\n", []string{
		`a.yaml:6:11 E106 unquoted no is a boolean to some YAML readers and text to others | quote it: "no"; if a boolean is meant, write true or false`,
	}},
	{"word as a name", "  targets:\n  - {name: t, address: x, properties: {y: 1}}\n", []string{
		`a.yaml:6:40 E106 unquoted y is a boolean to some YAML readers and text to others | quote it: "y"; if a boolean is meant, write true or false`,
	}},
	{"spelling", "  users:\n  - {name: u, id: TRUE}\n", []string{
		`a.yaml:6:19 E106 unquoted TRUE is read as true, not as text | quote it: "TRUE"; if no text is meant, write true`,
	}},
	{"number", "  users:\n  - {name: u, rights: [012, 0x1F, 1_000, 10:30, .inf, +1, 1e3]}\n", []string{
		`a.yaml:6:24 E107 unquoted 012 is a number that YAML readers understand differently | quote it: "012"`,
		`a.yaml:6:29 E107 unquoted 0x1F is a number that YAML readers understand differently | quote it: "0x1F"`,
		`a.yaml:6:35 E107 unquoted 1_000 is a number that YAML readers understand differently | quote it: "1_000"`,
		`a.yaml:6:42 E107 unquoted 10:30 is a number that YAML readers understand differently | quote it: "10:30"`,
		`a.yaml:6:49 E107 unquoted .inf is a number that YAML readers understand differently | quote it: ".inf"`,
		`a.yaml:6:55 E107 unquoted +1 is a number that YAML readers understand differently | quote it: "+1"`,
		`a.yaml:6:59 E107 unquoted 1e3 is a number that YAML readers understand differently | quote it: "1e3"`,
	}},
	{"anchor", "  users: &all\n  - name: u\n", []string{
		`a.yaml:5:10 E108 "&all" is an anchor | write the value out; anchors, aliases and merge keys are not supported`,
	}},
	{"alias", "  users:\n  - &u {name: u}\n  - *u\n", []string{
		`a.yaml:6:5 E108 "&u" is an anchor | write the value out; anchors, aliases and merge keys are not supported`,
		`a.yaml:7:5 E108 "*u" is an alias | write the value out; anchors, aliases and merge keys are not supported`,
	}},
	{"merge key", "  users:\n  - {name: u, <<: {id: x}}\n", []string{
		`a.yaml:6:15 E108 "<<" is a merge key | write the fields out; anchors, aliases and merge keys are not supported`,
	}},
	{"tag", "  users:\n  - {name: u, id: !!int \"3\"}\n", []string{
		`a.yaml:6:19 E109 "!!int" is a tag | remove the tag; put the value into quotes if text is meant`,
	}},
	{"custom tag", "  users:\n  - !Ref {name: u}\n", []string{
		`a.yaml:6:5 E109 "!Ref" is a tag | remove the tag; put the value into quotes if text is meant`,
	}},
	{"field twice", "  users:\n  - name: u\n    id: a\n    id: b\n", []string{
		`a.yaml:8:5 E110 field "id" is given twice, first at a.yaml:7:5 | keep one of the two`,
	}},
	{"name is a list", aUser + "  ? [a]\n  : b\n", []string{
		"a.yaml:6:5 E111 a field name must be plain text | write name: value; begin a text that starts with { or [ with a quote",
	}},
	{"mask", "  users:\n  - {name: u, id: \"***\"}\n  - {name: v, id: <redacted>}\n  - {name: w, id: ••••••••}\n", []string{
		`a.yaml:6:19 E115 "***" is a mask, not a value | give a reference, for example {env: NAME}`,
		`a.yaml:7:19 E115 "<redacted>" is a mask, not a value | give a reference, for example {env: NAME}`,
		`a.yaml:8:19 E115 "••••••••" is a mask, not a value | give a reference, for example {env: NAME}`,
	}},
	{"unknown field", aUser + "  targetz: []\n  policy: {LiveChanges: stop, x: 1}\n", []string{
		`a.yaml:6:3 E116 unknown field "targetz" | did you mean "targets"?`,
		`a.yaml:7:12 E116 unknown field "LiveChanges" | names are case-sensitive: write "liveChanges"`,
		`a.yaml:7:31 E116 unknown field "x" | remove it; known here are fourEyes, freeze, liveChanges, staleAfter, windows`,
	}},
	{"wrong type", "  users:\n  - {name: 5, rights: x, id: [a], level: 1.5, manage: \"true\", state: }\n", []string{
		`a.yaml:6:12 E117 name must be text, found 5 | quote it: "5"`,
		`a.yaml:6:23 E117 rights must be a list, found the text "x" | write one element a line, each after a hyphen: - …`,
		"a.yaml:6:30 E117 id must be one value or a reference, found a list | A text, number or boolean; null for absent or default; or a reference",
		"a.yaml:6:42 E117 level must be a whole number, found 1.5 | Rank",
		`a.yaml:6:55 E117 manage must be true or false, found the text "true" | write true without quotes and without ${…}`,
		"a.yaml:6:70 E117 state must be text, found nothing | give a value or remove the field",
	}},
	{"wrong type of section", "  users: {name: u}\n", []string{
		"a.yaml:5:10 E117 users must be a list, found fields | write one element a line, each after a hyphen: - …",
	}},
	{"missing field", "  targets:\n  - name: t\n  - address: x\n", []string{
		`a.yaml:6:5 E118 field "address" is missing | add it: Where it is`,
		`a.yaml:7:5 E118 field "name" is missing | add it: Name of the object; identifies it within its kind`,
	}},
	{"choice", "  targets:\n  - {name: t, address: x, template: smal}\n  - {name: u, address: x, template: other}\n", []string{
		`a.yaml:6:37 E119 "smal" is not allowed for template | did you mean "small"?`,
		`a.yaml:7:37 E119 "other" is not allowed for template | write one of large, small`,
	}},
	{"shape", "  users:\n  - {name: \"\", level: 12, ignore: [{path: /id, reason: r, until: 2026-13-01}]}\n", []string{
		`a.yaml:6:12 E120 the text "" is not acceptable for name: it needs 1 or more characters | Name of the object; identifies it within its kind`,
		"a.yaml:6:23 E120 12 is not acceptable for level: it must be at most 9 | Rank",
		`a.yaml:6:66 E120 the text "2026-13-01" is not acceptable for until: it must be a date | Last day on which the difference is ignored`,
	}},
	{"freeze and windows", "  users: [{name: u}]\n  policy: {freeze: [{from: 2026-12-20, until: 2026-12-01, reason: r, timeZone: Berlin}], windows: [{from: \"24:00\", until: \"06:00\"}]}\n", []string{
		`a.yaml:6:47 E120 the freeze ends on 2026-12-01, before it begins on 2026-12-20 | exchange the two days`,
		`a.yaml:6:80 E120 time zone "Berlin" is not known | use a name of the tz database, such as Europe/Berlin`,
		`a.yaml:6:107 E120 the text "24:00" is not acceptable for from | Time of day at which the window opens, as 20:00`,
	}},
	{"name twice", "  users:\n  - name: u\n  - name: v\n  - name: u\n", []string{
		`a.yaml:8:11 E121 name "u" is used twice, first at a.yaml:6:11 | rename or remove one of the two`,
	}},
	{"identity twice", "  odds:\n  - name: u\n  - name: U\n", []string{
		"a.yaml:7:11 E121 Odd/u is used twice, first at a.yaml:6:11 | rename or remove one of the two",
	}},
	{"no place", "  users:\n  - {name: u, id: {}}\n  - {name: v, id: {output: id}}\n", []string{
		"a.yaml:6:19 E123 the reference names no place | name exactly one of env, file, vcap, binding, user, target, setting, odd",
		"a.yaml:7:19 E123 the reference names no place | name exactly one of env, file, vcap, binding, user, target, setting, odd",
	}},
	{"several places", "  users:\n  - {name: u, id: {env: A, file: b}}\n", []string{
		"a.yaml:6:19 E123 the reference names several places: env, file | name exactly one of env, file, vcap, binding, user, target, setting, odd",
	}},
	{"part of nothing", "  users:\n  - {name: u, id: {env: A, key: k}}\n  - {name: v, id: {user: u, key: k}}\n  - {name: w, id: {file: f, output: id}}\n", []string{
		`a.yaml:6:28 E123 "key" does not go with "env" | remove it; key goes with file, vcap, binding`,
		`a.yaml:7:29 E123 "key" does not go with "user" | remove it; key goes with file, vcap, binding`,
		`a.yaml:8:29 E123 "output" does not go with "file" | remove it; output goes with user, target, setting, odd`,
	}},
	{"key of a service key", aUser + "  connections: {auditLog: {serviceKey: {user: u}}}\n", []string{
		`a.yaml:6:41 E116 unknown field "user" | remove it; known here are binding, env, file, key, vcap`,
	}},
	{"cannot be read", "  odds:\n  - {name: o, text: bad}\n", []string{
		`a.yaml:6:5 E127 Odd "o" cannot be read: the text is bad | compare it with the output of reconcile schema`,
	}},
	{"no objects", "  users: []\n", []string{
		"a.yaml:1:1 E105 empty manifest: the integration has no objects | list at least one object under spec",
	}},
	{"kind's checks", "  connections: {identityServices: {url: \"https://tenant.example\"}}\n  targets:\n" +
		"  - {name: t, address: wrong, properties: {url: x}}\n  - {name: u, address: tenant.example, template: large}\n", []string{
		"a.yaml:7:24 E199 t has a wrong address",
		"a.yaml:7:44 E198 write URL",
		"a.yaml:8:5 W197 large is slow",
		"a.yaml:8:24 W196 that is the tenant",
	}},
	{"kind's checks spare what is to be deleted", "  targets:\n  - {name: t, address: wrong, state: absent}\n  - {name: u, state: absent}\n", nil},
	{"kind's checks spare what is wrong already", "  targets:\n  - {name: t, address: \"${a}\", properties: {url: \"${b}\"}}\n", []string{
		`a.yaml:6:24 E113 "${a}" is not defined | give it with --set a=… or in a file with --values`,
		"a.yaml:6:45 E198 write URL",
		`a.yaml:6:50 E113 "${b}" is not defined | give it with --set b=… or in a file with --values`,
	}},
}

// TestFaultsOfOneFile gives each complaint its place and words.
func TestFaultsOfOneFile(t *testing.T) {
	for _, test := range faultsOfOneFile {
		t.Run(test.name, func(t *testing.T) {
			_, faults := loadFiles(t, map[string]string{"a.yaml": head + test.text}, Options{})
			wantFaults(t, faults, test.want...)
		})
	}
}

// faultsOfDocuments are whole documents.
var faultsOfDocuments = []struct {
	name, text string
	want       []string
}{
	{"tab", "a: 1\n\tb: 2\n", []string{
		"a.yaml:2:1 E102 not valid YAML: found a tab character that violates indentation | indent with spaces, not with tabs",
	}},
	{"tab before an element", "a:\n\t- b\n", []string{
		"a.yaml:2:1 E102 not valid YAML: found character that cannot start any token | indent with spaces, not with tabs, and quote text that begins with @, ` or %",
	}},
	{"colon", "a: 1\nb: x: y\n", []string{
		`a.yaml:2:5 E102 not valid YAML: mapping values are not allowed in this context | check the indentation, and quote text that contains ": "`,
	}},
	{"quote", "a: \"x\nb: c\n", []string{
		"a.yaml:3:1 E102 not valid YAML: found unexpected end of stream | close the quote, which may begin further up",
	}},
	{"bracket", "a: 1\nb: [1, 2\nc: 3\n", []string{
		"a.yaml:2:4 E102 not valid YAML: did not find expected ',' or ']' | close the bracket, or separate the elements with commas",
	}},
	{"indentation", "a: |\n x\n y: z\n- q\n", []string{
		"a.yaml:4:1 E102 not valid YAML: did not find expected key | check indentation and quotes here and in the line above",
	}},
	{"mask without quotes", "a: 1\nb: ***\n", []string{
		"a.yaml:2:4 E102 not valid YAML: did not find expected alphabetic or numeric character | quote text that begins with * or &; a secret is given as a reference, for example {env: NAME}",
	}},
	{"asterisk", "a: 1\nb: *.example.com\n", []string{
		"a.yaml:2:4 E102 not valid YAML: did not find expected alphabetic or numeric character | quote text that begins with * or &; a secret is given as a reference, for example {env: NAME}",
	}},
	{"at sign", "a: @x\n", []string{
		"a.yaml:1:4 E102 not valid YAML: found character that cannot start any token | indent with spaces, not with tabs, and quote text that begins with @, ` or %",
	}},
	{"control character", "a: b\nc: d\x01\n", []string{
		"a.yaml:2:5 E102 not valid YAML: control characters are not allowed | remove the control character",
	}},
	{"not UTF-8", "a: b\nc: \xff\n", []string{
		"a.yaml:2:4 E102 not valid YAML: the file is not UTF-8 | save the file as UTF-8",
	}},
	{"documents before a syntax error count", wholeBody + "  x: 1\n---\na: [\n", []string{
		`a.yaml:6:3 E116 unknown field "x" | remove it; known here are connections, odds, policy, settings, targets, users`,
		"a.yaml:9:1 E102 not valid YAML: did not find expected node content | a value or a closing bracket is missing",
	}},
	{"a list", "- a\n", []string{
		"a.yaml:1:1 E104 the document is a list, not a manifest | begin it with apiVersion: reconcile/v1 and kind: Integration, or keep it out of the manifest's directory",
	}},
	{"no kind", "apiVersion: reconcile/v1\n", []string{
		`a.yaml:1:1 E104 the document is not a manifest: field "kind" is missing | begin it with apiVersion: reconcile/v1 and kind: Integration, or keep it out of the manifest's directory`,
	}},
	{"other kind", "apiVersion: v1\nkind: ConfigMap\n", []string{
		`a.yaml:2:7 E104 the document is not a manifest: kind is the text "ConfigMap" | begin it with apiVersion: reconcile/v1 and kind: Integration, or keep it out of the manifest's directory`,
	}},
	{"misspelt kind", "apiVersion: reconcile/v1\nkind: integration\n", []string{
		`a.yaml:2:7 E104 the document is not a manifest: kind is the text "integration" | names are case-sensitive: write "Integration"`,
	}},
	{"other version", "apiVersion: reconcile/v2\nkind: Integration\n", []string{
		`a.yaml:1:13 E104 the document is not a manifest: apiVersion is the text "reconcile/v2" | did you mean "reconcile/v1"?`,
	}},
	{"empty", "", []string{
		"a.yaml E105 empty manifest: there is no document of kind Integration | begin it with apiVersion: reconcile/v1 and kind: Integration, or keep it out of the manifest's directory",
	}},
	{"only comments and empty documents", "# nothing\n---\n---\nnull\n", []string{
		"a.yaml E105 empty manifest: there is no document of kind Integration | begin it with apiVersion: reconcile/v1 and kind: Integration, or keep it out of the manifest's directory",
	}},
	{"no metadata and no spec", "apiVersion: reconcile/v1\nkind: Integration\n", []string{
		`a.yaml:1:1 E118 field "metadata" is missing | add it: Identity of the integration`,
		`a.yaml:1:1 E118 field "spec" is missing | add it: What the integration consists of`,
	}},
	{"names", "apiVersion: reconcile/v1\nkind: Integration\nmetadata: {name: IAG, stage: -dev}\nspec: {users: [{name: u}]}\n", []string{
		`a.yaml:3:18 E120 the text "IAG" is not acceptable for name | Name of the integration: at most 42 lower-case letters, digits and hyphens, no hyphen at the ends`,
		`a.yaml:3:30 E120 the text "-dev" is not acceptable for stage | Stage such as dev, test or prod: at most 42 lower-case letters, digits and hyphens, no hyphen at the ends`,
	}},
	{"an error in the second document", wholeBody + "---\n" + head + "  userz: []\n", []string{
		`a.yaml:11:3 E116 unknown field "userz" | did you mean "users"?`,
	}},
	{"one id", strings.ReplaceAll(wholeBody, "stage: dev", "stage: a-b") + "---\n" +
		strings.ReplaceAll(wholeBody, "name: iag, stage: dev", "name: iag-a, stage: b"), []string{
		`a.yaml:9:18 E128 the id "iag-a-b" is also that of the integration at a.yaml:1:1 | rename one of the two`,
	}},
}

// TestFaultsOfDocuments is about whole documents: their syntax, their heads, and
// what several of them have to do with each other.
func TestFaultsOfDocuments(t *testing.T) {
	for _, test := range faultsOfDocuments {
		t.Run(test.name, func(t *testing.T) {
			_, faults := loadFiles(t, map[string]string{"a.yaml": test.text}, Options{})
			wantFaults(t, faults, test.want...)
		})
	}
}

func TestFaultsNameObjects(t *testing.T) {
	_, faults := loadFiles(t, map[string]string{"a.yaml": head +
		"  users:\n  - {name: u, id: {user: nobody}, nmae: x}\n  - {name: v, id: {user: nobody}}\n  policy: {liveChanges: x}\n"}, Options{})
	for i, want := range []struct {
		ref  *resource.Ref
		path string
	}{
		// A wrong field does not hide what else is wrong with the object.
		{&resource.Ref{Kind: "User", Name: "u"}, "/id"},
		{&resource.Ref{Kind: "User", Name: "u"}, "/nmae"},
		{&resource.Ref{Kind: "User", Name: "v"}, "/id"},
		{nil, "/spec/policy/liveChanges"},
	} {
		have := faults[i]
		if have.Path != want.path || (have.Ref == nil) != (want.ref == nil) || have.Ref != nil && *have.Ref != *want.ref {
			t.Errorf("fault %d: have %v %s, want %v %s", i, have.Ref, have.Path, want.ref, want.path)
		}
		if have.Severity != resource.Error {
			t.Errorf("fault %d: have severity %q", i, have.Severity)
		}
	}
}
