package spec

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want Size
	}{
		{"64M", 64 << 20}, {"64m", 64 << 20}, {"64MiB", 64 << 20}, {"64MB", 64 << 20}, {"64Mi", 64 << 20},
		{"1.5G", 3 << 29}, {".5K", 512}, {"1.K", 1024}, {"0.1K", 102}, {"4096B", 4096}, {"0", 0}, {"0.0", 0}, {"0M", 0},
		{"7.999999999999999999E", math.MaxInt64 - 1}, {"8388607T", 8388607 << 40}, {"9223372036854775807B", math.MaxInt64},
		{"unlimited", Unlimited}, {"Max", Unlimited}, {"1K", 1024}, {"2T", 2 << 40}, {"1P", 1 << 50},
	} {
		got, err := ParseSize(c.text)
		if c.text == "7.999999999999999999E" {
			if err != nil || got < math.MaxInt64-16 {
				t.Errorf("ParseSize(%q) = %d, %v: digits are lost", c.text, got, err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", c.text, got, err, c.want)
		}
	}
}

func TestParseSizeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  `size: empty; write a number and a unit, such as "64M"`,
		"64":                                `size "64": no unit; write "64M" for MiB, "64K" for KiB, "64B" for bytes`,
		"1.5":                               `size "1.5": no unit; write "1.5M" for MiB, "1.5K" for KiB, "1.5B" for bytes`,
		"64Mb/s":                            `size "64Mb/s": unknown unit "Mb/s"; did you mean "64MB"?`,
		"64MBs":                             `size "64MBs": unknown unit "MBs"; did you mean "64MB"?`,
		"64X":                               `size "64X": unknown unit "X"; did you mean "64K"?`,
		"64 M":                              `size "64 M": unknown unit " M"; did you mean "64M"?`,
		"64 megabytes":                      `size "64 megabytes": unknown unit " megabytes"; units are B, K, M, G, T, P, E`,
		"M":                                 `size "M": not a number; write a number and a unit, such as "64M"`,
		"1.2.3M":                            `size "1.2.3M": not a number; write a number and a unit, such as "64M"`,
		"1,5G":                              `size "1,5G": unknown unit ",5G"; units are B, K, M, G, T, P, E`,
		"+1M":                               `size "+1M": not a number; write a number and a unit, such as "64M"`,
		"-1M":                               `size "-1M": negative; no limit is written "unlimited"`,
		"-1":                                `size "-1": negative; no limit is written "unlimited"`,
		"NaN":                               `size "NaN": not a finite number; no limit is written "unlimited"`,
		"inf":                               `size "inf": not a finite number; no limit is written "unlimited"`,
		"8E":                                `size "8E": does not fit into 63 bits; no limit is written "unlimited"`,
		"9223372036854775808B":              `size "9223372036854775808B": does not fit into 63 bits; no limit is written "unlimited"`,
		"99999999999999999999999999999999T": `size "99999999999999999999999999999999T": does not fit into 63 bits; no limit is written "unlimited"`,
	} {
		if _, err := ParseSize(text); err == nil || err.Error() != want {
			t.Errorf("ParseSize(%q): %v\nwant %s", text, err, want)
		}
	}
}

func FuzzSize(f *testing.F) {
	for _, seed := range []string{"64M", "1.5G", "0", "unlimited", "4095B", "1.0000000000000000001K", "-1", "8E", "0x1M"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := ParseSize(text)
		if err != nil {
			return
		}
		if size < Unlimited {
			t.Fatalf("ParseSize(%q) = %d", text, size)
		}
		if again, err := ParseSize(size.String()); err != nil || again != size {
			t.Fatalf("%q is %d, written %q, read back %d, %v", text, size, size.String(), again, err)
		}
		requireJSON(t, size)
	})
}

// requireJSON holds a value to encoding/json both ways.
func requireJSON[T comparable](t *testing.T, value T) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var again T
	if err := json.Unmarshal(text, &again); err != nil || again != value {
		t.Fatalf("%v is %s in JSON, read back %v, %v", value, text, again, err)
	}
}

func TestSizeString(t *testing.T) {
	for size, want := range map[Size]string{
		0: "0B", 1: "1B", 1023: "1023B", 1024: "1K", 1536: "1536B", 3 << 29: "1536M", 1 << 40: "1T", 1 << 62: "4E", -1: "unlimited",
	} {
		if got := size.String(); got != want {
			t.Errorf("Size(%d) is written %q, want %q", size, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		text string
		want time.Duration
	}{
		{"1.5s", 1500 * time.Millisecond}, {"200ms", 200 * time.Millisecond}, {"90", 90 * time.Second}, {"0.25", 250 * time.Millisecond},
		{"1h30m", 90 * time.Minute}, {"2d", 48 * time.Hour}, {"5us", 5 * time.Microsecond}, {"5µs", 5 * time.Microsecond},
		{"5μs", 5 * time.Microsecond}, {"10ns", 10}, {"0", 0}, {"-5s", -5 * time.Second}, {"unlimited", -1},
	} {
		if got, err := ParseDuration(c.text); err != nil || got.Std() != c.want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", c.text, got.Std(), err, c.want)
		}
	}
}

func TestParseDurationErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                    `duration: empty; write a number and a unit, such as "1.5s"`,
		"s":                   `duration "s": not a number at "s"; write a number and a unit, such as "1.5s"`,
		"-":                   `duration "-": not a number at ""; write a number and a unit, such as "1.5s"`,
		"5sec":                `duration "5sec": unknown unit "sec"; did you mean "5s"?`,
		"5 minutes":           `duration "5 minutes": unknown unit " minutes"; units are ns, us, ms, s, m, h, d`,
		"5minutes":            `duration "5minutes": unknown unit "minutes"; did you mean "5m"?`,
		"10msec":              `duration "10msec": unknown unit "msec"; did you mean "10ms"?`,
		"3w":                  `duration "3w": unknown unit "w"; did you mean "3s"?`,
		"1h30":                `duration "1h30": no unit after "30"; units are ns, us, ms, s, m, h, d`,
		"nan":                 `duration "nan": not a finite number; no limit is written "unlimited"`,
		"Inf":                 `duration "Inf": not a finite number; no limit is written "unlimited"`,
		"300000000h":          `duration "300000000h": longer than 292 years; no limit is written "unlimited"`,
		"2562047h9999999999s": `duration "2562047h9999999999s": longer than 292 years; no limit is written "unlimited"`,
		"1e3":                 `duration "1e3": unknown unit "e3"; units are ns, us, ms, s, m, h, d`,
	} {
		if _, err := ParseDuration(text); err == nil || err.Error() != want {
			t.Errorf("ParseDuration(%q): %v\nwant %s", text, err, want)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"1.5s", "1h30m", "200ms", "90", "-5s", "unlimited", "1m0.000000001s", "2562047h47m16.854775807s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if again, err := ParseDuration(d.String()); err != nil || again != d {
			t.Fatalf("%q is %d ns, written %q, read back %d, %v", text, d, d.String(), again, err)
		}
		if std, err := time.ParseDuration(text); err == nil && std != d.Std() && (std-d.Std()).Abs() > 1 {
			t.Fatalf("%q is %v here and %v to the standard library", text, d.Std(), std)
		}
		requireJSON(t, d)
	})
}

func TestFileMode(t *testing.T) {
	for text, want := range map[string]FileMode{"0755": 0o755, "755": 0o755, "0o644": 0o644, "1777": 0o1777, "0": 0} {
		got, err := ParseFileMode(text)
		if err != nil || got != want {
			t.Errorf("ParseFileMode(%q) = %v, %v, want %v", text, got, err, want)
		}
		if again, err := ParseFileMode(got.String()); err != nil || again != got {
			t.Errorf("%v is read back as %v, %v", got, again, err)
		}
	}
	for text, want := range map[string]string{
		"":      `mode: not an octal number; write octal digits such as "0755"`,
		"0888":  `mode "0888": not an octal number; write octal digits such as "0755"`,
		"rwx":   `mode "rwx": not an octal number; write octal digits such as "0755"`,
		"17777": `mode "17777": more than the permission bits; the largest mode is 7777`,
	} {
		if _, err := ParseFileMode(text); err == nil || err.Error() != want {
			t.Errorf("ParseFileMode(%q): %v\nwant %s", text, err, want)
		}
	}
}

func TestCapability(t *testing.T) {
	for _, text := range []string{"NET_RAW", "cap_net_raw", "net_raw", "CAP_NET_RAW"} {
		var c Capability
		if err := c.UnmarshalText([]byte(text)); err != nil || c != "NET_RAW" {
			t.Errorf("%q is %q, %v", text, c, err)
		}
	}
	if n, ok := Capability("CHECKPOINT_RESTORE").Number(); !ok || n != 40 {
		t.Errorf("CHECKPOINT_RESTORE is %d, %v, want 40", n, ok)
	}
	if n, ok := Capability("SYS_ADMIN").Number(); !ok || n != 21 {
		t.Errorf("SYS_ADMIN is %d, %v, want 21", n, ok)
	}
	var c Capability
	if err := c.UnmarshalText([]byte("SYS_ADMN")); err == nil || err.Error() != `capability "SYS_ADMN": unknown; did you mean "SYS_ADMIN"?` {
		t.Error(err)
	}
}

func TestNamespaceForms(t *testing.T) {
	for text, want := range map[string][2]string{
		"new": {"new", ""}, "host": {"host", ""}, "/proc/1/ns/net": {"path", "/proc/1/ns/net"},
		"netns:blue": {"netns", "blue"}, "fd:3": {"fd", "3"}, "sandbox:web-1": {"sandbox", "web-1"},
	} {
		var n Namespace
		err := n.UnmarshalText([]byte(text))
		kind, argument := n.Kind()
		if err != nil || kind != want[0] || argument != want[1] {
			t.Errorf("%q is %q %q, %v, want %q", text, kind, argument, err, want)
		}
	}
	for text, want := range map[string]string{
		"":               `namespace: empty; write "new", "host", a path such as /proc/PID/ns/net, "netns:NAME", "fd:N" or "sandbox:NAME"`,
		"nwe":            `namespace "nwe": unknown; did you mean "new"?`,
		"container:x":    `namespace "container:x": unknown; write "new", "host", a path such as /proc/PID/ns/net, "netns:NAME", "fd:N" or "sandbox:NAME"`,
		"/proc/../x":     `namespace "/proc/../x": not a clean absolute path; write it without ".", ".." and double slashes`,
		"fd:2":           `namespace "fd:2": not a descriptor number from 3 up; write "fd:3"`,
		"fd:x":           `namespace "fd:x": not a descriptor number from 3 up; write "fd:3"`,
		"netns:../../x":  `namespace "netns:../../x": not a name; ip netns list shows the names`,
		"sandbox:a_b":    `namespace "sandbox:a_b": holds something other than letters, digits and hyphens; bulkhead ps lists the names`,
		"sandbox:":       `namespace "sandbox:": empty; bulkhead ps lists the names`,
		"/proc/1/ns\x00": `namespace "/proc/1/ns\x00": not a clean absolute path; write it without ".", ".." and double slashes`,
	} {
		var n Namespace
		if err := n.UnmarshalText([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
}

func TestSignals(t *testing.T) {
	for text, want := range map[string]int{"TERM": 15, "sigkill": 9, "SIGSYS": 31, "9": 9, "64": 64,
		"RTMIN": 34, "SIGRTMIN+1": 35, "rtmin+30": 64, "RTMAX": 64, "sigrtmax-1": 63, "RTMAX-30": 34, "SIG33": 33} {
		if got, err := ParseSignal(text); err != nil || got != want {
			t.Errorf("ParseSignal(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"SIGTREM":  `signal "SIGTREM": unknown; did you mean "SIGTERM"?`,
		"":         `signal: unknown; names are as in signal(7), such as "SIGTERM"`,
		"0":        `signal "0": out of range; numbers are 1 to 64`,
		"65":       `signal "65": out of range; numbers are 1 to 64`,
		"-9":       `signal "-9": out of range; numbers are 1 to 64`,
		"RTMIN+31": `signal "RTMIN+31": out of range; the real-time signals are RTMIN, RTMIN+1 to RTMIN+30, which is RTMAX`,
		"RTMIN-1":  `signal "RTMIN-1": out of range; the real-time signals are RTMIN, RTMIN+1 to RTMIN+30, which is RTMAX`,
		"RTMAX+1":  `signal "RTMAX+1": out of range; the real-time signals are RTMIN, RTMIN+1 to RTMIN+30, which is RTMAX`,
		"RTMIN+":   `signal "RTMIN+": unknown; did you mean "SIGRTMIN"?`,
		"RTMIN3":   `signal "RTMIN3": unknown; did you mean "SIGRTMIN"?`,
		"RTMIM":    `signal "RTMIM": unknown; did you mean "SIGRTMIN"?`,
	} {
		if _, err := ParseSignal(text); err == nil || err.Error() != want {
			t.Errorf("ParseSignal(%q): %v\nwant %s", text, err, want)
		}
	}
	for n := 1; n <= 64; n++ {
		if again, err := ParseSignal(SignalName(n)); err != nil || again != n {
			t.Errorf("signal %d is named %q, which is %d, %v", n, SignalName(n), again, err)
		}
	}
}

func TestParseCPUList(t *testing.T) {
	for text, want := range map[string][]int{
		"0": {0}, "0-1,4": {0, 1, 4}, "4,0-1": {0, 1, 4}, "0-6:2": {0, 2, 4, 6}, "1,1": {1}, "8191": {8191},
	} {
		if got, err := ParseCPUList(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseCPUList(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ",", "1-", "-1", "3-1", "a", "0-1,", "0:2", "0-4:0", "+1", " 1", "1 ", "99999999999"} {
		if got, err := ParseCPUList(text); err == nil || !strings.Contains(err.Error(), "cannot read") {
			t.Errorf("ParseCPUList(%q) = %v, %v, want an error", text, got, err)
		}
	}
	if _, err := ParseCPUList(strings.Repeat("0-8191,", 1<<20) + "0"); err == nil || !strings.Contains(err.Error(), "longer than 64 KiB") {
		t.Errorf("a list of 7 MiB: %.200v", err)
	}
	if _, err := ParseCPUList("0-8192"); err == nil || err.Error() != `processor list "0-8192": no kernel knows processor 8192; numbers are 0 to 8191` {
		t.Error(err)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"memory", "memory_high", "pids", "cpus", "wall"}
	for name, want := range map[string]string{
		"memroy": "memory", "MEMORY": "memory", "memory-high": "memory_high", "pid": "pids", "cpu": "cpus", "wal": "wall", "network": "", "": "", strings.Repeat("x", 1000): "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLongValuesAreCut(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	number := strings.Repeat("9", 1<<20)
	s := Spec{Command: []string{"ls"}, Env: map[string]string{long: "\x00"}}
	for what, err := range map[string]error{
		"(2097152 bytes)": &FieldError{Path: "name", Value: long, Why: "too long"},
		"env.":            s.Validate(),
		"unknown key":     Decode("s.yaml", []byte(`{"`+long[:1000]+`": 1}`), &Spec{}),
		"given twice":     Decode("s.json", []byte(`{"env": {"`+long+`": 1, "`+long+`": 1}}`), &Spec{}),
		"the number":      Decode("s.json", []byte(`{"name": `+number+`}`), &Spec{}),
	} {
		if text := err.Error(); len(text) > 300 || !strings.Contains(text, what) || strings.Contains(text, "\ufffd") {
			t.Errorf("%s: the message is %d bytes: %.300s", what, len(text), text)
		}
	}
}
