package e2e

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const moved = "Parameter/UserSource/SourceSystem"

// listening is the plain manifest with an audit log.
func (k *kit) listening(t *testing.T) []string {
	t.Helper()
	args := k.plain(t)
	k.write(t, "via-person.yaml", byPerson+"    auditLog: {serviceKey: {file: keys/auditLog.json}}\n")
	return args
}

// TestMovedIsSetAgain: what a log tells that somebody changed or deleted is an order to
// set all of it again, for every command, until somebody reports it.
func TestMovedIsSetAgain(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	manifest := k.listening(t)
	synctest.Test(t, func(t *testing.T) {
		d := k.green(t, manifest)
		d.must(t, 0, d.look("drift")...)
		for range 2 { // The same change twice is two orders.
			time.Sleep(time.Hour)
			d.handle(t, http.MethodPatch, "parameters", "", map[string]string{"value": "WRONG"})
			d.handle(t, http.MethodDelete, "jobs", "provisioning", nil)
			d.must(t, 2, d.look("drift")...).says(t, moved, "changed it on", "deleted it on")
			for _, command := range []string{"plan", "drift"} {
				e := d.must(t, 2, append(d.look(command), "-o", "json")...)
				if s := e.seen(t).states(); s[moved] != "drifted" || s["Job/provisioning"] != "drifted" || s["IAGSystem/IAS"] == "drifted" {
					t.Errorf("%s: %v", command, s)
				}
			}
			time.Sleep(time.Hour)
			r := d.orders(t, 7)
			if len(r.Orders) != 2 || !r.has(moved) || !r.has("Job/provisioning") || r.Orders[0].Action != "update" || r.Orders[1].Action != "create" {
				t.Fatalf("%+v", r.Orders)
			}
			if !d.work(t, &r) {
				t.Fatal("the console refused")
			}
			d.must(t, 0, d.done("--report", d.reports(t, r))...)
			d.must(t, 0, d.manifest...)
			d.must(t, 0, d.look("drift")...)
			d.must(t, 0, d.look("plan")...)
		}
		d.asOrdered(t)
	})
}

// TestMovedAndStopped: where changes by hand stop a run, what a log tells does, too.
func TestMovedAndStopped(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	manifest := k.listening(t)
	synctest.Test(t, func(t *testing.T) {
		d := k.green(t, manifest).edited(t, "stop", "liveChanges: overwrite", "liveChanges: stop")
		time.Sleep(time.Hour)
		d.handle(t, http.MethodPatch, "parameters", "", map[string]string{"value": "WRONG"})
		d.must(t, 2, d.look("drift")...)
		d.must(t, 5, d.manifest...).says(t, "E204", moved)
		d.must(t, 7, append(slices.Clone(d.manifest), "--overwrite-live", moved)...)
		time.Sleep(time.Hour)
		// Somebody looked, and it is as it ought to be.
		d.must(t, 0, d.done(moved)...)
		d.must(t, 0, d.manifest...)
	})
}

// TestChangeLogMoves: the identity tenant's own log counts as the audit log does.
func TestChangeLogMoves(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	manifest := k.plain(t)
	synctest.Test(t, func(t *testing.T) {
		d := k.green(t, manifest)
		if e := d.must(t, 0, d.look("verify")...); strings.Contains(e.out, "change log") {
			t.Errorf("a log is spoken of that nobody gave: %s", e)
		}
		line := func(at time.Time) string {
			return d.write(t, "log.csv", "Date,Administrator's ID,Administrator's Name,Resource Type,Resource ID,Resource Name,Action,Attribute,Value\n"+
				at.UTC().Format("02-01-2006 15:04:05")+",P1,Donna Moore,provisioningSystem,4711,IAS for IAG,UPDATE,ias.user.filter,x\n")
		}
		d.must(t, 0, append(d.look("verify"), "--changelog", line(time.Now().Add(-time.Hour)))...)
		d.must(t, 0, d.look("plan")...)
		time.Sleep(time.Hour)
		d.must(t, 0, append(d.look("verify"), "--changelog", line(time.Now().Add(-time.Minute)))...).says(t, "after it was last known")
		d.must(t, 2, d.look("plan")...).says(t, proxyObject, "Donna Moore changed it")
		d.must(t, 2, d.look("drift")...)
		r := d.orders(t, 7)
		if len(r.Orders) != 1 || !r.has(proxyObject) || r.Orders[0].Action != "update" {
			t.Fatalf("%+v", r.Orders)
		}
		d.work(t, &r)
		d.must(t, 0, d.done("--report", d.reports(t, r))...)
		d.must(t, 0, d.manifest...)
		d.must(t, 0, append(d.look("verify"), "--changelog", filepath.Join(d.dir, "log.csv"))...)
		d.must(t, 0, d.look("plan")...)
		d.asOrdered(t)
	})
}

func (d *desk) look(command string) []string { return slices.Concat([]string{command}, d.manifest) }

// handle changes one thing of a list in the console, by its name or the first.
func (d *desk) handle(t *testing.T, method, collection, name string, body any) {
	t.Helper()
	for _, one := range d.list(t, collection) {
		if name == "" || one.System["name"] == name {
			if !d.console(t, method, collection+"/"+one.ID, body) {
				t.Fatal("the console refused")
			}
			return
		}
	}
	t.Fatalf("there is no %s in %s", name, collection)
}
