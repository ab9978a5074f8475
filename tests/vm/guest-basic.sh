#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What daxpin promises on a stock kernel: devices, variants, memories, errors, teardown.
set -u
. tests/vm/guest-lib.sh
. tests/vm/bind-lib.sh
export LC_ALL=C
RELEASE=$(uname -r)
MAJOR=${RELEASE%%.*}

mem=$(scripts/dax create --map mem --align 2M) || { echo "not ok 1 device with map mem"; exit 1; }
dev=$(scripts/dax create --map dev --align 2M) || { echo "not ok 1 device with map dev"; exit 1; }

devices_are_listed() {
	"$DAXPIN" list --format=csv >"$T/list" && cat "$T/list" &&
		grep -Eq "^${mem#/dev/},[0-9]+,2097152,mem,0,[0-9-]+,devdax,0," "$T/list" &&
		grep -Eq "^${dev#/dev/},[0-9]+,2097152,dev,0,[0-9-]+,devdax,0," "$T/list"
}
check 'list shows map, align and mode of both devices' devices_are_listed

# The namespace of 3G, the data in it, and this kernel, which has to be known.
planned() { # planned DEVICE MAP
	"$DAXPIN" plan --device "${1#/dev/}" --format=csv --no-times >"$T/plan.csv" && cat "$T/plan.csv" &&
		is_all "$T/plan.csv" capacity_bytes "$((3 << 30))" && is_all "$T/plan.csv" map "$2" &&
		is_all "$T/plan.csv" align_bytes 2097152 && is_all "$T/plan.csv" kernel "$RELEASE" &&
		is_all "$T/plan.csv" usable_bytes "$(<"/sys/bus/dax/devices/${1#/dev/}/size")"
}
check 'plan of a device with map mem: its namespace, size, map and align' planned "$mem" mem
check 'plan of a device with map dev: its namespace, size, map and align' planned "$dev" dev

main_job() {
	printf '[main]\nmap = mem, dev\nalign = 2M\nsize = 2G\nrepetitions = 3\nmax_sample_rows = 0\n' >"$T/main.ini"
	"$DAXPIN" run -q "$T/main.ini" -o "$T/main.csv" || return
	is_all "$T/main.csv" status ok && is_all "$T/main.csv" pages_got 524288 && is_all "$T/main.csv" rounds 1 &&
		is_all "$T/main.csv" map mem dev && is_all "$T/main.csv" device "${mem#/dev/}" "${dev#/dev/}" &&
		[ "$(column "$T/main.csv" op | sort | uniq -c | tr -s ' ' | paste -sd,)" = ' 6 get, 6 put' ] &&
		"$DAXPIN" report "$T/main.csv" >/dev/null
}
check 'main job: get and put of both maps, everything is got' main_job

# The VM that is called daxpin-vm everywhere says nothing of the machine.
named() {
	grep -q '^ *"host": null,$' "$T/main.env.json" && DAXPIN_HOST='lab 1' run_job "$T/named.csv" device="$mem" size=4M &&
		grep -q '^ *"host": "lab 1",$' "$T/named.env.json"
}
check 'the environment names the machine only when it was given a name' named

# The kernel shows its age: compound device-dax pages came with 5.17.
orders() {
	local wanted=9
	[ "$MAJOR" -ge 6 ] || wanted=0
	column "$T/main.csv" order | sort -u | paste -sd' ' | sed 's/^ *//; s/ *$//' | grep -qx "$wanted"
}
check 'order of the head is what this kernel makes' orders

samples() {
	run_job "$T/samples.csv" device="$mem" size=4M batch=1 repetitions=2 put_batch=64 || return
	[ "$(column "$T/samples.csv" row | sort | uniq -c | tr -s ' ' | paste -sd,)" = ' 2 repetition, 32 sample' ] || return
	run_job "$T/samples.csv" device="$mem" size=4M batch=64 repetitions=2 put_batch=64 || return
	[ "$(column "$T/samples.csv" row | sort | uniq -c | tr -s ' ' | paste -sd,)" = ' 64 sample' ] &&
		is_all "$T/samples.csv" pages_asked 64 && is_all "$T/samples.csv" pages_got 64
}
check 'a row per call up to the limit, a row per repetition above' samples

skipped_unless_exported() { # skipped_unless_exported PUT SYMBOL
	if grep -q " __ksymtab_$2\$" /proc/kallsyms; then
		! grep -q "no put variant $1" "$T/variants.csv"
	else
		grep -q "no put variant $1" "$T/variants.csv"
	fi
}
variants() {
	run_job "$T/variants.csv" device="$mem,$dev" size=64M repetitions=1 get=fast,fast-longterm,slow,longterm,gup-fast,gup \
		put=pages,pages-dirty,range-dirty,folio,page write=0,1 max_sample_rows=0 || return
	is_all "$T/variants.csv" status ok skip || return
	! awk -F, '/,ok,/ && $29 != 16384 { print; bad = 1 } END { exit !bad }' "$T/variants.csv" || return
	# What modules may call, as the kernel itself lists it.
	skipped_unless_exported range-dirty unpin_user_page_range_dirty_lock && skipped_unless_exported folio unpin_user_folio
}
check 'every get with every put that this kernel has; the others are skipped with a reason' variants

memories() {
	echo 40 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	echo 3 >/proc/sys/vm/drop_caches
	run_job "$T/memories.csv" memory=anon,thp,hugetlb-2M,memfd size=64M repetitions=1 || return
	is_all "$T/memories.csv" status ok && [ "$(column "$T/memories.csv" memory | sort -u | wc -l)" = 4 ] || return
	# huge pages are compound, base pages are not
	awk -F, '$22 == "get" && ($9 == "thp" || $9 == "hugetlb-2M") && $30 != 9 { bad = 1 }
		$22 == "get" && ($9 == "anon" || $9 == "memfd") && $30 != 0 { bad = 1 } END { exit bad }' "$T/memories.csv"
}
check 'anon, thp, hugetlb and memfd are pinned whole' memories

no_hugepages() {
	echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	! run_job "$T/none.csv" memory=hugetlb-2M size=64M && grep -q ',skip,"needs 32 free huge pages' "$T/none.csv"
}
check 'no huge pages: skipped with the reason, and not a success' no_hugepages

threads() {
	run_job "$T/threads.csv" device="$mem" size=64M threads=2,4 range=disjoint,same repetitions=2 || return
	is_all "$T/threads.csv" status ok && [ "$(column "$T/threads.csv" thread | sort -u | paste -sd' ')" = '0 1 2 3' ]
}
check 'threads on disjoint ranges and on the same one' threads

gup_test() {
	local lines
	"$DAXPIN" gup-test -f "$mem" -m 1024 -r 10 -S -a -n 512 -w >"$T/gup-test" || return
	lines=$(grep -cE '^# PIN_FAST_BENCHMARK: Time: get:[0-9]+ put:[0-9]+ us$' "$T/gup-test")
	[ "$lines" = 10 ] && grep -qx 'ok 1 ioctl status 0' "$T/gup-test"
}
check 'gup-test: the published command prints ten result lines' gup_test

gup_test_flags() {
	local flags
	for flags in -u -U -a -b -L '-a -F 0x101' '-t -a' '-T -a' '-W -u' '-a -j 2' '-a -n -1' '-u -r 3 -n 7'; do
		# shellcheck disable=SC2086 # flags
		"$DAXPIN" gup-test -m 16 $flags >"$T/gup-test" || { echo "flags $flags"; return 1; }
		grep -q '^ok 1' "$T/gup-test" || { echo "flags $flags: no ok"; return 1; }
	done
}
check 'gup-test: all flags on anonymous memory' gup_test_flags

# --- bad input -------------------------------------------------------------------------------
printf '[test]\nsize = 64M\n\nsise = 1\n' >"$T/bad.ini"
printf '[test]\nsize = 64M\n' >"$T/job.ini"
run=("$DAXPIN" run -q --force "$T/job.ini" -o "$T/bad.csv")
refuses 'no such device' 2 "/dev/dax9.9: No such file.*daxpin list" "${run[@]}" -s device=/dev/dax9.9
refuses 'not a dax device' 2 '/dev/null: not a device-dax device' "${run[@]}" -s device=/dev/null
refuses 'a directory' 2 'not a device-dax device' "${run[@]}" -s device=/dev
refuses 'size not a multiple of align' 2 'not a multiple of its align 2M' "${run[@]}" -s device="$mem" -s size=3M
refuses 'offset not a multiple of align' 2 'offset 4096 is not a multiple' "${run[@]}" -s device="$mem" -s offset=4K
refuses 'beyond the device' 2 'is beyond its' "${run[@]}" -s device="$mem" -s size=64G
refuses 'offset beyond the device' 2 'is beyond its' "${run[@]}" -s device="$mem" -s offset=64G
refuses 'other align than the device has' 2 'align is 2M, the job asks for 1G' "${run[@]}" -s device="$mem" -s align=1G
refuses 'other map than the device has' 2 'map is mem, the job asks for dev' "${run[@]}" -s device="$mem" -s map=dev
refuses 'batch 0' 2 'batch = 0: must be 1 to' "${run[@]}" -s device="$mem" -s batch=0
refuses 'absurd batch' 2 "batch of 4194304 pages: the module's limit" "${run[@]}" -s device="$mem" -s batch=4M
refuses 'unknown key, with its line' 2 'bad.ini:4: unknown key' "$DAXPIN" run -q "$T/bad.ini"
refuses 'gup-test beyond the device' 2 'is beyond its' "$DAXPIN" gup-test -f "$mem" -m 65536 -S -a
refuses 'gup-test without -S' 2 'add -S' "$DAXPIN" gup-test -f "$mem" -m 64 -a
echo short >"$T/short"
refuses 'gup-test on a file that is too short' 2 'has 6 bytes, -m asks for 1048576' "$DAXPIN" gup-test -f "$T/short" -m 1 -S
check 'ioctls: reserved fields, sizes, limits, counts' build/tests/vm/module-test "$mem"
check 'ioctls: holds, release, close, death' build/tests/vm/module-life "$mem"

# A user without CAP_IPC_LOCK: 8M of RLIMIT_MEMLOCK, 64M asked for.
as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all "$@"; }
beyond_memlock() {
	chmod 666 /dev/daxpin "$mem"
	chmod 777 "$T"
	ulimit -l 8192
	as_user "$DAXPIN" run -q "$T/job.ini" -s device="$mem" -s size=64M -o "$T/user.csv" 2>"$T/errors"
	local status=$?
	chmod 600 /dev/daxpin "$mem"
	cat "$T/errors"
	[ "$status" = 1 ] && grep -q 'RLIMIT_MEMLOCK is 8388608 bytes' "$T/errors" && grep -q ',error,' "$T/user.csv" &&
		"$DAXPIN" report --no-plots "$T/user.csv" >/dev/null
}
check 'unprivileged beyond RLIMIT_MEMLOCK: refused, the limit is named' beyond_memlock
within_memlock() {
	chmod 666 /dev/daxpin "$mem"
	ulimit -l 8192
	as_user "$DAXPIN" run -q --force "$T/job.ini" -s device="$mem" -s size=4M -o "$T/user2.csv"
	local status=$?
	chmod 600 /dev/daxpin "$mem"
	return "$status"
}
check 'unprivileged within RLIMIT_MEMLOCK: works' within_memlock
no_permission() { as_user "$DAXPIN" run -q "$T/job.ini" -s device="$mem"; }
refuses 'no permission on the device' 2 "permission denied|Permission denied" no_permission

full_disk() {
	mkdir -p "$T/small" && mount -t tmpfs -o size=64k none "$T/small" || return
	run_job "$T/small/full.csv" device="$mem" size=4M batch=16 repetitions=50 2>"$T/errors"
	local status=$? rows
	rows=$("$DAXPIN" report "$T/small/full.csv" --format=csv 2>>"$T/errors" | wc -l)
	[ "$(tail -c1 "$T/small/full.csv" | wc -l)" = 1 ] || status=99
	cat "$T/errors"
	umount "$T/small"
	[ "$status" = 2 ] && grep -q 'No space left' "$T/errors" && [ "$rows" -gt 1 ]
}
check 'disk full: exit 2, the rows so far are whole and kept' full_disk

interrupt() {
	# one repetition takes well under a second: many, so that the signal finds it at work
	"$DAXPIN" run -q --force "$T/job.ini" -s device="$mem" -s size=2G -s batch=1 -s repetitions=100000 -o "$T/int.csv" &
	local pid=$! status=0
	while [ "$(wc -l <"$T/int.csv" 2>/dev/null || echo 0)" -lt 3 ]; do sleep 0.2; done
	kill -INT "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ] && "$DAXPIN" report "$T/int.csv" >/dev/null && [ "$(tail -c1 "$T/int.csv" | wc -l)" = 1 ]
}
check 'Ctrl-C: exit 130, finished rows are kept' interrupt

# --- processes -------------------------------------------------------------------------------
processes() {
	run_job "$T/processes.csv" device="$1" size=64M threads=1,2 processes=1,2,4 range=disjoint,same repetitions=2 max_sample_rows=0 &&
		is_all "$T/processes.csv" status ok && is_all "$T/processes.csv" processes 1 2 4 || return
	# 2 ops, 2 repetitions, 2 ranges, (1 + 2) x (1 + 2 + 4) workers
	[ "$(tail -n +2 "$T/processes.csv" | wc -l)" = 168 ] || { cat "$T/processes.csv"; return 1; }
	awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		{ workers = $c["threads"] * $c["processes"]; pages = $c["range"] == "same" ? 16384 : 16384 / workers }
		$c["pages_got"] != pages || $c["thread"] >= workers { print; bad = 1 }
		END { exit bad }' "$T/processes.csv"
}
check 'processes of their own: map=mem, 1 and 2 threads, 1 to 4 processes, disjoint and the same range' processes "$mem"
check 'map=dev: the same' processes "$dev"

# One of three is killed at work; the cell after it is measured, and nobody holds the device.
one_killed() {
	local pid status=0 csv="$T/killed.csv"
	printf '[killed]\nprocesses = 3\nsize = 768M\nrepetitions = 100000\n[after]\nprocesses = 2\nsize = 64M\n[global]\nbatch = 1\nmax_sample_rows = 0\n' >"$T/killed.ini"
	"$DAXPIN" run -q --force "$T/killed.ini" -s device="$mem" -o "$csv" 2>"$T/errors" &
	pid=$!
	until [ "$(wc -l <"$csv" 2>/dev/null || echo 0)" -gt 6 ]; do sleep 0.2; done
	kill -KILL "$(ps -o pid= --ppid "$pid" | sed -n 2p)"
	wait "$pid" || status=$?
	[ "$(grep -Ec ',cell,.*,error,process 2 of 3 \(pid [0-9]+\) was killed by signal 9 \(Killed\),' "$csv")" = 1 ] || status=98
	[ "$(awk -F, '$8 == "after" && /,ok,/' "$csv" | wc -l)" = 20 ] || status=99
	[ "$status" = 1 ] || { echo "exit status $status"; cat "$T/errors"; tail -n 30 "$csv"; return 1; }
}
check 'a process that is killed is an error row, and the next cell is measured' one_killed
parent_killed() {
	local pid i
	"$DAXPIN" run -q --force "$T/job.ini" -s device="$mem" -s processes=2 -s size=2G -s batch=1 -s repetitions=100000 -o "$T/int.csv" &
	pid=$!
	while [ "$(wc -l <"$T/int.csv" 2>/dev/null || echo 0)" -lt 3 ]; do sleep 0.2; done
	kill -KILL "$pid"
	wait "$pid"
	for ((i = 0; i < 100; i++)); do
		pgrep -f "processes=2 -s size=2G" >/dev/null || return 0
		sleep 0.1
	done
	echo 'processes are left'
	return 1
}
check 'with daxpin all of its processes end' parent_killed

# --- teardown --------------------------------------------------------------------------------
# In a shell of its own: time-out cannot end a function.
recreate_at_once() { timeout 60 bash -c "$(declare -f recreate_mem); mem=$mem; recreate_mem"; }
recreate_mem() { scripts/dax destroy "$mem" && [ "$(scripts/dax create --map mem --align 2M)" = "$mem" ]; }
after_kill() {
	local i
	for i in 1 2 3; do
		if ! hold "$mem" $((2 << 30)) || ! kill_holder || ! recreate_at_once; then
			echo "round $i"
			return 1
		fi
	done
}
check 'SIGKILL while 2 GiB are held: the device can be destroyed at once (3 times)' after_kill
after_close() { hold "$mem" $((2 << 30)) && let_go && recreate_at_once; }
check 'close with held pins: the device can be destroyed at once' after_close

# The kernel may refuse, or wait for the pins: it must not go on, and not be unwell.
disable_held() {
	local namespace pid
	namespace=namespace${mem#/dev/dax}
	hold "$mem" $((64 << 20)) || return
	# without the holder's input: it would keep it open
	ndctl disable-namespace "$namespace" >"$T/disable" 2>&1 {HOLDER_INPUT}>&- &
	pid=$!
	sleep 2
	if kill -0 "$pid" 2>/dev/null; then echo waits >"$T/how"; else echo "ended with $(wait "$pid"; echo $?)" >"$T/how"; fi
	let_go
	timeout 60 tail --pid="$pid" -f /dev/null || { echo "disable still waits after release"; return 1; }
	ndctl enable-namespace "$namespace" >/dev/null 2>&1
	[ -e "$mem" ] || scripts/dax create --map mem --align 2M >/dev/null
	echo "# disabling a device with held pins: $(cat "$T/how")" >&2
	[ -e "$mem" ]
}
check 'disabling a device with held pins waits or is refused, and works after release' disable_held

bind_tests "$mem" "$dev"

# Before kmem is loaded: on 7.x that makes system RAM of every dynamic device, and takes a part of it for itself.
dynamic() {
	local device
	device=$(scripts/dax dynamic --size 512M --align 2M) || return
	run_job "$T/dynamic.csv" device="$device" size=512M repetitions=1 && is_all "$T/dynamic.csv" status ok &&
		is_all "$T/dynamic.csv" map mem
}
check 'a dynamic device of a soft-reserved region' dynamic

system_ram() {
	scripts/dax system-ram "$mem" >/dev/null || return
	"${run[@]}" -s device="$mem" 2>"$T/errors"
	[ $? = 2 ] && cat "$T/errors" && grep -q 'is in system-ram mode' "$T/errors" && [ "$(wc -l <"$T/errors")" = 1 ]
}
check 'a device in system-ram mode is refused' system_ram

bind_system_ram

module_gone() {
	rmmod daxpin || return
	"${run[@]}" -s device="$dev" 2>"$T/errors"
	[ $? = 2 ] && cat "$T/errors" && grep -q 'module is not loaded' "$T/errors" && [ "$(wc -l <"$T/errors")" = 1 ]
}
check 'module not loaded: says so' module_gone

# Those of the mapping, planned and taken. The topmost table of a mapping may be there already, and serve others.
page_tables() { # page_tables DEVICE
	local planned taken
	"$DAXPIN" plan --device "${1#/dev/}" --format=csv --no-times >"$T/tables.csv" || return
	planned=$(column "$T/tables.csv" process_table_bytes)
	taken=$(build/tests/vm/dax-tables "$1") || return
	echo "$1: $planned planned, $taken taken"
	[ $((planned - taken)) -ge 0 ] && [ $((planned - taken)) -le 8192 ]
}
page_tables_of_4k() {
	scripts/dax destroy "$dev" && dev=$(scripts/dax create --map dev --align 4K) && page_tables "$dev"
}
check 'page tables of a mapping are as planned, align 2M' page_tables "$dev"
check 'page tables of a mapping are as planned, align 4K' page_tables_of_4k
finish
