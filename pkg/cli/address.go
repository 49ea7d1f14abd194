package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"reconcile/pkg/view"
)

// addressed adds to results what depends on where the program was started and how
// it was called: what finds a comment again, and the folder that places are told
// from. asked returns the values of a flag.
func (a *app) addressed(results []view.Result, asked func(flag, short string) []string) {
	folder, _ := os.Getwd()
	name := commentName(asked, folder)
	for i := range results {
		results[i].Comment, results[i].Folder = name, folder
	}
}

// commentName finds a comment again whatever the manifest holds, and also when it
// cannot be read: --comment-id, else what the command line names.
func commentName(asked func(flag, short string) []string, folder string) string {
	if id := asked("comment-id", ""); len(id) > 0 && id[len(id)-1] != "" {
		return id[len(id)-1]
	}
	var parts []string
	for _, file := range append(asked("filename", "f"), asked("values", "")...) {
		if inside, err := filepath.Rel(folder, file); err == nil && filepath.IsAbs(file) && filepath.IsLocal(inside) {
			file = inside
		}
		parts = append(parts, filepath.ToSlash(filepath.Clean(file)))
	}
	name := strings.Join(append(parts, asked("integration", "")...), "+")
	const room = 80
	if len(name) > room {
		sum := sha256.Sum256([]byte(name))
		name = strings.ToValidUTF8(name[:room-17], "") + "~" + hex.EncodeToString(sum[:8])
	}
	return name
}

// target is what the connections lead to.
func (w *wiring) target() view.Target {
	t := view.Target{Subaccount: w.tenant, Subdomain: w.subdomain}
	if w.destination != nil {
		t.Service = w.destination.Host()
	}
	if w.adapter != nil {
		t.Adapter = w.adapter.Host()
	}
	if w.identity != nil {
		t.Identity = w.identity.Host
	}
	return t
}

// given returns what was given for a flag, typed or in the environment.
func (a *app) given(flag, _ string) []string {
	return map[string][]string{
		"comment-id": {a.comment}, "filename": a.files, "values": a.values, "integration": filled(a.integration),
	}[flag]
}

func filled(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
