package main

import "github.com/bulkhead/bulkhead/internal/seccomp"

// programs makes the files from which seccomp.Precompiled serves the built-in policies.
func programs() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, a := range seccomp.Arches() {
		packed, err := seccomp.Pack(a)
		if err != nil {
			return nil, err
		}
		files["precompiled_"+a.String()+".bin"] = packed
	}
	return files, nil
}
