#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Engine verbs on rxe: registrations of device-dax memory, proven by data, and what goes wrong, as rows of the CSV.
set -u
. tests/vm/guest-lib.sh
. scripts/lib/guest-rxe.sh

# verbs FILE.csv KEY=VALUE...: one pass, unless the settings say otherwise
verbs() {
	local csv=$1
	shift
	run_job "$csv" engine=verbs repetitions=1 warmup=0 "$@"
}

# has_reason FILE PATTERN: some row's reason matches, which is last and may have commas
has_reason() { tail -n +2 "$1" | grep -Eq -- "$2" || { cat "$1"; return 1; }; }

# fails STATUS ROW_STATUS REASON FILE KEY=VALUE...
fails() {
	local wanted=$1 row=$2 reason=$3 csv=$4 status=0
	shift 4
	verbs "$csv" "$@" || status=$?
	[ "$status" = "$wanted" ] || { echo "exit status $status, not $wanted"; return 1; }
	is_all "$csv" status "$row" && has_reason "$csv" "$reason"
}

# skips REASON KEY=VALUE...
skips() {
	local reason=$1
	shift
	fails 2 skip "$reason" "$T/skip.csv" "$@"
}

# calls FILE: rows of each op
calls() { column "$1" op | sort | uniq -c | awk '{ printf "%s%s=%s", (NR > 1 ? " " : ""), $2, $1 }'; }

# sweep DEVICE: 128 MRs and one, of one and of two threads, in one domain and in three
sweep() {
	verbs "$T/sweep.csv" device="$1" size=256M batch=512,65536 threads=1,2 domains=1,3 || return
	is_all "$T/sweep.csv" op register deregister && is_all "$T/sweep.csv" status ok || return
	# 2 x (128 + 1 + 128 + 2 x 1) calls, for the two numbers of domains
	[ "$(calls "$T/sweep.csv")" = 'deregister=518 register=518' ] || { calls "$T/sweep.csv"; return 1; }
	is_all "$T/sweep.csv" domains 1 3 && is_all "$T/sweep.csv" pages_got 512 65536 32768 || return
	# a clock of 4 ms ticks, on which some boots are left, sees nothing of most calls
	[[ $(</sys/devices/system/clocksource/clocksource0/current_clocksource) != *jiffies ]] || return 0
	column "$T/sweep.csv" value_ns | awk '$1 <= 0 { bad = 1 } END { exit bad }' || { echo 'a time of 0'; return 1; }
}

odd_sizes() {
	verbs "$T/odd.csv" device="$1" size=4M batch=300 && is_all "$T/odd.csv" status ok &&
		is_all "$T/odd.csv" pages_got 300 124 && verbs "$T/odd.csv" memory=anon size=4K batch=1 && is_all "$T/odd.csv" status ok
}

# The first page of the device is one that the proof writes to.
data_stays() {
	build/tests/vm/dax-pages write "$mem" 7 && verbs "$T/stays.csv" device="$mem" size=8M batch=512 repetitions=3 &&
		is_all "$T/stays.csv" status ok && build/tests/vm/dax-pages verify "$mem" 7
}

# found WHEN PATTERN: a byte that a test spoils
found() {
	local status=0
	DAXPIN_TEST_CORRUPT=$1 verbs "$T/corrupt.csv" device="$mem" size=8M max_sample_rows=0 2>"$T/errors" || status=$?
	[ "$status" = 1 ] || { echo "exit status $status, not 1"; return 1; }
	# register has failed; deregister has not
	[ "$(column "$T/corrupt.csv" status | paste -sd' ')" = 'error ok' ] || { cat "$T/corrupt.csv"; return 1; }
	has_reason "$T/corrupt.csv" 'verification failed' || return
	grep -Eq "$2: byte 2048 of the page at 0x[0-9a-f]+ is 0x.., not 0x.." "$T/errors" || { cat "$T/errors"; return 1; }
}

# Of MRs of a page, which are where they should be afterwards: the proof goes through their keys.
moved() {
	(export LD_PRELOAD="$PWD/build/tests/vm/mr-rereg" && verbs "$T/moved.csv" device="$mem" size=64M get=rereg batch=512,16384 threads=1,2 write=0,1) &&
		is_all "$T/moved.csv" status ok && is_all "$T/moved.csv" get rereg && is_all "$T/moved.csv" op register deregister
}

# User nobody, who may open the devices and lock 64 MiB.
limited() {
	(ulimit -l $((64 << 10)) && exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all "$@")
}
memlock() {
	local status=0
	chmod 666 /dev/infiniband/* "$mem" && chmod 777 "$T" && printf '[test]\nengine = verbs\nsize = 128M\nbatch = 32768\nwarmup = 0\nmax_sample_rows = 0\n' >"$T/memlock.ini" &&
		chmod 644 "$T/memlock.ini" || return
	limited "$DAXPIN" run -q --force "$T/memlock.ini" -s device="$mem" -o "$T/memlock.csv" || status=$?
	[ "$status" = 1 ] || { echo "exit status $status, not 1"; return 1; }
	has_reason "$T/memlock.csv" 'Cannot allocate memory; RLIMIT_MEMLOCK is 67108864 bytes' || return
	limited "$DAXPIN" run -q --force "$T/memlock.ini" -s device="$mem" -s size=32M -o "$T/memlock.csv" &&
		is_all "$T/memlock.csv" status ok
}
# The limit is found, less what the proof has locked.
memlock_found() {
	local status=0
	DAXPIN_PROBE_LIMITS=1 limited "$DAXPIN" run -q --force "$T/memlock.ini" -s device="$mem" -o "$T/memlock.csv" || status=$?
	[ "$status" = 2 ] || { echo "exit status $status, not 2"; return 1; }
	has_reason "$T/memlock.csv" 'an MR of 128M: .*; the largest that works is 64M \(RLIMIT_MEMLOCK'
}

# rxe of 7.x asks for its table of an MR in one piece, and the page allocator warns, once, when that is too
# much. The host, which would not know that, is told not to look (--no-scan): nothing else may be in the log.
log_is_clean() {
	local pattern bugs
	pattern=$(sed -n "s/^BUG_LINES='\(.*\)'$/\1/p" scripts/lib/vm-run.sh)
	[ -n "$pattern" ] || { echo 'no BUG_LINES in scripts/lib/vm-run.sh'; return 1; }
	bugs=$(dmesg | grep -E "$pattern")
	case $bugs in
	'') return 0 ;;
	*$'\n'*) ;;
	*'WARNING: '*' __alloc_frozen_pages_noprof'*) ! dmesg | grep -q ' __alloc_mr_page_info' || return 0 ;;
	esac
	echo "$bugs"
	return 1
}

# An MR of 2 GiB works, or the driver is named as the limit; rxe of 7.x takes 1 GiB.
large() {
	local status=0
	verbs "$T/large.csv" device="$mem" size=2G batch=524288 max_sample_rows=0 || status=$?
	case $(uname -r):$status in
	*:0) is_all "$T/large.csv" status ok ;;
	7.*:1)
		is_all "$T/large.csv" status error ok && has_reason "$T/large.csv" 'Cannot allocate memory' || return
		DAXPIN_PROBE_LIMITS=1 skips 'rxe0: an MR of 2G: Cannot allocate memory; the largest that works is 1G' \
			device="$mem" size=2G batch=524288
		;;
	*) echo "exit status $status"; return 1 ;;
	esac
}

# In packets that hold a page: with smaller ones rxe of 7.3 puts what follows the first one of a page into the
# wrong place, and the proof says so, of any memory.
on_demand() {
	local status=0
	ip link set rxe0dev mtu 9000 || return
	verbs "$T/odp.csv" device="$mem" size=64M get=reg-odp max_sample_rows=0 || status=$?
	ip link set rxe0dev mtu 1500
	case $status in
	0) is_all "$T/odp.csv" status ok ;;
	2) is_all "$T/odp.csv" status skip && has_reason "$T/odp.csv" 'rxe0 has no on-demand paging' ;;
	*) echo "exit status $status"; cat "$T/odp.csv"; return 1 ;;
	esac
}

two_devices() {
	add_rxe rxe1 198.51.100.1 && verbs "$T/two.csv" device="$mem" size=64M rdma_device=all,rxe1 threads=1,2 domains=2 &&
		is_all "$T/two.csv" status ok && is_all "$T/two.csv" rdma_device all rxe1
}

# Ends in the middle of thousands of registrations, after which nothing holds the device.
interrupted() {
	local pid status=0 i
	printf '[test]\nengine = verbs\nsize = 1G\nbatch = 512\nwarmup = 0\nrepetitions = 1000\n' >"$T/long.ini"
	"$DAXPIN" run -q --force "$T/long.ini" -s device="$mem" -s max_sample_rows=0 -o "$T/long.csv" &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		! column "$T/long.csv" status 2>/dev/null | grep -q ok || break
		sleep 0.1
	done
	kill -INT "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ] || { echo "exit status $status, not 130"; return 1; }
	timeout 10 scripts/dax destroy "$mem" || { echo 'the device is still held'; return 1; }
}

if ! modprobe -qn rdma_rxe; then
	skip 'verbs' 'this kernel has no rdma_rxe'
	finish
fi
create_devices() { mem=$(scripts/dax create --map mem --align 2M) && dev=$(scripts/dax create --map dev --align 2M); }
if ! create_devices 2>"$T/create"; then
	result 1 'devices' "$(cat "$T/create")"
	finish
fi
check 'without an RDMA device cells are skipped, with the reason' skips 'no RDMA device' device="$mem" size=2M
check 'rxe on a dummy network device' set_up_rxe
[ "$FAILED" = 0 ] || finish
check 'map=mem: many MRs and one, 1 and 2 threads, 1 and 3 domains: registered, proven, deregistered' sweep "$mem"
check 'map=dev: the same' sweep "$dev"
check 'sizes that are no multiple of the batch, and one page' odd_sizes "$dev"
check 'read-only, with relaxed ordering, both threads on the same range' \
	verbs "$T/variants.csv" device="$dev" size=64M write=0,1 get=reg,reg-relaxed threads=2 range=same batch=4096
check 'anonymous memory' verbs "$T/anon.csv" memory=anon size=64M batch=4096
check 'without proof' verbs "$T/blind.csv" device="$dev" size=64M verify=0 batch=4096
check 'the proof puts data back' data_stays
check 'a wrong byte in what is read through an MR is found' found 1 'RDMA READ'
check 'a wrong byte in what is written through an MR is found' found write "after RDMA WRITE, the CPU's view"
check 'on-demand paging: works, or is skipped with the reason' on_demand
check 'ibv_rereg_mr: rxe has none to move an MR, skipped with the reason' skips 'rxe0: its driver cannot move an MR' device="$mem" size=2M get=rereg
check 'with one that can, MRs are moved, proven and deregistered' moved
check 'an RDMA device that is not there is skipped with the names of those that are' skips 'no RDMA device mlx5_9; there is: rxe0' \
	device="$mem" size=2M rdma_device=mlx5_9
check 'more MRs than the device has are skipped with the reason' skips 'max_mr is [0-9]+, 524288 MRs' device="$mem" size=2G batch=1
check 'put_batch does not apply' skips 'put_batch = 0' device="$mem" size=2M put_batch=512
check 'an MR of 2 GiB: works, or ENOMEM is recorded and the limit found' large
check 'unprivileged beyond RLIMIT_MEMLOCK: refused, the limit is named; within it: works' memlock
check 'the largest MR within RLIMIT_MEMLOCK is found' memlock_found
check 'two RDMA devices' two_devices
check 'SIGINT: exit status 130, nothing is held, the device can be destroyed at once' interrupted
check "the kernel's log is clean, but for what is known of rxe's large MRs on 7.x" log_is_clean
finish
