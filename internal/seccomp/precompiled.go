package seccomp

import "encoding/binary"

// Precompiled returns the program of a built-in policy under these options, in
// the kernel's format, without reading or compiling anything: it lies ready in
// the binary, for the machine that the binary is for. No program (nil, true) is
// what [None] means, unless there is something to guard: that is rare and not
// ready. Callers must not change the bytes.
func Precompiled(name string, o Options, a Arch) ([]byte, bool) {
	if name == None {
		return nil, !o.GuardSetID
	}
	slot, ok := slotOf(name, o)
	if !ok || a != nativeArch {
		return nil, false
	}
	entry := precompiled[slot*slotSize:]
	start := binary.LittleEndian.Uint32(entry)
	end := start + binary.LittleEndian.Uint32(entry[4:])
	return precompiled[start:end:end], true
}

// Native is the architecture of this binary.
func Native() Arch { return nativeArch }

// slotSize is the size of an entry of the index before the programs: offset and length.
const slotSize = 8

// slotOf is the place of a policy's program in the index: four for each policy, one for each choice of options.
func slotOf(name string, o Options) (int, bool) {
	slot := 0
	switch name {
	case Default:
	case Strict:
		slot = 4
	case Build:
		slot = 8
	case Shell:
		slot = 12
	case Agent:
		slot = 16
	default:
		return 0, false
	}
	if o.Nest {
		slot++
	}
	if o.GuardSetID {
		slot += 2
	}
	return slot, true
}

// slots is how many the index has.
const slots = 20

// Pack lays out the programs of all built-in policies for [Precompiled] to find.
func Pack(a Arch) ([]byte, error) {
	packed := make([]byte, slots*slotSize)
	known := map[string]uint32{}
	for _, name := range Names() {
		for _, o := range [...]Options{{}, {Nest: true}, {GuardSetID: true}, {Nest: true, GuardSetID: true}} {
			slot, ok := slotOf(name, o)
			if !ok {
				continue
			}
			code, err := builtinCode(name, o, a)
			if err != nil {
				return nil, err
			}
			start, ok := known[string(code)]
			if !ok {
				start = uint32(len(packed))
				known[string(code)] = start
				packed = append(packed, code...)
			}
			binary.LittleEndian.PutUint32(packed[slot*slotSize:], start)
			binary.LittleEndian.PutUint32(packed[slot*slotSize+4:], uint32(len(code)))
		}
	}
	return packed, nil
}

// builtinCode reads and compiles a built-in policy.
func builtinCode(name string, o Options, a Arch) ([]byte, error) {
	policy, err := Load(o, nil, name, nil)
	if err != nil {
		return nil, err
	}
	program, err := policy.Compile(a)
	return program.Bytes(), err
}
