// Package logfile keeps what a detached program prints: a [Writer] stores it, a
// [Reader] reads it back, also while it is written, a [Printer] shows it.
//
// # Format
//
// A log is a directory of segments, log.000001, log.000002 and so on, and a
// file named lock. A segment is lines of text:
//
//	#bulkhead log 1
//	2026-01-02T03:04:05.123456789Z out F 5 hello
//	2026-01-02T03:04:05.123500000Z err B 9 Password:
//
// that is: when the line began (UTC), the stream (out, err, or log for notes of
// our own), which part of a line this is (F full, B beginning, C continued, E
// end), the number of bytes, the bytes themselves, a newline. A program's line of
// any length is cut into parts of at most 16 KiB, which all carry the line's one
// time. A B or C that no C or E follows is a line without a newline. The order of
// the records is the order in which the bytes arrived.
//
// Records hold any bytes but newlines, so every newline ends a record: a reader
// finds its way again after any damage, tail and grep work on the files, and
// the number of bytes tells a torn record from a whole one.
//
// # Promises
//
// The program is never held up for longer than Options.MaxStall at a time. Its
// output goes into a buffer of Options.Buffer bytes that one goroutine writes to disk.
// While the buffer is full the program waits (back-pressure: its pipe fills).
// Beyond MaxStall its output is dropped until the disk moves again; on a full disk it
// is dropped at once. What was dropped is counted, per stream, and the log says so at that place.
//
// A record is in the kernel's hands as soon as the disk keeps up: the death of
// the writing process, by kill -9 too, loses only what was still in its buffer.
// There is no fsync for each record: a crash of the whole machine may
// lose the last seconds (those the kernel had not written back, 30 by
// default). Close syncs.
//
// A full disk and torn records never end a log: see Options.OnError, and Note.
package logfile
