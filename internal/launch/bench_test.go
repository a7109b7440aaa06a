package launch

import (
	"os"
	"os/exec"
	"sort"
	"testing"
	"time"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

func host() plan.Host {
	h := plan.Host{Root: os.Geteuid() == 0, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), LastCap: 40}
	for _, p := range plan.HostView() {
		fi, err := os.Lstat(p)
		if err != nil {
			continue
		}
		e := plan.Entry{Path: p}
		switch {
		case fi.Mode()&os.ModeSymlink != 0:
			e.Kind = plan.EntryLink
			e.Link, _ = os.Readlink(p)
		case !fi.IsDir():
			e.Kind = plan.EntryFile
		}
		h.Entries = append(h.Entries, e)
	}
	return h
}

func one(h plan.Host, mod func(*spec.Spec)) error {
	s := spec.Spec{Command: []string{"/bin/true"}}
	mod(&s)
	s = s.WithDefaults()
	p, err := plan.Build(&s, h, plan.Run{Name: "x", ID: 0x70001234, Stdin: 0, Stdout: 1, Stderr: 2, Env: []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin"}})
	if err != nil {
		return err
	}
	proc, err := Start(p)
	if err != nil {
		return err
	}
	if proc.Status != nil {
		var b [4]byte
		proc.Status.Read(b[:])
		proc.Status.Close()
	}
	var ws unix.WaitStatus
	unix.Wait4(proc.PID, &ws, 0, nil)
	unix.Close(proc.PidFD)
	return nil
}

func TestCost(t *testing.T) {
	h := host()
	h2 := h
	h2.Entries = nil
	for _, e := range h.Entries {
		if len(e.Path) < 5 || e.Path[:4] != "/etc" {
			h2.Entries = append(h2.Entries, e)
		}
	}
	variants := []struct {
		name string
		f    func() error
	}{
		{"os/exec", func() error { return exec.Command("/bin/true").Run() }},
		{"default", func() error { return one(h, func(s *spec.Spec) {}) }},
		{"few entries", func() error { return one(h2, func(s *spec.Spec) {}) }},
		{"few, pid1", func() error { return one(h2, func(s *spec.Spec) { s.AsPID1 = true }) }},
		{"few, net host", func() error { return one(h2, func(s *spec.Spec) { s.Namespaces.Net = "host" }) }},
		{"few, net host, pid1", func() error {
			return one(h2, func(s *spec.Spec) { s.Namespaces.Net = "host"; s.AsPID1 = true })
		}},
		{"pid1", func() error { return one(h, func(s *spec.Spec) { s.AsPID1 = true }) }},
		{"few, no time", func() error { return one(h2, func(s *spec.Spec) { s.Namespaces.Time = "host" }) }},
	}
	ts := make([][]float64, len(variants))
	for range 200 {
		for i, v := range variants {
			a := time.Now()
			if err := v.f(); err != nil {
				t.Fatal(v.name, err)
			}
			ts[i] = append(ts[i], float64(time.Since(a).Microseconds()))
		}
	}
	for i, v := range variants {
		sort.Float64s(ts[i])
		fmt.Printf("%-20s med %.0f p10 %.0f p90 %.0f\n", v.name, ts[i][100], ts[i][20], ts[i][180])
	}
}

func TestTimeline(t *testing.T) {
	h := host()
	sum := map[string][]float64{}
	var order []string
	for round := range 100 {
		s := spec.Spec{Command: []string{"/bin/true"}}
		s = s.WithDefaults()
		p, _ := plan.Build(&s, h, plan.Run{Name: "x", ID: 0x70001234, Stdin: 0, Stdout: 1, Stderr: 2, Env: []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin"}})
		notes := p.Timed()
		var begin unix.Timespec
		probe = func(cells []uintptr) {
			prev := begin.Nano()
			for i, c := range notes {
				if c == 0 {
					continue
				}
				now := startTime(cells, c)
				name := fmt.Sprintf("%s %s %s", p.Steps[i].Actor, p.Steps[i].Does, p.Steps[i].Object)
				if round == 0 {
					order = append(order, name)
				}
				sum[name] = append(sum[name], float64(now-prev)/1000)
				prev = now
			}
		}
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &begin)
		proc, err := Start(p)
		if err != nil {
			t.Fatal(err)
		}
		var e1, e2 unix.Timespec
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &e1)
		var b [4]byte
		proc.Status.Read(b[:])
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &e2)
		proc.Status.Close()
		unix.Wait4(proc.PID, nil, 0, nil)
		var e3 unix.Timespec
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &e3)
		unix.Close(proc.PidFD)
		for n, v := range map[string]float64{"~1 start total": float64(e1.Nano()-begin.Nano()) / 1000, "~2 until status": float64(e2.Nano()-e1.Nano()) / 1000, "~3 until reaped": float64(e3.Nano()-e2.Nano()) / 1000} {
			if round == 0 {
				order = append(order, n)
			}
			sum[n] = append(sum[n], v)
		}
	}
	probe = nil
	for _, n := range order {
		v := sum[n]
		sort.Float64s(v)
		fmt.Printf("%8.1f  %s\n", v[len(v)/2], n)
	}
}

func TestPhases(t *testing.T) {
	h := host()
	var tb, ts, tst, tr, tx []float64
	for range 200 {
		s := spec.Spec{Command: []string{"/bin/true"}}
		a := time.Now()
		s = s.WithDefaults()
		p, _ := plan.Build(&s, h, plan.Run{Name: "x", ID: 0x70001234, Stdin: 0, Stdout: 1, Stderr: 2, Env: []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin"}})
		tb = append(tb, float64(time.Since(a).Microseconds()))
		var begin, e1, e2, e3 unix.Timespec
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &begin)
		proc, err := Start(p)
		if err != nil {
			t.Fatal(err)
		}
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &e1)
		var b [4]byte
		proc.Status.Read(b[:])
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &e2)
		proc.Status.Close()
		unix.Wait4(proc.PID, nil, 0, nil)
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &e3)
		unix.Close(proc.PidFD)
		us := func(a, b int64) float64 { return float64(b-a) / 1000 }
		tx = append(tx, us(begin.Nano(), proc.Started))
		ts = append(ts, us(begin.Nano(), e1.Nano()))
		tst = append(tst, us(begin.Nano(), e2.Nano()))
		tr = append(tr, us(begin.Nano(), e3.Nano()))
	}
	for _, v := range []struct {
		n string
		v []float64
	}{{"build", tb}, {"exec at", tx}, {"start returned", ts}, {"status", tst}, {"reaped", tr}} {
		sort.Float64s(v.v)
		fmt.Printf("%-16s med %.0f p10 %.0f\n", v.n, v.v[100], v.v[20])
	}
}
