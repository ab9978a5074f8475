#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A stage of a series is built from the nearest earlier one that is there. No kernel is built here.
# shellcheck disable=SC2016 # the commands are for another shell

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	top=$BATS_TEST_TMPDIR/top
	mkdir -p "$top/kernel/patches/9.9" "$BATS_TEST_TMPDIR/cache"
	printf '%s\n' '# comment' 'one 1.patch' 'two 2.patch' 'two 3.patch' 'three 4.patch' >"$top/kernel/patches/9.9/series"
	printf '[%s]\nsource = linux-source-9.9\n' 9.9-trim 9.9-kasan >"$top/kernels.ini"
	printf '[8.8]\nimage = x\n' >>"$top/kernels.ini"
}

# shell COMMANDS: with the functions of scripts/kernel, and plans that need no archive
shell() {
	run env DAXPIN_KERNELS_INI="$top/kernels.ini" XDG_CACHE_HOME="$BATS_TEST_TMPDIR/cache" bash -c '
		set -euo pipefail
		PROG=kernel
		for lib in common apt kernel kernel-source; do . "$1/scripts/lib/$lib.sh"; done
		TOP=$2
		source_plan() { echo "linux-source-9.9 9.9.1-1 key"; }
		'"$1" - "$root" "$top"
}

# built ID FILE...: pretends that it has been built
built() {
	local dir=$BATS_TEST_TMPDIR/cache/daxpin/kernel/$1-key file
	mkdir -p "$dir/tree"
	touch "$dir/release" "$dir/tree/.config"
	shift
	for file in "$@"; do echo "${file##*/}" >"$dir/tree/$file"; done
}

@test "earlier stages: the nearest first, those of the same kind of kernel, the base last" {
	shell 'for id in 9.9+three 9.9+one 9.9+two-kasan 9.9-trim 8.8; do earlier_ids $id | xargs; done'
	[ "$status" = 0 ]
	[ "$output" = $'9.9+two 9.9+one 9.9-trim\n9.9-trim\n9.9+one-kasan 9.9-kasan\n\n' ] ||
		[ "$output" = $'9.9+two 9.9+one 9.9-trim\n9.9-trim\n9.9+one-kasan 9.9-kasan' ]
}

@test "a build starts from the nearest stage that is there, and says which patches it has" {
	built 9.9-trim a
	built 9.9+one a
	shell 'cd "$(mktemp -d)"; mkdir tree
		source_start 9.9+three linux-source-9.9 9.9.1-1 "$PWD/tree"; cat tree/a'
	[ "$status" = 0 ]
	[[ $output = *'9.9+three: starting from 9.9+one'* ]]
	[[ $output = *"$top/kernel/patches/9.9/1.patch"$'\n'a ]]
	[[ $output != *2.patch* ]]
}

@test "what is half built, or of another kind, is not started from" {
	mkdir -p "$BATS_TEST_TMPDIR/cache/daxpin/kernel/9.9+two-key/tree"
	built 9.9+one-kasan
	shell 'earlier_build 9.9+three; echo "rc $?"'
	[ "$output" = 'rc 0' ]
}

@test "a copy keeps times, knows its new place, and counts builds from the start" {
	built 9.9-trim a .version
	from=$BATS_TEST_TMPDIR/cache/daxpin/kernel/9.9-trim-key
	mkdir "$from/tree/tools"
	touch -d 2001-01-01 "$from/tree/a"
	printf 'cmd_%s/x.o := gcc -I%s/include\n' "$from.part/tree" "$from.part/tree" >"$from/tree/tools/.x.o.cmd"
	shell 'mkdir -p "'"$BATS_TEST_TMPDIR"'/to"; copy_build "'"$from"'" "'"$BATS_TEST_TMPDIR"'/to"'
	[ "$status" = 0 ]
	cd "$BATS_TEST_TMPDIR/to"
	[ "$(stat -c %Y a)" = "$(date -d 2001-01-01 +%s)" ]
	[ "$(cat tools/.x.o.cmd)" = "cmd_$PWD/x.o := gcc -I$PWD/include" ]
	[ ! -e .version ]
	grep -q "$from.part" "$from/tree/tools/.x.o.cmd"
}
