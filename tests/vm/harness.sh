#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The VM harness tested with itself: every way to end is told from the others, files and output come
# back, bugs in the kernel's log are found, nothing is left running. Then scripts/dax in the VM. Boots one kernel a dozen times.
# usage: tests/vm/harness.sh [KERNEL OPTIONS OF scripts/vm]   (default: --kernel 6.1)
set -uo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1
[ $# != 0 ] || set -- --kernel 6.1
KERNEL=("$@")
command -v "${QEMU:-qemu-system-x86_64}" >/dev/null || {
	echo "1..0 # SKIP no QEMU: run scripts/deps"
	exit 77
}
DIR=$(mktemp -d "${TMPDIR:-/tmp}/daxpin-harness.XXXXXX")
trap 'rm -rf -- "$DIR"' EXIT
trap 'exit 130' INT TERM
NUMBER=0 FAILED=0

# check NAME COMMAND...: one line of TAP for each thing that must be true
check() {
	local name=$1
	shift
	NUMBER=$((NUMBER + 1))
	if "$@" >"$DIR/check" 2>&1; then
		echo "ok $NUMBER $name"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $NUMBER $name"
		sed 's/^/# /' "$DIR/check"
	fi
}

is() { [ "$1" = "$2" ] || { printf 'is:        %s\nshould be: %s\n' "$1" "$2" && return 1; }; }

has() { grep -q -- "$1" "$2" || { echo "no $1 in $2:" && tail -n 20 "$2" && return 1; }; }

is_missing() { [ ! -e "$1" ]; }

# vm NAME OPTION...: a run into DIR/NAME, its output into NAME.1 and NAME.2, its status into STATUS
vm() {
	local name=$1
	shift
	scripts/vm run "${KERNEL[@]}" --memory 1G --time-limit 120 --out "$DIR/$name" "$@" \
		>"$DIR/$name.1" 2>"$DIR/$name.2"
	STATUS=$?
}

# ended NAME STATUS END
ended() {
	check "$1: exit status $2" is "$STATUS" "$2"
	check "$1: end is $3" is "$(cat "$DIR/$1/end")" "$3"
}

# guests NAME: QEMUs that use DIR/NAME
guests() { grep -als -- "[p]ath=$DIR/$1" /proc/[0-9]*/cmdline; }

wait_for() {
	local i
	for ((i = 0; i < 600; i++)); do
		[ ! -e "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

wait_until_gone() {
	local i
	for ((i = 0; i < 50; i++)); do
		[ -n "$(guests "$1")" ] || return 0
		sleep 0.1
	done
	return 1
}

test_done() {
	# shellcheck disable=SC2016 # for the guest
	DAXPIN_HOST='lab "1"' vm 'done' --cpus 2 --nodes 2 --memory 1G --pmem 1G,2G --pmem-node own --soft-reserved 1G \
		--env 'GREETING=good  morning' -- bash -c '
		echo "out $1 $GREETING"; echo "err" >&2; echo again >/dev/stdout; echo "$PWD" >"$DAXPIN_OUT/cwd"
		grep -q "daxpin.vm=1" /proc/cmdline && [ "$DAXPIN_PLATFORM" != "" ] && [ "$(id -u)" = 0 ] || exit 1
		mkdir "$DAXPIN_OUT/deep" && head -c 3000000 /dev/zero >"$DAXPIN_OUT/deep/zeros" || exit 2
		touch /usr/written "$HOME/written" /run/written /dev/shm/written || exit 3
		echo "$DAXPIN_HOST" >"$DAXPIN_OUT/host"; nproc >"$DAXPIN_OUT/cpus"; cat /sys/devices/system/node/{possible,has_memory} >"$DAXPIN_OUT/nodes"
		modprobe -ia libnvdimm nfit nd_pmem || exit 4
		cat /sys/bus/nd/devices/region*/size >"$DAXPIN_OUT/regions"
		mountpoint -q /sys/kernel/debug && mountpoint -q /dev/hugepages || exit 5' - "two  words \"'\$"
	ended 'done' 0 'done'
	check "done: no word on trouble" is "$(grep -cv -e ': kernel .* \(kvm\|tcg\) (' -e 'up after' "$DIR/done.2")" 1
	check "done: stdout" is "$(cat "$DIR/done.1")" "out two  words \"'\$ good  morning"$'\n'again
	check "done: stdout in a file" cmp "$DIR/done.1" "$DIR/done/stdout"
	check "done: stderr in a file" is "$(cat "$DIR/done/stderr")" err
	check "done: stderr relayed" has '^err$' "$DIR/done.2"
	check "done: status in a file" is "$(cat "$DIR/done/status")" 0
	check "done: current directory" is "$(cat "$DIR/done/cwd")" "$(pwd -P)"
	check "done: files come back" is "$(stat -c %s "$DIR/done/deep/zeros")" 3000000
	check "done: kernel log has the end of the command" has 'command ended with status 0' "$DIR/done/kernel.log"
	check "done: the host is not written to" is_missing /usr/written
	check "done: the name of the machine, as it was given" is "$(cat "$DIR/done/host")" 'lab "1"'
	check "done: CPUs" is "$(cat "$DIR/done/cpus")" 2
	check "done: four nodes, two with RAM" is "$(xargs <"$DIR/done/nodes")" '0-3 0-1'
	check "done: less of the host's memory than its RAM and 512 MiB, and more than 64 MiB" \
		test "$(<"$DIR/done/rss")" -lt $((1536 << 10)) -a "$(<"$DIR/done/rss")" -gt $((64 << 10))
	check "done: two regions" is "$(sort -n "$DIR/done/regions" | xargs)" "1073741824 2147483648"
	check "done: soft-reserved" has 'user: .mem 0x0*100000000-0x0*13fffffff. soft reserved' "$DIR/done/kernel.log"
}

test_failed() {
	vm failed -- sh -c 'echo before; kill -SEGV $$'
	ended failed 121 failed
	check "failed: exact status in a file" is "$(cat "$DIR/failed/status")" 139
	# The same directory again: nothing of the run before may show.
	vm failed -- sh -c 'exit 7'
	ended failed 7 failed
	check "failed: output of the run before is gone" is "$(cat "$DIR/failed/stdout")" ''
}

test_timeout() {
	vm timeout --time-limit 25 -- sh -c 'echo started; sleep 1000'
	ended timeout 124 timeout
	check "timeout: output until then" is "$(cat "$DIR/timeout.1")" started
	check "timeout: said so" has 'the time limit of 25 s ended while the command ran' "$DIR/timeout.2"
	check "timeout: no status" is_missing "$DIR/timeout/status"
	vm early --time-limit 1 -- true
	ended early 124 timeout
	check "early: said so" has 'ended while it booted' "$DIR/early.2"
}

test_panic() {
	# shellcheck disable=SC2016
	vm panic -- sh -c 'echo last words >$DAXPIN_OUT/file; echo c >/proc/sysrq-trigger; sleep 100'
	ended panic 126 panic
	check "panic: files until then" is "$(cat "$DIR/panic/file")" 'last words'
	check "panic: no status" is_missing "$DIR/panic/status"
	check "panic: in the kernel log" has 'sysrq triggered crash' "$DIR/panic/kernel.log"
	check "panic: said so" has 'kernel panic: Kernel panic - not syncing: sysrq triggered crash' "$DIR/panic.2"
}

test_lost() {
	vm lost -- sh -c 'echo o >/proc/sysrq-trigger; sleep 100'
	ended lost 125 lost
	check "lost: no status" is_missing "$DIR/lost/status"
}

test_scan() {
	vm scan -- sh -c 'echo "WARNING: CPU: 0 PID: 1 at mm/gup.c:1 daxpin_test+0x1/0x2" >/dev/kmsg'
	ended scan 122 'done'
	check "scan: said so" has "in the kernel's log: .*WARNING: CPU: 0 PID: 1 at mm/gup.c" "$DIR/scan.2"
	vm noscan --no-scan -- sh -c 'echo "BUG: unable to handle page fault" >/dev/kmsg
		echo "Spectre V2 : WARNING: no" >/dev/kmsg'
	ended noscan 0 'done'
	check "noscan: the rule finds a BUG" grep -qE "$(sed -n "s/^BUG_LINES='\(.*\)'/\1/p" scripts/lib/vm-run.sh)" \
		"$DIR/noscan/kernel.log"
}

# Signals: Ctrl-C and TERM are cleaned up after; the guest dies even when nobody can clean up.
test_signals() {
	local signal name status pid
	for signal in INT TERM KILL; do
		name=signal-$signal
		# setsid, because a background job of a script ignores INT
		setsid bash -c 'trap - INT; exec "$@"' - env --default-signal=INT scripts/vm run "${KERNEL[@]}" \
			--memory 1G --out "$DIR/$name" -- sleep 1000 >"$DIR/$name.1" 2>&1 &
		pid=$!
		check "$name: up" wait_for "$DIR/$name/.vm/started"
		check "$name: one guest" is "$(guests "$name" | grep -c .)" 1
		kill -"$signal" "$pid"
		wait "$pid" 2>/dev/null
		status=$?
		check "$name: the guest is gone" wait_until_gone "$name"
		case $signal in INT) check "$name: exit status" is "$status" 130 ;; esac
		check "$name: no end" is_missing "$DIR/$name/end"
	done
}

# plugin FILE: one that writes its arguments into the file of its argument out
plugin() {
	"${CC:-gcc}" -shared -fPIC -x c -o "$1" - <<-EOF
		#include <stdint.h>
		#include <stdio.h>
		#include <string.h>

		int qemu_plugin_version = 2;

		int qemu_plugin_install(uint64_t id, const void *info, int count, char **words)
		{
			FILE *out = NULL;
			int i;

			for (i = 0; i < count; i++)
				if (!strncmp(words[i], "out=", 4))
					out = fopen(words[i] + 4, "w");
			for (i = 0; out && i < count; i++)
				fprintf(out, "%s\n", words[i]);
			return !out || fclose(out);
		}
	EOF
}

# The plugin has to know where the guest has its NVDIMMs, and the guest reads what it writes.
test_plugin() {
	check "plugin: compiles" plugin "$DIR/a, plugin.so"
	# shellcheck disable=SC2016 # for the guest
	QEMU='' DAXPIN_PLUGIN="$DIR/a, plugin.so" vm 'with, plugin' --plugin --pmem 1G,2G --soft-reserved 1G -- bash -c '
		cp "$DAXPIN_REGIONS" "$DAXPIN_OUT/read" || exit 1
		modprobe -ia libnvdimm nfit nd_pmem || exit 2
		for region in /sys/bus/nd/devices/region*; do
			printf "pmem=0x%x+0x%x\n" "$(<"$region/resource")" "$(<"$region/size")"
		done >"$DAXPIN_OUT/found"'
	ended 'with, plugin' 0 'done'
	check "plugin: two ranges" is "$(grep -c ^pmem= "$DIR/with, plugin/regions.csv")" 2
	check "plugin: they are the regions of the guest" \
		is "$(grep ^pmem= "$DIR/with, plugin/read" | sort)" "$(sort "$DIR/with, plugin/found")"
	check "plugin: the QEMU in use is said" has 'tcg (--plugin: QEMU [0-9]' "$DIR/with, plugin.2"
}

# A busy host, which cannot emulate a PIT in time, and a kernel that knows no clock to measure its TSC by but PIT and HPET.
test_clock() {
	local busy=() i
	for ((i = 0; i < 3 * $(nproc); i++)); do
		timeout 120 bash -c 'while :; do :; done' &
		busy+=($!)
	done
	vm clock --kernel 5.10+beyond --accel tcg -- cat /sys/devices/system/clocksource/clocksource0/current_clocksource
	kill "${busy[@]}"
	wait "${busy[@]}" 2>"$DIR/busy"
	ended clock 0 'done'
	check "clock: a busy host does not take it away" has '^tsc' "$DIR/clock.1"
}

# test_dax: what the guest says of scripts/dax
test_dax() {
	vm dax --memory 3G --pmem 5G,17G --soft-reserved 2G --time-limit 600 -- tests/vm/guest-dax.sh
	ended dax 0 'done'
	check "dax: all tests" has '^1\.\.[0-9]' "$DIR/dax.1"
	grep -A 5 '^not ok' "$DIR/dax.1" | sed 's/^/# /'
}

for test in dax 'done' clock plugin failed timeout panic lost scan signals; do
	"test_$test"
done
echo "1..$NUMBER"
[ "$FAILED" = 0 ]
