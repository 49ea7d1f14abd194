package conformance_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"

	"reconcile/e2e/conformance"
)

// servedSchemas are the schemas that the directory tells of, read by a library that is not ours.
func servedSchemas(c *conformance.SCIM) map[string]schema.Schema {
	c.Helper()
	_, page := c.Want(200, "GET", "/Schemas", nil)
	out := map[string]schema.Schema{}
	for _, item := range page["Resources"].([]any) {
		var s schema.Schema
		if err := json.Unmarshal(mustJSON(c.T, item), &s); err != nil {
			c.Fatalf("%v in %v", err, item)
		}
		out[s.ID] = s
	}
	return out
}

// TestSCIMSchemas holds every person and every group against the schemas of RFC 7643, as a library of others has them,
// and against those that the directory itself serves.
func TestSCIMSchemas(t *testing.T) {
	c := scimTarget(t, "directory")
	served := servedSchemas(c)
	for kind, standard := range map[string]schema.Schema{"Users": schema.CoreUserSchema(), "Groups": schema.CoreGroupSchema()} {
		all := c.All(kind, 100, "")
		if len(all) < 8 {
			t.Errorf("only %d %s", len(all), kind)
		}
		for _, resource := range all {
			for _, s := range []schema.Schema{standard, served[standard.ID]} {
				if _, err := s.Validate(resource); err != nil {
					t.Errorf("%s: %v in %v", kind, err, resource)
				}
			}
			for _, id := range resource["schemas"].([]any) {
				extension, known := served[id.(string)]
				if !known {
					t.Errorf("%s has the schema %s, which is not served", kind, id)
				}
				for name := range members(resource, id.(string), standard.ID) {
					if _, ok := extension.Attributes.ContainsAttribute(name); !ok {
						t.Errorf("%s: attribute %s is not in the schema %s", kind, name, id)
					}
				}
			}
		}
	}
	broken := c.All("Users", 1, "")[0]
	broken["active"] = "perhaps"
	if _, err := served[schema.UserSchema].Validate(broken); err == nil {
		t.Error("the served schema allows everything")
	}
}

// members are the attributes of a resource that belong to a schema.
func members(resource object, id, core string) object {
	if id != core {
		extension, _ := resource[id].(object)
		return extension
	}
	out := object{}
	for name, v := range resource {
		_, extension := v.(object)
		if !slices.Contains([]string{"id", "meta", "schemas"}, name) && (!extension || name == "name") {
			out[name] = v
		}
	}
	return out
}

// TestSCIMFilters compares what the directory finds with what a filter evaluator of others finds in everything that
// the directory has. The evaluator does not look into lists, so e-mails are not in it.
func TestSCIMFilters(t *testing.T) {
	c := scimTarget(t, "directory")
	all := c.All("Users", 100, "")
	for _, expression := range []string{
		`userName eq "user001"`, `userName eq "USER001"`, `userName eq "nobody"`, `name.familyName eq "Adler"`,
		`active eq true`, `active eq false`, `userType eq "employee"`,
		`name.familyName eq "Adler" and name.givenName eq "Ben"`, `userName eq "user001" or userName eq "user002"`,
		`userName eq "user001" or userName eq "user002" and active eq false`,
		`(userName eq "user001" or userName eq "user002") and active eq false`,
		`displayName eq "Ada Brandt"`, `userName eq "a \" b"`,
	} {
		validator, err := filter.NewValidator(expression, schema.CoreUserSchema())
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		var want []string
		for _, resource := range all {
			if validator.PassesFilter(resource) == nil {
				want = append(want, text(resource["id"]))
			}
		}
		_, page := c.Want(200, "GET", "/Users?count=100&"+url.Values{"filter": {expression}}.Encode(), nil)
		var got []string
		for _, item := range page["Resources"].([]any) {
			got = append(got, text(item.(object)["id"]))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %d, want %d", expression, len(got), len(want))
		}
	}
	for _, bad := range []string{`userName`, `userName eq`, `userName eq user001`, `(active eq true`, `active eq true and`, `eq "x"`} {
		if _, err := filter.NewValidator(bad, schema.CoreUserSchema()); err == nil {
			t.Errorf("the library takes %s", bad)
		}
		c.Want(400, "GET", "/Users?"+url.Values{"filter": {bad}}.Encode(), nil)
	}
}
