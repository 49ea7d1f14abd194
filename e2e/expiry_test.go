package e2e

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"reconcile/pkg/cli"
)

// warned runs a command at a time and returns the codes and texts of its warnings.
func (l *land) warned(t *testing.T, at time.Time, args ...string) []fault {
	t.Helper()
	var out, story bytes.Buffer
	l.wire.reset()
	cli.Main(context.Background(), append(args, "-o", "json"), cli.IO{
		In: strings.NewReader(""), Out: &out, Err: &story, Now: func() time.Time { return at }, Base: l.wire,
		LookupEnv: func(name string) (string, bool) { value, ok := l.env[name]; return value, ok },
	})
	type result struct{ Warnings, Errors []fault }
	var d struct {
		result
		Runs []result
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), story.String())
	}
	if len(d.Errors) > 0 && d.Errors[0].Code < "E190" {
		t.Fatalf("%v", d.Errors)
	}
	for _, r := range d.Runs {
		d.Warnings = append(d.Warnings, r.Warnings...)
	}
	return d.Warnings
}

func has(warnings []fault, code, text string) bool {
	for _, w := range warnings {
		if w.Code == code && strings.Contains(w.Message, text) && w.Remedy != "" {
			return true
		}
	}
	return false
}

// TestSecretsExpireWithWarning looks at a secret made on 2026-11-23 for one year.
func TestSecretsExpireWithWarning(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	flags := append([]string{"validate"}, k.example(t, "integration")...)
	l := k.land(t, k.dump)
	day := func(text string) time.Time { at, _ := time.Parse(time.DateOnly, text); return at }
	for at, want := range map[string]string{
		"2027-10-01": "", "2027-10-24": "in 30 days", "2027-11-20": "in 3 days", "2027-11-24": "expired on 2027-11-23",
	} {
		warnings := l.warned(t, day(at), flags...)
		if have := has(warnings, "W230", want); have != (want != "") {
			t.Errorf("on %s: %v, want %q", at, warnings, want)
		}
	}
	if warnings := l.warned(t, day("2027-10-01"), append(flags, "--warn-days", "90")...); !has(warnings, "W230", "in 53 days") {
		t.Errorf("--warn-days 90: %v", warnings)
	}
}

// TestCertificatesExpireWithWarning looks at a service key with a certificate, and
// at a certificate that a destination carries.
func TestCertificatesExpireWithWarning(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	data, err := os.ReadFile(filepath.Join(k.dir, "keys", "destinationX509.json"))
	var key struct{ Certificate string }
	if err != nil || json.Unmarshal(data, &key) != nil || key.Certificate == "" {
		t.Fatalf("no key with a certificate: %v", err)
	}
	block, _ := pem.Decode([]byte(key.Certificate))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	indented, _ := json.Marshal(strings.TrimSpace(key.Certificate))
	flags := append([]string{"plan"}, k.example(t, "x509", "keys/destination.json", "keys/destinationX509.json", "  destinations:\n", fmt.Sprintf(`  destinations:
    - {name: C, properties: {Type: HTTP, URL: "https://c.example", ProxyType: Internet, Authentication: NoAuthentication, trustedCertificate: %s}}
`, indented))[:2]...)
	l := k.land(t, k.dump)
	soon, late := certificate.NotAfter.Add(-36*time.Hour), certificate.NotAfter.Add(-31*24*time.Hour)
	if warnings := l.warned(t, soon, flags...); !has(warnings, "W232", "in 1 days") || !has(warnings, "W231", "trustedCertificate") {
		t.Errorf("a day before: %v", warnings)
	}
	if warnings := l.warned(t, late, flags...); has(warnings, "W232", "") || has(warnings, "W231", "") {
		t.Errorf("a month before: %v", warnings)
	}
}

// TestLooseFilesAreReported opens a service key and a ledger to others.
func TestLooseFilesAreReported(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	k := newKit(t)
	ledger := filepath.Join(k.dir, "ledger.json")
	flags := append(k.example(t, "integration"), "--ledger", "file:"+ledger)
	l := k.land(t, k.dump)
	l.must(t, 0, append(flags, "--adopt")...)
	plan := append([]string{"plan"}, flags...)
	if warnings := l.warned(t, time.Now(), plan...); has(warnings, "W233", "") {
		t.Errorf("private files: %v", warnings)
	}
	file := filepath.Join(k.dir, "keys", "destination.json")
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o440: false, 0o640: true, 0o644: true, 0o444: true} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if warnings := l.warned(t, time.Now(), plan...); has(warnings, "W233", "destination.json") != want {
			t.Errorf("key with mode %04o: %v", mode, warnings)
		}
	}
	saved := filepath.Join(k.dir, "plan.json")
	l.must(t, 0, append(plan, "--out", saved)...)
	apply := []string{"apply", saved, "--ledger", "file:" + ledger}
	if warnings := l.warned(t, time.Now(), apply...); has(warnings, "W233", "plan.json") {
		t.Errorf("private plan: %v", warnings)
	}
	if err := os.Chmod(saved, 0o644); err != nil {
		t.Fatal(err)
	}
	if warnings := l.warned(t, time.Now(), apply...); !has(warnings, "W233", "plan.json") {
		t.Errorf("open plan: %v", warnings)
	}
	if err := os.Chmod(ledger, 0o660); err != nil {
		t.Fatal(err)
	}
	if warnings := l.warned(t, time.Now(), plan...); !has(warnings, "W233", "ledger.json") {
		t.Errorf("open ledger: %v", warnings)
	}
}

// TestLooseSecretsAreReported opens a file with a password to others, and the folder
// of a private one.
func TestLooseSecretsAreReported(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	k := newKit(t)
	password := k.write(t, "secrets/password", "CANARY-PASSWORD")
	flags := k.example(t, "integration", "value: {env: IAG_CALLER_SECRET}", "value: {file: secrets/password}")
	l := k.land(t, k.dump)
	for _, tc := range []struct {
		mode, folder os.FileMode
		says         string
	}{
		{0o600, 0o700, ""},
		{0o600, 0o755, ""},
		{0o644, 0o700, "secrets/password is open"},
		{0o600, 0o777, "replace it"},
		{0o600, 0o777 | os.ModeSticky, ""},
		{0o440, 0o755, ""},
	} {
		if err := errors.Join(os.Chmod(password, tc.mode), os.Chmod(filepath.Dir(password), tc.folder)); err != nil {
			t.Fatal(err)
		}
		warnings := l.warned(t, time.Now(), append([]string{"plan"}, flags...)...)
		if has(warnings, "W233", tc.says) != (tc.says != "") {
			t.Errorf("mode %04o in %s: %v", tc.mode, tc.folder, warnings)
		}
	}
}
