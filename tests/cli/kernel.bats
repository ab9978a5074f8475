#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/kernel without a network: arguments, the choice of packages, config, locks, errors.
# shellcheck disable=SC2016 # for another shell

setup() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd -P)
	KERNEL=$TOP/scripts/kernel
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	export DAXPIN_MIRROR=http://127.0.0.1:1/debian
	export DAXPIN_SECURITY_MIRROR=http://127.0.0.1:1/debian-security
	unset DAXPIN_KERNELS_INI CC
}

# shell COMMAND: in a shell that has the functions of scripts/kernel
shell() {
	run bash -c '
		set -euo pipefail
		PROG=kernel
		for part in common apt kernel kernel-stock kernel-source kernel-module trixie; do
			. "$1/scripts/lib/$part.sh"
		done
		eval "$2"' shell "$TOP" "$1"
}

# archive SUITE: stdin (name version [dependencies]) is what that suite has
archive() {
	local dir=$XDG_CACHE_HOME/daxpin/apt/$1 mirror=$DAXPIN_MIRROR
	[[ $1 != *-security ]] || mirror=$DAXPIN_SECURITY_MIRROR
	mkdir -p "$dir"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
		"$mirror" "$1" >"$dir/sources.list"
	awk '{ d = $0; sub(/^[^ ]+ [^ ]+ ?/, "", d); printf "%s\t%s\t1000000\t%s\n", $1, $2, d }' >"$dir/packages"
}

ini() {
	export DAXPIN_KERNELS_INI=$BATS_TEST_TMPDIR/kernels.ini
	cat >"$DAXPIN_KERNELS_INI"
}

@test "no command: usage on stderr, exit 2" {
	run "$KERNEL"
	[ "$status" = 2 ]
	[[ $output = usage:* ]]
	[ -z "$("$KERNEL" 2>/dev/null)" ]
}

@test "--help: stdout, exit 0, names every command" {
	run "$KERNEL" --help
	[ "$status" = 0 ]
	for word in list get headers module build prepare path trixie; do
		[[ $output = *"  $word"* ]]
	done
}

@test "unknown command, unknown kernel, missing and extra arguments: one line, exit 2" {
	for arguments in frobnicate 'get nosuch' 'get' 'get 5.10 6.1' 'list x' 'prepare' \
		'prepare 5.10 nosuch' 'module' 'module 5.10 W=1' 'build 6.1' 'trixie x'; do
		# shellcheck disable=SC2086 # words
		run "$KERNEL" $arguments
		[ "$status" = 2 ]
		[ "${#lines[@]}" = 1 ]
		[[ $output = 'kernel: '*'(see kernel --help)' ]]
	done
}

@test "an unknown kernel: the error names the known ones" {
	run "$KERNEL" get nosuch
	[[ $output = *'no kernel nosuch'*5.10*7.x*7.3-kasan* ]]
}

@test "every section of kernels.ini is complete" {
	shell '
		for id in $(ini_sections "$KERNELS_INI"); do
			[ -n "$(setting "$id" suite)" ] && [ -n "$(setting "$id" toolchain)" ] || die "$id"
			[ -n "$(setting "$id" image)$(setting "$id" source)" ] || die "$id"
			! is_source "$id" || [ -n "$(source_fragments "$id")" ] || die "$id"
		done'
	[ "$status" = 0 ]
}

@test "no network: the error says what to check, exit 1" {
	run "$KERNEL" get 7.3
	[ "$status" = 1 ]
	[[ ${lines[-1]} = *'cannot get the package list of trixie-backports'*DAXPIN_MIRROR* ]]
}

@test "no network, but a list: it is used, and path says that nothing is cached" {
	archive trixie-backports <<-LIST
		linux-binary-7.3.4+deb13-amd64 7.3.4-1
		linux-modules-7.3.4+deb13-amd64 7.3.4-1
		linux-headers-7.3.4+deb13-amd64 7.3.4-1
	LIST
	touch -d '3 days ago' "$XDG_CACHE_HOME/daxpin/apt/trixie-backports/packages"
	run "$KERNEL" path 7.3
	[ "$status" = 1 ]
	[[ $output = *'going on with the old one'* ]]
}

@test "a cache that cannot be made: exit 2" {
	touch "$BATS_TEST_TMPDIR/file"
	XDG_CACHE_HOME=$BATS_TEST_TMPDIR/file run "$KERNEL" list
	[ "$status" = 2 ]
	[[ $output = *'set XDG_CACHE_HOME'* ]]
	run env -u HOME -u XDG_CACHE_HOME "$KERNEL" list
	[ "$status" = 2 ]
}

@test "stock: the newest version that has headers, whatever the order" {
	archive bullseye-security <<-LIST
		linux-image-5.10.0-9-amd64 5.10.99-1
		linux-headers-5.10.0-9-amd64 5.10.99-1
		linux-image-5.10.0-46-amd64 5.10.262-1
		linux-headers-5.10.0-46-amd64 5.10.262-1
		linux-image-5.10.0-46-amd64-unsigned 5.10.262-1
		linux-image-5.10.0-46-rt-amd64 5.10.262-1
		linux-image-5.10.0-47-amd64 5.10.263-1
	LIST
	shell 'stock_plan 5.10'
	[ "$status" = 0 ]
	[[ $output =~ ^5\.10\.0-46-amd64\ [0-9a-f]{16}\ linux-image-5\.10\.0-46-amd64=5\.10\.262-1$ ]]
}

@test "stock from 7.x on: vmlinuz, modules and lists; signed before unsigned" {
	archive trixie-backports <<-LIST
		linux-image-7.2.12+deb13-amd64 7.2.12-1
		linux-binary-7.2.9+deb13-amd64 7.2.9-1
		linux-binary-unsigned-7.2.12+deb13-amd64 7.2.12-1
		linux-binary-7.2.12+deb13-amd64 7.2.12-1
		linux-modules-7.2.12+deb13-amd64 7.2.12-1
		linux-base-7.2.12+deb13-amd64 7.2.12-1
		linux-headers-7.2.12+deb13-amd64 7.2.12-1
		linux-binary-unsigned-7.3.4+deb13-amd64 7.3.4-1
		linux-modules-7.3.4+deb13-amd64 7.3.4-1
		linux-headers-7.3.4+deb13-amd64 7.3.4-1
		linux-binary-7.10.1+deb13-amd64 7.10.1-1
		linux-headers-7.10.1+deb13-amd64 7.10.1-1
	LIST
	shell 'stock_plan 7.2 | cut -d" " -f1,3-; stock_plan 7.x | cut -d" " -f1,3-'
	[ "$status" = 0 ]
	[ "${lines[0]}" = '7.2.12+deb13-amd64 linux-binary-7.2.12+deb13-amd64=7.2.12-1 linux-modules-7.2.12+deb13-amd64=7.2.12-1 linux-base-7.2.12+deb13-amd64=7.2.12-1' ]
	[ "${lines[1]}" = '7.3.4+deb13-amd64 linux-binary-unsigned-7.3.4+deb13-amd64=7.3.4-1 linux-modules-7.3.4+deb13-amd64=7.3.4-1' ]
}

@test "stock: nothing matches, the error names what the archive has" {
	archive trixie-backports <<-LIST
		linux-binary-7.0.4+deb13-amd64 7.0.4-1
	LIST
	run "$KERNEL" get 7.2
	[ "$status" = 3 ]
	[[ $output = *'it has: linux-binary-7.0.4+deb13-amd64'* ]]
	run "$KERNEL" available 7.2
	[ "$status" = 3 ]
	archive trixie-backports <<-LIST
		linux-binary-7.2.4+deb13-amd64 7.2.4-1
		linux-modules-7.2.4+deb13-amd64 7.2.4-1
		linux-headers-7.2.4+deb13-amd64 7.2.4-1
	LIST
	run "$KERNEL" available 7.2
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "headers: the common part and kbuild, in their newest version" {
	archive bullseye-security <<-LIST
		linux-image-5.10.0-46-amd64 5.10.262-1
		linux-headers-5.10.0-46-amd64 5.10.262-1 linux-headers-5.10.0-46-common (= 5.10.262-1), linux-kbuild-5.10 (>= 5.10.262-1), linux-compiler-gcc-10-x86
		linux-headers-5.10.0-46-common 5.10.262-1
		linux-kbuild-5.10 5.10.259-1
		linux-kbuild-5.10 5.10.262-1
	LIST
	shell 'headers_plan 5.10 | cut -d" " -f3-'
	[ "$output" = 'linux-headers-5.10.0-46-amd64=5.10.262-1 linux-headers-5.10.0-46-common=5.10.262-1 linux-kbuild-5.10=5.10.262-1' ]
}

@test "source: the key changes with version, fragments, patches and compiler" {
	ini <<-INI
		[9.9-trim]
		suite = bullseye-security
		source = linux-source-9.9
		config = a b
		toolchain = host
	INI
	archive bullseye-security <<<'linux-source-9.9 9.9.1-1'
	shell '
		TOP='"$BATS_TEST_TMPDIR"'/top
		mkdir -p "$TOP/kernel/kconfig" "$TOP/kernel/patches/9.9"
		echo CONFIG_A=y >"$TOP/kernel/kconfig/a.config"
		echo CONFIG_B=y >"$TOP/kernel/kconfig/b.config"
		printf "one 1.patch\ntwo 2.patch\ntwo 3.patch\n" >"$TOP/kernel/patches/9.9/series"
		touch "$TOP"/kernel/patches/9.9/{1,2,3}.patch
		source_plan 9.9-trim; source_plan 9.9-trim
		echo CONFIG_C=y >>"$TOP/kernel/kconfig/b.config"; source_plan 9.9-trim
		source_plan 9.9+one; source_plan 9.9+two
		printf "diff --git a/x b/x\n+x\n" >>"$TOP/kernel/patches/9.9/2.patch"; source_plan 9.9+one; source_plan 9.9+two
		for id in 9.9-trim 9.9+one 9.9+two; do source_patches $id | sed "s,.*/,," | xargs; local_version $id; done'
	[ "$status" = 0 ]
	[ "${lines[0]}" = "${lines[1]}" ]
	[ "${lines[1]}" != "${lines[2]}" ]
	[ "${lines[2]}" != "${lines[3]}" ]
	[ "${lines[3]}" != "${lines[4]}" ]
	[ "${lines[5]}" = "${lines[3]}" ]
	[ "${lines[6]}" != "${lines[4]}" ]
	[ "$(xargs <<<"${lines[*]:7}")" = '-trim 1.patch -one 1.patch 2.patch 3.patch -two' ]
}

@test "source: an unknown stage names the known ones; a missing source package likewise" {
	ini <<-INI
		[9.9-trim]
		suite = bullseye-security
		source = linux-source-9.9
		config = a
		toolchain = host
	INI
	archive bullseye-security <<<'linux-source-9.8 9.8.1-1'
	shell '
		TOP='"$BATS_TEST_TMPDIR"'/top
		mkdir -p "$TOP/kernel/patches/9.9"
		printf "one 1.patch\ntwo 2.patch\n" >"$TOP/kernel/patches/9.9/series"
		(source_patches 9.9+three) || echo "rc $?"
		(source_plan 9.9-trim) || echo "rc $?"'
	[[ ${lines[0]} = *'no stage "three"'*'one two'* ]]
	[ "${lines[1]}" = 'rc 1' ]
	[[ ${lines[2]} = *'no linux-source-9.9'*'linux-source-9.8'* ]]
	[ "${lines[3]}" = 'rc 3' ]
}

@test "prune: removes what no id stands for, and nothing that is locked or in use" {
	local cache=$XDG_CACHE_HOME/daxpin/kernel key name
	ini <<-INI
		[5.10-trim]
		suite = bullseye-security
		source = linux-source-5.10
		config = base 5.10
		toolchain = host
	INI
	archive bullseye-security <<<'linux-source-5.10 5.10.1-1'
	shell 'source_plan 5.10-trim; source_plan 5.10+unpin'
	key=${lines[0]##* }
	mkdir -p "$cache"/{5.10-trim-"$key",5.10+unpin-"${lines[1]##* }",5.10-trim-0000000000000001,6.6-0000000000000002.part,5.10-trim-0000000000000003,5.10+unpin-0000000000000004}
	touch "$cache/5.10-trim-0000000000000001.log"
	# One that a VM has, and one that is being built.
	bash -c 'sleep 60; :' vm -kernel "$cache/5.10-trim-0000000000000003/vmlinuz" 3>&- &
	mkdir -p "$XDG_CACHE_HOME/daxpin/locks"
	flock "$XDG_CACHE_HOME/daxpin/locks/kernel-0000000000000004" sleep 60 3>&- &
	sleep 0.3
	run "$KERNEL" prune --dry-run
	kept=$(find "$cache" -mindepth 1 -maxdepth 1 | wc -l)
	dry=("$status" "${lines[@]}")
	run "$KERNEL" prune
	kill %1 %2
	pkill -P "$!" || :
	[ "${dry[0]}" = 0 ]
	[ "$kept" = 7 ]
	[ "$status" = 0 ]
	[ "$(grep -c '^would remove' <<<"$(printf '%s\n' "${dry[@]}")")" = 2 ]
	[ "$(grep -c 'is in use; it stays$' <<<"$output")" = 2 ]
	[ "$(grep -c '^removed' <<<"$output")" = 2 ]
	for name in "5.10-trim-$key" 5.10-trim-0000000000000003 5.10+unpin-0000000000000004; do [ -d "$cache/$name" ]; done
	[ "$(find "$cache" -mindepth 1 -maxdepth 1 | wc -l)" = 4 ]
}

@test "prune: what may be of an id that cannot be told stays, the rest is removed" {
	local cache=$XDG_CACHE_HOME/daxpin name
	ini <<-INI
		[9.9-trim]
		suite = bullseye-security
		source = linux-source-9.9
		config = base
		toolchain = host
		[9.7-trim]
		suite = bullseye-security
		source = linux-source-9.7
		config = base
		toolchain = host
		[6.1]
		suite = bookworm-security
		image = linux-image-6\.1\.0-[0-9]+-amd64
		toolchain = host
		[7.x]
		suite = trixie-backports
		image = linux-binary-(unsigned-)?7\.[0-9]+\.[0-9]+\+deb13(\.[0-9]+)?-amd64
		toolchain = trixie
	INI
	# no 9.9 in one suite, no list of the next, a kernel without its headers' common part in the third
	archive bullseye-security <<<'linux-source-9.7 9.7.1-1'
	archive trixie-backports <<-'END'
		linux-binary-unsigned-7.2.3+deb13-amd64 7.2.3-1
		linux-modules-7.2.3+deb13-amd64 7.2.3-1
		linux-headers-7.2.3+deb13-amd64 7.2.3-1 linux-headers-7.2.3+deb13-common
	END
	for name in kernel/{9.9-trim,6.1.0-12-amd64,7.1.9+deb13-amd64} headers/{6.1.0-12-amd64,7.2.3+deb13-amd64}; do
		mkdir -p "$cache/$name-0000000000000001"
	done
	stay=$(find "$cache"/{kernel,headers} -mindepth 1 | sort)
	mkdir -p "$cache"/{kernel/{9.7-trim,9.8-trim,6.1,6.2.0-12-amd64,7.2.3-amd64},headers/6.2.0-12-amd64}-0000000000000002
	run "$KERNEL" prune
	[ "$status" = 1 ]
	[ "$(grep -c '^removed' <<<"$output")" = 6 ]
	[ "$(find "$cache"/{kernel,headers} -mindepth 1 | sort)" = "$stay" ]
	[[ $output = *"kernel/9.9-trim-0000000000000001 may be of 9.9-trim; it stays"* ]]
	[ "$(grep -c 'may be of [^ ]*; it stays$' <<<"$output")" = 5 ]
	[[ ${lines[-1]} = 'kernel: of 3 kernels of '*' it cannot be told what they are, see above: what may be of them stays' ]]
}

@test "config: a symbol that did not take is an error that names it; the last line wins" {
	mkdir -p "$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/bin"
	printf 'CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=y\n' >"$BATS_TEST_TMPDIR/one"
	printf '# CONFIG_C is not set\nCONFIG_D=y\n' >"$BATS_TEST_TMPDIR/two"
	# this "make" drops D and makes B built-in
	cat >"$BATS_TEST_TMPDIR/bin/make" <<-'MAKE'
		#!/bin/sh
		cd "$3" && printf 'CONFIG_A=y\nCONFIG_B=y\nCONFIG_LOCALVERSION="-x"\n' >.config
	MAKE
	chmod +x "$BATS_TEST_TMPDIR/bin/make"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH shell 'cd '"$BATS_TEST_TMPDIR"'; write_config tree 9.9-x one two'
	[ "$status" = 1 ]
	[ "$output" = 'kernel: 9.9-x: not set as the fragments ask: CONFIG_B=m (is y) CONFIG_D=y (is n)' ]
}

@test "module: a directory that is no kernel tree" {
	run "$KERNEL" module "$BATS_TEST_TMPDIR/"
	[ "$status" = 2 ]
	[[ $output = *'no Module.symvers'* ]]
}

@test "mirror: the environment, and the sibling of a lone main mirror" {
	shell 'mirror main; mirror security
		unset DAXPIN_SECURITY_MIRROR; system_mirror() { :; }; mirror security
		DAXPIN_MIRROR=http://127.0.0.1:1/other; (mirror security) || echo "rc $?"
		unset DAXPIN_MIRROR; (mirror main) || echo "rc $?"'
	[ "${lines[0]}" = http://127.0.0.1:1/debian ]
	[ "${lines[1]}" = http://127.0.0.1:1/debian-security ]
	[ "${lines[2]}" = http://127.0.0.1:1/debian-security ]
	[[ ${lines[3]} = *'set DAXPIN_SECURITY_MIRROR' ]]
	[ "${lines[4]}" = 'rc 2' ]
	[[ ${lines[5]} = *'set DAXPIN_MIRROR' ]]
	[ "${lines[6]}" = 'rc 2' ]
}

@test "ini: values, defaults, comments, a section that begins like another" {
	cat >"$BATS_TEST_TMPDIR/x.ini" <<-'INI'
		# comment
		[a]
		key = one = two  
		; key = no
		[ab]
		key=three
	INI
	shell 'f='"$BATS_TEST_TMPDIR"'/x.ini; ini_sections "$f" | xargs
		ini_get "$f" a key; ini_get "$f" ab key; ini_get "$f" ab other fallback'
	[ "$output" = $'a ab\none = two\nthree\nfallback' ]
}

@test "locks: one at a time, and gone with their owner" {
	shell '
		critical() { [ ! -e "$1" ] || echo both; touch "$1"; sleep 0.3; rm "$1"; }
		f='"$BATS_TEST_TMPDIR"'/busy
		with_lock x critical "$f" & with_lock x critical "$f" & wait
		(with_lock x die gone) || echo "rc $?"
		with_lock x echo free'
	[[ $output != *both* ]]
	[ "${lines[-2]}" = 'rc 1' ]
	[ "${lines[-1]}" = free ]
}

@test "ticker: passes the status on and does not outlive its command" {
	shell 'with_ticker label "" sh -c "exit 7" || echo "rc $?"; sleep 0.1; jobs -r'
	[ "$output" = 'rc 7' ]
}
