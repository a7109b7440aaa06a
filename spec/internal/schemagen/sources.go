package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// sources is what the generator reads out of the package's source.
type sources struct {
	structs   map[string]*structType
	types     map[string]string   // documentation of the other types
	constants map[string][]named  // by type, in the order written
	words     map[string][]string // variables that list words
	functions map[string]string   // documentation of functions
}

// structType is one mapping of the schema.
type structType struct {
	name, doc string
	fields    []field
}

// field is one key. Kind is the Go type as written, such as "[]Mount".
type field struct {
	goName, key, kind, doc string
	with                   string // the key before it whose comment is for both
	required               bool
}

// named is a constant with its documentation.
type named struct{ value, doc string }

func load(dir string) (*sources, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no Go files in %s", dir)
	}
	s := &sources{map[string]*structType{}, map[string]string{}, map[string][]named{}, map[string][]string{}, map[string]string{}}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.file(file)
	}
	return s, nil
}

func (s *sources) file(file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s.functions[d.Name.Name] = plain(d.Doc)
		case *ast.GenDecl:
			for _, item := range d.Specs {
				s.declaration(d, item)
			}
		}
	}
}

func (s *sources) declaration(d *ast.GenDecl, item ast.Spec) {
	switch item := item.(type) {
	case *ast.TypeSpec:
		doc := plain(item.Doc)
		if doc == "" {
			doc = plain(d.Doc)
		}
		if t, ok := item.Type.(*ast.StructType); ok {
			s.structs[item.Name.Name] = newStruct(item.Name.Name, doc, t)
		} else {
			s.types[item.Name.Name] = doc
		}
	case *ast.ValueSpec:
		s.value(item)
	}
}

// value keeps typed string constants, and variables that list words.
func (s *sources) value(item *ast.ValueSpec) {
	if len(item.Values) != 1 {
		return
	}
	if kind, ok := item.Type.(*ast.Ident); ok {
		if value, ok := unquote(item.Values[0]); ok {
			s.constants[kind.Name] = append(s.constants[kind.Name], named{value, plain(item.Doc)})
		}
	}
	list, ok := item.Values[0].(*ast.CompositeLit)
	if !ok {
		return
	}
	var words []string
	for _, e := range list.Elts {
		if word, ok := unquote(e); ok {
			words = append(words, word)
		}
	}
	s.words[item.Names[0].Name] = words
}

func unquote(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// newStruct reads the fields; one without a comment of its own is covered by the comment of the one before.
func newStruct(name, doc string, t *ast.StructType) *structType {
	s := &structType{name: name, doc: doc}
	last, first := "", ""
	for _, f := range t.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		key, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		with := first
		if own := plain(f.Doc); own != "" {
			last, first, with = own, key, ""
		}
		for _, n := range f.Names {
			s.fields = append(s.fields, field{n.Name, key, typeText(f.Type), last, with, options == "" || key == "type"})
		}
	}
	return s
}

func typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeText(e.X)
	case *ast.ArrayType:
		return "[]" + typeText(e.Elt)
	case *ast.MapType:
		return "map[" + typeText(e.Key) + "]" + typeText(e.Value)
	}
	return ""
}

// plain is a comment as one paragraph a line.
func plain(doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	paragraphs := strings.Split(strings.TrimSpace(doc.Text()), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "\n")
}
