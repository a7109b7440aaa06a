package sandbox

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

func TestZWBomb(t *testing.T) {
	if os.Getenv("ZW") == "" {
		t.Skip("scratch")
	}
	s := &Spec{Command: []string{"/h/hostile", "forkbomb"}}
	s.Limits.Pids = 50
	s.Limits.Wall = 9e9
	s.Mounts = append(s.Mounts, bindm())
	t0 := time.Now()
	b, err := Start(context.Background(), s, IO{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("started", time.Since(t0))
	for {
		time.Sleep(50 * time.Millisecond)
		t1 := time.Now()
		st, err := b.group.Stats()
		fmt.Println(time.Since(t0), "stats took", time.Since(t1), st.PidsCurrent, st.PidsMaxHits, err, b.limit.Load() != nil)
		if b.ended() || err != nil {
			break
		}
	}
	r, _ := b.Wait()
	fmt.Printf("%+v\n", r)
}
