package main

import (
	"encoding/json"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// printJSON prints a value for programs to read.
func printJSON(call *cli.Call, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return call.Print(string(cli.PrintableJSON(text)) + "\n")
}

// jsonLine is a value for programs to read, on one line.
func jsonLine(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return append(cli.PrintableJSON(text), '\n'), nil
}
