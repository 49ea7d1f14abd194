package ips

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"reconcile/pkg/catalogue"
	"reconcile/pkg/resource"
)

// importFile makes the file that a new system is imported from: the console's own
// export of this tenant with what the manifest says laid over it. Outputs that are
// not known yet are left out, and credentials are names only.
// Fact: an import takes the file's transformations, ignores its id, and leaves out
// secrets. Source: SAP-docs/btp-cloud-identity-services,
// export-and-import-systems-1de7de0.md, read 2026-11-23. [documented]
func importFile(w resource.Work[Spec]) (resource.OrderFile, error) {
	var file map[string]any
	if err := json.Unmarshal([]byte(w.Want.Baseline), &file); err != nil {
		return resource.OrderFile{}, errNoObject
	}
	if err := fits(file, w); err != nil {
		return resource.OrderFile{}, err
	}
	system, _ := Encode(w.Name, w.Want)
	properties, _ := system["properties"].(map[string]any)
	encrypted := map[string]any{}
	for key, v := range w.Want.Properties {
		if credential(key, v) {
			encrypted[key] = nil
			delete(properties, key)
		}
	}
	maps.Copy(file, system)
	file["properties"], file["encryptedProperties"] = properties, encrypted
	delete(file, "id")
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(file)
	return resource.OrderFile{Name: fileName(w.Name), Text: out.String()}, err
}

// fits reports why a baseline cannot be imported as this system.
func fits(file map[string]any, w resource.Work[Spec]) error {
	text := func(key string) string { s, _ := file[key].(string); return s }
	tenant, _, _ := strings.Cut(w.Scope.IdentityHost, ".")
	connector, _ := catalogue.ConnectorOf(w.Want.Type.Text())
	switch {
	case text("accessMode") != "PROXY":
		return fmt.Errorf("the baseline is of accessMode %q, and an import cannot change that", text("accessMode"))
	case connector != "" && text("connectorTypeString") != connector:
		return fmt.Errorf("the baseline is of type %q, and the system of %q", text("connectorTypeString"), connector)
	case tenant != "" && text("tenantId") != tenant:
		return fmt.Errorf("the baseline is of tenant %q, and this is %q", text("tenantId"), tenant)
	}
	return nil
}

// fileName makes a file name of a system's name, which holds letters, digits,
// hyphens, underscores, dots and blanks only.
func fileName(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "/", "-")) + ".json"
}

// imported words the creation from a baseline: what the file cannot hold is typed
// before the first save.
func imported(w resource.Work[Spec], file resource.OrderFile) []resource.Instruction {
	do := []resource.Instruction{
		{Do: resource.Look, Label: labelName, Value: w.Name, Hint: notAgain},
		{Do: resource.Import, Label: "Import", Value: file.Name, Hint: "it lies beside this runbook, in the folder imports"},
	}
	for _, key := range ordered(w.Want) {
		v := w.Want.Properties[key]
		if credential(key, v) || v.Form() == resource.Pending {
			do = append(do, property(key, v).With("before the first save: the file does not hold it"))
		}
	}
	do = append(do, resource.Instruction{Do: resource.Press, Label: labelSave},
		resource.Instruction{Do: resource.Note, Label: "System ID", Value: "id", Hint: lastPart})
	if w.Want.Enabled.Text() == "false" {
		do = append(do, resource.Instruction{Do: resource.Press, Label: labelDisable})
	}
	return do
}
