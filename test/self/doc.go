// Package self holds what a program sees of itself inside a sandbox against what
// its Spec asked for: no way to start one may silently lack a wall.
//
// There is one table of walls, derived from the Spec alone, and one table of
// ways to start a sandbox. Each way has to have each wall.
package self
