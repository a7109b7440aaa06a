package plan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// sources are the files of this package without its tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	if len(files) == 0 {
		t.Fatal("no sources found")
	}
	return files
}

// harmless is all that a planner needs: nothing here reads a clock, a file, a
// random number or the environment. test/arch adds that of unix and syscall only numbers are used.
var harmless = []string{"encoding/binary", "errors", "fmt", "math/bits", "path", "slices", "strconv", "strings", "syscall",
	"golang.org/x/sys/unix", "github.com/bulkhead/bulkhead/spec"}

func TestImportsAreHarmless(t *testing.T) {
	for name, file := range sources(t) {
		for _, spec := range file.Imports {
			if p, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(harmless, p) {
				t.Errorf("%s imports %s", name, p)
			}
		}
	}
}

// An errno beyond 63 would vanish from the set without a word.
func TestAllowedErrorsFitTheSet(t *testing.T) {
	numbers := map[string]syscall.Errno{}
	for e := range syscall.Errno(134) {
		numbers[unix.ErrnoName(e)] = e
	}
	checked := 0
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, errno := range allowedBy(n) {
				checked++
				if number, known := numbers[errno]; !known || number > 63 {
					t.Errorf("%s allows %s, number %d", name, errno, number)
				}
			}
			return true
		})
	}
	if checked < 10 {
		t.Errorf("only %d allowed errors found", checked)
	}
	if set([]syscall.Errno{0, 63}) != 1|1<<63 {
		t.Errorf("set is %#x", set([]syscall.Errno{0, 63}))
	}
}

// allowedBy are the names in a call of the methods allow and unless.
func allowedBy(n ast.Node) []string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || method.Sel.Name != "allow" && method.Sel.Name != "unless" {
		return nil
	}
	var names []string
	for _, a := range call.Args {
		if s, ok := a.(*ast.SelectorExpr); ok {
			names = append(names, s.Sel.Name)
		}
	}
	return names
}
