#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/dax in the VM: every map and align, dynamic devices, system-ram, and what it refuses.
# Wants: --pmem 5G,17G --soft-reserved 2G
set -u
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/guest-lib.sh"
DAX=scripts/dax

# columns DEVICE: size, align, map and mode of it in the list
columns() { "$DAX" list | awk -F'\t' -v device="$1" '$1 == device { print $2, $3, $4, $6 }'; }

is() { [ "$1" = "$2" ] || { echo "is '$1', should be '$2'" && return 1; }; }

# creates WANTED ARGUMENT...: the device that it prints is there and is listed as WANTED
creates() {
	local wanted=$1
	shift
	DEVICE=$("$DAX" "$@") || return
	[ -c "$DEVICE" ] || { echo "'$DEVICE' is not a device" && return 1; }
	is "$(columns "$DEVICE")" "$wanted"
}

modprobe -ia libnvdimm nfit nd_pmem
small=$(grep -lx $((5 << 30)) /sys/bus/nd/devices/region*/size) && small=$(basename "${small%/size}")
large=$(grep -lx $((17 << 30)) /sys/bus/nd/devices/region*/size) && large=$(basename "${large%/size}")
on_small=(create --region "$small") on_large=(create --region "$large")

check '17G, mem, 2M' creates '17406M 2M mem devdax' "${on_large[@]}"
check '17G, dev, 2M' creates '17134M 2M dev devdax' "${on_large[@]}" --map dev
check '17G, mem, 1G' creates '16G 1G mem devdax' "${on_large[@]}" --align 1G
check '17G, dev, 1G' creates '16G 1G dev devdax' "${on_large[@]}" --map dev --align 1G
check '5G, mem, 4K: the region that is left' creates '5118M 4K mem devdax' create --align 4K
check '5G, dev, 4K' creates '5038M 4K dev devdax' "${on_small[@]}" --map dev --align 4K
is_on_bus() { ls /sys/bus/dax/devices/dax*.0; }
check 'devices are on the dax bus' is_on_bus

refuses 'no region left' 2 'choose one with --region' "$DAX" create
refuses 'wrong region' 2 'no region region77' "$DAX" create --region region77
refuses 'wrong align' 2 'is not 4K, 2M or 1G' "$DAX" create --align 16M
device=$("$DAX" "${on_small[@]}") || device=/dev/null
exec {held}<"$device"
refuses 'device in use: create' 2 'is in use by process [0-9]+ \(' "$DAX" "${on_small[@]}"
refuses 'device in use: destroy' 2 'is in use by process' "$DAX" destroy "$device"
exec {held}<&-

check 'system-ram' "$DAX" system-ram "$device"
check 'system-ram: listed' is "$(columns "$device" | cut -d' ' -f4)" system-ram
total=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)
check 'system-ram: the kernel has it' test "$total" -gt $((6 << 20))
check 'system-ram: once more' "$DAX" system-ram "$device"
check 'system-ram: destroyed' "$DAX" destroy "$device"
total=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)
check 'system-ram: the kernel does not have it' test "$total" -lt $((4 << 20))
check 'destroyed region is made again' creates '5118M 2M mem devdax' create
check 'all destroyed' "$DAX" destroy all
check 'all destroyed: nothing is listed' is "$("$DAX" list | wc -l)" 1

check 'dynamic, 1G, 2M' creates '1G 2M mem devdax' dynamic --size 1G
check 'dynamic, 512M, 4K: beside it' creates '512M 4K mem devdax' dynamic --size 512M --align 4K
check 'dynamic: two devices' is "$("$DAX" list | wc -l)" 3
check 'dynamic, 1G, 1G: in their place' creates '1G 1G mem devdax' dynamic --size 1G --align 1G
check 'dynamic: one device' is "$("$DAX" list | wc -l)" 2
check 'dynamic, all of it' creates '2G 2M mem devdax' dynamic
refuses 'dynamic: too large' 2 "more than the region's 2G" "$DAX" dynamic --size 3G
refuses 'dynamic: not a multiple of align' 2 'not a multiple of --align' "$DAX" dynamic --size 512M --align 1G
refuses 'dynamic: wrong region' 2 'no dynamic region 9' "$DAX" dynamic --region 9
finish
