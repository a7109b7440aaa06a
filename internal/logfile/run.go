package logfile

import "time"

// idlePause is after how much silence a Writer gives its buffers up.
const idlePause = time.Second

// run moves records from the buffer to the disk until Close.
func (w *Writer) run() {
	defer close(w.done)
	for more := true; more; {
		w.awaitWork()
		var batch []byte
		var lost loss
		batch, lost, more = w.take()
		w.store.append(batch)
		// What did not find room in the buffer came after the batch that filled it.
		w.store.owe(lost)
		w.store.append(nil)
		w.giveBack(batch)
	}
}

// awaitWork returns when there are records, or something to try again.
func (w *Writer) awaitWork() {
	switch {
	case w.store.owed.any():
		await(w.work, time.Until(w.store.retryAt))
	case !await(w.work, idlePause):
		w.trim()
		<-w.work
	}
}

// take empties the buffer; more is false when it will stay empty.
func (w *Writer) take() (batch []byte, lost loss, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	batch, w.pending, w.spare = w.pending, w.spare, nil
	lost, w.lost = w.lost, loss{}
	w.stalled = false
	close(w.moved)
	w.moved = make(chan struct{})
	return batch, lost, !w.closed
}

// giveBack lets the buffer be used again.
func (w *Writer) giveBack(batch []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spare = batch[:0]
}

// trim frees the buffers that are empty.
func (w *Writer) trim() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spare = nil
	if len(w.pending) == 0 {
		w.pending = nil
	}
	for i := range w.lines {
		if len(w.lines[i].data) == 0 {
			w.lines[i].data = nil
		}
	}
}
