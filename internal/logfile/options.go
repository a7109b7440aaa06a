package logfile

import (
	"fmt"
	"time"
)

// Options of a Writer. The zero value of each field means its default.
type Options struct {
	// MaxSize is how many bytes a segment may have, at least 64 KiB. Default 10 MiB.
	MaxSize int64
	// MaxFiles is how many segments are kept, the current one included. Default 3.
	MaxFiles int
	// Buffer is how many bytes may wait for the disk. Default 1 MiB.
	Buffer int
	// MaxStall is the longest time that one Write waits for the disk. Default 2 s.
	MaxStall time.Duration
	// OnError is called once when output begins to be dropped because the disk
	// fails or is full, from the writing goroutine; once again for the next
	// time that begins. It must not wait for the Writer.
	OnError func(error)
}

const minSize = 64 << 10

func (o Options) withDefaults() (Options, error) {
	if o.MaxSize == 0 {
		o.MaxSize = 10 << 20
	}
	if o.MaxFiles == 0 {
		o.MaxFiles = 3
	}
	if o.Buffer == 0 {
		o.Buffer = 1 << 20
	}
	if o.MaxStall == 0 {
		o.MaxStall = 2 * time.Second
	}
	switch {
	case o.MaxSize < minSize:
		return o, fmt.Errorf("log segments of %d bytes are too small: use at least %d", o.MaxSize, minSize)
	case o.MaxFiles < 0 || o.Buffer < 0 || o.MaxStall < 0:
		return o, fmt.Errorf("negative log options: %d files, buffer %d, stall %v", o.MaxFiles, o.Buffer, o.MaxStall)
	}
	return o, nil
}
