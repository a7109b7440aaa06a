package sandbox

import (
	"bytes"
	"errors"
	"os"
	"strconv"
)

// birth is when a process started, in ticks since boot: with its number it names
// one process for good; proc_pid_stat(5), field 22.
func birth(pid int) (uint64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	// The name, field 2, may hold anything but ends at the last parenthesis.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 || fields[0][0] == 'Z' || fields[0][0] == 'X' {
		return 0, errors.New("no such process")
	}
	return strconv.ParseUint(string(fields[19]), 10, 64)
}
