package secret

import (
	"regexp"
	"strings"
)

// masks matches what tools and people write in place of a secret.
// Fact: the cockpit's backend shows "<redacted>". Source:
// SAP/terraform-provider-btp issue 1322, read 2026-11-23. [recorded; the others inferred]
var masks = regexp.MustCompile(`^(?i:<redacted>|\[secret\]|[*•●∙]{3,})$`)

// Masked reports whether text is what tools and people write in place of a
// secret: somebody copied a printed value.
func Masked(text string) bool { return masks.MatchString(text) }

// Masked reports whether v holds a mask instead of a secret.
func (v Value) Masked() bool { return Masked(v.Reveal()) }

// Look says what secret v holds, as far as its text tells.
func (v Value) Look() string { return Look(v.Reveal()) }

// Padded reports whether v begins or ends with a blank or a line break, which a
// copy leaves behind and nobody sees. Text of several lines, such as a key in
// PEM, may end with a line break.
func (v Value) Padded() bool {
	core := strings.TrimSpace(v.Reveal())
	return core != v.Reveal() && !strings.Contains(core, "\n")
}
