package catalogue

import (
	"slices"
	"sync"
)

// Word is one word that reports use, or a name that a service looks up.
type Word struct {
	// Name is the word as reports write it.
	Name string
	// Kind says what sort of word it is, Text what it means.
	Kind, Text string
}

var words = sync.OnceValue(func() []Word {
	var all []Word
	for _, row := range table("words.csv") {
		all = append(all, Word{Name: row[0], Kind: row[1], Text: row[2]})
	}
	return all
})

// Words returns all words in the order of the table.
func Words() []Word { return slices.Clone(words()) }
