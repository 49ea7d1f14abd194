package view

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Topic is one thing that can be explained: a code, a place in a manifest, a
// property.
type Topic struct {
	// Subject is what is explained, Kind what it is, Title a few words about it.
	Subject string `json:"subject"`
	Kind    string `json:"kind"`
	Title   string `json:"title,omitempty"`
	// Text says what it means, Remedy what to do.
	Text   string `json:"text,omitempty"`
	Remedy string `json:"remedy,omitempty"`
	// Source names the public document behind it, Confidence how sure it is.
	Source     string `json:"source,omitempty"`
	Confidence string `json:"confidence,omitempty"`
	// Facts are names and values, in an order that reads well.
	Facts []TopicFact `json:"facts,omitempty"`
	// Members are what stands below it.
	Members []TopicFact `json:"members,omitempty"`
}

// TopicFact is one line of a table.
type TopicFact struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Topics writes explanations as text.
func Topics(w io.Writer, topics []Topic, style Style) error {
	page := &strings.Builder{}
	for i, t := range topics {
		if i > 0 {
			page.WriteString("\n")
		}
		t.write(page, style)
	}
	_, err := io.WriteString(w, page.String())
	return err
}

func (t Topic) write(page *strings.Builder, style Style) {
	heading := t.Subject
	if t.Title != "" {
		heading += " · " + t.Title
	}
	fmt.Fprintf(page, "%s  (%s)\n", style.paint(span{heading, bold}), t.Kind)
	if t.Text != "" {
		fmt.Fprintf(page, "\n%s\n", paragraph(sentence(t.Text), style))
	}
	var facts []TopicFact
	facts = append(facts, t.Facts...)
	for _, f := range []TopicFact{{"remedy", t.Remedy}, {"source", t.Source}, {"confidence", t.Confidence}} {
		if f.Text != "" {
			facts = append(facts, f)
		}
	}
	topicTable(page, facts)
	topicTable(page, t.Members)
}

// sentence ends a text with a full stop.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

func paragraph(text string, style Style) string {
	width := style.Width - 4
	if style.Width == 0 || width > 80 {
		width = 80
	}
	var lines []string
	line := " "
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width && line != " " {
			lines, line = append(lines, line), " "
		}
		line += " " + word
	}
	return strings.Join(append(lines, line), "\n")
}

// topicTable writes a table of two columns after a blank line.
func topicTable(page *strings.Builder, rows []TopicFact) {
	if len(rows) == 0 {
		return
	}
	page.WriteString("\n")
	table := tabwriter.NewWriter(page, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		_, _ = fmt.Fprintf(table, "  %s\t%s\n", r.Name, r.Text)
	}
	_ = table.Flush()
}
