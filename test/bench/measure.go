package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const warmups = 3

// measure runs every subject once a round, and returns the times by subject, in the subjects' order.
func measure(subjects []subject, rounds int, limit time.Duration) ([]*series, error) {
	if rounds < 1 {
		return nil, errors.New("-n must be at least 1")
	}
	all := make([]*series, len(subjects))
	for i, s := range subjects {
		all[i] = &series{Name: s.name}
		for range warmups {
			if err := s.run(); err != nil {
				return nil, fmt.Errorf("%s does not work here: %w", s.name, err)
			}
		}
	}
	// The same shuffles each time: what differs between two runs is the machine alone.
	order := rand.New(rand.NewPCG(1, 2))
	for begin, done := time.Now(), 0; done < rounds && time.Since(begin) < limit; done++ {
		for _, i := range order.Perm(len(subjects)) {
			start := time.Now()
			if err := subjects[i].run(); err != nil {
				return nil, fmt.Errorf("%s failed in round %d: %w", subjects[i].name, done+1, err)
			}
			all[i].Seconds = append(all[i].Seconds, time.Since(start).Seconds())
		}
	}
	return all, nil
}
