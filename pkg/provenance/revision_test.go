package provenance

import (
	"os"
	"path/filepath"
	"testing"

	"reconcile/pkg/reconcile"
)

const (
	shortID = "0123456789abcdef0123456789abcdef01234567"
	longID  = shortID + "0123456789abcdef01234567"
)

// TestRevision reads the checked out commit from the layouts that git makes.
func TestRevision(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		env   map[string]string
		want  string
	}{
		"no repository": {nil, nil, ""},
		"branch":        {map[string]string{".git/HEAD": "ref: refs/heads/a/b\n", ".git/refs/heads/a/b": shortID + "\n"}, nil, shortID},
		"packed":        {map[string]string{".git/HEAD": "ref: refs/heads/main\n", ".git/packed-refs": "# pack-refs\n" + longID + " refs/heads/main\n"}, nil, longID},
		"detached":      {map[string]string{".git/HEAD": shortID}, nil, shortID},
		"unborn":        {map[string]string{".git/HEAD": "ref: refs/heads/main\n"}, nil, ""},
		"worktree": {map[string]string{
			".git": "gitdir: store/worktrees/w\n", "store/worktrees/w/HEAD": "ref: refs/heads/x\n",
			"store/worktrees/w/commondir": "../..\n", "store/refs/heads/x": shortID,
		}, nil, shortID},
		"strange":              {map[string]string{".git/HEAD": "nonsense"}, nil, ""},
		"GitHub":               {nil, map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": shortID}, shortID},
		"GitHub with nonsense": {nil, map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "$(x)"}, ""},
	} {
		dir := t.TempDir()
		for file, text := range tc.files {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := Surroundings{LookupEnv: func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok }}
		if have := s.Revision([]string{"-", filepath.Join(dir, "deep", "down", "integration.yaml")}); have != tc.want {
			t.Errorf("%s: %q, want %q", name, have, tc.want)
		}
	}
}

// TestAuthor asks the CI systems first.
func TestAuthor(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		want reconcile.Author
	}{
		"GitHub": {
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octo", "GITHUB_SERVER_URL": "https://g", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"},
			reconcile.Author{Name: "octo", Source: "GitHub Actions", Run: "https://g/o/r/actions/runs/7"},
		},
		"GitLab":   {map[string]string{"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "lab", "CI_JOB_URL": "https://j"}, reconcile.Author{Name: "lab", Source: "GitLab CI", Run: "https://j"}},
		"Jenkins":  {map[string]string{"JENKINS_URL": "u", "BUILD_USER": "Jen Kins", "BUILD_URL": "https://b"}, reconcile.Author{Name: "Jen Kins", Source: "Jenkins", Run: "https://b"}},
		"nameless": {map[string]string{"JENKINS_URL": "u"}, reconcile.Author{Name: "unknown", Source: "Jenkins"}},
	} {
		s := Surroundings{LookupEnv: func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok }}
		if have := s.Author(); have != tc.want {
			t.Errorf("%s: %+v, want %+v", name, have, tc.want)
		}
	}
	s := Surroundings{LookupEnv: func(string) (string, bool) { return "", false }}
	if have := s.Author(); have.Source != "operating system" || have.Name == "" {
		t.Errorf("without CI: %+v", have)
	}
}
