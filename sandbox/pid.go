package sandbox

import "os"

func processID() int { return os.Getpid() }
