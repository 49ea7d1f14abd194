package view

import (
	"fmt"
	"strings"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// reason says why a step is there: what the plan says, else what its changes tell
// about who moved.
func reason(s reconcile.Step) string {
	if s.Reason != "" || s.Action == reconcile.Create || s.Action == reconcile.Delete {
		return s.Reason
	}
	byHand, extra := 0, 0
	moved := map[resource.Origin][]string{}
	for _, c := range s.Changes {
		switch {
		case unlisted(s, c):
			extra++
		case c.Origin == resource.OriginLive:
			byHand++
		default:
			moved[c.Origin] = append(moved[c.Origin], field(c.Path))
		}
	}
	hand, verb := number(byHand, "change by hand", "changes by hand"), "undoes "
	if !s.Action.Writes() {
		verb = ""
	}
	var parts []string
	if byHand > 0 {
		parts = append(parts, verb+hand)
	}
	for _, o := range []struct {
		origin resource.Origin
		words  string
	}{
		{resource.OriginManifest, "manifest changed"},
		{resource.OriginNew, "new in the manifest"},
		{resource.OriginBoth, "changed on both sides"},
		{resource.OriginUnknown, "differs, nobody can tell who moved"},
	} {
		if names := moved[o.origin]; len(names) > 0 {
			parts = append(parts, o.words+": "+few(names))
		}
	}
	if extra > 0 {
		parts = append(parts, number(extra, "property", "properties")+" not listed (unlisted: remove)")
	}
	return strings.Join(parts, "; ")
}

// few names the first three.
func few(names []string) string {
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// unlisted reports whether a property goes because the manifest does not list it:
// one that it lists as null has a place of its own.
func unlisted(s reconcile.Step, c resource.Change) bool {
	const list = "/properties"
	at, placed := s.Positions[c.Path]
	place, known := s.Positions[list]
	return gone(c.Want) && strings.HasPrefix(c.Path, list+"/") && s.Action != reconcile.Delete &&
		(!placed || at == s.Position || known && at == place)
}

// who says on which side a property moved, and why it goes.
func who(s reconcile.Step, c resource.Change) string {
	return strings.Join(filled(originWords[c.Origin], extraWords(s, c)), ", ")
}

func extraWords(s reconcile.Step, c resource.Change) string {
	if unlisted(s, c) {
		return "not listed (unlisted: remove)"
	}
	return ""
}
