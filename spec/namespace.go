package spec

import "strings"

// namespaceWords are what a mistyped value is compared with.
var namespaceWords = []string{"new", "host", "netns:NAME", "fd:N", "sandbox:NAME"}

// Kind parts the value: "new", "host", or how to find the namespace to join
// ("path", "netns", "fd", "sandbox") with the path, name or number. A value of
// no known form has kind "".
func (n Namespace) Kind() (kind, argument string) {
	switch {
	case n == "" || n == NamespaceNew:
		return "new", ""
	case n == NamespaceHost:
		return "host", ""
	case strings.HasPrefix(string(n), "/"):
		return "path", string(n)
	}
	kind, argument, found := strings.Cut(string(n), ":")
	if found && (kind == "netns" || kind == "fd" || kind == "sandbox") {
		return kind, argument
	}
	return "", string(n)
}

// IsNew reports whether the program gets a namespace of its own.
func (n Namespace) IsNew() bool { return n == "" || n == NamespaceNew }

// check says what is wrong with the form.
func (n Namespace) check() error {
	kind, argument := n.Kind()
	switch {
	case kind == "":
		return namespaceError(n, "unknown", namespaceHint(string(n)))
	case kind == "path" && !isCleanPath(argument):
		return namespaceError(n, "not a clean absolute path", "write it without \".\", \"..\" and double slashes")
	case kind == "fd" && !isDescriptor(argument):
		return namespaceError(n, "not a descriptor number from 3 up", `write "fd:3"`)
	case kind == "sandbox" && checkLabel(argument) != "":
		return namespaceError(n, checkLabel(argument), "bulkhead ps lists the names")
	case kind == "netns" && !isFileName(argument):
		return namespaceError(n, "not a name", "ip netns list shows the names")
	}
	return nil
}

func namespaceHint(value string) string {
	if near := Nearest(value, namespaceWords[:2]); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return `write "new", "host", a path such as /proc/PID/ns/net, "netns:NAME", "fd:N" or "sandbox:NAME"`
}

func namespaceError(n Namespace, why, hint string) error {
	return &FieldError{Path: "namespace", Value: string(n), Why: why, Hint: hint}
}

// UnmarshalText accepts the known forms only.
func (n *Namespace) UnmarshalText(text []byte) error {
	v := Namespace(text)
	if v == "" {
		return namespaceError(v, "empty", namespaceHint(""))
	}
	if err := v.check(); err != nil {
		return err
	}
	*n = v
	return nil
}

// MarshalText writes the value as it is.
func (n Namespace) MarshalText() ([]byte, error) { return []byte(n), nil }
