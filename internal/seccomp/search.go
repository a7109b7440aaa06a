package seccomp

// span is a run of call numbers with one fate, from first up to the next span.
type span struct {
	first uint32
	node  *node
}

// searcher builds the way from a call's number to its span.
type searcher func(graph, []span) *node

// fewSpans is how many a linear search is fine for: a tree would be no shorter.
const fewSpans = 4

// searchFor picks the search by size.
//
// FACT - since 5.11 (kernel/seccomp.c, seccomp_cache_prepare) - installing a filter runs it once for every number of both ABIs, to
// learn which calls it always allows and never run it for those - the way to a decision must be short for the start to be fast,
// it costs nothing later - before, every call walks it, so a tree is right there too.
func searchFor(g graph, spans []span) *node {
	if len(spans) <= fewSpans {
		return linear(g, spans)
	}
	return tree(g, spans)
}

// linear asks from the highest span down.
func linear(g graph, spans []span) *node {
	n := spans[0].node
	for _, s := range spans[1:] {
		n = g.test(offsetNumber, allBits, opAtLeast, s.first, s.node, n)
	}
	return n
}

// tree halves the spans at each step.
func tree(g graph, spans []span) *node {
	if len(spans) == 1 {
		return spans[0].node
	}
	half := len(spans) / 2
	return g.test(offsetNumber, allBits, opAtLeast, spans[half].first, tree(g, spans[half:]), tree(g, spans[:half]))
}
