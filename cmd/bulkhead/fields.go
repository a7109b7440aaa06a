package main

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// refuse is the error of a flag whose value is wrong.
func refuse(why, hint string) error { return &cli.Error{Text: why, Hint: hint} }

// fields parts a value at its colons. `\:` is a colon that parts nothing, and
// `\\` a backslash; any other backslash stands for itself.
func fields(value string) []string {
	var list []string
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == ':':
			list = append(list, b.String())
			b.Reset()
			continue
		case value[i] == '\\' && i+1 < len(value) && (value[i+1] == ':' || value[i+1] == '\\'):
			i++
		}
		b.WriteByte(value[i])
	}
	return append(list, b.String())
}

// escapeField is the inverse of fields for one part.
func escapeField(part string) string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(part)
}

func quote(s string) string { return strconv.Quote(s) }

// inOption says which part of a value an error is about.
func inOption(name string, err error) error {
	why, hint := cli.Explain(err)
	return refuse("option "+name+": "+why, hint)
}

// addHint appends to an error's hint.
func addHint(err error, more string) error {
	why, hint := cli.Explain(err)
	return refuse(why, hint+"; "+more)
}
