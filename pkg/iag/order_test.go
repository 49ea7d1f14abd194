package iag

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reconcile/pkg/resource"
)

func lines(o resource.Order) []string {
	var all []string
	for _, i := range o.Do {
		all = append(all, i.String())
	}
	return all
}

// all are the changes that make a new object.
func all(spec any) []resource.Change {
	var changes []resource.Change
	for path, v := range resource.Paths(spec) {
		changes = append(changes, resource.Change{Path: path, Want: v})
	}
	return changes
}

func TestOrders(t *testing.T) {
	system := System{Type: resource.Text("IAS"), ExternalSystemID: resource.Output(resource.Ref{Kind: "ProxySystem", Name: "p"}, "id")}
	parameter := Parameter{Group: "UserSource", Value: resource.Text("IAS")}
	job := Job{
		Category: resource.Text("Repository Sync"), IAGSystem: resource.Text("IAS"),
		Recurrence: Recurrence{Every: resource.Text("24h"), Start: resource.Text("02:00"), TimeZone: resource.Text("Europe/Berlin")},
	}
	other := []resource.Change{{Path: "/externalSystemID", Have: resource.Unknown(), Want: resource.Text("id-2")}}
	less := []resource.Change{{Path: "/recurrence/start", Have: resource.Unknown()}}
	for name, c := range map[string]struct {
		have resource.Order
		want []string
	}{
		"system": {systemOrder(resource.Work[System]{Name: "IAS", Action: "create", Want: system, Changes: all(system)}), []string{
			"open Administration > Applications", "look Application Name = IAS", "press +", "type Application Name = IAS",
			"choose Application Type = IAS", "type External System ID = ProxySystem/p#id", "press Save",
		}},
		"system changes": {systemOrder(resource.Work[System]{Name: "IAS", Action: "update", Want: system, Changes: other}), []string{
			"open Administration > Applications", "press Edit = IAS", "type External System ID = id-2", "press Save",
		}},
		"system goes": {systemOrder(resource.Work[System]{Name: "IAS", Action: "delete"}), []string{
			"open Administration > Applications", "press Delete = IAS",
		}},
		"parameter": {parameterOrder(resource.Work[Parameter]{Name: "UserSource/SourceSystem", Action: "create", Want: parameter, Changes: all(parameter)}), []string{
			"open Administration > Configuration > Application Parameters", "choose Parameter Group = UserSource", "choose Parameter = SourceSystem",
			"type Value = IAS", "press Save",
		}},
		"parameter goes": {parameterOrder(resource.Work[Parameter]{Name: "UserSource/SourceSystem", Action: "delete"}), []string{
			"open Administration > Configuration > Application Parameters", "choose Parameter Group = UserSource", "choose Parameter = SourceSystem",
			"drop Value", "press Save",
		}},
		"job": {jobOrder(resource.Work[Job]{Name: "sync", Action: "create", Want: job, Changes: all(job)}), []string{
			"open Administration > Job Scheduler", "look Job Name = sync", "press +", "type Job Name = sync", "choose Job Category = Repository Sync",
			"choose Application = IAS", "type Recurrence: every = 24h", "type Recurrence: start at = 02:00",
			"choose Recurrence: time zone = Europe/Berlin", "press Schedule",
		}},
		"job changes": {jobOrder(resource.Work[Job]{Name: "sync", Action: "update", Want: job, Changes: less}), []string{
			"open Administration > Job Scheduler", "press Edit = sync", "drop Recurrence: start at", "press Schedule",
		}},
		"job runs": {jobOrder(resource.Work[Job]{Name: "sync", Action: "run", Want: job}), []string{
			"open Administration > Job Scheduler", "press Start Immediately = sync",
		}},
	} {
		if diff := cmp.Diff(c.want, lines(c.have)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if o := systemOrder(resource.Work[System]{Action: "delete"}); o.Right != systemGuide.Deletion {
		t.Errorf("deleting needs %q", o.Right)
	}
}
