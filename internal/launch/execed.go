package launch

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// awaitFirstExec waits until the program of an exclusive start has let go of our
// memory, which must not become traceable before: it is init's first child.
// One that has ended already may have left a child there that never execs, so this is given up in the end.
func awaitFirstExec(init int) {
	for i := 0; i < 1000 && beforeExec(firstChild(init)); i++ {
		time.Sleep(20 * time.Microsecond)
	}
}

// firstChild is the oldest child of a process, 0 for none.
func firstChild(pid int) int {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(pid) + "/children")
	if err != nil {
		return 0 // it has ended
	}
	first, _, _ := strings.Cut(string(text), " ")
	child, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return child
}
