#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/fio where there is no dax device.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	T=$BATS_TEST_TMPDIR
	dd if=/dev/zero of="$T/target" bs=1M count=2 status=none
}

refused() { # refused TEXT COMMAND...: exit 2, one line
	local text=$1
	shift
	run --separate-stderr "$@"
	# shellcheck disable=SC2154 # set by run
	[ "$status" = 2 ] && [ -z "$output" ] && [[ $stderr = *"$text"* ]] && [ "${#stderr_lines[@]}" = 1 ]
}

# A fio that says what it was asked for, in place of the real one.
fake_fio() {
	mkdir "$T/bin"
	cat >"$T/bin/fio" <<'FAKE'
#!/bin/sh
for a; do case $a in --output=*) out=${a#--output=} ;; esac; done
echo "$FIO_ENGINE $FIO_DEPTH $FIO_BLOCK $FIO_MEMORY $FIO_SECONDS" >>"$ASKED"
[ "$FIO_ENGINE" != broken ] || { echo 'fio: engine broken, "not" loadable' >"$out"; exit 1; }
cat >"$out" <<JSON
fio: a warning in front
{ "jobs": [ { "error": 0, "usr_cpu": 12.5, "sys_cpu": 40, "read": { "runtime": 1001, "total_ios": 5000, "iops": 4995.6, "bw_bytes": 20460000,
  "lat_ns": { "mean": 1234.5 }, "clat_ns": { "percentile": { "50.000000": 1100, "99.000000": 2200 } } } } ] }
JSON
FAKE
	chmod +x "$T/bin/fio"
	export ASKED=$T/asked PATH=$T/bin:$PATH
}

@test "fio: bad usage is one line, exit 2" {
	refused 'which --target?' scripts/fio
	refused 'neither a block device nor a file' scripts/fio --target "$T/none"
	refused 'must be 1 to 9999' scripts/fio --target "$T/target" --depth 0
	refused 'unknown option' scripts/fio --nope
	refused 'needs a value' scripts/fio --blocks
	refused 'no device-dax device' scripts/fio --target "$T/target" /dev/null
	refused 'no device-dax device' scripts/fio --target "$T/target" "$T/target"
	scripts/fio --help | grep -q '^usage: scripts/fio'
}

@test "fio: a row for each engine and size, with what fio says" {
	fake_fio
	run --separate-stderr scripts/fio --target "$T/target" --engines 'psync io_uring' --blocks '4K 1M' --depth 3 --seconds 1
	[ "$status" = 0 ] && [ "${#lines[@]}" = 5 ]
	[[ ${lines[1]} = 1,*,"$T/target,anon,,,4096,psync,4096,1,1001,5000,4996,20460000,"123[45]",1100,2200,12.5,40,ok," ]]
	[[ ${lines[4]} = *,io_uring,1048576,3,1001,* ]]
	[ "$(tail -n1 "$ASKED")" = 'io_uring 3 1048576 mmap 1' ]
	[ "$(for line in "${lines[@]}"; do tr -cd , <<<"$line" | wc -c; done | sort -u)" = 23 ]
}

@test "fio: what cannot be measured is an error row with fio's words, and exit 1" {
	fake_fio
	run --separate-stderr scripts/fio --target "$T/target" --engines 'broken psync' --blocks 4K -o "$T/out.csv"
	[ "$status" = 1 ] && [ -z "$output" ]
	[ "$(wc -l <"$T/out.csv")" = 3 ]
	grep -q ',anon,,,4096,broken,4096,8,,,,,,,,,,error,"fio: engine broken, ""not"" loadable"$' "$T/out.csv"
	grep -q ',psync,4096,1,1001,.*,ok,$' "$T/out.csv"
}

@test "fio: the real one reads a file" {
	command -v fio >/dev/null || skip 'fio is not installed'
	run --separate-stderr scripts/fio --target "$T/target" --engines psync --blocks 4K --seconds 1
	[ "$status" = 0 ] && [[ ${lines[1]} = *,psync,4096,1,*,ok, ]]
}
