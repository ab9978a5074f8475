#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/dax: options, refusals and what it tells ndctl and daxctl to do; on a made-up /sys.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	dax=$root/scripts/dax
	! grep -qw 'daxpin\.vm=1' /proc/cmdline || skip 'this is the VM, where nothing is refused'
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin sys
	sys=$PWD/sys
	for tool in ndctl daxctl modprobe; do
		printf '#!/bin/bash\necho %s "$@" >>%q\n' "$tool" "$PWD/called" >bin/$tool
		chmod +x bin/$tool
	done
	export DAXPIN_SYSFS=$sys
	PATH=$PWD/bin:$PATH
}

# The one line of error, with exit status 2, has TEXT; and no tool changed anything.
refused() {
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == dax:* ]]
	[[ $stderr == *"$1"* ]]
	! grep -qE '^(ndctl|daxctl) ' called 2>/dev/null
}

as_root() { [ "$(id -u)" = 0 ] || skip 'needs root'; }

# region NAME AVAILABLE: in sys
region() {
	mkdir -p "$sys/devices/nd/$1" "$sys/bus/nd/devices"
	echo nd_pmem >"$sys/devices/nd/$1/devtype"
	echo "$2" >"$sys/devices/nd/$1/available_size"
	ln -s "../../../devices/nd/$1" "$sys/bus/nd/devices/$1"
}

# namespace REGION NAME MODE
namespace() {
	mkdir -p "$sys/devices/nd/$1/$2"
	echo 17179869184 >"$sys/devices/nd/$1/$2/size"
	echo "$3" >"$sys/devices/nd/$1/$2/mode"
	ln -s "../../../devices/nd/$1/$2" "$sys/bus/nd/devices/$2"
}

@test "dax: help on stdout" {
	run --separate-stderr "$dax" --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == usage:* ]]
}

@test "dax: bad usage" {
	run --separate-stderr "$dax"
	refused 'create, dynamic, system-ram, destroy or list?'
	run --separate-stderr "$dax" make
	refused 'unknown action make'
	run --separate-stderr "$dax" create --align 3M
	refused '--align 3M is not 4K, 2M or 1G'
	run --separate-stderr "$dax" create --map disk
	refused '--map disk is not mem or dev'
	run --separate-stderr "$dax" create --map
	refused '--map needs a value'
	run --separate-stderr "$dax" dynamic --size=2Q
	refused '--size 2Q is not a size'
	run --separate-stderr "$dax" create --force
	refused 'unknown option --force'
	run --separate-stderr "$dax" create dax0.0
	refused 'what is dax0.0?'
	run --separate-stderr "$dax" destroy
	refused 'destroy which device?'
}

@test "dax: outside of the VM nothing is done without --yes" {
	region region0 0
	namespace region0 namespace0.0 raw
	for action in create dynamic 'destroy all' 'destroy dax0.0' 'system-ram dax0.0'; do
		# shellcheck disable=SC2086 # two words
		run --separate-stderr "$dax" $action
		refused 'say --yes if you mean it'
	done
}

@test "dax: only root" {
	as_root
	command -v setpriv >/dev/null && setpriv --reuid 65534 --clear-groups cat "$dax" >/dev/null 2>&1 ||
		skip 'nobody cannot read the script'
	run --separate-stderr setpriv --reuid 65534 --clear-groups "$dax" create --yes
	refused 'not root'
}

@test "dax: no ndctl points to scripts/deps" {
	as_root
	rm bin/ndctl
	ln -s "$(command -v bash)" "$(command -v grep)" "$(command -v dirname)" "$(command -v cat)" bin
	run --separate-stderr env PATH="$PWD/bin" "$dax" create --yes
	refused 'no ndctl: run scripts/deps'
}

@test "dax: no region, wrong region" {
	as_root
	mkdir -p "$sys/bus/nd/devices"
	run --separate-stderr "$dax" create --yes
	refused 'there is no pmem region'
	region region0 0
	namespace region0 namespace0.0 raw
	run --separate-stderr "$dax" create --yes --region region3
	refused 'no region region3; there are: region0'
	run --separate-stderr "$dax" create --yes --namespace namespace9.9
	refused 'no namespace namespace9.9'
}

@test "dax: a namespace with a mode is not taken unless it is named" {
	as_root
	region region0 0
	namespace region0 namespace0.0 memory
	run --separate-stderr "$dax" create --yes
	refused 'every region holds a namespace'
	region region1 0
	namespace region1 namespace1.0 raw
	run --separate-stderr "$dax" create --yes --map dev --align 1G
	grep -qx 'ndctl create-namespace -f -e namespace1.0 -m devdax --map=dev --align=1G' called
	rm called
	run --separate-stderr "$dax" create --yes --region region0
	grep -qx 'ndctl create-namespace -f -e namespace0.0 -m devdax --map=mem --align=2M' called
}

@test "dax: several namespaces and no room" {
	as_root
	region region0 0
	namespace region0 namespace0.0 dax
	namespace region0 namespace0.1 memory
	run --separate-stderr "$dax" create --yes --region region0
	refused 'choose one with --namespace (namespace0.0 namespace0.1)'
}

@test "dax: room in a region is used first" {
	as_root
	region region0 17179869184
	namespace region0 namespace0.0 memory
	run --separate-stderr "$dax" create --yes
	grep -qx 'ndctl create-namespace -r region0 -m devdax --map=mem --align=2M' called
}

@test "dax: a block device in use" {
	as_root
	region region0 0
	namespace region0 namespace0.0 memory
	mkdir -p "$sys/devices/nd/region0/namespace0.0/block/pmem0" "$sys/block/pmem0/holders/dm-3"
	run --separate-stderr "$dax" create --yes --region region0
	refused '/dev/pmem0 is in use by dm-3'
}

@test "dax: what ndctl says becomes one line" {
	as_root
	region region0 0
	namespace region0 namespace0.0 raw
	printf '#!/bin/bash\necho "Error: no luck" >&2\nexit 3\n' >bin/ndctl
	run --separate-stderr "$dax" create --yes
	[ "$status" -eq 1 ]
	[ "$stderr" = 'dax: ndctl create-namespace: Error: no luck' ]
}

@test "dax: no dynamic region, no such device" {
	as_root
	run --separate-stderr "$dax" dynamic --yes
	refused 'there is no dynamic region'
	run --separate-stderr "$dax" destroy dax7.0 --yes
	refused 'no dax device dax7.0'
}

@test "dax: list" {
	dir=$sys/devices/ndbus0/region0/dax0.1
	mkdir -p "$dir/dax0.0" "$sys/bus/dax/devices" "$sys/bus/dax/drivers/device_dax"
	echo namespace0.0 >"$dir/namespace"
	echo pmem >"$dir/mode"
	echo 17179869184 >"$dir/dax0.0/size"
	echo 1073741824 >"$dir/dax0.0/align"
	echo 2 >"$dir/dax0.0/target_node"
	ln -s "$sys/bus/dax/drivers/device_dax" "$dir/dax0.0/driver"
	ln -s "$dir/dax0.0" "$sys/bus/dax/devices/dax0.0"
	run --separate-stderr "$dax" list
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = $'/dev/dax0.0\t16G\t1G\tdev\t2\tdevdax\tnamespace0.0' ]
}
