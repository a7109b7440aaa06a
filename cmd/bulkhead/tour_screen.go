package main

import "strings"

// narrowest is the width from which the halves stand side by side.
const narrowest = 72

// runeWidth is how many columns a character takes: East Asian wide ones take two, combining ones none.
func runeWidth(r rune) int {
	switch {
	case r >= 0x300 && r <= 0x36f, r >= 0x200b && r <= 0x200f, r >= 0xfe00 && r <= 0xfe0f:
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

func textWidth(s string) (n int) {
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// pieces are what a line may be broken between: words, and the flags of a call.
func pieces(s string) []string {
	var list []string
	for len(s) > 0 {
		n := strings.IndexAny(s, " |") + 1
		if n == 0 {
			n = len(s)
		}
		list, s = append(list, s[:n]), s[n:]
	}
	return list
}

// wrap breaks text at spaces, and words that are too long where they must be.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, used := "", 0
		for _, word := range pieces(paragraph) {
			if used > 0 && used+textWidth(strings.TrimRight(word, " ")) > width {
				lines, line, used = append(lines, strings.TrimRight(line, " ")), "", 0
			}
			for _, r := range word {
				if used+runeWidth(r) > width && r != ' ' {
					lines, line, used = append(lines, line), "", 0
				}
				line, used = line+string(r), used+runeWidth(r)
			}
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// beside lays two texts side by side, or one below the other where there is no room.
func beside(left, right string, width int) []string {
	if width < narrowest {
		return append(append(wrap(left, width), ""), wrap(right, width)...)
	}
	column := (width - 3) / 2
	a, b := wrap(left, column), wrap(right, column)
	lines := make([]string, max(len(a), len(b)))
	for i := range lines {
		l, r := at(a, i), at(b, i)
		lines[i] = strings.TrimRight(l+strings.Repeat(" ", max(0, column-textWidth(l)))+" | "+r, " ")
	}
	return lines
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}
