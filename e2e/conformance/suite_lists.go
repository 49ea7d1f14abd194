package conformance

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// arrayBehaviours are those of bodies with several destinations.
var arrayBehaviours = []behaviour{
	{"an array of new ones answers 201 with an item each", createsMany},
	{"an array of which some fail answers 207", createsSome},
	{"put of an array answers 200, with a missing one 207", putsMany},
	{"delete by filter counts and sums up", deletesMany},
}

// items brings the items of an array's answer into a form to compare: "A 201".
func (p *probe) items(a answer) []string {
	p.Helper()
	var all []string
	for _, i := range p.list(a) {
		name, _ := i["name"].(string)
		status, _ := i["status"].(float64)
		if good := status < 300; good != (i["etag"] != nil) || good == (i["cause"] != nil) {
			p.Errorf("item %s %v: a good one has an etag, a bad one a cause", name, status)
		}
		all = append(all, strings.TrimPrefix(name, p.Prefix+"_")+" "+strconv.Itoa(int(status)))
	}
	slices.Sort(all)
	return all
}

func (p *probe) sameItems(a answer, status int, want ...string) {
	p.Helper()
	if a.status != status {
		p.Fatalf("status %d, want %d", a.status, status)
	}
	if got := p.items(a); !slices.Equal(got, want) {
		p.Errorf("items %q, want %q", got, want)
	}
}

func createsMany(p *probe) {
	list := []object{p.destination("A", nil), p.destination("B", nil)}
	p.clean(p.destinations(), list...)
	p.sameItems(p.call("POST", p.destinations(), list), 201, "A 201", "B 201")
	p.want(200, "GET", one(p.destinations(), p.name("B")), nil)
}

func createsSome(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	list := []object{p.destination("A", object{"Description": "not stored"}), p.destination("B", nil)}
	p.clean(p.destinations(), list[1])
	p.sameItems(p.call("POST", p.destinations(), list), 207, "A 409", "B 201")
	p.equal("the one that was there", p.object(p.want(200, "GET", one(p.destinations(), p.name("A")), nil)), p.destination("A", nil))
}

func putsMany(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	p.create(p.destinations(), p.destination("B", nil))
	changed := func(name string) object { return p.destination(name, object{"Description": "changed"}) }
	p.sameItems(p.call("PUT", p.destinations(), []object{changed("A"), changed("B")}), 200, "A 200", "B 200")
	p.sameItems(p.call("PUT", p.destinations(), []object{changed("A"), changed("NONE")}), 207, "A 200", "NONE 404")
	p.want(404, "GET", one(p.destinations(), p.name("NONE")), nil)
}

func deletesMany(p *probe) {
	p.create(p.destinations(), p.destination("A", nil))
	p.create(p.destinations(), p.destination("B", nil))
	filter := inList(p.name("A"), p.name("B"), p.name("NONE"))
	out := p.object(p.want(200, "DELETE", p.destinations()+"?"+query("$filter", filter), nil))
	var summary []string
	list, _ := out["Summary"].([]any)
	for _, i := range list {
		i, _ := i.(object)
		name, _ := i["name"].(string)
		status, _ := i["status"].(string)
		summary = append(summary, strings.TrimPrefix(name, p.Prefix+"_")+" "+status)
	}
	slices.Sort(summary)
	if out["Count"] != 2.0 || !slices.Equal(summary, []string{"A DELETED", "B DELETED", "NONE NOT_FOUND"}) {
		p.Errorf("Count %v, %q", out["Count"], summary)
	}
}

// inList is the filter by names; each name is percent-encoded inside of its quotes.
func inList(names ...string) string {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, "'"+url.PathEscape(n)+"'")
	}
	return "Name in (" + strings.Join(quoted, ", ") + ")"
}

// listBehaviours are those of reading collections.
var listBehaviours = []behaviour{
	{"list is a flat array", listsAll},
	{"list adds metadata when asked", listsMetadata},
	{"filters", filters},
	{"filter takes a name with a quote", filtersQuote},
	{"select answers names", selects},
	{"pages have their headers when asked", pages},
	{"modes exclude each other", modes},
}

// own picks the suite's own of a list, by suffix.
func (p *probe) own(list []object) map[string]object {
	found := map[string]object{}
	for _, d := range list {
		name, _ := d["Name"].(string)
		if suffix, ok := strings.CutPrefix(name, p.Prefix+"_"); ok {
			found[suffix] = d
		}
	}
	return found
}

func (p *probe) two() {
	p.Helper()
	p.create(p.destinations(), p.destination("A", nil))
	p.create(p.destinations(), p.destination("B", nil))
}

func listsAll(p *probe) {
	p.two()
	found := p.own(p.list(p.want(200, "GET", p.destinations(), nil)))
	p.equal("A", found["A"], p.destination("A", nil))
	p.equal("B", found["B"], p.destination("B", nil))
}

func listsMetadata(p *probe) {
	p.two()
	a := p.want(200, "GET", p.destinations()+"?"+query("$includeMetadata", "modification_time;etag"), nil)
	found := p.own(p.list(a))
	for _, suffix := range []string{"A", "B"} {
		meta, _ := found[suffix]["$metadata"].(object)
		tag := p.want(200, "GET", one(p.destinations(), p.name(suffix)), nil).header.Get("ETag")
		if bareOf(meta["etag"]) != bare(tag) {
			p.Errorf("%s: metadata has the tag %v, the header %s", suffix, meta["etag"], tag)
		}
		if text, ok := meta["modification_time"].(string); !ok || len(text) < 13 {
			p.Errorf("%s: modification_time %v, want milliseconds as text", suffix, meta["modification_time"])
		}
	}
}

func filters(p *probe) {
	p.two()
	for filter, want := range map[string][]string{
		inList(p.name("A")):                             {"A"},
		inList(p.name("A"), p.name("B")):                {"A", "B"},
		inList(p.name("NONE")):                          nil,
		"startswith(Name, '" + p.name("") + "')":        {"A", "B"},
		"startswith(Name, '" + p.name("A") + "')":       {"A"},
		"startswith(Name, '" + p.name("NONE") + "')":    nil,
		"endswith(Name, '" + p.Prefix[3:] + "_B" + "')": {"B"},
		"modifiedwithin('30', 'minutes')":               {"A", "B"},
	} {
		found := p.own(p.list(p.want(200, "GET", p.destinations()+"?"+query("$filter", filter), nil)))
		if got := keysOf(found); !slices.Equal(got, want) {
			p.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
	if a := p.call("GET", p.destinations()+"?"+query("$filter", inList(p.name("NONE"))), nil); strings.TrimSpace(string(a.body)) != "[]" {
		p.Error("nothing found is not []")
	}
}

func filtersQuote(p *probe) {
	d := p.destination("it's", nil)
	p.clean(p.destinations(), d)
	if a := p.call("POST", p.destinations(), d); a.status != http.StatusCreated {
		p.Skipf("skipped: this service does not take such a name: status %d", a.status)
	}
	for _, filter := range []string{inList(p.name("it's")), "startswith(Name, '" + p.name("it''s") + "')"} {
		found := p.own(p.list(p.want(200, "GET", p.destinations()+"?"+query("$filter", filter), nil)))
		if len(found) != 1 || found["it's"] == nil {
			p.Errorf("%s: found %d", filter, len(found))
		}
	}
}

func selects(p *probe) {
	p.two()
	found := p.own(p.list(p.want(200, "GET", p.destinations()+"?"+query("$select", "Name"), nil)))
	p.equal("A", found["A"], object{"Name": p.name("A")})
	p.equal("B", found["B"], object{"Name": p.name("B")})
}

var nextLink = regexp.MustCompile(`<[^>]*\$page=(\d+)[^>]*>; rel='next'`)

func pages(p *probe) {
	p.two()
	plain := p.want(200, "GET", p.destinations()+"?$page=1", nil)
	if plain.header.Get("Page-Count") != "" || plain.header.Get("Entity-Count") != "" {
		p.Error("counts come without being asked for")
	}
	if n := len(p.list(plain)); n > 10 {
		p.Errorf("%d on a page, the default is 10", n)
	}
	var all []object
	count := ""
	for page := "1"; page != ""; {
		a := p.want(200, "GET", p.destinations()+"?$page="+page+"&$pageSize=1&$pageCount=true&$entityCount=true", nil)
		list := p.list(a)
		if len(list) != 1 || a.header.Get("Page-Count") != a.header.Get("Entity-Count") {
			p.Fatalf("page %s has %d, of %s pages and %s entities", page, len(list), a.header.Get("Page-Count"), a.header.Get("Entity-Count"))
		}
		if link := a.header.Get("Link"); (page != "1") != strings.Contains(link, "rel='previous'") {
			p.Errorf("page %s: Link %s", page, link)
		}
		all, count, page = append(all, list...), a.header.Get("Entity-Count"), next(a)
		if !p.Disposable && len(all) == 3 {
			return // others may have hundreds, and may change them meanwhile
		}
	}
	if found := p.own(all); len(found) != 2 || strconv.Itoa(len(all)) != count {
		p.Errorf("%d of 2 found on %d pages of %s", len(found), len(all), count)
	}
	p.want(400, "GET", p.destinations()+"?$page=0", nil)
	p.want(400, "GET", p.destinations()+"?$page=1&$pageSize=1001", nil)
}

func next(a answer) string {
	if m := nextLink.FindStringSubmatch(a.header.Get("Link")); m != nil {
		return m[1]
	}
	return ""
}

func modes(p *probe) {
	if !p.Disposable {
		p.Skip("skipped: the answer is assumed, not documented")
	}
	p.want(400, "GET", p.destinations()+"?$page=1&$select=Name", nil)
	p.want(400, "GET", p.destinations()+"?$page=1&$includeMetadata=etag", nil)
}
