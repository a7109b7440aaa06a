// Command escape tries to get out: it runs one hostile act for each class of
// escape that is known, in each way to start a program, as root and as an
// ordinary user, and prints who was contained. Each act is also done where
// nothing stops it: a denial proves nothing when the act could not have worked.
//
// It is the hostile program, too: it starts itself inside.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// wrapArg, as the first argument, makes this program start a tool in odd circumstances.
const wrapArg = "wrap"

type options struct {
	bulkhead, modes, classes, write string
	json, only                      bool
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == actArg {
		os.Exit(runAct(os.Args[2:]))
	}
	if len(os.Args) > 3 && os.Args[1] == wrapArg {
		exit(wrapped(os.Args[3:]))
	}
	if len(os.Args) > 4 && os.Args[1] == poolArg {
		os.Exit(pooled(os.Args[2:]))
	}
	var o options
	flag.StringVar(&o.bulkhead, "bulkhead", "bin/bulkhead", "the command to try")
	flag.StringVar(&o.modes, "modes", "", "try these only: a comma list; default: all")
	flag.StringVar(&o.classes, "classes", "", "try these only: a comma list of numbers; default: all")
	flag.StringVar(&o.write, "write", "", "write the table into this page, between its marks")
	flag.BoolVar(&o.json, "json", false, "print JSON, every answer included")
	flag.BoolVar(&o.only, "only", false, "as the caller only: root does not try a second time as an ordinary user")
	flag.Parse()
	exit(drive(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "escape:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// wrapped takes close_range away and starts the tool.
func wrapped(argv []string) error {
	if err := withoutCloseRange(); err != nil {
		return err
	}
	return unix.Exec(argv[0], argv, os.Environ())
}

func drive(o options) error {
	chosen, err := chooseClasses(o.classes)
	if err != nil {
		return err
	}
	all, err := everyone(o, chosen)
	if err != nil {
		return err
	}
	if o.json {
		err = json.NewEncoder(os.Stdout).Encode(all)
	} else {
		_, err = os.Stdout.WriteString(all.text())
	}
	if err == nil && o.write != "" {
		err = all.write(o.write)
	}
	if err != nil {
		return err
	}
	return all.judge()
}

func chooseClasses(list string) ([]class, error) {
	all := classes()
	if list == "" {
		return all, nil
	}
	wanted := strings.Split(list, ",")
	chosen := slices.DeleteFunc(all, func(c class) bool { return !slices.Contains(wanted, fmt.Sprint(c.n)) })
	if len(chosen) != len(wanted) {
		return nil, fmt.Errorf("-classes %s: there are not that many of these", list)
	}
	return chosen, nil
}
