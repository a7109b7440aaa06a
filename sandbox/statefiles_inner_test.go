package sandbox

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/spec"
)

// FuzzRecord reads records that nobody wrote: what is taken for one can be
// asked for all that the commands ask, and written again it is the same.
func FuzzRecord(f *testing.F) {
	s := spec.Spec{Command: []string{"true"}, Limits: spec.Limits{Memory: 64 << 20}}
	whole, err := json.Marshal(&record{Name: "a", ID: "1", PID: 1, Launcher: 1, Started: time.Unix(1, 2), Spec: &s, Env: []string{"A=1"}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{whole, whole[:len(whole)/2], []byte(`{"spec":{}}`), []byte(`{"spec":null,"pid":-1}`), []byte(`{"spec":{},"pid":9223372036854775807}`), nil} {
		f.Add(seed)
	}
	dir := boxtest.TempDir(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, recordFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := readRecord(dir)
		if err != nil {
			if !bytes.Contains([]byte(err.Error()), []byte(recordFile)) {
				t.Errorf("%q: the error does not name the file: %v", text, err)
			}
			return
		}
		r.alive()
		r.Spec.JSON()
		if err := r.write(dir); err != nil {
			t.Fatalf("%q: it cannot be written: %v", text, err)
		}
		again, err := readRecord(dir)
		if err != nil {
			t.Fatalf("%q: it cannot be read again: %v", text, err)
		}
		requireSame(t, r, again)
	})
}

// FuzzEnd does the same with how a detached sandbox ended.
func FuzzEnd(f *testing.F) {
	for _, seed := range []string{`{"result":{"status":"exited","exit_code":3,"dropped":[]}}`, `{"at":"2026-01-02T03:04:05Z","result":null}`, `{"at":"x"}`, "", "{", "null"} {
		f.Add([]byte(seed))
	}
	dir := boxtest.TempDir(f)
	path := filepath.Join(dir, endFile)
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := storedEnd(t, path, text)
		if err != nil {
			return
		}
		e.how()
		written, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%q: it cannot be written: %v", text, err)
		}
		again, err := storedEnd(t, path, written)
		if err != nil {
			t.Fatalf("%s: it cannot be read again: %v", written, err)
		}
		requireSame(t, e, again)
	})
}

// storedEnd is what readEnd makes of a file.
func storedEnd(t *testing.T, path string, text []byte) (Ended, error) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return readEnd(file)
}

func requireSame(t *testing.T, a, b any) {
	t.Helper()
	first, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := json.Marshal(b); err != nil || !bytes.Equal(first, second) {
		t.Errorf("%s\nread again\n%s (%v)", first, second, err)
	}
}
