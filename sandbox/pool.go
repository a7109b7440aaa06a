package sandbox

import (
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Pool runs programs under one Spec, many a second. Its sandboxes are kept from
// run to run, and made ready while no job is there: a run then costs hardly
// more than the program's own start. Of what one program did the next one sees
// nothing: processes, mounts that can be written to, IPC, keyrings are new for each
// run, and a sandbox that shows any other trace is thrown away. Its methods may be called from several goroutines.
type Pool struct {
	spec    Spec
	options PoolOptions
	free    chan *slot // of Size places; nil is a place whose sandbox is still to be made
	used    chan *slot // those that have just been used
	done    chan struct{}
	close   sync.Once
}

// PoolOptions says how a Pool works.
type PoolOptions struct {
	// Size is how many programs can run at the same time; further ones wait. Default: one more than the processors.
	Size int
	// Lazy makes nothing ready before a job comes: a start takes longer, and what waits takes less memory.
	Lazy bool
}

// Job is a program for a Pool: what may differ from run to run.
type Job struct {
	// Command is the program and its arguments.
	Command []string
	// Env are further variables, NAME=VALUE, beside those of the Pool's Spec, which they replace.
	Env []string
	// Dir is where it starts, inside. Default: the Spec's working directory.
	Dir string
}

// NewPool makes a Pool, and the first of its sandboxes, so that mistakes show.
// A Spec for a Pool has all its namespaces new, and no terminal, overlay, passed descriptor or supervisor;
// its command and standard streams are not used. The Pool has to be closed.
func NewPool(ctx context.Context, s *Spec, o PoolOptions) (*Pool, error) {
	if o.Size <= 0 {
		o.Size = int(processors()) + 1
	}
	s, err := withData(s)
	if err != nil {
		return nil, err
	}
	own := s.Clone()
	if len(own.Command) == 0 {
		own.Command = []string{"/bin/true"} // a Spec without one is no mistake here
	}
	p := &Pool{spec: own, options: o, free: make(chan *slot, o.Size), used: make(chan *slot, o.Size), done: make(chan struct{})}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	first, err := p.newSlot()
	if err != nil {
		return nil, err
	}
	p.free <- first
	for range o.Size - 1 {
		p.free <- nil
	}
	return p, nil
}

// Close ends the Pool once the programs that run have ended.
func (p *Pool) Close() error {
	p.close.Do(func() {
		close(p.done)
		for range p.options.Size {
			select {
			case s := <-p.free:
				s.end()
			case s := <-p.used:
				s.end()
			}
		}
	})
	return nil
}

// errClosed is the error of a Pool that was closed.
var errClosed = &Error{Kind: Mistake, Op: "run in", Object: "the pool", Err: errors.New("it is closed"), Hint: "make a new one"}

// take waits for a place, and makes its sandbox if there is none.
func (p *Pool) take(ctx context.Context) (s *slot, err error) {
	select {
	case <-p.done:
		return nil, errClosed
	default:
	}
	select {
	case s = <-p.free:
	default:
		select {
		case s = <-p.free:
		case s = <-p.used:
			if !s.clean() {
				s.end()
				s = nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.done:
			return nil, errClosed
		}
	}
	if s != nil {
		return s, nil
	}
	if s, err = p.newSlot(); err != nil {
		p.free <- nil
	}
	return s, err
}

// Run runs a program and waits for its end, as Run of the package does. The
// context's end kills it. Output is limited as in the Spec, IO's terminal size does not count.
func (p *Pool) Run(ctx context.Context, j Job, io IO) (Result, error) {
	if err := j.check(); err != nil {
		return failed(err), err
	}
	s, err := p.take(ctx)
	if err != nil {
		return failed(err), err
	}
	box, err := s.begin(ctx, &j, io)
	if err == nil {
		if io.Started != nil {
			io.Started(box)
		}
		box.last = io.Lasting
		p.tidy()
		err = s.finish(box)
	}
	p.used <- s
	if err != nil && box == nil {
		return failed(err), err
	}
	return box.result, err
}

// check refuses what the kernel would read otherwise than it is written.
func (j *Job) check() error {
	mistake := func(why, hint string) error {
		return &Error{Kind: Mistake, Op: "run", Object: "the job", Err: errors.New(why), Hint: hint}
	}
	if len(j.Command) == 0 {
		return mistake("it has no command", "set Job.Command")
	}
	for _, text := range slices.Concat(j.Command, j.Env, []string{j.Dir}) {
		if strings.IndexByte(text, 0) >= 0 {
			return mistake("a NUL byte in "+strconv.Quote(text), "the kernel ends a text there: leave it out")
		}
	}
	for _, kv := range j.Env {
		if name, _, ok := strings.Cut(kv, "="); !ok || name == "" {
			return mistake("variable "+strconv.Quote(kv)+" is not NAME=VALUE", "write NAME= for an empty one")
		}
	}
	if j.Dir != "" && !path.IsAbs(j.Dir) {
		return mistake("directory "+strconv.Quote(j.Dir)+" is not absolute", "a job's directory is a path inside")
	}
	return nil
}

// tidy makes places free, while a program runs and this goroutine has nothing else to do.
// A sandbox that shows traces of its last run is thrown away.
func (p *Pool) tidy() {
	for {
		select {
		case s := <-p.used:
			if s.clean() {
				p.free <- s
			} else {
				go func() { s.end(); p.free <- p.instead() }()
			}
		default:
			return
		}
	}
}

// instead is a new sandbox in the place of one thrown away, nil if that fails: whoever takes the place sees why.
func (p *Pool) instead() *slot {
	select {
	case <-p.done:
		return nil
	default:
	}
	s, err := p.newSlot()
	if err != nil {
		return nil
	}
	return s
}
