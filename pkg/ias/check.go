package ias

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// Fact: two secrets at most, and these lifetimes. Source:
// SAP-docs/btp-cloud-identity-services, add-administrators-bbbdbdd.md, read
// 2026-11-23. [documented]
const maxSecrets = 2

var lifetimes = catalogue.Values{"1 year", "2 years", "Never"}

// validate lists what is wrong with a normalised administrator.
func validate(name string, s Spec, _ resource.Scope) []resource.Fault {
	return slices.Concat(checkName(name), checkAuthorizations(s.Authorizations), checkClientID(s.ClientID), checkSecrets(s.Secrets))
}

// checkName asks for a name that survives: IAS may never let it be changed.
func checkName(name string) []resource.Fault {
	if name != "" && strings.TrimSpace(name) == name {
		return nil
	}
	return []resource.Fault{catalogue.Complain("E143", "/name",
		fmt.Sprintf("the name %q is empty or begins or ends with a blank", name), "remove the blank; the name is free text otherwise")}
}

func checkAuthorizations(set resource.Set) []resource.Fault {
	if set != nil && len(set) == 0 {
		return []resource.Fault{catalogue.Complain("E161", "/authorizations",
			"the list [] is empty, and an administrator without authorizations disappears", "name at least one authorization")}
	}
	var faults []resource.Fault
	for i, name := range set {
		faults = append(faults, checkAuthorization(fmt.Sprintf("/authorizations/%d", i), name)...)
	}
	return faults
}

func checkAuthorization(path, name string) []resource.Fault {
	known, ok := catalogue.AuthorizationOf(name)
	switch {
	case !ok:
		return []resource.Fault{catalogue.Complain("E147", path, fmt.Sprintf("authorization %q is unknown", name), suggest(name))}
	case known.HumanOnly:
		return []resource.Fault{catalogue.Complain("E148", path,
			fmt.Sprintf("authorization %q cannot be given to an administrator of type System", name), "remove it; give it to a person")}
	case name == catalogue.ManageTenantConfiguration:
		return []resource.Fault{catalogue.Complain("W132", path,
			fmt.Sprintf("%q lets whoever holds the secret grant every authorization", name), "remove it unless it is needed")}
	}
	return nil
}

func suggest(name string) string {
	if right, ok := catalogue.Nearest(name, catalogue.AuthorizationNames()); ok {
		return fmt.Sprintf("did you mean %s?", right)
	}
	return "known: " + strings.Join(catalogue.AuthorizationNames(), ", ")
}

func checkClientID(v resource.Value) []resource.Fault {
	return catalogue.CheckBlanks("/clientID", v)
}

func checkSecrets(s Secrets) []resource.Fault {
	var faults []resource.Fault
	if len(s) > maxSecrets {
		faults = append(faults, catalogue.Complain("E149", "/secrets",
			fmt.Sprintf("%d secrets are listed (%s), and there is room for %d", len(s), strings.ReplaceAll(strings.Join(s.Labels(), ", "), doubleMark, ""), maxSecrets),
			"remove the oldest, here and in the console"))
	}
	for i, label := range s.Labels() {
		faults = append(faults, checkSlot(fmt.Sprintf("/secrets/%d/", i), label, s[label])...)
	}
	return faults
}

// checkSlot judges one secret. at is where the manifest's list holds it: by
// number there, by label everywhere else.
func checkSlot(at, label string, s Slot) []resource.Fault {
	label, doubles := strings.TrimRight(label, doubleMark), strings.HasSuffix(label, doubleMark)
	faults := catalogue.CheckCredential(at+"value", s.Value)
	if doubles {
		faults = append(faults, catalogue.Complain("E164", at+"label",
			fmt.Sprintf("the label %q is used twice, and it is the secret's name", label), "give each secret a label of its own, such as the month it was made in"))
	}
	if strings.TrimSpace(label) != label {
		faults = append(faults, catalogue.Complain("E151", at+"label",
			fmt.Sprintf("the label %q begins or ends with a blank", label), "remove the blank"))
	}
	if text := s.ExpireIn.Text(); known(s.ExpireIn) && !lifetimes.Has(text) {
		faults = append(faults, catalogue.Complain("E150", at+"expireIn",
			fmt.Sprintf("expireIn %q of secret %q is not a lifetime that IAS offers", text, label), "write 1 year, 2 years or Never"))
	}
	if text := s.Created.Text(); text != "" {
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			faults = append(faults, catalogue.Complain("E151", at+"created",
				fmt.Sprintf("created %q of secret %q is not a day", text, label), "write it as 2026-11-23"))
		}
	}
	return faults
}

// known reports whether v says all it will ever say; a reference does not.
func known(v resource.Value) bool {
	return v.Form() != resource.External && v.Form() != resource.Pending
}
