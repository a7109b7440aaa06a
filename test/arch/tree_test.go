// Package arch holds the tests that keep the shape of the tree: who may import
// whom, what may stand where, how long things may grow, and that documents tell
// the truth. DESIGN decisions live here as tables, so that breaking one is a choice.
package arch

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/bulkhead/bulkhead"

// pkg is what `go list -json` says of one package.
type pkg struct {
	ImportPath, Dir, Export string
	Standard                bool
	GoFiles, SFiles         []string
	Imports, Deps           []string
}

// own reports whether the package is part of this module, and its path below the module.
func (p *pkg) own() (string, bool) { return own(p.ImportPath) }

func own(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// root is the top of the tree.
var root = sync.OnceValue(func() string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		panic("finding the module: " + err.Error())
	}
	return strings.TrimSpace(string(out))
})

// list runs go list with the arguments and returns its packages by import path.
func list(t *testing.T, args ...string) map[string]*pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Export,Standard,GoFiles,SFiles,Imports,Deps"}, args...)...)
	cmd.Dir = root()
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", strings.Join(args, " "), err)
	}
	packages, err := decode(strings.NewReader(string(out)))
	if err != nil {
		t.Fatalf("go list %s: %v", strings.Join(args, " "), err)
	}
	return packages
}

func decode(in io.Reader) (map[string]*pkg, error) {
	packages := map[string]*pkg{}
	for d := json.NewDecoder(in); ; {
		p := new(pkg)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages[p.ImportPath] = p
	}
}

// sources lists the files below the root whose name ends in one of the suffixes, as slash-separated paths from the root.
func sources(t *testing.T, suffixes ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root(), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "vendor", "node_modules"}, d.Name()) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() && slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(path, s) }) {
			name, _ := filepath.Rel(root(), path)
			found = append(found, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no file below %s ends in %v, so nothing would be checked", root(), suffixes)
	}
	return found
}

// read returns a file of the tree.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// parse parses a Go file of the tree, with its comments.
func parse(t *testing.T, name string) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, read(t, name), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return fset, file
}

// handWritten lists the Go files that people write and ship: no tests, nothing generated.
func handWritten(t *testing.T) []string {
	return slices.DeleteFunc(sources(t, ".go"), func(name string) bool {
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") {
			return true
		}
		_, file := parse(t, name)
		return ast.IsGenerated(file)
	})
}
