package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// image is the content of the machine's first root, by path without the leading slash.
type image struct {
	files map[string]entry
	order []string
}

type entry struct {
	mode uint32
	data []byte
}

// newImage has the directories and files that programs expect anywhere.
func newImage() *image {
	im := &image{files: map[string]entry{}}
	for _, link := range []string{"bin", "sbin", "lib", "lib64"} { // as on every merged-/usr distribution
		im.put(link, entry{modeLink | 0o777, []byte("usr/" + link)})
	}
	for _, dir := range []string{"usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "dev", "proc", "sys", "run", "home", "root", "var"} {
		im.dir(dir)
	}
	im.file("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
	im.file("etc/group", 0o644, "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n")
	im.file("etc/shadow", 0o600, "root:secret:19000::::::\n")
	im.file("etc/subuid", 0o644, "user:100000:65536\n")
	im.file("etc/subgid", 0o644, "user:100000:65536\n")
	im.file("etc/hosts", 0o644, "127.0.0.1 localhost\n")
	return im
}

func (im *image) put(name string, e entry) {
	if _, known := im.files[name]; known {
		return
	}
	if parent := path.Dir(name); parent != "." {
		im.dir(parent)
	}
	im.files[name] = e
	im.order = append(im.order, name)
}

func (im *image) dir(name string) { im.put(name, entry{modeDir | 0o755, nil}) }

func (im *image) file(name string, perm uint32, text string) {
	im.put(name, entry{modeFile | perm, []byte(text)})
}

// copy puts a file of this host at name.
func (im *image) copy(name, from string, perm uint32) error {
	data, err := os.ReadFile(from)
	if err == nil {
		im.put(name, entry{modeFile | perm, data})
	}
	return err
}

// plan puts the plan in.
func (im *image) plan(p guest.Plan) error {
	text, err := json.MarshalIndent(p, "", "\t")
	if err == nil {
		im.file(strings.TrimPrefix(guest.PlanFile, "/"), 0o644, string(text))
	}
	return err
}

// add puts a file or tree of this host in at the same path, links followed in
// both places, and the libraries of every program in it.
func (im *image) add(file string) error {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	if err := filepath.WalkDir(real, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return im.addOne(p, d)
	}); err != nil {
		return fmt.Errorf("put %s into the machine: %w", file, err)
	}
	if real != filepath.Clean(file) && usr(real) != usr(file) {
		im.put(usr(file), entry{modeLink | 0o777, []byte(real)})
	}
	return nil
}

func (im *image) addOne(p string, d os.DirEntry) error {
	switch name := usr(p); d.Type() {
	case os.ModeDir:
		im.dir(name)
		return nil
	case os.ModeSymlink:
		to, err := os.Readlink(p)
		im.put(name, entry{modeLink | 0o777, []byte(to)})
		return err
	case 0:
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := im.copy(name, p, uint32(info.Mode().Perm())); err != nil {
			return err
		}
		return im.libraries(p)
	}
	return nil // sockets and devices mean nothing in another machine
}

// libraries adds what the dynamic loader will look for.
func (im *image) libraries(program string) error {
	needs, err := needed(program)
	for _, lib := range needs {
		err = errors.Join(err, im.add(lib))
	}
	return err
}

// usr is a path's name in the image, where /bin and its like are links into /usr.
func usr(p string) string {
	name := strings.TrimPrefix(filepath.Clean(p), "/")
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "bin", "sbin", "lib", "lib64":
		return "usr/" + name
	}
	return name
}

// bytes is the image as the kernel wants it.
func (im *image) bytes() ([]byte, error) {
	var out bytes.Buffer
	a := &archive{w: &out}
	for _, name := range im.order {
		a.add(name, im.files[name].mode, im.files[name].data)
		if name == "dev" { // the kernel opens it for init before anything is mounted
			a.device("dev/console", 0o600, 5, 1)
		}
	}
	err := a.close()
	return out.Bytes(), err
}
