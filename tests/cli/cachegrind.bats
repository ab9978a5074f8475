#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The caches of the model (bench/tcg/cache.c) against those of valgrind.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	command -v valgrind >/dev/null || skip "valgrind is not installed"
	cd "$BATS_TEST_TMPDIR" || return
	"${CC:-gcc}" -O1 -o loop "$root/tests/fixtures/cachegrind/loop.c"
	"${CC:-gcc}" -O2 -I"$root/bench" -o replay "$root/tests/fixtures/cachegrind/replay.c" "$root/bench/tcg/cache.c"
}

# Fails unless two numbers, both above a thousand, differ by 1 % at most.
agree() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > 1000 && b > 1000 && a / b < 1.01 && b / a < 1.01) }'; }

@test "misses of a user-space loop are those of cachegrind, 1 % apart at most" {
	valgrind --tool=cachegrind --cache-sim=yes --I1=32768,8,64 --D1=32768,8,64 --LL=1048576,16,64 \
		--cachegrind-out-file=/dev/null ./loop 2>cachegrind.log
	l1=$(sed -n 's/.* D1  misses: *\([0-9,]*\) .*/\1/p' cachegrind.log | tr -d ,)
	llc=$(sed -n 's/.* LLd misses: *\([0-9,]*\) .*/\1/p' cachegrind.log | tr -d ,)
	read -r our_l1 our_llc < <(valgrind --tool=lackey --trace-mem=yes ./loop 2>&1 | ./replay)
	echo "L1: cachegrind $l1, ours $our_l1; LLC: cachegrind $llc, ours $our_llc"
	agree "$l1" "$our_l1"
	agree "$llc" "$our_llc"
}
