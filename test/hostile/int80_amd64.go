package main

// int80 enters the kernel as a 32-bit program does, and returns the errno, 0 for success.
//
//go:norace
//go:nosplit
func int80(number, a, b, c, d, e, f uintptr) (errno uintptr) {
	if r := int32(enter80(number, a, b, c, d, e, f)); r < 0 && r >= -4095 {
		return uintptr(-r)
	}
	return 0
}

//go:noescape
func enter80(number, a, b, c, d, e, f uintptr) uintptr
