#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/bench: options and errors, and the machine that it asks for; nothing is booted.
# shellcheck disable=SC2154 # run sets stderr

bats_require_minimum_version 1.5.0

# A copy of the script in a project of its own, whose vm and kernel only say what they were asked.
setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p scripts/lib build
	cp "$root/scripts/bench" scripts/
	cp "$root/scripts/lib/common.sh" scripts/lib/
	cp "$root/build/daxpin" build/
	printf '#!/bin/sh\nprintf "%%s\\n" "$@" >arguments\nexit 1\n' >scripts/vm
	printf '#!/bin/sh\n' >scripts/kernel
	chmod +x scripts/vm scripts/kernel
	printf '[x]\nmap = mem, dev\nalign = 2M, 1G\n' >job.ini
}

# bench OPTION...: one boot that fails
bench() { run --separate-stderr scripts/bench --kernels none --boots 1 --job job.ini "$@"; }

# asked OPTION VALUE
asked() { [ "$(grep -A 1 -x -e "$1" arguments | tail -n 1)" = "$2" ]; }

usage_error() {
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == bench:*"$1"* ]]
}

@test "bench: an NVDIMM for each map and align" {
	bench --pmem 702G --memory 6G --cpus 2
	[ "$status" -eq 1 ]
	[[ $stderr == *'no boot succeeded'* ]]
	asked --pmem 702G,702G,702G,702G
	asked --memory 6G
	asked --cpus 2
	[ "$(tail -n 4 arguments | xargs)" = 'mem:2M mem:1G dev:2M dev:1G' ]
}

@test "bench: --dynamic: one region for all devices with map=mem" {
	bench --pmem 702G --dynamic
	asked --soft-reserved 1404G
	[ "$(tail -n 2 arguments | xargs)" = 'dynamic:2M dynamic:1G' ]
	run ! grep -qx -e --pmem arguments
	printf '[x]\nmap = dev\n' >job.ini
	bench --dynamic
	usage_error '--dynamic: the job asks for no device with map=mem'
}

@test "bench: numbers" {
	for cpus in 0 two 256 ''; do
		bench --cpus "$cpus"
		usage_error "--cpus $cpus: must be 1 to 255"
	done
	bench --dynamic --pmem 1.5G
	usage_error '--pmem 1.5G is not a size such as 2G'
}
