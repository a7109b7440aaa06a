package main

import (
	"fmt"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// profiles is profiles.md: the text, then each profile with its reasons and what it sets.
func profiles(s *sources) ([]byte, error) {
	var b strings.Builder
	b.WriteString(generated + profilesText)
	for _, name := range spec.Profiles() {
		doc, ok := s.functions[name+"Profile"]
		if !ok || doc == "" {
			return nil, fmt.Errorf("the function %sProfile has no comment", name)
		}
		p, _ := spec.Profile(name)
		doc = strings.TrimPrefix(doc, name+"Profile is ")
		doc = strings.ToUpper(doc[:1]) + doc[1:]
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n```yaml\n%s```\n", name, strings.ReplaceAll(doc, "\n", "\n\n"), p.YAML())
	}
	return []byte(b.String()), nil
}
