// Package files reads a service's directory once, within bounds, and hands
// the text to collectors, each of which parses one format and says what
// stands where. Nothing that lies in the directory is ever executed, and no
// file in it can stop a review: what cannot be read or parsed is named in a
// record of kind [ProblemKind].
package files
