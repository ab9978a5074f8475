#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# PID 1 of the VM, on the host's root: run the command, report, power off. What goes between host
# and guest is in /out-share/.vm.

OUT=/out-share
CTL=$OUT/.vm
RUN=/run/daxpin
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C

bb() { "$RUN/busybox" "$@"; }

declare -A ENVIRONMENT
mapfile -d '' -t pairs <"$CTL/environment"
for pair in "${pairs[@]}"; do
	ENVIRONMENT[${pair%%=*}]=${pair#*=}
done

mount_modules() {
	local from=$1 release
	[ -n "$from" ] || return 0
	read -r release </proc/sys/kernel/osrelease
	bb mkdir -p "/lib/modules/$release" && bb mount --bind "$from/$release" "/lib/modules/$release"
}

# prepare: all that the command may count on; its errors end the run with status 2
prepare() {
	mount_modules "${ENVIRONMENT[DAXPIN_VM_MODULES]}" || {
		echo "vm: cannot mount the kernel's modules in the guest" >&2
		return 2
	}
	local module=${ENVIRONMENT[DAXPIN_VM_INSMOD]} error
	[ -z "$module" ] || error=$(bb insmod "$module" 2>&1) || {
		echo "vm: ${error#insmod: }; see kernel.log" >&2
		return 2
	}
	cd -- "${ENVIRONMENT[DAXPIN_VM_CWD]}" || return 2
}

run_command() {
	local command uptime
	mapfile -d '' -t command <"$CTL/command"
	prepare || return
	echo "daxpin: command starts" >/dev/kmsg
	read -r uptime _ </proc/uptime
	echo "$uptime" >"$CTL/started"
	if [ -n "${ENVIRONMENT[DAXPIN_VM_SHELL]}" ]; then
		# shellcheck disable=SC2086 # words
		stty -F /dev/ttyS0 sane ${ENVIRONMENT[DAXPIN_VM_TTY]}
		setsid -cw env -i "${pairs[@]}" "${command[@]}" </dev/ttyS0 >/dev/ttyS0 2>&1
	else
		env -i "${pairs[@]}" "${command[@]}" </dev/null
	fi
}

# pause SECONDS
pause() { read -rt "$1" -u "$PAUSE_FD"; }

# report STATUS: each file is complete when its name appears
report() {
	echo "daxpin: command ended with status $1" >/dev/kmsg
	[ -z "${ENVIRONMENT[DAXPIN_VM_SYMBOLS]}" ] || bb cat /proc/kallsyms >"$CTL/kallsyms"
	echo "$1" >"$CTL/status.tmp"
	bb mv "$CTL/status.tmp" "$OUT/status"
	bb dmesg -s 4194304 >"$CTL/kernel.log.tmp"
	bb mv "$CTL/kernel.log.tmp" "$OUT/kernel.log"
	echo >"$CTL/finished"
}

main() {
	local status relays i
	exec {PAUSE_FD}<> <(:)
	# Through pipes, so that a program that reopens /dev/stdout does not start over in the file.
	bb cat "$RUN/stdout" >>"$OUT/stdout" &
	relays=$!
	bb cat "$RUN/stderr" >>"$OUT/stderr" &
	relays+=" $!"
	run_command >"$RUN/stdout" 2>"$RUN/stderr"
	status=$?
	# A process left behind may hold the pipes open: wait for the rest, but not for ever.
	for ((i = 0; i < 20; i++)); do
		# shellcheck disable=SC2086
		kill -0 $relays 2>/dev/null || break
		pause 0.1
	done
	report "$status"
	echo o >/proc/sysrq-trigger || bb poweroff -f
	# The end of PID 1 would be a panic, and its devices are going: no program can start.
	while :; do pause 60; done
}

main
