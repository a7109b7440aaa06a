package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// source is the folder of golang.org/x/sys/unix that go.mod asks for.
func source() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "golang.org/x/sys/unix").Output()
	if err != nil {
		return "", fmt.Errorf("find golang.org/x/sys/unix: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// constantsOf reads the integer constants of Go files. Errors, which have a
// type of their own, come under their name behind errnoPrefix.
func constantsOf(files ...string) (map[string]uint64, error) {
	found := map[string]uint64{}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				if v, ok := integer(spec.Values[0]); ok {
					found[typePrefix(spec.Values[0])+spec.Names[0].Name] = v
				}
			}
			return true
		})
	}
	return found, nil
}

const errnoPrefix = "syscall.Errno "

// typePrefix tells syscall.Errno(0x1) from plain numbers.
func typePrefix(e ast.Expr) string {
	if call, ok := e.(*ast.CallExpr); ok {
		if kind, ok := call.Fun.(*ast.SelectorExpr); ok && kind.Sel.Name == "Errno" {
			return errnoPrefix
		}
	}
	return ""
}

// integer is the value of a literal such as 0x10, -0x64 or syscall.Errno(0x1).
func integer(e ast.Expr) (uint64, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		v, err := strconv.ParseUint(e.Value, 0, 64)
		return v, err == nil
	case *ast.UnaryExpr:
		v, ok := integer(e.X)
		return -v, ok && e.Op == token.SUB
	case *ast.CallExpr:
		if len(e.Args) == 1 {
			return integer(e.Args[0])
		}
	}
	return 0, false
}

// numbers reads the system-call numbers of one architecture, by name.
func numbers(dir, arch string) (map[string]uint64, error) {
	all, err := constantsOf(filepath.Join(dir, "zsysnum_linux_"+arch+".go"))
	if err != nil {
		return nil, err
	}
	calls := map[string]uint64{}
	for name, nr := range all {
		if call, ok := strings.CutPrefix(name, "SYS_"); ok && call != "ARCH_SPECIFIC_SYSCALL" {
			calls[strings.ToLower(call)] = nr
		}
	}
	return calls, nil
}
