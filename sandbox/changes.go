package sandbox

import (
	"golang.org/x/sys/unix"
)

// state is what tells one version of a file from another.
type state struct {
	exists bool
	dev    uint64
	inode  uint64
	mode   uint32
	size   int64
	// FACT — always (inode(7)) — any change of content, owner, mode or links
	// updates ctime, and no call sets it back.
	changed unix.Timespec
}

// lookAt notes the state of the paths that no mount can guard.
func lookAt(paths []string) []state {
	states := make([]state, len(paths))
	for i, p := range paths {
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			continue // most often there is nothing yet
		}
		states[i] = state{true, st.Dev, st.Ino, st.Mode, st.Size, st.Ctim}
	}
	return states
}

// changes lists the paths whose state is not what it was.
func changes(paths []string, before []state) []string {
	var list []string
	for i, now := range lookAt(paths) {
		if now != before[i] {
			list = append(list, paths[i])
		}
	}
	return list
}
