# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Kernels built here: a Debian source package, a patch series, and config fragments on top of
# allnoconfig. Needs common.sh, apt.sh and kernel.sh.

# What apt can change without a notice (gcc -dumpfullversion alone does not tell two builds apart)
compiler_version() {
	"${CC:-gcc}" --version 2>/dev/null | head -n1 | grep . ||
		die "no C compiler: run scripts/deps build"
}

# source_patches ID: its patches in order, one file per line
source_patches() {
	local series stage dir
	series=$(setting "$1" series) && stage=$(setting "$1" stage) || return
	[ -n "$series" ] || return 0
	dir=$TOP/kernel/patches/$series
	[ -r "$dir/series" ] || die "kernel $1 wants the series $dir/series, and there is none"
	awk -v stage="$stage" '
		/^[ \t]*(#|$)/ { next }
		{ file[++n] = $2; if (stage == "" || $1 == stage) last = n }
		END { for (i = 1; i <= last; i++) print file[i]; exit !last }' "$dir/series" |
		sed "s|^|$dir/|" ||
		die "kernel $1: no stage \"$stage\" in $dir/series (it has: $(series_stages "$dir/series"))"
}

series_stages() { awk '!/^[ \t]*(#|$)/ && !seen[$1]++ { printf "%s%s", sep, $1; sep = " " }' "$1"; }

# earlier_ids ID: the stages before that of ID, the nearest first, then what the series starts from
earlier_ids() {
	local stage stages suffix
	[ "$(kernel_section "$1")" != "$1" ] || return 0
	stage=$(setting "$1" stage)
	suffix=${1#*"+$stage"}
	stages=$(series_stages "$TOP/kernel/patches/$(setting "$1" series)/series" | tr ' ' '\n' | sed "/^$stage\$/,\$d" | tac)
	# The same suffix (-kasan) as ID has
	for stage in $stages; do printf '%s+%s%s\n' "${1%%+*}" "$stage" "$suffix"; done
	kernel_section "$1"
}

# earlier_build ID: "ID DIRECTORY" of the nearest earlier stage that is built, or nothing
earlier_build() {
	local id package version key dir
	for id in $(earlier_ids "$1"); do
		read -r package version key < <(source_plan "$id") || return
		dir=$(cache_dir kernel)/$(file_id "$id")-$key
		if [ -e "$dir/release" ] && [ -e "$dir/tree/.config" ]; then
			printf '%s %s\n' "$id" "$dir"
			return
		fi
	done
}

# copy_build FROM TREE: the built tree of the directory FROM, as if it had been built in TREE: make then
# builds what the patches and the configuration change, and nothing else
copy_build() {
	local file
	cp -a --reflink=auto "$1/tree/." "$2" || return
	# objtool is built with absolute names. A new one would mean to build everything anew.
	{ grep -rlZF --include='.*.cmd' --include='.*.d' -e "$1.part/tree" "$2" || :; } |
		while IFS= read -rd '' file; do
			sed -i "s|$1\.part/tree|$2|g" "$file" || return
		done
	# The count of builds is part of uname -v.
	rm -f "$2/.version"
}

# source_fragments ID: its config fragments, one file per line
source_fragments() {
	local name config
	config=$(setting "$1" config) || return
	for name in $config; do
		[ -r "$TOP/kernel/kconfig/$name.config" ] ||
			die "kernel $1 wants kernel/kconfig/$name.config, and there is none"
		printf '%s\n' "$TOP/kernel/kconfig/$name.config"
	done
}

# -trim for 5.10-trim, -unpin for 5.10+unpin: shows in uname -r
local_version() { sed -E 's/^[0-9.]+[0-9x]//; s/[^A-Za-z0-9.]/-/g' <<<"$1"; }

# patch_contents FILE...: what they change, without their messages, which build nothing
patch_contents() { [ $# = 0 ] || awk 'FNR == 1 { on = 0 } /^diff / { on = 1 } on' "$@"; }

# source_plan ID: "package version key"
source_plan() {
	local id=$1 suite package index version patches fragments compiler key
	suite=$(setting "$id" suite) && package=$(setting "$id" source) || return
	index=$(suite_index "$suite") || return
	version=$(package_version "$index" "$package")
	[ -n "$version" ] || die -s "$EXIT_LACKS" "no $package in $suite; it has: $(cut -f1 "$index" |
		grep -E '^linux-source-[0-9]' | sort -u | tr '\n' ' ')"
	patches=$(source_patches "$id") && fragments=$(source_fragments "$id") || return
	compiler=$(compiler_version) || return
	key=$({
		printf '%s\n' "$FORMAT" "$id" "$package" "$version" "$compiler"
		# shellcheck disable=SC2086 # lists of files
		patch_contents $patches
		# shellcheck disable=SC2086
		cat $fragments </dev/null
	} | hash_stdin)
	printf '%s %s %s\n' "$package" "$version" "$key"
}

# write_config DIR ID FRAGMENT...: .config, and an error if a line of a fragment did not take
write_config() {
	local dir=$1 id=$2 lost
	shift 2
	{
		cat "$@"
		printf 'CONFIG_LOCALVERSION="%s"\n' "$(local_version "$id")"
	} >"$dir/.daxpin.config"
	make -s -C "$dir" CC="${CC:-gcc}" KCONFIG_ALLCONFIG=.daxpin.config allnoconfig >"$dir/.daxpin.log" 2>&1 9>&- ||
		die "$id: make allnoconfig failed: $(tail -n1 "$dir/.daxpin.log")"
	# A later fragment may take back what an earlier one asked for.
	lost=$(awk '
		FNR == 1 { file++ }
		/^CONFIG_[A-Za-z0-9_]+=/ { name = $0; sub(/=.*/, "", name); value = $0; sub(/^[^=]*=/, "", value) }
		/^# CONFIG_[A-Za-z0-9_]+ is not set/ { name = $2; value = "n" }
		name == "" { next }
		file == 1 { if (!(name in want)) order[++n] = name; want[name] = value }
		file == 2 { have[name] = value }
		{ name = "" }
		END {
			for (i = 1; i <= n; i++) {
				name = order[i]
				got = name in have ? have[name] : "n"
				if (got != want[name]) printf " %s=%s (is %s)", name, want[name], got
			}
		}' "$dir/.daxpin.config" "$dir/.config")
	[ -z "$lost" ] || die "$id: not set as the fragments ask:$lost"
}

unpack_source() {
	local deb=$1 package=$2 dir=$3
	dpkg-deb --fsys-tarfile "$deb" 9>&- | tar -xO "./usr/src/$package.tar.xz" 9>&- |
		xz -dc 9>&- | tar -x -C "$dir" --strip-components=1 9>&-
}

count_compiled() { printf '%s files compiled' "$(grep -cE '^  (CC|AS)' "$BUILD_LOG" || :)"; }

# Fixed names and time, so that the same input gives the same kernel
kernel_make() {
	nice -n "${DAXPIN_NICE:-0}" make -C "$1" -j"$(nproc)" CC="${CC:-gcc}" KBUILD_BUILD_USER=daxpin \
		KBUILD_BUILD_HOST=localhost KBUILD_BUILD_TIMESTAMP='2026-01-01' "${@:2}" >>"$BUILD_LOG" 2>&1 9>&-
}

# source_start ID PACKAGE VERSION TREE: fill TREE with the source, or with what an earlier stage has
# built; print the patches that are in it
source_start() {
	local id=$1 package=$2 version=$3 tree=$4 earlier from deb
	earlier=$(earlier_build "$id") || return
	if [ -n "$earlier" ]; then
		read -r earlier from <<<"$earlier"
		progress "$id: starting from $earlier"
		with_ticker "$id: copying $earlier" '' copy_build "$from" "$tree" ||
			die "cannot copy $from/tree (is the disk full?)"
		source_patches "$earlier"
		return
	fi
	deb=$(deb_file "$(setting "$id" suite)" "$package" "$version") || return
	progress "$id: unpacking $package $version"
	with_ticker "$id: unpacking" '' unpack_source "$deb" "$package" "$tree" ||
		die "cannot unpack $deb: remove it and try again (is the disk full?)"
}

# source_build ID: build it unless it is there; print its directory
source_build() {
	local id=$1 plan package version key dir
	plan=$(source_plan "$id") || return
	read -r package version key <<<"$plan"
	dir=$(cache_dir kernel)/$(file_id "$id")-$key || return
	[ -e "$dir/release" ] || with_lock "kernel-$key" source_build_locked "$id" "$package" "$version" "$dir" || return
	printf '%s\n' "$dir"
}

source_build_locked() {
	local id=$1 package=$2 version=$3 dir=$4 part=$4.part patch patches fragments applied
	[ ! -e "$dir/release" ] || return 0
	need_tools 'kernel kernel-build' "${CC:-gcc}" make bc bison flex patch perl cpio
	patches=$(source_patches "$id") && fragments=$(source_fragments "$id") || return
	empty_dir "$part/tree"
	applied=$(source_start "$id" "$package" "$version" "$part/tree") || return
	for patch in $patches; do
		! grep -qxF -e "$patch" <<<"$applied" || continue
		patch -d "$part/tree" -p1 -s -f -F0 <"$patch" >"$part/patch.log" 2>&1 ||
			die "$id: $patch does not apply to $package $version: $(head -n1 "$part/patch.log")"
	done
	# shellcheck disable=SC2086 # a list of files
	write_config "$part/tree" "$id" $fragments || return
	BUILD_LOG=$dir.log
	: >"$BUILD_LOG"
	progress "$id: building, minutes; log in $BUILD_LOG"
	with_ticker "$id: building" count_compiled kernel_make "$part/tree" bzImage modules ||
		die "$id: the build failed, see $BUILD_LOG: $(grep -m1 -E 'error:|Error [0-9]' "$BUILD_LOG" || tail -n1 "$BUILD_LOG")"
	install_tree "$part/tree" "$part" || return
	rm -f "$part/patch.log"
	sync -f "$part"
	mv -T "$part" "$dir"
}

# install_tree TREE DIR: vmlinuz, config, lib/modules and release of a built tree, in DIR
install_tree() {
	local tree=$1 dir=$2 release
	release=$(<"$tree/include/config/kernel.release")
	cp "$tree/arch/x86/boot/bzImage" "$dir/vmlinuz" || die "cannot write $dir"
	if grep -qx CONFIG_MODULES=y "$tree/.config"; then
		make -s -C "$tree" INSTALL_MOD_PATH="$dir" INSTALL_MOD_STRIP=1 modules_install >"$dir/install.log" 2>&1 9>&- ||
			die "make modules_install failed in $tree: $(tail -n1 "$dir/install.log")"
		rm -f "$dir/lib/modules/$release/build" "$dir/lib/modules/$release/source" "$dir/install.log"
	fi
	cp "$tree/.config" "$dir/config" && printf '%s\n' "$release" >"$dir/release"
}
