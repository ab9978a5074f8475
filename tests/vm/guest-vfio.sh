#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Engine vfio: device-dax mapped for QEMU's edu behind an IOMMU, proven by its DMA, refused, interrupted.
set -u
. tests/vm/guest-lib.sh
. scripts/lib/guest-vfio.sh
CSV=$T/vfio.csv

# vfio KEY=VALUE...: one pass of 64M, one row for each op
vfio() { run_job "$CSV" engine=vfio size=64M repetitions=1 warmup=0 max_sample_rows=0 "$@"; }

# fails STATUS ROW_STATUS REASON KEY=VALUE...
fails() {
	local wanted=$1 row=$2 reason=$3 status=0
	shift 3
	vfio "$@" >"$T/output" 2>&1 || status=$?
	[ "$status" = "$wanted" ] && is_all "$CSV" status "$row" ok short && grep -qF -- "$reason" "$CSV" && return
	echo "exit status $status"
	cat "$T/output" "$CSV"
	return 1
}
skips() { fails 2 skip "$@"; }

# is_measured: all is ok, but for what this kernel does not unpin
is_measured() {
	is_all "$CSV" status ok short || return
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["status"] == "short" && !($c["op"] == "deregister" && $c["pages_got"] == 0 && /never unpins this memory: its pages are marked as reserved/)' \
		"$CSV" | { ! grep .; }
}

# measured CALLS PAGES KEY=VALUE...: all is ok, rows of both ops with so many calls and pages
measured() {
	local calls=$1 pages=$2
	shift 2
	vfio "$@" && is_measured && is_all "$CSV" op register deregister && is_all "$CSV" engine vfio &&
		is_all "$CSV" get map && is_all "$CSV" put unmap && is_all "$CSV" calls "$calls" && is_all "$CSV" pages_asked "$pages" ||
		return
	is_all <(grep -v ,short, "$CSV") pages_got "$pages" || return
	column "$CSV" value_ns | awk '$1 <= 0 { bad = 1 } END { exit bad }' || { echo 'a time of 0'; return 1; }
}

shapes() {
	measured 1 16384 device="$1" batch=16384 && measured 17 16384 device="$1" batch=1000
}

data_stays() {
	build/tests/vm/dax-pages write "$mem" 7 && measured 4 2048 device="$mem" size=8M batch=512 &&
		build/tests/vm/dax-pages verify "$mem" 7
}

# found WHEN PATTERN: a byte that a test spoils
found() {
	export DAXPIN_TEST_CORRUPT=$1
	fails 1 error 'verification failed' device="$mem" batch=16384 || return
	unset DAXPIN_TEST_CORRUPT
	# register has failed; deregister has not
	[[ $(column "$CSV" status | paste -sd' ') =~ ^error\ (ok|short)$ ]] || { cat "$CSV"; return 1; }
	grep -Eq "$2: byte 1024 of the page at 0x[0-9a-f]+ is 0x.., not 0x.." "$T/output" || { cat "$T/output"; return 1; }
}

two_threads() {
	measured 1 8192 device="$mem" batch=8192 threads=2 && is_all "$CSV" thread 0 1 &&
		measured 1 16384 device="$mem" batch=16384 threads=2 range=same
}

# limited MIB COMMAND...: without CAP_IPC_LOCK
limited() {
	(ulimit -l $(($1 << 10)) && exec setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock "${@:2}")
}
memlock() {
	local status=0
	printf '[test]\nengine = vfio\nmemory = anon\nbatch = 16384\nverify = 0\nwarmup = 0\n' >"$T/memlock.ini"
	limited 32 "$DAXPIN" run -q --force "$T/memlock.ini" -s size=64M -o "$CSV" >"$T/output" 2>&1 || status=$?
	if [ "$status" != 1 ] || ! grep -q 'RLIMIT_MEMLOCK is 33554432 bytes' "$T/output" "$CSV"; then
		cat "$T/output" "$CSV"
		return 1
	fi
	limited 32 "$DAXPIN" run -q --force "$T/memlock.ini" -s size=16M -o "$CSV" && is_all "$CSV" status ok
}

# pins: of all of the system
pins() {
	echo 1 >/proc/sys/vm/stat_refresh
	awk '/^nr_foll_pin_acquired / { n += $2 } /^nr_foll_pin_released / { n -= $2 } END { print n }' /proc/vmstat
}
# told PAGES KEY=VALUE...: deregister is "short" when the pages are still pinned afterwards, else "ok"
told() {
	local pages=$1 before left status
	shift
	before=$(pins)
	measured 1 "$pages" batch="$pages" verify=0 "$@" || return
	left=$(($(pins) - before)) status=$(column "$CSV" status | tail -n 1)
	echo "# $*: deregister $status, $left of $pages pages still pinned"
	case $status in
	ok) [ "$left" -lt 100 ] ;;
	# once more where memory is faulted in by mapping it
	short) [ "$left" = "$pages" ] || [ "$left" = $((2 * pages)) ] ;;
	esac
}
told_of_anon() { told 16384 memory=anon && is_all "$CSV" status ok; }
no_consent() {
	# the VM's mark on the kernel's command line is what consents in it
	sed 's/daxpin.vm=1//' /proc/cmdline >"$T/cmdline"
	mount --bind "$T/cmdline" /proc/cmdline || return
	skips 'VFIO may never unpin this memory' device="$mem" || { umount /proc/cmdline; return 1; }
	umount /proc/cmdline
}

# Ends in the middle of thousands of mappings.
interrupted() {
	local pid status=0 i
	printf '[test]\nengine = vfio\nsize = 512M\nbatch = 64\nwarmup = 0\nrepetitions = 1000\nverify = 0\nmax_sample_rows = 0\n' >"$T/long.ini"
	rm -f "$CSV"
	"$DAXPIN" run -q --force "$T/long.ini" -s device="$mem" -o "$CSV" &
	pid=$!
	for ((i = 0; i < 300; i++)); do
		! grep -Eq ',(ok|short),' "$CSV" 2>/dev/null || break
		sleep 0.1
	done
	kill -INT "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ] || { echo "exit status $status, not 130"; return 1; }
	measured 1 16384 device="$mem" batch=16384 verify=0
}

destroyed() { timeout 20 scripts/dax destroy "$mem" && timeout 20 scripts/dax destroy "$dev"; }

create_devices() { mem=$(scripts/dax create --map mem --align 2M) && dev=$(scripts/dax create --map dev --align 2M); }
if ! create_devices 2>"$T/create"; then
	result 1 'devices' "$(cat "$T/create")"
	finish
fi
if ! modprobe -qn vfio-pci; then
	check 'a kernel without VFIO: skipped with the reason' skips 'no VFIO here (CONFIG_VFIO_PCI)' device="$mem"
	finish
fi
modprobe -a vfio_iommu_type1 vfio-pci
check 'no device bound to vfio-pci: skipped with the reason' skips 'no device is bound to vfio-pci' device="$mem"
check 'edu is bound to vfio-pci' set_up_vfio
[ "$FAILED" = 0 ] || finish
check 'map mem: one mapping, many and a last one that is shorter: mapped, proven, unmapped' shapes "$mem"
check 'map dev: the same' shapes "$dev"
check 'anonymous memory' measured 1 16384 memory=anon batch=16384
check 'two threads, on a half each and on the same range' two_threads
check 'read-only' measured 1 16384 device="$dev" batch=16384 write=0
check 'the proof puts data back' data_stays
check 'a wrong byte in what the device has read is found' found 1 'DMA out of memory'
check 'a wrong byte in what the device has written is found' found write "after DMA into memory, the CPU's view"
check 'a device that is not there is skipped' skips 'no device 0000:00:1d.7 is bound to vfio-pci' \
	device="$mem" rdma_device=0000:00:1d.7
check 'more mappings than VFIO takes: skipped with the limit' \
	skips '131072 mappings: VFIO takes 65535 more (dma_entry_limit of vfio_iommu_type1)' device="$mem" size=512M batch=1 verify=0
check 'put_batch does not apply' skips 'put_batch = 0' device="$mem" put_batch=512
check 'beyond RLIMIT_MEMLOCK: refused, the limit is named; within it: works' memlock
check 'SIGINT: exit status 130, and the next one works' interrupted
VERBOSE=1 check 'anonymous memory is unpinned, and said to be' told_of_anon
VERBOSE=1 check 'device-dax: whether it is unpinned is told as it is' told 16384 device="$mem"
if is_all "$CSV" status ok >/dev/null; then
	check 'nothing is held: the devices can be destroyed at once' destroyed
else
	check 'device-dax that would stay pinned: without consent skipped with the reason' no_consent
fi
echo "# $SECONDS s"
finish
