package connect

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

	"reconcile/pkg/secret"
)

// Wherever a service puts what it was sent, no error and no log line shows it.
func TestCanaryNeverShows(t *testing.T) {
	const canary = "CANARY-s3cr3t$=/+"
	echo := func(r seen) string {
		return "you sent " + r.url + " with " + r.body + " and " + fmt.Sprint(r.header)
	}
	answers := map[string]func(n int, r seen) (*http.Response, error){
		"text":     func(_ int, r seen) (*http.Response, error) { return reply(400, echo(r)) },
		"json":     func(_ int, r seen) (*http.Response, error) { return reply(400, `{"ErrorMessage":"`+canary+`"}`) },
		"code":     func(_ int, r seen) (*http.Response, error) { return reply(400, `{"error":"`+canary+`"}`) },
		"html":     func(_ int, r seen) (*http.Response, error) { return reply(500, "<title>"+echo(r)+"</title>") },
		"redirect": func(_ int, r seen) (*http.Response, error) { return reply(302, "", "Location", "https://h/"+canary) },
		"header": func(_ int, r seen) (*http.Response, error) {
			return reply(500, "", "X-Vcap-Request-Id", canary)
		},
		"transport": func(_ int, r seen) (*http.Response, error) { return nil, errors.New(echo(r)) },
		"cut":       func(_ int, r seen) (*http.Response, error) { return cutReply(200, `["`+canary+`"]`) },
		"unauthorised": func(_ int, r seen) (*http.Response, error) {
			return reply(401, echo(r))
		},
		"odd success": func(_ int, r seen) (*http.Response, error) { return reply(200, echo(r)) },
	}
	logins := map[string]Auth{
		"form":   credentialsFor("id", canary),
		"header": ClientCredentials{TokenURL: "https://uaa.example/oauth/token", ClientID: "id", Secret: secret.New(canary), Style: InHeader},
		"basic":  Basic{User: "id", Password: secret.New(canary)},
	}
	for login, auth := range logins {
		for kind, answer := range answers {
			for _, tokenToo := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					f := &fake{answer: answer}
					if !tokenToo {
						f = withTokens(answer)
					}
					var log bytes.Buffer
					s, c := openAs(t, f, Options{Mode: Write, Log: zerolog.New(&log)}, auth)
					s.Hide(secret.New(canary))
					var out any
					_, err := c.Do(t.Context(), Call{
						Method: "PUT", Path: "/x", Query: url.Values{"q": {canary}}, Header: http.Header{"X-Secret": {canary}},
						In: map[string]string{"Password": canary}, Out: &out,
					})
					if err == nil {
						t.Fatalf("%s/%s: no error", login, kind)
					}
					shown := fmt.Sprintf("%v %+v %q %s", err, err, err, log.String())
					for _, leak := range append(spellings(canary), "CANARY", "token-1") {
						if strings.Contains(shown, leak) {
							t.Errorf("%s/%s: shows %q in %s", login, kind, leak, shown)
						}
					}
				})
			}
		}
	}
}

func TestLogLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(n int, _ seen) (*http.Response, error) {
			if n == 1 {
				return nil, errConnectionRefused()
			}
			return reply(200, "{}", "X-Vcap-Request-Id", "id-1")
		}}
		var log bytes.Buffer
		_, c := openAs(t, f, Options{Log: zerolog.New(&log)}, None{})
		if _, err := c.Do(t.Context(), Call{Method: "GET", Path: "/v1/{name}", Args: []string{"IPS_PROXY"}}); err != nil {
			t.Fatal(err)
		}
		want := `{"level":"debug","service":"svc","method":"GET","path":"/v1/{name}","problem":"dial tcp: connection refused","attempt":1,"took_ms":0,"message":"http call"}
{"level":"debug","service":"svc","method":"GET","path":"/v1/{name}","status":200,"correlation":"id-1","attempt":2,"took_ms":0,"message":"http call"}
`
		if log.String() != want {
			t.Errorf("got\n%swant\n%s", log.String(), want)
		}
	})
}
