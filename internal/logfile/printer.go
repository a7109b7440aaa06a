package logfile

import "io"

// Printer writes records as the program wrote them: byte for byte, each line in one
// piece however many records it has. The zero value of its options adds nothing.
type Printer struct {
	// Stdout and Stderr are where the two streams go. If they are equal, a line of
	// one stream that comes in the middle of a line of the other begins on a line of its own.
	Stdout, Stderr io.Writer
	// Notes is where remarks about the log itself go, as "bulkhead: REMARK"; nil drops them.
	Notes io.Writer
	// Timestamps puts the time before each line.
	Timestamps bool

	open [streams]bool // the stream's line has been begun and not ended
	last Stream        // that wrote last
}

// Print writes r.
func (p *Printer) Print(r Record) error {
	if r.Stream == Note {
		return p.note(r)
	}
	b := p.breakLine(nil, r)
	if !p.open[r.Stream] {
		b = p.prefix(b, r)
	}
	b = append(b, r.Data...)
	if r.Ends {
		b = append(b, '\n')
	}
	p.open[r.Stream] = !r.Ends
	p.last = r.Stream
	_, err := p.to(r.Stream).Write(b)
	return err
}

// breakLine ends the line that is open where r goes, unless r continues it.
func (p *Printer) breakLine(b []byte, r Record) []byte {
	other := Stdout
	if r.Stream == Stdout {
		other = Stderr
	}
	switch {
	case p.open[r.Stream] && r.Begins:
		p.open[r.Stream] = false
	case p.open[other] && p.last == other && p.Stdout == p.Stderr:
		// If the other one goes on, that is a new line here too.
		p.open[other] = false
	default:
		return b
	}
	return append(b, '\n')
}

func (p *Printer) prefix(b []byte, r Record) []byte {
	if !p.Timestamps {
		return b
	}
	return append(r.Time.UTC().AppendFormat(b, timeLayout), ' ')
}

func (p *Printer) to(s Stream) io.Writer {
	if s == Stdout {
		return p.Stdout
	}
	return p.Stderr
}

func (p *Printer) note(r Record) error {
	if p.Notes == nil {
		return nil
	}
	var b []byte
	if p.open[p.last] && p.Notes == p.to(p.last) {
		p.open[p.last] = false
		b = append(b, '\n')
	}
	b = append(b, "bulkhead: "...)
	b = append(b, r.Data...)
	_, err := p.Notes.Write(append(b, '\n'))
	return err
}
