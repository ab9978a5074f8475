# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Bring-up on a stock kernel: daxpin bind, its time split, and what goes wrong. Sourced after guest-lib.sh.

driver_of() { basename "$(readlink "/sys/bus/dax/devices/$1/driver" || echo none)"; }

# tracing_clean: no instance and no probe of ours
tracing_clean() {
	mkdir -p "$T/tracefs" && { mountpoint -q "$T/tracefs" || mount -t tracefs none "$T/tracefs"; } || return
	[ ! -e "$T/tracefs/instances/daxpin" ] || { echo 'instances/daxpin is left'; return 1; }
	! grep daxpin "$T/tracefs/kprobe_events"
}

bind_device() { # bind_device NAME [OPTION]...
	"$DAXPIN" bind --force -q -o "$T/bind.csv" "$@"
}

# A row of each op has all three parts; what they add up to is a time.
bind_split() {
	local device
	for device in "$NAME_MEM" "$NAME_DEV"; do
		bind_device "$device" --split -r 2 || return
		is_all "$T/bind.csv" status ok && is_all "$T/bind.csv" op unbind rebind || return
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) h[$i] = i; next }
			{ n++; p = $h["populate_ns"]; i = $h["initialise_ns"]; r = $h["rest_ns"] }
			p == "" || i == "" || r == "" || p + i + r <= 0 { print "bad split: " $0; bad = 1 }
			# struct pages of DRAM have to be got, and all have to be written
			$h["op"] == "rebind" && (i < 1000 || ($h["map"] == "mem" && p < 1000)) { print "no time: " $0; bad = 1 }
			END { exit bad || n != 4 }' "$T/bind.csv" || return
	done
	tracing_clean && [ "$(driver_of "$NAME_MEM")" = device_dax ]
}

# Without the option: none, and nothing else has changed.
bind_plain() {
	bind_device "$NAME_MEM" -r 2 && is_all "$T/bind.csv" status ok && is_all "$T/bind.csv" rest_ns '' || return
	# info block and alignment; with map=dev struct pages too, 64 bytes for 4K of the namespace
	is_all "$T/bind.csv" device_bytes $((2 << 20)) && bind_device "$NAME_DEV" -r 1 || return
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) h[$i] = i; next }
		{ n++; d = $h["device_bytes"] }
		d != ($h["size_bytes"] + d) / 64 + 2097152 || $h["dram_bytes"] > 262144 { print; bad = 1 }
		END { exit bad || n != 2 }' "$T/bind.csv"
}

# What was killed in the middle leaves probes, and perhaps a device without a driver; the next one mends both.
bind_killed() {
	local i pid
	rm -f "$T/killed.csv" # of another test
	"$DAXPIN" bind -o "$T/killed.csv" "$NAME_MEM" --split -r 1000 2>"$T/errors" &
	pid=$!
	for ((i = 0; i < 100; i++)); do ! grep -q '^1,' "$T/killed.csv" 2>/dev/null || break; sleep 0.1; done
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	! tracing_clean >/dev/null || { echo 'nothing was left: killed too early?'; return 1; }
	[ "$(driver_of "$NAME_MEM")" = device_dax ] || daxctl enable-device "$NAME_MEM" || return
	bind_device "$NAME_MEM" --split -r 1 && is_all "$T/bind.csv" status ok && tracing_clean
}

bind_interrupted() {
	local i pid status=0
	rm -f "$T/int.csv" # of another test
	"$DAXPIN" bind -q -o "$T/int.csv" "$NAME_MEM" --split -r 1000 &
	pid=$!
	for ((i = 0; i < 100; i++)); do ! grep -q '^1,' "$T/int.csv" 2>/dev/null || break; sleep 0.1; done
	kill -INT "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ] && tracing_clean && [ "$(driver_of "$NAME_MEM")" = device_dax ]
}

# The one who holds the lock has them: the figure is there, the split is not.
bind_two() {
	tracing_clean || return
	exec {LOCK}<"$T/tracefs/instances"
	flock "$LOCK"
	bind_device "$NAME_MEM" --split -r 1
	local status=$?
	exec {LOCK}<&-
	[ "$status" = 0 ] && grep -q ',skip,time split: another daxpin is at it,' "$T/bind.csv" &&
		[ "$(column "$T/bind.csv" status | sort | paste -sd' ')" = 'ok ok skip' ]
}

bind_no_driver() {
	daxctl disable-device "$NAME_MEM" >/dev/null || return
	"$DAXPIN" bind --force -o "$T/bind.csv" "$NAME_MEM" --split -r 1 2>"$T/errors"
	local status=$?
	cat "$T/errors"
	[ "$(driver_of "$NAME_MEM")" = none ] || { echo 'is bound'; status=99; }
	daxctl enable-device "$NAME_MEM" >/dev/null || return
	[ "$status" = 0 ] && grep -q 'has no driver: its first bind is measured' "$T/errors" &&
		is_all "$T/bind.csv" op bind unbind rebind && is_all "$T/bind.csv" status ok && ! is_all "$T/bind.csv" rest_ns ''
}

in_use() {
	exec {USER_FD}<"/dev/$NAME_MEM"
	bind_device "$NAME_MEM"
	local status=$?
	exec {USER_FD}<&-
	return "$status"
}

# bind_tests MEM DEV: devices with map=mem and map=dev, bound
bind_tests() {
	NAME_MEM=${1#/dev/} NAME_DEV=${2#/dev/}
	check 'bind --split: where the time goes, and no probe is left' bind_split
	check 'bind: bytes of the namespace, no DRAM with map=dev' bind_plain
	check 'bind: SIGKILL leaves probes, the next one removes them' bind_killed
	check 'bind: Ctrl-C: exit 130, bound, no probe is left' bind_interrupted
	check 'bind --split: one at a time, the other is measured without' bind_two
	check 'bind: a device without a driver: first bind, and without one again' bind_no_driver
	refuses 'bind: a device that another process has open' 2 "/dev/$NAME_MEM is in use by process" in_use
}

# after bind_tests, whose first device has been made system RAM
bind_system_ram() {
	in_system_ram() {
		"$DAXPIN" bind --force -o "$T/bind.csv" "$NAME_MEM" 2>"$T/errors"
		[ $? = 2 ] && cat "$T/errors" && grep -q "is in system-ram mode; 'daxctl reconfigure-device" "$T/errors"
	}
	check 'bind: a device in system-ram mode is skipped, with how to get it back' in_system_ram
}
