#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/vm --functions: what is made of the addresses of the plugin and the symbols of the guest; nothing is booted.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p out/.vm
}

# functions: what scripts/vm does when the guest has ended
functions() {
	# shellcheck disable=SC2016 # it is for the other shell
	run --separate-stderr bash -euo pipefail -c 'PROG=vm; . "$1/scripts/lib/common.sh"; . "$1/scripts/lib/vm-functions.sh"; write_functions out' _ "$root"
}

symbols() {
	cat >out/.vm/kallsyms <<-'EOT'
		0000000000000000 A fixed_percpu_data
		ffffffff81000100 t __do_work
		ffffffff81000100 T do_work
		ffffffff81000100 T also_work
		ffffffff81000140 t next.isra.0
		ffffffff81000150 D data
		ffffffffc0001000 t probe	[daxpin]
	EOT
}

addresses() {
	{
		echo tag,cpu,op,address,instructions
		printf '%s\n' "$@"
	} >out/.vm/addresses.csv
}

@test "functions: sums of addresses, calls, user space, modules, the largest first" {
	symbols
	addresses 8,0,get,ffffffff81000100,3 8,0,get,ffffffff8100013f,40 8,0,get,ffffffff81000140,5 8,0,get,ffffffff81000155,60 \
		8,0,get,0000000000000000,7 8,0,get,ffffffff810000ff,2 8,0,put,ffffffff81000104,9 8,1,get,ffffffffc0001004,1 \
		10,0,get,ffffffff81000100,123456789012345
	functions
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	diff - out/functions.csv <<-'EOT'
		tag,cpu,op,dso,symbol,calls,instructions
		8,0,get,[kernel],next.isra.0,5,65
		8,0,get,[kernel],also_work,3,43
		8,0,get,[user],[user],0,7
		8,0,get,[unknown],[unknown],0,2
		8,0,put,[kernel],also_work,0,9
		8,1,get,[daxpin],probe,0,1
		10,0,get,[kernel],also_work,123456789012345,123456789012345
	EOT
}

@test "functions: a guest that did not get as far, or hides its symbols" {
	symbols
	functions
	[ "$status" -eq 0 ]
	[[ $stderr == *'no functions.csv: nothing was counted'* ]]
	addresses 8,0,get,ffffffff81000100,3
	rm out/.vm/kallsyms
	functions
	[[ $stderr == *'the guest has not told its symbols'* ]]
	symbols
	sed -i 's/^ffff[0-9a-f]*/0000000000000000/' out/.vm/kallsyms
	functions
	[[ $stderr == *'the guest has not told its symbols'* ]]
	[ ! -e out/functions.csv ]
}
