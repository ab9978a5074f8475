#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Engine gup against the kernel's own gup_test (gup_benchmark on 5.10): same device, same boot, 4 GiB, n = 512.
set -u
. tests/vm/guest-lib.sh
export LC_ALL=C

mem=$(scripts/dax create --map mem --align 2M) || { echo "not ok 1 device with map mem"; exit 1; }
# Interleaved, so that drift does not favour one of them.
for i in 1 2 3 4 5; do
	for engine in gup gup_test; do
		run_job "$T/$engine-$i.csv" device="$mem" size=4G batch=512 engine=$engine repetitions=4 max_sample_rows=0 ||
			{ echo "not ok 1 engine $engine runs"; exit 1; }
		cp "$T/$engine-$i.csv" "$T/$engine-$i.env.json" "$DAXPIN_OUT/"
	done
done

median() { # median ENGINE OP: of value_ns
	for i in 1 2 3 4 5; do
		awk -F, -v op="$2" '$22 == op && $38 == "ok" { print $31 }' "$T/$1-$i.csv"
	done | sort -n | awk '{ v[NR] = $1 } END { if (!NR) exit 1; print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

agree() {
	local ours theirs
	ours=$(median gup "$1") && theirs=$(median gup_test "$1") || return
	echo "$1: gup $ours ns, gup_test $theirs ns"
	awk -v a="$ours" -v b="$theirs" 'BEGIN { r = a / b; printf "ratio %.3f\n", r; exit !(r > 0.9 && r < 1.1) }'
}
for op in get put; do
	check "engine gup and engine gup_test agree within 10 %: $op" agree $op
	echo "# $(agree $op | paste -sd' ')"
done
finish
