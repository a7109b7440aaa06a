package seccomp

import "fmt"

// Action is what happens to a system call: a SECCOMP_RET_* value of seccomp(2)
// with its data in the low 16 bits.
type Action uint32

// The actions a rule can name.
const (
	Kill   Action = 0x80000000 // the whole process dies by SIGSYS
	Trap   Action = 0x00030000 // SIGSYS, which the program may catch
	Errno  Action = 0x00050000 // plus the error's number: the call fails
	Notify Action = 0x7fc00000 // a supervisor decides; seccomp_unotify(2)
	Log    Action = 0x7ffc0000 // the call happens and is written to the audit log
	Allow  Action = 0x7fff0000
)

const (
	eperm  = 1
	enosys = 38
)

// Deny is the error that programs expect from a kernel that refuses.
const Deny = Errno | eperm

// unknown is the answer to a call that this kernel seems not to have: programs
// and C libraries then use an older way.
const unknown = Errno | enosys

// refuses tells whether the call does not happen, or only when a supervisor wants it.
func (a Action) refuses() bool { return a != Allow && a != Log }

// String is the action in the policy language.
func (a Action) String() string {
	switch a {
	case Allow:
		return "allow"
	case Log:
		return "log"
	case Notify:
		return "notify"
	case Trap:
		return "trap"
	case Kill:
		return "kill"
	case Deny:
		return "deny"
	}
	return "errno " + ErrnoName(uint16(a))
}

// ErrnoName is an error's name, or its number when it has none.
func ErrnoName(number uint16) string {
	for _, e := range errnos {
		if e.number == number {
			return e.name
		}
	}
	return fmt.Sprint(number)
}
