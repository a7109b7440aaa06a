package main

import (
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// mountOption is one word behind the last colon of a mount's flag.
type mountOption struct {
	name  string
	types []spec.MountType
	// value tells whether "=VALUE" follows.
	value bool
	set   func(m *spec.Mount, value string) error
}

var mountOptionTable = []mountOption{
	{"ro", []spec.MountType{spec.MountBind}, false, func(m *spec.Mount, _ string) error { m.Write = false; return nil }},
	{"rw", []spec.MountType{spec.MountBind}, false, func(m *spec.Mount, _ string) error { m.Write = true; return nil }},
	{"dev", []spec.MountType{spec.MountBind}, false, func(m *spec.Mount, _ string) error { m.Dev = true; return nil }},
	{"optional", []spec.MountType{spec.MountBind}, false, func(m *spec.Mount, _ string) error { m.Optional = true; return nil }},
	{"own", []spec.MountType{spec.MountBind, spec.MountOverlay}, false, func(m *spec.Mount, _ string) error { m.Own = new(true); return nil }},
	{"noown", []spec.MountType{spec.MountBind, spec.MountOverlay}, false, func(m *spec.Mount, _ string) error { m.Own = new(false); return nil }},
	{"noexec", []spec.MountType{spec.MountBind, spec.MountTmpfs}, false, func(m *spec.Mount, _ string) error { m.NoExec = true; return nil }},
	{"git", []spec.MountType{spec.MountBind}, false, func(m *spec.Mount, _ string) error { m.Git = true; return nil }},
	{"guard", []spec.MountType{spec.MountBind}, true, func(m *spec.Mount, v string) error { m.Guard = append(m.Guard, v); return nil }},
	{"hide", []spec.MountType{spec.MountBind}, true, func(m *spec.Mount, v string) error { m.Hide = append(m.Hide, v); return nil }},
	{"size", []spec.MountType{spec.MountTmpfs, spec.MountOverlay}, true, func(m *spec.Mount, v string) error { return limitSize(&m.Size, v) }},
	{"inodes", []spec.MountType{spec.MountTmpfs, spec.MountOverlay}, true, func(m *spec.Mount, v string) error { return limitCount(&m.Inodes, v) }},
	{"mode", []spec.MountType{spec.MountTmpfs, spec.MountDir, spec.MountFile}, true, setMode},
	{"upper", []spec.MountType{spec.MountOverlay}, true, func(m *spec.Mount, v string) error { m.Upper = v; return nil }},
}

func setMode(m *spec.Mount, value string) error {
	mode, err := spec.ParseFileMode(value)
	m.Mode = &mode
	return err
}

// mountOptions applies a list such as "rw,noexec" or "size=1M,mode=0700".
func mountOptions(m *spec.Mount, list string) error {
	for option := range strings.SplitSeq(list, ",") {
		name, value, hasValue := strings.Cut(option, "=")
		known := findMountOption(m.Type, name)
		switch {
		case known == nil:
			return unknownOption(m.Type, name)
		case known.value != hasValue && known.value:
			return refuse("the option "+name+" needs a value", "write "+name+"=VALUE")
		case known.value != hasValue:
			return refuse("the option "+name+" takes no value", "write just "+name)
		}
		if err := known.set(m, value); err != nil {
			return inOption(name, err)
		}
	}
	return nil
}

func findMountOption(t spec.MountType, name string) *mountOption {
	for i := range mountOptionTable {
		if o := &mountOptionTable[i]; o.name == name && slices.Contains(o.types, t) {
			return o
		}
	}
	return nil
}

func unknownOption(t spec.MountType, name string) error {
	var known []string
	for _, o := range mountOptionTable {
		if slices.Contains(o.types, t) {
			known = append(known, o.name)
		}
	}
	why := "unknown option " + quote(name)
	if len(known) == 0 {
		return refuse(why, "there are no options here; a colon that belongs to a path is written \"\\:\"")
	}
	hint := "options are " + strings.Join(known, ", ") + `; a colon that belongs to a path is written "\:"`
	if near := spec.Nearest(name, known); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return refuse(why, hint)
}
