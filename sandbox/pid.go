package sandbox

import (
	"os"
	"strings"
	"sync"
)

func processID() int { return os.Getpid() }

// pidNamespace is the number of our pid namespace, as in "4026531836"; namespaces(7).
var pidNamespace = sync.OnceValue(func() string {
	link, err := os.Readlink("/proc/self/ns/pid") // pid:[4026531836]
	if err != nil {
		return "0"
	}
	return strings.Trim(link, "pid:[]")
})
