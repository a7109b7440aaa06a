package terminal

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Settings are a new pseudo-terminal's but for what the model lends; so is what Prepare makes.
func TestSettings(t *testing.T) {
	model, program := openPTY()
	t.Cleanup(func() { model.Close(); program.Close() })
	fresh, err := unix.IoctlGetTermios(descriptor(program), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	theirs := makeRaw(*fresh)
	theirs.Cc[unix.VINTR], theirs.Cc[unix.VMIN], theirs.Cc[unix.VTIME] = 'x', 7, 9
	theirs.Iflag |= unix.IUTF8
	if err := unix.IoctlSetTermios(descriptor(program), unix.TCSETS, &theirs); err != nil {
		t.Fatal(err)
	}
	want := *fresh
	want.Cc[unix.VINTR] = 'x'
	want.Iflag |= unix.IUTF8
	got, err := Settings(program)
	if err != nil {
		t.Fatal(err)
	}
	if alike := *got; alike.Iflag != want.Iflag || alike.Oflag != want.Oflag || alike.Cflag != want.Cflag || alike.Lflag != want.Lflag || alike.Line != want.Line || alike.Cc != want.Cc {
		t.Errorf("Settings: %+v\nwant %+v", alike, want)
	}
	master, side := openPTY()
	t.Cleanup(func() { master.Close(); side.Close() })
	if err := Prepare(master, program); err != nil {
		t.Fatal(err)
	}
	if made, err := unix.IoctlGetTermios(descriptor(side), unix.TCGETS); err != nil || *made != want {
		t.Errorf("Prepare: %+v, %v\nwant %+v", made, err, want)
	}
}

func TestModel(t *testing.T) {
	master, program := openPTY()
	t.Cleanup(func() { master.Close(); program.Close() })
	file := newFile(t, 0)
	if Model(nil, nil) != nil || Model(file, nil) != nil || Model(program, file) != program || Model(file, program) != program {
		t.Error("the model is not the first terminal")
	}
}
