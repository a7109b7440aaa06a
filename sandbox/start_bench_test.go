package sandbox

import (
	"context"
	"os/exec"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

func BenchmarkPrepare(b *testing.B) {
	s, _ := spec.Profile("default")
	s.Command = []string{"/bin/true"}
	for b.Loop() {
		p, err := prepare(&s, IO{})
		if err != nil {
			b.Fatal(err)
		}
		p.close()
		if p.group != nil {
			p.group.Close()
		}
	}
}

func BenchmarkRun(b *testing.B) {
	s, _ := spec.Profile("default")
	s.Command = []string{"/bin/true"}
	for b.Loop() {
		if _, err := Run(context.Background(), &s, IO{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRunAsPID1(b *testing.B) {
	s, _ := spec.Profile("default")
	s.Command, s.AsPID1 = []string{"/bin/true"}, true
	for b.Loop() {
		if _, err := Run(context.Background(), &s, IO{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpawn(b *testing.B) {
	for b.Loop() {
		if err := exec.Command("/bin/true").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPool(b *testing.B)     { benchmarkPool(b, PoolOptions{}) }
func BenchmarkPoolLazy(b *testing.B) { benchmarkPool(b, PoolOptions{Lazy: true}) }

func benchmarkPool(b *testing.B, o PoolOptions) {
	s, _ := spec.Profile("default")
	p, err := NewPool(context.Background(), &s, o)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	job := Job{Command: []string{"/bin/true"}}
	for b.Loop() {
		if _, err := p.Run(context.Background(), job, IO{}); err != nil {
			b.Fatal(err)
		}
	}
}
