// Package explain finds what is known of a word: a place in a manifest, a code, a
// property, a value, a word of a report. It puts together what the catalogue and the
// schema hold, with the source behind it, and makes no call.
package explain
