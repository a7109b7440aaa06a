package sandbox

import "github.com/bulkhead/bulkhead/spec"

func bindm() spec.Mount { return spec.Mount{Type: spec.MountBind, Source: "/tmp/exp", Target: "/h"} }
