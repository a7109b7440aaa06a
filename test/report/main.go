// Command report reads what `go test -json` prints and tells it to people: a line
// for each package, everything a failed test printed, each skip with its reason,
// and last a count. It exits 1 when anything failed or nothing ran.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

func main() {
	tally, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
	tally.writeSkips(os.Stdout)
	fmt.Println(tally)
	if tally.failed > 0 || tally.passed == 0 {
		os.Exit(1)
	}
}

// read consumes events until the end of in, and writes to out what is worth showing on the way.
func read(in io.Reader, out io.Writer) (*tally, error) {
	t := newTally(out)
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			t.line(line)
		}
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return t, fmt.Errorf("reading test events: %w", err)
		}
	}
}
