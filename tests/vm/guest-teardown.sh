#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 100 times: 8 GiB held, the holder killed, the device disabled and destroyed at once.
set -u
. tests/vm/guest-lib.sh
ROUNDS=${ROUNDS:-100}

cycle() { # cycle END: END is kill_holder or let_go
	local device
	device=$(scripts/dax create --map mem --align 2M) || return
	hold "$device" $((8 << 30)) || return
	"$1"
	timeout 30 scripts/dax destroy "$device" || { echo "destroy did not come back at once"; return 1; }
}

cycles() {
	local i
	for ((i = 1; i <= $2; i++)); do
		cycle "$1" || { echo "round $i of $2"; return 1; }
	done
}
check "SIGKILL with 8 GiB held, then disable and destroy: $ROUNDS times" cycles kill_holder "$ROUNDS"
check 'close with 8 GiB held, then disable and destroy: 10 times' cycles let_go 10
finish
