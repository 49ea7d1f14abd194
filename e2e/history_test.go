package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// history is what happens to an integration, one thing after the other.
type history struct {
	// foreign was applied by another integration before; nil means there is none.
	foreign wish
	moves   []move
}

// move is one thing that happens: somebody does something in a console, time goes
// by, or the program runs, and something happens to it meanwhile.
type move struct {
	what   string
	hand   hand
	pause  time.Duration
	wanted wish

	adopt, prune, stop bool
	parallelism        int
	// retry lets secrets be written that were refused: all of them are made up.
	retry bool
	// overwrite names what --overwrite-live allows, accept what is accepted.
	overwrite, accept string

	// trouble happens at a request, with that fault, or with so many signals.
	trouble     string
	at, signals int
	fault       trouble
}

// String tells the move in one line, but for the manifest, which stands below.
func (mv move) String() string {
	switch mv.what {
	case "hand":
		return "hand: " + mv.hand.String()
	case "wait":
		return "wait " + mv.pause.String()
	}
	return fmt.Sprintf("%s adopt=%t prune=%t stop=%t retry=%t parallelism=%d overwrite=%s accept=%s trouble=%s %s at %d (%d)", mv.what,
		mv.adopt, mv.prune, mv.stop, mv.retry, mv.parallelism, mv.overwrite, mv.accept, mv.trouble, mv.fault, mv.at, mv.signals)
}

// args is the command line; nil when there is nothing to do.
func (mv move) args(m *model) []string {
	policy := "overwrite"
	if mv.stop {
		policy = "stop"
	}
	plan := m.dir + "/plan.json"
	file := m.write(m, "now.yaml", mv.wanted.manifest("random", "now", policy))
	if mv.what == "apply" {
		if m.saved == nil {
			return nil
		}
		return []string{"apply", plan, "-o", "json"}
	}
	if mv.what == "accept" {
		for _, name := range slices.Sorted(maps.Keys(m.dirty)) {
			if mv.wants("destinations", name) {
				mv.accept = "Destination/" + name
			}
		}
		return []string{"accept", "-f", file, mv.accept, "--until", "2999-12-31", "--ticket", "CHG1", "-o", "json"}
	}
	args := []string{"-f", file, "--max-deletes=100", "--max-delete-share=1", "-o", "json", fmt.Sprintf("--parallelism=%d", mv.parallelism)}
	for flag, given := range map[string]bool{"--adopt": mv.adopt, "--prune": mv.prune, "--retry-login": mv.retry} {
		if given {
			args = append(args, flag)
		}
	}
	if mv.overwrite != "" {
		args = append(args, "--overwrite-live", mv.overwrite)
	}
	if mv.what == "save" {
		args = append([]string{"plan", "--out", plan}, args...)
	}
	return args
}

// says returns what the manifest says of an object, nil when it says nothing.
func (mv move) says(section, name string) object {
	for _, o := range mv.wanted[section] {
		if o["name"] == name {
			return o
		}
	}
	return nil
}

// wants reports whether the manifest wants an object to be as it says.
func (mv move) wants(section, name string) bool {
	o := mv.says(section, name)
	return o != nil && o["state"] == nil && o["manage"] == nil
}

// adopts reports whether an object may be taken over.
func (mv move) adopts(o object) bool { return mv.adopt || o["adopt"] == true }

func drawHistory(t *rapid.T) history {
	h := history{}
	if rapid.IntRange(0, 2).Draw(t, "foreign") == 0 {
		h.foreign = atMostOne(drawn(t, "foreign"))
	}
	now := drawn(t, "first")
	last := ""
	for range rapid.IntRange(6, 20).Draw(t, "length") {
		from := []string{"run", "run", "run", "edit", "edit", "hand", "hand", "save", "apply", "wait"}
		switch last {
		case "save":
			from = []string{"apply", "apply", "hand"}
		case "hand":
			from = append(from, "accept", "accept", "accept")
		}
		mv := move{what: rapid.SampledFrom(from).Draw(t, "what")}
		last = mv.what
		if mv.what == "edit" {
			now = edited(t, now)
			mv.what = "run"
		}
		mv.wanted = now
		mv.draw(t)
		h.moves = append(h.moves, mv)
	}
	return h
}

func (mv *move) draw(t *rapid.T) {
	mv.pause = rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 13 * time.Hour}).Draw(t, "pause")
	mv.hand = drawHand(t)
	if mv.hand.nth += rapid.IntRange(0, 3).Draw(t, "nth"); rapid.IntRange(0, 3).Draw(t, "stranger") == 0 {
		mv.hand = rapid.SampledFrom(strangers).Draw(t, "which")
	}
	mv.adopt, mv.prune, mv.stop = rapid.Bool().Draw(t, "adopt"), rapid.IntRange(0, 2).Draw(t, "prune") == 0, rapid.Bool().Draw(t, "stop")
	mv.parallelism, mv.retry = rapid.SampledFrom([]int{1, 8}).Draw(t, "parallelism"), rapid.IntRange(0, 3).Draw(t, "retry") > 0
	if refs := mv.refs(); len(refs) > 0 {
		mv.accept = rapid.SampledFrom(refs).Draw(t, "accept")
		if rapid.IntRange(0, 4).Draw(t, "overwrite") == 0 && mv.stop {
			mv.overwrite = mv.accept
		}
	} else if mv.what == "accept" {
		mv.what = "run"
	}
	if mv.what != "run" && mv.what != "apply" {
		return
	}
	mv.trouble = rapid.SampledFrom([]string{"", "", "fault", "death", "interrupt", "beside"}).Draw(t, "trouble")
	mv.at, mv.signals = rapid.IntRange(1, 70).Draw(t, "at"), rapid.IntRange(1, 2).Draw(t, "signals")
	mv.fault = rapid.SampledFrom([]trouble{cutBefore, cutAfter, cutBody, unsent, throttled, busy, failing, lateFail, lateGate, noGateway, hasty}).Draw(t, "fault")
}

// refs are the destinations that the manifest wants.
func (mv *move) refs() []string {
	var refs []string
	for _, o := range mv.wanted["destinations"] {
		refs = append(refs, fmt.Sprintf("Destination/%s", o["name"]))
	}
	return refs
}

// edited is a manifest after somebody worked on it.
func edited(t *rapid.T, w wish) wish {
	var next wish
	data, _ := json.Marshal(w)
	section := rapid.SampledFrom([]string{"destinations", "destinations", "parameters", "proxySystems", "proxySystems"}).Draw(t, "section")
	names := []string{}
	for _, o := range w[section] {
		names = append(names, o["name"].(string))
	}
	how := rapid.SampledFrom([]string{"all", "drop", "absent", "touch", "rename"}).Draw(t, "how")
	if len(names) == 0 || how == "all" {
		return drawn(t, "edited")
	}
	name := rapid.SampledFrom(names).Draw(t, "name")
	switch {
	case section == "proxySystems":
		return renamedTo(data, name, name+"x")
	case section == "systemUsers" || how == "rename":
		return drawn(t, "edited")
	}
	_ = json.Unmarshal(data, &next)
	i := slices.IndexFunc(next[section], func(o object) bool { return o["name"] == name })
	switch o := next[section][i]; {
	case how == "drop":
		next[section] = slices.Delete(next[section], i, i+1)
	case how == "absent" && name != "IPS_PROXY":
		o["state"] = "absent"
		delete(o, "manage")
	case section == "destinations":
		properties := o["properties"].(map[string]any)
		properties["note"] = fmt.Sprint("touched ", rapid.IntRange(0, 3).Draw(t, "note"))
	default:
		o["value"] = "touched"
	}
	maps.DeleteFunc(next, func(_ string, list []object) bool { return len(list) == 0 })
	return next
}

// renamedTo gives a proxy system another name, everywhere, and says what it was.
func renamedTo(data []byte, name, now string) wish {
	text := strings.ReplaceAll(string(data), fmt.Sprintf("\"proxySystem\":%q", name), fmt.Sprintf("\"proxySystem\":%q", now))
	var next wish
	_ = json.Unmarshal([]byte(text), &next)
	for _, o := range next["proxySystems"] {
		if o["name"] == name {
			o["name"], o["previously"] = now, name
		}
	}
	return next
}

// atMostOne leaves one destination and one parameter of a wish.
func atMostOne(w wish) wish {
	one := wish{}
	for _, section := range []string{"destinations", "parameters"} {
		if len(w[section]) > 0 && w[section][0]["name"] != "SourceSystem" {
			one[section] = w[section][:1]
		}
	}
	return one
}

// strangers are things that somebody makes in a console.
var strangers = []hand{
	{http.MethodPost, "systemUsers", -1, object{"name": "U1", "authorizations": []string{"Read Users"}}},
	{http.MethodPost, "proxySystems", -1, object{"name": "P1", "type": "Identity Authentication", "properties": object{"URL": "https://iag-demo.accounts.ondemand.com"}}},
	{http.MethodPost, "parameters", -1, object{"group": "Mail", "name": "Sender", "value": "a stranger's"}},
}
