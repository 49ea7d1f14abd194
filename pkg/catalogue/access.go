package catalogue

import (
	"slices"
	"strings"
	"sync"

	"reconcile/pkg/resource"
)

// ApplicationType is one type of system in Identity Access Governance.
type ApplicationType struct {
	// Name is the label, Key the short key of rule sets; Key may be "".
	Name, Key string
	// Link says how the target is reached.
	Link Link
}

// Link is how an IAG system reaches its target.
type Link string

// The links.
const (
	// LinkUnknown is not published.
	LinkUnknown Link = ""
	// LinkProxy needs an External System ID.
	LinkProxy Link = "proxy"
	// LinkDestination needs a BTP destination.
	LinkDestination Link = "destination"
)

// JobCategory is one category of the Job Scheduler.
type JobCategory struct {
	// Name is the console's label.
	Name string
	// NeedsSystem is true when such a job is for one IAG system, TakesNone when
	// it cannot be. Both are false where nobody states it.
	NeedsSystem, TakesNone bool
	// After are objects that have to be there before the job can succeed.
	After []resource.Ref
	// Failures are codes of what is known to make such a run end badly.
	Failures []string
}

// JobStatus is one word for how a run of a job stands.
type JobStatus struct {
	Word string
	// Ended is true when the run is over, Well when it did all that it was to do.
	Ended, Well bool
	// Of names the application whose runs say it, "" for all.
	Of string
	// Source names the public document, Confidence how sure that is.
	Source, Confidence string
}

var applicationTypes = sync.OnceValue(func() []ApplicationType {
	var types []ApplicationType
	for _, row := range table("application-types.csv") {
		types = append(types, ApplicationType{Name: row[0], Key: row[1], Link: Link(row[2])})
	}
	return types
})

// ApplicationTypeOf returns the type that a label or a key stands for.
func ApplicationTypeOf(text string) (ApplicationType, bool) {
	for _, t := range applicationTypes() {
		if text != "" && (t.Name == text || t.Key == text) {
			return t, true
		}
	}
	return ApplicationType{}, false
}

// ApplicationTypeNames returns labels and keys.
func ApplicationTypeNames() []string {
	var names []string
	for _, t := range applicationTypes() {
		names = append(names, t.Name)
		if t.Key != "" {
			names = append(names, t.Key)
		}
	}
	return names
}

var jobCategories = sync.OnceValue(func() []JobCategory {
	var all []JobCategory
	for _, row := range table("job-categories.csv") {
		category := JobCategory{Name: row[0], NeedsSystem: row[1] == "y", TakesNone: row[1] == "n", Failures: list(row[3])}
		for _, text := range list(row[2]) {
			if ref, err := resource.ParseRef(text); err == nil {
				category.After = append(category.After, ref)
			}
		}
		all = append(all, category)
	}
	return all
})

// JobCategoryOf returns a job category by its exact name.
func JobCategoryOf(name string) (JobCategory, bool) {
	for _, c := range jobCategories() {
		if c.Name == name {
			c.After, c.Failures = slices.Clone(c.After), slices.Clone(c.Failures)
			return c, true
		}
	}
	return JobCategory{}, false
}

// JobCategoryNames returns the known categories.
func JobCategoryNames() []string {
	var names []string
	for _, c := range jobCategories() {
		names = append(names, c.Name)
	}
	return names
}

var jobStatuses = sync.OnceValue(func() []JobStatus {
	var all []JobStatus
	for _, row := range table("job-statuses.csv") {
		all = append(all, JobStatus{Word: row[0], Ended: row[1] == "y", Well: row[2] == "y", Of: row[3], Source: row[4], Confidence: row[5]})
	}
	return all
})

// JobStatusOf returns what a word of Job History means. Case does not matter: people
// copy it by hand.
func JobStatusOf(word string) (JobStatus, bool) {
	i := slices.IndexFunc(jobStatuses(), func(s JobStatus) bool { return strings.EqualFold(s.Word, strings.TrimSpace(word)) })
	if i < 0 {
		return JobStatus{}, false
	}
	return jobStatuses()[i], true
}

// JobStatusWords returns the known words.
func JobStatusWords() []string {
	var words []string
	for _, s := range jobStatuses() {
		words = append(words, s.Word)
	}
	return words
}
