# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # some variables are for the others
# Start the VM, relay its output, find out how it ended. Sourced by scripts/vm.

QEMU_PID=

# find_qemu: QEMU, QEMU_VERSION and QEMU_MAJOR
find_qemu() {
	local wide=''
	[ "$ACCEL" = kvm ] || ! is_wide || wide=$WIDE_QEMU
	if [ -n "$PLUGIN" ]; then
		QEMU=$(qemu_with_plugins "$wide") || exit
	elif [ -n "$wide" ]; then
		QEMU=$(qemu_with_addresses $(($(addresses_end) / GIB))) || exit
	else
		QEMU=${QEMU:-qemu-system-x86_64}
		command -v -- "$QEMU" >/dev/null || die -s 2 "no $QEMU: run scripts/deps, or set QEMU"
	fi
	QEMU_VERSION=$(qemu_version "$QEMU") || QEMU_VERSION=
	[ -n "$QEMU_VERSION" ] || die -s 2 "$QEMU does not say its version: is it a qemu-system-x86_64, and does it start?"
	QEMU_MAJOR=${QEMU_VERSION%%.*}
}

kill_qemu() {
	[ -n "$QEMU_PID" ] || return 0
	kill -KILL "$QEMU_PID" 2>/dev/null || :
	wait "$QEMU_PID" 2>/dev/null || :
	QEMU_PID=
}

# pause SECONDS: no process, and a signal ends it
pause() { read -rt "$1" -u "$PAUSE_FD" || :; }

# escape_commas PATH: the way QEMU wants it
escape_commas() { printf '%s\n' "${1//,/,,}"; }

# plugin_option DIR: the value of -plugin
plugin_option() {
	local option range
	option=$(escape_commas "$PLUGIN_FILE"),out=$(escape_commas "$1")/regions.csv
	[ -z "$FUNCTIONS" ] || option+=,functions=$(escape_commas "$1")/.vm/addresses.csv
	[ -z "$MODEL" ] || option+=,model=$(escape_commas "$MODEL")
	for range in "${PMEM_RANGES[@]}"; do
		option+=,pmem=$range
	done
	printf '%s\n' "$option"
}

# open_out DIR: made empty of what an earlier run left, and ours alone
open_out() {
	local dir=$1
	mkdir -p -- "$dir/.vm" || die "cannot make $dir"
	exec {OUT_LOCK}>"$dir/.vm/lock"
	flock -n "$OUT_LOCK" || die -s 2 "$dir is in use by another $PROG: choose another --out"
	rm -f -- "$dir"/{status,end,rss,kernel.log,console.log,regions.csv,functions.csv} "$dir"/.vm/{started,finished,addresses.csv,kallsyms,*.tmp}
	: >"$dir/stdout"
	: >"$dir/stderr"
	: >"$dir/console.log"
	printf '%s\n' "$TOP" >"$dir/.vm/top"
}

# start_qemu ACCEL DIR
start_qemu() {
	local accel=$1 dir=$2 console plugin=()
	machine "$accel"
	[ -z "$PLUGIN" ] || plugin=(-plugin "$(plugin_option "$dir")")
	console=(-serial "file:$dir/console.log") # a path as it is
	if [ -n "$SHELL_MODE" ]; then
		# shellcheck disable=SC2054 # QEMU wants the commas
		console=(-chardev "stdio,id=con,mux=on,signal=off,logfile=$(escape_commas "$dir")/console.log"
			-serial chardev:con -mon chardev=con,mode=readline)
		KERNEL_ARGS+=(loglevel=4)
	fi
	# The guest must not outlive this script, however that ends.
	setpriv --pdeathsig KILL "$QEMU" -nodefaults -no-user-config -display none -no-reboot \
		"${MACHINE[@]}" "${plugin[@]}" "${console[@]}" \
		-kernel "$KERNEL_FILE" -initrd "$INITRAMFS" -append "${KERNEL_ARGS[*]} ${APPEND[*]}" \
		-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=root,mount_tag=daxpin-root \
		-fsdev "local,id=out,path=$(escape_commas "$dir"),security_model=none,multidevs=remap" \
		-device virtio-9p-pci,fsdev=out,mount_tag=daxpin-out \
		"${QEMU_ARGS[@]}" <&0 2>"$dir/.vm/qemu.log" {OUT_LOCK}>&- {PAUSE_FD}>&- &
	QEMU_PID=$!
}

# start_relay DIR: what the command prints, while it runs
start_relay() {
	RELAYS=()
	tail -c +1 -f -s 0.1 --pid="$QEMU_PID" -- "$1/stdout" 2>/dev/null {OUT_LOCK}>&- &
	RELAYS+=($!)
	tail -c +1 -f -s 0.1 --pid="$QEMU_PID" -- "$1/stderr" 1>&2 2>/dev/null {OUT_LOCK}>&- &
	RELAYS+=($!)
}

# save_peak DIR: what QEMU has had of the host's memory at most, so far
save_peak() {
	local key peak
	while read -r key peak _; do
		[ "$key" = VmHWM: ] || continue
		printf '%s\n' "$peak" >"$1/rss"
		return
	done <"/proc/$QEMU_PID/status"
} 2>/dev/null

# wait_for_end DIR LIMIT: until QEMU has gone. Sets TIMED_OUT.
wait_for_end() {
	local dir=$1 limit=$2 started='' finished='' now start=${EPOCHREALTIME/./}
	TIMED_OUT=
	while kill -0 "$QEMU_PID" 2>/dev/null; do
		pause 0.1
		now=$(((${EPOCHREALTIME/./} - start) / 100000))
		save_peak "$dir" || :
		if [ -z "$started" ] && [ -e "$dir/.vm/started" ]; then
			started=$now
			[ -n "$QUIET" ] || log "up after $((now / 10)).$((now % 10)) s"
		fi
		if [ -z "$finished" ] && [ -e "$dir/.vm/finished" ]; then
			finished=$now
		fi
		# All is on the host by now; a guest that cannot power itself off loses nothing.
		if [ -n "$finished" ] && [ $((now - finished)) -gt 100 ]; then
			kill_qemu
			return
		fi
		if [ "$limit" != 0 ] && [ "$now" -ge $((limit * 10)) ] && [ -z "$finished" ]; then
			TIMED_OUT=1
			kill_qemu
			return
		fi
	done
	wait "$QEMU_PID" 2>/dev/null || :
	QEMU_PID=
}

# how_it_ended DIR: done, failed, timeout, panic or lost
how_it_ended() {
	local dir=$1
	if [ -n "$TIMED_OUT" ]; then
		echo timeout
	elif [ -e "$dir/.vm/finished" ] && [ -s "$dir/status" ]; then
		if [ "$(<"$dir/status")" = 0 ]; then echo 'done'; else echo failed; fi
	elif grep -aq 'Kernel panic - not syncing' "$dir/console.log"; then
		echo panic
	else
		echo lost
	fi
}

# boot ACCEL DIR LIMIT: sets END
boot() {
	start_qemu "$1" "$2"
	[ -n "$QUIET" ] || start_relay "$2"
	wait_for_end "$2" "$3"
	[ -n "$QUIET" ] || wait "${RELAYS[@]}" 2>/dev/null || :
	END=$(how_it_ended "$2")
	# A guest that died could not save its log; the console has the warnings and the end.
	[ -e "$2/kernel.log" ] || cp -- "$2/console.log" "$2/kernel.log"
	printf '%s\n' "$END" >"$2/end"
}

# write_list FILE WORD...
write_list() {
	local file=$1
	shift
	: >"$file"
	[ $# = 0 ] || printf '%s\0' "$@" >"$file"
}

# accel_key: what a probe's answer depends on
accel_key() {
	{
		uname -r
		printf '%s\n' "$QEMU_VERSION"
		sed -n '/^model name/{p;q}' /proc/cpuinfo
	} | hash_stdin
}

# probe_kvm: KVM may be there and yet not run a kernel, so boot one to user space and back
probe_kvm() {
	local dir answer=tcg
	log "trying KVM, once (at most $PROBE_LIMIT s)"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/daxpin-probe.XXXXXX")
	PROBE_DIR=$dir
	open_out "$dir"
	write_list "$dir/.vm/command" true
	guest_environment kvm "$dir"
	local QUIET=1 SHELL_MODE='' PMEM=()
	boot kvm "$dir" "$PROBE_LIMIT"
	[ "$END" != "done" ] || answer=kvm
	exec {OUT_LOCK}>&-
	rm -rf -- "$dir"
	printf '%s\n' "$answer" >"$1"
}

# choose_accel: sets ACCEL to kvm or tcg and says which and why
choose_accel() {
	local file why='--accel'
	if [ -n "$PLUGIN" ]; then
		ACCEL=tcg why="--plugin: QEMU $QEMU_VERSION, $QEMU"
	elif [ "$ACCEL" = auto ]; then
		if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
			ACCEL=tcg why='no access to /dev/kvm'
		else
			file=$(cache_dir vm)/accel-$(accel_key)
			why="probed, see $file"
			[ -s "$file" ] || probe_kvm "$file"
			ACCEL=$(<"$file")
			[ "$ACCEL" = kvm ] || why="KVM does not run a kernel here; to try again: $PROG probe"
		fi
	fi
	log "kernel $KERNEL_RELEASE, $ACCEL ($why)"
}

# Start of a line of the kernel's log that means a bug. "Spectre V2 : WARNING: ..." is not one.
BUG_LINES='^(\[[^]]*\] *(\[[^]]*\] *)?)?(WARNING: |BUG: |KASAN: |UBSAN: |KCSAN: |Oops: |Oops\[|general protection fault|[Uu]nable to handle|kernel BUG at|INFO: (task .* blocked|rcu_|possible|trying|inconsistent|suspicious)|watchdog: BUG|rcu: INFO|list_(add|del) corruption|refcount_t: |Kernel panic)'

# scan_log DIR: print the first line that means a bug; status 1 when there is none
scan_log() {
	grep -aEm 1 "$BUG_LINES" "$1/kernel.log" "$1/console.log" -h | head -n 1 | tr -d '\r' | grep .
}
