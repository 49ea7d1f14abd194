package iag

import (
	"strings"

	"reconcile/pkg/resource"
)

// The pages of the launchpad.
// Fact: menu paths and fields of the three apps. Source: SAP Community posts
// 13562764, 13572459 and 14420242, SAP Learning course on IAG, read 2026-11-23.
// [documented; how to get to the launchpad, labels of buttons and of the
// recurrence inferred]
const launchpad = "IAG launchpad: BTP cockpit, subaccount of IAG, Instances and Subscriptions, open the application"

// administrator is the role collection that opens the Administration apps.
// Fact: its name. Source: Microsoft Learn, SAP IAG integration, read 2026-11-23. [documented]
const administrator = "role collection CIAG_Super_Admin"

var (
	systemGuide = resource.Guide{
		Console: launchpad, Path: "Administration > Applications",
		Why: "an application (older texts: system) whose users and groups IAG reads and provisions", Right: administrator,
		Deletion: "role collection CIAG_Connector_Deletion_Administration, for the time of the deletion only",
		Keep:     []string{"every other application"},
		Source:   "SAP Community posts 13562764 and 14420242 [documented; the way to the launchpad and labels of buttons inferred]",
	}
	parameterGuide = resource.Guide{
		Console: launchpad, Path: "Administration > Configuration > Application Parameters",
		Why: "an application parameter: a setting that steers where IAG takes its users from, or how it works", Right: administrator,
		Keep:   []string{"every other parameter"},
		Source: "SAP Community post 13572459 [reported; the way to the launchpad and labels of buttons inferred]",
	}
	jobGuide = resource.Guide{
		Console: launchpad, Path: "Administration > Job Scheduler",
		Why: "a scheduled job: without it nothing is read or provisioned", Right: administrator,
		Keep:   []string{"jobs of other applications; stagger them, all share one call limit"},
		Source: "SAP Learning course on IAG, Job Scheduler [documented; the way to the launchpad and labels of the recurrence inferred]",
	}
)

// The labels of the pages.
const (
	labelAdd  = "+"
	labelSave = "Save"
	labelEdit = "Edit"
)

const notAgain = "if it is there, do not make a second one: compare it with this order, change what differs, and report it"

func look(label, name string) resource.Instruction {
	return resource.Instruction{Do: resource.Look, Label: label, Value: name, Hint: notAgain}
}

func press(label string) resource.Instruction {
	return resource.Instruction{Do: resource.Press, Label: label}
}

// field is one field of a form: where a specification has it and how to enter it.
type field struct {
	path, label string
	do          resource.Doing
	value       resource.Value
}

// filled words the fields that say something; on a change only those that differ,
// with what stood there.
func filled(fields []field, changes []resource.Change, create bool) []resource.Instruction {
	var do []resource.Instruction
	for _, f := range fields {
		for _, c := range changes {
			switch {
			case c.Path != f.path:
			case create && f.value.IsSet() && f.value.Form() != resource.Absent:
				do = append(do, resource.Entry(f.do, f.label, f.value))
			case !create && (!c.Want.IsSet() || c.Want.Form() == resource.Absent):
				do = append(do, resource.Instruction{Do: resource.Drop, Label: f.label}.Before(c))
			case !create:
				do = append(do, resource.Entry(f.do, f.label, c.Want).Before(c))
			}
		}
	}
	return do
}

func systemOrder(w resource.Work[System]) resource.Order {
	o := systemGuide.Order(w.Action)
	fields := []field{
		{"/description", "Description", resource.Type, w.Want.Description},
		{"/type", "Application Type", resource.Choose, w.Want.Type},
		{"/externalSystemID", "External System ID", resource.Type, w.Want.ExternalSystemID},
		{"/destination", "HCP Destination", resource.Type, w.Want.Destination},
	}
	switch w.Action {
	case "create":
		o.Do = append(o.Do, look("Application Name", w.Name), press(labelAdd),
			resource.Instruction{Do: resource.Type, Label: "Application Name", Value: w.Name})
		o.Do = append(o.Do, filled(fields, w.Changes, true)...)
		o.Do = append(o.Do, press(labelSave))
	case "delete":
		o.Notes = append(o.Notes, "detach its Business Function Group and run Access Analysis first",
			"deleting removes the users and accesses that were read through it; it takes a while")
		o.Do = append(o.Do, resource.Instruction{Do: resource.Press, Label: "Delete", Value: w.Name, Hint: "type the name to confirm"})
	default:
		o.Do = append(o.Do, resource.Instruction{Do: resource.Press, Label: labelEdit, Value: w.Name})
		o.Do = append(append(o.Do, filled(fields, w.Changes, false)...), press(labelSave))
	}
	return o
}

func parameterOrder(w resource.Work[Parameter]) resource.Order {
	o := parameterGuide.Order(w.Action)
	group, name, _ := strings.Cut(w.Name, "/")
	if w.Want.Group != "" {
		group, name = w.Want.Group, strings.TrimPrefix(w.Name, w.Want.Group+"/")
	}
	o.Do = append(o.Do,
		resource.Instruction{Do: resource.Choose, Label: "Parameter Group", Value: group},
		resource.Instruction{Do: resource.Choose, Label: "Parameter", Value: name})
	if w.Action == "delete" {
		o.Do = append(o.Do, resource.Instruction{Do: resource.Drop, Label: "Value"}, press(labelSave))
		return o
	}
	value := filled([]field{{"/value", "Value", resource.Type, w.Want.Value}}, w.Changes, w.Action == "create")
	o.Do = append(append(o.Do, value...), press(labelSave))
	return o
}

func jobOrder(w resource.Work[Job]) resource.Order {
	o := jobGuide.Order(w.Action)
	fields := []field{
		{"/category", "Job Category", resource.Choose, w.Want.Category},
		{"/iagSystem", "Application", resource.Choose, w.Want.IAGSystem},
		{"/recurrence/every", "Recurrence: every", resource.Type, w.Want.Recurrence.Every},
		{"/recurrence/start", "Recurrence: start at", resource.Type, w.Want.Recurrence.Start},
		{"/recurrence/timeZone", "Recurrence: time zone", resource.Choose, w.Want.Recurrence.TimeZone},
	}
	switch w.Action {
	case "create":
		o.Do = append(o.Do, look("Job Name", w.Name), press(labelAdd),
			resource.Instruction{Do: resource.Type, Label: "Job Name", Value: w.Name})
		o.Do = append(o.Do, filled(fields, w.Changes, true)...)
		o.Do = append(o.Do, press("Schedule"))
	case "delete":
		o.Do = append(o.Do, resource.Instruction{Do: resource.Press, Label: "Delete", Value: w.Name})
	case "run":
		o.Do = append(o.Do, resource.Instruction{Do: resource.Press, Label: "Start Immediately", Value: w.Name})
		o.Notes = append(o.Notes, "see its end under Administration > Job History, and report what stands there: status, started, finished (as 2026-11-27 02:14 in the job's time zone), users and groups")
	default:
		o.Do = append(o.Do, resource.Instruction{Do: resource.Press, Label: labelEdit, Value: w.Name})
		o.Do = append(append(o.Do, filled(fields, w.Changes, false)...), press("Schedule"))
	}
	return o
}
