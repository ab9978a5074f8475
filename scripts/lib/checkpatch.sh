# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# checkpatch.pl from the newest linux-source package: Debian ships it nowhere else.
# Needs common.sh, apt.sh and kernel*.sh.

CHECKPATCH_KERNEL=7.3-trim

# checkpatch_script: fetch it unless it is there; print its path
checkpatch_script() {
	local plan package version dir
	plan=$(source_plan "$CHECKPATCH_KERNEL") || return
	read -r package version _ <<<"$plan"
	dir=$(cache_dir checkpatch)/$version || return
	[ -e "$dir/checkpatch.pl" ] || with_lock checkpatch checkpatch_extract "$package" "$version" "$dir" || return
	printf '%s\n' "$dir/checkpatch.pl"
}

checkpatch_extract() {
	local package=$1 version=$2 dir=$3 deb
	[ ! -e "$dir/checkpatch.pl" ] || return 0
	need_tools kernel perl xz
	deb=$(deb_file "$(setting "$CHECKPATCH_KERNEL" suite)" "$package" "$version") || return
	empty_dir "$dir.part"
	with_ticker "checkpatch.pl: unpacking from $package" '' checkpatch_unpack "$deb" "$package" "$dir.part" ||
		die "cannot unpack $deb: remove it and try again (is the disk full?)"
	mv -T "$dir.part" "$dir"
}

checkpatch_unpack() {
	dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" | xz -dc |
		tar -x -C "$3" --strip-components=2 --wildcards '*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
			'*/scripts/const_structs.checkpatch'
}
