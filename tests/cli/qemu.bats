#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Which QEMU runs the plugin: programs and packages of our own, no network.
# shellcheck disable=SC2016 # for another shell

bats_require_minimum_version 1.5.0

setup() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd -P)
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	export DAXPIN_MIRROR=http://127.0.0.1:1/debian
	HERE=$BATS_TEST_TMPDIR
	CACHE=$XDG_CACHE_HOME/daxpin
	SUITE=bookworm-backports
	# An old QEMU like bookworm's hides that of this machine.
	mkdir "$HERE/bin"
	PATH=$HERE/bin:$PATH
	fake_qemu "$HERE/bin/qemu-system-x86_64" 7.2.22
	unset QEMU
	cd "$HERE" || return
}

# fake_qemu FILE VERSION [no]: with plugins or without
fake_qemu() {
	mkdir -p "$(dirname "$1")"
	cat >"$1" <<-EOF
		#!/bin/sh
		case \$1 in
		--version) echo "QEMU emulator version $2 (Debian 1:$2+ds-1)"; echo "Copyright 1999.1" ;;
		--help) echo "-machine x"; [ -n "$3" ] || echo "-plugin [file=]<file>" ;;
		esac
	EOF
	chmod +x "$1"
}

# shell COMMAND: in a shell that has the functions of qemu.sh
shell() {
	run --separate-stderr bash -c '
		set -euo pipefail
		PROG=vm
		for part in common apt qemu; do
			. "$1/scripts/lib/$part.sh"
		done
		eval "$2"' shell "$TOP" "$1"
}

# refused STATUS TEXT: nothing on stdout, and the last line of stderr has TEXT
refused() {
	[ "$status" -eq "$1" ]
	[ -z "$output" ]
	[[ $(tail -n 1 <<<"$stderr") == vm:*"$2"* ]]
}

# deb NAME VERSION FILE...: a package with these files in the cache, where a download would be. A file
# that is there already in root/NAME stays as it is.
deb() {
	local name=$1 version=$2 root=$HERE/root/$1 file
	shift 2
	mkdir -p "$root/DEBIAN" "$CACHE/deb"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n' \
		"$name" "$version" >"$root/DEBIAN/control"
	for file in "$@"; do
		mkdir -p "$(dirname "$root/$file")"
		[ -e "$root/$file" ] || echo "$name" >"$root/$file"
	done
	dpkg-deb -b "$root" "$CACHE/deb/${name}_${version//:/%}.deb" >/dev/null
}

# archive NAME VERSION...: what the suite has
archive() {
	local dir=$CACHE/apt/$SUITE
	mkdir -p "$dir"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
		"$DAXPIN_MIRROR" "$SUITE" >"$dir/sources.list"
	printf '%s\t%s\t1000000\t\n' "$@" >"$dir/packages"
}

packages() {
	archive qemu-system-x86 1:9.2.0+ds-1 qemu-system-x86 1:10.0.2+ds-2 qemu-system-data 1:10.0.2+ds-2 seabios 1.16.3-2
	fake_qemu "$HERE/root/qemu-system-x86/usr/bin/qemu-system-x86_64" 10.0.2
	deb qemu-system-x86 1:10.0.2+ds-2 usr/bin/qemu-system-i386
	deb qemu-system-data 1:10.0.2+ds-2 usr/share/qemu/{kvmvapic,linuxboot,linuxboot_dma,multiboot,multiboot_dma,pvh,other}.bin
	deb seabios 1.16.3-2 usr/share/seabios/{bios,bios-256k,vgabios}.bin
}

@test "qemu: versions, as numbers" {
	shell '
		for v in 9.2 9.2.0 9.2.1 9.10.0 10.0 10.0.2 11; do new_enough "$v" || echo "no $v"; done
		for v in "" 1.0 7.2.22 8.2 9.0 9.0.99; do ! new_enough "$v" || echo "yes $v"; done'
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	shell "qemu_version $HERE/bin/qemu-system-x86_64"
	[ "$output" = 7.2.22 ]
}

@test "qemu: \$QEMU that will do is used as it is, whatever else there is" {
	fake_qemu mine 9.2.0
	fake_qemu "$HERE/bin/qemu-system-x86_64" 10.0.2
	QEMU=./mine shell qemu_with_plugins
	[ "$status" -eq 0 ]
	[ "$output" = ./mine ]
	[ -z "$stderr" ]
}

@test "qemu: \$QEMU that is too old, has no plugins, is none, or is missing, is an error" {
	packages
	fake_qemu mine 9.0.4
	QEMU=./mine shell qemu_with_plugins
	refused 2 'QEMU=./mine is version 9.0.4 and a plugin needs 9.2 or later'
	fake_qemu mine 10.0.2 no
	QEMU=./mine shell qemu_with_plugins
	refused 2 'QEMU=./mine was built without plugins'
	QEMU=true shell qemu_with_plugins
	refused 2 'QEMU=true is version unknown'
	QEMU=no-such-qemu shell qemu_with_plugins
	refused 2 'no no-such-qemu'
	[ ! -e "$CACHE/qemu" ]
}

@test "qemu: the installed one if it will do: no cache, no network" {
	fake_qemu "$HERE/bin/qemu-system-x86_64" 10.0.2
	shell qemu_with_plugins
	[ "$status" -eq 0 ]
	[ "$output" = "$HERE/bin/qemu-system-x86_64" ]
	[ ! -e "$CACHE" ]
}

@test "qemu: the installed one is too old or without plugins: the newest in the cache, no network" {
	fake_qemu "$CACHE/qemu/9.2.0+ds-1/qemu-system-x86_64" 9.2.0
	fake_qemu "$CACHE/qemu/10.0.2+ds-2/qemu-system-x86_64" 10.0.2
	fake_qemu "$CACHE/qemu/10.0.3+ds-1.part/qemu-system-x86_64" 10.0.3
	shell qemu_with_plugins
	[ "$status" -eq 0 ]
	[ "$output" = "$CACHE/qemu/10.0.2+ds-2/qemu-system-x86_64" ]
	fake_qemu "$HERE/bin/qemu-system-x86_64" 10.0.2 no
	shell qemu_with_plugins
	[ "$output" = "$CACHE/qemu/10.0.2+ds-2/qemu-system-x86_64" ]
	[ -z "$stderr" ]
}

@test "qemu: none, and no network: what to check" {
	shell qemu_with_plugins
	refused 1 'cannot get the package list of bookworm-backports: check the network, DAXPIN_MIRROR'
	[ -z "$(ls "$CACHE/qemu")" ]
}

@test "qemu: a list without QEMU is got anew before that is an error" {
	archive linux-image-6.12.1+deb12-amd64 6.12.1-1
	shell qemu_with_plugins
	[[ $stderr == *'cannot refresh the package list of bookworm-backports'* ]]
	refused 1 'the mirror has not all of qemu-system-x86 '
}

@test "qemu: unpacked beside its own firmware, and nothing else; the packages are gone" {
	packages
	mkdir -p "$CACHE/qemu/10.0.2+ds-2.part/qemu-bundle/left-behind"
	shell qemu_with_plugins
	[ "$status" -eq 0 ]
	dir=$CACHE/qemu/10.0.2+ds-2
	[ "$output" = "$dir/qemu-system-x86_64" ]
	[ "$(ls "$CACHE/qemu")" = 10.0.2+ds-2 ]
	[ "$(cd "$dir" && find . -type f | sort | xargs)" = "$(echo ./qemu-bundle/usr/share/qemu/{kvmvapic,linuxboot,linuxboot_dma,multiboot,multiboot_dma,pvh}.bin \
		./qemu-bundle/usr/share/seabios/{bios-256k,bios}.bin ./qemu-system-x86_64)" ]
	[ -z "$(ls "$CACHE/deb")" ]
	[[ $stderr == *'unpacked, not installed'* ]]
	shell qemu_with_plugins
	[ "$output" = "$dir/qemu-system-x86_64" ]
	[ -z "$stderr" ]
}

@test "qemu: for many addresses: version 10, plugins do not matter; one of the cache that is too old is replaced" {
	fake_qemu mine 10.0.2 no
	QEMU=./mine shell 'qemu_with_addresses 1100'
	[ "$output" = ./mine ]
	fake_qemu mine 9.2.0
	QEMU=./mine shell 'qemu_with_addresses 1100'
	refused 2 'QEMU=./mine is version 9.2.0 and a machine with 1100 GiB of addresses needs 10 or later'
	fake_qemu "$CACHE/qemu/9.2.0+ds-1/qemu-system-x86_64" 9.2.0
	shell 'qemu_with_addresses 1100'
	[[ $stderr == *'a machine with 1100 GiB of addresses needs QEMU 10 or later: getting one of bookworm-backports'* ]]
	refused 1 'cannot get the package list of bookworm-backports: check the network, DAXPIN_MIRROR'
	packages
	shell 'qemu_with_addresses 1100'
	[ "$status" -eq 0 ]
	[ "$output" = "$CACHE/qemu/10.0.2+ds-2/qemu-system-x86_64" ]
	# what took plugins takes the newer one from now on
	shell qemu_with_plugins
	[ "$output" = "$CACHE/qemu/10.0.2+ds-2/qemu-system-x86_64" ]
}

@test "qemu: two at the same time, one unpacks" {
	packages
	shell 'qemu_with_plugins 2>/dev/null & qemu_with_plugins 2>/dev/null; wait $!'
	[ "$status" -eq 0 ]
	[ "$(uniq <<<"$output")" = "$CACHE/qemu/10.0.2+ds-2/qemu-system-x86_64" ]
	[ "$(wc -l <<<"$output")" -eq 2 ]
}

@test "qemu: a package that is broken or lacks a file leaves nothing that would be used" {
	packages
	cp "$CACHE/deb/seabios_1.16.3-2.deb" seabios
	truncate -s 200 "$CACHE/deb/seabios_1.16.3-2.deb"
	shell qemu_with_plugins
	refused 1 'seabios_1.16.3-2.deb: remove it and try again'
	[ ! -e "$CACHE/qemu/10.0.2+ds-2" ]
	rm "$HERE/root/seabios/usr/share/seabios/bios-256k.bin"
	deb seabios 1.16.3-2
	shell qemu_with_plugins
	refused 1 'the packages of QEMU lack /usr/share/seabios/bios-256k.bin'
	[ ! -e "$CACHE/qemu/10.0.2+ds-2" ]
	mv seabios "$CACHE/deb/seabios_1.16.3-2.deb"
	shell qemu_with_plugins
	[ "$status" -eq 0 ]
}

@test "qemu: libraries that are missing are named, and nothing is kept" {
	packages
	cat >bin/ldd <<-'EOF'
		#!/bin/sh
		printf '\tlibslirp.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibaio.so.1 => not found\n'
		echo "$1: /lib/libc.so.6: version \`GLIBC_2.99' not found (required by $1)"
	EOF
	chmod +x bin/ldd
	shell qemu_with_plugins
	refused 2 "lacks libraries of the system's QEMU (GLIBC_2.99 libaio.so.1 libslirp.so.0): run scripts/deps plugin"
	[ ! -e "$CACHE/qemu/10.0.2+ds-2" ]
}

@test "qemu: one in the cache that does not start" {
	mkdir -p "$CACHE/qemu/10.0.2"
	printf '#!/bin/sh\nexit 127\n' >"$CACHE/qemu/10.0.2/qemu-system-x86_64"
	chmod +x "$CACHE/qemu/10.0.2/qemu-system-x86_64"
	shell qemu_with_plugins
	refused 2 'does not run here'
}

@test "qemu: its packages are in the list that is made of apt's" {
	cat >bin/apt-cache <<-'EOF'
		#!/bin/sh
		printf 'Package: %s\nVersion: 1:2-3\nSize: 4\nDepends: a, b\n\n' linux-image-x qemu-system-x86 qemu-system-data seabios bash
	EOF
	chmod +x bin/apt-cache
	shell 'mkdir x && write_index x && cut -f1 x/packages | xargs; package_version x/packages seabios'
	[ "$output" = $'linux-image-x qemu-system-x86 qemu-system-data seabios\n1:2-3' ]
}
