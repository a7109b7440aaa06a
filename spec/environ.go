package spec

import (
	"maps"
	"slices"
	"strings"
)

// Path is the PATH that every program starts with.
const Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Environ returns the program's environment as NAME=VALUE, in the order of the
// names: the minimum that every program gets, over it the launcher's variables
// that KeepEnv names, over those Env. launcher is the launcher's environment,
// as os.Environ gives it. Call it on what WithDefaults returned.
func (s *Spec) Environ(launcher []string) []string {
	env := s.minimalEnv()
	for _, entry := range launcher {
		name, value, _ := strings.Cut(entry, "=")
		if s.keeps(name) {
			env[name] = value
		}
	}
	maps.Copy(env, s.Env)
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

func (s *Spec) minimalEnv() map[string]string {
	env := map[string]string{
		"PATH": Path, "HOME": s.User.Home, "USER": s.User.Name, "LOGNAME": s.User.Name,
		"SHELL": "/bin/sh", "LANG": "C.UTF-8", "PWD": s.Workdir,
	}
	if s.Terminal {
		env["TERM"] = "xterm"
	}
	return env
}

// keeps reports whether a variable of the launcher is handed on. The type of
// the terminal is the launcher's own: bulkhead relays its bytes unchanged.
func (s *Spec) keeps(name string) bool {
	if name == "" {
		return false
	}
	for _, pattern := range s.KeepEnv {
		prefix, isPrefix := strings.CutSuffix(pattern, "*")
		if name == pattern || isPrefix && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return s.Terminal && name == "TERM"
}
