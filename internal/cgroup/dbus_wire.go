package cgroup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The header fields of a message, and the types of messages.
const (
	fieldPath        = 1
	fieldInterface   = 2
	fieldMember      = 3
	fieldErrorName   = 4
	fieldReplySerial = 5
	fieldDestination = 6
	fieldSignature   = 8

	typeCall  = 1
	typeError = 3
)

func encodeCall(to target, serial uint32, signature string, body []byte) []byte {
	var e encoder
	e.bytes('l', typeCall, 0, 1)
	e.uint32(uint32(len(body)))
	e.uint32(serial)
	e.array(8, func() {
		e.field(fieldPath, "o", to.path)
		e.field(fieldInterface, "s", to.iface)
		e.field(fieldMember, "s", to.method)
		if to.destination != "" {
			e.field(fieldDestination, "s", to.destination)
		}
		if signature != "" {
			e.align(8)
			e.bytes(fieldSignature)
			e.signature("g")
			e.signature(signature)
		}
	})
	e.align(8)
	return append(e.buf, body...)
}

// encoder writes D-Bus values, little-endian, each aligned to its size.
type encoder struct{ buf []byte }

func (e *encoder) bytes(b ...byte) { e.buf = append(e.buf, b...) }

func (e *encoder) align(n int) {
	for len(e.buf)%n != 0 {
		e.buf = append(e.buf, 0)
	}
}

func (e *encoder) uint32(v uint32) {
	e.align(4)
	e.buf = binary.LittleEndian.AppendUint32(e.buf, v)
}

func (e *encoder) string(s string) {
	e.uint32(uint32(len(s)))
	e.buf = append(append(e.buf, s...), 0)
}

func (e *encoder) signature(s string) {
	e.bytes(byte(len(s)))
	e.buf = append(append(e.buf, s...), 0)
}

// array writes what elements writes, after its length, which does not count the padding before it.
func (e *encoder) array(alignment int, elements func()) {
	e.uint32(0)
	length := len(e.buf) - 4
	e.align(alignment)
	begin := len(e.buf)
	elements()
	binary.LittleEndian.PutUint32(e.buf[length:], uint32(len(e.buf)-begin))
}

func (e *encoder) field(code byte, kind, value string) {
	e.align(8)
	e.bytes(code)
	e.signature(kind)
	e.string(value)
}

// message is what of an answer matters here.
type message struct {
	kind      byte
	replyTo   uint32
	errorName string
	text      string // the first argument if that is a string
}

func (m message) err() error {
	if m.kind != typeError {
		return nil
	}
	return fmt.Errorf("%s (%s)", m.text, m.errorName)
}

// maxMessage is the size the specification allows.
const maxMessage = 128 << 20

// readMessage reads one message, of either byte order.
func readMessage(r io.Reader) (message, error) {
	head := make([]byte, 16)
	if _, err := io.ReadFull(r, head); err != nil {
		return message{}, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'B' {
		order = binary.BigEndian
	}
	body, fields := int64(order.Uint32(head[4:])), int64(order.Uint32(head[12:]))
	padded := (fields + 7) &^ 7
	if body+padded > maxMessage {
		return message{}, errors.New("the answer is too long for a D-Bus message")
	}
	rest := make([]byte, padded+body)
	if _, err := io.ReadFull(r, rest); err != nil {
		return message{}, err
	}
	m := message{kind: head[1]}
	signature := (&decoder{buf: rest[:fields], order: order}).fields(&m)
	if strings.HasPrefix(signature, "s") {
		m.text = (&decoder{buf: rest[padded:], order: order}).string()
	}
	return m, nil
}

// decoder reads D-Bus values. What is cut short reads as empty.
type decoder struct {
	buf   []byte
	pos   int
	order binary.ByteOrder
}

// fields reads the header fields and returns the body's signature.
func (d *decoder) fields(m *message) (signature string) {
	for d.skip(8); d.pos < len(d.buf); d.skip(8) {
		code := d.next(1)
		switch kind := d.short(); kind {
		case "s", "o":
			if value := d.string(); len(code) == 1 && code[0] == fieldErrorName {
				m.errorName = value
			}
		case "g":
			signature = d.short()
		case "u":
			if value := d.uint32(); len(code) == 1 && code[0] == fieldReplySerial {
				m.replyTo = value
			}
		default:
			return signature // no other type is in a header
		}
	}
	return signature
}

func (d *decoder) skip(alignment int) { d.pos = (d.pos + alignment - 1) / alignment * alignment }

func (d *decoder) next(n int) []byte {
	if n < 0 || n > len(d.buf)-d.pos {
		d.pos = len(d.buf)
		return nil
	}
	d.pos += n
	return d.buf[d.pos-n : d.pos]
}

func (d *decoder) uint32() uint32 {
	d.skip(4)
	if b := d.next(4); b != nil {
		return d.order.Uint32(b)
	}
	return 0
}

func (d *decoder) string() string {
	s := string(d.next(int(d.uint32())))
	d.next(1)
	return s
}

func (d *decoder) short() string {
	n := d.next(1)
	if n == nil {
		return ""
	}
	s := string(d.next(int(n[0])))
	d.next(1)
	return s
}
