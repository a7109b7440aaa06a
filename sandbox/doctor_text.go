package sandbox

import (
	"fmt"
	"io"
	"strings"
)

// WriteTo prints the report for people: the checks area by area, then what is
// amiss with its remedies, then the verdict.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	var out strings.Builder
	r.table(&out)
	r.remedies(&out)
	out.WriteString("\n" + r.verdict() + "\n")
	n, err := io.WriteString(w, out.String())
	return int64(n), err
}

func (r Report) table(out *strings.Builder) {
	names, statuses := 0, 0
	for _, c := range r.Checks {
		names, statuses = max(names, len(c.Name)), max(statuses, len(c.Status))
	}
	area := ""
	for _, c := range r.Checks {
		if c.Area != area {
			area = c.Area
			out.WriteString(area + "\n")
		}
		fmt.Fprintf(out, "  %-*s  %-*s  %s\n", statuses, c.Status, names, c.Name, c.Found)
	}
}

// remedies lists what is amiss, what the default settings need first.
func (r Report) remedies(out *strings.Builder) {
	for _, status := range [...]string{CheckMissing, CheckLimited} {
		for _, c := range r.Checks {
			if c.Status != status {
				continue
			}
			fmt.Fprintf(out, "\n%s %s (%s)\n  %s\n", c.Status, c.Name, c.What, c.Why)
			if c.Fix != "" {
				fmt.Fprintf(out, "  fix: %s\n", c.Fix)
			}
		}
	}
}

func (r Report) verdict() string {
	var missing []string
	for _, c := range r.Checks {
		if c.Status == CheckMissing {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) > 0 {
		return "sandboxes with the default settings do not run here; missing: " + strings.Join(missing, ", ")
	}
	return "sandboxes with the default settings run here"
}
