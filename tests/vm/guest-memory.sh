#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the module itself allocates while 64 GiB are pinned, and that pinning does not touch the data.
set -u
. tests/vm/guest-lib.sh

mem=$(scripts/dax create --map mem --align 2M) || { echo "not ok 1 device with map mem"; exit 1; }
bytes=$((64 << 30))

small_while_held() {
	local pages peak
	hold "$mem" "$bytes" || return
	read -r _ pages peak <"$T/held"
	echo "64 GiB held: $pages pages, module peak $peak bytes" | tee "$DAXPIN_OUT/held"
	let_go
	[ "$pages" = "$((bytes / 4096))" ] && [ "$peak" -gt 0 ] && [ "$peak" -lt $((16 << 20)) ]
}
check 'the module allocates less than 16 MiB while 64 GiB are held' small_while_held
echo "# $(cat "$DAXPIN_OUT/held")"

# Slab, vmalloc and free memory as the kernel counts them, with the pins held and without.
kernel_counts() { awk '/^(MemAvailable|VmallocUsed|SUnreclaim):/ { printf "%s %s ", $1, $2 }' /proc/meminfo; }
kernel_agrees() {
	local before during used
	# page tables and struct pages of the mapping are no allocations of the module: fault in first
	hold "$mem" "$bytes" && let_go || return
	before=$(kernel_counts)
	hold "$mem" "$bytes" || return
	during=$(kernel_counts)
	let_go
	used=$(awk -v a="$before" -v b="$during" 'BEGIN { split(a, x, " "); split(b, y, " "); print (y[4] - x[4]) + (y[6] - x[6]) }')
	echo "before: $before during: $during: slab and vmalloc grew by $used KiB"
	[ "$used" -lt $((16 << 10)) ]
}
check 'slab and vmalloc of the kernel say the same' kernel_agrees

whole_pass() {
	run_job "$T/64.csv" device="$mem" size=64G repetitions=1 warmup=0 max_sample_rows=0 && is_all "$T/64.csv" status ok &&
		is_all "$T/64.csv" pages_got "$((bytes / 4096))" && is_all "$T/64.csv" rounds 1
}
check '64 GiB are measured in one round' whole_pass
finish
