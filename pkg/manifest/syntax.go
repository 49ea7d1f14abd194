package manifest

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"reconcile/pkg/resource"
)

// yamlError takes the parser's text apart: line, where it tells one, and message.
var yamlError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// remedies says what to do about the parser's messages, most telling first. The
// parser names the line only; what the first group of blame matches in it is the
// best guess at the column.
var remedies = []struct {
	part, remedy string
	blame        *regexp.Regexp
}{
	{"tab character", "indent with spaces, not with tabs", regexp.MustCompile(`(\t)`)},
	{
		"cannot start any token", "indent with spaces, not with tabs, and quote text that begins with @, ` or %",
		regexp.MustCompile("(?:^|[:,\\[{-]) *([@`%\t])"),
	},
	{"mapping values are not allowed", `check the indentation, and quote text that contains ": "`, regexp.MustCompile(`: .*?(:)(?: |$)`)},
	{
		"alphabetic or numeric character", "quote text that begins with * or &; a secret is given as a reference, for example {env: NAME}",
		regexp.MustCompile(`(?:^|[ :,\[{-])([*&])`),
	},
	{"unknown anchor", "quote text that begins with *", nil},
	{"unexpected end of stream", "close the quote, which may begin further up", nil},
	{"expected ',' or", "close the bracket, or separate the elements with commas", regexp.MustCompile(`([\[{])[^\]}]*$`)},
	{"node content", "a value or a closing bracket is missing", nil},
	{"could not find expected ':'", "write name: value, with a blank after the colon", nil},
	{"control characters", "remove the control character", nil},
	{"UTF-8", "save the file as UTF-8", nil},
}

// syntaxFault turns an error of the YAML parser into a fault.
func syntaxFault(s *source, err error) resource.Fault {
	parts := yamlError.FindStringSubmatch(err.Error())
	if parts == nil {
		parts = []string{"", "", err.Error()}
	}
	message := parts[2]
	remedy, at := "check indentation and quotes here and in the line above", s.blame(parts[1], message)
	for _, r := range remedies {
		if strings.Contains(message, r.part) {
			remedy, at = r.remedy, s.closer(at, r.blame)
			break
		}
	}
	return newFault(codeSyntax, at, "not valid YAML: "+message, remedy)
}

// blame finds the place of a syntax error. line is the parser's, empty when it
// does not tell one.
func (s *source) blame(line, message string) resource.Position {
	if anchor, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
		name, _, _ := strings.Cut(anchor, "'")
		return s.position(bytes.Index(s.data, []byte("*"+name)))
	}
	if line == "" {
		return s.position(unprintable(s.data))
	}
	want, _ := strconv.Atoi(line)
	if parserCounts(message) {
		want++
	}
	return s.firstColumn(want)
}

// parserCounts reports whether the message comes from the stage of the library
// that counts lines from zero. The others count from one.
func parserCounts(message string) bool {
	for _, end := range []string{"key", "indicator", "',' or ']'", "',' or '}'", "node content"} {
		if strings.HasPrefix(message, "did not find expected") && strings.HasSuffix(message, end) {
			return true
		}
	}
	return false
}

// lineBreaks unifies everything that the parser counts as the end of a line.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// closer moves a position to what a pattern blames in its line.
func (s *source) closer(at resource.Position, blame *regexp.Regexp) resource.Position {
	if blame == nil {
		return at
	}
	text := s.line(at.Line)
	if found := blame.FindStringSubmatchIndex(text); found != nil {
		at.Col = utf8.RuneCountInString(text[:found[2]]) + 1
	}
	return at
}

// line returns a line; the last one for a number behind it.
func (s *source) line(n int) string {
	lines := strings.Split(lineBreaks.Replace(string(s.data)), "\n")
	return lines[max(1, min(n, len(lines)))-1]
}

// firstColumn returns the first character of a line that is not a blank; a tab
// in the indentation is what to blame itself.
func (s *source) firstColumn(line int) resource.Position {
	line = max(1, min(line, strings.Count(lineBreaks.Replace(string(s.data)), "\n")+1))
	text := s.line(line)
	col := len(text) - len(strings.TrimLeft(text, " ")) + 1
	return resource.Position{File: s.name, Line: line, Col: min(col, max(1, len(text)))}
}

// position turns an offset into a position; the beginning for a negative one.
func (s *source) position(offset int) resource.Position {
	before := lineBreaks.Replace(string(s.data[:max(0, offset)]))
	line := strings.Count(before, "\n") + 1
	start := strings.LastIndexByte(before, '\n') + 1
	return resource.Position{File: s.name, Line: line, Col: utf8.RuneCountInString(before[start:]) + 1}
}

// unprintable returns the offset of the first byte that YAML does not allow, -1
// when there is none.
func unprintable(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0x7f {
			return i
		}
		i += size
	}
	return -1
}
