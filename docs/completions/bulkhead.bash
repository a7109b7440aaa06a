# bash completion for bulkhead, made from the command tables; do not edit.
_bulkhead_flags() { # the flags of a command
    case $1 in
    run) echo '--profile --spec --root --bind --tmpfs --overlay --file --file-fd --dir --symlink --mqueue --sysfs --proc --hidepid --mask --net --hostname --domainname --share --join --clock-offset --user --home --group --uid-map --gid-map --workdir --env --env-file --keep-env --umask --cap-add --cap-drop --new-privs --seccomp --seccomp-rule --landlock --landlock-connect --landlock-bind --nest --pass-fd --no-aslr --allow-drop --memory --memory-high --swap --pids --cpus --cpu-weight --cpuset --io --output --fsize --tmp-size --tmp-inodes --shm-size --stack --nofile --rlimit --nice --affinity --core-sched --wall --cpu-time --idle --grace --as-pid-1 --detach --name --rm --interactive --tty --no-tty --stdin --stdout --stderr --json-file --json-fd --explain-exit --verbose --quiet --help' ;;
    plan) echo '--profile --spec --root --bind --tmpfs --overlay --file --file-fd --dir --symlink --mqueue --sysfs --proc --hidepid --mask --net --hostname --domainname --share --join --clock-offset --user --home --group --uid-map --gid-map --workdir --env --env-file --keep-env --umask --cap-add --cap-drop --new-privs --seccomp --seccomp-rule --landlock --landlock-connect --landlock-bind --nest --pass-fd --no-aslr --allow-drop --memory --memory-high --swap --pids --cpus --cpu-weight --cpuset --io --output --fsize --tmp-size --tmp-inodes --shm-size --stack --nofile --rlimit --nice --affinity --core-sched --wall --cpu-time --idle --grace --as-pid-1 --detach --name --rm --interactive --tty --no-tty --stdin --stdout --stderr --json-file --json-fd --explain-exit --verbose --quiet --json --time --print-spec --help' ;;
    exec) echo '--env --env-file --workdir --interactive --tty --no-tty --json-file --json-fd --explain-exit --quiet --help' ;;
    ps) echo '--all --quiet --json --help' ;;
    logs) echo '--follow --tail --since --timestamps --raw --help' ;;
    top) echo '--no-stream --help' ;;
    stats) echo '--json --no-stream --help' ;;
    inspect) echo '--profile --json --help' ;;
    tree) echo '--all --json --help' ;;
    diff) echo '--size --json --help' ;;
    stop) echo '--time --help' ;;
    kill) echo '--signal --help' ;;
    wait) echo '--json --help' ;;
    gc) echo '--dry-run --json --help' ;;
    doctor) echo '--json --help' ;;
    profile) echo '--help' ;;
    profile\ ls) echo '--json --help' ;;
    profile\ show) echo '--json --help' ;;
    seccomp) echo '--help' ;;
    seccomp\ explain) echo '--seccomp-rule --nest --writes-host --arch --json --bpf --abi --help' ;;
    seccomp\ test) echo '--seccomp-rule --nest --writes-host --arch --run --json --help' ;;
    seccomp\ trace) echo '--base --enforce --policy-file --json --profile --spec --root --bind --tmpfs --overlay --file --file-fd --dir --symlink --mqueue --sysfs --proc --hidepid --mask --net --hostname --domainname --share --join --clock-offset --user --home --group --uid-map --gid-map --workdir --env --env-file --keep-env --umask --cap-add --cap-drop --new-privs --seccomp --seccomp-rule --landlock --landlock-connect --landlock-bind --nest --pass-fd --no-aslr --allow-drop --memory --memory-high --swap --pids --cpus --cpu-weight --cpuset --io --output --fsize --tmp-size --tmp-inodes --shm-size --stack --nofile --rlimit --nice --affinity --core-sched --wall --cpu-time --idle --grace --as-pid-1 --detach --name --rm --interactive --tty --no-tty --stdin --stdout --stderr --json-file --json-fd --explain-exit --verbose --quiet --help' ;;
    tour) echo '--list --lang --plain --help' ;;
    completion) echo '--help' ;;
    help) echo '--help' ;;
    version) echo '--help' ;;
    esac
}
_bulkhead_valued() { # the flags of a command that take the next word
    case $1 in
    run) echo '--profile --spec --root --bind --tmpfs --file --file-fd --dir --symlink --mqueue --sysfs --proc --hidepid --mask --net --hostname --domainname --share --join --clock-offset --user -u --home --group --uid-map --gid-map --workdir -w --env -e --env-file --keep-env --umask --cap-add --cap-drop --seccomp --seccomp-rule --landlock --landlock-connect --landlock-bind --pass-fd --allow-drop --memory -m --memory-high --swap --pids --cpus --cpu-weight --cpuset --io --output --fsize --tmp-size --tmp-inodes --shm-size --stack --nofile --rlimit --nice --affinity --wall --cpu-time --idle --grace --name --stdin --stdout --stderr --json-file --json-fd' ;;
    plan) echo '--profile --spec --root --bind --tmpfs --file --file-fd --dir --symlink --mqueue --sysfs --proc --hidepid --mask --net --hostname --domainname --share --join --clock-offset --user -u --home --group --uid-map --gid-map --workdir -w --env -e --env-file --keep-env --umask --cap-add --cap-drop --seccomp --seccomp-rule --landlock --landlock-connect --landlock-bind --pass-fd --allow-drop --memory -m --memory-high --swap --pids --cpus --cpu-weight --cpuset --io --output --fsize --tmp-size --tmp-inodes --shm-size --stack --nofile --rlimit --nice --affinity --wall --cpu-time --idle --grace --name --stdin --stdout --stderr --json-file --json-fd' ;;
    exec) echo '--env -e --env-file --workdir -w --json-file --json-fd' ;;
    logs) echo '--tail -n --since' ;;
    inspect) echo '--profile' ;;
    stop) echo '--time -t' ;;
    kill) echo '--signal -s' ;;
    seccomp\ explain) echo '--seccomp-rule --arch --abi' ;;
    seccomp\ test) echo '--seccomp-rule --arch' ;;
    seccomp\ trace) echo '--base --policy-file -o --profile --spec --root --bind --tmpfs --file --file-fd --dir --symlink --mqueue --sysfs --proc --hidepid --mask --net --hostname --domainname --share --join --clock-offset --user -u --home --group --uid-map --gid-map --workdir -w --env -e --env-file --keep-env --umask --cap-add --cap-drop --seccomp --seccomp-rule --landlock --landlock-connect --landlock-bind --pass-fd --allow-drop --memory -m --memory-high --swap --pids --cpus --cpu-weight --cpuset --io --output --fsize --tmp-size --tmp-inodes --shm-size --stack --nofile --rlimit --nice --affinity --wall --cpu-time --idle --grace --name --stdin --stdout --stderr --json-file --json-fd' ;;
    tour) echo '--lang' ;;
    esac
}
_bulkhead_value() { # $1 command, $2 flag, $3 the beginning of the value
    local IFS=$' \t\n'
    case "$1 $2" in
    run\ --profile) compgen -W 'default strict build shell agent' -- "$3"; compgen -f -- "$3" ;;
    run\ --spec) compgen -f -- "$3" ;;
    run\ --root) compgen -W 'host empty' -- "$3"; compgen -d -- "$3" ;;
    run\ --bind) compgen -f -- "$3" ;;
    run\ --overlay) compgen -d -- "$3" ;;
    run\ --proc) compgen -W 'off ro pids-only' -- "$3" ;;
    run\ --hidepid) compgen -W 'off noaccess invisible' -- "$3" ;;
    run\ --net) compgen -W 'none host' -- "$3"; compgen -f -- "$3" ;;
    run\ --share) compgen -W 'user pid mount net ipc uts cgroup time' -- "$3" ;;
    run\ --workdir|run\ -w) compgen -d -- "$3" ;;
    run\ --env|run\ -e) compgen -v -- "$3" ;;
    run\ --env-file) compgen -f -- "$3" ;;
    run\ --keep-env) compgen -v -- "$3" ;;
    run\ --cap-add) compgen -W 'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM' -- "$3" ;;
    run\ --cap-drop) compgen -W 'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM' -- "$3" ;;
    run\ --seccomp) compgen -W 'default strict build shell agent none' -- "$3"; compgen -f -- "$3" ;;
    run\ --landlock) compgen -W 'off on only' -- "$3" ;;
    run\ --allow-drop) compgen -W 'cgroup memory swap pids cpu io time-namespace proc id-map own landlock core-scheduling' -- "$3" ;;
    run\ --io) compgen -f -- "$3" ;;
    run\ --stdin) compgen -f -- "$3" ;;
    run\ --stdout) compgen -f -- "$3" ;;
    run\ --stderr) compgen -f -- "$3" ;;
    run\ --json-file) compgen -f -- "$3" ;;
    plan\ --profile) compgen -W 'default strict build shell agent' -- "$3"; compgen -f -- "$3" ;;
    plan\ --spec) compgen -f -- "$3" ;;
    plan\ --root) compgen -W 'host empty' -- "$3"; compgen -d -- "$3" ;;
    plan\ --bind) compgen -f -- "$3" ;;
    plan\ --overlay) compgen -d -- "$3" ;;
    plan\ --proc) compgen -W 'off ro pids-only' -- "$3" ;;
    plan\ --hidepid) compgen -W 'off noaccess invisible' -- "$3" ;;
    plan\ --net) compgen -W 'none host' -- "$3"; compgen -f -- "$3" ;;
    plan\ --share) compgen -W 'user pid mount net ipc uts cgroup time' -- "$3" ;;
    plan\ --workdir|plan\ -w) compgen -d -- "$3" ;;
    plan\ --env|plan\ -e) compgen -v -- "$3" ;;
    plan\ --env-file) compgen -f -- "$3" ;;
    plan\ --keep-env) compgen -v -- "$3" ;;
    plan\ --cap-add) compgen -W 'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM' -- "$3" ;;
    plan\ --cap-drop) compgen -W 'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM' -- "$3" ;;
    plan\ --seccomp) compgen -W 'default strict build shell agent none' -- "$3"; compgen -f -- "$3" ;;
    plan\ --landlock) compgen -W 'off on only' -- "$3" ;;
    plan\ --allow-drop) compgen -W 'cgroup memory swap pids cpu io time-namespace proc id-map own landlock core-scheduling' -- "$3" ;;
    plan\ --io) compgen -f -- "$3" ;;
    plan\ --stdin) compgen -f -- "$3" ;;
    plan\ --stdout) compgen -f -- "$3" ;;
    plan\ --stderr) compgen -f -- "$3" ;;
    plan\ --json-file) compgen -f -- "$3" ;;
    exec\ --env|exec\ -e) compgen -v -- "$3" ;;
    exec\ --env-file) compgen -f -- "$3" ;;
    exec\ --json-file) compgen -f -- "$3" ;;
    inspect\ --profile) compgen -W 'default strict build shell agent' -- "$3" ;;
    kill\ --signal|kill\ -s) compgen -W 'HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH' -- "$3" ;;
    seccomp\ explain\ --arch) compgen -W 'amd64 arm64' -- "$3" ;;
    seccomp\ explain\ --abi) compgen -W 'amd64 i386 x32 arm64' -- "$3" ;;
    seccomp\ test\ --arch) compgen -W 'amd64 arm64' -- "$3" ;;
    seccomp\ trace\ --base) compgen -W 'default strict build shell agent none nothing' -- "$3"; compgen -f -- "$3" ;;
    seccomp\ trace\ --policy-file|seccomp\ trace\ -o) compgen -f -- "$3" ;;
    seccomp\ trace\ --profile) compgen -W 'default strict build shell agent' -- "$3"; compgen -f -- "$3" ;;
    seccomp\ trace\ --spec) compgen -f -- "$3" ;;
    seccomp\ trace\ --root) compgen -W 'host empty' -- "$3"; compgen -d -- "$3" ;;
    seccomp\ trace\ --bind) compgen -f -- "$3" ;;
    seccomp\ trace\ --overlay) compgen -d -- "$3" ;;
    seccomp\ trace\ --proc) compgen -W 'off ro pids-only' -- "$3" ;;
    seccomp\ trace\ --hidepid) compgen -W 'off noaccess invisible' -- "$3" ;;
    seccomp\ trace\ --net) compgen -W 'none host' -- "$3"; compgen -f -- "$3" ;;
    seccomp\ trace\ --share) compgen -W 'user pid mount net ipc uts cgroup time' -- "$3" ;;
    seccomp\ trace\ --workdir|seccomp\ trace\ -w) compgen -d -- "$3" ;;
    seccomp\ trace\ --env|seccomp\ trace\ -e) compgen -v -- "$3" ;;
    seccomp\ trace\ --env-file) compgen -f -- "$3" ;;
    seccomp\ trace\ --keep-env) compgen -v -- "$3" ;;
    seccomp\ trace\ --cap-add) compgen -W 'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM' -- "$3" ;;
    seccomp\ trace\ --cap-drop) compgen -W 'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM' -- "$3" ;;
    seccomp\ trace\ --seccomp) compgen -W 'default strict build shell agent none' -- "$3"; compgen -f -- "$3" ;;
    seccomp\ trace\ --landlock) compgen -W 'off on only' -- "$3" ;;
    seccomp\ trace\ --allow-drop) compgen -W 'cgroup memory swap pids cpu io time-namespace proc id-map own landlock core-scheduling' -- "$3" ;;
    seccomp\ trace\ --io) compgen -f -- "$3" ;;
    seccomp\ trace\ --stdin) compgen -f -- "$3" ;;
    seccomp\ trace\ --stdout) compgen -f -- "$3" ;;
    seccomp\ trace\ --stderr) compgen -f -- "$3" ;;
    seccomp\ trace\ --json-file) compgen -f -- "$3" ;;
    tour\ --lang) compgen -W 'en ko' -- "$3" ;;
    esac
}
_bulkhead_words() { # $1 command, $2 which word, $3 its beginning
    local IFS=$' \t\n'
    case "$1 $2" in
    run\ 1) compgen -c -- "$3" ;;
    run\ *) compgen -f -- "$3" ;;
    plan\ 1) compgen -c -- "$3" ;;
    plan\ *) compgen -f -- "$3" ;;
    exec\ 1) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    exec\ 2) compgen -c -- "$3" ;;
    exec\ *) compgen -f -- "$3" ;;
    logs\ 1) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    stats\ *) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    inspect\ 1) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    tree\ 1) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    diff\ 1) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    stop\ *) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    kill\ *) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    wait\ 1) compgen -W "$(bulkhead ps --quiet 2>/dev/null)" -- "$3" ;;
    profile\ show\ 1) compgen -W 'default strict build shell agent' -- "$3" ;;
    seccomp\ explain\ 1) compgen -f -- "$3" ;;
    seccomp\ test\ 1) compgen -f -- "$3" ;;
    seccomp\ test\ *) compgen -f -- "$3" ;;
    seccomp\ trace\ 1) compgen -c -- "$3" ;;
    seccomp\ trace\ *) compgen -f -- "$3" ;;
    completion\ 1) compgen -W 'bash zsh fish' -- "$3" ;;
    help\ *) compgen -W 'run plan exec ps logs top stats inspect tree diff stop kill wait gc doctor profile seccomp tour completion help version' -- "$3" ;;
    esac
}
_bulkhead() {
    local cur=${COMP_WORDS[COMP_CWORD]} cmd='' flag='' below='' word last
    local -i i=1 count=0 ended=0 at=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $flag ]]; then
            [[ $word == = ]] || flag=
            continue
        fi
        if [[ -z $cmd ]]; then
            cmd=$word
            case $cmd in
        profile) below='ls show' ;;
        seccomp) below='explain test trace' ;;
            esac
            continue
        fi
        if [[ -n $below && " $below " == *" $word "* && $cmd != *' '* ]]; then
            cmd="$cmd $word" below=
            continue
        fi
        if ((!ended)) && [[ $word == -- ]]; then
            ended=1
            continue
        fi
        if ((!ended)) && [[ $word == -?* ]]; then
            last=$word
            [[ $word == --* ]] || last=-${word: -1}
            if [[ " $(_bulkhead_valued "$cmd") " == *" $last "* || ${COMP_WORDS[i + 1]} == = ]]; then
                flag=$last
            fi
            continue
        fi
        count+=1
        at=0
        case $cmd in
        run) at=1 ;;
        plan) at=1 ;;
        exec) at=2 ;;
        seccomp\ test) at=1 ;;
        seccomp\ trace) at=1 ;;
        esac
        ((at)) && ended=1
        if ((at && count == at)) && declare -F _command_offset >/dev/null; then
            _command_offset "$i"
            return
        fi
    done
    [[ $cur == = ]] && cur=
    if [[ -n $flag ]]; then
        mapfile -t COMPREPLY < <(_bulkhead_value "$cmd" "$flag" "$cur")
        compopt -o filenames 2>/dev/null
    elif [[ -z $cmd ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'run plan exec ps logs top stats inspect tree diff stop kill wait gc doctor profile seccomp tour completion help version' -- "$cur")
    elif [[ -n $below ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$below" -- "$cur")
    elif ((!ended)) && [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_bulkhead_flags "$cmd")" -- "$cur")
    else
        mapfile -t COMPREPLY < <(_bulkhead_words "$cmd" "$((count + 1))" "$cur")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _bulkhead bulkhead
