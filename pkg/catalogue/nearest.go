package catalogue

import (
	"strings"
	"unicode/utf8"
)

// shortWord is the length up to which one edit makes another word rather than
// a misspelling: "URI" is not a misspelt "URL", nor "3" a misspelt "2".
const shortWord = 3

// Nearest returns the candidate that word most likely means: one that differs
// only by letter case, else the closest within two edits. The first candidate
// wins a tie. A word that is a candidate itself is not looked for.
func Nearest(word string, candidates []string) (string, bool) {
	return within(word, candidates, 2)
}

// Misspelt returns the candidate that word is a misspelling of: it differs by
// letter case, by one edit (a letter added, dropped, replaced, or two swapped),
// or by both. It reports false when word is a candidate itself.
func Misspelt(word string, candidates []string) (string, bool) {
	return within(word, candidates, 1)
}

func within(word string, candidates []string, limit int) (string, bool) {
	best, found := "", false
	for _, candidate := range candidates {
		if candidate == word {
			return "", false
		}
		distance := edits(strings.ToLower(word), strings.ToLower(candidate))
		if distance > 0 && utf8.RuneCountInString(candidate) <= shortWord {
			continue
		}
		if distance <= limit {
			best, found, limit = candidate, true, distance-1
		}
	}
	return best, found
}

// edits counts insertions, deletions, replacements and swaps of neighbours
// (optimal string alignment).
func edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	before, above, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range above {
		above[j] = j
	}
	for i := range from {
		row[0] = i + 1
		for j := range to {
			cost := 1
			if from[i] == to[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(to)]
}
