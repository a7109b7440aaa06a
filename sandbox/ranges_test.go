package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func init() { roles["run as a stranger with ranges"] = strangerWithRanges }

// strangerWithRanges gives the stranger an account and subordinate ids, for this process and its children alone.
func strangerWithRanges() int {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	ids := fmt.Sprintf("%d:100000:65536\n", strangerID)
	for file, text := range map[string]string{"/etc/subuid": ids, "/etc/subgid": ids, "/etc/passwd": fmt.Sprintf("stranger:x:%d:%d::/:/bin/sh\n", strangerID, strangerID)} {
		source := filepath.Join(os.Getenv(dirVar), filepath.Base(file))
		if err == nil {
			err = os.WriteFile(source, []byte(text), 0o644)
		}
		if err == nil {
			err = unix.Mount(source, file, "", unix.MS_BIND, "")
		}
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return stranger()
}

// With ranges of ids and the power to mount or to trace, a user's program must
// have it neither over what is read-only nor over init.
func TestPowersWithRangesEndAtTheSandbox(t *testing.T) {
	s := box(t, mounted(bind(boxtest.TempDir(t), "/bound")), shell(`id -u; cat /proc/self/uid_map
		mount -o remount,bind,rw /bound 2>/dev/null && echo remounted
		readlink /proc/1/ns/user; true`), func(s *sandbox.Spec) {
		s.User.UIDMap = []spec.IDMap{{Inside: 0, Outside: 100000, Count: 10}, {Inside: 10, Outside: 100020, Count: 5}}
		s.User.GIDMap, s.User.UID = s.User.UIDMap, new(uint32)
		s.Seccomp.Policy, s.Nest = "none", true
		s.Capabilities = []spec.Capability{"SYS_ADMIN", "SYS_PTRACE"}
	})
	var out string
	var code int
	if boxtest.Root() {
		boxtest.RequireProgram(t, "newuidmap")
		out, code = withMounts(t, "run as a stranger with ranges", strangersDir(t), s)
	} else {
		s.User.UIDMap = subIDs(t)
		s.User.GIDMap = s.User.UIDMap
		e := run(t, func(into *sandbox.Spec) { *into = *s })
		out, code = e.out, e.ExitCode
	}
	if strings.Contains(out, "remounted") || strings.Contains(out, "user:[") {
		t.Errorf("it has power over the sandbox: %q", out)
	}
	if boxtest.Root() && strings.Join(strings.Fields(out), " ") != "0 0 0 10 10 10 5" {
		t.Errorf("the maps are not those that were asked for: %q", out)
	}
	if code != 0 {
		t.Errorf("code %d, %q", code, out)
	}
}
