package catalogue

// Prerequisite is something that has to be there before an integration works.
type Prerequisite struct {
	// Number is the one in the catalogue, Check says what has to be so.
	Number, Check string
	// How is the word by which pkg/verify knows the check, "" where no interface that
	// is connected tells; Why then says so.
	How, Why string
	// Of are the names that the check is about.
	Of []string
	// Confidence is documented, recorded, reported or inferred.
	Confidence string
}

// Prerequisites returns all of them in the order of their numbers.
func Prerequisites() []Prerequisite {
	var all []Prerequisite
	for _, row := range table("preflight.csv") {
		all = append(all, Prerequisite{Number: row[0], Check: row[1], How: row[2], Of: list(row[3]), Why: row[4], Confidence: row[5]})
	}
	return all
}
