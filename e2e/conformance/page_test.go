package conformance_test

import (
	"context"
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The page's policy lets no script run, so the copy that is examined has none, and
// axe-core within.
var (
	policyLine = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>\n`)
	verdictTag = regexp.MustCompile(`(?s)<title>AXE (.*?)</title>`)
)

const examine = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => {
	const say = v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join("; ");
	const wide = [...document.querySelectorAll("body *")].filter(e => !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth + 1);
	const found = r.violations.map(say).concat(document.documentElement.scrollWidth > innerWidth ? ["wider than the screen: " + wide.slice(-1).map(e => e.outerHTML).join()] : []);
	document.querySelectorAll("details").forEach(d => { d.open = true; });
	document.querySelectorAll("table").forEach(e => { if (e.getBoundingClientRect().width > e.parentElement.clientWidth + 1) found.push("a table is cut: " + e.parentElement.outerHTML); });
	if (getComputedStyle(document.body).maxWidth === "none") found.push("the page has no style");
	document.title = "AXE " + JSON.stringify({Passes: r.passes.length, Violations: found});
});`

// TestPageIsAccessible lets axe-core look at the pages of every situation in
// Chromium: contrast, names, landmarks and keyboard, light and dark, phone and desk.
func TestPageIsAccessible(t *testing.T) {
	needNode(t)
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("skipped: chromium is not installed")
	}
	axe, err := os.ReadFile(filepath.Join(nodeFolder, "node_modules", "axe-core", "axe.min.js"))
	if os.IsNotExist(err) {
		t.Skip("skipped: axe-core is not installed; make conformance installs it and runs this")
	}
	pages, globbed := filepath.Glob("../../pkg/view/testdata/*.html")
	if err != nil || globbed != nil || len(pages) < 10 {
		t.Fatalf("%d pages (%v)", len(pages), err)
	}
	dark := []string{"--force-dark-mode", "--enable-features=WebContentsForceDark:inversion_method/none", "--blink-settings=preferredColorScheme=0"}
	for _, page := range pages {
		copied := withAxe(t, page, string(axe))
		// Chromium opens no window narrower than 500; a narrower page is a frame's.
		t.Run(filepath.Base(page), func(t *testing.T) { accessible(t, browser, copied, []string{"--window-size=500,900"}) })
		t.Run("dark", func(t *testing.T) {
			accessible(t, browser, copied, append(slices.Clone(dark), "--window-size=1300,900"))
		})
	}
}

func withAxe(t *testing.T, page, axe string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	// Golden pages leave the style out.
	style, err := os.ReadFile("../../pkg/view/report.css")
	if err != nil {
		t.Fatal(err)
	}
	styled := strings.Replace(string(text), "/* report.css */", string(style), 1)
	body := strings.Replace(policyLine.ReplaceAllString(styled, ""), "</body>", "<script>"+axe+"</script><script>"+examine+"</script></body>", 1)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func accessible(t *testing.T, browser, page string, flags []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + t.TempDir(), "--virtual-time-budget=20000"}, flags...)
	out, err := exec.CommandContext(ctx, browser, append(args, "--dump-dom", "file://"+page)...).Output()
	m := verdictTag.FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("no verdict (%v)", err)
	}
	var verdict struct {
		Passes     int
		Violations []string
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &verdict); err != nil || verdict.Passes < 20 {
		t.Fatalf("%d rules passed (%v)", verdict.Passes, err)
	}
	for _, v := range verdict.Violations {
		t.Error(v)
	}
}
