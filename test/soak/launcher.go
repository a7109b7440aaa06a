package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
)

// seedVar, in a launcher's environment, is the seed of its choices.
const seedVar = "BULKHEAD_SOAK_SEED"

// failure begins what a launcher says of a start that went wrong; before each start it says a full stop.
const failure = '!'

// launcher starts one sandbox after the other until it is killed, or nobody listens any more.
func launcher() int {
	var seed uint64
	if _, err := fmt.Sscan(os.Getenv(seedVar), &seed); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", seedVar, err)
		return 2
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for {
		if _, err := os.Stdout.WriteString("."); err != nil {
			return 0
		}
		m := draw(inLauncher, r)
		if _, err := m.run(nil, r); err != nil {
			fmt.Printf("%c%s: %v", failure, m.name, err)
			return 1
		}
	}
}

// collector collects what launchers of its user have left.
func collector() int {
	if _, err := sandbox.Collect(false); err != nil {
		fmt.Fprintln(os.Stderr, "soak: collect:", err)
		return 1
	}
	return 0
}

// role is a copy of this program, as root's or the unprivileged user's.
func (s *site) role(name string, unprivileged bool) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"="+name)
	cmd.Stderr = os.Stderr
	if unprivileged {
		cmd.Dir = "/"
		cmd.Env = append(cmd.Env, "HOME="+s.home, "TMPDIR="+s.home, "XDG_RUNTIME_DIR="+s.home)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	}
	return cmd
}

// mostOfLauncher is how many starts a launcher comes to at most before it is killed.
const mostOfLauncher = 12

// launcherKilled kills a launcher a random while after it began its last start, which the kill mostly meets.
func launcherKilled(s *site, r *rand.Rand) (int, error) {
	cmd := s.role("launcher", s.home != "" && r.IntN(2) == 0)
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", seedVar, r.Uint64()))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	boxtest.Launched(cmd.Process.Pid)
	said := bufio.NewReader(out)
	n := begun(said, 1+r.IntN(mostOfLauncher))
	time.Sleep(moment(r, 20*time.Millisecond))
	_ = cmd.Process.Kill() // it may have ended by itself, which it then has told
	rest, _ := io.ReadAll(said)
	_ = cmd.Wait()
	return n + strings.Count(string(rest), "."), told(string(rest))
}

// begun waits until a launcher has begun so many starts, or has ended.
func begun(said *bufio.Reader, most int) int {
	for n := range most {
		c, err := said.ReadByte()
		if err != nil {
			return n
		}
		if c == failure {
			_ = said.UnreadByte() // it has just been read
			return n
		}
	}
	return most
}

// told is the failure in what a launcher said.
func told(text string) error {
	if i := strings.IndexByte(text, failure); i >= 0 {
		return fmt.Errorf("launcher: %s", text[i+1:])
	}
	return nil
}
