package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// systemd puts this host's service manager in, enough of it for "systemd --user".
func (im *image) systemd() error {
	for _, file := range []string{"/usr/lib/systemd/systemd", "/usr/lib/systemd/systemd-executor", "/usr/lib/systemd/user", "/usr/bin/systemctl"} {
		if strings.HasSuffix(file, "-executor") && !exists(file) {
			continue // since systemd 255
		}
		if err := im.add(file); err != nil {
			return fmt.Errorf("%w\nhint: apt-get install -y --no-install-recommends systemd", err)
		}
	}
	return nil
}

// busybox puts a shell and the small tools in, from the distribution's static busybox.
func (im *image) busybox() error {
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "busybox")
	program := filepath.Join(dir, "bin", "busybox")
	if !exists(program) {
		if err := unpack(cache, dir, nil, "busybox-static"); err != nil {
			return err
		}
	}
	applets, err := output("", program, "--list")
	if err != nil {
		return err
	}
	if err := im.copy("usr/bin/busybox", program, 0o755); err != nil {
		return err
	}
	for applet := range strings.FieldsSeq(applets) {
		im.put("usr/bin/"+applet, entry{modeLink | 0o777, []byte("busybox")})
	}
	return nil
}
