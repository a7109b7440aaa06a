package seccomp

import "fmt"

// suggestion completes an error about an unknown name with the nearest known
// one, or with nothing when none is near.
func suggestion(name string, known []string) string {
	best, distance := "", len(name)/3+2
	for _, k := range known {
		d := editDistance(name, k, distance+1)
		if d < distance || d == distance && best != "" && common(name, k) > common(name, best) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// common is the length of the beginning that two names share: people mistype the end.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// editDistance counts the insertions, deletions and replacements between two
// names; it gives up at limit.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
