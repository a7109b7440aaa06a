// Package cgroup limits and accounts for groups of processes with control
// groups: version 2 first, version 1 beside it.
//
// The package has a pure half and an acting half:
//
//	Probe ──▶ Layout ──(pure)──▶ Setup: directories to make, values to write
//	             └────── Open ──▶ Group: Stats, Kill, Freeze, Remove
//
// A [Layout] says where this process may make groups. [Layout.Setup] computes
// what has to be made and written, and makes no system call, so that a plan
// can print it. A [Group] is a live group.
//
// On a hybrid host both versions are used at once: the v1 hierarchies enforce
// limits, and the v2 tree, although it has no controllers there, counts
// processor time, freezes and kills.
package cgroup
