package reconcile

import (
	"encoding/json"
	"fmt"
	"time"
)

// claimFormat is the version of what is written.
const claimFormat = 1

// Claim is one run's claim to be the only one that writes.
type Claim struct {
	// Format is the version of the claim; claims of early versions have none.
	Format int `json:"format,omitempty"`
	// Number orders claims: of two, the one with the higher number is the later.
	Number int `json:"-"`
	// Token tells apart two claims that got the same number one after the other.
	Token string `json:"token"`
	// Holder says to people whose it is.
	Holder  string    `json:"holder"`
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires"`
	// Ledger is the ledger's mark, where that had begun when the claim was made.
	Ledger string `json:"ledger,omitempty"`
	// Version guards against overwriting a claim that is not this one.
	Version string `json:"-"`
	// Strange says why this version does not know what the claim means; "" when it
	// does. Nobody can tell when such a claim ends, so it is never taken over.
	Strange string `json:"-"`
}

// ParseClaim reads a claim that is stored at a place under a number. One that this
// version does not know is Strange.
func ParseClaim(text string, number int, where string) Claim {
	c, reason := Claim{}, ""
	switch err := json.Unmarshal([]byte(text), &c); {
	case err != nil:
		reason = "cannot be read"
	case c.Format > claimFormat:
		reason = fmt.Sprintf("was made by a newer version (format %d, this one knows %d)", c.Format, claimFormat)
	case c.Format < 0 || c.Token == "" || c.Expires.IsZero():
		reason = "does not say whose it is and until when"
	}
	if reason != "" {
		c = Claim{Strange: where + " " + reason}
	}
	c.Number = number
	return c
}

// String words the claim for people.
func (c Claim) String() string {
	if c.Strange != "" {
		return "a lock that this version does not know: " + c.Strange
	}
	return fmt.Sprintf("%s, since %s; it expires %s unless it is renewed", c.Holder,
		c.Since.UTC().Format(time.RFC3339), c.Expires.UTC().Format(time.RFC3339))
}

// holds reports whether a claim keeps others from writing at a time.
func (c Claim) holds(at time.Time) bool { return c.Strange != "" || at.Before(c.Expires) }
