package reconcile

import (
	"fmt"
	"path/filepath"
	"time"

	"reconcile/pkg/resource"
)

// Next returns number and previous digest of the record that follows. head is what
// the ledger keeps; nil says that the ledger could not be read. A folder that does
// not hold the head is not the place of all records, so the head alone counts.
func Next(records []StoredRecord, head *Head) (number int, previous string) {
	var tail Head
	found := false
	for _, r := range records {
		if r.Open || r.Number == 0 {
			continue
		}
		tail = Head{r.Number, r.Digest} // they are sorted
		found = found || head != nil && r.Digest == head.Digest
	}
	switch {
	case head == nil && tail.Number == 0:
		return 0, ""
	case head != nil && head.Number > 0 && !found:
		tail = *head
	}
	return tail.Number + 1, tail.Digest
}

// CheckChain looks for records of one integration that are missing, were edited or
// are out of order, and for runs that left none. ledger is what that knows; nil when
// nobody asked it. Without it the loss of the last records, an edit of the last one
// with its name, and a run that left no record cannot be seen.
func CheckChain(records []StoredRecord, ledger *Account) []resource.Fault {
	c := chain{byNumber: map[int][]StoredRecord{}}
	for _, r := range records {
		if !r.Open {
			c.byNumber[r.Number] = append(c.byNumber[r.Number], r)
		}
	}
	for _, r := range records {
		if !r.Open {
			c.one(r)
		}
	}
	if ledger != nil {
		c.head(records, *ledger)
		c.traceless(records, *ledger)
		c.unrecorded(records, *ledger)
	}
	return c.faults
}

type chain struct {
	byNumber map[int][]StoredRecord
	faults   []resource.Fault
}

func (c *chain) complain(code, file, remedy, format string, args ...any) {
	c.faults = append(c.faults, resource.Fault{
		Severity: resource.Error, Code: code, Position: resource.Position{File: filepath.ToSlash(file)},
		Message: fmt.Sprintf(format, args...), Remedy: remedy,
	})
}

// clocksApart is how far the clocks of two machines that run may be apart. When runs
// began says nothing: they queue at the lock, and get their numbers at their ends.
const clocksApart = time.Minute

const (
	restore  = "restore the file from where the records are backed up, and ask who was there"
	everyRun = "ask who was there, and let every run record: set RECONCILE_RECORDS where runs are started"
	collect  = "put all records of the integration into one folder; what is lost cannot be told from what was deleted"
)

// one looks at a record and its link to the one before.
func (c *chain) one(r StoredRecord) {
	if short(r.Digest) != r.Named {
		c.complain("E230", r.File, restore, "record %d was edited: its content is not what its name says", r.Number)
	}
	if r.Number == 0 {
		if r.Wrote {
			c.complain("E232", r.File, restore, "a record outside of the chain says that it wrote")
		}
		return
	}
	if twin := c.byNumber[r.Number][0]; twin.File != r.File && twin.Wrote && r.Wrote {
		c.complain("E232", r.File, collect, "two records of runs that wrote have the number %d", r.Number)
	}
	before, linked := c.byNumber[r.Number-1], false
	for _, b := range before {
		if b.Digest == r.Previous {
			linked = true
			if b.Ended.Sub(r.Ended) > clocksApart {
				c.complain("E232", r.File, restore, "record %d ended before record %d, which it follows", r.Number, b.Number)
			}
		}
	}
	switch {
	case r.Number == 1 && r.Previous == "", linked:
	case len(before) == 0:
		c.complain("E231", r.File, collect, "record %d is missing: record %d follows it", r.Number-1, r.Number)
	default:
		c.complain("E230", before[0].File, restore, "record %d was edited or exchanged: record %d follows another one", r.Number-1, r.Number)
	}
}

// head compares with what the ledger keeps of the last record.
func (c *chain) head(records []StoredRecord, ledger Account) {
	found := ledger.Number == 0
	for _, r := range records {
		found = found || !r.Open && r.Digest == ledger.Digest
		if !r.Open && r.Wrote && r.Number > ledger.Number {
			c.complain("E233", r.File, restore, "record %d says that it wrote, and %s knows of %s", r.Number, ledger.Ledger, knows(ledger.Number))
		}
	}
	switch same := c.byNumber[ledger.Number]; {
	case found:
	case len(same) == 0:
		c.complain("E231", "", collect, "record %d is missing: the ledger knows it as the last one", ledger.Number)
	default:
		c.complain("E230", same[0].File, restore, "record %d was edited or exchanged: the ledger knows another one", ledger.Number)
	}
}

func knows(number int) string {
	if number == 0 {
		return "no record"
	}
	return fmt.Sprintf("none after record %d", number)
}
