package auditlog

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

const exported = `Date,Administrator's ID,Administrator's Name,Resource Type,Resource ID,Resource Name,Action,Attribute,Value
16-05-2026 10:21:21,P1,Donna Moore,tenantAdmin,4711,IAG caller,UPDATE,Secret,
16-05-2026 10:21:21,P1,Donna Moore,tenantAdmin,4711,IAG caller,UPDATE,Description,"a, b"
17-05-2026 08:00:00,P2,,tenantAdmin,4711,Renamed since,DELETE,,
16-05-2026 10:21:21,P1,Donna Moore,tenantAdmin,4712,Somebody else,CREATE,Name,x
16-05-2026 10:21:21,P1,Donna Moore,Service Provider,4711,IAG caller,UPDATE,Name,x
18-05-2026 08:00:00,P1,Donna Moore,provisioningSystem,99,IAS for IAG,UPDATE,URL,x
`

func TestChangeLog(t *testing.T) {
	want := []Changed{
		{Ref: resource.Ref{Kind: "SystemUser", Name: "IAG caller"}, At: time.Date(2026, 5, 17, 8, 0, 0, 0, time.UTC), By: "P2", Action: "DELETE"},
		{Ref: resource.Ref{Kind: "SystemUser", Name: "IAG caller"}, At: time.Date(2026, 5, 16, 10, 21, 21, 0, time.UTC), By: "Donna Moore", Action: "UPDATE", Attributes: []string{"Secret", "Description"}},
		{Ref: resource.Ref{Kind: "ProxySystem", Name: "IAS for IAG"}, At: time.Date(2026, 5, 18, 8, 0, 0, 0, time.UTC), By: "Donna Moore", Action: "UPDATE", Attributes: []string{"URL"}},
	}
	about := []Subject{subject("SystemUser", "IAG caller", "id", "4711"), subject("ProxySystem", "IAS for IAG"), subject("SystemUser", "nobody")}
	for name, text := range map[string]string{
		"as exported":       exported,
		"with a byte mark":  "\xef\xbb\xbf" + exported,
		"with carriage":     strings.ReplaceAll(exported, "\n", "\r\n"),
		"saved elsewhere":   strings.NewReplacer(`"a, b"`, "a", ",", ";").Replace(exported),
		"other spelling":    strings.Replace(exported, "Administrator's Name,Resource Type", "administrators name,ResourceType", 1),
		"names in capitals": strings.Replace(exported, "Resource Name,Action", "RESOURCE NAME,ACTION", 1),
	} {
		all, err := ParseChangeLog(strings.NewReader(text))
		if err != nil || len(all) != 6 {
			t.Errorf("%s: %d lines, %v", name, len(all), err)
			continue
		}
		if diff := cmp.Diff(want, ChangesOf(all, about)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNotAChangeLog(t *testing.T) {
	for name, text := range map[string]string{
		"empty":        "",
		"other table":  "a,b,c\n1,2,3\n",
		"no resource":  "Date,Resource Type,Action\n",
		"no action":    "Date,Resource Type,Resource Name\n",
		"a JSON file":  `{"a": 1}`,
		"binary":       "\x00\x01\x02",
		"no type":      "Date,Resource Name,Action\n",
		"only a quote": `"`,
	} {
		if all, err := ParseChangeLog(strings.NewReader(text)); !errors.Is(err, ErrNotChangeLog) || all != nil {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
}

func TestShortLines(t *testing.T) {
	all, err := ParseChangeLog(strings.NewReader("Resource Name,Date,Action,Resource Type\nIAG caller\n\nIAG caller,soon,UPDATE,tenantAdmin\n"))
	if err != nil || len(all) != 2 || !all[1].At.IsZero() || all[1].Kind != "SystemUser" {
		t.Errorf("%+v, %v", all, err)
	}
}

func FuzzParseChangeLog(f *testing.F) {
	f.Add(exported)
	f.Add("Date;Resource Type;Resource ID;Action\n\"x;y\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ParseChangeLog(strings.NewReader(text))
		if err != nil && all != nil {
			t.Fatal("half a result")
		}
		for _, c := range ChangesOf(all, []Subject{subject("SystemUser", "IAG caller", "id", "4711")}) {
			if c.Ref.Name != "IAG caller" {
				t.Fatalf("%+v", c)
			}
		}
	})
}
