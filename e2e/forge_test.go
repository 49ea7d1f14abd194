package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// forge stands in for the interfaces of GitHub and GitLab that the pipelines call:
// comments on pull request 7, artifacts of runs, and the package registry. Lists come
// in pages of two.
type forge struct {
	sync.Mutex
	*httptest.Server
	comments  []*comment
	artifacts []artifact
	snapshot  []byte
	// registry is the status of the package registry when it takes nothing and gives nothing.
	registry int
	calls    []string
}

type comment struct {
	ID     int               `json:"id"`
	Body   string            `json:"body"`
	User   map[string]string `json:"user"`
	Author map[string]any    `json:"author"`
}

type artifact struct {
	ID          int            `json:"id"`
	Name        string         `json:"name"`
	Expired     bool           `json:"expired"`
	CreatedAt   string         `json:"created_at"`
	WorkflowRun map[string]any `json:"workflow_run"`
	files       map[string][]byte
}

// Fact: routes, marks of pages, names of fields. Source: GitHub REST API, issue comments
// and artifacts; GitLab Docs, Notes API, generic packages repository, REST API
// pagination; read 2026-11-27. [documented]
func newForge(t *testing.T) *forge {
	f := &forge{comments: []*comment{}, artifacts: []artifact{}}
	mux := http.NewServeMux()
	routes := map[string]http.HandlerFunc{
		"GET /repos/o/r/issues/7/comments":      f.listComments,
		"POST /repos/o/r/issues/7/comments":     f.addComment,
		"PATCH /repos/o/r/issues/comments/{id}": f.editComment,
		"GET /repos/o/r/actions/artifacts":      f.listArtifacts,
		"GET /runs/{run}/{name}":                f.download,
		"GET /api/v4/user":                      f.me,
		"GET /p/42/merge_requests/7/notes":      f.listComments,
		"POST /p/42/merge_requests/7/notes":     f.addComment,
		"PUT /p/42/merge_requests/7/notes/{id}": f.editComment,
		"PUT /p/42/packages/generic/{path...}":  f.publish,
		"GET /p/42/packages/generic/{path...}":  f.fetch,
	}
	for pattern, handler := range routes {
		mux.HandleFunc(strings.Replace(pattern, " /p/", " /api/v4/projects/", 1), f.guarded(handler))
	}
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

// guarded keeps calls and refuses those without the credential of their kind: job
// tokens reach the registry, and nothing that writes comments.
func (f *forge) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.Lock()
		defer f.Unlock()
		f.calls = append(f.calls, r.Method+" "+r.URL.Path)
		name, want := "Authorization", "token t0ken"
		switch {
		case strings.Contains(r.URL.Path, "/packages/"):
			name, want = "JOB-TOKEN", "j0b"
		case strings.HasPrefix(r.URL.Path, "/api/"):
			name, want = "PRIVATE-TOKEN", "n0te"
		}
		if r.Header.Get(name) != want {
			http.Error(w, "401 Unauthorized", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// between runs what a test sees or changes while no request is answered: what sends
// them is another process, so that only the lock orders the two.
func (f *forge) between(do func()) {
	f.Lock()
	defer f.Unlock()
	do()
}

// say adds a comment of somebody.
func (f *forge) say(user string, author int, body string) {
	f.between(func() { f.comment(user, author, body) })
}

func (f *forge) comment(user string, author int, body string) *comment {
	c := &comment{100 + len(f.comments), body, map[string]string{"login": user, "type": "User"}, map[string]any{"id": author}}
	if strings.HasSuffix(user, "[bot]") {
		c.User["type"] = "Bot"
	}
	f.comments = append(f.comments, c)
	return c
}

// bodies returns what our own comments say.
func (f *forge) bodies() (all []string) {
	f.Lock()
	defer f.Unlock()
	for _, c := range f.comments {
		if c.Author["id"] == 7 && strings.HasPrefix(c.Body, "<!--") {
			all = append(all, c.Body)
		}
	}
	return all
}

// paged writes the page of a list that was asked for, as both systems do.
func paged[T any](w http.ResponseWriter, r *http.Request, list []T) {
	at, _ := strconv.Atoi(r.URL.Query().Get("page"))
	at = max(at, 1)
	rest := list[min(2*(at-1), len(list)):]
	w.Header().Set("X-Next-Page", "")
	if len(rest) > 2 {
		query := r.URL.Query()
		query.Set("page", strconv.Itoa(at+1))
		w.Header().Set("X-Next-Page", strconv.Itoa(at+1))
		w.Header().Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", r.URL.Path, query.Encode()))
		rest = rest[:2]
	}
	_ = json.NewEncoder(w).Encode(rest)
}

func (f *forge) me(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id": 7}`) }

func (f *forge) listComments(w http.ResponseWriter, r *http.Request) { paged(w, r, f.comments) }

// bodyOf reads a comment from JSON or a form, as GitHub and GitLab take it.
func bodyOf(r *http.Request) string {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return r.PostFormValue("body")
	}
	var c comment
	_ = json.NewDecoder(r.Body).Decode(&c)
	return c.Body
}

func (f *forge) addComment(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(f.comment("github-actions[bot]", 7, bodyOf(r)))
}

func (f *forge) editComment(w http.ResponseWriter, r *http.Request) {
	at := slices.IndexFunc(f.comments, func(c *comment) bool { return strconv.Itoa(c.ID) == r.PathValue("id") })
	if at < 0 || f.comments[at].Author["id"] != 7 {
		http.Error(w, "403 Forbidden", http.StatusForbidden)
		return
	}
	f.comments[at].Body = bodyOf(r)
	_ = json.NewEncoder(w).Encode(f.comments[at])
}

// keep keeps files as an artifact of a run.
func (f *forge) keep(name, created string, run map[string]any, files map[string][]byte) {
	f.between(func() {
		f.artifacts = append(f.artifacts, artifact{len(f.artifacts), name, false, created, run, files})
	})
}

// uploaded returns the artifacts that runs kept.
func (f *forge) uploaded() (all []artifact) {
	f.between(func() { all = slices.Clone(f.artifacts) })
	return all
}

// registered returns the snapshot in the package registry, nil when there is none.
func (f *forge) registered() (snapshot []byte) {
	f.between(func() { snapshot = f.snapshot })
	return snapshot
}

// refuse lets the package registry answer a status, and 0 lets it work again.
func (f *forge) refuse(status int) { f.between(func() { f.registry = status }) }

// asked returns the calls that reached the forge and how many comments it has.
func (f *forge) asked() (calls []string, comments int) {
	f.between(func() { calls, comments = slices.Clone(f.calls), len(f.comments) })
	return calls, comments
}

func (f *forge) listArtifacts(w http.ResponseWriter, r *http.Request) {
	named := slices.DeleteFunc(slices.Clone(f.artifacts), func(a artifact) bool { return a.Name != r.URL.Query().Get("name") })
	if len(named) <= 2 {
		_ = json.NewEncoder(w).Encode(map[string]any{"artifacts": named})
		return
	}
	// What a page of this list wraps its items in.
	recorder := httptest.NewRecorder()
	paged(recorder, r, named)
	w.Header().Set("Link", recorder.Header().Get("Link"))
	_, _ = fmt.Fprintf(w, `{"artifacts": %s}`, recorder.Body)
}

func (f *forge) download(w http.ResponseWriter, r *http.Request) {
	for _, a := range slices.Backward(f.artifacts) {
		if fmt.Sprint(a.WorkflowRun["id"]) == r.PathValue("run") && a.Name+".zip" == r.PathValue("name") {
			var packed bytes.Buffer
			archive := zip.NewWriter(&packed)
			for name, text := range a.files {
				file, _ := archive.Create(name)
				_, _ = file.Write(text)
			}
			_ = archive.Close()
			_, _ = w.Write(packed.Bytes())
			return
		}
	}
	http.Error(w, "no valid artifacts found to download", http.StatusNotFound)
}

func (f *forge) publish(w http.ResponseWriter, r *http.Request) {
	if f.registry != 0 {
		http.Error(w, "duplicate package is not allowed", f.registry)
		return
	}
	f.snapshot, _ = io.ReadAll(r.Body)
	w.WriteHeader(http.StatusCreated)
}

func (f *forge) fetch(w http.ResponseWriter, _ *http.Request) {
	switch {
	case f.registry != 0:
		http.Error(w, "no", f.registry)
	case f.snapshot == nil:
		http.Error(w, `{"message":"404 Not Found"}`, http.StatusNotFound)
	default:
		_, _ = w.Write(f.snapshot)
	}
}
