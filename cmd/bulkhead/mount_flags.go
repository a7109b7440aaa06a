package main

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// The flags that place something into the program's file tree. They keep the
// order in which they were written.

func (r *request) mount(m spec.Mount, err error) error {
	if err == nil {
		r.spec.Mounts = append(r.spec.Mounts, m)
	}
	return err
}

func (r *request) setBind(value string) error { return r.mount(r.bind(value)) }

// bind reads SRC[:DST][:OPTIONS]; without DST the path inside is the one outside.
func (r *request) bind(value string) (spec.Mount, error) {
	m := spec.Mount{Type: spec.MountBind}
	parts := bindFields(value)
	if m.Source = parts[0]; !strings.HasPrefix(m.Source, "fd:") {
		source, err := r.from.abs(parts[0])
		if err != nil {
			return m, err
		}
		m.Source, m.Target = source, source
	}
	parts = parts[1:]
	if len(parts) > 0 && (strings.HasPrefix(parts[0], "/") || len(parts) > 1) {
		m.Target, parts = parts[0], parts[1:]
	}
	return finishMount(m, parts)
}

// bindFields keeps the source fd:N together.
func bindFields(value string) []string {
	parts := fields(value)
	if parts[0] == "fd" && len(parts) > 1 && !strings.HasPrefix(parts[1], "/") {
		return append([]string{"fd:" + parts[1]}, parts[2:]...)
	}
	return parts
}

// finishMount checks the target and applies what is left: at most one list of options.
func finishMount(m spec.Mount, rest []string) (spec.Mount, error) {
	target, err := inside(m.Target)
	if err != nil {
		return m, err
	}
	m.Target = target
	if len(rest) > 1 {
		return m, refuse("one part too many: "+strconv.Quote(rest[1]), `a colon that belongs to a path is written "\:"`)
	}
	if len(rest) == 1 {
		err = mountOptions(&m, rest[0])
	}
	return m, err
}

func (r *request) setTmpfs(value string) error {
	parts := fields(value)
	return r.mount(finishMount(spec.Mount{Type: spec.MountTmpfs, Target: parts[0]}, parts[1:]))
}

func (r *request) setMqueue(value string) error {
	return r.mount(finishMount(spec.Mount{Type: spec.MountMqueue, Target: fields(value)[0]}, fields(value)[1:]))
}

func (r *request) setSysfs(value string) error {
	return r.mount(finishMount(spec.Mount{Type: spec.MountSysfs, Target: fields(value)[0]}, fields(value)[1:]))
}

func (r *request) setDir(value string) error {
	parts := fields(value)
	return r.mount(finishMount(spec.Mount{Type: spec.MountDir, Target: parts[0]}, parts[1:]))
}

// setSymlink reads TARGET:LINK.
func (r *request) setSymlink(value string) error {
	parts := fields(value)
	if len(parts) != 2 || parts[0] == "" {
		return refuse("not of the form TARGET:LINK", `as in /usr/bin/python3:/usr/bin/python; a colon in a path is written "\:"`)
	}
	return r.mount(finishMount(spec.Mount{Type: spec.MountSymlink, Source: parts[0], Target: parts[1]}, nil))
}

// setFile reads DST[:OPTIONS]=TEXT and DST[:OPTIONS]=@HOSTFILE.
func (r *request) setFile(value string) error {
	place, text, found := cutPlace(value)
	if !found {
		return refuse("no = between the path and the text", "write DST=TEXT, or DST=@HOSTFILE to copy a file")
	}
	data, err := r.fileData(text)
	if err != nil {
		return err
	}
	parts := fields(place)
	return r.mount(finishMount(spec.Mount{Type: spec.MountFile, Target: parts[0], Data: data}, parts[1:]))
}

// cutPlace parts DST[:mode=MODE] from the text: at the first "=" of a place
// without options, at the second of one with.
func cutPlace(value string) (place, text string, found bool) {
	place, text, found = strings.Cut(value, "=")
	if found && len(fields(place)) > 1 {
		mode, rest, again := strings.Cut(text, "=")
		return place + "=" + mode, rest, again
	}
	return place, text, found
}

// fileData is the text itself, or with @ the content of a host file; @@ is a text that begins with @.
func (r *request) fileData(text string) (string, error) {
	name, isFile := strings.CutPrefix(text, "@")
	if !isFile || strings.HasPrefix(name, "@") {
		return name, nil
	}
	data, err := r.from.read(name)
	return string(data), err
}

// setFileFD reads N:DST[:OPTIONS].
func (r *request) setFileFD(value string) error {
	parts := fields(value)
	if len(parts) < 2 {
		return refuse("not of the form N:DST", "as in 3:/etc/token, with 3<token.txt behind the command")
	}
	fd, err := descriptor(parts[0], 3)
	if err != nil {
		return err
	}
	return r.mount(finishMount(spec.Mount{Type: spec.MountFile, Target: parts[1], DataFD: &fd}, parts[2:]))
}

// setShm is a tmpfs of its own size over the default /dev/shm.
func (r *request) setShm(value string) error {
	m := spec.Mount{Type: spec.MountTmpfs, Target: "/dev/shm", Mode: spec.Mode(0o1777), NoExec: true}
	return r.mount(m, limitSize(&m.Size, value))
}
