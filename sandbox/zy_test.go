package sandbox

import (
	"context"
	"fmt"
	"os"
	"sort"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/spec"
)

func TestPhases(t *testing.T) {
	if os.Getenv("PHASES") == "" {
		t.Skip()
	}
	for _, v := range []string{"full", "seq", "full", "seq"} {
		m := map[string][]float64{}
		var order []string
		for r := range 150 {
			s, _ := spec.Profile("default")
			s.Command = []string{"/bin/true"}
			if v == "seq" {
				s.Limits.Memory = 32 << 20
			}
			if v == "nocg-nonet" {
				s.Namespaces.Net = "host"
			}
			if v == "nocg-noseccomp" {
				s.Seccomp.Policy = "none"
			}
			add := func(n string, d time.Duration) {
				if r == 0 {
					order = append(order, n)
				}
				m[n] = append(m[n], float64(d.Nanoseconds())/1000)
			}
			a := time.Now()
			p, err := prepare(context.Background(), &s, IO{})
			if err != nil {
				t.Fatal(err)
			}
			add("prepare", time.Since(a))
			if v != "full" && v != "seq" {
				var keep = p.plan.Steps[:0]
				for _, st := range p.plan.Steps {
					if st.Does == "enter cgroup" || len(st.Does) > 5 && st.Does[:5] == "limit" && st.Actor == 0 || st.Does == "make cgroup" || st.Actor == 0 {
						if v != "v2only" || st.Object[:22] != "/sys/fs/cgroup/unified" {
							continue
						}
					}
					keep = append(keep, st)
				}
				p.plan.Steps = keep
				if v != "v2only" {
					p.plan.Clone.CgroupDir = ""
					p.plan.Clone.Flags &^= 0x200000000
					p.group = nil
				}
			}
			b := time.Now()
			proc, err := launch.Start(p.plan)
			if err != nil {
				t.Fatal(err)
			}
			add("start", time.Since(b))
			box := p.box
			box.spec, box.proc, box.group = p.spec, proc, p.group
			c := time.Now()
			end := box.reap()
			add("reap", time.Since(c))
			d := time.Now()
			box.account(end)
			add("account", time.Since(d))
			e := time.Now()
			if box.group != nil {
				box.group.Remove()
				box.group.Close()
			}
			add("remove", time.Since(e))
			add("TOTAL", time.Since(a))
			p.close()
		}
		fmt.Print(v, ": ")
		for _, n := range order {
			sort.Float64s(m[n])
			fmt.Printf(" %s %.0f", n, m[n][len(m[n])/2])
		}
		fmt.Println()
	}
}
