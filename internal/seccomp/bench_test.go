package seccomp

import (
	"runtime"
	"testing"
)

// BenchmarkPrecompiled is what the usual start of a sandbox pays.
func BenchmarkPrecompiled(b *testing.B) {
	for b.Loop() {
		if code, ok := Precompiled(Default, Options{GuardSetID: true}, Native()); !ok || len(code) == 0 {
			b.Fatal("not precompiled")
		}
	}
}

// BenchmarkLoadAndCompile is what a sandbox with rules of its own pays.
func BenchmarkLoadAndCompile(b *testing.B) {
	for b.Loop() {
		p := load(b, Options{}, []string{"deny ptrace"}, Default)
		if len(compile(b, p, Native())) == 0 {
			b.Fatal("no program")
		}
	}
}

// BenchmarkInstall gives a filter to threads that then end: the price of search on the way to a decision.
func BenchmarkInstall(b *testing.B) {
	needSeccomp(b)
	p := load(b, Options{}, nil, Default)
	for name, search := range map[string]searcher{"linear": linear, "tree": tree} {
		program, err := p.compile(Native(), search)
		if err != nil {
			b.Fatal(err)
		}
		code := program.Bytes()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				done := make(chan error)
				go func() {
					runtime.LockOSThread() // never unlocked: the thread ends with its filter
					done <- install(code)
				}()
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
