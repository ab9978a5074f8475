#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel promises for dynamic device-dax regions (hmem): devices of several ranges, resized,
# beside each other in a section, beside RAM in a section, and as system RAM.
# Wants: --soft-reserved 4G, and two reserved regions that begin and end inside of sections of RAM:
# 448M at 4G + 290M, 64M at 4G + 740M
set -u
# shellcheck source=tests/vm/guest-lib.sh
. tests/vm/guest-lib.sh
# shellcheck source=tests/vm/series-lib.sh
. tests/vm/series-lib.sh
MIB=$((1 << 20)) GIB=$((1 << 30))
modprobe -ia device_dax dax_hmem

# region_of SIZE: the id of the dynamic region that has this size
region_of() {
	local file
	file=$(grep -lx "$1" /sys/bus/dax/devices/dax*/../dax_region/size | head -n 1)
	[ -n "$file" ] && cat "${file%/size}/id"
}
LARGE=$(region_of $((4 * GIB))) ODD=$(region_of $((448 * MIB))) SMALL=$(region_of $((64 * MIB)))
regions_are_there() {
	grep . /sys/bus/dax/devices/dax*/../dax_region/size
	[ -n "$LARGE" ] || return
	! grep -q memmap=448M /proc/cmdline || { [ -n "$ODD" ] && [ -n "$SMALL" ]; }
}
check 'dynamic regions' regions_are_there

# create SIZE ALIGN REGION: sets DEVICE and WHAT
create() {
	WHAT="$1 $2"
	DEVICE=$(scripts/dax dynamic --size "$1" --align "$2" --region "$3") && return
	result 1 "$WHAT: device" "scripts/dax dynamic failed"
	return 1
}

attr_of() { echo "/sys/bus/dax/devices/${1##*/}/$2"; }
ranges_of() { find "$(attr_of "$1" '')" -maxdepth 1 -name 'mapping?*' | wc -l; }
empty() { scripts/dax destroy all; }

# resize DEVICE SIZE RANGES: while it is disabled; then it has so many ranges
resize() {
	disable "$1" && echo "$2" >"$(attr_of "$1" size)" && enable "$1" || return
	"$PAGES" resource "$1"
	[ "$(ranges_of "$1")" = "$3" ] && [ "$(size_of "$1")" = "$2" ]
}

# --- one range, every align -------------------------------------------------------------------
for align in 4K 2M 1G; do
	create 2G "$align" "$LARGE" || continue
	[ ! -e "$T/last" ] || check "dynamic $WHAT: the memory that the device before had" same_memory "$DEVICE"
	check "dynamic $WHAT: mapped, pinned, written, read" life "$DEVICE"
	test_pins "dynamic $WHAT" "$DEVICE"
	[ "$align" != 1G ] || test_poison "dynamic $WHAT" "$DEVICE"
	leave_data "$DEVICE"
	empty
done
for align in 4K 2M 1G; do
	# 4K has nothing to share
	case $align in 4K) size=1G times=20 ;; 2M) size=514M times=200 ;; 1G) size=1G times=200 ;; esac
	create "$size" "$align" "$LARGE" || continue
	test_cycles "dynamic $WHAT" "$DEVICE" "$times"
	empty
done

# --- several ranges ---------------------------------------------------------------------------
# several ALIGN UNIT: a device of three parts with others between them, then less of it
several() {
	local align=$1 unit=$2 first i others=()
	create "$unit" "$align" "$LARGE" || return
	first=$DEVICE
	for i in 1 2 3; do
		create "$unit" "$align" "$LARGE" || return
		others[i]=$DEVICE
	done
	DEVICE=$first others=("${others[@]}")
	echo "${others[@]}" >"$T/others"
}
grow_around() { # DEVICE UNIT: into what the second of three others had and what is behind the last
	local others bytes
	read -ra others <"$T/others"
	bytes=$(size_of "$1")
	scripts/dax destroy "${others[1]}" && resize "$1" $((bytes * 2)) 2
}
neighbours_keep() { # DEVICE: what the others hold is not touched by what is done to it
	local others seed=$SRANDOM
	read -ra others <"$T/others"
	"$PAGES" write "${others[0]}" "$seed" && "$PAGES" write "${others[2]}" $((seed + 1)) && reuse "$1" && life "$1" &&
		"$PAGES" verify "${others[0]}" "$seed" && "$PAGES" verify "${others[2]}" $((seed + 1))
}
for align in 4K 2M; do
	several "$align" 386M || continue
	what="ranges, $align"
	check "$what: grows around another device" grow_around "$DEVICE"
	check "$what: two ranges: mapped, pinned, written, read" life "$DEVICE"
	check "$what: grows behind the last device" resize "$DEVICE" $((3 * 386 * MIB)) 3
	check "$what: three ranges: mapped, pinned, written, read" life "$DEVICE"
	check "$what: its neighbours keep their data" neighbours_keep "$DEVICE"
	if [ "$align" = 2M ]; then
		test_pins "$what" "$DEVICE"
		test_poison "$what" "$DEVICE"
		test_cycles "$what" "$DEVICE" 20
	fi
	check "$what: shrinks into its second range" resize "$DEVICE" $(((2 * 386 - 100) * MIB)) 2
	check "$what: smaller: mapped, pinned, written, read" life "$DEVICE"
	check "$what: shrinks to a part of the first range" resize "$DEVICE" $((130 * MIB)) 1
	check "$what: one range: mapped, pinned, written, read" life "$DEVICE"
	check "$what: its neighbours keep their data after that" neighbours_keep "$DEVICE"
	empty
done

# 1G: the first and the third gigabyte and the fourth
if create 1G 1G "$LARGE" && first=$DEVICE && create 1G 1G "$LARGE"; then
	what='ranges, 1G'
	check "$what: grows behind another device" resize "$first" $((3 * GIB)) 2
	check "$what: mapped, pinned, written, read" life "$first"
	check "$what: as new" reuse "$first"
	check "$what: shrinks" resize "$first" $((2 * GIB)) 2
	check "$what: smaller: mapped, pinned, written, read" life "$first"
fi
empty

# --- a range given by hand, and another align on the same device -------------------------------
by_hand() {
	local start name size=$((194 * MIB))
	start=$(attr_of "$DEVICE" ../dax_region)
	disable "$DEVICE" && echo 0 >"$(attr_of "$DEVICE" size)" || return
	start=$((REGION_START + 62 * MIB))
	printf '%x-%x' "$start" $((start + size - 1)) >"$(attr_of "$DEVICE" mapping)" || return
	start=$((REGION_START + GIB + 2 * MIB))
	printf '%x-%x' "$start" $((start + size - 1)) >"$(attr_of "$DEVICE" mapping)" || return
	enable "$DEVICE" && "$PAGES" resource "$DEVICE" && [ "$(size_of "$DEVICE")" = $((2 * size)) ]
}
realign() { # DEVICE BYTES
	disable "$1" && echo "$2" >"$(attr_of "$1" align)" && enable "$1" && [ "$(align_of "$1")" = "$2" ]
}
if create 1G 2M "$LARGE"; then
	read -r REGION_START _ < <("$PAGES" resource "$DEVICE")
	check 'ranges by hand, inside of sections' by_hand
	check 'ranges by hand: mapped, pinned, written, read' life "$DEVICE"
	check 'ranges by hand: as new' reuse "$DEVICE"
	for align in 4096 $((2 * MIB)); do
		check "align changed to $align" realign "$DEVICE" "$align"
		check "align changed to $align: mapped, pinned, written, read" life "$DEVICE"
		check "align changed to $align: as new" reuse "$DEVICE"
	done
fi
empty

# --- two devices in one section ----------------------------------------------------------------
in_one_section() { # FIRST SECOND: each is enabled and disabled beside the other's pins
	local seed=$SRANDOM
	"$PAGES" write "$2" "$seed" && hold_by "$HOLD" "$2" $((62 * MIB)) || return
	"$BIND" cycle "$1" 20 && life "$1" && "$PAGES" verify "$2" "$seed"
	local status=$?
	let_go
	return "$status"
}
for align in 4K 2M; do
	create 66M "$align" "$LARGE" || continue
	first=$DEVICE
	create 62M "$align" "$LARGE" || continue
	check "one section, $align: 66M beside pinned 62M" in_one_section "$first" "$DEVICE"
	check "one section, $align: 62M beside pinned 66M" in_one_section "$DEVICE" "$first"
	check "one section, $align: 62M as new" reuse "$DEVICE"
	check "one section, $align: 66M as new" reuse "$first"
	empty
done

# --- beside RAM in the same section -------------------------------------------------------------
for align in 4K 2M; do
	for region in "$ODD" "$SMALL"; do
		[ -n "$region" ] || { skip "beside RAM, $align" 'there is no region beside RAM in the same section'; continue; }
		case $region in "$ODD") size=448M ;; *) size=64M ;; esac
		create "$size" "$align" "$region" || continue
		what="beside RAM, $WHAT"
		check "$what: mapped, pinned, written, read" life "$DEVICE"
		check "$what: data stays over disable and enable" data_stays "$DEVICE"
		test_pins "$what" "$DEVICE"
		[ "$align" = 4K ] || test_poison_beside_ram "$what" "$DEVICE"
		[ "$align:$region" != "2M:$ODD" ] ||
			test_poison "$what, a section of its own" "$DEVICE" $((94 * MIB)) $((128 * MIB))
		test_cycles "$what" "$DEVICE" 50
	done
	empty
done

# --- as system RAM and back ---------------------------------------------------------------------
to_ram() {
	local before after
	before=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
	scripts/dax system-ram "$1" || return
	after=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
	[ $((after - before)) -gt $((900 << 10)) ] || { echo "MemTotal was $before, is $after KiB"; return 1; }
}
# the memory is used before it goes back
from_ram() {
	mkdir -p "$T/ram" && mount -t tmpfs -o size=128m none "$T/ram" && head -c 100M /dev/zero >"$T/ram/file" &&
		umount "$T/ram" && daxctl reconfigure-device -f -m devdax "${1##*/}" >/dev/null && [ -c "$1" ]
}
for align in 2M 1G; do
	create 1G "$align" "$LARGE" || continue
	for round in 1 2; do
		what="system-ram, $WHAT, round $round"
		check "$what: given to the kernel" to_ram "$DEVICE"
		check "$what: taken back" from_ram "$DEVICE"
		check "$what: mapped, pinned, written, read" life "$DEVICE"
		check "$what: as new" reuse "$DEVICE"
	done
	empty
done

# --- allocations that fail ----------------------------------------------------------------------
# With DEBUG_PAGEALLOC the direct map is made of base pages, and 5.10 oopses when it gets no page table for it.
if [ -e /proc/self/fail-nth ] && [ -d /sys/kernel/debug/failslab ] && grep -q debug_pagealloc=off /proc/cmdline; then
	inject_everywhere
	if create 1G 1G "$LARGE"; then
		check "dynamic $WHAT: each allocation of a bind fails once" "$BIND" nth "$DEVICE"
		check "dynamic $WHAT: as new after that" reuse "$DEVICE"
	fi
	empty
	if [ -n "$ODD" ] && create 448M 2M "$ODD"; then
		check "beside RAM, $WHAT: each allocation of a bind fails once" "$BIND" nth "$DEVICE"
		check "beside RAM, $WHAT: as new after that" reuse "$DEVICE"
	fi
	empty
else
	skip 'allocations that fail during a bind' 'no fault injection, or not booted with debug_pagealloc=off'
fi
test_end
finish
