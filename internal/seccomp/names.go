package seccomp

import "sort"

// call is a system call of one ABI.
type call struct {
	name   string
	number uint16
}

// constant is a named number with its value on each ABI; missing has a bit for each ABI that lacks it.
type constant struct {
	name    string
	value   perABI
	missing uint8
}

// errno is a named error; the numbers are the same on all our ABIs.
type errno struct {
	name   string
	number uint16
}

func callName(c call) string         { return c.name }
func constantName(c constant) string { return c.name }
func errnoName(e errno) string       { return e.name }
func itself(s string) string         { return s }

// find looks a name up in a table sorted by name.
func find[T any](table []T, name string, of func(T) string) (T, bool) {
	i := sort.Search(len(table), func(i int) bool { return of(table[i]) >= name })
	if i < len(table) && of(table[i]) == name {
		return table[i], true
	}
	var none T
	return none, false
}

// namesOf lists the names of a table.
func namesOf[T any](table []T, of func(T) string) []string {
	names := make([]string, len(table))
	for i, entry := range table {
		names[i] = of(entry)
	}
	return names
}

// knownCall tells whether any machine has a system call of that name.
func knownCall(name string) bool {
	if abiAMD64.has(name) || abiARM64.has(name) || abiI386.has(name) {
		return true
	}
	_, ok := find(foreignCalls[:], name, itself)
	return ok
}

// allCalls lists the names that knownCall knows on our ABIs, for suggestions.
func allCalls() []string {
	var names []string
	for a := range abiCount {
		names = append(names, namesOf(a.calls(), callName)...)
	}
	return names
}
