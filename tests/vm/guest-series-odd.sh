#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel promises for static device-dax regions that begin at odd places: not at a multiple of
# the align, not at a section, and next to RAM in the same section.
# Wants: --pmem 1G; an NVDIMM of 3G at 6G + 194M; 400M at 4G + 2M as pmem by memmap=400M!0x100200000
set -u
# shellcheck source=tests/vm/guest-lib.sh
. tests/vm/guest-lib.sh
# shellcheck source=tests/vm/series-lib.sh
. tests/vm/series-lib.sh
MIB=$((1 << 20)) GIB=$((1 << 30))
modprobe -ia libnvdimm nfit nd_pmem nd_e820 device_dax

# region_at START: the name of the region that begins there. Namespaces may begin at each 2M of it: the
# kernel's own choice is 16M, for other machines.
region_at() {
	local file
	file=$(grep -lix "$(printf '0x%x' "$1")" /sys/bus/nd/devices/region*/resource | head -n 1)
	[ -n "$file" ] || return
	echo 0x200000 >"${file%/resource}/align" && basename "${file%/resource}"
}

# create MAP ALIGN REGION: sets DEVICE and WHAT
create() {
	WHAT="$1 $2"
	DEVICE=$(scripts/dax create --map "$1" --align "$2" --region "$3") && return
	result 1 "$WHAT: device" "scripts/dax create failed"
	return 1
}

# --- a region that begins at no multiple of 1G: its device does, the pagemap of map=mem does not --
# The data has to be that of the physical page, whichever align it is written and read by.
ODD=$(region_at $((6 * GIB + 194 * MIB)))
check 'a region at 6G + 194M' test -n "$ODD"
for map in ${ODD:+mem dev}; do
	for align in 2M 1G 4K 1G 2M; do
		create "$map" "$align" "$ODD" || continue
		what="at no multiple of 1G, $WHAT"
		[ ! -e "$T/last" ] || check "$what: the memory that the device before had" same_memory "$DEVICE"
		check "$what: mapped, pinned, written, read" life "$DEVICE"
		check "$what: as new" reuse "$DEVICE"
		leave_data "$DEVICE"
	done
	create "$map" 1G "$ODD" || continue
	what="at no multiple of 1G, $WHAT"
	test_pins "$what" "$DEVICE"
	test_poison "$what" "$DEVICE"
	test_cycles "$what" "$DEVICE" 20
	leave_data "$DEVICE"
done

# --- beside RAM in the same section -------------------------------------------------------------
EARLY=$(region_at $((4 * GIB + 2 * MIB)))
if [ -z "$EARLY" ]; then
	skip 'static region beside RAM in the same section' 'there is none: no memmap=SIZE!START, or a kernel without X86_PMEM_LEGACY'
else
	rm -f "$T/last"
	for align in 2M 4K; do
		for map in mem dev; do
			create "$map" "$align" "$EARLY" || continue
			what="beside RAM, $WHAT"
			[ ! -e "$T/last" ] || check "$what: the memory that the device before had" same_memory "$DEVICE"
			check "$what: mapped, pinned, written, read" life "$DEVICE"
			check "$what: data stays over disable and enable" data_stays "$DEVICE"
			test_pins "$what" "$DEVICE"
			[ "$align" = 4K ] || test_poison_beside_ram "$what" "$DEVICE"
			test_cycles "$what" "$DEVICE" 50
			leave_data "$DEVICE"
		done
	done
fi
test_end
finish
