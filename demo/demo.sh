#!/bin/sh
# A shell inside proves each wall: what it sees, what it may do, how much it may use.
# Every claim is checked; the demo fails when one does not hold.
# usage: demo/demo.sh [PATH OF bulkhead]
set -u
bulkhead=${1:-bulkhead}
here=$(mktemp -d) || exit 1
trap 'rm -rf "$here"' EXIT
failures=0

bold='' dim='' green='' red='' yellow='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
	green=$(printf '\033[32m') red=$(printf '\033[31m') yellow=$(printf '\033[33m')
fi

wall() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# shows the command as one would type it, runs it, and keeps output, exit status and result.
run() {
	printf '%s$ bulkhead run%s%s\n' "$dim" "$(quoted "$@")" "$plain"
	"$bulkhead" run --json-file "$here/result" "$@" >"$here/all" 2>&1 </dev/null
	status=$?
	sed "/$note/d" "$here/all" >"$here/output"
	head -n 8 "$here/output" | cut -c 1-110 | sed 's/^/  /'
}

quoted() {
	for word; do
		case $word in
		'' | *[!A-Za-z0-9_./=:-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
}

# result KEY prints a field of the last run's JSON.
result() { tr -d ' \n' <"$here/result" | sed -n "s/.*\"$1\":\"*\([^\",}]*\).*/\1/p"; }

proves() { # what, then a command that says whether
	what=$1
	shift
	if "$@"; then
		printf '  %sheld:%s %s\n' "$green" "$plain" "$what"
	else
		printf '  %sBROKEN:%s %s (exit status %s)\n' "$red" "$plain" "$what" "$status"
		failures=$((failures + 1))
	fi
}

printed() { grep -q -- "$1" "$here/output"; }
not_printed() { ! printed "$1"; }
fewer_lines_than() { [ "$(wc -l <"$here/output")" -lt "$1" ]; }
absent() { ! [ -e "$1" ]; }
hit() { [ "$(result status)" = limit ] && [ "$(result limit)" = "$1" ]; }

printf '%sOutside:%s %s, process %s, host name %s, %s processes\n' "$bold" "$plain" \
	"$(id -un 2>/dev/null)" $$ "$(uname -n)" "$(ls -d /proc/[0-9]* | wc -l)"

# Without a cgroup of one's own each run begins with a note on the limits that it went without: shown once, here.
note='^bulkhead: no .* here: see'
"$bulkhead" run -- true 2>&1 | sed "s/^/  ${yellow}note:${plain} /"

wall 'Identity: another user, with no power even where it looks like root'
run -- sh -c 'id; grep CapEff /proc/self/status'
proves 'no capability is left' printed 'CapEff:[[:space:]]*0000000000000000'
run -u 0 -- sh -c 'id -u; mount -t tmpfs none /tmp || echo refused'
proves 'root inside may not mount' printed refused

wall 'Processes: a tree of its own, strangers can be neither seen nor signalled'
run -- sh -c "for p in /proc/[0-9]*; do cat \$p/comm; done; kill -0 $$ 2>&1"
proves 'only its own processes exist' fewer_lines_than 8
proves 'this very script cannot be signalled' printed 'No such process'

wall 'Host name: its own'
run -- uname -n
proves "not $(uname -n)" not_printed "^$(uname -n)\$"

wall 'Network: nothing but a loopback of its own'
run -- sh -c 'cut -d: -f1 /proc/net/dev | tail -n +3'
proves 'lo is the only device' sh -c "! grep -vq '^ *lo\$' '$here/output'"

wall 'Files: the programs of the system, and no secret of yours'
echo 'the password is swordfish' >"$here/secret"
run -- sh -c "ls / | xargs; cat $here/secret /etc/shadow"
proves 'a file of yours is not there' not_printed swordfish
proves 'nor is the password file' printed '/etc/shadow: No such file'

wall 'Mounts: its own'
run -- sh -c 'cut -d" " -f2 /proc/self/mounts | xargs; grep " / " /proc/self/mounts'
proves 'the root is read-only' printed ' / .* ro,'

wall 'System calls: those that programs need, and no more'
run -- unshare --user --map-root-user true
proves 'no new user namespace, the door of many kernel bugs' test "$status" != 0

wall 'Writing: not to the system; only to places that vanish'
run -- sh -c 'echo owned >/usr/bin/true; echo kept >/tmp/bulkhead-demo && cat /tmp/bulkhead-demo'
proves 'the system is read-only' printed 'Read-only file system'
proves 'its /tmp is its own' printed kept
proves 'and nothing of it is left outside' absent /tmp/bulkhead-demo

wall 'Time: one second by the clock'
run --wall 1s -- sleep 100
proves 'stopped by the wall limit' hit wall

wall 'Output: one megabyte'
run --output 1M -- sh -c 'yes bulkhead >&2'
proves 'stopped by the output limit' hit output

wall 'Memory and processes'
run --memory 64M --pids 40 -- true
if [ "$status" != 0 ]; then
	proves 'what cannot be limited here does not run' test "$status" = 125
	printf '  %snot shown:%s the bombs; nothing here could stop them\n' "$yellow" "$plain"
else
	run --memory 64M -- sh -c 'head -c 10G /dev/zero | tail'
	proves 'ten gigabytes stopped at 64 megabytes' hit memory
	run --pids 40 --wall 5s -- sh -c 'bomb() { bomb | bomb; }; bomb'
	proves 'a fork bomb stopped at 40 processes' hit pids
	run --cpu-time 1s -- sh -c 'while :; do :; done & while :; do :; done'
	proves 'two busy loops stopped after one second of processor time' hit cpu
fi

printf '\n'
[ "$failures" = 0 ] || { printf '%s%s wall(s) did not hold%s\n' "$red" "$failures" "$plain"; exit 1; }
printf '%severy wall held%s\n' "$green" "$plain"
