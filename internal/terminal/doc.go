// Package terminal is what a launcher does with the streams of a sandboxed
// program: a [Relay] joins the program's pseudo-terminal to the caller's
// terminal, a [Capture] copies the program's pipes into files and counts them.
//
// Both are byte-exact: nothing is filtered, reordered or added. Only [Sanitize]
// changes bytes; it is for names and log lines that a stranger chose and that
// our own tables print.
package terminal
