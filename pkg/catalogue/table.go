package catalogue

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// data holds the tables. Each opens with its source in comment lines, then one
// line of column names.
//
//go:embed data/*.csv
var data embed.FS

// table returns the rows of a data file without its heading. The files are part
// of the program, and a test parses each of them: a broken row is left out here
// rather than stopping a run.
func table(name string) [][]string {
	rows, _ := parse(name)
	return rows
}

// parse reads a data file strictly and tells every broken row.
func parse(name string) ([][]string, error) {
	file, err := data.Open("data/" + name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	return readRows(reader, name)
}

func readRows(reader *csv.Reader, name string) (rows [][]string, err error) {
	for {
		row, rowErr := reader.Read()
		switch {
		case errors.Is(rowErr, io.EOF):
			return rows[min(1, len(rows)):], err
		case rowErr != nil:
			err = errors.Join(err, fmt.Errorf("%s: %w", name, rowErr))
		default:
			rows = append(rows, row)
		}
	}
}

// list splits a cell that holds several values.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, "|")
}
