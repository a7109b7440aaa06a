package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var inspectCommand = cli.Command{
	Name:    "inspect",
	Summary: "show all there is to know about a sandbox or a process",
	Forms:   []string{"[OPTIONS] NAME|PID"},
	Long: "Of a sandbox: its Spec, limits and what it used, and all of its program that is told of a process. Of any process: its namespaces and with whom " +
		"it shares them, what it can see and touch, the walls of a profile that it lacks and what that means, and the `bulkhead run` line that starts the same " +
		"program with them.\n\nWhat you may not look at is named, and nothing is said of it: of other users' processes that is most, so ask as root.",
	Groups: []cli.Group{
		{Title: "What to compare with", Flags: []cli.Flag{
			{Long: "profile", Arg: "NAME", Common: true, Default: "default", Values: profileNames,
				Set: onQuery((*query).setProfile),
				Doc: "the profile whose walls it should have", More: "`bulkhead profile ls` lists them."},
		}},
		{Title: "How to print it", Flags: jsonFlag},
	},
	Args: []cli.Arg{{Name: "NAME|PID", Doc: "a sandbox, as ps shows it, or the number of any process", Complete: cli.CompleteSandbox}},
	Exit: verbExit,
	Examples: []cli.Example{
		{Line: "bulkhead inspect --json web", Doc: "read a sandbox's state with a program"},
		{Line: "bulkhead inspect --profile strict $$", Doc: "see which walls your shell lacks"},
	},
	Run: runInspect,
}

func (q *query) setProfile(name string) error {
	if _, ok := spec.Profile(name); ok {
		q.profile = name
		return nil
	}
	hint := "one of: " + strings.Join(profileNames, ", ")
	if near := spec.Nearest(name, profileNames); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return refuse("option --profile: "+quote(name)+" is no built-in profile", hint)
}

func runInspect(call *cli.Call) (int, error) {
	q := query{profile: "default"}
	if err := call.Apply(&q); err != nil {
		return 2, err
	}
	report, err := inspect(call.Line.Words[0], q.profile)
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
func inspect(word, profile string) (*inspection, error) {
	box, err := sandbox.Open(word)
	if err == nil {
		return inspectSandbox(box, profile)
	}
	pid, notNumber := strconv.Atoi(word)
	if notNumber != nil {
		return nil, err
	}
	c, err := confinementOf(pid, profile)
	return &inspection{Process: c}, err
}

// inspectSandbox looks at the program, not at the init that is process 1.
func inspectSandbox(box *sandbox.Sandbox, profile string) (*inspection, error) {
	info := box.Info()
	report := &inspection{Info: &info}
	if stats, err := box.Stats(); err == nil { // it has none without a cgroup
		report.Stats = &stats
	}
	pid := info.PID
	if hasInit := info.Spec.Namespaces.PID.IsNew() && !info.Spec.AsPID1; hasInit {
		for _, e := range proc.Host.List() {
			if e.Parent == info.PID {
				pid = e.PID
				break
			}
		}
	}
	var err error
	report.Process, err = confinementOf(pid, profile)
	report.Process.drop(info.Dropped)
	return report, err
}

// drop names what the sandbox was started without, instead of the guess that it may be missing.
func (c *confinement) drop(dropped []spec.Dropped) {
	for _, d := range dropped {
		c.Missing = append(c.Missing, gap{lacking([]spec.Dropped{d}), d.Reason})
	}
}

func selfPID() int { return os.Getpid() }

func selfUID() int { return os.Geteuid() }

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
		return text + i.Process.Run.text()
	}
	title := "spec"
	if len(i.Dropped) > 0 {
		title += ", of which what it says of " + enumeration(droppedNames(i.Dropped)) + " does not hold here"
	}
	return text + "\n" + title + ":\n" + indent(string(cli.PrintableJSON(i.Spec.YAML())))
}

// text is the line on a line of its own, to be copied whole.
func (r *remedy) text() string {
	text := ""
	if r.Line != "" {
		text = "\nthe same program with these walls:\n  " + r.Line + "\n"
	}
	for _, note := range r.Notes {
		text += "note: " + cli.OneLine(note) + "\n"
	}
	return text
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}
