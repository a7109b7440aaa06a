package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
)

// slot is a sandbox of a Pool: the spawner, and what it has in common with the runs.
type slot struct {
	*prepared
	proc    *launch.Process // the spawner
	spawner *launch.Spawner
	ready   bool // a process waits for a job, or was asked for
	network *witness
	kept    cgroup.Stats // what the cgroup showed before the first run
	base    cgroup.Stats // and before the one that comes
	broken  bool         // its processes have been ended
}

// newSlot makes a sandbox and waits until its first process is ready.
func (p *Pool) newSlot() (*slot, error) {
	prep, err := prepare(&p.spec, IO{keeps: true})
	if err != nil {
		return nil, asError(err, &p.spec)
	}
	defer prep.close()
	prep.plan.Lazy = p.options.Lazy
	proc, err := prep.start(false)
	if err != nil {
		prep.abandon()
		return nil, asError(err, &prep.spec)
	}
	s := &slot{prepared: prep, proc: proc, spawner: proc.Spawner}
	if err = s.spawner.Prepare(); err == nil {
		err = s.spawner.Ready()
	}
	if err == nil {
		s.network, err = newWitness(proc.PID)
	}
	if err == nil && s.group != nil {
		s.group.Keep()
		s.kept, err = s.group.Stats()
	}
	if err != nil {
		s.end()
		return nil, asError(err, &prep.spec)
	}
	s.base, s.ready = s.kept, true
	return s, nil
}

// end ends the sandbox.
func (s *slot) end() {
	if s == nil {
		return
	}
	s.stop()
	s.spawner.Close()
	s.network.close()
	s.prepared.close()
	s.abandon()
}

// stop ends all processes of the sandbox, which is of no more use.
func (s *slot) stop() {
	if !s.broken {
		s.proc.Kill()
	}
	s.broken = true
}

// begin hands a job to the process that waits for it.
func (s *slot) begin(ctx context.Context, j *Job, io IO) (*Sandbox, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := io.checkOpen(); err != nil {
		return nil, err
	}
	box := &Sandbox{done: make(chan struct{}), spec: s.spec, name: s.spec.Name, id: s.id, group: s.group, dropped: s.plan.Dropped,
		launcher: processID(), layout: s.layout, env: s.environ(j), settled: true, base: &s.base}
	box.spec.Command, box.least = j.Command, s.kept.PidsPeak
	run := &prepared{spec: s.spec, box: box, null: s.null}
	defer func() {
		s.null, run.null = run.null, nil // it serves the next run, too
		run.close()
	}()
	if err := run.streams(io); err != nil {
		return nil, err
	}
	job := s.job(j, run)
	if len(job.Paths) > plan.MostPaths {
		return nil, &Error{Kind: Mistake, Op: "look up", Object: j.Command[0], Err: fmt.Errorf("PATH has %d directories, a job's may have %d", len(job.Paths), plan.MostPaths),
			Hint: "give the command with its directory"}
	}
	err := s.launch(box, job)
	if err == nil && (io.Started != nil || io.Lasting != nil) {
		err = box.proc.Find()
	}
	if err != nil {
		s.stop()
		if box.proc != nil {
			box.proc.Close()
		}
		return nil, asError(err, &box.spec)
	}
	box.capture, run.capture = run.capture, nil
	if box.capture != nil {
		box.capture.Start()
	}
	if ctx.Done() != nil {
		box.cancel = context.AfterFunc(ctx, func() { _ = box.Kill() })
	}
	return box, nil
}

// launch starts the run. Its processor time counts from here.
func (s *slot) launch(box *Sandbox, j *launch.Job) (err error) {
	if !s.ready {
		err = s.spawner.Prepare()
	}
	s.ready = false
	if err != nil {
		return err
	}
	if j.Guard == wanted {
		j.Guard = s.spawner.Guard()
	}
	if s.group != nil {
		s.base.CPU, _ = s.group.CPU() // it fails only once the group is gone
	}
	if err = s.spawner.Run(j); err != nil {
		return err
	}
	box.proc, err = s.spawner.Take()
	return err
}

// wanted stands for the number of the ruleset, which is not known before the process is ready.
const wanted = -2

// job is the job in the launcher's terms.
func (s *slot) job(j *Job, run *prepared) *launch.Job {
	env := run.box.env
	job := &launch.Job{Command: j.Command, Env: env, Dir: j.Dir, Paths: plan.Candidates(j.Command[0], env), Guard: -1,
		Streams: [plan.Streams]int{run.run.Stdin, run.run.Stdout, run.run.Stderr}}
	if job.Dir == "" {
		job.Dir = s.spec.Workdir
	}
	abi := host.Facts().LandlockABI
	if s.plan.Each.Restricted || run.given {
		job.Guard = wanted
		for i, fd := range job.Streams {
			if f, ok := run.run.Files[fd]; ok {
				job.Rights[i] = f.Rights(abi)
			}
		}
	}
	return job
}

// environ is the Spec's environment with the job's.
func (s *slot) environ(j *Job) []string {
	if len(j.Env) == 0 {
		return s.run.Env
	}
	env := slices.DeleteFunc(slices.Clone(s.run.Env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(j.Env, func(own string) bool { return strings.HasPrefix(own, name+"=") })
	})
	return append(env, j.Env...)
}

// finish waits for the end of a run and accounts for it.
func (s *slot) finish(b *Sandbox) error {
	b.watch()
	if b.cancel != nil {
		b.cancel()
	}
	b.reaping.Lock()
	b.proc.Close()
	b.reaped = true
	b.reaping.Unlock()
	end := ending{status: unix.WaitStatus(unix.SIGKILL)}
	if status, full, told := s.spawner.Ended(); told {
		end.status, end.full = status, full
	}
	if began := s.spawner.Began(); began > 0 {
		b.proc.Started = began
	} else {
		s.stop() // at once: else this job would be run after all
	}
	end.wall = b.age()
	if s.group == nil && !s.broken {
		end.usage = s.spawner.Usage()
	}
	output := b.lastOutput()
	if err := s.spawner.Failed(); err != nil {
		s.stop()
		err = asError(err, &b.spec)
		b.result = failed(err)
		close(b.done)
		return err
	}
	b.result = b.account(end)
	b.result.OutputBytes = output
	s.base = b.counted
	close(b.done)
	return b.unwritten
}

// clean tells whether nothing of the last run is left.
func (s *slot) clean() bool {
	if s.broken || s.policy.once || !s.network.unchanged() {
		return false
	}
	if s.group == nil {
		return true
	}
	if s.base.OOMKills > 0 || s.base.PidsMaxHits > 0 || s.group.MemoryCurrent() > s.kept.MemoryCurrent+memoryNoise {
		return false
	}
	return s.group.ResetPeak() == nil
}

// memoryNoise is how far what the kernel has charged to a group may be from what is in use: it charges in batches, on each processor.
const memoryNoise = 1 << 20

// totals are the counts of this sandbox's cgroup, without those from before.
func (b *Sandbox) totals() (cgroup.Stats, error) {
	stats, err := b.group.Totals()
	if b.base == nil || err != nil {
		return stats, err
	}
	b.counted = stats
	stats.CPU -= b.base.CPU
	stats.User = max(0, min(stats.User-b.base.User, stats.CPU))
	stats.System = stats.CPU - stats.User // the spawner's own time is the kernel's
	stats.OOMKills -= b.base.OOMKills
	stats.PidsMaxHits -= b.base.PidsMaxHits
	stats.PidsPeak = b.pidsPeak(stats.PidsPeak)
	return stats, nil
}

// pidsPeak is the most processes of this run, 0 if an earlier one had more, whose peak hides it: no kernel can reset that.
func (b *Sandbox) pidsPeak(peak int64) int64 {
	if peak > b.base.PidsPeak || peak == b.least {
		return peak - 1 // the spawner
	}
	return 0
}
