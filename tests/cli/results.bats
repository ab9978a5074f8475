#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

@test "RESULTS.md is what scripts/results makes of the reference samples" {
	scripts/results >"$BATS_TEST_TMPDIR/RESULTS.md"
	diff RESULTS.md "$BATS_TEST_TMPDIR/RESULTS.md"
}
