package manifest

import (
	"fmt"
	"strings"
	"testing"
)

func TestWritten(t *testing.T) {
	const head = "spec:\n  x:\n    - name: A\n      "
	for _, line := range []string{
		"Password: SEKRET", `Password: "SEKRET"`, "Password: [SEKRET]", "Password: {env: [SEKRET]}", "Password: {value: SEKRET}", "clientSecret: SEKRET",
		"tokenServicePassword: SEKRET", "PASSWORD: SEKRET", `"Password": !!binary SEKRET`, "Password: &x SEKRET", "Password: LIT-${x}",
		`secrets: [{label: "1", value: SEKRET}]`, "serviceKey: {clientid: {env: A}, clientsecret: SEKRET}", "serviceKey: SEKRET", "secrets: {a: SEKRET}",
		"URL: https://u:SEKRET@host", "note: a # see https://u:SEKRET@host", "Password: |\n        SEKRET\n        x",
	} {
		faults := Written(File{"m.yaml", []byte(head + line + "\n")})
		if len(faults) != 1 || faults[0].Code != "E138" || faults[0].Position.File != "m.yaml" || faults[0].Position.Line != 4 || strings.Contains(fmt.Sprint(faults), "SEKRET") {
			t.Errorf("%s: %v", line, faults)
		}
	}
	for _, line := range []string{
		"Password: {env: NAME}", "Password: ${pw}", "Password:", `Password: ""`, "Password: {systemUser: IAG caller, output: secret}", "Password: {file: a, key: b.c}",
		`secrets: [{label: "2026-11", value: {env: A}, expireIn: 1 year, created: 2026-11-23}]`, "serviceKey: {file: keys/a.json}", "Password: '***'",
		"User: me", "passwordPolicy: {env: A}", "URL: https://host", "Password: 'torn",
	} {
		if faults := Written(File{"m.yaml", []byte(head + line + "\n")}); len(faults) != 0 {
			t.Errorf("%s: %v", line, faults)
		}
	}
}
