#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel promises for static device-dax regions (pmem), whatever its struct pages look like:
# every map and align, pins, memory failure, enable and disable, fsdax.
# Wants: --pmem 3G,1G,256M
set -u
# shellcheck source=tests/vm/guest-lib.sh
. tests/vm/guest-lib.sh
# shellcheck source=tests/vm/series-lib.sh
. tests/vm/series-lib.sh

# create MAP ALIGN REGION: sets DEVICE and WHAT
create() {
	WHAT="$1 $2"
	DEVICE=$(scripts/dax create --map "$1" --align "$2" --region "$3") && return
	result 1 "$WHAT: device" "scripts/dax create failed"
	return 1
}

# Whole sections are not needed: of 3G, what is left for 2M is no multiple of 128M. 1G has two pages.
for align in 4K 2M 1G; do
	for map in mem dev; do
		create "$map" "$align" region0 || continue
		[ ! -e "$T/last" ] || check "$WHAT: the memory that the device before had" same_memory "$DEVICE"
		check "$WHAT: mapped, pinned, written, read" life "$DEVICE"
		check "$WHAT: data stays over disable and enable" data_stays "$DEVICE"
		test_pins "$WHAT" "$DEVICE"
		test_poison "$WHAT" "$DEVICE"
		[ "$align" != 1G ] || test_cycles "$WHAT" "$DEVICE" 200
		leave_data "$DEVICE"
	done
done
for align in 2M 4K; do
	for map in dev mem; do
		create "$map" "$align" region1 || continue
		case $align in 2M) times=200 ;; *) times=50 ;; esac
		test_cycles "$WHAT" "$DEVICE" "$times"
	done
done

disk=/dev/pmem2
has_disk() { [ -b "$disk" ] || { ls /dev/pmem*; return 1; }; }
check 'a raw pmem disk for O_DIRECT' has_disk
for align in 2M 1G; do
	create mem "$align" region0 || continue
	check "$WHAT: O_DIRECT to a disk and back" build/tests/vm/dax-file direct "$DEVICE" "$disk"
	check "$WHAT: as new after that" reuse "$DEVICE"
done

# --- a file system on the same memory ---------------------------------------------------------
make_fsdax() {
	ndctl create-namespace -f -e namespace1.0 -m fsdax --map="$1" >/dev/null && modprobe ext4 &&
		mkfs.ext4 -q -F -b 4096 /dev/pmem1 && mkdir -p "$T/fs" && mount -t ext4 -o dax /dev/pmem1 "$T/fs"
}
# umount, and the namespace can be disabled: nobody has kept a page
end_fsdax() { umount "$T/fs" && timeout "$PATIENCE" ndctl disable-namespace namespace1.0 >/dev/null; }
back_to_devdax() { ndctl enable-namespace namespace1.0 >/dev/null && create "$1" 2M region1 && life "$DEVICE"; }
if ! command -v mkfs.ext4 >/dev/null; then
	skip 'fsdax' 'no mkfs.ext4: install e2fsprogs'
elif ! modprobe -n ext4 2>/dev/null; then
	skip 'fsdax' 'this kernel has no ext4'
else
	for map in mem dev; do
		check "fsdax, $map: ext4 is made and mounted with -o dax" make_fsdax "$map"
		check "fsdax, $map: mapped with MAP_SYNC, written, read, pinned; no longterm pin" \
			build/tests/vm/dax-file map "$T/fs/file"
		check "fsdax, $map: unmounted and disabled" end_fsdax
		check "fsdax, $map: the namespace is a devdax again" back_to_devdax "$map"
	done
fi

# --- allocations that fail --------------------------------------------------------------------
# With DEBUG_PAGEALLOC the direct map is made of base pages, and 5.10 oopses when it gets no page table for it.
if [ -e /proc/self/fail-nth ] && [ -d /sys/kernel/debug/failslab ] && grep -q debug_pagealloc=off /proc/cmdline; then
	inject_everywhere
	for device in 'mem 2M region1' 'dev 2M region1' 'mem 1G region0'; do
		# shellcheck disable=SC2086 # three words
		create $device || continue
		check "$WHAT: each allocation of a bind fails once" "$BIND" nth "$DEVICE"
		check "$WHAT: as new after that" reuse "$DEVICE"
	done
else
	skip 'allocations that fail during a bind' 'no fault injection, or not booted with debug_pagealloc=off'
fi
test_end
finish
