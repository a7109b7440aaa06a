// Package guest is what the harness and the init of its virtual machine say to
// each other: the plan that goes in with the image, and the report that comes
// back over the second serial port, one JSON value a line.
package guest

import (
	"encoding/json"
	"io"
	"os"
)

// The places of the image.
const (
	PlanFile   = "/vm/plan.json"
	ModuleDir  = "/vm/modules"
	ReportPort = "/dev/ttyS1"
)

// Plan is what the machine has to do.
type Plan struct {
	Expect  Facts    `json:"expect"`
	Sysctls []string `json:"sysctls"` // "name=value", set before the facts are found
	Modules []string `json:"modules"` // files below ModuleDir, in the order they are loaded
	Swap    bool     `json:"swap"`    // make swap space
	Users   bool     `json:"users"`   // start a service manager for the user ("systemd --user")
	Verbose bool     `json:"verbose"` // pass on everything that jobs print
	Jobs    []Job    `json:"jobs"`
}

// Job is one command, run in one place.
type Job struct {
	Name  string   `json:"name"`
	Place string   `json:"place"`
	Argv  []string `json:"argv"`
	Dir   string   `json:"dir"`
	Env   []string `json:"env"`
	Tests bool     `json:"tests"` // what it prints is that of a compiled test with -test.v
}

// Line is one line of the report; exactly one field is set.
type Line struct {
	Facts Facts   `json:"facts,omitempty"`
	Ended *Ended  `json:"ended,omitempty"`
	Fail  string  `json:"fail,omitempty"` // the machine itself could not be set up
	Done  *string `json:"done,omitempty"` // all jobs ran
}

// Ended is the end of one job.
type Ended struct {
	Job     int     `json:"job"`
	Exit    int     `json:"exit"` // 128+N when signal N ended it
	Seconds float64 `json:"seconds"`
	Count   Count   `json:"count"` // of its tests
}

// ReadPlan reads the plan inside the machine.
func ReadPlan() (Plan, error) {
	var p Plan
	text, err := os.ReadFile(PlanFile)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}

// ReadReport reads a report, which may be cut short, and returns its lines.
func ReadReport(r io.Reader) []Line {
	var lines []Line
	for d := json.NewDecoder(r); ; {
		var l Line
		if d.Decode(&l) != nil {
			return lines
		}
		lines = append(lines, l)
	}
}
