package sandbox

import (
	"errors"
	"math"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// What is asked for and cannot be had is refused; what a profile brings along is cut.
func TestHardLimits(t *testing.T) {
	hard := map[int64]uint64{
		unix.RLIMIT_NOFILE: 500, unix.RLIMIT_STACK: 1 << 20, unix.RLIMIT_FSIZE: 1 << 20, unix.RLIMIT_NPROC: 50, unix.RLIMIT_CORE: 0, unix.RLIMIT_MEMLOCK: math.MaxUint64 - 1,
	}
	for _, test := range []struct{ doc, want, hint string }{
		{`{"open_files": 9000}`, "limit nofile: 9000 is more than the 500 of the caller's own hard limit", "(ulimit -Hn shows it), or raise that as root before: prlimit --pid $$ --nofile=9000"},
		{`{"stack": "2M"}`, "limit stack: 2097152 is more than the 1048576", "ulimit -Hs"},
		{`{"file_size": "2M"}`, "limit fsize: 2097152 is more", "ulimit -Hf"},
		{`{"pids": 60}`, "limit pids: 60 is more than the 50", "prlimit --pid $$ --nproc=60"},
		{`{"rlimits": {"core": 1}}`, "limit core: 1 is more than the 0", "ulimit -Hc"},
		{`{"rlimits": {"nofile": 501}}`, "limit nofile: 501", "ulimit -Hn"},
		{`{"rlimits": {"memlock": "4G", "core": "unlimited", "nofile": 500}}`, "", ""},
		{`{"open_files": 500, "stack": "1M", "file_size": "1M", "pids": 50}`, "", ""},
		{`{"open_files": "unlimited", "stack": "unlimited", "file_size": "unlimited", "pids": "unlimited"}`, "", ""},
		{`{"open_files": 4096, "stack": "256M", "file_size": "64M", "pids": 4096}`, "", ""},
		{`{}`, "", ""},
	} {
		var s Spec
		if err := spec.Decode("", []byte(`{"limits": `+test.doc+`}`), &s); err != nil {
			t.Fatal(err)
		}
		err := checkHardLimits(&s.Limits, hard)
		var e *Error
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.doc, err)
		case test.want != "" && (!errors.As(err, &e) || !strings.HasPrefix(e.Error(), test.want) || !strings.Contains(e.Hint, test.hint)):
			t.Errorf("%s: %v, want %s", test.doc, err, test.want)
		}
	}
}
