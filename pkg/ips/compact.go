package ips

import (
	"bytes"
	"encoding/json"
	"maps"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Delivered says which transformations are those that the type was delivered
// with. It only steers what an export writes.
type Delivered struct{ Read, Write bool }

// Compact returns what a manifest has to say to want what s holds: templates are
// named, and defaults, delivered transformations and what the console adds by
// itself are left out.
func Compact(s Spec) Spec {
	if s.Enabled.Text() == "true" {
		s.Enabled = resource.Value{}
	}
	if s.Delivered.Read {
		s.Transformations.Read = resource.Value{}
	}
	if s.Delivered.Write {
		s.Transformations.Write = resource.Value{}
	}
	s.Template, s.Properties = catalogue.Recognise(Kind, s.Properties)
	s.Properties = maps.Clone(s.Properties)
	for key, value := range s.Properties {
		if consoleAdds(key) && value.Form() == resource.Literal && consoleValue(key, value.Text()) {
			delete(s.Properties, key)
		}
	}
	return s
}

// consoleValue reports whether a property that the console adds has the value
// that it has without anybody's doing.
// Fact: attempts 2 and interval 60. Source: console exports in
// sap-tutorials/abap-core-development, read 2026-11-23. [recorded]
func consoleValue(key, text string) bool {
	known, _ := catalogue.Property(key)
	return text == "" || text == known.Default || key == "ips.failed.request.retry.attempts.interval" && text == "60"
}

// Detach puts the transformations into files: write takes "read" or "write" and
// the document, laid out over lines, and returns the path to refer to.
func Detach(s Spec, write func(kind, document string) string) Spec {
	s.Transformations.Read = detached("read", s.Transformations.Read, write)
	s.Transformations.Write = detached("write", s.Transformations.Write, write)
	return s
}

func detached(kind string, v resource.Value, write func(kind, document string) string) resource.Value {
	var out bytes.Buffer
	if text := v.Text(); !isDocument(text) || json.Indent(&out, []byte(text), "", "  ") != nil {
		return v
	}
	return resource.Text(write(kind, out.String()+"\n"))
}

// Rebase replaces the paths of files that s names.
func Rebase(s Spec, path func(string) string) Spec {
	rebase := func(v resource.Value) resource.Value {
		if text := v.Text(); text != "" && !isDocument(text) {
			return resource.Text(path(text))
		}
		return v
	}
	s.Transformations = Transformations{Read: rebase(s.Transformations.Read), Write: rebase(s.Transformations.Write)}
	if s.Baseline != "" {
		s.Baseline = path(s.Baseline)
	}
	return s
}
