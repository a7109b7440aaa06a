// Command work does one task many times and prints how many seconds one took.
// Bench runs it inside a sandbox and outside: its own start is not in the figure.
//
// usage: work TASK FILE
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "work:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 3 && args[0] == "peer" {
		return peer(args[1], args[2])
	}
	if len(args) != 2 || tasks[args[0]].prepare == nil {
		return fmt.Errorf("usage: work TASK FILE, not %q", args)
	}
	t := tasks[args[0]]
	once, finish, err := t.prepare(args[1])
	if err != nil {
		return err
	}
	each, err := repeat(t.times, once)
	if err != nil {
		return err
	}
	fmt.Println(each)
	return finish()
}

// repeat is the mean time of one, in seconds, after a tenth more to get warm.
func repeat(times int, once func() error) (float64, error) {
	var begin time.Time
	for i := -times / 10; i < times; i++ {
		if i == 0 {
			begin = time.Now()
		}
		if err := once(); err != nil {
			return 0, err
		}
	}
	return time.Since(begin).Seconds() / float64(times), nil
}
