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

// Real-time signals as programs count them.
//
// FACT — always (signal(7)) — the kernel's first is 32, but C libraries keep 32 and 33 to
// themselves: SIGRTMIN is 34 to kill(1) and to shells — to us, too.
const (
	firstRealTimeSignal = 34
	lastSignal          = 64
)

// ParseSignal reads a signal's number, or its name as kill(1) takes it: in any
// case, with or without "SIG", real-time ones as "RTMIN", "RTMIN+3", "RTMAX-1" or "RTMAX".
func ParseSignal(text string) (int, error) {
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > lastSignal {
			return 0, &FieldError{Path: "signal", Value: text, Why: "out of range", Hint: "numbers are 1 to 64"}
		}
		return n, nil
	}
	for n, known := range signals {
		if known == name && n > 0 {
			return n, nil
		}
	}
	if n, ok := realTime(name); ok {
		if n < firstRealTimeSignal || n > lastSignal {
			return 0, &FieldError{Path: "signal", Value: text, Why: "out of range", Hint: "the real-time signals are RTMIN, RTMIN+1 to RTMIN+30, which is RTMAX"}
		}
		return n, nil
	}
	return 0, &FieldError{Path: "signal", Value: text, Why: "unknown", Hint: signalHint(name)}
}

// realTime reads RTMIN or RTMAX, alone or with a distance from it.
func realTime(name string) (int, bool) {
	base, rest := firstRealTimeSignal, ""
	switch {
	case strings.HasPrefix(name, "RTMIN"):
		rest = name[len("RTMIN"):]
	case strings.HasPrefix(name, "RTMAX"):
		base, rest = lastSignal, name[len("RTMAX"):]
	default:
		return 0, false
	}
	if rest == "" {
		return base, true
	}
	distance, err := strconv.ParseInt(rest, 10, 16)
	return base + int(distance), err == nil && (rest[0] == '+' || rest[0] == '-')
}

func signalHint(name string) string {
	if near := Nearest(name, append(signals[1:len(signals):len(signals)], "RTMIN", "RTMAX")); near != "" {
		return "did you mean " + quote("SIG"+near) + "?"
	}
	return `names are as in signal(7), such as "SIGTERM"`
}

// SignalName is the name that Result.Signal carries, such as "SIGSEGV" or "SIGRTMIN+2".
// 32 and 33, which have no name, are "SIG32" and "SIG33".
func SignalName(n int) string {
	switch {
	case n > 0 && n < len(signals):
		return "SIG" + signals[n]
	case n == firstRealTimeSignal:
		return "SIGRTMIN"
	case n > firstRealTimeSignal && n <= lastSignal:
		return "SIGRTMIN+" + strconv.Itoa(n-firstRealTimeSignal)
	}
	return "SIG" + strconv.Itoa(n)
}
