package arch

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// pure are the packages that compute and never act; what they import of ours must be pure too.
var pure = []string{"spec", "internal/plan", "internal/seccomp"}

// acting are the packages by which a program touches the system it runs on.
var acting = []string{"os", "os/exec", "os/signal", "os/user", "net", "io/ioutil", "unsafe", "time/tzdata",
	module + "/internal/launch", module + "/internal/sys", module + "/internal/host"}

// vocabulary are the packages that hold both the system calls and their numbers: of these only constants and types may be used.
var vocabulary = []string{"golang.org/x/sys/unix", "syscall"}

// In a pure package every import is checked, and of those two every single use.
func TestPurePackagesDoNotAct(t *testing.T) {
	for _, name := range pure {
		packages := list(t, "-export", "-deps", "./"+name)
		for _, p := range packages {
			if path, ours := p.own(); ours {
				checkImports(t, path, p)
				checkUses(t, path, p, packages)
			}
		}
	}
}

func checkImports(t *testing.T, path string, p *pkg) {
	for _, imported := range p.Imports {
		if slices.Contains(acting, imported) {
			t.Errorf("%s must be pure, and imports %s", path, imported)
		}
	}
}

func checkUses(t *testing.T, path string, p *pkg, packages map[string]*pkg) {
	if !slices.ContainsFunc(p.Imports, func(i string) bool { return slices.Contains(vocabulary, i) }) {
		return
	}
	fset, uses, err := typeCheck(p, packages)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for identifier, object := range uses {
		if acts(object) {
			t.Errorf("%s: %s must be pure, and uses %s, which is neither constant nor type", fset.Position(identifier.Pos()), path, object)
		}
	}
}

// acts reports whether an object is a function or variable of the vocabulary; a type's methods and fields are part of the type.
func acts(object types.Object) bool {
	if object.Pkg() == nil || !slices.Contains(vocabulary, object.Pkg().Path()) {
		return false
	}
	switch object := object.(type) {
	case *types.Func:
		return object.Signature().Recv() == nil
	case *types.Var:
		return !object.IsField()
	}
	return false
}

// typeCheck says what each identifier of a package stands for; imports are read from the compiler's export data.
func typeCheck(p *pkg, packages map[string]*pkg) (*token.FileSet, map[*ast.Ident]types.Object, error) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: exports(fset, packages)}
	_, err := config.Check(p.ImportPath, fset, files, info)
	return fset, info.Uses, err
}

func exports(fset *token.FileSet, packages map[string]*pkg) types.Importer {
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if found := packages[path]; found != nil && found.Export != "" {
			return os.Open(found.Export)
		}
		return nil, fmt.Errorf("no export data for %s", path)
	})
}

func TestActs(t *testing.T) {
	calls, err := exports(token.NewFileSet(), list(t, "-export", "-deps", "syscall")).Import("syscall")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"RawSyscall": true, "Environ": true, "Stdin": true, "ENOENT": false, "Errno": false} {
		if object := calls.Scope().Lookup(name); object == nil || acts(object) != want {
			t.Errorf("acts(syscall.%s) is %v, want %v", name, !want, want)
		}
	}
}
