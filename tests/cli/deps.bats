#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/deps with a dpkg-query, an apt-get and an id of our own: nothing is installed.
# shellcheck disable=SC2016 # for another shell

setup() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd -P)
	DEPS=$TOP/scripts/deps
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	export HERE=$BATS_TEST_TMPDIR
	mkdir "$HERE/bin"
	PATH=$HERE/bin:$PATH
	"$DEPS" --list >"$HERE/installed"
	fake dpkg-query 'sed "s/^/ii  /" "$HERE/installed"; exit 1'
	fake id 'echo "${FAKE_UID:-0}"'
	fake apt-cache 'echo "$2 | 1.0 | nowhere"'
	fake apt-get 'echo "$*" >>"$HERE/apt"; case " $* " in *" install "*) cat "$HERE/more" >>"$HERE/installed" ;; esac'
}

fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$HERE/bin/$1"
	chmod +x "$HERE/bin/$1"
}

remove() {
	printf '%s\n' "$@" >"$HERE/more"
	grep -vxF -f "$HERE/more" "$HERE/installed" >"$HERE/rest"
	mv "$HERE/rest" "$HERE/installed"
}

@test "all there: silent, no apt" {
	run "$DEPS"
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ ! -e "$HERE/apt" ]
}

@test "missing, not root: the apt-get line, exit 2" {
	remove bats ndctl
	FAKE_UID=1000 run "$DEPS"
	[ "$status" = 2 ]
	[ "$output" = 'deps: packages are missing, run as root: apt-get install --no-install-recommends bats ndctl' ]
	[ ! -e "$HERE/apt" ]
}

@test "missing, root, --check: the same, nothing is installed" {
	remove ndctl
	run "$DEPS" --check
	[ "$status" = 2 ]
	[[ $output = *'apt-get install --no-install-recommends ndctl' ]]
	[ ! -e "$HERE/apt" ]
}

@test "missing, root: installed without recommends, no update when apt knows them" {
	remove bats ndctl
	run "$DEPS"
	[ "$status" = 0 ]
	[ "$(wc -l <"$HERE/apt")" = 1 ]
	grep -q 'install --no-install-recommends bats ndctl$' "$HERE/apt"
	run "$DEPS"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "apt does not know them: update first" {
	remove ndctl
	fake apt-cache :
	run "$DEPS"
	[ "$status" = 0 ]
	head -n1 "$HERE/apt" | grep -q 'update$'
}

@test "apt fails: updated and tried once more, then the reason and the log, exit 2" {
	remove ndctl
	fake apt-get 'echo "$*" >>"$HERE/apt"; echo "E: broken mirror"; exit 100'
	run "$DEPS"
	[ "$status" = 2 ]
	[[ ${lines[-1]} = *deps.log*'E: broken mirror' ]]
	[ "$(grep -c 'install' "$HERE/apt")" = 2 ]
}

@test "a group asks for its own packages only" {
	remove bats
	run "$DEPS" build vm
	[ "$status" = 0 ]
	run "$DEPS" --check check
	[ "$status" = 2 ]
}

@test "removed but configured counts as missing" {
	fake dpkg-query 'sed "s/^/ii  /" "$HERE/installed" | sed "s/^ii  ndctl/rc  ndctl/"'
	run "$DEPS" --check
	[ "$status" = 2 ]
	[[ $output = *' ndctl' ]]
}

@test "unknown group, unknown option: exit 2; --help: exit 0" {
	run "$DEPS" nosuch
	[ "$status" = 2 ]
	[[ $output = *'there are: build'* ]]
	run "$DEPS" --nosuch
	[ "$status" = 2 ]
	run "$DEPS" --help
	[ "$status" = 0 ]
	[[ $output = usage:* ]]
}

@test "not Debian: exit 2, and --list still works" {
	mkdir "$HERE/empty"
	for tool in bash dirname tr sort grep id; do ln -s "$(PATH=${PATH#*:} command -v "$tool")" "$HERE/empty/"; done
	PATH=$HERE/empty run "$HERE/empty/bash" "$DEPS"
	[ "$status" = 2 ]
	PATH=$HERE/empty run "$HERE/empty/bash" "$DEPS" --list
	[ "$status" = 0 ]
}
