package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"reconcile/pkg/connect"
	"reconcile/pkg/destination"
	"reconcile/pkg/reconcile"
)

// notebook keeps what is remembered beside the shards of the ledger, each thing on
// a page of its own: runs that hold no lock write pages, and must not touch what a
// run under the lock writes. A page is a fragment, or a file beside the ledger file.
type notebook struct {
	id    string
	api   *destination.API
	file  string
	pages map[string]page
}

// page is one page as it was read.
type page struct{ version, text string }

// The pages.
const (
	loginsPage = "logins"
	recordPage = "record"
)

// pages are all of them; other names beside the ledger are not ours.
var pages = []string{loginsPage, recordPage, seenPage}

// pageProperty holds a page's text in its fragment.
const pageProperty = "reconcile"

// notebook is where the ledger is.
func (w *wiring) notebook() *notebook {
	n := &notebook{id: w.integration.ID(), pages: map[string]page{}}
	path, file := strings.CutPrefix(w.app.ledger, "file:")
	switch {
	case file:
		n.file = path
	case w.destination == nil:
		n.file = "reconcile-ledger-" + n.id + ".json"
	default:
		n.api = destination.NewAPI(w.destination)
	}
	return n
}

func (n *notebook) name(title string) string { return reconcile.LedgerName(n.id) + title }

// path is a page's file, "reconcile-ledger.logins.json" for "reconcile-ledger.json".
func (n *notebook) path(title string) string {
	return strings.TrimSuffix(n.file, ".json") + "." + title + ".json"
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

// read decodes a page into out, which stays as it is when there is no page. The
// ledger has to be loaded before.
func (n *notebook) read(title string, out any) error {
	if n.file != "" {
		data, err := os.ReadFile(n.path(title))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		n.pages[title] = page{text: string(data)}
	}
	text := n.pages[title].text
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		return fmt.Errorf("%w: %s is damaged", reconcile.ErrLedger, n.name(title))
	}
	return nil
}

// write replaces a page. connect.ErrConflict and connect.ErrPrecondition say that
// somebody else wrote it since it was read; after reload it can be tried again.
func (n *notebook) write(ctx context.Context, title string, content any) error {
	text, err := json.Marshal(content)
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

// revise reads a page, lets change look at it, and writes what change returns; nil
// leaves the page alone. A page that somebody else wrote meanwhile is read again.
func (n *notebook) revise(ctx context.Context, title string, change func() (any, error)) error {
	for tries := 0; ; tries++ {
		content, err := change()
		if err != nil || content == nil {
			return err
		}
		err = n.write(ctx, title, content)
		taken := errors.Is(err, connect.ErrConflict) || errors.Is(err, connect.ErrPrecondition)
		if !taken || tries == 2 {
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
