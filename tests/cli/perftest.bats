#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/perftest: what it makes of a file of calls.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	T=$BATS_TEST_TMPDIR
}

refused() { # refused TEXT COMMAND...: exit 2, one line
	local text=$1
	shift
	run --separate-stderr "$@"
	# shellcheck disable=SC2154 # set by run
	[ "$status" = 2 ] && [ -z "$output" ] && [[ $stderr = *"$text"* ]] && [ "${#stderr_lines[@]}" = 1 ]
}

calls() { # rows of a file of scripts/perftest
	echo 'schema_version,kernel,kernel_release,platform,boot,map,size_bytes,program,call,op,clock,value_ns,instructions'
	local ns
	for ns in 3000000 1000000 2000000 9000000; do echo "1,5.10,5.10.1,tcg,b,mem,1073741824,daxpin,again,register,wall,$ns,"; done
	echo '1,5.10,5.10.1,tcg,b,mem,1073741824,perftest,again,register,wall,800000,'
	echo '1,5.10,5.10.1,tcg,b,mem,1073741824,perftest,first,register,wall,7000000,'
	echo '1,5.10,5.10.1,tcg,c,mem,1073741824,daxpin,again,register,insn,,524288'
	echo '1,5.10,5.10.1,tcg,c,mem,1073741824,perftest,again,register,insn,,262144'
	echo '1,4.19,4.19.1,tcg,c,dev,33554432,daxpin,again,deregister,insn,,8192'
}

@test "perftest: statistics and table of its file" {
	calls >"$T/calls.csv"
	run --separate-stderr scripts/perftest --statistics "$T/calls.csv"
	[ "$status" = 0 ] && [ "${lines[0]}" = $'5.10\tmem\t1073741824\tregister\tdaxpin\tagain\tinsn\t1\t524288\t524288' ]
	[ "${lines[1]}" = $'5.10\tmem\t1073741824\tregister\tdaxpin\tagain\twall\t4\t2500000\t1000000' ]
	run --separate-stderr scripts/perftest --table "$T/calls.csv"
	[ "${lines[2]}" = '| 5.10 | mem | 1024 MiB | register | 2.00 | 1.00 | +100.0 % | 1.000 | 0.800 | +25.0 % | 7.000 | 5 | 2 |' ]
	[ "${lines[3]}" = '| 4.19 | dev | 32 MiB | deregister | 1.00 |  |  |  |  |  |  | 1 | 0 |' ]
}

@test "perftest: bad usage is one line, exit 2" {
	refused 'which kernels' scripts/perftest
	refused 'which kernels' scripts/perftest 5.10
	refused 'cannot be read' scripts/perftest --table "$T/none.csv"
	refused 'not a file of scripts/perftest' scripts/perftest --table "$BATS_TEST_FILENAME"
}
