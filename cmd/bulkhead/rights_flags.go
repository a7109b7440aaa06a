package main

import (
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

func (r *request) addCap(name string) error {
	var c spec.Capability
	if err := c.UnmarshalText([]byte(name)); err != nil {
		return err
	}
	if !slices.Contains(r.spec.Capabilities, c) {
		r.spec.Capabilities = append(r.spec.Capabilities, c)
	}
	return nil
}

// dropCap takes back what a profile or file gave; "all" takes back everything.
func (r *request) dropCap(name string) error {
	if strings.EqualFold(name, "all") {
		r.spec.Capabilities = nil
		return nil
	}
	var c spec.Capability
	if err := c.UnmarshalText([]byte(name)); err != nil {
		return err
	}
	r.spec.Capabilities = slices.DeleteFunc(r.spec.Capabilities, func(have spec.Capability) bool { return have == c })
	return nil
}

// seccompNames are the built-in policies.
var seccompNames = []string{"default", "strict", "build", "shell", "agent", "none"}

func (r *request) setSeccomp(value string) (err error) {
	r.spec.Seccomp.Policy, err = r.nameOrFile("policy", value, seccompNames)
	return err
}

// nameOrFile tells a built-in name from a file: a file has a slash or a dot.
func (r *request) nameOrFile(kind, value string, known []string) (string, error) {
	switch {
	case slices.Contains(known, value):
		return value, nil
	case strings.ContainsAny(value, "/."):
		return r.from.abs(value)
	}
	err := unknownWord(kind, value, known)
	return "", addHint(err, "a file is written with a slash: ./"+value)
}

func (r *request) setLandlock(mode string) error {
	r.spec.Landlock.Mode = mode
	if mode != "off" {
		r.must(spec.ProtectionLandlock)
	}
	return nil
}

func addPort(list *[]uint16, value string) error {
	n, err := number(value, 1, 65535)
	*list = append(*list, uint16(n))
	return err
}

func (r *request) setProc(option string) error {
	switch option {
	case "off":
		r.spec.Proc.Off = true
	case "ro":
		r.spec.Proc.ReadOnly = true
	case "pids-only":
		r.spec.Proc.PIDsOnly = true
	}
	return nil
}

func (r *request) addMask(value string) error {
	masked, err := inside(value)
	if err == nil && !strings.HasPrefix(masked, "/proc/") && !strings.HasPrefix(masked, "/sys/") {
		return refuse("not below /proc or /sys", "elsewhere, cover a directory with --tmpfs "+masked+" and a file with --file "+masked+"=")
	}
	r.spec.Proc.Mask = append(r.spec.Proc.Mask, masked)
	return err
}

func (r *request) addDrop(name string) error {
	var p spec.Protection
	err := p.UnmarshalText([]byte(name))
	r.drops = append(r.drops, p)
	return err
}
