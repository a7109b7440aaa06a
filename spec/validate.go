package spec

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxMounts is the kernel's own bound on mounts in one namespace.
//
// FACT - since 4.9 (proc_sys_fs(5)) - fs.mount-max is 100000 unless raised - more mounts are refused before any is made - always there on 5.15.
const maxMounts = 100_000

// Validate reports every mistake in s that can be seen without knowing the
// host. Each is a *FieldError; FieldErrors lists them. A profile or file that
// names paths by "." or "~" must go through Resolve first.
func (s *Spec) Validate() error {
	c := checker{spec: s}
	c.identity()
	c.command()
	c.environment()
	c.user()
	c.namespaces()
	c.root()
	c.mounts()
	c.proc()
	c.privileges()
	c.limits()
	c.scheduling()
	c.clock()
	c.descriptors()
	for i, watched := range s.Watch {
		c.hostPath(index("watch", i), watched)
	}
	if c.more > 0 {
		c.errs = append(c.errs, &FieldError{Why: strconv.Itoa(c.more) + " more mistakes"})
	}
	return errors.Join(c.errs...)
}

// maxMistakes is how many Validate lists; the others it counts.
const maxMistakes = 100

// checker collects mistakes.
type checker struct {
	spec *Spec
	errs []error
	more int
}

func (c *checker) add(path, value, why, hint string) {
	if len(c.errs) >= maxMistakes {
		c.more++
		return
	}
	c.errs = append(c.errs, &FieldError{Path: path, Value: value, Why: why, Hint: hint})
}

// at files an error of a text form under the field that holds the text.
func (c *checker) at(path string, err error) {
	var field *FieldError
	if errors.As(err, &field) {
		c.add(path, field.Value, field.Why, field.Hint)
	}
}

func (c *checker) word(path, word string, known []string) {
	if word != "" {
		c.at(path, checkWord(path, word, known))
	}
}

// absolute checks a path inside the sandbox, and one of the host after Resolve.
func (c *checker) absolute(path, value string) {
	if why := checkPath(value); why != "" {
		c.add(path, value, why, pathHint(value, why))
	}
}

// hostPath checks a path that Resolve may still have to complete.
func (c *checker) hostPath(path, value string) {
	if value == "." || value == "~" || strings.HasPrefix(value, "./") || strings.HasPrefix(value, "../") || strings.HasPrefix(value, "~/") {
		c.add(path, value, "not resolved yet", "call Resolve before Validate")
		return
	}
	c.absolute(path, value)
}

func (c *checker) identity() {
	s := c.spec
	if why := checkLabel(s.Name); s.Name != "" && why != "" {
		c.add("name", s.Name, why, "a name is a DNS label, such as web-1")
	}
	if s.Workdir != "" {
		c.hostPath("workdir", s.Workdir)
	}
	for _, f := range [...]struct{ path, value string }{{"hostname", s.Hostname}, {"domainname", s.Domainname}} {
		if f.value == "" {
			continue
		}
		if why := checkHostname(f.value); why != "" && f.value != "(none)" {
			c.add(f.path, f.value, why, "write labels of letters, digits and hyphens with dots between, at most 64 characters in all")
		}
		if !s.Namespaces.UTS.IsNew() {
			c.add(f.path, f.value, "needs a UTS namespace of its own", `leave it out, or set namespaces.uts to "new"`)
		}
	}
	if s.Umask != nil && *s.Umask > 0o777 {
		c.add("umask", s.Umask.String(), "more than the permission bits", "the largest umask is 0777")
	}
}

// checkHostname says why name cannot be a host's name; sethostname(2) takes 64 bytes.
func checkHostname(name string) string {
	if len(name) > 64 {
		return "longer than 64 characters"
	}
	for label := range strings.SplitSeq(name, ".") {
		if why := checkLabel(label); why != "" {
			return "label " + quote(label) + ": " + why
		}
	}
	return ""
}

func (c *checker) command() {
	command := c.spec.Command
	if len(command) == 0 {
		c.add("command", "", "missing", "name the program to run")
		return
	}
	if command[0] == "" {
		c.add("command[0]", "", "empty", "name the program to run")
	}
	for i, argument := range command {
		if strings.IndexByte(argument, 0) >= 0 {
			c.add(index("command", i), argument, "contains a NUL byte", "an argument ends at its first NUL; pass such bytes in a file or on standard input")
		}
	}
}

func (c *checker) environment() {
	for _, name := range slices.Sorted(mapKeys(c.spec.Env)) {
		if why := checkEnvName(name); why != "" {
			c.add("env", name, why, "write a name such as LANG")
		} else if strings.IndexByte(c.spec.Env[name], 0) >= 0 {
			c.add("env."+key(name), c.spec.Env[name], "contains a NUL byte", "a value ends at its first NUL")
		}
	}
	for i, pattern := range c.spec.KeepEnv {
		if name := strings.TrimSuffix(pattern, "*"); pattern != "*" && (checkEnvName(name) != "" || strings.Contains(name, "*")) {
			c.add(index("keep_env", i), pattern, "not a variable's name or a prefix ending in *", "write LANG or LC_*")
		}
	}
}

func checkEnvName(name string) string {
	switch {
	case name == "":
		return "an empty name"
	case strings.IndexByte(name, '=') >= 0:
		return "a name with an equals sign"
	case strings.IndexByte(name, 0) >= 0:
		return "a name with a NUL byte"
	}
	return ""
}

func (c *checker) proc() {
	proc, pid := &c.spec.Proc, c.spec.Namespaces.PID
	c.word("proc.hidepid", proc.HidePID, hidePIDs)
	for i, masked := range proc.Mask {
		path := index("proc.mask", i)
		c.absolute(path, masked)
		if !strings.HasPrefix(masked, "/proc/") && !strings.HasPrefix(masked, "/sys/") {
			c.add(path, masked, "not below /proc or /sys", `cover other paths by a mount of type "tmpfs" or "file"`)
		}
	}
	special := proc.HidePID != "" && proc.HidePID != "off" || proc.PIDsOnly
	switch {
	case special && pid == NamespaceHost:
		c.add("proc", "", "hidepid and pids_only need a pid namespace of its own", `leave them out, or set namespaces.pid to "new"`)
	case proc.Off && (special || proc.ReadOnly):
		c.add("proc.off", "true", "contradicts the other settings of proc", "leave one of them out")
	}
}

func (c *checker) privileges() {
	s := c.spec
	for i, capability := range s.Capabilities {
		c.at(index("capabilities", i), capability.check())
	}
	for i, p := range s.AllowDrop {
		c.at(index("allow_drop", i), checkWord("protection", string(p), protectionNames()))
	}
	if policy := s.Seccomp.Policy; !strings.Contains(policy, "/") {
		c.word("seccomp.policy", policy, seccompPolicies)
	} else {
		c.hostPath("seccomp.policy", policy)
	}
	for i, rule := range s.Seccomp.Rules {
		if strings.TrimSpace(rule) == "" || strings.ContainsAny(rule, "\x00\n") {
			c.add(index("seccomp.rules", i), rule, "not one line of the policy language", "write one rule an entry")
		}
	}
	c.word("landlock.mode", s.Landlock.Mode, landlockModes)
	if (s.Landlock.ConnectTCP != nil || s.Landlock.BindTCP != nil) && (s.Landlock.Mode == "" || s.Landlock.Mode == "off") {
		c.add("landlock", "", "ports are listed but the mode is off", `set landlock.mode to "on"`)
	}
	if s.Landlock.Mode == "only" {
		c.landlockOnly()
	}
}

// landlockOnly refuses what needs namespaces: in this mode there are none.
func (c *checker) landlockOnly() {
	s := c.spec
	const why, hint = "needs a mount namespace, and landlock.mode is \"only\"", `set landlock.mode to "on", or leave it out`
	if r := &s.Root; r.Kind != "" && r.Kind != RootHost || r.Overlay != nil {
		c.add("root", "", why, hint)
	}
	for i := range s.Mounts {
		if m := &s.Mounts[i]; m.Type != MountBind || m.Source != m.Target {
			c.add(index("mounts", i), "", why, "only binds of a path onto itself can be granted by Landlock")
		}
	}
	for _, field := range s.Namespaces.fields() {
		if !field.value.IsNew() && *field.value != NamespaceHost {
			c.add("namespaces."+field.name, string(*field.value), `cannot be joined when landlock.mode is "only"`, hint)
		}
	}
}

func (c *checker) clock() {
	clock := &c.spec.Clock
	if *clock != (Clock{}) && !c.spec.Namespaces.Time.IsNew() {
		c.add("clock", "", "offsets need a time namespace of its own", `leave them out, or set namespaces.time to "new"`)
	}
	for _, f := range [...]struct {
		path  string
		value Duration
	}{{"clock.monotonic", clock.Monotonic}, {"clock.boottime", clock.Boottime}} {
		switch hint := `write a time span such as "5s" or "-5s"`; {
		case f.value == Unlimited:
			c.add(f.path, f.value.String(), "is no offset", hint)
		case f.value > longestOffset:
			c.add(f.path, f.value.String(), "more than 146 years, the most that the kernel takes", hint)
		}
	}
}

// longestOffset is half of what a ktime_t holds.
//
// FACT - since 5.6 (kernel/time/namespace.c) - a clock that would pass KTIME_SEC_MAX/2 seconds is ERANGE - an offset above that is refused here, by name - always so on 5.15.
const longestOffset = Duration(math.MaxInt64 / 2)

func (c *checker) scheduling() {
	s := &c.spec.Scheduling
	if s.Nice < 0 || s.Nice > 19 {
		c.add("scheduling.nice", strconv.Itoa(s.Nice), "out of range", "nice is 0 to 19; a program cannot be favoured over the host's")
	}
	if s.Affinity != "" {
		_, err := ParseCPUList(s.Affinity)
		c.at("scheduling.affinity", err)
	}
}

func (c *checker) descriptors() {
	seen := make(map[int]bool, len(c.spec.PassFDs))
	for i, fd := range c.spec.PassFDs {
		path, text := index("pass_fds", i), strconv.Itoa(fd)
		switch {
		case fd < 0 || fd > math.MaxInt32:
			c.add(path, text, "not a descriptor", "descriptors to pass are numbered from 3 up")
		case fd < firstPassedFD:
			c.add(path, text, "standard input, output and error are always the program's", "descriptors to pass are numbered from 3 up")
		case seen[fd]:
			c.add(path, text, "listed twice", "list each descriptor once")
		}
		seen[fd] = true
	}
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
