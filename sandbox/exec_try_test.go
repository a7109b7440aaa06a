package sandbox

import (
	"context"
	"fmt"
	"github.com/bulkhead/bulkhead/spec"
	"os"
	"testing"
	"time"
)

func TestExecTry(t *testing.T) {
	s := &Spec{Name: "tryme", Command: []string{"sleep", "3"}, AllowDrop: []spec.Protection{"cgroup"}}
	b, err := Start(context.Background(), s, IO{})
	if err != nil {
		t.Fatal(err, err.(*Error).Hint)
	}
	fmt.Println(List())
	c, err := Open("tryme")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Exec(context.Background(), ExecSpec{Command: []string{"sh", "-c", "id; ps ax; grep -E 'Cap|Sec|NoNew|Gro' /proc/self/status; cat /proc/self/cgroup; pwd; ls /proc/self/fd; for i in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$i /proc/2/ns/$i; done; kill -9 $$"}}, IO{Stdout: os.Stdout, Stderr: os.Stderr})
	fmt.Println(r, err)
	if err != nil {
		fmt.Println(err.(*Error).Hint)
	}
	fmt.Println(c.Stats())
	fmt.Println(c.Freeze(), c.Thaw())
	fmt.Println(b.Stop(time.Second))
	fmt.Println(b.Wait())
	fmt.Println(List())
	fmt.Println(Collect(false))
}
