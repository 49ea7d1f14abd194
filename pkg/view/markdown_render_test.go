package view

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"pgregory.net/rapid"
)

// renderer turns Markdown into HTML as a host of repositories does, its own tags kept.
var renderer = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))

// markdownTags are the elements that our comments become, and no others.
var (
	markdownTags = strings.Fields("!-- h3 p ul li code b pre details summary table thead tbody tr th td")
	openTag      = regexp.MustCompile(`</?([a-zA-Z0-9]+|!--)`)
	cell         = regexp.MustCompile(`<t[hd]>`)
)

func asPage(t fataler, results []Result) string {
	var source, page bytes.Buffer
	if err := Markdown(&source, results); err != nil {
		t.Fatalf("%v", err)
	}
	if err := renderer.Convert(source.Bytes(), &page); err != nil {
		t.Fatalf("%v", err)
	}
	return page.String()
}

// checkPage holds that a renderer makes of a comment what we meant: our elements,
// whole tables, balanced details.
func checkPage(t fataler, page string) {
	for _, m := range openTag.FindAllStringSubmatch(page, -1) {
		if !slices.Contains(markdownTags, m[1]) {
			t.Fatalf("foreign element %q in\n%s", m[0], page)
		}
	}
	if strings.Contains(page, "href=") || strings.Count(page, "<details>") != strings.Count(page, "</details>") {
		t.Fatalf("a link, or details that stay open, in\n%s", page)
	}
	for row := range strings.SplitSeq(page, "<tr>") {
		row, _, _ = strings.Cut(row, "</tr>")
		if n := len(cell.FindAllString(row, -1)); n != 4 && n != 0 {
			t.Fatalf("%d cells in %q", n, row)
		}
	}
}

func TestMarkdownRendered(t *testing.T) {
	for name, results := range situations() {
		t.Run(name, func(t *testing.T) { checkPage(t, asPage(t, results)) })
	}
	for _, h := range hostile {
		checkPage(t, asPage(t, []Result{hostileResult(h)}))
	}
	rapid.Check(t, func(t *rapid.T) { checkPage(t, asPage(t, []Result{arbitrary(t)})) })
}

// What is not alike is shown, and where: the words reach the reader.
func TestMarkdownRenderedWords(t *testing.T) {
	page := asPage(t, situations()["update"])
	for _, want := range []string{
		"<h3>reconcile · iag-ias · prod</h3>", "<summary>~ update <code>Destination/IPS_PROXY</code></summary>",
		"<td><code>&quot;/<b>g</b>roups&quot;</code></td>\n<td><code>&quot;/<b>G</b>roups&quot;</code></td>", "<p>Digest: <code>sha256:4711</code></p>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
}
