package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// click does one instruction on a page of the console's stand-in.
func (d *desk) click(t tester, p *page, i instruction, value string) error {
	if i.Do == "open" {
		opened, ok := pages[i.Label]
		if !ok {
			return errors.New("there is no such page")
		}
		*p = opened
		p.clear()
		return nil
	}
	if p.collection == "" {
		return errors.New("no page is open")
	}
	switch i.Do {
	case "look":
		p.id = d.find(t, p.collection, value)
		p.existing = p.id != ""
	case "press":
		return d.press(t, p, i.Label, value)
	case "type", "choose", "paste":
		p.form[i.Label] = value
	case "tick":
		p.ticked = append(p.ticked, i.Label)
		if !slices.Contains(p.ticks, i.Label) {
			p.ticks = append(p.ticks, i.Label)
		}
	case "import":
		p.clear()
		p.adding, p.id, p.form["file"] = true, "", d.files[value]
		if p.form["file"] == "" {
			return errors.New("there is no such file")
		}
	case "untick":
		if i.Label == "all other authorizations" {
			p.ticks = p.ticked
		}
	case "property":
		p.properties[i.Label] = value
	case "credential":
		if i.Secret != "" {
			value = d.env[strings.TrimPrefix(i.Secret, "env:")]
		}
		p.credentials[i.Label] = value
	case "drop":
		p.form["drop "+i.Label] = "yes"
	default:
		return errors.New("nobody knows how to do that")
	}
	return nil
}

func (p *page) clear() {
	p.form, p.properties, p.credentials = map[string]string{}, map[string]string{}, map[string]string{}
	p.ticks, p.ticked, p.id = nil, nil, ""
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// thing is one entry of a console's list.
type thing struct {
	ID     string
	System map[string]any
}

func (d *desk) list(t tester, collection string) []thing {
	var all []thing
	if err := d.ask(t, "GET", collection, nil, &all); err != nil {
		t.Fatalf("%v", err)
	}
	return all
}

func (d *desk) find(t tester, collection, name string) string {
	for _, one := range d.list(t, collection) {
		if one.System["name"] == name {
			return one.ID
		}
	}
	return ""
}

// press presses a button.
func (d *desk) press(t tester, p *page, label, on string) error {
	adds := map[string]string{"systemUsers": "Add > System", "proxySystems": "Add", "iagSystems": "+", "jobs": "+"}
	switch {
	case label == adds[p.collection]:
		p.clear()
		p.adding, p.id = true, ""
		return nil
	case label == "Edit":
		p.clear()
		for _, one := range d.list(t, p.collection) {
			if one.System["name"] == on {
				p.id = one.ID
				// The form shows what is ticked.
				for _, name := range asList(one.System["authorizations"]) {
					p.ticks = append(p.ticks, fmt.Sprint(name))
				}
			}
		}
		if p.id == "" {
			return errors.New("there is nothing of this name")
		}
		return nil
	case label == "Delete Secret" && p.id != "":
		return d.ask(t, "DELETE", "systemUsers/"+p.id+"/secrets/"+on, nil, nil)
	case label == "Start Immediately" && p.collection == "jobs":
		return d.ask(t, "POST", "jobs/"+d.find(t, "jobs", on)+"/runs", nil, nil)
	case label == "Delete":
		return d.ask(t, "DELETE", p.collection+"/"+d.find(t, p.collection, on), nil, nil)
	case label == "Add Secret" && p.collection == "systemUsers" && p.id != "":
		id := p.id
		p.clear()
		p.id, p.form["secret"] = id, "new"
		return nil
	case label == "Schedule" && p.collection == "jobs", label == "Save" && p.collection != "jobs":
		return d.save(t, p)
	default:
		return errors.New("there is no such button")
	}
}

// save submits the open form.
func (d *desk) save(t tester, p *page) error {
	var answer struct {
		ID, ClientID, Secret string
	}
	switch {
	case p.collection == "parameters":
		return d.saveParameter(t, p)
	case p.form["file"] != "":
		if err := d.ask(t, "POST", "proxySystems/import", json.RawMessage(p.form["file"]), &answer); err != nil {
			return err
		}
		p.id = answer.ID
		return d.ask(t, "PATCH", "proxySystems/"+p.id, map[string]any{"set": p.properties, "credentials": p.credentials}, nil)
	case p.form["secret"] == "new":
		form := map[string]string{"label": p.form["Description"], "expireIn": p.form["Expire in"]}
		err := d.ask(t, "POST", "systemUsers/"+p.id+"/secrets", form, &answer)
		p.secret = answer.Secret
		return err
	case p.id != "":
		return d.ask(t, "PATCH", p.collection+"/"+p.id, p.edit(), nil)
	case !p.adding:
		return errors.New("no form is open")
	}
	err := d.ask(t, "POST", p.collection, p.document(), &answer)
	p.clear()
	p.id = answer.ID + answer.ClientID
	return err
}

// document is a new thing, as the form of the page submits it.
func (p *page) document() map[string]any {
	switch p.collection {
	case "systemUsers":
		return map[string]any{"name": p.form["Name"], "authorizations": p.ticks}
	case "proxySystems":
		return map[string]any{
			"type": p.form["Type"], "name": p.form["System Name"], "description": p.form["Description"],
			"properties": p.properties, "credentials": p.credentials,
		}
	case "iagSystems":
		return filledIn(map[string]string{
			"name": p.form["Application Name"], "type": p.form["Application Type"], "description": p.form["Description"],
			"externalSystemID": p.form["External System ID"], "destination": p.form["HCP Destination"],
		})
	default:
		job := filledIn(map[string]string{"name": p.form["Job Name"], "category": p.form["Job Category"], "iagSystem": p.form["Application"]})
		if recurrence := p.recurrence(); len(recurrence) > 0 {
			job["recurrence"] = recurrence
		}
		return job
	}
}

func (p *page) recurrence() map[string]any {
	return filledIn(map[string]string{
		"every": p.form["Recurrence: every"], "start": p.form["Recurrence: start at"], "timeZone": p.form["Recurrence: time zone"],
	})
}

func filledIn(fields map[string]string) map[string]any {
	document := map[string]any{}
	for name, value := range fields {
		if value != "" {
			document[name] = value
		}
	}
	return document
}

// edit is a change of an open thing.
func (p *page) edit() map[string]any {
	switch p.collection {
	case "systemUsers":
		return map[string]any{"authorizations": p.ticks}
	case "proxySystems":
		document := map[string]any{"set": p.properties, "credentials": p.credentials}
		var remove []string
		for label := range p.form {
			if name, ok := strings.CutPrefix(label, "drop "); ok {
				remove = append(remove, name)
			}
		}
		slices.Sort(remove)
		if len(remove) > 0 {
			document["remove"] = remove
		}
		if text, ok := p.form["Description"]; ok {
			document["description"] = text
		}
		return document
	default:
		return p.document()
	}
}

func (d *desk) saveParameter(t tester, p *page) error {
	group, name := p.form["Parameter Group"], p.form["Parameter"]
	if group == "" || name == "" {
		return errors.New("no parameter is chosen")
	}
	for _, one := range d.list(t, "parameters") {
		if one.System["group"] == group && one.System["name"] == name {
			return d.ask(t, "PATCH", "parameters/"+one.ID, map[string]string{"value": p.form["Value"]}, nil)
		}
	}
	return d.ask(t, "POST", "parameters", map[string]string{"group": group, "name": name, "value": p.form["Value"]}, nil)
}

// ask talks to the console's stand-in; a refusal is an error.
func (d *desk) ask(t tester, method, path string, body, into any) error {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatalf("%v", err)
	}
	request, err := http.NewRequest(method, d.Connections().Root+"/_sim/console/"+path, bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v", err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := d.Transport().RoundTrip(request)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", answer.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
