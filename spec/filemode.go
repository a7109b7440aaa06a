package spec

import "strconv"

// Mode makes a FileMode for Specs written as Go literals, as in Umask: spec.Mode(0o22).
func Mode(bits uint32) *FileMode {
	m := FileMode(bits)
	return &m
}

// ParseFileMode reads an octal permission of up to four digits after an optional 0 or 0o, such as "0755".
func ParseFileMode(text string) (FileMode, error) {
	digits := text
	if len(digits) > 2 && (digits[:2] == "0o" || digits[:2] == "0O") {
		digits = digits[2:]
	}
	n, err := strconv.ParseUint(digits, 8, 32)
	if err != nil {
		return 0, &FieldError{Path: "mode", Value: text, Why: "not an octal number", Hint: `write octal digits such as "0755"`}
	}
	if n > 0o7777 {
		return 0, &FieldError{Path: "mode", Value: text, Why: "more than the permission bits", Hint: "the largest mode is 7777"}
	}
	return FileMode(n), nil
}

// String writes the mode as four octal digits.
func (m FileMode) String() string {
	digits := strconv.FormatUint(uint64(m), 8)
	for len(digits) < 4 {
		digits = "0" + digits
	}
	return digits
}

// UnmarshalText is ParseFileMode.
func (m *FileMode) UnmarshalText(text []byte) error {
	v, err := ParseFileMode(string(text))
	if err == nil {
		*m = v
	}
	return err
}

// MarshalText is String.
func (m FileMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
