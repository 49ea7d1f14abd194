package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// nearest returns the candidate that word is most likely meant to be: one that
// differs only by case, else the first one within two edits. Empty when there
// is none.
func nearest(word string, candidates []string) string {
	const most = 2
	best, least := "", most+1
	for _, c := range candidates {
		if strings.EqualFold(word, c) {
			return c
		}
		// A word of which more than half had to change is no suggestion.
		if d := distance(word, c); d < least && 2*d <= len([]rune(word)) {
			best, least = c, d
		}
	}
	return best
}

// suggest turns the nearest candidate into a remedy, "" when there is none.
func suggest(word string, candidates []string) string {
	found := nearest(word, candidates)
	switch {
	case found == "":
		return ""
	case strings.EqualFold(word, found):
		return fmt.Sprintf("names are case-sensitive: write %q", found)
	default:
		return fmt.Sprintf("did you mean %q?", found)
	}
}

// distance counts the insertions, deletions and replacements between two texts
// (Levenshtein).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			cost := diagonal
			if r != s {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(to)]
}

// enumerate joins names for a message: sorted, each once.
func enumerate(names []string) string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return strings.Join(slices.Compact(sorted), ", ")
}
