package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// section is one group of questions that can be asked alone.
type section struct {
	name, title string
	// how tells the reader what was done to get the figures.
	how     string
	measure func(*bench) ([]*table, error)
}

var sections = []section{startSection, throughputSection, overheadSection, seccompSection, liveSection, hostSection}

func names(list []section) []string {
	var found []string
	for _, s := range list {
		found = append(found, s.name)
	}
	return found
}

// choose picks the sections of a comma list, in their own order; an empty list is all.
func choose(list []section, only string) ([]section, error) {
	if only == "" {
		return list, nil
	}
	wanted := strings.Split(only, ",")
	for _, name := range wanted {
		if !slices.Contains(names(list), name) {
			return nil, fmt.Errorf("no section %q; there are %s%s", name, strings.Join(names(list), ", "), meant(name, names(list)))
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(s section) bool { return !slices.Contains(wanted, s.name) }), nil
}

func meant(name string, known []string) string {
	if near := spec.Nearest(name, known); near != "" {
		return ": " + near + "?"
	}
	return ""
}
