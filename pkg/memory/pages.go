package memory

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

// notebook keeps what is remembered beside the shards of the ledger, each thing on
// a page of its own: runs that hold no lock write pages, and must not touch what a
// run under the lock writes. A page is a fragment, or a file beside the ledger file.
type notebook struct {
	id   string
	api  *destination.API
	file string
	// typed is the name of file before links were followed.
	typed string
	pages map[string]page
	// ledger is the ledger beside which pages are written, once it was loaded.
	ledger *reconcile.Ledger
	// sole is true when nobody else can have left the pages of a time when a file held
	// the ledger of one integration.
	sole bool
	// twin is a shard of this integration in a place that does not count.
	twin string
}

// page is one page as it was read.
type page struct{ version, text string }

// The pages.
const (
	loginsPage = "logins"
	recordPage = "record"
	// seenPage holds what looks showed.
	seenPage = "seen"
)

// pages are all of them; other names beside the ledger are not ours.
var pages = []string{loginsPage, recordPage, seenPage}

// pageFormat is the version of all pages, and of what this machine remembers.
const pageFormat = 1

// pageProperty holds a page's text in its fragment.
const pageProperty = "reconcile"

// newNotebook is where the ledger is.
func newNotebook(w Where) *notebook {
	n := &notebook{id: w.Who.String(), pages: map[string]page{}}
	if w.Flag == "" && w.Service == nil {
		w.Flag = "file:reconcile-ledger-" + n.id + ".json"
	}
	// A name that cannot be resolved is refused when the flags are checked.
	if n.file, _ = File(w.Flag); n.file == "" {
		n.api = destination.NewAPI(w.Service)
	} else {
		n.typed, _ = filepath.Abs(strings.TrimPrefix(w.Flag, "file:"))
	}
	return n
}

func (n *notebook) name(title string) string { return reconcile.LedgerName(n.id) + title }

// path is a page's file, "ledger.NAME-STAGE.logins.json" for "ledger.json".
func (n *notebook) path(title string) string {
	return strings.TrimSuffix(n.file, ".json") + "." + n.id + "." + title + ".json"
}

// oldPath is where a page was when a file held the ledger of one integration.
func (n *notebook) oldPath(title string) string {
	return strings.TrimSuffix(n.file, ".json") + "." + title + ".json"
}

// place says to people where a page is.
func (n *notebook) place(title string) string {
	if n.file == "" {
		return "fragment " + n.name(title)
	}
	if _, err := os.Stat(n.path(title)); err != nil && n.sole {
		return "file " + n.oldPath(title)
	}
	return "file " + n.path(title)
}

// mark is what a page or a claim carries that is written beside a ledger that has begun.
func (n *notebook) mark() string {
	if n.ledger == nil {
		return ""
	}
	return n.ledger.Mark()
}

// traces names the pages that were written beside a ledger that had begun. The others
// may be older than the ledger: a run whose login is refused notes that, and gets no
// further.
func (n *notebook) traces() []string {
	var found []string
	for _, title := range pages {
		// Only a run that wrote to the ledger first leaves the number of its record.
		if p := n.trace(title); p.Ledger != "" || title == recordPage && p.Number > 0 {
			found = append(found, n.place(title))
		}
	}
	return found
}

// besideLink names the pages beside a link to the ledger file: they are of a time when
// the ledger lay there itself.
func (n *notebook) besideLink() []string {
	folder, err := filepath.EvalSymlinks(filepath.Dir(n.typed))
	if err != nil || filepath.Join(folder, filepath.Base(n.typed)) == n.file {
		return nil
	}
	link := &notebook{id: n.id, file: n.typed, sole: n.sole, pages: map[string]page{}}
	// What cannot be read shows nothing.
	_ = link.reread()
	return link.traces()
}

// trace is what a page says of the ledger that it lies beside.
type trace struct {
	Ledger string
	Number int
}

func (n *notebook) trace(title string) trace {
	var found trace
	_ = json.Unmarshal([]byte(n.pages[title].text), &found)
	return found
}

// unmarked reports whether a page is older than the ledger: nothing on it would show
// that the ledger was lost.
func (n *notebook) unmarked(title string) bool {
	return n.mark() != "" && n.pages[title].text != "" && n.trace(title).Ledger == ""
}

// leaveMark leaves the mark of a ledger that has begun, where no page carries it: the
// loss of one that only done began, or whose first run ended early, would look like a
// first run.
func (n *notebook) leaveMark(ctx context.Context) error {
	return n.revise(ctx, seenPage, func() (any, error) {
		var page map[string]json.RawMessage
		// One that is damaged holds nothing to keep.
		if err := n.read(seenPage, &page); err != nil {
			page = nil
		}
		carries := func(title string) bool { return n.trace(title).Ledger == n.mark() }
		if n.mark() == "" || slices.ContainsFunc(pages, carries) {
			return nil, nil
		}
		if page == nil {
			page = map[string]json.RawMessage{}
		}
		return page, nil
	})
}

// newer is the error of a page that a newer version wrote: nobody may overwrite it by
// guessing what it says.
func (n *notebook) newer() error {
	for _, title := range pages {
		if format := formatOf([]byte(n.pages[title].text)); format > pageFormat {
			return reconcile.Newer("", n.place(title), format, pageFormat, "update reconcile: the page is whole")
		}
	}
	return nil
}

// formatOf is the version that a page names; 0 where it names none or cannot be read.
func formatOf(text []byte) int {
	var page struct{ Format int }
	if json.Unmarshal(text, &page) != nil {
		return 0
	}
	return page.Format
}

// see takes a page from a fragment that was listed with the ledger.
func (n *notebook) see(f destination.Fragment) {
	for _, title := range pages {
		if n != nil && n.api != nil && f.Name == n.name(title) {
			n.pages[title] = page{f.ETag, f.Properties[pageProperty]}
		}
	}
}

// isNote tells pages of any integration from shards, which end in a number.
func isNote(name string) bool {
	return slices.ContainsFunc(pages, func(title string) bool { return strings.HasSuffix(name, "-"+title) })
}

// reread reads all pages that are files.
func (n *notebook) reread() error {
	for _, title := range pages {
		data, err := os.ReadFile(n.path(title))
		if errors.Is(err, fs.ErrNotExist) && n.sole {
			data, err = os.ReadFile(n.oldPath(title))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return reconcile.DamagedPage(n.place(title))
		}
		n.pages[title] = page{text: string(data)}
	}
	return nil
}

// read decodes a page into out, which stays as it is when there is no page. The
// ledger has to be loaded before.
func (n *notebook) read(title string, out any) error {
	if n.file != "" {
		if err := n.reread(); err != nil {
			return err
		}
	}
	text := n.pages[title].text
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		return reconcile.DamagedPage(n.place(title))
	}
	return nil
}

// write replaces a page. connect.ErrConflict and connect.ErrPrecondition say that
// somebody else wrote it since it was read; after reload it can be tried again.
func (n *notebook) write(ctx context.Context, title string, content any) error {
	text, err := marked(content, n.mark())
	if err != nil {
		return err
	}
	if n.file != "" {
		return reconcile.ReplaceFile(n.path(title), append(text, '\n'))
	}
	f := destination.Fragment{
		Name: n.name(title), Properties: map[string]string{pageProperty: string(text)}, ETag: n.pages[title].version,
	}
	put := n.api.ReplaceFragment
	if f.ETag == "" {
		put = n.api.CreateFragment
	}
	etag, err := put(ctx, f)
	if err == nil {
		n.pages[title] = page{etag, string(text)}
	}
	return err
}

// marked encodes a page with the ledger's mark.
func marked(content any, mark string) ([]byte, error) {
	text, err := json.Marshal(content)
	if err != nil || mark == "" {
		return text, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	fields["ledger"], _ = json.Marshal(mark)
	return json.Marshal(fields)
}

// revise reads a page, lets change look at it, and writes what change returns; nil
// leaves the page alone. A page that somebody else wrote meanwhile is read again.
func (n *notebook) revise(ctx context.Context, title string, change func() (any, error)) error {
	for tries := 0; ; tries++ {
		content, err := change()
		if err != nil || content == nil {
			return err
		}
		err = n.write(ctx, title, content)
		if !taken(err) || tries == 2 {
			return err
		}
		if err := n.reload(ctx); err != nil {
			return err
		}
	}
}

func (n *notebook) reload(ctx context.Context) error {
	all, _, err := n.api.ListFragments(ctx)
	for _, f := range all {
		n.see(f)
	}
	return err
}
