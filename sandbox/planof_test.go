package sandbox_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/sandbox"
)

// Two plans of one Spec are the same text, so that plans of two Specs can be
// compared; and nothing of it is made.
func TestPlansCompare(t *testing.T) {
	text := func() string {
		p, err := sandbox.PlanOf(context.Background(), box(t, command("true")))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if _, err := p.WriteVerbose(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	first, second := text(), text()
	if first != second || !strings.Contains(first, "\n") {
		t.Errorf("one is\n%s\nthe other\n%s", first, second)
	}
}
