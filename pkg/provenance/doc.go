// Package provenance tells where a run and what it reads come from: who started it,
// from which commit, who wrote a file, and whether two people stand behind a report
// and its approval. It asks the environment, the operating system and git, never a
// service, and takes no name for more than it is: a claim of one sort.
package provenance

// Surroundings are what a run was started in.
type Surroundings struct {
	// LookupEnv reads a variable of the environment; it must not be nil.
	LookupEnv func(string) (string, bool)
}
