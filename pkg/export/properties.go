package export

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// parseProperties reads a file of Java properties, as the cockpit writes it. A secret
// may stand in a remark, in place of its value.
// Fact: form and wording. Source: an exported destination file,
// gist.github.com/steinermatt/10718429, read 2026-11-23. [recorded]
// Fact: escapes and continued lines. Source: Java SE API, java.util.Properties, load,
// read 2026-11-27. [documented; that the cockpit uses all of it inferred]
func parseProperties(text string) (name string, properties map[string]string) {
	properties = map[string]string{}
	for _, line := range logicalLines(text) {
		rest := strings.TrimLeft(line, blanks)
		remark := strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "!")
		key, value, ok := cutProperty(strings.TrimLeft(rest, "#! "))
		if !ok || key == "" || remark && !strings.HasPrefix(value, "<<") {
			continue
		}
		properties[unescape(key)] = unescape(value)
	}
	return properties["Name"], properties
}

// blanks are the characters that Java skips around keys.
const blanks = " \t\f"

// logicalLines joins lines that end with an odd number of backslashes to the next
// one. Remarks are never continued.
func logicalLines(text string) []string {
	var lines []string
	open := ""
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(text, "\ufeff"))
	for line := range strings.SplitSeq(text, "\n") {
		if open != "" {
			line = open + strings.TrimLeft(line, blanks)
			open = ""
		}
		core := strings.TrimRight(line, "\\")
		first := strings.TrimLeft(line, blanks)
		if (len(line)-len(core))%2 == 1 && !strings.HasPrefix(first, "#") && !strings.HasPrefix(first, "!") {
			open = line[:len(line)-1]
			continue
		}
		lines = append(lines, line)
	}
	return append(lines, open)
}

// cutProperty parts a line at the first = or : that no backslash stands before. The
// blank that Java takes for a separator, too, is not one here: no property is written
// so, and a remark in words is none.
func cutProperty(line string) (key, value string, ok bool) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '=', ':':
			return strings.TrimRight(line[:i], blanks), strings.TrimLeft(line[i+1:], blanks), true
		}
	}
	return "", "", false
}

// unescape resolves backslashes as Java does: \uXXXX in UTF-16, \t \n \r \f, and any
// other character for itself.
func unescape(text string) string {
	var b strings.Builder
	var units []uint16
	flush := func() {
		b.WriteString(string(utf16.Decode(units)))
		units = nil
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			flush()
			b.WriteByte(text[i])
			continue
		}
		i++
		if unit, err := strconv.ParseUint(hexDigits(text, i), 16, 16); text[i] == 'u' && err == nil {
			units = append(units, uint16(unit))
			i += 4
			continue
		}
		flush()
		if at := strings.IndexByte("tnrf", text[i]); at >= 0 {
			b.WriteByte("\t\n\r\f"[at])
		} else {
			b.WriteByte(text[i])
		}
	}
	flush()
	return b.String()
}

// hexDigits are the four characters after the u at i, "" where there are fewer.
func hexDigits(text string, i int) string {
	if i+5 > len(text) {
		return ""
	}
	return text[i+1 : i+5]
}
