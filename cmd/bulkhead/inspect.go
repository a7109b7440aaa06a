package main

import (
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var inspectCommand = cli.Command{
	Name:    "inspect",
	Summary: "show all there is to know about a sandbox or a process",
	Forms:   []string{"[OPTIONS] NAME|PID"},
	Long: "Of a sandbox: its Spec, its processes, limits and what it used, its namespaces. Of a process: in which namespaces it is, " +
		"which ids, capabilities and filters it has, and which of its walls are missing.",
	Groups:   []cli.Group{{Title: "How to print it", Flags: jsonFlag}},
	Args:     []cli.Arg{{Name: "NAME|PID", Doc: "a sandbox, as ps shows it, or the number of any process", Complete: cli.CompleteSandbox}},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead inspect --json web", Doc: "read a sandbox's state with a program"}},
	Run:      runInspect,
}

func runInspect(call *cli.Call) (int, error) {
	var q query
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	report, err := inspect(call.Line.Words[0])
	if err != nil {
		return verbCode(call, err)
	}
	if q.json {
		return verbCode(call, printJSON(call, report))
	}
	return verbCode(call, call.Print(report.text()))
}

// inspection is what inspect shows: a process, and the sandbox if it is one's.
type inspection struct {
	*sandbox.Info
	Stats   *sandbox.Stats `json:"stats,omitempty"`
	Process confinement    `json:"process"`
}

// inspect takes a name, or the number of a process. A sandbox may be called 42:
// it comes first.
func inspect(word string) (*inspection, error) {
	box, err := sandbox.Open(word)
	if err == nil {
		return inspectSandbox(box)
	}
	pid, notNumber := strconv.Atoi(word)
	if notNumber != nil {
		return nil, err
	}
	c, err := confinementOf(pid)
	return &inspection{Process: c}, err
}

// inspectSandbox looks at the program, not at the init that is process 1.
func inspectSandbox(box *sandbox.Sandbox) (*inspection, error) {
	info := box.Info()
	report := &inspection{Info: &info}
	if stats, err := box.Stats(); err == nil { // it has none without a cgroup
		report.Stats = &stats
	}
	pid := info.PID
	if hasInit := info.Spec.Namespaces.PID.IsNew() && !info.Spec.AsPID1; hasInit {
		root := withChildren(readProcesses(), process{PID: pid})
		if len(root.Children) > 0 {
			pid = root.Children[0].PID
		}
	}
	var err error
	report.Process, err = confinementOf(pid)
	for _, d := range info.Dropped {
		report.Process.Missing = append(report.Process.Missing, lacking([]spec.Dropped{d})+": "+d.Reason)
	}
	return report, err
}

func (i *inspection) text() string {
	var rows [][]string
	if i.Info != nil {
		rows = append(rows, []string{"sandbox", i.Name}, []string{"command", commandLine(i.Command)},
			[]string{"launcher", strconv.Itoa(i.Launcher)}, []string{"started", i.Started.Format("2006-01-02 15:04:05")})
	}
	if s := i.Stats; s != nil {
		rows = append(rows,
			[]string{"cpu time", seconds(s.CPUSeconds)},
			[]string{"memory", humanSize(s.MemoryCurrentBytes) + " of " + humanSize(s.MemoryLimitBytes) + ", at most " + humanSize(s.MemoryPeakBytes)},
			[]string{"processes", count(s.PidsCurrent) + " of " + count(s.PidsLimit)})
	}
	text := columns(append(rows, i.Process.rows()...))
	if i.Info == nil {
		return text
	}
	title := "spec"
	if len(i.Dropped) > 0 {
		title += ", of which what it says of " + enumeration(droppedNames(i.Dropped)) + " does not hold here"
	}
	return text + "\n" + title + ":\n" + indent(string(cli.PrintableJSON(i.Spec.YAML())))
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}
