package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reconcile/pkg/secret"
	"reconcile/pkg/verify"
)

// pages answers a walk: total as of a page, and what the page read and delivers.
func pages(read func(start int) (total, read, delivered int)) canned {
	return func(r *http.Request) (*http.Response, error) {
		var start int
		_, _ = fmt.Sscan(r.URL.Query().Get("startIndex"), &start)
		total, n, delivered := read(start)
		resources := strings.TrimSuffix(strings.Repeat(`{},`, delivered), ",")
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,"itemsPerPage":%d,"Resources":[%s]}`, total, n, resources)
		return reply(200, scim, body)(r)
	}
}

func TestLint(t *testing.T) {
	cases := []struct{ key, value, code, message string }{
		{"Type", "", "F-24", "Type is missing"},
		{"Type", "HTTP ", "F-24", "begins or ends with a blank"},
		{"ProxyType", "internet", "F-24", `must be "Internet": values are case-sensitive`},
		{"Authentication", "NoAuthentication", "F-24", `must be "BasicAuthentication"`},
		{"URL", "", "F-5", "URL is missing"},
		{"URL", tenant + "/ips/", "F-5", "/ips belongs to the console"},
		{"URL", tenant + "?key=jane.doe", "F-5", "?…"},
		{"User", "", "F-24", "User is missing"},
		{"Password", "", "F-24", "Password is missing"},
		{"Accept", "application/json", "F-37", `must be "application/scim+json"`},
		{"serviceURL", "", "F-5", "serviceURL is missing"},
		{"serviceURL", "ipsproxy/service/api/v1/scim/", "F-5", "slashes count"},
		{"serviceURL", "/ipsproxy/api/v1/scim/", "F-5", `must be "/ipsproxy/service/api/v1/scim/"`},
		{"USERSURL", "Users", "F-36", "slashes count"},
		{"GROUPSURL", "", "F-36", "GROUPSURL is missing"},
	}
	for _, c := range cases {
		t.Run(c.key+"="+c.value, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stored := goodDestination()
				if stored[c.key] = c.value; c.value == "" {
					delete(stored, c.key)
				}
				report, err := verify.Run(t.Context(), scripted(reply(404, "text/plain", ""), stored))
				if err != nil {
					t.Fatal(err)
				}
				checkFinding(t, report, c.code, verify.LegDestination, c.message)
				if f := report.Findings[0]; f.Ref != destination || !strings.Contains(f.Remedy, c.key) {
					t.Errorf("finding %+v", f)
				}
				checkDiscretion(t, report)
			})
		})
	}
}

func TestThrottledIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]bool{}
		target := scripted(func(r *http.Request) (*http.Response, error) {
			asked[r.URL.Path] = true
			return reply(429, "", "")(r)
		}, goodDestination())
		target.Systems = append(target.Systems, verify.System{Ref: system, ExternalSystemID: "id-2"})
		report, err := verify.Run(t.Context(), target)
		if err != nil || len(asked) != 1 || len(report.Gaps) != 3 {
			t.Errorf("%v, asked %v, gaps %+v", err, asked, report.Gaps)
		}
		checkFinding(t, report, "F-23", verify.LegProxy, "no more proxy calls")
	})
}

func TestTokenThatFailsIsNoRefusal(t *testing.T) {
	for _, c := range []struct {
		answer canned
		lost   bool
	}{
		{reply(500, "text/plain", "jane.doe"), true},
		{reply(301, "text/html", "<html>"), true},
		{reply(401, "application/json", `{"error":"invalid_client"}`), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			target := scripted(c.answer, nil)
			target.Systems = nil
			target.Users = []verify.User{{Ref: callerUser, ClientID: "caller-id", Secret: secret.New("caller-secret"), Authorizations: []string{"Read Users"}}}
			report, err := verify.Run(t.Context(), target)
			if err != nil || (len(report.Gaps) == 1 && report.Gaps[0].Lost) != c.lost || (len(report.Findings) == 1) == c.lost {
				t.Errorf("%v, %+v", err, report)
			}
			checkDiscretion(t, report)
		})
	}
}

func TestPageOfALoginIsNoAuthorization(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := scripted(func(r *http.Request) (*http.Response, error) {
			if r.Method == "POST" {
				return reply(200, "application/json", `{"access_token":"t","expires_in":60}`)(r)
			}
			return reply(200, "text/html", "<html>")(r)
		}, nil)
		target.Systems = nil
		target.Users = []verify.User{{Ref: callerUser, ClientID: "caller-id", Secret: secret.New("caller-secret"), Authorizations: []string{"Read Users"}}}
		report, err := verify.Run(t.Context(), target)
		if err != nil || proved(report, callerUser, "/authorizations/Read Users") || len(report.Gaps) != 1 {
			t.Errorf("%v, %+v", err, report)
		}
	})
}

func TestInterruptedRunSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := verify.Run(ctx, scripted(reply(200, scim, list), goodDestination())); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestWalks(t *testing.T) {
	cases := []struct {
		name string
		read func(start int) (total, read, delivered int)
		want verify.Count
	}{
		{"nobody", func(int) (int, int, int) { return 0, 0, 0 }, verify.Count{Complete: true}},
		{"empty pages in between", func(start int) (int, int, int) {
			if start == 101 {
				return 250, 100, 0
			}
			return 250, min(100, 251-start), min(100, 251-start)
		}, verify.Count{Read: 250, Delivered: 150, Complete: true}},
		{"estimated total", func(start int) (int, int, int) { // 150 entities, backend without a total
			if start > 150 {
				return 150, 0, 0
			}
			n := min(100, 151-start)
			return start + 100, n, n
		}, verify.Count{Read: 150, Delivered: 150, Complete: true}},
		{"stands still", func(int) (int, int, int) { return 10, 0, 5 }, verify.Count{Delivered: 5}},
		{"claims too much", func(int) (int, int, int) { return 10, 1 << 40, 1 }, verify.Count{Read: 1 << 40, Delivered: 1}},
		{"never ends", func(start int) (int, int, int) { return start + 100, 1, 1 }, verify.Count{Read: 5000, Delivered: 5000}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				target := scripted(pages(c.read), goodDestination())
				target.Full = true
				report, err := verify.Run(t.Context(), target)
				c.want.Ref, c.want.Of = system, "Users"
				if err != nil || len(report.Counts) != 2 || report.Counts[0] != c.want {
					t.Errorf("%v, counts %+v, want %+v", err, report.Counts, c.want)
				}
			})
		})
	}
}

func TestWalkKeepsItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		walk := pages(func(start int) (int, int, int) { return 20000, 100, 100 })
		target := scripted(func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Now())
			return walk(r)
		}, goodDestination())
		target.Full = true
		if _, err := verify.Run(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		if len(at) != 400 {
			t.Fatalf("%d calls", len(at))
		}
		for i := 60; i < len(at); i++ {
			if at[i].Sub(at[i-60]) < time.Minute {
				t.Fatalf("61 calls within %s", at[i].Sub(at[i-60]))
			}
		}
	})
}

func TestWalkThatBreaksOffIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		walk := pages(func(int) (int, int, int) { return 300, 100, 100 })
		target := scripted(func(r *http.Request) (*http.Response, error) {
			if r.URL.Query().Get("startIndex") == "201" {
				return reply(500, "text/plain", "oops")(r)
			}
			return walk(r)
		}, goodDestination())
		target.Full = true
		report, err := verify.Run(t.Context(), target)
		if err != nil || len(report.Counts) != 0 || len(report.Findings) != 1 || report.Findings[0].Code != "F-2" {
			t.Errorf("%v, %+v", err, report)
		}
	})
}
