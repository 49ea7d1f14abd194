package verify

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzAnswer: of an answer nothing is shown but one short line without a query and
// without the backend's own answer, and only what says that it is a list is one.
func FuzzAnswer(f *testing.F) {
	const schema = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:`
	f.Add(200, "application/scim+json", schema+`ListResponse"],"totalResults":1,"Resources":[{"userName":"jane.doe"}]}`)
	f.Add(200, "application/json", schema+`ListResponse"],"totalResults":-1,"itemsPerPage":-5,"Resources":null}`)
	f.Add(200, "text/html; charset=x", "<html>jane.doe</html>")
	f.Add(200, ";;;", `null`)
	f.Add(401, "application/json", schema+`Error"],"detail":"Failed to read entity. HTTP operation failed invoking https://h/Users?filter=jane with statusCode: 401. Response: {\"user\":\"jane\"}","status":401}`)
	f.Add(403, "", schema+`Error"],"detail":"\u001b[2Jgone\nsecond\u202eline"}`)
	f.Add(404, "", schema+`Error"],"detail":["a"]}`)
	f.Add(500, "", "\xff\xfe")
	f.Fuzz(func(t *testing.T, status int, media, body string) {
		p, instead := readPage(http.Header{"Content-Type": {media}}, []byte(body))
		if (instead == "") != (p.Total != nil && slices.Contains(p.Schemas, listSchema)) {
			t.Errorf("a page %+v, instead %q", p, instead)
		}
		detail := explanation([]byte(body))
		if utf8.RuneCountInString(detail) > 301 || strings.ContainsAny(detail, "{<") || strings.IndexFunc(detail, unshown) >= 0 {
			t.Errorf("it shows %q", detail)
		}
		if again := quote(detail); again != detail && !strings.HasSuffix(detail, "…") {
			t.Errorf("quoted twice %q is %q", detail, again)
		}
		for _, err := range []error{nil, errors.New("cut")} {
			v := interpret(status, detail, err)
			if v == works || v.ends() && v.inside() {
				t.Errorf("status %d %v means %d", status, err, v)
			}
		}
	})
}

func unshown(r rune) bool { return !unicode.IsPrint(r) }
