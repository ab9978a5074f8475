#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Struct pages that do not fit into DRAM: the plan says so, then they really do not.
# Wants: --pmem 702G --memory 6G. On kernels that lose what a failed bind took the guest dies of it; the host
# (tests/vm/too-large) looks how.
set -u
# shellcheck source=tests/vm/guest-lib.sh
. tests/vm/guest-lib.sh
export VERBOSE=1
ENOMEM='failed with error -12'

# cannot_fit ALIGN: says the plan for this kernel and this DRAM
cannot_fit() {
	local dram
	dram=$(awk '/^MemTotal/ { print $2 "K" }' /proc/meminfo)
	"$DAXPIN" plan --capacity 702G --dram "$dram" --kernel "$DAXPIN_KERNEL_ID" --map mem --align "$1" | tee "$T/plan"
	grep -q "^cannot fit: 702G on $DAXPIN_KERNEL_ID, map=mem, align=$1: needs" "$T/plan"
}

# fails ALIGN: the bind ends with ENOMEM
fails() {
	! scripts/dax create --map mem --align "$1" || return
	dmesg | grep "dax.*$ENOMEM"
}

free_kib() { echo 1 >/proc/sys/vm/stat_refresh; awk '/^MemFree/ { print $2 }' /proc/meminfo; }

# is_back KIB: what was free is free again, but for 64 MiB
is_back() {
	local now
	now=$(free_kib)
	echo "MemFree: $1 KiB, then $now"
	[ "$now" -ge $(($1 - (64 << 10))) ]
}

works() { local device; device=$(scripts/dax create --map mem --align "$1") && scripts/dax destroy "$device"; }

case $DAXPIN_KERNEL_ID in
*+*)
	check 'the plan for 4K: cannot fit' cannot_fit 4K
	before=$(free_kib)
	check 'a bind with align 4K: not enough memory' fails 4K
	check 'what it had taken is back' is_back "$before"
	check 'a bind with align 2M: works' works 2M
	;;
*)
	check 'the plan for 2M: cannot fit' cannot_fit 2M
	check 'the plan for 1G: cannot fit' cannot_fit 1G
	# What comes is one process killed after the other; make an end of it.
	echo 1 >/proc/sys/vm/panic_on_oom
	sync
	check 'a bind with align 2M: not enough memory' fails 2M
	;;
esac
finish
