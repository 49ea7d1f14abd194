package reconcile

// Beyond lists the steps that a plan would do and that are not among the
// approved ones, given by their digests. A step of an approved plan that needed
// an identifier or a secret which became known since is the same step, so an
// interrupted apply can be continued. What only tells the ledger about something
// done already needs no approval.
func (p Plan) Beyond(approved []string) []Step {
	known := map[string]bool{}
	for _, digest := range approved {
		known[digest] = true
	}
	var beyond []Step
	for _, s := range p.Steps {
		if s.Action.Writes() && !s.catchesUp() && !known[s.Digest] && !known[s.work.pending] {
			beyond = append(beyond, s)
		}
	}
	return beyond
}

// Digests lists the digests of all steps that write.
func (p Plan) Digests() []string {
	var digests []string
	for _, s := range p.Steps {
		if s.Action.Writes() {
			digests = append(digests, s.Digest)
		}
	}
	return digests
}

// catchesUp reports whether a step only writes into the ledger what is so already:
// what an interrupted run did, or that an object of ours is protected.
func (s Step) catchesUp() bool {
	return s.Action == Forget || s.Action == Adopt && len(s.Changes) == 0 && (s.work.made || s.work.entry.Owned)
}

// Acts reports whether applying the plan would send or record anything: steps
// that wait for a person do neither.
func (p Plan) Acts() bool {
	for _, s := range p.Steps {
		if s.Action.Writes() && !s.Waiting() && len(s.BlockedBy) == 0 {
			return true
		}
	}
	return false
}

// LastLock returns the number of the last lock that the plan's ledger has seen.
func (p Plan) LastLock() int { return p.maker.Ledger.LastLock() }
