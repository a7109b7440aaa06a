package seccomp

import "testing"

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
