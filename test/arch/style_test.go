package arch

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	medianFunction = 12 // lines, as in the code bases we learn from: 6 to 11
	longestFile    = 500
)

// function is one function and its length, from the line of "func" to that of its closing brace.
type function struct {
	lines int
	where string
}

func functions(t *testing.T) []function {
	var found []function
	for _, name := range handWritten(t) {
		fset, file := parse(t, name)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				begin, end := fset.Position(f.Pos()).Line, fset.Position(f.End()).Line
				found = append(found, function{end - begin + 1, name + " " + f.Name.Name})
			}
		}
	}
	slices.SortFunc(found, func(a, b function) int { return a.lines - b.lines })
	return found
}

func TestFunctionsAreShort(t *testing.T) {
	all := functions(t)
	if len(all) == 0 {
		t.Fatal("no function found")
	}
	median, p90 := all[len(all)/2].lines, all[len(all)*9/10].lines
	t.Logf("%d functions: median %d lines, p90 %d", len(all), median, p90)
	for _, f := range all[max(0, len(all)-10):] {
		t.Logf("%4d  %s", f.lines, f.where)
	}
	if median >= medianFunction {
		t.Errorf("the median function has %d lines; it must stay under %d", median, medianFunction)
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, name := range sources(t, ".go", ".s", ".sh") {
		text := read(t, name)
		if n := strings.Count(text, "\n"); n > longestFile && !strings.HasPrefix(text, "// Code generated") {
			t.Errorf("%s has %d lines: split it by concept; the most is %d", name, n, longestFile)
		}
	}
}

// The words are put together here so that this file does not find itself.
var unfinished = regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME|XX` + `X)\b`)

func TestNothingIsUnfinished(t *testing.T) {
	for _, name := range sources(t, ".go", ".s", ".sh", ".md", "Makefile") {
		for i, line := range strings.Split(read(t, name), "\n") {
			if word := unfinished.FindString(line); word != "" {
				t.Errorf("%s:%d: %s: finish it, or file an issue", name, i+1, word)
			}
		}
	}
}

// unsafe may stand only where a reviewer looks for it.
func TestUnsafeIsConfined(t *testing.T) {
	for _, name := range sources(t, ".go") {
		_, file := parse(t, name)
		if imports(file, "unsafe") && !strings.HasSuffix(name, "_unsafe.go") && path.Dir(name) != "internal/launch" {
			t.Errorf("%s imports unsafe: only internal/launch and files named *_unsafe.go may", name)
		}
	}
}

func imports(file *ast.File, path string) bool {
	return slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"`+path+`"` })
}

// A regular expression at package level is compiled at each start of the program, used or not.
func TestThinBinaryCompilesNoRegexpAtStart(t *testing.T) {
	checked := 0
	for _, p := range list(t, "-deps", "./cmd/bulkhead") {
		dir, ours := p.own()
		if !ours {
			continue
		}
		for _, name := range p.GoFiles {
			checked++
			fset, file := parse(t, path.Join(dir, name))
			for _, call := range startCalls(file, "regexp") {
				t.Errorf("%s: regexp at package level: compile it at its first use (sync.OnceValue), or do without", fset.Position(call.Pos()))
			}
		}
	}
	if checked == 0 {
		t.Fatal("cmd/bulkhead has no file of ours")
	}
}

// startCalls finds the calls into a package that run before main: in package-level variables and in init functions.
func startCalls(file *ast.File, name string) []*ast.CallExpr {
	var found []*ast.CallExpr
	collect := func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false // runs later, if at all
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == name {
					found = append(found, call)
				}
			}
		}
		return true
	}
	for _, d := range file.Decls {
		f, isFunc := d.(*ast.FuncDecl)
		if !isFunc || f.Name.Name == "init" && f.Recv == nil {
			ast.Inspect(d, collect)
		}
	}
	return found
}
