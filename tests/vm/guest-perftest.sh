#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Engine verbs against a program that is not ours: perftest's ib_write_bw registers the same device-dax memory on the
# same rxe, and an interposer (mr-times) takes the time of its calls. ROUNDS in turns; every time is a row of a CSV.
set -u
. tests/vm/guest-lib.sh
. scripts/lib/guest-rxe.sh
ROUNDS=${ROUNDS:-3}
CSV=${DAXPIN_OUT:-$T}/perftest.csv
MIB=$((1 << 20)) LARGE=$((1 << 30)) SMALL=$((32 << 20))
# Two programs with 20 % between them are the same.
MOST_PERCENT=20
PORT=18515

# rows MAP PROGRAM: "call,op,bytes,clock,value" to rows
rows() {
	awk -F, -v OFS=, -v k="${DAXPIN_KERNEL_ID:-$(uname -r)}" -v r="$(uname -r)" -v p="${DAXPIN_PLATFORM:-}" \
		-v b="$(</proc/sys/kernel/random/boot_id)" -v m="$1" -v g="$2" '
		{ print 1, k, r, p, b, m, $3, g, $1, $2, $4, $4 == "wall" ? $5 : "", $4 == "insn" ? $5 : "" }' >>"$CSV"
}

# theirs MAP: what the interposer has written; on clock insn, what the plugin has counted under its tags
theirs() {
	if [ -z "${DAXPIN_REGIONS:-}" ]; then
		awk -F, '{ print $1 "," $2 "," $3 ",wall," $4 }' "$T/times"
	else
		awk -F, '
			NR == FNR { if (FNR == 1) for (i = 1; i <= NF; i++) c[$i] = i; else if ($c["regions"] == 1 && $c["doubtful"] == 0) n[$c["tag"]] = $c["instructions"]; next }
			$5 in n { print $1 "," $2 "," $3 ",insn," n[$5] }' "$DAXPIN_REGIONS" "$T/times"
	fi | rows "$1" perftest
}

# until_true COMMAND...: for a minute
until_true() {
	local i
	for ((i = 0; i < 600; i++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}
listens() { grep -qs "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$PORT") [0-9A-F:]* 0A " /proc/net/tcp /proc/net/tcp6; }
registered() { grep -qs '^own,register,' "$T/times" || ! kill -0 "$SERVER" 2>/dev/null; }

# ib_write_bw takes twice its message for a buffer, and makes one MR of it. The client's is behind the server's.
write_bw() { exec timeout 200 ib_write_bw -d rxe0 -x 1 -F -n 5 -t 1 -p "$PORT" -s $((BYTES / 2)) --mmap="$DEVICE" "$@"; }
# The observed one, and its client.
start() {
	rm -f "$T/times"
	(export MR_TIMES="$T/times" LD_PRELOAD="$PWD/build/tests/vm/mr-times" && write_bw) >"$T/server" 2>&1 &
	SERVER=$!
	until_true listens || { echo 'ib_write_bw does not listen'; return 1; }
	(write_bw --mmap-offset="$BYTES" 192.0.2.1) >"$T/client" 2>&1 &
	CLIENT=$!
}
both_say() { cat "$T/server" "$T/client"; }

# transfer MAP: a run to its end, data and all, with nothing but its own two calls
transfer() {
	local BYTES=$SMALL status=0
	start || return
	wait "$CLIENT" || status=$?
	wait "$SERVER" || status=$?
	[ "$(cut -d, -f1-3 "$T/times" | paste -sd' ')" = "first,register,$BYTES own,deregister,$BYTES" ] || status=1
	[ "$status" = 0 ] || { both_say; cat "$T/times"; return 1; }
	theirs "$1"
}

# observe MAP BYTES: the range that ib_write_bw has mapped, as it registers it, five times more; no data, which
# would take rxe minutes
observe() {
	local BYTES=$2
	MR_TIMES_AGAIN=5 start || return
	until_true registered
	kill "$SERVER" "$CLIENT" 2>/dev/null
	wait "$SERVER" "$CLIENT"
	[ "$(grep -c ",$BYTES," "$T/times")" = 13 ] || { both_say; cat "$T/times"; return 1; }
	theirs "$1"
}

# ours MAP BYTES
ours() {
	run_job "$T/ours.csv" engine=verbs device="$DEVICE" size="$2" batch=$(($2 / 4096)) repetitions=5 warmup=1 verify=0 &&
		is_all "$T/ours.csv" status ok || return
	awk -F, -v n="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		{ print "again," $c["op"] "," n "," $c["clock"] "," ($c["clock"] == "wall" ? $c["value_ns"] : $c["instructions"]) }' "$T/ours.csv" | rows "$1" daxpin
}

in_turns() { # in_turns MAP BYTES
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		ours "$@" && observe "$@" || return
	done
}

# agree MAP BYTES OP: by instructions, which are exact; by time the fastest call of each counts, since what a host does
# meanwhile is only ever added
agree() {
	scripts/perftest --statistics "$CSV" | awk -F'\t' -v m="$1" -v n="$2" -v o="$3" -v most="$MOST_PERCENT" '
		$2 == m && $3 == n && $4 == o && $6 == "again" { v[$5] = $7 == "insn" ? $9 : $10; unit = $7 == "insn" ? "instructions" : "ns" }
		END {
			percent = v["perftest"] > 0 ? 100 * (v["daxpin"] / v["perftest"] - 1) : 1000
			printf "# %s, map=%s, %d MiB: daxpin %d %s, perftest %d, %+.1f %%\n", o, m, n / 1048576, v["daxpin"], unit, v["perftest"], percent
			exit !(percent <= most && percent >= -most)
		}'
}

command -v ib_write_bw >/dev/null || { skip 'perftest' 'ib_write_bw is not installed'; finish; }
modprobe -qn rdma_rxe || { skip 'perftest' 'this kernel has no rdma_rxe'; finish; }
[[ -n ${DAXPIN_REGIONS:-} || $(</sys/devices/system/clocksource/clocksource0/current_clocksource) != *jiffies ]] ||
	{ skip 'perftest' 'the clock of this boot is jiffies, too coarse to measure'; finish; }
check 'rxe on a dummy network device' set_up_rxe
ip link set rxe0dev mtu 9000
echo 'schema_version,kernel,kernel_release,platform,boot,map,size_bytes,program,call,op,clock,value_ns,instructions' >"$CSV"
for map in mem dev; do
	if ! DEVICE=$(scripts/dax create --map "$map" --align 2M 2>"$T/create"); then
		result 1 "map=$map: device" "$(cat "$T/create")"
		continue
	fi
	# with the plugin the transfer would take too long
	[ -n "${DAXPIN_REGIONS:-}" ] || check "map=$map: ib_write_bw --mmap of $((SMALL / MIB)) MiB runs to its end" transfer "$map"
	for bytes in $SMALL $LARGE; do
		check "map=$map: MRs of $((bytes / MIB)) MiB by ib_write_bw and by engine verbs, $ROUNDS times in turns" in_turns "$map" "$bytes"
	done
	for op in register deregister; do
		VERBOSE=1 check "map=$map: $op of 1 GiB within $MOST_PERCENT % of perftest's" agree "$map" $LARGE "$op"
	done
done
finish
