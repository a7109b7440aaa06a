package sandbox

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/spec"
)

// privateDir makes a place for HOME and temporary files where Landlock is the
// only wall, and nothing can be mounted.
func (p *prepared) privateDir(s *Spec) error {
	if s.Landlock.Mode != "only" {
		return nil
	}
	dir, err := os.MkdirTemp("", "bulkhead-")
	if err != nil {
		return &Error{Kind: HostLacks, Op: "make", Object: "a private directory", Err: plain(err), Hint: "set TMPDIR to a directory with room"}
	}
	p.box.temp = append(p.box.temp, dir)
	const host = spec.NamespaceHost
	s.Namespaces = spec.Namespaces{User: host, PID: host, Mount: host, Net: host, IPC: host, UTS: host, Cgroup: host, Time: host}
	s.User.Home = dir
	s.Mounts = append(s.Mounts, spec.Mount{Type: spec.MountBind, Source: dir, Target: dir, Write: true})
	s.Env = maps.Clone(s.Env)
	if s.Env == nil {
		s.Env = map[string]string{}
	}
	s.Env["TMPDIR"] = dir
	return nil
}

// firstID is where the host ids of root's sandboxes begin: 0x70000000 up to
// 0x7fffffff belong to no account and to no container manager; see
// uids-gids(7) of systemd.
const (
	firstID = 0x70000000
	ids     = 1 << 28
)

// hostID is what hostID says of the Spec, and for a plan that nobody starts always the same.
func (p *prepared) hostID() uint32 {
	if p.planned && len(keptLayers(&p.spec)) == 0 {
		return firstID
	}
	return hostID(&p.spec)
}

// hostID is the unprivileged id that root's sandbox runs as: a new one, or that
// of the sandbox which wrote the kept layer, since what is in it belongs to that id.
func hostID(s *Spec) uint32 {
	for _, layer := range keptLayers(s) {
		for _, dir := range [...]string{"upper", "usr/upper", "."} {
			if id, ok := ownerBelow(layer, dir); ok && id >= firstID && id-firstID < ids {
				return id
			}
		}
	}
	return firstID + 2*rand.Uint32N(ids/2) // the odd ones are the inits'
}

// ownerBelow is who owns a directory of a layer. A link in it is no part of the
// layer: it would lend the id of what it leads to, which may be another sandbox's.
func ownerBelow(layer, dir string) (uint32, bool) {
	top, err := unix.Open(layer, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(top)
	fd, err := unix.Openat2(top, dir, &unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS})
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	return st.Uid, err == nil
}

// keptLayers are the directories that keep the changes of overlays.
func keptLayers(s *Spec) []string {
	var dirs []string
	if o := s.Root.Overlay; o != nil && o.Dir != "" {
		dirs = append(dirs, o.Dir)
	}
	for i := range s.Mounts {
		if s.Mounts[i].Upper != "" {
			dirs = append(dirs, s.Mounts[i].Upper)
		}
	}
	return dirs
}

// hasInit tells whether an init reports how the program ends; else the kernel tells us as its parent.
func hasInit(s *Spec) bool { return !s.AsPID1 && s.Namespaces.PID.IsNew() }

// deaf explains why a caller that ignores SIGCHLD cannot be a program's parent.
//
// FACT — since 2.6 (waitpid(2)) — the kernel then reaps children itself, and forgets how they ended.
func deaf() error {
	return &Error{Kind: Mistake, Op: "wait for", Object: "the program", Err: errors.New("this process ignores SIGCHLD, and would not be told how it ends"),
		Hint: "do not ignore SIGCHLD (signal.Reset), or let the program have an init (without as_pid_1)"}
}

// settleUser writes down which ids a program in the host's user namespace has,
// and gives it what was made for it.
func (p *prepared) settleUser() error {
	s := &p.spec
	only := s.Landlock.Mode == "only"
	if only || s.Namespaces.User == spec.NamespaceHost {
		uid, gid := p.run.ID, p.run.ID
		if !host.Facts().Root {
			uid, gid = host.Facts().UID, host.Facts().GID
		}
		if s.User.UID == nil || only {
			s.User.UID = &uid
		}
		if s.User.GID == nil || only {
			s.User.GID = &gid
		}
	}
	for _, dir := range p.box.temp {
		if err := os.Chown(dir, int(*s.User.UID), int(*s.User.GID)); err != nil {
			return &Error{Kind: HostLacks, Op: "give away", Object: dir, Err: plain(err)}
		}
	}
	return nil
}
