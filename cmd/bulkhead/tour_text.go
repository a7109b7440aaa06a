package main

import (
	"embed"
	"strconv"
	"strings"
)

// tourTexts holds a folder for each language; docs/tour.md explains the format.
//
//go:embed tour
var tourTexts embed.FS

// tourLanguages are the folders of tourTexts.
var tourLanguages = []string{"en", "ko"}

// texts are the texts of one language by key.
type texts map[string]string

// readTexts loads a language.
func readTexts(language string) (texts, error) {
	file, err := tourTexts.ReadFile("tour/" + language + "/tour.txt")
	if err != nil {
		return nil, err
	}
	return parseTexts(string(file)), nil
}

// parseTexts reads lines of the form [key], each with its text below it.
func parseTexts(file string) texts {
	t, key := texts{}, ""
	for line := range strings.Lines(file) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			key = line[1 : len(line)-1]
			continue
		}
		t[key] = strings.TrimSpace(t[key] + " " + line)
	}
	delete(t, "")
	return t
}

// say is the text of a key with {name} replaced by the value that follows the name.
func (t texts) say(key string, values ...string) string {
	pairs := make([]string, len(values))
	for i, v := range values {
		if pairs[i] = v; i%2 == 0 {
			pairs[i] = "{" + v + "}"
		}
	}
	return strings.NewReplacer(pairs...).Replace(t[key])
}

// of is a text of a demonstration, or where it has none of its own the general one.
func (t texts) of(number int, key string) string {
	if own, ok := t[strconv.Itoa(number)+"."+key]; ok {
		return own
	}
	return t[key]
}

// languageOf reads the locale as setlocale(3) does: the first variable that is set.
func languageOf(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			for _, l := range tourLanguages {
				if strings.HasPrefix(locale, l) {
					return l
				}
			}
			break
		}
	}
	return tourLanguages[0]
}
