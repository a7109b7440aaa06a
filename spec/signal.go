package spec

import (
	"strconv"
	"strings"
)

// signals is indexed by number; the same on amd64 and arm64. signal(7)
var signals = []string{
	"", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
	"STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
	"PWR", "SYS",
}

// The kernel's real-time signals.
const (
	firstRealTimeSignal = 32
	lastSignal          = 64
)

// ParseSignal reads a signal's name, in any case and with or without "SIG", or its number.
func ParseSignal(text string) (int, error) {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > lastSignal {
			return 0, &FieldError{Path: "signal", Value: text, Why: "out of range", Hint: "numbers are 1 to 64"}
		}
		return n, nil
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	for n, known := range signals {
		if known == name && n > 0 {
			return n, nil
		}
	}
	if number, ok := strings.CutPrefix(name, "RTMIN+"); ok {
		if n, err := strconv.ParseUint(number, 10, 8); err == nil && n <= lastSignal-firstRealTimeSignal {
			return firstRealTimeSignal + int(n), nil
		}
	}
	return 0, &FieldError{Path: "signal", Value: text, Why: "unknown", Hint: signalHint(name)}
}

func signalHint(name string) string {
	if near := Nearest(name, signals[1:]); near != "" {
		return "did you mean " + quote("SIG"+near) + "?"
	}
	return `names are as in signal(7), such as "SIGTERM"`
}

// SignalName is the name that Result.Signal carries, such as "SIGSEGV" or "SIGRTMIN+2".
// Real-time signals count from the kernel's first, 32.
func SignalName(n int) string {
	switch {
	case n > 0 && n < len(signals):
		return "SIG" + signals[n]
	case n >= firstRealTimeSignal && n <= lastSignal:
		return "SIGRTMIN+" + strconv.Itoa(n-firstRealTimeSignal)
	}
	return "signal " + strconv.Itoa(n)
}
