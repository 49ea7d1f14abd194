// Package proof weighs what calls, logs and people tell of one integration: which
// proofs to make, what they say of each object, whether numbers are as expected, what
// fails since when, and by how much each object is known. It puts what it finds into a
// result; it prints nothing and writes nothing.
package proof
