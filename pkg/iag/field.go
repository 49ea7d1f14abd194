package iag

import (
	"fmt"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// put writes a field that has a text, hidden or not, and leaves out all others.
func put(document map[string]any, field string, v resource.Value) {
	if v.Form() == resource.Literal || v.Form() == resource.Secret {
		document[field] = v.Reveal()
	}
}

// emptied turns an empty text into an absent one: forms do not tell them apart.
func emptied(v resource.Value) resource.Value {
	if v.Form() == resource.Literal && v.Text() == "" {
		return resource.Nothing()
	}
	return v
}

// given reports whether a field holds something or will.
func given(v resource.Value) bool {
	return v.IsSet() && v.Form() != resource.Absent && (v.Form() != resource.Literal || v.Text() != "")
}

// checkName asks for a name that can be typed into a form and found again.
func checkName(path, what, name string) []resource.Fault {
	if name != "" && strings.TrimSpace(name) == name {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E143", path,
		fmt.Sprintf("the %s %q is empty or begins or ends with a blank", what, name), "write it without blanks at its ends")}
}

// checkNotEmpty complains about a field that is there and holds nothing.
func checkNotEmpty(path, what string, v resource.Value) []resource.Fault {
	if v.Form() != resource.Literal || v.Text() != "" {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E158", path, fmt.Sprintf("the %s %q is empty", what, v), "give it a value")}
}
