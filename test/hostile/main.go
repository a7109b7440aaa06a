// Command hostile is what the tests run inside sandboxes: it uses up whatever
// it can get, tries what it must not do, and tells what it sees.
//
//	hostile COMMAND [ARGUMENT ...]
//
// It says on stdout what it did, so that a test can tell a wall from a program
// that never got that far.
package main

import (
	"fmt"
	"os"
	"strconv"
)

// commands by name; each gets the words after its name and returns the exit code.
var commands = map[string]func(args []string) int{
	"memory":   memory,
	"memfd":    memfd,
	"shm":      shm,
	"fill":     fill,
	"inodes":   inodes,
	"yes":      yes,
	"say":      say,
	"lurk":     lurk,
	"forkbomb": forkBomb,
	"orphans":  orphans,
	"children": children,
	"spin":     spin,
	"burn":     burn,
	"sleep":    sleep,
	"stop":     stop,
	"halt":     halt,
	"stubborn": stubborn,
	"exit":     exit,
	"closefds": closeFDs,
	"status":   status,
	"self":     self,
	"try":      try,
	"relay":    relay,
	"swap":     swap,
	"outlive":  outlive,
	"residue":  residue,
	"view":     view,
	"sweep":    sweep,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: hostile COMMAND [ARGUMENT ...]")
		os.Exit(2)
	}
	os.Exit(commands[os.Args[1]](os.Args[2:]))
}

// number is the i-th argument, or otherwise.
func number(args []string, i, otherwise int) int {
	if i >= len(args) {
		return otherwise
	}
	n, err := strconv.Atoi(args[i])
	if err != nil {
		fmt.Fprintf(os.Stderr, "hostile: %q is not a number\n", args[i])
		os.Exit(2)
	}
	return n
}

// text is the i-th argument, or otherwise.
func text(args []string, i int, otherwise string) string {
	if i >= len(args) {
		return otherwise
	}
	return args[i]
}

// stopped tells what ended an attack, and how far it came.
func stopped(what string, amount int, unit string, err error) int {
	fmt.Printf("%s stopped after %d %s: %v\n", what, amount, unit, err)
	return 1
}
