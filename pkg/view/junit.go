package view

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"reconcile/pkg/reconcile"
)

// The parts of JUnit's XML that are written: what Jenkins, GitLab and Azure DevOps
// all read. There is no standard, only the files that test runners write.
//
// Fact: a case holds any of skipped, error, failure and system-out, and knows no
// attributes but name, time, classname and group.
// Source: junit-10.xsd of the Jenkins xUnit plugin, read 2026-11-23. [documented]
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out,omitempty"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string      `xml:"classname,attr"`
		Name    string      `xml:"name,attr"`
		Time    string      `xml:"time,attr"`
		Error   *junitWrong `xml:"error"`
		Failure *junitWrong `xml:"failure"`
		Skipped *junitWrong `xml:"skipped"`
		Out     string      `xml:"system-out,omitempty"`
	}
	junitWrong struct {
		Message string `xml:"message,attr,omitempty"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes results as test suites, one for each integration: a case for every
// object, every proof and every error. A case fails when something failed, a proof
// or a finding says so, or reality was changed by hand; what waits or is blocked is
// skipped; a change that the manifest asks for passes and says what it is.
func JUnit(w io.Writer, results []Result) error {
	all := junitSuites{Name: "reconcile", Suites: each(placed(results), newJunitSuite)}
	var took time.Duration
	for i, s := range all.Suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		took += results[i].Took
	}
	all.Time = junitTime(took)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	b.WriteByte('\n')
	_, err := w.Write(disarmed(b.Bytes(), "#&#35;"))
	return err
}

func newJunitSuite(r Result) junitSuite {
	s := junitSuite{
		Name: orElse(clean(strings.Join(filled(r.Integration, r.Stage), "/")), "reconcile"), Time: junitTime(r.Took),
		Properties: []junitProperty{{"command", clean(r.Command)}, {"exitCode", strconv.Itoa(r.ExitCode)}},
		Out:        cleanLines(strings.Join(append([]string{summary(r)}, r.Notes...), "\n")),
	}
	if r.Plan != nil {
		s.Properties = append(s.Properties, junitProperty{"digest", clean(r.Plan.Digest)})
	}
	for _, f := range r.warnings() {
		s.Out += "\n" + strings.Join(filled(clean(f.Position.String()), clean(f.Code), faultNotice(f, levelWarning).text()), " ")
	}
	s.Cases = junitCases(r)
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Error != nil:
			s.Errors++
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

func junitCases(r Result) []junitCase {
	var cases []junitCase
	for i, f := range r.errors() {
		n := faultNotice(f, levelError)
		name := strings.Join(filled(strconv.Itoa(i+1), f.Code, f.Position.String(), n.ref), " ")
		c := newJunitCase("error", name)
		c.Error = newJunitWrong(f.Code, n.text())
		cases = append(cases, c)
	}
	for _, s := range r.steps() {
		cases = append(cases, junitStep(r, s))
	}
	for i, f := range r.Findings {
		c := newJunitCase("finding", strings.Join(filled(strconv.Itoa(i+1), f.Code, f.Ref.String(), r.position(f.Ref).String()), " "))
		c.Failure = newJunitWrong(f.Code, notices(Result{Findings: r.Findings[i : i+1]}, false)[0].text())
		cases = append(cases, c)
	}
	for i, check := range r.Verified {
		cases = append(cases, junitCheck(i, check))
	}
	return cases
}

// junitStep is the case of one object, or of a job's run.
func junitStep(r Result, s reconcile.Step) junitCase {
	name := s.Name
	if s.Action == reconcile.RunJob {
		name += " (run)"
	}
	c := newJunitCase(s.Kind, name)
	word, text := labelOf(s).word, strings.Join(filled(stepText(s, r.steps()), clean(s.Position.String())), "\n")
	switch {
	case word == unchanged:
	case s.Outcome == reconcile.Applied:
		c.Out = text
	case word == "failed", word == "broken", word == "differs", drifted(r, s) && standing(s) == "":
		c.Failure = newJunitWrong(word, text)
		c.Failure.Message = strings.Join(filled(c.Failure.Message, clean(causeOf(s))), ": ")
	case standing(s) != "":
		c.Skipped = newJunitWrong("", text)
	default:
		c.Out = text
	}
	return c
}

// junitCheck is the case of one proof. What could not be checked is skipped.
func junitCheck(i int, check Check) junitCase {
	name := strings.Join(filled(strconv.Itoa(i+1), check.Leg, check.What, prefixed("of ", check.about())), " ")
	c := newJunitCase("proof", name)
	switch {
	case check.OK:
		c.Out = clean(check.Detail)
	case check.Unsure:
		c.Skipped = newJunitWrong("", clean(check.Detail))
	default:
		c.Failure = newJunitWrong("proof", orElse(clean(check.Detail), "failed"))
	}
	return c
}

func newJunitCase(class, name string) junitCase {
	return junitCase{Class: orElse(clean(class), "-"), Name: orElse(clean(name), "-"), Time: "0"}
}

// newJunitWrong takes the first line as the message that reports show.
func newJunitWrong(kind, text string) *junitWrong {
	first, _, _ := strings.Cut(text, "\n")
	return &junitWrong{Message: first, Type: clean(kind), Text: text}
}

func junitTime(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// cleanLines keeps the line ends of a text and makes the rest printable.
func cleanLines(text string) string {
	return strings.Join(each(strings.Split(text, "\n"), clean), "\n")
}
