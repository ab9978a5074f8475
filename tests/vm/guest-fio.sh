#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/fio: direct I/O from a raw NVDIMM into buffers on device-dax, and data that went there and back.
set -u
. tests/vm/guest-lib.sh
CSV=${DAXPIN_OUT:-$T}/fio.csv

# column_of FILE NAME WHERE VALUE: values of a column in the rows that have this value in another
column_of() {
	awk -F, -v name="$2" -v where="$3" -v value="$4" '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c[where] == value { print $c[name] }' "$1"
}

all_measured() {
	scripts/fio --target "$TARGET" --engines "$ENGINES" --blocks 64K --depth 4 --seconds 1 -o "$CSV" || return
	is_all "$CSV" status ok || return
	# each engine in anonymous memory and on both devices
	[ "$(tail -n +2 "$CSV" | wc -l)" = $((3 * $(wc -w <<<"$ENGINES"))) ] || { cat "$CSV"; return 1; }
	[ "$(column_of "$CSV" map memory dax | sort -u | paste -sd' ')" = 'dev mem' ] || { cat "$CSV"; return 1; }
	awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["ios"] < 1 || $c["iops"] < 1 || $c["latency_mean_ns"] < 1 || $c["latency_p99_ns"] < $c["latency_p50_ns"] || $c["bytes_per_s"] < $c["block_bytes"] { print; bad = 1 }
		END { exit bad }' "$CSV"
}

# What fio writes out of the device's memory it reads back into it, and its checksums are right; its buffers are two huge
# pages of the device (fio rounds its buffer up, and what it adds for direct I/O once more) and no more.
verified() {
	local pid status=0 mapped
	fio --output="$T/fio.log" --name=data --filename="$TARGET" --rw=write --size=4M --bs=256K --direct=1 --ioengine=psync --verify=crc32c \
		--verify_fatal=1 --loops=20 --verify_state_save=0 --iomem="mmaphuge:$1" --hugepage-size=2m >"$T/fio.out" 2>&1 &
	pid=$!
	until_mapped "$1" || { kill "$pid"; cat "$T/fio.log" "$T/fio.out"; return 1; }
	read -r mapped _ <"$T/maps"
	wait "$pid" || status=$?
	if [ "$status" != 0 ] || ! grep -q 'WRITE: bw=' "$T/fio.log" || ! grep -q 'READ: bw=' "$T/fio.log"; then
		echo "exit status $status"; cat "$T/fio.log" "$T/fio.out"; return 1
	fi
	[ $((16#${mapped#*-} - 16#${mapped%-*})) = $((4 << 20)) ] || { echo "mapped: $mapped"; return 1; }
}
until_mapped() {
	local i
	for ((i = 0; i < 100; i++)); do
		! cat /proc/[0-9]*/maps 2>/dev/null | grep "rw-s .*$1\$" >"$T/maps" || return 0
		sleep 0.1
	done
	echo "no mapping of $1"
	return 1
}

for program in fio jq; do command -v "$program" >/dev/null || { skip 'fio' "$program is not installed"; finish; }; done
mem=$(scripts/dax create --map mem --align 2M) || { echo 'not ok 1 device with map mem'; exit 1; }
dev=$(scripts/dax create --map dev --align 2M) || { echo 'not ok 1 device with map dev'; exit 1; }
TARGET=$(find /dev -name 'pmem*' | head -n1)
[ -b "$TARGET" ] || { result 1 'a block device' "$(ls /dev)"; finish; }
ENGINES='io_uring libaio psync'
check "$ENGINES: buffers in anonymous memory, map=mem and map=dev" all_measured
check 'map=mem: data written from the device and read back into it is right' verified "$mem"
check 'map=dev: the same' verified "$dev"
refuses 'a device that is not there' 2 'no device-dax device' scripts/fio --target "$TARGET" /dev/dax77.0
check 'no file of that name was made' test ! -e /dev/dax77.0
check 'the devices are free again' bash -c "scripts/dax destroy $mem && scripts/dax destroy $dev"
sed 's/^/# /' "$CSV"
finish
