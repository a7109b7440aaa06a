package terminal

import (
	"bytes"
	"io"
	"os"
	"testing"
)

func TestSameSink(t *testing.T) {
	f, g := newFile(t, 0), newFile(t, 0)
	buffer := new(bytes.Buffer)
	r, w := pipes(t)
	tests := []struct {
		a, b io.Writer
		want bool
	}{
		{f, f, true}, {f, g, false}, {nil, nil, true}, {f, nil, false}, {nil, f, false}, {buffer, buffer, true},
		{buffer, new(bytes.Buffer), false}, {buffer, f, false}, {r, w, true}, {f, w, false},
		{(*os.File)(nil), f, false}, {uncomparable("x"), uncomparable("x"), false},
	}
	for i, test := range tests {
		if got := sameSink(test.a, test.b); got != test.want {
			t.Errorf("case %d: %v", i, got)
		}
	}
}

type uncomparable []byte

func (uncomparable) Write(b []byte) (int, error) { return len(b), nil }
