package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// object is a JSON Schema; encoding/json writes its keys in order.
type object map[string]any

// The text forms of values, as patterns of ECMA-262.
const (
	sizePattern      = `^([Uu]nlimited|[Mm]ax|0|([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPEkmgtpe]([Ii]?[Bb]|[Ii])?|[Bb]))$`
	durationPattern  = `^(unlimited|max|-?([0-9]+\.?[0-9]*|\.[0-9]+)|-?(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+)$`
	modePattern      = `^(0o)?[0-7]{1,5}$`
	namespacePattern = `^(new|host|/.+|netns:.+|fd:[0-9]+|sandbox:[A-Za-z0-9-]+)$`
	capPattern       = `^([Cc][Aa][Pp]_)?[A-Za-z_]+$`
)

// wordFields are the fields whose text is one of a few words, with the variable that lists them.
var wordFields = map[string]string{
	"Proc.HidePID":  "hidePIDs",
	"Landlock.Mode": "landlockModes",
}

func schema(s *sources) ([]byte, error) {
	definitions := object{}
	for name := range s.reachable("Spec") {
		if name == "Spec" {
			continue
		}
		definition, err := s.object(s.structs[name])
		if err != nil {
			return nil, err
		}
		definitions[name] = definition
	}
	root, err := s.object(s.structs["Spec"])
	if err != nil {
		return nil, err
	}
	root["properties"].(object)["$schema"] = object{"type": "string", "description": "Names this schema to editors."}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://github.com/bulkhead/bulkhead/blob/main/docs/spec.schema.json"
	root["title"] = "bulkhead Spec"
	root["$defs"] = definitions
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// reachable is the set of structs that a Spec is made of.
func (s *sources) reachable(name string) map[string]bool {
	found := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		t := s.structs[name]
		if t == nil || found[name] {
			return
		}
		found[name] = true
		for _, f := range t.fields {
			visit(strings.TrimPrefix(f.kind, "[]"))
		}
	}
	visit(name)
	return found
}

func (s *sources) object(t *structType) (object, error) {
	properties, required := object{}, []string{}
	for _, f := range t.fields {
		property, err := s.property(t.name+"."+f.goName, f.kind)
		if err != nil {
			return nil, err
		}
		property["description"] = f.doc
		properties[f.key] = property
		if f.required {
			required = append(required, f.key)
		}
	}
	o := object{"type": "object", "description": t.doc, "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o, nil
}

// property is the schema of one Go type.
func (s *sources) property(where, kind string) (object, error) {
	if item, ok := strings.CutPrefix(kind, "[]"); ok {
		items, err := s.property(where, item)
		return object{"type": "array", "items": items}, err
	}
	if s.structs[kind] != nil {
		return object{"$ref": "#/$defs/" + kind}, nil
	}
	if list, ok := wordFields[where]; ok {
		return object{"enum": s.words[list]}, nil
	}
	switch kind {
	case "string":
		return object{"type": "string"}, nil
	case "bool":
		return object{"type": "boolean"}, nil
	case "int":
		return object{"type": "integer"}, nil
	case "uint16", "uint32":
		return object{"type": "integer", "minimum": 0, "maximum": map[string]int64{"uint16": 1<<16 - 1, "uint32": 1<<32 - 1}[kind]}, nil
	case "int64":
		return object{"anyOf": []object{{"type": "integer", "minimum": -1}, {"enum": []string{"unlimited", "max"}}}}, nil
	case "float64":
		return object{"type": "number", "minimum": 0}, nil
	case "map[string]string":
		return object{"type": "object", "additionalProperties": object{"type": []string{"string", "number", "boolean"}}}, nil
	case "map[string]Size":
		return object{"type": "object", "additionalProperties": size(), "propertyNames": object{"enum": spec.Rlimits()}}, nil
	}
	return s.textForm(kind)
}

func size() object {
	return object{"anyOf": []object{{"type": "integer", "minimum": -1}, {"type": "string", "pattern": sizePattern}}}
}

// textForm is the schema of a type that is written as text.
func (s *sources) textForm(kind string) (object, error) {
	switch kind {
	case "Size":
		return size(), nil
	case "Duration":
		return object{"anyOf": []object{{"type": "number"}, {"type": "string", "pattern": durationPattern}}}, nil
	case "FileMode":
		return object{"type": "string", "pattern": modePattern}, nil
	case "Namespace":
		return object{"type": "string", "pattern": namespacePattern}, nil
	case "Capability":
		return object{"type": "string", "anyOf": []object{{"enum": spec.Capabilities()}, {"pattern": capPattern}}}, nil
	case "Protection":
		return object{"enum": spec.Protections()}, nil
	case "RootKind", "MountType":
		var values []string
		for _, c := range s.constants[kind] {
			values = append(values, c.value)
		}
		return object{"enum": values}, nil
	}
	return nil, fmt.Errorf("no schema is known for the Go type %q", kind)
}
