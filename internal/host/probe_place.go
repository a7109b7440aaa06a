package host

import "strings"

// placeProbes look at what is around this process. They only tell: what it
// forbids shows in the other probes.
func placeProbes() []Probe {
	return []Probe{
		{Name: "container", Area: "place", What: "a container or sandbox around this process passes on only what it has", Ask: container},
		{Name: "security-modules", Area: "place", What: "may forbid what the kernel can do", Ask: securityModules},
		{Name: "pressure", Area: "place", What: "shows how long processes wait for processors and memory", Since: "4.20", Config: "CONFIG_PSI", Ask: pressure},
	}
}

func container(s *System) Answer {
	e := s.around()
	if !e.enclosed() {
		return yes("none")
	}
	found := e.kind
	if found == "" {
		found = "of unknown make"
	}
	found += ", namespaces of its own: " + strings.Join(e.foreign, " ")
	if s.status("Seccomp") == "2" {
		found += ", a system-call filter"
	}
	if s.status("NoNewPrivs") == "1" {
		found += ", no_new_privs"
	}
	return yes(found)
}

func securityModules(s *System) Answer {
	found := s.moduleList()
	if label := s.label(); label != "" {
		found += "; this process is " + label
	}
	if profile := s.profile(); profile != "" {
		return partly(found, "AppArmor confines this process by the profile "+profile, s.around().unconfined(profile))
	}
	return yes(found)
}

// moduleList is the security modules that are on, as far as it can be seen.
func (s *System) moduleList() string {
	if list := s.line("/sys/kernel/security/lsm"); list != "" {
		return list
	}
	var seen []string
	if s.line("/sys/module/apparmor/parameters/enabled") == "Y" {
		seen = append(seen, "apparmor")
	}
	switch s.line("/sys/fs/selinux/enforce") {
	case "1":
		seen = append(seen, "selinux (enforcing)")
	case "0":
		seen = append(seen, "selinux (permissive)")
	}
	if len(seen) == 0 {
		return "neither AppArmor nor SELinux"
	}
	return strings.Join(seen, ",")
}

// pressure — FACT — since 4.20 (psi.rst) — kernels built with
// CONFIG_PSI_DEFAULT_DISABLED have the files and refuse to read them (EOPNOTSUPP) or lack them, until booted with psi=1.
func pressure(s *System) Answer {
	text, err := s.read("/proc/pressure/memory")
	if err == nil {
		line, _, _ := strings.Cut(text, "\n")
		return yes("memory: " + line)
	}
	a := Answer{Outcome: No, Found: "/proc/pressure/memory cannot be read"}
	if built(s.config(), "CONFIG_PSI_DEFAULT_DISABLED") == "y" || built(s.config(), "CONFIG_PSI") == "y" {
		a.Why, a.Fix = "pressure stall information is switched off at boot", "add to the kernel's command line: psi=1"
	}
	return a
}
