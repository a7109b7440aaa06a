package host

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// cause says why a probe was refused, and what to do about it. A refusal by a
// kernel that is new enough, and that nothing known explains, is unexpected.
func (p *Probe) cause(s *System, r *Refusal) (why, fix string) {
	if p.Blame != nil && r != nil {
		if why, fix = p.Blame(s, r); why != "" {
			return why, fix
		}
	}
	for _, general := range [...]func(*Probe, *System, *Refusal) (string, string){tooOld, notBuilt, filtered, confined} {
		if why, fix = general(p, s, r); why != "" {
			return why, fix
		}
	}
	return p.unexpected(s)
}

const reportIt = "please report this with the output of: bulkhead doctor --json"

// unexplained begins what is said where nothing known is the cause.
const unexplained = "unexpected: "

func (p *Probe) unexpected(s *System) (why, fix string) {
	if p.Since == "" {
		return unexplained + "no sysctl, filter or security module that doctor knows forbids it", reportIt
	}
	return fmt.Sprintf(unexplained+"Linux %s should have it, as every one since %s, and no build option, sysctl, filter or security module that doctor knows forbids it",
		s.Release, p.Since), reportIt
}

func tooOld(p *Probe, s *System, _ *Refusal) (why, fix string) {
	if p.Since == "" || !s.olderThan(p.Since) {
		return "", ""
	}
	return fmt.Sprintf("Linux %s is older than %s", s.Release, p.Since), newKernel
}

// oldest is the first kernel that bulkhead is made for.
const (
	oldest    = "5.15"
	newKernel = "install Linux " + oldest + " or newer"
)

func notBuilt(p *Probe, s *System, r *Refusal) (why, fix string) {
	if p.Config == "" {
		return "", ""
	}
	config := s.config()
	if config == "" && r != nil && slices.Contains(absent[:], r.Errno) {
		return "perhaps the kernel was built without " + p.Config + ": how it was built cannot be read here",
			fmt.Sprintf("look into zgrep %s= /proc/config.gz /boot/config-%s; it takes a kernel with %s=y", p.Config, s.Release, p.Config)
	}
	switch built(config, p.Config) {
	case "n":
		return "the kernel was built without " + p.Config, "use a kernel with " + p.Config + "=y"
	case "m":
		return "it is a module of the kernel (" + p.Config + "=m) that is not loaded", moduleHint(p.Name)
	}
	return "", ""
}

// absent are the errnos that a kernel gives for what it was built without.
var absent = [...]unix.Errno{unix.EINVAL, unix.ENOSYS, unix.ENODEV, unix.EOPNOTSUPP}

func moduleHint(name string) string {
	return "sudo modprobe " + name + " && echo " + name + " | sudo tee /etc/modules-load.d/bulkhead.conf"
}

// filtered blames a system-call filter on this process, that of a container for example.
//
// FACT — since 3.5 (seccomp(2), proc_pid_status(5)) — Seccomp: 2 is a process
// under a filter, which it cannot read or remove — the errno that a filter
// gives (EPERM, ENOSYS) looks like the kernel's own — so the filter is blamed when it is there.
func filtered(_ *Probe, s *System, r *Refusal) (why, fix string) {
	if s.status("Seccomp") != "2" || r == nil {
		return "", ""
	}
	if r.Signal == 0 && r.Errno != unix.EPERM && r.Errno != unix.ENOSYS && r.Errno != unix.EACCES {
		return "", ""
	}
	around := s.around()
	return "a system-call filter is on this process, from " + around.text() + ", and refuses it", around.opened()
}

// confined blames a security module.
func confined(_ *Probe, s *System, r *Refusal) (why, fix string) {
	if r == nil || r.Errno != unix.EPERM && r.Errno != unix.EACCES {
		return "", ""
	}
	if profile := s.profile(); profile != "" {
		return "AppArmor confines this process by the profile " + profile, s.around().unconfined(profile)
	}
	if r.Errno == unix.EACCES && s.line("/sys/fs/selinux/enforce") == "1" {
		return "SELinux is enforcing, and may be what refuses it",
			"sudo ausearch -m AVC -ts recent | audit2allow -M bulkhead && sudo semodule -i bulkhead.pp"
	}
	return "", ""
}

// profile is the AppArmor profile that confines this process, "" for none.
func (s *System) profile() string {
	label := s.label()
	if !strings.HasSuffix(label, ")") || strings.HasPrefix(label, "unconfined") {
		return ""
	}
	name, mode, _ := strings.Cut(label, " (")
	if mode != "enforce)" {
		return "" // complain mode forbids nothing
	}
	return name
}

// label is what the security module says this process is. AppArmor has a file
// of its own, since attr/current belongs to whichever module comes first.
func (s *System) label() string {
	if label := s.line("/proc/self/attr/apparmor/current"); label != "" {
		return label
	}
	return s.line("/proc/self/attr/current")
}
