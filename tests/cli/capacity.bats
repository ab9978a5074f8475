#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/capacity.md and what is built into daxpin plan are what the tools make of the reference samples.

bats_require_minimum_version 1.5.0

@test "tables and plots of docs/capacity.md, and the built-in fits, are what the tools make of the samples" {
	scripts/capacity --check
}

@test "a table that was changed by hand is found" {
	mkdir -p "$BATS_TEST_TMPDIR/docs"
	cp -r scripts results configs plots "$BATS_TEST_TMPDIR/"
	ln -s "$PWD/build" "$BATS_TEST_TMPDIR/build"
	sed 's/ 96 GiB / 95 GiB /' docs/capacity.md >"$BATS_TEST_TMPDIR/docs/capacity.md"
	cd "$BATS_TEST_TMPDIR"
	run -1 scripts/capacity --check
	[[ $output == *'< '*'95 GiB'* ]]
}
