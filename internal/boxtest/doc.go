// Package boxtest helps tests that start sandboxes: it says what they need, and
// finds what they leave behind.
package boxtest
