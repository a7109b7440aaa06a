package spec

import (
	"encoding"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// JSON is the Spec as an indented JSON document with a closing line feed: the
// fields that are set, in the order of the type, maps in the order of their
// keys. Decode gives the same Spec back; only bytes that are not UTF-8, which JSON cannot hold, become U+FFFD.
func (s *Spec) JSON() []byte {
	n := encode(reflect.ValueOf(s).Elem())
	return append(appendJSON(nil, &n, "\n"), '\n')
}

// YAML is the Spec as a YAML document; otherwise as JSON.
func (s *Spec) YAML() []byte {
	n := encode(reflect.ValueOf(s).Elem())
	if len(n.children) == 0 {
		return []byte("{}\n")
	}
	return appendYAML(nil, &n, "")[1:]
}

// encode turns a value into the node that Decode reads it from.
func encode(v reflect.Value) node {
	if number, ok := v.Interface().(Size); ok && !strings.ContainsAny(number.String(), sizeUnits+"u") {
		return node{kind: nodeNumber, text: strconv.FormatInt(int64(number), 10)}
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok && (v.Kind() != reflect.Pointer) {
		text, _ := m.MarshalText() // the types of this package never fail
		return node{kind: nodeText, text: string(text)}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return encode(v.Elem())
	case reflect.Struct:
		return encodeStruct(v)
	case reflect.Slice:
		n := node{kind: nodeList}
		for i := range v.Len() {
			n.children = append(n.children, encode(v.Index(i)))
		}
		return n
	case reflect.Map:
		return encodeMap(v)
	case reflect.String:
		return node{kind: nodeText, text: v.String()}
	case reflect.Float64:
		return encodeFloat(v.Float())
	case reflect.Bool:
		return node{kind: nodeBool, text: strconv.FormatBool(v.Bool())}
	}
	return node{kind: nodeNumber, text: encodeNumber(v)}
}

func encodeNumber(v reflect.Value) string {
	if v.CanUint() {
		return strconv.FormatUint(v.Uint(), 10)
	}
	return strconv.FormatInt(v.Int(), 10)
}

// encodeFloat keeps the document well-formed also for what Validate refuses: NaN becomes text.
func encodeFloat(f float64) node {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return node{kind: nodeText, text: text}
	}
	return node{kind: nodeNumber, text: text}
}

// encodeStruct leaves out what is not set; a field tagged omitzero keeps an
// empty list, which there means something else than none.
func encodeStruct(v reflect.Value) node {
	n := node{kind: nodeMapping}
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		field := v.Field(i)
		empty := field.IsZero() || options == "omitempty" && (field.Kind() == reflect.Slice || field.Kind() == reflect.Map) && field.Len() == 0
		if options != "" && empty {
			continue
		}
		child := encode(field)
		if options != "" && field.Kind() == reflect.Struct && child.kind == nodeMapping && len(child.children) == 0 {
			continue // nothing but empty lists that mean none
		}
		n.children = append(n.children, node{kind: nodeText, text: name}, child)
	}
	return n
}

func encodeMap(v reflect.Value) node {
	names := make([]string, 0, v.Len())
	for _, key := range v.MapKeys() {
		names = append(names, key.String())
	}
	slices.Sort(names)
	n := node{kind: nodeMapping}
	for _, name := range names {
		n.children = append(n.children, node{kind: nodeText, text: name}, encode(v.MapIndex(reflect.ValueOf(name))))
	}
	return n
}

// appendJSON writes n; newline is a line feed and the indentation of the line that n stands on.
func appendJSON(b []byte, n *node, newline string) []byte {
	switch n.kind {
	case nodeText:
		return appendQuoted(b, n.text)
	case nodeMapping, nodeList:
	default:
		return append(b, n.text...)
	}
	brackets, step := "[]", 1
	if n.kind == nodeMapping {
		brackets, step = "{}", 2
	}
	b = append(b, brackets[0])
	for i := 0; i < len(n.children); i += step {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, newline+"  "...)
		if step == 2 {
			b = append(appendQuoted(b, n.children[i].text), ": "...)
		}
		b = appendJSON(b, &n.children[i+step-1], newline+"  ")
	}
	if len(n.children) > 0 {
		b = append(b, newline...)
	}
	return append(b, brackets[1])
}

// appendYAML writes n after a key, a dash or nothing, beginning with the blank or line feed that must stand between.
func appendYAML(b []byte, n *node, indent string) []byte {
	switch {
	case n.kind == nodeText:
		return appendYAMLText(append(b, ' '), n.text)
	case n.kind == nodeMapping && len(n.children) > 0:
		for i := 0; i < len(n.children); i += 2 {
			b = append(b, "\n"+indent...)
			b = append(appendYAMLText(b, n.children[i].text), ':')
			b = appendYAML(b, &n.children[i+1], indent+"  ")
		}
	case n.kind == nodeList && len(n.children) > 0:
		b = appendYAMLList(b, n, indent)
	case n.kind == nodeMapping:
		b = append(b, " {}"...)
	case n.kind == nodeList:
		b = append(b, " []"...)
	default:
		b = append(b, " "+n.text...)
	}
	if indent == "" {
		b = append(b, '\n')
	}
	return b
}

// appendYAMLList writes short lists of scalars on one line.
func appendYAMLList(b []byte, n *node, indent string) []byte {
	if line, ok := flowLine(n); ok {
		return append(append(b, ' '), line...)
	}
	for i := range n.children {
		item := appendYAML(nil, &n.children[i], indent+"  ")
		if n.children[i].kind == nodeMapping && len(n.children[i].children) > 0 {
			item = append([]byte{' '}, item[len("\n")+len(indent)+2:]...)
		}
		b = append(append(b, "\n"+indent+"-"...), item...)
	}
	return b
}

const longestFlow = 100

func flowLine(n *node) ([]byte, bool) {
	b := []byte{'['}
	for i := range n.children {
		item := &n.children[i]
		if !item.isScalar() || len(b)+len(item.text) > longestFlow {
			return nil, false
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		if item.kind == nodeText {
			b = appendYAMLText(b, item.text)
		} else {
			b = append(b, item.text...)
		}
	}
	return append(b, ']'), true
}

// appendYAMLText leaves the quotes away where every YAML parser agrees that what stands there is text.
func appendYAMLText(b []byte, text string) []byte {
	if isSafePlain(text) {
		return append(b, text...)
	}
	return appendQuoted(b, text)
}

func isSafePlain(text string) bool {
	if text == "" || len(text) > longestQuoted {
		return false
	}
	letter, quantity := false, text[0] >= '0' && text[0] <= '9'
	for i, c := range []byte(strings.TrimPrefix(text, ".")) {
		isLetter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		letter = letter || isLetter
		safe := isLetter || c >= '0' && c <= '9' || c == '_' || c == '/' || i > 0 && strings.IndexByte("-.+@=*", c) >= 0
		if !safe {
			return false
		}
	}
	if quantity { // 64M, 1.5s: a number with one of our units, unlike 0x1F and 1e3
		return letter && strings.IndexByte("KMGTPEBsmhd", text[len(text)-1]) >= 0 && strings.Trim(text[:len(text)-1], "0123456789.") == ""
	}
	return letter && !isYAMLWord(text)
}

// isYAMLWord reports whether some version of YAML takes the word for something else than text.
func isYAMLWord(text string) bool {
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null", ".nan", ".inf":
		return true
	}
	return false
}

const hexDigits = "0123456789abcdef"

// appendQuoted writes text in double quotes as both JSON and YAML read it.
func appendQuoted(b []byte, text string) []byte {
	b = append(b, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029', r == '\ufeff', r == '\ufffe', r == '\uffff':
			b = append(b, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
