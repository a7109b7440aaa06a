package spec

import (
	"math"
	"strings"
	"time"
)

// durationUnits are tried in this order, so that "ms" is not taken for "m".
var durationUnits = []struct {
	name string
	size Duration
}{
	{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3}, {"ms", 1e6},
	{"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9},
}

// durationSpellings are what a mistyped unit is compared with.
var durationSpellings = []string{"s", "ms", "m", "h", "d", "us", "ns"}

// ParseDuration reads a time span such as "1.5s", "200ms", "1h30m", "2d", a plain number of seconds, or "unlimited".
func ParseDuration(text string) (Duration, error) {
	switch strings.ToLower(text) {
	case "":
		return 0, durationError(text, "empty", `write a number and a unit, such as "1.5s"`)
	case "unlimited", "max":
		return Unlimited, nil
	case "nan", "inf", "+inf", "-inf", "infinity":
		return 0, durationError(text, "not a finite number", `no limit is written "unlimited"`)
	}
	rest, negative := strings.CutPrefix(text, "-")
	total := Duration(0)
	for first := true; first || rest != ""; first = false {
		part, after, err := durationPart(text, rest, first)
		if err != nil {
			return 0, err
		}
		if total > math.MaxInt64-part {
			return 0, tooLong(text)
		}
		total, rest = total+part, after
	}
	if negative {
		total = -total
	}
	return total, nil
}

// durationPart reads one number and unit from the front of rest.
func durationPart(text, rest string, first bool) (part Duration, after string, err error) {
	number, after := splitNumber(rest)
	if number == "" {
		return 0, "", durationError(text, "not a number at "+quote(rest), `write a number and a unit, such as "1.5s"`)
	}
	unit, after := durationUnit(after)
	if unit == 0 && (after != "" || !first) {
		return 0, "", unknownDurationUnit(text, number, after)
	}
	if unit == 0 {
		unit = 1e9 // a plain number is seconds
	}
	n, ok := scaleDecimal(number, uint64(unit))
	if !ok {
		return 0, "", tooLong(text)
	}
	return Duration(n), after, nil
}

func durationUnit(text string) (size Duration, after string) {
	for _, u := range durationUnits {
		if after, ok := strings.CutPrefix(text, u.name); ok && (after == "" || after[0] >= '0' && after[0] <= '9' || after[0] == '.') {
			return u.size, after
		}
	}
	return 0, text
}

func unknownDurationUnit(text, number, unit string) error {
	if unit == "" {
		return durationError(text, "no unit after "+quote(number), "units are ns, us, ms, s, m, h, d")
	}
	hint := "units are ns, us, ms, s, m, h, d"
	if near := nearestDurationUnit(unit); near != "" {
		hint = "did you mean " + quote(number+near) + "?"
	}
	return durationError(text, "unknown unit "+quote(unit), hint)
}

// nearestDurationUnit knows the units people write out.
func nearestDurationUnit(unit string) string {
	lower := strings.ToLower(unit)
	for _, word := range [...]struct{ prefix, unit string }{{"mil", "ms"}, {"mic", "us"}, {"nan", "ns"}, {"se", "s"}, {"mi", "m"}, {"ho", "h"}, {"hr", "h"}, {"da", "d"}} {
		if strings.HasPrefix(lower, word.prefix) {
			return word.unit
		}
	}
	return Nearest(unit, durationSpellings)
}

func tooLong(text string) error {
	return durationError(text, "longer than 292 years", `no limit is written "unlimited"`)
}

func durationError(text, why, hint string) error {
	return &FieldError{Path: "duration", Value: text, Why: why, Hint: hint}
}

// Seconds makes a Duration from a number of seconds, for Specs written as Go literals.
func Seconds(s float64) Duration { return Duration(s * 1e9) }

// Std is the duration as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the duration so that ParseDuration gives it back.
func (d Duration) String() string {
	if d == Unlimited {
		return "unlimited"
	}
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = text[:len(text)-2]
	}
	if strings.HasSuffix(text, "h0m") {
		text = text[:len(text)-2]
	}
	return text
}

// UnmarshalText is ParseDuration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = v
	}
	return err
}

// MarshalText is String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON accepts the text form, and a bare number of seconds.
func (d *Duration) UnmarshalJSON(text []byte) error {
	p := parser{text: string(text)}
	switch n := p.parseJSON(); {
	case p.err != nil:
		return p.err
	case n.kind == nodeNumber:
		return d.unmarshalNumber(n.text)
	default:
		return d.UnmarshalText([]byte(n.text))
	}
}

// unmarshalNumber takes a bare number of a JSON or YAML document: seconds.
func (d *Duration) unmarshalNumber(text string) error { return d.UnmarshalText([]byte(text)) }
