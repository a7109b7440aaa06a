package main

import "github.com/bulkhead/bulkhead/internal/cli"

// foreignCommands are those of container tools, and what comes nearest here.
var foreignCommands = []cli.Foreign{
	{Name: "attach", Use: "bulkhead logs -f NAME shows what it prints, bulkhead exec NAME -- sh gives a shell inside"},
	{Name: "rm", Use: "bulkhead stop NAME ends a sandbox, bulkhead gc forgets those that have ended; run without -d leaves nothing"},
	{Name: "cp", Use: "bulkhead run --bind SRC:DST shows a file inside, rw lets the program change it; bulkhead exec NAME -- cat FILE prints one"},
	{Name: "pause", Use: "bulkhead kill -s STOP NAME stops the program, -s CONT lets it go on"},
	{Name: "unpause", Use: "bulkhead kill -s CONT NAME lets a stopped program go on"},
	{Name: "start", Use: "bulkhead run -d --name NAME -- COMMAND; one that has ended is not started again"},
	{Name: "restart", Use: "bulkhead stop NAME, then bulkhead run -d --name NAME -- COMMAND"},
	{Name: "strace", Use: "bulkhead seccomp trace -- COMMAND counts its system calls, and prints the policy that it needs"},
	{Name: "create", Use: "bulkhead run -d --name NAME -- COMMAND starts it, too; bulkhead plan only prints the steps"},
	{Name: "images", Use: "there are no images: bulkhead run --root DIR takes any directory with a system in it"},
	{Name: "pull", Use: "there are no images: unpack one with another tool, and bulkhead run --root DIR -- COMMAND"},
	{Name: "build", Use: "there are no images: bulkhead run --profile build -- make runs a build, --root DIR takes any directory with a system in it"},
}
