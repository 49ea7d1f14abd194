// Package view turns what a command found and did into text for people and JSON
// for machines. It hides layout, colours, line lengths and wording, so that the
// same facts read the same in every format.
//
// The formats are Text, JSON, Markdown, HTML, JUnit, SARIF, GitHub and GitLab. The
// last three show notices, one list that notice.go makes of a result. The page is a
// template and a style beside the code.
//
// It prints and decides nothing: exit codes, plans and findings arrive ready. No
// secret is shown, because values reach it as resource.Value, and no control
// character of a foreign text reaches a terminal. A further format is one more
// file with one function over []Result; the words for steps, origins, evidence
// and counts stand in words.go, tally.go and summary.go for all of them.
//
// It may import pkg/reconcile, pkg/person, pkg/resource and pkg/catalogue only.
package view
