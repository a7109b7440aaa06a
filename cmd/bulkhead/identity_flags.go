package main

import (
	"errors"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli/envfile"
	"github.com/bulkhead/bulkhead/spec"
)

// setUser reads root, a number, UID:GID or a name.
func (r *request) setUser(value string) error {
	user, group, hasGroup := strings.Cut(value, ":")
	switch {
	case user == "root":
		user = "0"
	case user == "":
		return refuse("no user", "write root, a number such as 1000, UID:GID, or what the user is called inside, such as alice")
	case user[0] < '0' || user[0] > '9':
		return r.setUserName(user, hasGroup)
	}
	uid, err := id(user)
	if err != nil {
		return inOption("UID", err)
	}
	gid := uid
	if hasGroup {
		if gid, err = id(group); err != nil {
			return inOption("GID", err)
		}
	}
	r.spec.User.UID, r.spec.User.GID = &uid, &gid
	return nil
}

// setUserName sets the login name. The number stays as it is: names on the
// host and names inside have nothing to do with each other.
func (r *request) setUserName(name string, hasGroup bool) error {
	if hasGroup {
		return refuse("a name takes no group", "write the number: -u UID:GID, and the name by itself: -u "+name+"; both flags may be given")
	}
	r.spec.User.Name = name
	return nil
}

func (r *request) setHome(value string) (err error) {
	r.spec.User.Home, err = inside(value)
	return err
}

func (r *request) addGroup(value string) error {
	gid, err := id(value)
	r.spec.User.Groups = append(r.spec.User.Groups, gid)
	return err
}

// addMap reads INSIDE:OUTSIDE:COUNT.
func addMap(list *[]spec.IDMap, value string) error {
	parts := strings.Split(value, ":")
	if len(parts) != 3 {
		return refuse("not of the form INSIDE:OUTSIDE:COUNT", "as in 0:100000:65536")
	}
	var numbers [3]uint32
	for i, name := range [...]string{"INSIDE", "OUTSIDE", "COUNT"} {
		n, err := id(parts[i])
		if err != nil {
			return inOption(name, err)
		}
		numbers[i] = n
	}
	*list = append(*list, spec.IDMap{Inside: numbers[0], Outside: numbers[1], Count: numbers[2]})
	return nil
}

// setEnv reads NAME=VALUE, or NAME for the caller's own value.
func (r *request) setEnv(value string) error {
	name, text, assigned := strings.Cut(value, "=")
	if name == "" {
		return refuse("no name before the =", "write NAME=VALUE")
	}
	r.variable(envfile.Variable{Name: name, Value: text, Copy: !assigned})
	return nil
}

// variable lets the last word on a name win, whether it was copied or set.
func (r *request) variable(v envfile.Variable) {
	if v.Copy {
		delete(r.spec.Env, v.Name)
		r.spec.KeepEnv = append(r.spec.KeepEnv, v.Name)
		return
	}
	if r.spec.Env == nil {
		r.spec.Env = map[string]string{}
	}
	r.spec.Env[v.Name] = v.Value
}

func (r *request) setEnvFile(name string) error {
	text, err := r.from.read(name)
	if err != nil {
		return err
	}
	list, err := envfile.Parse(name, string(text))
	if mistake, ok := errors.AsType[*envfile.Error](err); ok {
		return refuse(mistake.Error(), mistake.Hint)
	}
	for _, v := range list {
		r.variable(v)
	}
	return nil
}

func (r *request) addKeepEnv(pattern string) error {
	if i := strings.IndexByte(pattern, '*'); i >= 0 && i != len(pattern)-1 {
		return refuse("a * that is not the last character", "write a name, or the beginning of names and a *, as in LC_*")
	}
	r.spec.KeepEnv = append(r.spec.KeepEnv, pattern)
	return nil
}

func (r *request) setUmask(value string) error {
	mode, err := spec.ParseFileMode(value)
	r.spec.Umask = &mode
	return err
}

// setWorkdir takes a relative path as one below the caller's directory.
func (r *request) setWorkdir(value string) (err error) {
	read := r.from.abs
	if strings.HasPrefix(value, "/") {
		read = inside
	}
	r.spec.Workdir, err = read(value)
	return err
}

// setClock reads DURATION for both clocks, or CLOCK=DURATION for one.
func (r *request) setClock(value string) error {
	r.must(spec.ProtectionTimeNamespace)
	clock, text, one := strings.Cut(value, "=")
	if !one {
		text = value
	}
	offset, err := spec.ParseDuration(strings.TrimPrefix(text, "+"))
	switch {
	case err != nil:
		return err
	case clock == "monotonic":
		r.spec.Clock.Monotonic = offset
	case clock == "boottime":
		r.spec.Clock.Boottime = offset
	case !one:
		r.spec.Clock = spec.Clock{Monotonic: offset, Boottime: offset}
	default:
		return unknownWord("clock", clock, []string{"monotonic", "boottime"})
	}
	return nil
}
