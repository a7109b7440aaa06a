package launch

import "sync"

// kept is what is made once and kept. Unlike sync.OnceValues it tries again
// after a failure, which may have been a passing one: too many open files.
func kept[T any](make func() (T, error)) func() (T, error) {
	var (
		mu    sync.Mutex
		have  bool
		value T
	)
	return func() (T, error) {
		mu.Lock()
		defer mu.Unlock()
		if have {
			return value, nil
		}
		v, err := make()
		if err == nil {
			value, have = v, true
		}
		return v, err
	}
}
