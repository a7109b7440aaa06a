package seccomp

import "slices"

// translated is the decision on an i386 call: by its own rules and those of
// the native calls that it stands for.
func (c *compiler) translated(name string) *node {
	for _, m := range multiplexers {
		if m.name == name {
			return c.demultiplexed(m)
		}
	}
	return c.ruled(abiI386, c.visible(nativeOf(name)))
}

// nativeOf are the calls whose rules hold for an i386 call, each with the number of its arguments that can be seen.
func nativeOf(name string) map[string]uint8 {
	same := map[string]uint8{name: allSame}
	for _, a := range aliases {
		if a.i386 == name {
			same[a.native] = a.same
		}
	}
	return same
}

// visible picks the rules of some calls, in the policy's order, each call with
// the number of its arguments that can be seen. A condition on any other
// argument is decided for safety: a refusal holds, a permission does not.
func (c *compiler) visible(calls map[string]uint8) []rule {
	var places []int
	for name := range calls {
		places = append(places, c.rules[name]...)
	}
	slices.Sort(places)
	var list []rule
	for _, i := range places {
		r := c.policy.rules[i]
		if r.when != nil && (r.when.arguments() > int(calls[r.call]) || r.when.missing()&(1<<abiI386) != 0) {
			if !r.action.refuses() {
				continue
			}
			r.when = nil
		}
		list = append(list, r)
	}
	return list
}

// multiplexer is one call that stands for many.
type multiplexer struct {
	name string
	// mask keeps the bits of the first argument that choose the call.
	mask uint32
	// native calls by number, from 1 on; empty where there is none.
	native []string
}

// multiplexers are the two of i386. Their calls' arguments lie in memory.
//
// FACT - since ever (linux/net.h, linux/ipc.h) - socketcall and ipc choose the call by their first argument, of which ipc keeps a
// version in the upper half - each number gets the decision on its call, with no argument visible - the same on all kernels.
var multiplexers = [...]multiplexer{
	{"socketcall", allBits, []string{
		"socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "sendto", "recvfrom",
		"sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
	}},
	{"ipc", 0xffff, []string{
		"semop", "semget", "semctl", "semtimedop", "", "", "", "", "", "",
		"msgsnd", "msgrcv", "msgget", "msgctl", "", "", "", "", "", "",
		"shmat", "shmdt", "shmget", "shmctl",
	}},
}

// demultiplexed chooses by the first argument.
func (c *compiler) demultiplexed(m multiplexer) *node {
	n := c.ruled(abiI386, c.rulesOf(m.name))
	for i, native := range m.native {
		if native != "" {
			one := c.ruled(abiI386, c.visible(map[string]uint8{m.name: allSame, native: 0}))
			n = c.test(offsetArguments, m.mask, opEqual, uint32(i+1), one, n)
		}
	}
	return n
}
