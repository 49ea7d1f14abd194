package connect

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"reconcile/pkg/secret"
)

// quoting are the ways in which a service may quote back what it was sent.
var quoting = map[string]func(string) string{
	"as it is":           func(s string) string { return s },
	"HTML":               html.EscapeString,
	"XML":                strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace,
	"HTML in hex":        func(s string) string { return each(s, func(r rune) string { return fmt.Sprintf("&#x%x;", r) }) },
	"HTML in numbers":    func(s string) string { return each(s, func(r rune) string { return fmt.Sprintf("&#%04d;", r) }) },
	"query":              url.QueryEscape,
	"path":               url.PathEscape,
	"lower-case percent": func(s string) string { return strings.ToLower(url.QueryEscape(s)) },
	"every byte":         func(s string) string { return eachByte(s, "%%%02x") },
	"base64":             func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 unpadded":    func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"base64url":          func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 in lines":    func(s string) string { return wrap(base64.StdEncoding.EncodeToString([]byte(s))) },
	"login":              func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("id:"+s)) },
	"hex":                func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":                func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"JSON":               func(s string) string { data, _ := json.Marshal(s); return string(data) },
	"JSON for people":    func(s string) string { data, _ := encode(s); return string(data) },
	"ASCII JSON":         func(s string) string { return each(s, ascii) },
	"JSON of JavaScript": func(s string) string {
		return strings.NewReplacer("/", `\/`, `"`, `\"`, `\`, `\\`, "\n", `\n`).Replace(s)
	},
	"bytes":         func(s string) string { return eachByte(s, `\x%02x`) },
	"one line":      func(s string) string { return strings.Join(strings.Fields(s), " ") },
	"no lines":      func(s string) string { return strings.NewReplacer("\n", "", "\r", "").Replace(s) },
	"mojibake":      func(s string) string { return eachByteRune(s) },
	"Latin-1":       latin1,
	"capitals":      strings.ToUpper,
	"small letters": strings.ToLower,
}

func each(s string, spell func(rune) string) string {
	var out strings.Builder
	for _, r := range s {
		out.WriteString(spell(r))
	}
	return out.String()
}

func ascii(r rune) string {
	if r >= ' ' && r < utf8.RuneSelf && r != '"' && r != '\\' {
		return string(r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

func eachByte(s, format string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, format, s[i])
	}
	return out.String()
}

func eachByteRune(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteRune(rune(s[i]))
	}
	return out.String()
}

func latin1(s string) string {
	return each(s, func(r rune) string {
		if r < 0x100 {
			return string([]byte{byte(r)})
		}
		return string(r)
	})
}

func wrap(s string) string {
	const width = 64
	var lines []string
	for ; len(s) > width; s = s[width:] {
		lines = append(lines, s[:width])
	}
	return strings.Join(append(lines, s), "\r\n")
}

// leaky are the secrets that a reviewer or a service might think of.
var leaky = []string{
	"Zq\"w&<r%t/+y\npl'x~é", "hunter2", "CANARY-EXTRA+/=\"&%Z9x", "100%25&amp;\\u0041\\n", `C:\new\table`, "a b c d e", "päßwörter", "пароль-один",
	"dGhpcyBpcyBiYXNlNjQ=", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n",
	"%%%%&&&&", "🔑🔑🔑🔑-key",
}

// No spelling of a secret survives, whatever was done to it up to twice.
func TestEverySpellingIsRedacted(t *testing.T) {
	for _, text := range leaky {
		var r redactor
		r.hide(secret.New(text))
		for first, inner := range quoting {
			for second, outer := range quoting {
				spelt := outer(inner(text))
				check(t, &r, spelt, first+" in "+second)
			}
		}
	}
}

func check(t interface{ Errorf(string, ...any) }, r *redactor, spelt, how string) {
	core := strings.Trim(spelt, "\" \r\n")
	for _, show := range []func(string) string{r.redact, r.line} {
		got := show("The value (" + spelt + ") is not allowed.")
		if strings.Contains(got, core) && !strings.Contains(mask, core) || !strings.Contains(got, mask) {
			t.Errorf("%s: %q is shown as %q", how, spelt, got)
		}
	}
}

// The same for any secret, told apart from words by having some letters in ASCII.
func TestRedactProperty(t *testing.T) {
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range quoting {
			if !yield(name) {
				return
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		secrets := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9!$=&"\\/ äß<>%'+|;#\n-]{0,20}[A-Za-z0-9]{2}[!$=&"/%'-]{0,3}[A-Za-z0-9]{3}`), 1, 5).Draw(t, "secrets")
		var r redactor
		for _, text := range secrets {
			r.hide(secret.New(text))
		}
		text := rapid.SampledFrom(secrets).Draw(t, "text")
		first, second := rapid.SampledFrom(names).Draw(t, "first"), rapid.SampledFrom(names).Draw(t, "second")
		check(t, &r, quoting[second](quoting[first](text)), first+" in "+second)
	})
}

// What holds no secret stays letter by letter.
func TestHarmlessTextsStay(t *testing.T) {
	var r redactor
	for _, text := range leaky {
		r.hide(secret.New(text))
	}
	for _, text := range []string{
		"", "The destination is locked (423); try again later.", "100 % of the requests &amp; more failed at https://host.example/a%20b?x=1",
		`{"error": "invalid_client", "error_description": "Bad credentials"}`, "correlation 5d1c0f2a-7c1e-4b57-9a55-2f6b1f0f3c6d", "Ünknown näme, größer",
	} {
		if got := r.redact(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A service can send as much as it likes, and there may be many secrets.
func TestRedactionIsFast(t *testing.T) {
	var r redactor
	for i := range 2000 {
		r.hide(secret.New(fmt.Sprintf("secret-%d-%x", i, i*i)))
	}
	long := strings.Repeat("QUJDREVGR0hJSktMTU5PUA &amp; %41 0123456789abcdef ", 700)
	started := time.Now()
	r.line(long)
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("%d bytes took %s", len(long), took)
	}
}

func BenchmarkRedact(b *testing.B) {
	var r redactor
	for _, text := range leaky {
		r.hide(secret.New(text))
	}
	for b.Loop() {
		r.line("The destination service answered: value QUJDREVGR0hJSktMTU5PUA of property Password is not allowed (correlation 5d1c0f2a-7c1e-4b57).")
	}
}
