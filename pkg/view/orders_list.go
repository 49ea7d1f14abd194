package view

import (
	"fmt"

	"reconcile/pkg/reconcile"
	"reconcile/pkg/resource"
)

// orders lists what waits for people, one line each: the whole is in the runbook.
func (p *page) orders(r Result) {
	if len(r.Orders) == 0 {
		return
	}
	p.blank()
	p.prose(0, 2, number(len(r.Orders), "work order", "work orders")+" for people, to be done in this order:", bold)
	for i, o := range r.Orders {
		p.line(indent+3, []segment{piece(indent, fmt.Sprintf("%2d. %s %s", i+1, o.Action, o.Ref), plain)}, "· "+where(o)+" · needs "+o.Right+prefixed(" · ", heldBy(o, r)))
	}
	p.prose(indent, indent, whole(r), plain)
}

// heldBy says what an order has to wait for, "" when it can be done now.
func heldBy(o resource.Order, r Result) string {
	for _, s := range r.steps() {
		if s.Ref == o.Ref && len(s.BlockedBy) > 0 && string(s.Action) == o.Action {
			return "blocked by " + blockers(s, r.steps())
		}
	}
	return ""
}

// where is the page on which an order begins.
func where(o resource.Order) string {
	for _, i := range o.Do {
		if i.Do == resource.Open {
			return i.Label
		}
	}
	return "the console"
}

// whole says where the whole text of the orders is.
func whole(r Result) string {
	if r.Runbook == "" {
		return "--workorders DIR writes them with every field and value: runbook.html to print, runbook.md and runbook.json to fill in"
	}
	return "every field and value: runbook.html, runbook.md and runbook.json in " + r.Runbook
}

func mdHeld(o resource.Order, r Result) string {
	return prefixed(", ", mdAbout(heldBy(o, r), each(r.steps(), reconcile.Step.String)))
}

// mdOrders lists what waits for people.
func mdOrders(r Result) section {
	s := section{noun: [2]string{"work order", "work orders"}, open: mdRow("#", "work order", "where", "right") + mdRule(4)}
	if len(r.Orders) > 0 {
		s.close = "\n" + mdProse(whole(r)) + "\n"
	}
	for i, o := range r.Orders {
		s.items = append(s.items, mdRow(fmt.Sprint(i+1), o.Action+" "+code(o.String())+mdHeld(o, r), mdProse(where(o)), mdProse(o.Right)))
	}
	return s
}
