package view

import (
	"fmt"
	"strings"
	"unicode"
)

// spelled writes letters of another script as \u0430 where they stand in a word
// that is ASCII otherwise: there they look like the letter that was meant, and
// nobody would see the difference. Words of another language stay as they are.
func spelled(text string) string {
	if isASCII(text) {
		return text
	}
	var b strings.Builder
	for _, word := range strings.SplitAfter(text, " ") {
		ascii, strange := 0, 0
		for _, r := range word {
			switch {
			case r < unicode.MaxASCII && unicode.IsLetter(r):
				ascii++
			case isStrange(r):
				strange++
			}
		}
		if strange > ascii {
			b.WriteString(word)
			continue
		}
		for _, r := range word {
			if isStrange(r) {
				b.WriteString(escaped(r))
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// isStrange reports whether a letter or a mark upon a letter is none that Latin
// writing uses: an accent that stands alone prints as the letter with the accent.
func isStrange(r rune) bool {
	latin := r < 0x250 || r >= 0x1E00 && r < 0x1F00
	return !latin && (unicode.IsLetter(r) || unicode.IsMark(r))
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

func escaped(r rune) string {
	if r > 0xFFFF {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
