#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Engine uring: registered buffers of device-dax and other memories, verified by data, refused, interrupted.
set -u
. tests/vm/guest-lib.sh
export LC_ALL=C
CSV=$T/uring.csv
PAGES=16384 # of 64M

mem=$(scripts/dax create --map mem --align 2M) || { echo "not ok 1 device with map mem"; exit 1; }
dev=$(scripts/dax create --map dev --align 2M) || { echo "not ok 1 device with map dev"; exit 1; }
# 5.10 and 6.1 register shmem and hugetlb only, and unpin replaced buffers in a worker.
case $(uname -r) in
5.* | 6.[0-4].*) dax='' ;;
*) dax=1 ;;
esac

# uring KEY=VALUE...: 64M, one row for each op
uring() { run_job "$CSV" engine=uring size=64M repetitions=1 warmup=0 max_sample_rows=0 "$@"; }

# skipped REASON KEY=VALUE...: nothing is measured, and that is why
skipped() {
	local reason=$1 status=0
	shift
	uring "$@" >"$T/output" 2>&1 || status=$?
	cat "$T/output" "$CSV"
	[ "$status" = 2 ] && is_all "$CSV" status skip && grep -qF -- "$reason" "$CSV"
}

# counts CALLS GET PUT: rows of the two ops that have so many calls
counts() {
	awk -F, -v calls="$1" -v get="$2" -v put="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["get"] != get || $c["put"] != put { next }
		$c["op"] == "register" { n++; if ($c["calls"] != (get == "buffers" ? 1 : calls)) bad = 1 }
		$c["op"] == "deregister" { n++; if ($c["calls"] != (put == "unregister" ? 1 : calls)) bad = 1 }
		$c["value_ns"] <= 0 { bad = 1 }
		END { if (bad || !n || n % 2) { print get, put ": " n + 0 " rows, not all with the right calls"; exit 1 } }' "$CSV"
}

# variants CALLS PUTS KEY=VALUE...: both gets, these puts
variants() {
	local calls=$1 puts=$2
	shift 2
	uring get=buffers,buffers2 put="$puts" "$@" || return
	is_all "$CSV" status ok && is_all "$CSV" engine uring && is_all "$CSV" op register deregister || return
	counts "$calls" buffers unregister && counts "$calls" buffers2 unregister || return
	[[ $puts != *update* ]] || counts "$calls" buffers2 update
}

# shapes PUTS KEY=VALUE...: one big buffer, many small ones, a last one that is shorter
shapes() {
	local puts=$1
	shift
	variants 1 "$puts" batch="$PAGES" "$@" && is_all "$CSV" pages_got "$PAGES" || return
	variants 1024 "$puts" batch=16 "$@" && is_all "$CSV" pages_got "$PAGES" || return
	variants 17 "$puts" batch=1000 "$@" && is_all "$CSV" pages_got "$PAGES"
}

# two_threads PUTS KEY=VALUE...: on a half each, then both on all of it, where they must not disturb each other's proof
two_threads() {
	local puts=$1
	shift
	variants 16 "$puts" batch=512 threads=2 "$@" && is_all "$CSV" pages_got $((PAGES / 2)) &&
		is_all "$CSV" thread 0 1 || return
	variants 32 "$puts" batch=512 threads=2 range=same repetitions=3 "$@" && is_all "$CSV" pages_got "$PAGES"
}

# What the proof writes into pages is gone again.
data_kept() {
	build/tests/vm/dax-pages write "$1" 5 && variants 32 "$puts" batch=512 memory=dax device="$1" &&
		is_all "$CSV" map dev && uring memory=dax device="$1" size="$2" batch=512 && is_all "$CSV" status ok &&
		build/tests/vm/dax-pages verify "$1" 5
}

corrupted() {
	local status=0
	DAXPIN_TEST_CORRUPT=1 uring batch=512 "$@" >"$T/output" 2>&1 || status=$?
	cat "$T/output" "$CSV"
	[ "$status" = 1 ] && is_all "$CSV" op register deregister && grep -q ',error,.*verification failed' "$CSV" &&
		grep -Eq '^daxpin: uring: address 0x[0-9a-f]+: byte is 0x.., after IORING_OP_WRITE_FIXED from registered buffer 0' "$T/output"
}

# The limit of one buffer is asked of the kernel, for memory that is not there: nothing may be faulted in.
too_large() {
	skipped 'a buffer of 2T: this kernel registers at most' memory=anon size=2T batch=$((1 << 29)) get=buffers,buffers2 &&
		grep -oE 'this kernel registers at most 1[GT] in one; use a smaller batch' "$CSV" | sort -u >"$T/limit" &&
		[ "$(wc -l <"$T/limit")" = 1 ]
}
# up_to_limit: on device-dax, one buffer of 2G where that is within the limit
up_to_limit() {
	uring size=2G batch=$((1 << 19)) get=buffers memory=dax device="$mem" && is_all "$CSV" status ok &&
		is_all "$CSV" calls 1
}

as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all "$@"; }
# memlock GET SIZE: as a user with 8M of RLIMIT_MEMLOCK
memlock() {
	chmod 777 "$T"
	printf '[test]\nengine = uring\nmemory = anon\nbatch = 16\nrepetitions = 1\n' >"$T/user.ini"
	ulimit -l 8192
	as_user "$DAXPIN" run -q --force "$T/user.ini" -s get="$1" -s size="$2" -o "$T/user.csv" >"$T/output" 2>&1
}
beyond_memlock() {
	local get status
	for get in buffers buffers2; do
		memlock "$get" 64M
		status=$?
		cat "$T/output"
		[ "$status" = 1 ] && grep -q 'RLIMIT_MEMLOCK is 8388608 bytes' "$T/output" && grep -q ',error,' "$T/user.csv" || return
		"$DAXPIN" report --no-plots "$T/user.csv" >/dev/null || return
		rm -f "$T"/user.*
	done
	# What had been registered until then is no longer charged.
	memlock buffers2 4M || { cat "$T/output"; return 1; }
}

# interrupt KEY=VALUE...: so many small buffers that the signal finds it between two of them
interrupt() {
	local settings=() pair pid status=0 i
	for pair in engine=uring batch=1 get=buffers2 size=64M verify=0 repetitions=100000 "$@"; do settings+=(-s "$pair"); done
	printf '[test]\n' >"$T/job.ini"
	rm -f "$CSV"
	"$DAXPIN" run -q --force "$T/job.ini" "${settings[@]}" -o "$CSV" &
	pid=$!
	for ((i = 0; i < 100 && $(wc -l 2>/dev/null <"$CSV" || echo 0) < 3; i++)); do sleep 0.1; done
	kill -INT "$pid"
	wait "$pid" || status=$?
	tail -n 2 "$CSV"
	[ "$status" = 130 ] && "$DAXPIN" report "$CSV" >/dev/null && [ "$(tail -c1 "$CSV" | wc -l)" = 1 ]
}
interrupt_and_destroy() {
	interrupt memory=dax device="$1" && timeout 60 scripts/dax destroy "$1"
}

if skipped 'this kernel has no io_uring' memory=anon >/dev/null; then
	skip 'registered buffers' 'this kernel has no io_uring'
	finish
fi
puts=unregister
if [ -n "$dax" ]; then
	puts=unregister,update
	check 'device-dax, map mem: one big and many small buffers, both variants' shapes "$puts" memory=dax device="$mem"
	check 'device-dax, map dev: the same with buffers of 2M, and data stays what it was' data_kept "$dev" 512M
	check 'device-dax: two threads' two_threads "$puts" memory=dax device="$mem"
	check 'device-dax: a byte that is wrong in the file is found' corrupted memory=dax device="$mem"
else
	check 'device-dax: skipped with the reason' \
		skipped 'this kernel registers file-backed buffers of shmem and hugetlb only' memory=dax get=buffers,buffers2
	check 'put update: skipped with the reason' \
		skipped 'this kernel unpins a replaced buffer later, in a worker' memory=anon get=buffers2 put=update
	check 'anonymous memory: one big and many small buffers, both variants' shapes "$puts" memory=anon
	check 'anonymous memory: two threads' two_threads "$puts" memory=anon
	check 'anonymous memory: a byte that is wrong in the file is found' corrupted memory=anon
fi
echo 40 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
check 'anonymous memory, hugetlb and memfd' variants 32 "$puts" memory=anon,hugetlb-2M,memfd batch=512
echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
check 'a buffer above the limit: skipped, the limit is named' too_large
sed 's/^/# /' "$T/limit"
if [ -n "$dax" ] && grep -q 'most 1T' "$T/limit" 2>/dev/null; then
	check 'device-dax: 2G as one buffer' up_to_limit
fi
check 'more buffers than a ring takes: skipped with the limit' \
	skipped '32768 buffers: this kernel registers at most 16384 in a ring' memory=anon size=128M batch=1 get=buffers,buffers2
check 'reading only: skipped, it would be pinned for writing' skipped 'always pinned for writing' memory=anon write=0
check 'unprivileged beyond RLIMIT_MEMLOCK: refused, the limit is named, nothing stays charged' beyond_memlock
if [ -e /proc/sys/kernel/io_uring_disabled ]; then
	echo 2 >/proc/sys/kernel/io_uring_disabled
	check 'io_uring disabled: skipped with the sysctl' \
		skipped 'io_uring is disabled here: sysctl kernel.io_uring_disabled is 2' memory=anon
	echo 0 >/proc/sys/kernel/io_uring_disabled
fi
if [ -n "$dax" ]; then
	check 'Ctrl-C while small buffers are registered: exit 130, the device can be destroyed at once' interrupt_and_destroy "$mem"
else
	check 'Ctrl-C while small buffers are registered: exit 130' interrupt memory=anon
fi
echo "# $SECONDS s"
finish
