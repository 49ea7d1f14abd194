package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"reconcile/pkg/resource"
)

// Rules judge the free properties that destinations and proxy systems have in
// common.
type Rules struct {
	// Known are the names that a misspelling is measured against.
	Known []string
	// Documented reports whether a name is right although it is not in Known.
	Documented func(name string) bool
	// Values returns the documented values of a property, nil when anything goes.
	Values func(name string) Values
	// Families makes an unknown name below a KnownPrefix an error.
	Families bool
}

// Check lists what is wrong with normalised properties, ordered by name.
func (r Rules) Check(properties resource.Properties) []resource.Fault {
	var faults []resource.Fault
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		faults = append(faults, r.name(name)...)
		faults = append(faults, CheckSecret(PropertyPath(name), name, properties[name])...)
		faults = append(faults, r.value(name, properties[name])...)
		if KnownOpen(name) {
			faults = append(faults, CheckOpen(PropertyPath(name), properties[name])...)
		}
	}
	return faults
}

// PropertyPath is the JSON pointer of a property.
func PropertyPath(name string) string { return "/properties/" + resource.EscapePointer(name) }

func (r Rules) name(name string) []resource.Fault {
	if slices.Contains(r.Known, name) || r.Documented(name) {
		return nil
	}
	if right, ok := Misspelt(name, r.Known); ok {
		return onKey(Complain("E130", PropertyPath(name),
			fmt.Sprintf("property %q looks like a misspelling of %q; SAP would store it beside the right one", name, right),
			fmt.Sprintf("write %s", right)))
	}
	if prefix, ok := KnownPrefix(name); ok && r.Families {
		return onKey(Complain("E131", PropertyPath(name),
			fmt.Sprintf("property %q is unknown, and all names that begin with %q are known", name, prefix), r.suggest(name)))
	}
	if strings.TrimSpace(name) != name || name == "" {
		return onKey(Complain("E133", PropertyPath(name),
			fmt.Sprintf("the name %q begins or ends with a blank, or is empty", name), "remove the blank"))
	}
	return nil
}

func (r Rules) suggest(name string) string {
	if right, ok := Nearest(name, r.Known); ok {
		return fmt.Sprintf("did you mean %s?", right)
	}
	return "look the name up in SAP's list of properties, or remove it"
}

func onKey(f resource.Fault) []resource.Fault {
	f.OnKey = true
	return []resource.Fault{f}
}

func (r Rules) value(name string, v resource.Value) []resource.Fault {
	if v.Form() != resource.Literal {
		return nil
	}
	if faults := CheckBlanks(PropertyPath(name), v); len(faults) > 0 {
		return faults
	}
	return CheckValue(PropertyPath(name), v, r.Values(name), true)
}

// CheckBlanks complains about a literal that begins or ends with a blank.
func CheckBlanks(path string, v resource.Value) []resource.Fault {
	if text := v.Text(); strings.TrimSpace(text) != text {
		return []resource.Fault{Complain("E133", path,
			fmt.Sprintf("%q begins or ends with a blank", text), fmt.Sprintf("write %q", strings.TrimSpace(text)))}
	}
	return nil
}

// CheckValue complains about a literal that is not among the documented values:
// an error when it is a misspelling of one. What is merely unknown is a warning
// when warn asks for it, because SAP adds values without notice.
func CheckValue(path string, v resource.Value, values Values, warn bool) []resource.Fault {
	text := v.Text()
	if v.Form() != resource.Literal || values.Has(text) {
		return nil
	}
	if right, ok := Misspelt(text, values); ok {
		return []resource.Fault{Complain("E132", path,
			fmt.Sprintf("value %q looks like a misspelling of %q%s", text, right, caseHint(text, right)),
			fmt.Sprintf("write %s", right))}
	}
	if !warn {
		return nil
	}
	return []resource.Fault{Complain("W120", path,
		fmt.Sprintf("value %q is not among the documented ones", text), "documented: "+values.String())}
}

// caseHint says so when only the case of letters differs.
func caseHint(text, right string) string {
	if strings.EqualFold(text, right) {
		return "; letter case counts"
	}
	return ""
}

// CheckSecret complains about a secret that stands in the manifest itself, is a
// console's mask, or is empty. name decides whether the value is a secret.
func CheckSecret(path, name string, v resource.Value) []resource.Fault {
	if SecrecyOf(name) != Secret {
		return CheckLook(path, v)
	}
	return credential(path, v, "write a reference such as {env: NAME}, {file: PATH} or {systemUser: NAME, output: secret}")
}

// CheckLook complains about a text that stands in the manifest itself and is a
// secret by its look.
func CheckLook(path string, v resource.Value) []resource.Fault {
	what := v.AsSecret().Look()
	if what == "" || !v.Source().IsZero() {
		return nil
	}
	message, remedy := WrittenSecret(what)
	return []resource.Fault{Complain("E138", path, message, remedy)}
}

// WrittenSecret words the complaint about a secret in a manifest that told by its
// look; the text itself must not be quoted.
func WrittenSecret(what string) (message, remedy string) {
	return "the text holds " + what + ", and what stands in a manifest is no secret any more",
		"leave it out of the text, or refer to the whole value, for example {env: NAME}; and make a new secret: this one is known"
}

// CheckCredential is CheckSecret for a field that always holds a secret, and
// where secrets begin: no other object has it.
func CheckCredential(path string, v resource.Value) []resource.Fault {
	return credential(path, v, "write a reference such as {env: NAME} or {file: PATH}")
}

func credential(path string, v resource.Value, remedy string) []resource.Fault {
	v = v.Private()
	if v.Form() != resource.Secret {
		return nil
	}
	switch {
	case v.AsSecret().Masked():
		return []resource.Fault{Complain("E139", path, "the secret is a console's mask, not a secret", remedy)}
	case v.Equal(resource.Text("")):
		return []resource.Fault{Complain("E158", path, "the secret is empty", remedy)}
	case v.Source().IsZero():
		return []resource.Fault{Complain("E138", path, "the secret is written into the manifest", remedy)}
	}
	return nil
}

// CheckOpen complains about a secret of another object in a field that is shown:
// it would go into addresses, documents and logs.
func CheckOpen(path string, v resource.Value) []resource.Fault {
	if from, output := v.From(); v.Form() == resource.Pending && output == "secret" {
		return []resource.Fault{Complain("E166", path,
			fmt.Sprintf("the secret of %s is referred to where no secret belongs", from), "refer to another output, such as clientID or id")}
	}
	return nil
}

// CheckASCII warns about a description with letters outside ASCII.
func CheckASCII(path string, v resource.Value) []resource.Fault {
	for _, letter := range v.Text() {
		if letter > 127 {
			return []resource.Fault{Complain("W124", path,
				fmt.Sprintf("description holds %q, which some consoles mishandle", string(letter)), "use plain ASCII letters")}
		}
	}
	return nil
}

// CheckRequired complains about properties that are missing or empty. Whatever
// stands for a value that is not known yet counts as there.
func CheckRequired(properties resource.Properties, required []string, why string) []resource.Fault {
	var faults []resource.Fault
	for _, name := range required {
		v := properties[name]
		switch {
		case !v.IsSet() || v.Form() == resource.Absent:
			faults = append(faults, Complain("E142", "/properties",
				fmt.Sprintf("property %q is missing; %s needs it", name, why), fmt.Sprintf("add %s below properties", name)))
		case v.Form() == resource.Literal && v.Text() == "":
			faults = append(faults, Complain("E158", PropertyPath(name),
				fmt.Sprintf("property %q is empty; %s needs it", name, why), fmt.Sprintf("give %s a value", name)))
		}
	}
	return faults
}
