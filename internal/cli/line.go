package cli

import (
	"errors"

	"github.com/bulkhead/bulkhead/spec"
)

// Apply stores the flags in target, in the order they were written. The error
// is an [*Error] that names the flag and the value.
func (c *Call) Apply(target any) error {
	for i := range c.Line.Given {
		if err := c.Set(&c.Line.Given[i], target); err != nil {
			return err
		}
	}
	return nil
}

// Set stores one flag in target.
func (c *Call) Set(g *Given, target any) error {
	if g.Flag.Set == nil {
		return nil
	}
	err := g.Flag.Set.set(target, g.Value)
	if err == nil {
		return nil
	}
	why, hint := Explain(err)
	if hint == "" && g.Flag.Arg != "" {
		hint = shape(c.Program, g.Flag, g.Written)
	}
	return &Error{Text: c.Path() + ": " + g.String() + ": " + why, Hint: hint, Err: err}
}

// Explain parts an error into what is wrong and what to do about it.
func Explain(err error) (why, hint string) {
	if own, ok := errors.AsType[*Error](err); ok {
		return own.Text, own.Hint
	}
	if field, ok := errors.AsType[*spec.FieldError](err); ok {
		return field.Why, field.Hint
	}
	return err.Error(), ""
}

// String is the flag as it was written.
func (g *Given) String() string {
	if g.Flag.Arg == "" || g.Bare {
		return g.Written
	}
	return g.Written + " " + quote(g.Value)
}

// Value returns the last value given for a flag.
func (l Line) Value(long string) (string, bool) {
	for i := len(l.Given) - 1; i >= 0; i-- {
		if l.Given[i].Flag.Long == long {
			return l.Given[i].Value, true
		}
	}
	return "", false
}

// Failure is an [*Error] about an object of this call, such as "--spec x.yaml".
// Of several mistakes in a Spec each has a line, and its hint at the end of that.
func (c *Call) Failure(object string, err error) error {
	if object != "" {
		object += ": "
	}
	if list := spec.FieldErrors(err); len(list) > 0 {
		if list[0].File != "" {
			object = "" // the position names the file
		}
		return &Error{Text: c.Path() + ": " + object + fieldText(list), Hint: soleHint(list), Err: err}
	}
	why, hint := Explain(err)
	return &Error{Text: c.Path() + ": " + object + why, Hint: hint, Err: err}
}

func fieldText(list []*spec.FieldError) string {
	if len(list) == 1 {
		alone := *list[0]
		alone.Hint = ""
		return alone.Error()
	}
	text := list[0].Error()
	for _, more := range list[1:] {
		text += "\nalso: " + more.Error()
	}
	return text
}

// soleHint is the hint that stands on a line of its own.
func soleHint(list []*spec.FieldError) string {
	if len(list) > 1 {
		return ""
	}
	return list[0].Hint
}
