package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

func TestTry(t *testing.T) {
	cmd := []string{"sh", "-c", "id; ps ax; ls /proc | head; cat /proc/self/cgroup; exit 3"}
	if c := os.Getenv("TRY"); c != "" {
		cmd = []string{"sh", "-c", c}
	} else {
		t.Skip()
	}
	s := &Spec{Command: cmd}
	if m := os.Getenv("SPEC"); m != "" {
		if err := json.Unmarshal([]byte(m), s); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Run(context.Background(), s, IO{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	if e, ok := err.(*Error); ok {
		fmt.Println("hint:", e.Hint)
	}
	b, _ := json.Marshal(r)
	fmt.Println(string(b), err)
}
