// Package lifestage is an engine for the life of a CRM record: in which stage a lead, contact or deal is, which moves are
// open to a person now and why the others are not, what a move sets in motion, and what the history adds up to.
//
// A [Pipeline] is a definition, checked and compiled. [Pipeline.Decide] judges a [Request] of an [Actor] to move a
// [Record], and writes nothing: a host with tables of its own writes the [Change] in its own transaction. A [Workspace]
// loads, decides and commits as one call, in SQLite, in memory or in a [HostStore]. [Pipeline.Verdict] is the hot path:
// positions and numbers, one call of C, no allocation.
//
// Refusals are answers. Errors are of the type *[Error], and errors.Is tells them by their codes, such as [ErrNoRecord].
//
// Time is an input, and counts in whole microseconds. Everything here may be used by several goroutines at once, but for
// values that one of them changes. Texts are UTF-8, and what is not is an error.
package lifestage

//go:generate go run ./internal/header/gen
