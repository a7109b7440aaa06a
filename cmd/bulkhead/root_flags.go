package main

import (
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// setRoot reads host, empty[:size=SIZE,inodes=N] and DIR[:rw].
func (r *request) setRoot(value string) error {
	parts := fields(value)
	root := spec.Root{Overlay: r.spec.Root.Overlay}
	var err error
	switch parts[0] {
	case "host":
		root.Kind = spec.RootHost
	case "empty":
		root.Kind = spec.RootEmpty
	default:
		root.Kind = spec.RootDir
		root.Dir, err = r.from.abs(parts[0])
	}
	if err == nil && len(parts) > 1 {
		err = rootOptions(&root, strings.Join(parts[1:], ":"))
	}
	r.spec.Root = root
	return err
}

func rootOptions(root *spec.Root, list string) error {
	switch root.Kind {
	case spec.RootDir:
		if list != "rw" {
			return refuse("unknown option "+quote(list), `the only one is rw, which lets the program change the directory; a colon that belongs to the path is written "\:"`)
		}
		root.Writable = true
	case spec.RootHost:
		return refuse("unknown option "+quote(list), "the host's system is always read-only; --overlay puts a writable layer over it")
	default:
		return sizedOptions(&root.Size, &root.Inodes, list)
	}
	return nil
}

// sizedOptions reads size=SIZE,inodes=N, as a tmpfs has them.
func sizedOptions(size *spec.Size, inodes *int64, list string) error {
	m := spec.Mount{Type: spec.MountOverlay}
	if err := mountOptions(&m, list); err != nil {
		return err
	}
	if m.Own != nil {
		return refuse("own and noown are for LOWER:DST only", "files in the root keep their owners")
	}
	*size, *inodes = m.Size, m.Inodes
	return nil
}

// setOverlay reads nothing or DIR, for a layer over the root, with options, or
// LOWER:DST[:OPTIONS] for one elsewhere.
func (r *request) setOverlay(value string) error {
	parts := fields(value)
	if len(parts) > 1 && strings.HasPrefix(parts[1], "/") {
		return r.mount(r.overlay(parts))
	}
	layer := &spec.Overlay{}
	if parts[0] != "" {
		dir, err := r.from.abs(parts[0])
		if err != nil {
			return err
		}
		layer.Dir = dir
	}
	r.spec.Root.Overlay = layer
	if len(parts) == 1 {
		return nil
	}
	if layer.Dir != "" {
		return refuse("unknown option "+quote(parts[1]), "a layer kept in a directory has no options; the form for one elsewhere is LOWER:DST, where DST begins with a slash")
	}
	return sizedOptions(&layer.Size, &layer.Inodes, strings.Join(parts[1:], ":"))
}

func (r *request) overlay(parts []string) (spec.Mount, error) {
	lower, err := r.from.abs(parts[0])
	if err != nil {
		return spec.Mount{}, err
	}
	m, err := finishMount(spec.Mount{Type: spec.MountOverlay, Source: lower, Target: parts[1]}, parts[2:])
	if err == nil && m.Upper != "" {
		m.Upper, err = r.from.abs(m.Upper)
	}
	return m, err
}
