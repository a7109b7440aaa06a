package cli

import (
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// nearest returns the known name that a wrong one most likely means, or "". A
// name cut short, such as --mem, means the first that begins with it.
func nearest(name string, known []string) string {
	for _, k := range known {
		if len(name) > 3 && strings.HasPrefix(k, name) {
			return k
		}
	}
	return spec.Nearest(name, known)
}

// choose is the hint for a word that is none of the choices.
func choose(word string, choices []string) string {
	list := "choose one of " + strings.Join(choices, ", ")
	if near := nearest(word, choices); near != "" && word != "" {
		return "did you mean " + near + "? " + list
	}
	return list
}
