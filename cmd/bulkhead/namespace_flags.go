package main

import (
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// namespaceNames are the kinds of namespaces, as --share and --join name them.
var namespaceNames = []string{"user", "pid", "mount", "net", "ipc", "uts", "cgroup", "time"}

func namespaceField(n *spec.Namespaces, name string) *spec.Namespace {
	switch name {
	case "user":
		return &n.User
	case "pid":
		return &n.PID
	case "mount":
		return &n.Mount
	case "net":
		return &n.Net
	case "ipc":
		return &n.IPC
	case "uts":
		return &n.UTS
	case "cgroup":
		return &n.Cgroup
	case "time":
		return &n.Time
	}
	return nil
}

func (r *request) setShare(name string) error {
	*namespaceField(&r.spec.Namespaces, name) = spec.NamespaceHost
	return nil
}

// setJoin reads NS=WHERE.
func (r *request) setJoin(value string) error {
	name, where, found := strings.Cut(value, "=")
	if !found {
		return refuse("not of the form NS=WHERE", "as in net=/proc/1234/ns/net or net=sandbox:web")
	}
	field := namespaceField(&r.spec.Namespaces, name)
	if field == nil {
		return unknownWord("namespace", name, namespaceNames)
	}
	switch kind, _ := spec.Namespace(where).Kind(); kind {
	case "new", "host":
		return refuse("that is none to join", "--share "+name+" shares the host's; a new one is the default")
	case "":
		return refuse("unknown place "+quote(where), "write a path such as /proc/1234/ns/"+name+", sandbox:NAME, netns:NAME or fd:N")
	}
	return field.UnmarshalText([]byte(where))
}

// setNet reads none, host, a path, or the name of a network namespace.
func (r *request) setNet(value string) error {
	switch value {
	case "none", "new", "private":
		r.spec.Namespaces.Net = spec.NamespaceNew
		return nil
	case "":
		return refuse("empty", "write none, host, a path, or the name of a network namespace")
	}
	if kind, _ := spec.Namespace(value).Kind(); kind == "" {
		value = "netns:" + value
	}
	return r.spec.Namespaces.Net.UnmarshalText([]byte(value))
}

// unknownWord is the error for a word that is none of the known ones.
func unknownWord(kind, word string, known []string) error {
	hint := "known are " + strings.Join(known, ", ")
	if near := spec.Nearest(word, known); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return refuse("unknown "+kind+" "+quote(word), hint)
}
