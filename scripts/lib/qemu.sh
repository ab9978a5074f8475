# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A QEMU that takes TCG plugins, or that emulates more than 40 bits of addresses: the user's, this
# machine's, or one from backports that is unpacked into the cache and never installed. Needs common.sh
# and apt.sh.

# The first release with all that the plugin uses (version 4 of the interface).
PLUGIN_QEMU=9.2
# The first release whose emulated CPU has phys-bits.
WIDE_QEMU=10
QEMU_SUITE=bookworm-backports
# Of its dependencies only the libraries are needed beside these, and the installed QEMU has them.
QEMU_PACKAGES='qemu-system-x86 qemu-system-data seabios'
# What the guest of scripts/vm starts with: it has neither a display nor a disk or network to boot from.
QEMU_FILES=(
	./usr/bin/qemu-system-x86_64
	./usr/share/qemu/{kvmvapic,linuxboot,linuxboot_dma,multiboot,multiboot_dma,pvh}.bin
	./usr/share/seabios/{bios,bios-256k}.bin
)

# qemu_version COMMAND: 10.0.2
qemu_version() { "$1" --version </dev/null 2>/dev/null | sed -n '1s/.*version \([0-9][0-9.]*\).*/\1/p'; }

# new_enough VERSION [LEAST]: for the plugin, or else
new_enough() { [ -n "$1" ] && printf '%s\n' "${2:-$PLUGIN_QEMU}" "$1" | sort -VC; }

# has_plugins COMMAND: it was built with them
has_plugins() { "$1" --help </dev/null 2>/dev/null | grep '^-plugin' >/dev/null; }

# qemu_with_plugins [LEAST]: the command to use
qemu_with_plugins() { qemu_for "${1:-$PLUGIN_QEMU}" 'a plugin' has_plugins; }

# qemu_with_addresses GIB: one that emulates more than 40 bits of them
qemu_with_addresses() { qemu_for "$WIDE_QEMU" "a machine with $1 GiB of addresses" true; }

# qemu_for LEAST WHAT CHECK: of this version, WHAT is the reason, and CHECK COMMAND says whether it will do
qemu_for() {
	local least=$1 what=$2 will_do=$3 version path
	if [ -n "${QEMU:-}" ]; then
		command -v -- "$QEMU" >/dev/null || die -s 2 "no $QEMU: unset QEMU, or set it to a qemu-system-x86_64 of version $least or later"
		version=$(qemu_version "$QEMU") || version=
		new_enough "$version" "$least" ||
			die -s 2 "QEMU=$QEMU is version ${version:-unknown} and $what needs $least or later: set another, or unset QEMU to have one fetched"
		"$will_do" "$QEMU" ||
			die -s 2 "QEMU=$QEMU was built without plugins: set another, or unset QEMU to have one fetched"
		printf '%s\n' "$QEMU"
		return
	fi
	path=$(command -v qemu-system-x86_64) || path=
	if [ -n "$path" ] && new_enough "$(qemu_version "$path")" "$least" && "$will_do" "$path"; then
		printf '%s\n' "$path"
		return
	fi
	qemu_get "$least" "$what"
}

# qemu_get LEAST WHAT: the one in the cache, fetched when it is not there
qemu_get() {
	local root path
	root=$(cache_dir qemu) || return
	path=$(qemu_unpacked "$root" "$1")
	if [ -z "$path" ]; then
		with_lock qemu qemu_fetch "$root" "$1" "$2" || return
		path=$(qemu_unpacked "$root" "$1")
	fi
	qemu_check "$path" "$1" || return
	printf '%s\n' "$path"
}

# qemu_unpacked DIR LEAST: the newest one in there, if it is new enough. One that is there is not replaced
# by a newer one of the archive: nothing that is counted in the guest depends on it.
qemu_unpacked() {
	local path version
	path=$(find "$1" -mindepth 2 -maxdepth 2 -name qemu-system-x86_64 ! -path '*.part/*' | sort -V | tail -n 1)
	version=${path%/*} version=${version##*/}
	! new_enough "${version%%+*}" "$2" || printf '%s\n' "$path"
}

# qemu_fetch ROOT LEAST WHAT
qemu_fetch() {
	local root=$1 rc=0
	[ -z "$(qemu_unpacked "$root" "$2")" ] || return 0
	log "$3 needs QEMU $2 or later: getting one of $QEMU_SUITE, which is not installed"
	if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
		die -s 2 "no QEMU $2 or later, and this is no Debian to fetch one: set QEMU to one"
	fi
	need_tools plugin ldd tar
	qemu_fetch_from "$root" || rc=$?
	[ "$rc" = 44 ] || return "$rc"
	# The list is an old one: from before a package left the archive, or before lists had QEMU.
	suite_index "$QEMU_SUITE" force >/dev/null || return
	rc=0
	qemu_fetch_from "$root" || rc=$?
	[ "$rc" != 44 ] || die "the mirror has not all of $QEMU_PACKAGES in $QEMU_SUITE: try again later, or another DAXPIN_MIRROR"
	return "$rc"
}

# qemu_fetch_from ROOT: status 44 when the archive lacks a package
qemu_fetch_from() {
	local root=$1 index name version dir debs='' deb
	index=$(suite_index "$QEMU_SUITE") || return
	for name in $QEMU_PACKAGES; do
		version=$(package_version "$index" "$name")
		[ -n "$version" ] || return 44
		deb=$(deb_file "$QEMU_SUITE" "$name" "$version") || return
		debs="$debs $deb"
	done
	version=$(package_version "$index" "${QEMU_PACKAGES%% *}")
	dir=$root/${version#*:}
	# shellcheck disable=SC2086 # a list of files
	qemu_unpack "$dir" $debs || return
	# shellcheck disable=SC2086
	rm -f -- $debs
	log "QEMU ${version#*:} of $QEMU_SUITE unpacked, not installed: $dir"
}

# qemu_unpack DIR DEB...: the directory is complete when its name appears
qemu_unpack() {
	local dir=$1 part=$1.part deb bundle file
	shift
	empty_dir "$part"
	# A QEMU that has a qemu-bundle beside it looks for firmware and modules only in there. Else it would
	# find those of the installed QEMU first, which has another version.
	bundle=$part/qemu-bundle
	mkdir "$bundle" || return
	for deb in "$@"; do
		with_ticker "unpacking ${deb##*/}" '' qemu_unpack_deb "$deb" "$bundle" ||
			die "cannot unpack $deb: remove it and try again (is the disk full?)"
	done
	for file in "${QEMU_FILES[@]}"; do
		[ -e "$bundle/$file" ] || die "the packages of QEMU lack ${file#.}"
	done
	mv "$bundle/usr/bin/qemu-system-x86_64" "$part/" || return
	qemu_check "$part/qemu-system-x86_64" || return
	sync -f "$part"
	mv -T "$part" "$dir"
}

# qemu_unpack_deb DEB DIR: those of QEMU_FILES that it has
qemu_unpack_deb() {
	local have
	have=$(dpkg-deb --fsys-tarfile "$1" 9>&- | tar -t 9>&- | grep -xF "$(printf '%s\n' "${QEMU_FILES[@]}")") ||
		return
	# shellcheck disable=SC2086 # a list of files without spaces
	dpkg-deb --fsys-tarfile "$1" 9>&- | tar -x -C "$2" --no-same-owner $have 9>&-
}

# qemu_check FILE [LEAST]: it starts on this system, and takes plugins
qemu_check() {
	local missing version
	missing=$({ LC_ALL=C ldd "$1" 2>&1 || :; } |
		sed -nE "s/^\s*(\S+) => not found.*/\1/p; s/.*version .(\S+)' not found.*/\1/p" | sort -u | xargs)
	[ -z "$missing" ] ||
		die -s 2 "QEMU from $QEMU_SUITE lacks libraries of the system's QEMU ($missing): run scripts/deps plugin"
	version=$(qemu_version "$1") || version=
	if ! new_enough "$version" "${2:-}" || ! has_plugins "$1"; then
		die -s 2 "QEMU from $QEMU_SUITE does not run here: see $1 --version; or set QEMU to a qemu-system-x86_64 of version ${2:-$PLUGIN_QEMU} or later"
	fi
}
