package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/internal/terminal"
	"github.com/bulkhead/bulkhead/spec"
)

// prepared is a sandbox that is worked out but not started.
type prepared struct {
	spec    Spec
	id      string
	run     plan.Run
	setup   cgroup.Setup
	group   *cgroup.Group
	layout  cgroup.Layout
	plan    *plan.Plan
	capture *terminal.Capture
	null    *os.File
	box     *Sandbox
}

// prepare works out everything that can be known before acting.
func prepare(ctx context.Context, s *Spec, io IO) (*prepared, error) {
	p := &prepared{box: &Sandbox{done: make(chan struct{})}}
	if io.detached != nil {
		p.box.reg = registration{dir: io.detached.dir, kept: true}
	}
	if err := p.complete(s); err != nil {
		return nil, err
	}
	if err := p.joinNeighbours(); err != nil {
		return nil, err
	}
	p.id = newID()
	if err := p.limits(ctx); err != nil {
		return nil, err
	}
	if err := p.build(io); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// complete fills the Spec in and checks it.
func (p *prepared) complete(s *Spec) error {
	place, err := here(s)
	if err != nil {
		return err
	}
	resolved, err := s.Resolve(place)
	if err != nil {
		return err
	}
	if err := p.privateDir(&resolved); err != nil {
		return err
	}
	p.spec = resolved.WithDefaults()
	if err := p.spec.Validate(); err != nil {
		return err
	}
	return p.readData()
}

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

// here is the place that "." and "~" in a Spec refer to.
func here(s *Spec) (spec.Place, error) {
	dir, err := os.Getwd()
	if err != nil {
		return spec.Place{}, &Error{Kind: HostLacks, Op: "find", Object: "the working directory", Err: err, Hint: "it may have been removed: change to another"}
	}
	home, _ := os.UserHomeDir() // none is fine unless the Spec mentions ~
	return spec.Place{Dir: dir, Home: home, Files: rootFS()}, nil
}

func rootFS() fs.FS { return os.DirFS("/") }

// newID is a short name that no other live sandbox has.
func newID() string { return fmt.Sprintf("%08x", rand.Uint32()) }

// firstID is where the host ids of root's sandboxes begin: 0x70000000 up to
// 0x7fffffff belong to no account and to no container manager; see
// uids-gids(7) of systemd.
const firstID = 0x70000000

// build computes the plan.
func (p *prepared) build(io IO) error {
	facts := host.Facts()
	p.run = plan.Run{
		Name: p.name(), ID: firstID + rand.Uint32N(1<<28), Cgroup: cgroupSteps(&p.setup),
		HardLimits: host.HardLimits(), Ignored: host.Ignored(), Rows: io.Rows, Columns: io.Columns,
	}
	if !hasInit(&p.spec) && slices.Contains(p.run.Ignored, int(syscall.SIGCHLD)) {
		return deaf()
	}
	var err error
	if err = p.settleUser(); err != nil {
		return err
	}
	if err = p.environment(); err != nil {
		return err
	}
	if err = p.streams(io); err != nil {
		return err
	}
	if p.run.Filter, p.run.Notify, err = filter(&p.spec, facts.Arch); err != nil {
		return err
	}
	if p.run.Owners, err = owners(&p.spec); err != nil {
		return err
	}
	p.plan, err = plan.Build(&p.spec, facts, p.run)
	if err != nil {
		return err
	}
	p.plan.Dropped = append(p.plan.Dropped, p.dropped()...)
	return nil
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
			s.User.UID, s.User.GID = &uid, &gid
		}
	}
	for _, dir := range p.box.temp {
		if err := os.Chown(dir, int(*s.User.UID), int(*s.User.GID)); err != nil {
			return &Error{Kind: HostLacks, Op: "give away", Object: dir, Err: plain(err)}
		}
	}
	return nil
}

// name is the sandbox's name, generated from its id if it has none.
func (p *prepared) name() string {
	if p.spec.Name == "" {
		p.spec.Name = "b" + p.id
	}
	return p.spec.Name
}

// environment works out the program's variables.
//
// With the host's programs in view, the caller's PATH is kept as far as it
// leads to them, so that a command means inside what it means outside.
func (p *prepared) environment() error {
	s := &p.spec
	if _, set := s.Env["PATH"]; !set && s.Root.Kind == spec.RootHost {
		if more := visiblePath(os.Getenv("PATH")); more != "" {
			s.Env = maps.Clone(s.Env)
			if s.Env == nil {
				s.Env = map[string]string{}
			}
			s.Env["PATH"] = more + spec.Path
		}
	}
	p.run.Env = s.Environ(os.Environ())
	return nil
}

// visiblePath is what of PATH the default view shows and the default PATH lacks, each followed by a colon.
func visiblePath(list string) string {
	var kept strings.Builder
	for dir := range strings.SplitSeq(list, ":") {
		if strings.HasPrefix(dir, "/") && inDefaultView(dir) && !strings.Contains(":"+spec.Path+":", ":"+dir+":") {
			kept.WriteString(dir + ":")
		}
	}
	return kept.String()
}

// streams chooses the descriptors that become 0, 1 and 2.
func (p *prepared) streams(io IO) error {
	stdout, stderr := io.Stdout, io.Stderr
	if (p.spec.Limits.Output > 0 || io.detached != nil) && !p.spec.Terminal {
		if err := p.captureOutput(io); err != nil {
			return err
		}
		stdout, stderr = p.capture.Ends()
	}
	for i, f := range [...]*os.File{io.Stdin, stdout, stderr} {
		fd, err := p.descriptor(f)
		if err != nil {
			return err
		}
		*[...]*int{&p.run.Stdin, &p.run.Stdout, &p.run.Stderr}[i] = fd
	}
	for _, fd := range p.spec.PassFDs {
		if err := open(fd); err != nil {
			return err
		}
		if p.run.Pass == nil {
			p.run.Pass = map[int]int{}
		}
		p.run.Pass[fd] = fd
	}
	return nil
}

// open checks that a descriptor to pass is there, and not one of our own.
func open(fd int) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 {
		return &Error{Kind: Mistake, Op: "pass descriptor", Object: strconv.Itoa(fd), Err: why("it is not open", unix.EBADF),
			Hint: "open it in the caller, for example with " + strconv.Itoa(fd) + "<FILE in a shell"}
	}
	return nil
}

// descriptor is f's number. A directory is refused: from it the program could walk up to the host's root.
func (p *prepared) descriptor(f *os.File) (int, error) {
	if f == nil {
		if p.null == nil {
			null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
			if err != nil {
				return 0, &Error{Kind: HostLacks, Op: "open", Object: "/dev/null", Err: err}
			}
			p.null = null
		}
		f = p.null
	}
	fd := int(f.Fd())
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, &Error{Kind: Mistake, Op: "use stream", Object: f.Name(), Err: err, Hint: "the file is closed"}
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return 0, &Error{Kind: Mistake, Op: "use stream", Object: f.Name(), Err: errors.New("it is a directory"),
			Hint: "a program could leave the sandbox through it: give it a file"}
	}
	return fd, nil
}

// captureOutput puts pipes of ours between the program and the caller's files, to count.
func (p *prepared) captureOutput(io IO) error {
	sinks := terminal.Sinks{Cap: int64(p.spec.Limits.Output), OnLimit: func() { p.box.hit(spec.LimitOutput) }}
	if io.detached != nil {
		sinks.Stdout, sinks.Stderr = io.detached.log.Stdout(), io.detached.log.Stderr()
	}
	if io.Stdout != nil {
		sinks.Stdout = io.Stdout
	}
	if io.Stderr != nil {
		sinks.Stderr = io.Stderr
	}
	c, err := terminal.NewCapture(sinks)
	if err != nil {
		return &Error{Kind: HostLacks, Op: "make", Object: "pipes for the output", Err: err, Hint: descriptorHint(err)}
	}
	p.capture = c
	return nil
}

// start acts. A name that the caller chose is taken first.
func (p *prepared) start(named bool) (*launch.Process, error) {
	if named && !p.box.reg.kept {
		var err error
		if p.box.reg.dir, err = claim(p.spec.Name); err != nil {
			return nil, err
		}
	}
	return launch.Start(p.plan)
}

// close frees what was only needed to start.
func (p *prepared) close() {
	if p.null != nil {
		p.null.Close()
	}
	if p.capture != nil {
		p.capture.Close()
	}
}

// abandon removes what a failed start has made.
func (p *prepared) abandon() {
	if p.group != nil {
		_ = p.group.Remove() // the error that matters is the start's
		p.group.Close()
	}
	p.box.unregister()
	for _, dir := range p.box.temp {
		_ = os.RemoveAll(dir)
	}
}
