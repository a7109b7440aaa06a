package spec

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// Place is what Resolve needs to know of the launcher.
type Place struct {
	// Dir is the launcher's working directory and Home its home directory, both absolute. Home may be empty.
	Dir, Home string
	// Files are the host's files from / on, as os.DirFS("/") gives them. Only
	// mounts with Guard, Hide or Git look into it.
	Files fs.FS
}

// Resolve returns a copy of s in which nothing depends on where the launcher
// stands: "." and "~" at the front of a path are completed, and Guard, Hide and
// Git of each bind are turned into plain mounts after it, and into entries of
// Watch. Call it before WithDefaults and Validate. Its errors are FieldErrors.
//
// A guarded path is bound onto itself read-only, and each directory between it
// and the source onto itself, writable.
//
// FACT - since 3.18 (commit 8ed936b5671b) - renaming and removing a mount point is EBUSY, but a directory above one can be renamed - guarding
// .git/hooks alone would let the program move .git away and make another, so .git becomes a mount point too - always so on 5.15.
func (s *Spec) Resolve(at Place) (Spec, error) {
	r := resolver{Place: at, out: s.Clone(), watched: map[string]bool{}}
	r.paths()
	mounts := r.out.Mounts
	r.out.Mounts = nil
	for i := range mounts {
		r.where = index("mounts", i)
		r.mount(&mounts[i])
	}
	return r.out, errors.Join(r.errs...)
}

type resolver struct {
	Place
	out     Spec
	where   string
	watched map[string]bool
	errs    []error
}

func (r *resolver) fail(field, value, why, hint string) {
	r.errs = append(r.errs, &FieldError{Path: r.where + field, Value: value, Why: why, Hint: hint})
}

// paths completes all paths but those of the mounts.
func (r *resolver) paths() {
	s := &r.out
	if s.Workdir == "" && s.Namespaces.Mount == NamespaceHost && s.Landlock.Mode != "only" {
		s.Workdir = r.Dir // the same tree: it stays where it is
	}
	r.complete("workdir", &s.Workdir)
	r.complete("root.dir", &s.Root.Dir)
	if s.Root.Overlay != nil {
		r.complete("root.overlay.dir", &s.Root.Overlay.Dir)
	}
	if strings.Contains(s.Seccomp.Policy, "/") {
		r.complete("seccomp.policy", &s.Seccomp.Policy)
	}
	for i := range s.Watch {
		r.complete(index("watch", i), &s.Watch[i])
		r.watched[s.Watch[i]] = true
	}
}

// complete puts the working directory for a leading "." and the home directory for a leading "~".
func (r *resolver) complete(field string, p *string) {
	first, rest, _ := strings.Cut(*p, "/")
	switch first {
	case ".", "..":
		*p = path.Join(r.Dir, *p)
	case "~":
		if r.Home == "" {
			r.fail(field, *p, "the launcher has no home directory", "set HOME, or write an absolute path")
			return
		}
		*p = path.Join(r.Home, rest)
	}
}

func (r *resolver) mount(m *Mount) {
	if m.Type != MountSymlink {
		r.complete(".source", &m.Source)
	}
	r.complete(".target", &m.Target)
	r.complete(".upper", &m.Upper)
	plain := m.clone()
	plain.Guard, plain.Hide, plain.Git = nil, nil, false
	r.out.Mounts = append(r.out.Mounts, plain)
	if m.Type != MountBind || !m.Git && len(m.Guard) == 0 && len(m.Hide) == 0 {
		return
	}
	if r.guardable(m) {
		g := guard{resolver: r, bind: m, first: len(r.out.Mounts), pinned: map[string]bool{m.Source: true}}
		g.expand()
	}
}

// guardable refuses binds whose guards could not hold.
func (r *resolver) guardable(m *Mount) bool {
	before := len(r.errs)
	switch {
	case (len(m.Guard) > 0 || m.Git) && !m.Write:
		r.fail(".write", "", "guard and git are for a bind that is writable", "set write, or leave them out: nothing can be changed anyway")
	case strings.HasPrefix(m.Source, "fd:"):
		r.fail(".source", m.Source, "guard, hide and git need a path", "bind the directory by its path")
	case r.Files == nil:
		r.fail("", m.Source, "guard, hide and git need a look at the host's files", `set Place.Files, to os.DirFS("/")`)
	case m.Write && (m.Git || len(m.Guard) > 0) && r.Home != "" && isBelow(r.Home, m.Source):
		r.fail(".source", m.Source, "is your home directory or holds it, where too much is obeyed by other programs to guard all of it",
			"bind the directory of one project, for the profile agent by starting there; hide alone works here, too")
	}
	r.names(".guard", m.Guard)
	r.names(".hide", m.Hide)
	return len(r.errs) == before
}

// names checks paths below the source of a bind.
func (r *resolver) names(field string, names []string) {
	for i, name := range names {
		if !fs.ValidPath(name) || name == "." || strings.IndexByte(name, 0) >= 0 {
			r.fail(index(field, i), name, "not a clean path below the source", `write it relative to the source, such as ".git/hooks"`)
		}
	}
}

// isBelow reports whether p is dir or lies in it.
func isBelow(p, dir string) bool {
	return p == dir || dir == "/" || strings.HasPrefix(p, dir+"/")
}

// lstat is the type of a host file, and whether it exists.
func (r *resolver) lstat(p string) (fs.FileMode, bool) {
	info, err := fs.Lstat(r.Files, rel(p))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.fail("", p, "cannot be looked at: "+plainReason(err), "give the launcher access to it, or guard less")
		}
		return 0, false
	}
	return info.Mode(), true
}

// plainReason is an error without the path that its message already names.
func plainReason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}

// readLine reads the one line that Git's pointer files hold; "" when there is no such regular file.
func (r *resolver) readLine(p string) string {
	info, err := fs.Stat(r.Files, rel(p))
	if err != nil || !info.Mode().IsRegular() || info.Size() > longestPath+16 {
		return ""
	}
	text, err := fs.ReadFile(r.Files, rel(p))
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(text), "\r\n")
}

// rel is the name by which an fs.FS rooted at / knows an absolute path.
func rel(p string) string { return or(strings.TrimPrefix(path.Clean(p), "/"), ".") }

func (r *resolver) watch(p string) {
	if !r.watched[p] {
		r.watched[p] = true
		r.out.Watch = append(r.out.Watch, p)
	}
}
