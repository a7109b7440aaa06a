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
var pure = []string{"spec", "internal/plan"}

// acting are the packages by which a program touches the system it runs on.
var acting = []string{"os", "os/exec", "os/signal", "os/user", "syscall", "net", "io/ioutil", "unsafe", "time/tzdata",
	module + "/internal/launch", module + "/internal/sys", module + "/internal/host"}

const constantsOnly = "golang.org/x/sys/unix"

// In a pure package every import is checked, and of x/sys/unix, which it may import for numbers, every single use.
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
	if !slices.Contains(p.Imports, constantsOnly) {
		return
	}
	fset, uses, err := typeCheck(p, packages)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for identifier, object := range uses {
		_, constant := object.(*types.Const)
		if object.Pkg() != nil && object.Pkg().Path() == constantsOnly && !constant {
			t.Errorf("%s: %s must be pure, and uses unix.%s, which is not a constant", fset.Position(identifier.Pos()), path, object.Name())
		}
	}
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
	lookup := func(path string) (io.ReadCloser, error) {
		if found := packages[path]; found != nil && found.Export != "" {
			return os.Open(found.Export)
		}
		return nil, fmt.Errorf("no export data for %s", path)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", lookup)}
	_, err := config.Check(p.ImportPath, fset, files, info)
	return fset, info.Uses, err
}
