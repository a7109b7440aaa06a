package spec

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// sizeUnits are the binary units, each 1024 times the one before. All are written with or without "B" or "iB".
const sizeUnits = "KMGTPE"

// sizeSpellings are what a mistyped unit is compared with.
var sizeSpellings = []string{"K", "M", "G", "T", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "B"}

// ParseSize reads a size such as "64M", "1.5GiB", "4096B" or "unlimited".
// A number without a unit is an error, but for 0: 64 may have been meant as bytes or as megabytes.
func ParseSize(text string) (Size, error) {
	switch strings.ToLower(text) {
	case "":
		return 0, sizeError(text, "empty", `write a number and a unit, such as "64M"`)
	case "unlimited", "max":
		return Unlimited, nil
	case "nan", "inf", "+inf", "-inf", "infinity":
		return 0, sizeError(text, "not a finite number", `no limit is written "unlimited"`)
	}
	if text[0] == '-' {
		return 0, sizeError(text, "negative", `no limit is written "unlimited"`)
	}
	number, unit := splitNumber(text)
	if number == "" {
		return 0, sizeError(text, "not a number", `write a number and a unit, such as "64M"`)
	}
	shift, err := sizeShift(text, number, unit)
	if err != nil {
		return 0, err
	}
	n, ok := scaleDecimal(number, 1<<shift)
	if !ok {
		return 0, sizeError(text, "does not fit into 63 bits", `no limit is written "unlimited"`)
	}
	return Size(n), nil
}

// sizeShift returns the power of two that a unit stands for.
func sizeShift(text, number, unit string) (int, error) {
	u := strings.ToUpper(unit)
	switch {
	case u == "B", u == "" && strings.Trim(number, "0.") == "":
		return 0, nil
	case u == "":
		return 0, sizeError(text, "no unit", "write "+quote(number+"M")+" for MiB, "+quote(number+"K")+" for KiB, "+quote(number+"B")+" for bytes")
	}
	power := strings.IndexByte(sizeUnits, u[0])
	if rest := u[1:]; power >= 0 && (rest == "" || rest == "B" || rest == "I" || rest == "IB") {
		return 10 * (power + 1), nil
	}
	hint := "units are B, K, M, G, T, P, E"
	if near := Nearest(unit, sizeSpellings); near != "" && near != "B" {
		hint = "did you mean " + quote(number+near) + "?"
	}
	return 0, sizeError(text, "unknown unit "+quote(unit), hint)
}

func sizeError(text, why, hint string) error {
	return &FieldError{Path: "size", Value: text, Why: why, Hint: hint}
}

// splitNumber parts a text into its leading decimal number and the rest.
func splitNumber(text string) (number, rest string) {
	i := 0
	for i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] == '.') {
		i++
	}
	number = text[:i]
	if strings.Trim(number, ".") == "" || strings.Count(number, ".") > 1 {
		return "", text
	}
	return number, text[i:]
}

// scaleDecimal multiplies a decimal number by unit without floating point, dropping what is less than one.
func scaleDecimal(number string, unit uint64) (int64, bool) {
	whole, fraction, _ := strings.Cut(number, ".")
	high, low := uint64(0), uint64(0)
	if whole != "" {
		w, err := strconv.ParseUint(whole, 10, 63)
		if err != nil {
			return 0, false
		}
		high, low = bits.Mul64(w, unit)
	}
	low, carry := bits.Add64(low, scaleFraction(fraction, unit), 0)
	if high != 0 || carry != 0 || low > math.MaxInt64 {
		return 0, false
	}
	return int64(low), true
}

// scaleFraction is 0.DIGITS times unit; digits past the eighteenth cannot matter.
func scaleFraction(digits string, unit uint64) uint64 {
	value, scale := uint64(0), uint64(1)
	for i := 0; i < len(digits) && i < 18; i++ {
		value, scale = value*10+uint64(digits[i]-'0'), scale*10
	}
	high, low := bits.Mul64(value, unit)
	quotient, _ := bits.Div64(high, low, scale)
	return quotient
}

// String writes the size with the largest unit that divides it, so that ParseSize gives it back.
func (s Size) String() string {
	if s < 0 {
		return "unlimited"
	}
	unit := -1
	for n := s; n != 0 && n%1024 == 0; n /= 1024 {
		unit++
	}
	if unit < 0 {
		return strconv.FormatInt(int64(s), 10) + "B"
	}
	return strconv.FormatInt(int64(s)>>(10*(unit+1)), 10) + sizeUnits[unit:unit+1]
}

// UnmarshalText is ParseSize.
func (s *Size) UnmarshalText(text []byte) (err error) {
	v, err := ParseSize(string(text))
	if err == nil {
		*s = v
	}
	return err
}

// MarshalText is String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON accepts the text form, and a bare number of bytes.
func (s *Size) UnmarshalJSON(text []byte) error {
	p := parser{text: string(text)}
	switch n := p.parseJSON(); {
	case p.err != nil:
		return p.err
	case n.kind == nodeNumber:
		return s.unmarshalNumber(n.text)
	default:
		return s.UnmarshalText([]byte(n.text))
	}
}

// MarshalJSON writes the text form, or a bare number where no unit divides it.
func (s Size) MarshalJSON() ([]byte, error) {
	if text := s.String(); s < 0 || s%1024 == 0 && s != 0 {
		return []byte(`"` + text + `"`), nil
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}

// unmarshalNumber takes a bare number of a JSON or YAML document: bytes, or a count.
func (s *Size) unmarshalNumber(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case len(text) > 1 && text[0] == '0' && strings.Trim(text, "0123456789") == "": // octal in YAML 1.1
		return sizeError(text, "not a whole number", "write it without leading zeros")
	case err == nil && n >= Unlimited:
		*s = Size(n)
		return nil
	case strings.Trim(text, "0123456789") == "":
		return sizeError(text, "does not fit into 63 bits", `no limit is written "unlimited"`)
	case text[0] == '-':
		return sizeError(text, "negative", `no limit is written "unlimited"`)
	}
	return sizeError(text, "not a whole number", `write a whole number of bytes, or a unit as in "1.5G"`)
}
