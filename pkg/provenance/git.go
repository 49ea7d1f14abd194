package provenance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// gitTime is the most that one question to git may take.
const gitTime = 5 * time.Second

// committed is what git knows of a file as it lies there.
type committed struct {
	// authors wrote the commits that touched it, the latest first.
	authors []Who
	// last is when the latest of them was written.
	last time.Time
}

var (
	errNoGit       = errors.New("git is not there to ask")
	errNotInGit    = errors.New("it is not committed")
	errEdited      = errors.New("it was edited since it was committed")
	errShallowOnly = errors.New("the clone holds only a part of the history: fetch all of it (fetch-depth: 0)")
)

// committed asks git who wrote a file. Everybody who touched it counts: a line may
// have been changed after the file was added.
//
// Fact: in a shallow clone the oldest commit seems to have added every file, whoever
// did. Source: git help gitglossary, shallow repository, read 2026-11-27. [documented]
func (s Surroundings) committed(ctx context.Context, path string) (committed, error) {
	ask := func(args ...string) (string, error) { return s.git(ctx, filepath.Dir(path), args...) }
	name := filepath.Base(path)
	head, err := ask("rev-parse", "--verify", "--quiet", "HEAD:./"+name)
	switch {
	case errors.Is(err, errNoGit):
		return committed{}, err
	case err != nil:
		return committed{}, errNotInGit
	}
	if here, err := ask("hash-object", "--no-filters", "--", name); err != nil || here != head {
		return committed{}, errEdited
	}
	log, err := ask("log", "--no-show-signature", "--no-renames", "--format=%ae%x00%an%x00%aI", "HEAD", "--", name)
	if err != nil {
		return committed{}, err
	}
	var c committed
	for entry := range strings.Lines(log) {
		if parts := strings.Split(strings.TrimSpace(entry), "\x00"); len(parts) == 3 {
			at, _ := time.Parse(time.RFC3339, parts[2])
			if c.last.IsZero() {
				c.last = at.UTC()
			}
			c.authors = append(c.authors, gitAuthor(parts[1], parts[0]))
		}
	}
	if shallow, err := ask("rev-parse", "--is-shallow-repository"); err != nil || shallow != "false" {
		return committed{last: c.last}, errShallowOnly
	}
	return c, nil
}

// LastCommit is when the latest commit that touched a file was written; false when git
// cannot say, also because the file was edited since.
func (s Surroundings) LastCommit(ctx context.Context, path string) (time.Time, bool) {
	c, err := s.committed(ctx, path)
	return c.last, (err == nil || errors.Is(err, errShallowOnly)) && !c.last.IsZero()
}

// git asks one question, without a shell, and with nothing of the environment but
// what git needs to find its configuration.
func (s Surroundings) git(ctx context.Context, dir string, args ...string) (string, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return "", errNoGit
	}
	ctx, cancel := context.WithTimeout(ctx, gitTime)
	defer cancel()
	// What a repository configures must not start programs.
	safe := []string{"-C", dir, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false", "--no-pager", "--literal-pathspecs"}
	c := exec.CommandContext(ctx, program, append(safe, args...)...)
	c.Env = []string{"GIT_OPTIONAL_LOCKS=0", "LC_ALL=C"}
	for _, name := range []string{"PATH", "HOME", "XDG_CONFIG_HOME", "SYSTEMROOT", "USERPROFILE"} {
		if value, ok := s.LookupEnv(name); ok {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	c.WaitDelay = time.Second
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(out.String()), nil
}

// Reported is who reported a file, and why nobody can tell that somebody else vouches
// for it.
func (s Surroundings) Reported(ctx context.Context, path string) (reporter Who, doubt string) {
	c, err := s.committed(ctx, path)
	if err != nil {
		return Who{}, fmt.Sprintf("nobody knows who reported %s: %s", path, err)
	}
	approver := s.Approver()
	for _, author := range c.authors {
		if doubt == "" {
			doubt = Apart(author, approver)
		}
	}
	if len(c.authors) == 0 {
		return Who{}, "git names no author of " + path
	}
	// Who added it reported it.
	return c.authors[len(c.authors)-1], doubt
}
