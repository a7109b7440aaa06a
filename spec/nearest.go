package spec

import "strings"

// Nearest returns the known name that a mistyped one most likely meant, or ""
// when none is near. Case is ignored; of equally near names the first wins.
func Nearest(name string, known []string) string {
	best, bestDistance := "", 2+len(name)/4
	lower := strings.ToLower(name)
	if len(lower) > 64 {
		return ""
	}
	for _, k := range known {
		if d := editDistance(lower, strings.ToLower(k), bestDistance); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours between a and b; it may stop early once the result is at least limit.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}

// didYouMean is the hint for a mistyped name: the nearest known one, or all of them when they are few.
func didYouMean(name string, known []string) string {
	if near := Nearest(name, known); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	if len(known) <= 16 {
		return "known: " + strings.Join(known, ", ")
	}
	return ""
}
