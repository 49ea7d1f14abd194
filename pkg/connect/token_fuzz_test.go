package connect

import (
	"net/http"
	"strings"
	"testing"
	"unicode"
)

// FuzzToken: an answer to a login is a token that is then sent and hidden, or an
// error of one line without the secret; no call goes out without a token.
func FuzzToken(f *testing.F) {
	f.Add(200, `{"access_token":"token-0123456789","expires_in":43199}`)
	f.Add(200, `{"access_token":"token-0123456789","expires_in":"43199"}`)
	f.Add(200, `{"access_token":"token-0123456789","expires_in":-1e300}`)
	f.Add(200, `{"access_token":"","expires_in":1}`)
	f.Add(200, `{"access_token":["a"]}`)
	f.Add(200, `{"access_token":"a\r\nX-Evil: b"}`)
	f.Add(200, `<html>log on</html>`)
	f.Add(400, `{"error":"invalid_client","error_description":"secret-CANARY-4711\u001b[2J"}`)
	f.Add(401, ``)
	f.Add(302, `null`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 499 || status == 429 || status == 408 {
			return // these are waited for
		}
		const password = "secret-CANARY-4711"
		fake := &fake{answer: func(_ int, r seen) (*http.Response, error) {
			if strings.HasSuffix(r.url, "/oauth/token") {
				return reply(status, body)
			}
			return reply(200, "{}")
		}}
		_, c := openAs(t, fake, Options{}, credentialsFor("id", password))
		err := get(t.Context(), c)
		sent := fake.count("/base/x")
		if sent > 0 && status != http.StatusOK {
			t.Errorf("status %d was taken for a token", status)
		}
		if err == nil {
			if last := fake.seen[len(fake.seen)-1].header.Get("Authorization"); sent != 1 || len(last) <= len("Bearer ") {
				t.Errorf("%d calls, the last with %q", sent, last)
			}
			return
		}
		if strings.Contains(err.Error(), password) || strings.IndexFunc(err.Error(), unicode.IsControl) >= 0 {
			t.Errorf("the error shows %q", err)
		}
	})
}
