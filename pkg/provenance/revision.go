package provenance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// commitID is a commit by SHA-1 or SHA-256.
var commitID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// Revision is the commit that the manifests come from: the CI system's word, else
// what the repository around the first manifest has checked out, else "".
func (s Surroundings) Revision(files []string) string {
	for _, ci := range ciSystems {
		if present, _ := s.LookupEnv(ci.present); present != "" {
			if commit, _ := s.LookupEnv(ci.revision); commitID.MatchString(commit) {
				return commit
			}
		}
	}
	place := "."
	for _, file := range files {
		if file != "-" {
			place = file
			break
		}
	}
	dir, err := filepath.Abs(place)
	if err != nil {
		return ""
	}
	for {
		if commit := checkedOut(filepath.Join(dir, ".git")); commit != "" {
			return commit
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// checkedOut reads HEAD of a repository by hand: a folder, or a file that names
// the folder of a worktree.
//
// Fact: the layout of .git, its packed refs and its worktrees. Source: git help
// gitrepository-layout, read 2026-11-23. [documented]
func checkedOut(git string) string {
	if text := line(git); strings.HasPrefix(text, "gitdir: ") {
		dir := strings.TrimPrefix(text, "gitdir: ")
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(git), dir)
		}
		git = dir
	}
	head := line(filepath.Join(git, "HEAD"))
	ref, symbolic := strings.CutPrefix(head, "ref: ")
	if !symbolic {
		return commit(head)
	}
	common := git
	if dir := line(filepath.Join(git, "commondir")); dir != "" {
		if common = dir; !filepath.IsAbs(dir) {
			common = filepath.Join(git, dir)
		}
	}
	for _, dir := range []string{git, common} {
		if id := commit(line(filepath.Join(dir, filepath.FromSlash(ref)))); id != "" {
			return id
		}
	}
	packed, _ := os.ReadFile(filepath.Join(common, "packed-refs"))
	for entry := range strings.Lines(string(packed)) {
		if id, name, ok := strings.Cut(strings.TrimSpace(entry), " "); ok && name == ref {
			return commit(id)
		}
	}
	return ""
}

func commit(text string) string {
	if commitID.MatchString(text) {
		return text
	}
	return ""
}

// line is a short file without its line break; "" when there is none.
func line(file string) string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 4096 {
		return ""
	}
	data, _ := os.ReadFile(file)
	return strings.TrimSpace(string(data))
}
