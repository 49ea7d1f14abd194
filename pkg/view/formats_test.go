package view

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"reconcile/pkg/resource"
)

// written are the formats that take results and nothing else, by file ending.
var written = map[string]func(io.Writer, []Result) error{
	"html": HTML, "junit.xml": JUnit, "sarif.json": SARIF, "github.txt": GitHub, "gitlab.json": GitLab,
}

func rendered(t testing.TB, format string, results []Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := written[format](&b, results); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormatsGolden(t *testing.T) {
	for format := range written {
		for name, results := range situations() {
			t.Run(format+"/"+name, func(t *testing.T) {
				got := rendered(t, format, results)
				// The style is the same in all pages, and stands in report.css.
				golden(t, name+"."+format, strings.Replace(got, htmlStyle, "\n/* report.css */\n", 1))
				if again := rendered(t, format, results); again != got {
					t.Error("not the same twice")
				}
			})
		}
	}
}

// Several integrations, none at all, and a thousand objects are all told.
func TestFormatsSizes(t *testing.T) {
	thousand := many(1000, change("/properties/URL", "/groups", "/Groups", resource.OriginLive))
	limits := map[string]int{"html": 3 << 20, "junit.xml": 1 << 20, "sarif.json": 2 << 20, "github.txt": 1 << 20, "gitlab.json": 1 << 20}
	for format := range written {
		for name, results := range map[string][]Result{"none": nil, "empty": {{}}, "thousand": {thousand}, "two": {thousand, failedApply()}} {
			got := rendered(t, format, results)
			if len(got) > len(results)*limits[format]+8000 {
				t.Errorf("%s of %s has %d bytes", format, name, len(got))
			}
		}
	}
}
