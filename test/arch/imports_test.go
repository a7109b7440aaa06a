package arch

import (
	"slices"
	"strings"
	"testing"
)

// layers, from the top. A package may import packages of its own tree (one command, one
// face, one internal package with all below it) and of the layers that its row names.
var layers = []struct {
	name string
	dirs []string
	uses []string
}{
	{"cmd", []string{"cmd"}, []string{"faces", "public", "command line", "policies", "vocabulary"}},
	{"faces", []string{"judge", "ci", "services", "oci", "image", "server"}, []string{"public", "vocabulary"}},
	{"public", []string{"sandbox"}, []string{"vocabulary", "policies", "core", "system"}},
	{"command line", []string{"internal/cli"}, []string{"vocabulary"}},
	{"core", []string{"internal"}, []string{"vocabulary", "policies", "core", "system"}},
	// The policy language computes and never acts; the command explains and tests policies with it.
	{"policies", []string{"internal/seccomp"}, nil},
	{"system", []string{"internal/sys"}, nil},
	{"vocabulary", []string{"spec"}, nil},
	{"tests", []string{"test"}, []string{"cmd", "faces", "public", "command line", "policies", "core", "system", "vocabulary", "tests"}},
}

// layer finds the layer with the longest directory that holds the package.
func layer(path string) (index int, found bool) {
	longest := -1
	for i, l := range layers {
		for _, dir := range l.dirs {
			if within(path, dir) && len(dir) > longest {
				longest, index, found = len(dir), i, true
			}
		}
	}
	return index, found
}

func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// sameTree reports whether two packages are parts of one command, face or internal package.
func sameTree(a, b string) bool { return tree(a) == tree(b) }

func tree(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) > 1 && slices.Contains([]string{"cmd", "internal", "test"}, parts[0]) {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func TestImportsPointDownwards(t *testing.T) {
	for _, p := range list(t, "-e", "./...") {
		path, _ := p.own()
		from, known := layer(path)
		if !known {
			t.Errorf("package %s is in no layer: put it into one, or add it to the table of layers with its reason", path)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := own(imported)
			if !ours || sameTree(path, to) {
				continue
			}
			if i, known := layer(to); !known || !slices.Contains(layers[from].uses, layers[i].name) {
				t.Errorf("%s (%s) imports %s: that layer may use only %v", path, layers[from].name, to, layers[from].uses)
			}
		}
	}
}

func TestLayerRules(t *testing.T) {
	for path, want := range map[string]string{
		"cmd/bulkhead": "cmd", "internal/plan": "core", "internal/sys": "system", "internal/system": "core",
		"sandbox": "public", "spec": "vocabulary", "test/vm/guest": "tests",
	} {
		if i, known := layer(path); !known || layers[i].name != want {
			t.Errorf("layer(%q) is %q, want %q", path, layers[i].name, want)
		}
	}
	if _, known := layer("util"); known {
		t.Error("a package outside every layer is taken as known")
	}
}

// Only the public package starts processes: the faces would otherwise prove nothing about its interface.
func TestOnlySandboxUsesLaunch(t *testing.T) {
	for _, p := range list(t, "-e", "./...") {
		path, _ := p.own()
		if slices.Contains(p.Imports, module+"/internal/launch") && !within(path, "sandbox") && !within(path, "internal/launch") && !within(path, "test") {
			t.Errorf("%s imports internal/launch: use the package sandbox", path)
		}
	}
}

// heavy are packages whose start-up or size the thin binary cannot afford: an empty Go program is already twice /bin/true.
var heavy = []string{"net/http", "crypto/tls", "text/template", "html/template", "testing", "encoding/xml", "go/parser", "database/sql"}

func TestThinBinaryLinksNothingHeavy(t *testing.T) {
	const binary = module + "/cmd/bulkhead"
	packages := list(t, "-deps", "./cmd/bulkhead")
	if packages[binary] == nil {
		t.Fatalf("go list does not know %s", binary)
	}
	for _, name := range heavy {
		if packages[name] != nil {
			t.Errorf("cmd/bulkhead links %s, by way of %s", name, importers(packages, name))
		}
	}
}

// importers lists who among the packages imports name.
func importers(packages map[string]*pkg, name string) string {
	var found []string
	for _, p := range packages {
		if slices.Contains(p.Imports, name) {
			found = append(found, p.ImportPath)
		}
	}
	slices.Sort(found)
	return strings.Join(found, ", ")
}
