package sandbox

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/terminal"
	"github.com/bulkhead/bulkhead/spec"
)

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
	return p.files(host.Facts().LandlockABI)
}

// open checks that a descriptor to pass is there, and not one of our own.
func open(fd int) error {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 {
		return passError(fd, why("it is not open", unix.EBADF))
	}
	return nil
}

func passError(fd int, err error) error {
	return &Error{Kind: Mistake, Op: "pass descriptor", Object: strconv.Itoa(fd), Err: err,
		Hint: "open it in the caller, for example with " + strconv.Itoa(fd) + "<FILE in a shell"}
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
		return int(p.null.Fd()), nil
	}
	st, err := statStream(f)
	if err != nil {
		return 0, err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return 0, &Error{Kind: Mistake, Op: "use stream", Object: f.Name(), Err: errors.New("it is a directory"),
			Hint: "a program could leave the sandbox through it: give it a file"}
	}
	return int(f.Fd()), nil
}

// statStream looks at a stream of the caller's.
func statStream(f *os.File) (st unix.Stat_t, err error) {
	if err = unix.Fstat(int(f.Fd()), &st); err != nil {
		err = &Error{Kind: Mistake, Op: "use stream", Object: f.Name(), Err: err, Hint: "the file is closed"}
	}
	return st, err
}

// checkOpen refuses streams that are closed, before anything of ours is opened under their numbers.
func (io *IO) checkOpen() error {
	for _, f := range [...]*os.File{io.Stdin, io.Stdout, io.Stderr} {
		if f == nil {
			continue
		}
		if _, err := statStream(f); err != nil {
			return err
		}
	}
	return nil
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
