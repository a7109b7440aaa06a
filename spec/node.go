package spec

// nodeKind says what a node of a document is.
type nodeKind uint8

const (
	nodeNull    nodeKind = iota
	nodeBool             // JSON true and false
	nodeNumber           // a JSON number
	nodeText             // anything in quotes, or a block of text
	nodePlain            // a YAML scalar without quotes; the field decides what it is
	nodeList             // children are the items
	nodeMapping          // children are key, value, key, value ...
)

// node is one value of a document, before it is known which field it belongs to.
type node struct {
	kind     nodeKind
	offset   int32 // in the document
	text     string
	children []node
}

// describe names what stands in the document, for messages.
func (n *node) describe() string {
	switch n.kind {
	case nodeNull:
		return "nothing"
	case nodeBool:
		return n.text
	case nodeNumber:
		return "the number " + key(n.text)
	case nodeList:
		return "a list"
	case nodeMapping:
		return "a mapping"
	}
	return "text"
}

// isScalar reports whether the node is one value with a text.
func (n *node) isScalar() bool {
	return n.kind == nodeBool || n.kind == nodeNumber || n.kind == nodeText || n.kind == nodePlain
}
