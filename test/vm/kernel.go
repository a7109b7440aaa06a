package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// kernel is one kernel that machines can boot.
type kernel struct {
	name    string // as machines call it
	suite   string // of Debian
	series  string // what its release must begin with
	release string // uname -r, once found
	dir     string // the unpacked package
}

// kernels are those that machines can boot. Another series in the archive fails instead of passing for this one.
var kernels = []kernel{
	{name: "bullseye", suite: "bullseye", series: "5.10."},
	{name: "bookworm", suite: "bookworm", series: "6.1."},
	{name: "backports", suite: "bookworm-backports", series: "6.12."},
}

const metaPackage = "linux-image-cloud-amd64"

// findKernel has the kernel of this name, from the cache or downloaded.
func findKernel(name string) (kernel, error) {
	i := slices.IndexFunc(kernels, func(k kernel) bool { return k.name == name })
	if i < 0 {
		return kernel{}, fmt.Errorf("unknown kernel %q", name)
	}
	k := kernels[i]
	cache, err := cacheDir()
	if err != nil {
		return k, err
	}
	k.dir = filepath.Join(cache, k.name)
	if k.locate() == nil {
		return k, nil
	}
	fmt.Printf("vm: downloading the %s kernel to %s\n", k.name, k.dir)
	if err := k.download(cache); err != nil {
		return k, err
	}
	return k, k.locate()
}

// locate finds the unpacked kernel.
func (k *kernel) locate() error {
	images, _ := filepath.Glob(filepath.Join(k.dir, "boot", "vmlinuz-"+k.series+"*"))
	if len(images) != 1 {
		return fmt.Errorf("%s holds %d kernels of series %s, want 1", k.dir, len(images), k.series)
	}
	k.release = strings.TrimPrefix(filepath.Base(images[0]), "vmlinuz-")
	return nil
}

// download unpacks the package that the suite's meta package stands for.
func (k *kernel) download(cache string) error {
	options, err := archiveOf(k.suite, cache)
	if err != nil {
		return err
	}
	meta, err := output("", "apt-cache", append(slices.Clone(options), "show", "--no-all-versions", metaPackage)...)
	if err != nil {
		return fmt.Errorf("%w\nhint: apt-get update", err)
	}
	name := firstDepend(meta)
	if name == "" {
		return fmt.Errorf("apt-cache show %s names no kernel: %q", metaPackage, meta)
	}
	return unpack(cache, k.dir, options, name)
}

// firstDepend is the first package that a control file depends on.
func firstDepend(control string) string {
	for line := range strings.Lines(control) {
		if rest, ok := strings.CutPrefix(line, "Depends: "); ok {
			name, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return name
		}
	}
	return ""
}

// image is the file that the emulator boots.
func (k kernel) image() string { return filepath.Join(k.dir, "boot", "vmlinuz-"+k.release) }

// modules puts kernel modules into the image, each after what it depends on.
// One that is built in, or unknown to this kernel, is passed over: the tests that need it say so.
func (k kernel) modules(im *image, names ...string) ([]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(k.dir, "lib", "modules"), func(p string, d os.DirEntry, err error) error {
		name, _, isModule := strings.Cut(filepath.Base(p), ".ko")
		if err == nil && isModule && !d.IsDir() {
			files[moduleName(name)] = p
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var order []string
	for _, name := range names {
		if order, err = addModule(im, files, order, name); err != nil {
			return nil, err
		}
	}
	return order, nil
}

func addModule(im *image, files map[string]string, order []string, name string) ([]string, error) {
	name = moduleName(name)
	file, known := files[name]
	if !known || slices.Contains(order, name+".ko") {
		return order, nil
	}
	data, err := moduleData(file)
	if err != nil {
		return order, err
	}
	needs, err := moduleDepends(data)
	if err != nil {
		return order, fmt.Errorf("read %s: %w", file, err)
	}
	for _, need := range needs {
		if order, err = addModule(im, files, order, need); err != nil {
			return order, err
		}
	}
	im.put(strings.TrimPrefix(guest.ModuleDir, "/")+"/"+name+".ko", entry{modeFile | 0o644, data})
	return append(order, name+".ko"), nil
}

// moduleName is a module's name as the kernel writes it.
func moduleName(name string) string { return strings.ReplaceAll(name, "-", "_") }

// moduleData is a module, uncompressed: newer packages ship them as .ko.xz.
func moduleData(file string) ([]byte, error) {
	if !strings.HasSuffix(file, ".xz") {
		return os.ReadFile(file)
	}
	var out bytes.Buffer
	cmd := exec.Command("xz", "-dc", file)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("xz -dc %s: %w", file, err)
	}
	return out.Bytes(), nil
}
