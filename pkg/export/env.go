package export

import (
	"fmt"
	"strings"
	"unicode"

	"reconcile/pkg/ias"
	"reconcile/pkg/resource"
)

// env makes up the name of the variable for a secret: the object's name and the
// property's, in capitals. No two secrets get the same.
func (c *converter) env(ref resource.Ref, s resource.Spec, path string) string {
	name := envName(ref.Name, fieldName(s, path))
	free := name
	for n := 2; c.envs[free]; n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	c.envs[free] = true
	return free
}

// fieldName is the last element of a path, and for a system user's secrets the
// word secret, with the label where there are several.
func fieldName(s resource.Spec, path string) string {
	if user, ok := s.(ias.Spec); ok {
		label := ias.SecretName(path)
		if first, _ := user.Secrets.InUse(); label == first {
			return "secret"
		}
		return "secret " + label
	}
	return resource.UnescapePointer(path[strings.LastIndexByte(path, '/')+1:])
}

// envName turns words into the form of variables: "IAG caller" and "Password"
// into IAG_CALLER_PASSWORD.
func envName(words ...string) string {
	var b strings.Builder
	lower, gap := false, false
	for _, r := range strings.Join(words, " ") {
		known := r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if !known {
			gap = b.Len() > 0
			continue
		}
		if gap || lower && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		gap, lower = false, unicode.IsLower(r)
		b.WriteRune(unicode.ToUpper(r))
	}
	name := b.String()
	if name == "" || unicode.IsDigit(rune(name[0])) {
		return "SECRET_" + name
	}
	return name
}
