package secret

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	pemKey = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nSEKRET\n-----END RSA PRIVATE KEY-----\n"
	jwt    = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SEKRETdozjgNryP4J3jVmNHl0w5N"
)

// looks are texts that hold the secret SEKRET or another one, by what they hold.
var looks = map[string][]string{
	"a password inside an address": {
		"https://u:SEKRET@host.example/x?y=1", "see https://u:SEKRET@h and more", "https://:SEKRET@h", "postgres://u:SE%20KRET@h:5432/db",
		"https://u:SE@KRET@h",
	},
	"a private key": {
		pemKey, "-----BEGIN PRIVATE KEY-----SEKRET", "x -----BEGIN OPENSSH PRIVATE KEY-----\\nSEKRET\\n-----END OPENSSH PRIVATE KEY-----",
		"-----BEGIN PGP PRIVATE KEY BLOCK-----\nSEKRET", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nSEKRET",
	},
	"a token": {
		jwt, "token " + jwt + ".", "eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp.48V1_ALb6US0.5eym8TW_c8Su.SEKRETXFBoMYUZod",
		"Bearer SEKRET1234567890abcdef",
	},
	"a login": {"Basic " + base64.StdEncoding.EncodeToString([]byte("me:SEKRET"))},
	"a password or key as a parameter": {
		"jdbc:sqlserver://h:1433;user=a;password=SEKRET", "jdbc:sap://h?user=a&password=SEKRET&x=y", "Server=h;Uid=a;Pwd=SEKRET;",
		"host=h user=a password='SE KRET'", "Server=h;Pwd={SE;KRET}", "https://h/blob?sv=1&sig=SEKRET", "https://h/?access_token=SEKRET",
		"?X-Amz-Signature=SEKRET", "client_id=a&client_secret=SEKRET", "AccountName=a;AccountKey=SEKRET==", "SharedAccessKey=SEKRET=",
		"db.password = SEKRET", "https://h/?apikey=SEKRET", "PASSWORD=SEKRET", "sig=SEKRET", "token=SEKRET#x",
	},
	"a password or key as a field": {
		`{"clientid": "a", "clientsecret": "SEKRET"}`, `{"password":"SE\"KRET"}`, `{"a": {"access_token" : "SEKRET"}}`,
	},
}

// harmless are texts that look a little like it.
var harmless = []string{
	"", "https://host.example", "https://host.example:8443/a:b@c", "https://u@host.example", "ssh://git@github.com/a/b", "https://h/users/me:you@example.com",
	"mailto:me@example.com", "passwordPolicy=strong", "passwordPolicy: strong", "password", "secretKeeper=yes", "the password is outside",
	"grant_type=password&response_type=token", "token_type=bearer", "https://h/oauth2/token", "https://h/x?token=${token}", "password=<your password>",
	"password=***", "password=", "pwd=%s", "jdbc:sap://h?encrypt=true&validate=false", "https://u:***@h", "https://u:[secret]@h", "https://u:${pw}@h",
	"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
	"eyJ", "eyJhbGciOiJIUzI1NiJ9", "heyJoe.eyJ.x", "Basic authentication", "BasicAuthentication", "basic settings are kept", "Bearer", "bearer of good news",
	"bearer authentication-is-required", `userName eq "x" and active eq true`, `groups.display eq "Token Admins"`, "(&(objectClass=person)(token=abc))",
	`{"sourcePath": "$.password", "targetPath": "$.password"}`, `{"password": "$.password"}`, `{"type": "password", "name": "secret"}`,
	"/service/scim/v2/", "sap-client=100", "application/scim+json", "resign=never", "design=modern", "?design=modern&x=1", "tokens=1234", "sigma=0.5000",
	"password=true", "Signature-Input", "2026-11-23T08:00:00Z", "keystore.jks", "https://h/a?page=1&size=100",
}

func TestLook(t *testing.T) {
	for what, texts := range looks {
		for _, text := range texts {
			if got := Look(text); got != what {
				t.Errorf("%q looks like %q, not like %q", text, got, what)
			}
			if veiled := Veil(text); strings.Contains(veiled, "SEKRET") || strings.Contains(veiled, "KRET") || !strings.Contains(veiled, mask) || Look(veiled) != "" {
				t.Errorf("%q is shown as %q", text, veiled)
			}
			if len(Within(text)) == 0 {
				t.Errorf("%q holds nothing", text)
			}
		}
	}
	for _, text := range harmless {
		if got := Look(text); got != "" || Veil(text) != text || Within(text) != nil {
			t.Errorf("%q is taken for %s, and shown as %q", text, got, Veil(text))
		}
	}
}

// What is found in a longer text is found whole and alone.
func TestVeil(t *testing.T) {
	for text, want := range map[string]string{
		"a https://u:SEKRET@h/x?sig=SEKRET&y=1 b":     "a https://u:[secret]@h/x?sig=[secret]&y=1 b",
		"k " + pemKey + "e":                           "k [secret]\ne",
		`{"x":"https://u:SEKRET@h","token":"SEKRET"}`: `{"x":"https://u:[secret]@h","token":"[secret]"}`,
		"password=https://u:SEKRET@h":                 "password=[secret]",
	} {
		if got := Veil(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// What somebody else wrote cannot make it fail, and a second look finds nothing new.
func FuzzVeil(f *testing.F) {
	for _, texts := range looks {
		for _, text := range texts {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if veiled := Veil(text); (veiled == text) != (Look(text) == "") {
			t.Errorf("%q is shown as %q and looks like %q", text, veiled, Look(text))
		}
	})
}

// patterns say in one expression each what [assignments] look for.
var patterns = []shape{
	{pattern: regexp.MustCompile(`(?i)(?:^|[;?&,\s{"'])` + oneName + `\s*=\s*(?:"([^"]+)"|'([^']+)'|\{([^}]+)\}|([^;&#\s"'{]+))`), doubt: placeholder},
	{pattern: regexp.MustCompile(`(?i)"` + oneName + `"\s*:\s*"((?:[^"\\]|\\.)+)"`), doubt: placeholder},
}

const oneName = `(?:[\w.\-]*(?:password|passwd|passphrase|secret|api[_.\-]?key|access_?key|account_?key|private_?key|[_.\-]token|accesstoken|signature)` +
	`|(?:[\w.\-]*[_.\-])?(?:pwd|pw|sig|token|jwt|sas))`

// FuzzLook holds that looking at a text in lower case, only where a hint is and from sign
// to sign, finds what the patterns find of themselves, and nothing else but in a value.
func FuzzLook(f *testing.F) {
	for _, text := range []string{
		"Authorization: BASIC dXNlcjpwYXNzd29yZA==", "Bearer abcdefghij0123456789xyz", `{"Client_SECRET" : "p\"ss"}`, "a=b;PWD={x y};Sig='q'",
		"İ://u:Pa55@host İ password=Zürich", "-----BEGIN PRIVATE KEY-----\nx", `"db.PassWord":"1"`, "ACCOUNTKEY=k;x-SAS=1",
		`a= password=x1`, `password="x1; pwd=y2"`, `x=password=z1`, `"a":"b","token" : "t1"`, "1password=é", "épassword=x1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\u017f\u212a") {
			return // the long s and the sign of Kelvin, which (?i) takes for letters
		}
		var want []found
		for _, s := range slices.Concat(shapes, patterns) {
			slow := shape{pattern: s.pattern, doubt: s.doubt}
			if s.folded {
				slow.pattern = regexp.MustCompile("(?i)" + s.pattern.String())
			}
			want = append(want, slow.find(text, text)...)
		}
		got := find(text)
		for _, w := range want {
			if !slices.ContainsFunc(got, func(g found) bool { return g.from == w.from && g.to == w.to }) {
				t.Errorf("%q: %q is not in %v", text, text[w.from:w.to], got)
			}
		}
		for _, g := range got {
			if !slices.ContainsFunc(want, func(w found) bool { return w.from <= g.from && g.from < w.to }) {
				t.Errorf("%q: %q is in none of %v", text, text[g.from:g.to], want)
			}
		}
	})
}
