// Package approval is what somebody approved before it is applied: the plan file with its
// seal, its steps as they were shown, and in which words a plan made later differs from
// them. It decides nothing: which steps are beyond an approval, their digests tell.
package approval
