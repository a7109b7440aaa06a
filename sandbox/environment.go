package sandbox

import (
	"maps"
	"os"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// environment works out the program's variables.
//
// With the host's programs in view, the caller's PATH is kept as far as it
// leads to them, so that a command means inside what it means outside.
func (p *prepared) environment() error {
	s := &p.spec
	if _, set := s.Env["PATH"]; !set && s.Root.Kind == spec.RootHost {
		if more := visiblePath(os.Getenv("PATH")); more != "" {
			s.Env = maps.Clone(s.Env)
			if s.Env == nil {
				s.Env = map[string]string{}
			}
			s.Env["PATH"] = more + spec.Path
		}
	}
	p.run.Env = s.Environ(os.Environ())
	return nil
}

// visiblePath is what of PATH the default view shows and the default PATH lacks, each followed by a colon.
func visiblePath(list string) string {
	var kept strings.Builder
	for dir := range strings.SplitSeq(list, ":") {
		if strings.HasPrefix(dir, "/") && inDefaultView(dir) && !strings.Contains(":"+spec.Path+":", ":"+dir+":") {
			kept.WriteString(dir + ":")
		}
	}
	return kept.String()
}
