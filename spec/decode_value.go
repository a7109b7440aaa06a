package spec

import (
	"encoding"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// maxErrors is after how many mistakes a decoder stops.
const maxErrors = 20

// decoder turns nodes into fields by reflection over the Go types, so that the
// schema is written down once.
type decoder struct {
	file, text string
	errs       []error
	names      map[reflect.Type][]string
}

// trail is the way from the document's root to a node; it becomes text only for messages.
type trail struct {
	up    *trail
	name  string
	index int // of a list item; -1 for a key
}

func (t *trail) String() string {
	switch {
	case t == nil:
		return ""
	case t.index >= 0:
		return index(t.up.String(), t.index)
	case t.up == nil:
		return key(t.name)
	}
	return t.up.String() + "." + key(t.name)
}

// full tells that there are enough mistakes: no list or mapping goes on then.
func (d *decoder) full() bool { return len(d.errs) >= maxErrors }

func (d *decoder) fail(n *node, at *trail, value, why, hint string) {
	line, column := position(d.text, int(n.offset))
	d.errs = append(d.errs, &FieldError{File: d.file, Line: line, Column: column, Path: at.String(), Value: value, Why: why, Hint: hint})
}

// want is the mistake of a wrong type.
func (d *decoder) want(n *node, at *trail, what, hint string) {
	if n.kind == nodeNull {
		if n.text == "~" {
			what = `"~" in quotes if you mean the home directory`
		}
		d.fail(n, at, "", "has no value", "write "+what+", or leave the key out")
		return
	}
	d.fail(n, at, "", "expected "+what+", found "+n.describe(), hint)
}

func (d *decoder) spec(root *node, into *Spec) {
	if root.kind != nodeMapping {
		d.fail(root, nil, "", "expected a mapping with settings such as command and limits, found "+root.describe(), "")
		return
	}
	withoutSchema(root)
	d.value(root, nil, reflect.ValueOf(into).Elem())
}

// withoutSchema takes the key out by which a JSON document names its schema to editors.
func withoutSchema(root *node) {
	for i := 0; i < len(root.children); i += 2 {
		if root.children[i].text == "$schema" && root.children[i+1].isScalar() {
			root.children = append(root.children[:i:i], root.children[i+2:]...)
			return
		}
	}
}

// value fills one field.
func (d *decoder) value(n *node, at *trail, v reflect.Value) {
	if n.kind == nodePlain && (strings.EqualFold(n.text, "null") || n.text == "~") {
		n.kind = nodeNull // as for every YAML parser
	}
	if v.Kind() != reflect.Pointer && reflect.PointerTo(v.Type()).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		d.textForm(n, at, v.Addr().Interface().(encoding.TextUnmarshaler))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		d.pointer(n, at, v)
	case reflect.Struct:
		d.structure(n, at, v)
	case reflect.Slice:
		d.list(n, at, v)
	case reflect.Map:
		d.mapping(n, at, v)
	case reflect.String:
		d.string(n, at, v)
	case reflect.Bool:
		d.boolean(n, at, v)
	case reflect.Float64:
		d.float(n, at, v)
	default:
		d.integer(n, at, v)
	}
}

func (d *decoder) pointer(n *node, at *trail, v reflect.Value) {
	fresh := reflect.New(v.Type().Elem())
	if !v.IsNil() {
		fresh.Elem().Set(v.Elem())
	}
	d.value(n, at, fresh.Elem())
	v.Set(fresh)
}

func (d *decoder) structure(n *node, at *trail, v reflect.Value) {
	if n.kind != nodeMapping {
		d.want(n, at, "a mapping", "its keys are "+strings.Join(d.fieldNames(v.Type()), ", "))
		return
	}
	names := d.fieldNames(v.Type())
	seen := make([]int32, len(names))
	for i := 0; i < len(n.children) && !d.full(); i += 2 {
		key, value := &n.children[i], &n.children[i+1]
		here := &trail{up: at, name: key.text, index: -1}
		field := indexOf(names, key.text)
		switch {
		case field < 0:
			d.fail(key, here, "", "unknown key", didYouMean(key.text, names))
		case seen[field] > 0:
			d.twice(key, here, seen[field]-1)
		default:
			seen[field] = key.offset + 1
			d.value(value, here, v.Field(field))
		}
	}
}

func (d *decoder) twice(key *node, at *trail, first int32) {
	line, _ := position(d.text, int(first))
	d.fail(key, at, "", "given twice, first on line "+strconv.Itoa(line), "keep one")
}

// fieldNames lists the keys of a struct, in the order of its fields.
func (d *decoder) fieldNames(t reflect.Type) []string {
	if names, ok := d.names[t]; ok {
		return names
	}
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	if d.names == nil {
		d.names = make(map[reflect.Type][]string)
	}
	d.names[t] = names
	return names
}

func indexOf(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

func (d *decoder) list(n *node, at *trail, v reflect.Value) {
	if n.kind != nodeList {
		d.want(n, at, "a list", "write it as [a, b], also when there is only one")
		return
	}
	items := reflect.MakeSlice(v.Type(), len(n.children), len(n.children))
	for i := 0; i < len(n.children) && !d.full(); i++ {
		d.value(&n.children[i], &trail{up: at, index: i}, items.Index(i))
	}
	v.Set(items)
}

func (d *decoder) mapping(n *node, at *trail, v reflect.Value) {
	if n.kind != nodeMapping {
		d.want(n, at, "a mapping", "write it as {name: value}")
		return
	}
	entries := reflect.MakeMapWithSize(v.Type(), len(n.children)/2)
	offsets := make(map[string]int32, len(n.children)/2)
	for i := 0; i < len(n.children) && !d.full(); i += 2 {
		key, value := &n.children[i], &n.children[i+1]
		here := &trail{up: at, name: key.text, index: -1}
		if first, found := offsets[key.text]; found {
			d.twice(key, here, first)
			continue
		}
		offsets[key.text] = key.offset
		entry := reflect.New(v.Type().Elem()).Elem()
		if value.kind == nodeNumber && entry.Type() == reflect.TypeFor[string]() || value.kind == nodeBool {
			value.kind = nodeText // an environment is text: N: 1000 needs no quotes
		}
		d.value(value, here, entry)
		entries.SetMapIndex(reflect.ValueOf(key.text).Convert(v.Type().Key()), entry)
	}
	v.Set(entries)
}

func (d *decoder) string(n *node, at *trail, v reflect.Value) {
	if n.kind != nodeText && n.kind != nodePlain {
		d.want(n, at, "text", "put it into quotes")
		return
	}
	v.SetString(n.text)
}

func (d *decoder) boolean(n *node, at *trail, v reflect.Value) {
	plain := n.kind == nodeBool || n.kind == nodePlain
	switch {
	case plain && (n.text == "true" || n.text == "True" || n.text == "TRUE"):
		v.SetBool(true)
	case plain && (n.text == "false" || n.text == "False" || n.text == "FALSE"):
		v.SetBool(false)
	case n.isScalar():
		d.fail(n, at, n.text, "expected true or false", "write it without quotes")
	default:
		d.want(n, at, "true or false", "")
	}
}

func (d *decoder) float(n *node, at *trail, v reflect.Value) {
	if n.kind != nodeNumber && n.kind != nodePlain {
		d.want(n, at, "a number", "write it without quotes")
		return
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if math.IsNaN(f) || math.IsInf(f, 0) || isYAMLSpecialFloat(n.text) {
		d.fail(n, at, n.text, "not a finite number", "write a number such as 1.5")
		return
	}
	if err != nil || strings.ContainsAny(n.text, "_xXpP") {
		d.fail(n, at, n.text, "not a number", "write a number such as 1.5")
		return
	}
	v.SetFloat(f)
}

func isYAMLSpecialFloat(text string) bool {
	word := strings.ToLower(strings.TrimLeft(text, "+-"))
	return word == ".nan" || word == ".inf"
}

// integer fills the whole numbers of all widths; counts of 64 bits may be "unlimited".
func (d *decoder) integer(n *node, at *trail, v reflect.Value) {
	if v.Kind() == reflect.Int64 && (n.kind == nodeText || n.kind == nodePlain) && (n.text == "unlimited" || n.text == "max") {
		v.SetInt(Unlimited)
		return
	}
	if n.kind != nodeNumber && n.kind != nodePlain {
		d.want(n, at, "a whole number", "write it without quotes")
		return
	}
	digits := strings.TrimPrefix(n.text, "-")
	if strings.Trim(digits, "0123456789") != "" || digits == "" || len(digits) > 1 && digits[0] == '0' {
		d.fail(n, at, n.text, "not a whole number", "write decimal digits")
		return
	}
	bits := v.Type().Bits()
	if v.CanUint() {
		u, err := strconv.ParseUint(n.text, 10, bits)
		if err != nil {
			d.fail(n, at, n.text, "out of range", "it is 0 to "+strconv.FormatUint(1<<bits-1, 10))
			return
		}
		v.SetUint(u)
		return
	}
	i, err := strconv.ParseInt(n.text, 10, bits)
	if err != nil {
		d.fail(n, at, n.text, "out of range", "it must fit into "+strconv.Itoa(bits)+" bits")
		return
	}
	v.SetInt(i)
}

// numberUnmarshaler is a text form that a bare number can stand for, too.
type numberUnmarshaler interface{ unmarshalNumber(text string) error }

// textForm fills the types that read themselves from text.
func (d *decoder) textForm(n *node, at *trail, into encoding.TextUnmarshaler) {
	number, takesNumbers := into.(numberUnmarshaler)
	var err error
	switch {
	case takesNumbers && (n.kind == nodeNumber || n.kind == nodePlain && isNumeric(n.text)):
		err = number.unmarshalNumber(n.text)
	case n.kind == nodeText || n.kind == nodePlain:
		err = into.UnmarshalText([]byte(n.text))
	case n.kind == nodeNumber:
		d.fail(n, at, n.text, "expected text, found a number", "put it into quotes")
	default:
		d.want(n, at, "text", "")
	}
	var field *FieldError
	if errors.As(err, &field) {
		d.fail(n, at, field.Value, field.Why, field.Hint)
	}
}

// isNumeric reports whether a YAML scalar is a bare number.
func isNumeric(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && strings.Trim(text, "+-.0123456789eE") == ""
}
