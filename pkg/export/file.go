package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"reconcile/pkg/destination"
	"reconcile/pkg/ips"
	"reconcile/pkg/resource"
)

// Read finds the objects in an exported file: the console's export of a proxy
// system, and destinations as the service's interface, the btp command line,
// Terraform (state, or terraform show -json) or the cockpit write them. The
// result is by kind name. A file without any such object is an error.
func Read(data []byte) (map[string][]resource.Object, error) {
	objects := map[string][]resource.Object{}
	document, err := decodeJSON(data)
	if err != nil {
		if name, properties := parseProperties(string(data)); name != "" && properties["Type"] != "" {
			addDestination(objects, name, properties)
			return objects, nil
		}
		return nil, fmt.Errorf("%w: it is neither JSON nor a destination's list of properties", errUnknownFile)
	}
	if err := search(document, objects); err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		return nil, fmt.Errorf("%w: it holds no proxy system and no destination", errUnknownFile)
	}
	return objects, nil
}

var (
	errUnknownFile = errors.New("not an export that is known")
	errNoProxy     = errors.New("is no proxy system")
)

func decodeJSON(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errUnknownFile
	}
	return document, nil
}

// search walks a document of any make; whatever looks like an object is one, and
// nothing inside it is another.
func search(node any, objects map[string][]resource.Object) error {
	switch n := node.(type) {
	case []any:
		for _, item := range n {
			if err := search(item, objects); err != nil {
				return err
			}
		}
	case map[string]any:
		if known, err := recognise(n, objects); known || err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(n)) {
			if err := search(n[name], objects); err != nil {
				return err
			}
		}
	}
	return nil
}

// recognise takes an object of a known form.
//
// Fact: Terraform keeps a destination as a JSON text in the attribute
// destination_configuration, or as attributes with the rest as a JSON text in
// additional_configuration. Source: SAP/terraform-provider-btp,
// docs/resources/subaccount_destination_generic.md and
// subaccount_destination.md, read 2026-11-23. [documented]
func recognise(n map[string]any, objects map[string][]resource.Object) (bool, error) {
	_, connector := n["connectorTypeString"].(string)
	_, additional := n["additional_configuration"]
	switch {
	case connector:
		return true, addProxy(objects, n)
	case isText(n["destination_configuration"]):
		inner, err := decodeJSON([]byte(n["destination_configuration"].(string)))
		if err != nil {
			return true, fmt.Errorf("destination_configuration %w: it is not JSON", errUnknownFile)
		}
		return true, search(inner, objects)
	case additional && isText(n["name"]) && isText(n["type"]):
		return true, addAttributes(objects, n)
	case isText(n["Name"]) && isText(n["Type"]):
		addDestination(objects, n["Name"].(string), texts(n))
		return true, nil
	default:
		return false, nil
	}
}

func isText(v any) bool { text, ok := v.(string); return ok && text != "" }

// addProxy decodes a console export. A source or target system has another form
// of transformation and no id that IAG could use.
func addProxy(objects map[string][]resource.Object, n map[string]any) error {
	if mode, ok := n["accessMode"].(string); ok && mode != "PROXY" {
		return fmt.Errorf("the system %q has accessMode %s: it %w", n["name"], mode, errNoProxy)
	}
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	name, spec, err := ips.Decode("", data)
	if err != nil {
		return err
	}
	id, _ := n["id"].(string)
	objects[ips.Kind] = append(objects[ips.Kind], resource.Object{Name: name, ID: id, Spec: spec})
	return nil
}

func addDestination(objects map[string][]resource.Object, name string, properties map[string]string) {
	delete(properties, "Name")
	objects[destination.Kind] = append(objects[destination.Kind], resource.Object{Name: name, Spec: destination.FromFile(name, properties)})
}

// attributes are the members of Terraform's older resource that are properties.
var attributes = []struct{ attribute, property string }{
	{"type", "Type"},
	{"url", "URL"},
	{"proxy_type", "ProxyType"},
	{"authentication", "Authentication"},
	{"description", "Description"},
}

func addAttributes(objects map[string][]resource.Object, n map[string]any) error {
	properties := map[string]string{}
	if text, ok := n["additional_configuration"].(string); ok && text != "" {
		inner, err := decodeJSON([]byte(text))
		more, isObject := inner.(map[string]any)
		if err != nil || !isObject {
			return fmt.Errorf("additional_configuration %w: it is not a JSON object", errUnknownFile)
		}
		properties = texts(more)
	}
	for _, a := range attributes {
		if text, ok := n[a.attribute].(string); ok {
			properties[a.property] = text
		}
	}
	addDestination(objects, n["name"].(string), properties)
	return nil
}

// texts are the plain members of an object; what the service says about itself is
// left out.
func texts(n map[string]any) map[string]string {
	properties := map[string]string{}
	for name, value := range n {
		switch v := value.(type) {
		case string:
			properties[name] = v
		case json.Number:
			properties[name] = v.String()
		case bool:
			properties[name] = strconv.FormatBool(v)
		}
	}
	return properties
}
