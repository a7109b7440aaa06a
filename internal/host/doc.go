// Package host finds out what this machine and this caller can do. It decides
// by trying wherever it can, and knows nothing of any Spec.
package host
