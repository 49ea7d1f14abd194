package ips

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"reconcile/pkg/resource"
	"reconcile/pkg/secret"
)

// errSecret is the answer to a transformation that holds a secret.
var errSecret = errors.New("and the console and every plan show it; leave it out, and make a new one: this one is known")

// errNoObject is the answer to a transformation that is not one JSON object.
var errNoObject = errors.New("is not one JSON object")

// ReadFiles replaces the paths of transformations and of the baseline by the
// canonical JSON that the files hold. readFile resolves a path as the manifest means it. What is
// JSON already stays, so a second call changes nothing.
func ReadFiles(s Spec, readFile func(path string) ([]byte, error)) (Spec, error) {
	read, readErr := readTransformation(s.Transformations.Read, readFile)
	write, writeErr := readTransformation(s.Transformations.Write, readFile)
	s.Transformations = Transformations{Read: read, Write: write}
	baseline, baseErr := readBaseline(s.Baseline, readFile)
	s.Baseline = baseline
	return s, errors.Join(readErr, writeErr, baseErr)
}

// readBaseline replaces the path of a console export by what it holds.
func readBaseline(path string, readFile func(string) ([]byte, error)) (string, error) {
	if path == "" || isDocument(path) {
		return path, nil
	}
	data, err := readFile(path)
	if err != nil {
		return path, fmt.Errorf("read baseline %q: %w", path, err)
	}
	text, err := canonical(data)
	if err != nil {
		return path, fmt.Errorf("baseline %q %w", path, err)
	}
	return text, nil
}

func readTransformation(v resource.Value, readFile func(string) ([]byte, error)) (resource.Value, error) {
	path := v.Text()
	if path == "" || isDocument(path) {
		return v, nil
	}
	data, err := readFile(path)
	if err != nil {
		return v, fmt.Errorf("read transformation %q: %w", path, err)
	}
	text, err := canonical(data)
	if err != nil {
		return v, fmt.Errorf("transformation %q %w", path, err)
	}
	if what := secret.Look(text); what != "" {
		return v, fmt.Errorf("transformation %q holds %s, %w", path, what, errSecret)
	}
	return resource.Text(text), nil
}

// canonicalValue rewrites a JSON document so that order of keys and blanks do
// not differ; a path stays as it is.
func canonicalValue(v resource.Value) resource.Value {
	if text, err := canonical([]byte(v.Text())); err == nil {
		return resource.Text(text)
	}
	return v
}

// isDocument tells a document from a path.
func isDocument(text string) bool {
	_, err := canonical([]byte(text))
	return err == nil
}

// canonical returns one JSON object with sorted keys and no blanks. Numbers keep
// their digits.
func canonical(data []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil || object == nil || decoder.More() {
		return "", errNoObject
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	// Transformations are full of <, > and &: escaped ones would be hard to read.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		return "", errNoObject
	}
	return string(bytes.TrimSpace(out.Bytes())), nil
}

// WithFiles is a specification with what the files of its transformations hold; of another
// kind it is the specification itself.
func WithFiles(s resource.Spec, read func(string) ([]byte, error)) (resource.Spec, error) {
	if proxy, ok := s.(Spec); ok {
		return ReadFiles(proxy, read)
	}
	return s, nil
}
