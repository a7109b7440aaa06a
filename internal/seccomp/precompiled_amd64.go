package seccomp

import _ "embed" // the programs are one file

const nativeArch = AMD64

// precompiled is an index of offsets and lengths, then the programs; made by Pack.
//
//go:embed precompiled_amd64.bin
var precompiled []byte
