package verify

import (
	"slices"

	"reconcile/pkg/resource"
)

// The legs: the hops of a call that can fail by themselves.
const (
	// LegDestination is what the access governance service reads before it calls.
	LegDestination = "IAG→destination"
	// LegProxy is its call: the caller's login, role and address.
	LegProxy = "IAG→IPS"
	// LegBackend is the proxy system's own call to the tenant behind it.
	LegBackend = "IPS→IAS"
	// LegTool is this tool's own call.
	LegTool = "tool→IAS"
	// LegTrial is the access governance service's call, made before it could be: with
	// the destination as it will be.
	LegTrial = "tool→IPS"
)

// Proof is one call that was made and what it shows about one object.
type Proof struct {
	Ref resource.Ref `json:"-"`
	Leg string       `json:"leg"`
	// Of names what was asked for on the leg, such as "Users" or "token". Unlike What,
	// the call as it was made, it stays the same when the address changes: that may be
	// the very thing that is wrong. Leg and Of together tell a call from all others.
	Of string `json:"of"`
	// What is the call.
	What string `json:"what"`
	// OK is true when the call proves that the object works.
	OK bool `json:"ok"`
	// Detail says what was seen, and what it does not prove.
	Detail string `json:"detail"`
	// Paths are JSON pointers of the object that the call proves. One
	// authorization of a system user is "/authorizations/<name>".
	Paths []string `json:"paths,omitempty"`
}

// Gap is something that was not checked.
type Gap struct {
	Ref resource.Ref `json:"-"`
	// What was not checked, and why.
	What   string `json:"what"`
	Reason string `json:"reason"`
	// Lost is true when the call was made and no usable answer came; otherwise
	// it was left out on purpose.
	Lost bool `json:"lost"`
}

// Count is what a walk through one collection counted.
type Count struct {
	// Ref is the IAGSystem.
	Ref resource.Ref `json:"-"`
	// Of is "Users" or "Groups".
	Of string `json:"of"`
	// Delivered came through the proxy; Read is what the proxy read from its
	// backend, before conditions.
	Delivered int `json:"delivered"`
	Read      int `json:"read"`
	// Complete is false when the walk ended before its end.
	Complete bool `json:"complete"`
}

// Report is what one Run showed.
type Report struct {
	Proofs   []Proof            `json:"proofs"`
	Findings []resource.Finding `json:"findings"`
	Gaps     []Gap              `json:"gaps"`
	// Counts is filled by a full walk, Totals by a read of one entity each.
	Counts []Count `json:"counts,omitempty"`
	Totals []Total `json:"totals,omitempty"`
	// Before is filled by a preflight.
	Before []Prerequisite `json:"before,omitempty"`
}

// prove adds a proof once.
func (r *Report) prove(p Proof) {
	same := func(q Proof) bool { return q.Ref == p.Ref && q.Leg == p.Leg && q.What == p.What && q.OK == p.OK }
	if !slices.ContainsFunc(r.Proofs, same) {
		r.Proofs = append(r.Proofs, p)
	}
}

func (r *Report) gap(ref resource.Ref, what, reason string) {
	r.Gaps = append(r.Gaps, Gap{Ref: ref, What: what, Reason: reason})
}

func (r *Report) lost(ref resource.Ref, what, reason string) {
	r.Gaps = append(r.Gaps, Gap{Ref: ref, What: what, Reason: reason, Lost: true})
}
