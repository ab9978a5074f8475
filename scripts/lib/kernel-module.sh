# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# kernel/module built for one kernel. Needs common.sh, kernel*.sh and trixie.sh.

MODULE_SOURCE=$TOP/kernel/module

# module_build ID [MAKE_ARGUMENT...]: prints build/module/ID/daxpin.ko. ID may also be the
# directory of a built kernel tree or of headers (it has a slash).
module_build() {
	local id=$1 out kdir
	if [ "$(toolchain_of "$id")" = trixie ]; then
		trixie_check
		trixie_root >/dev/null || return
	fi
	need_tools kernel make "${CC:-gcc}"
	case $id in
	*/*)
		kdir=$(realpath -- "$id")
		id=tree-$(hash_stdin <<<"$kdir") ;;
	*) kdir=$(kernel_headers "$id") || return ;;
	esac
	out=$TOP/build/module/$(file_id "$id")
	mkdir -p "$out" || die "cannot make $out"
	with_lock "module-$(file_id "$id")-$(hash_stdin <<<"$TOP")" module_build_locked "$id" "$kdir" "$out" "${@:2}" || return
	printf '%s\n' "$out/daxpin.ko"
}

toolchain_of() { if [[ $1 = */* || $1 = tree-* ]]; then echo host; else setting "$1" toolchain; fi; }

# Arguments (W=1) print warnings, so that they always build; a plain build goes by the sources.
module_build_locked() {
	local id=$1 kdir=$2 out=$3 key toolchain
	shift 3
	toolchain=$(toolchain_of "$id")
	key=$({
		printf '%s\n' "$FORMAT" "$kdir" "$toolchain" "${CC:-}" "$@"
		stat -c %Y "$kdir/Module.symvers"
		find "$MODULE_SOURCE" -type f -exec sha256sum {} + | sort -k2
	} | hash_stdin) || return
	if [ $# = 0 ] && [ -s "$out/daxpin.ko" ] && [ "$(cat "$out/.key" 2>/dev/null)" = "$key" ]; then
		return 0
	fi
	rm -f "$out/.key" "$out/daxpin.ko"
	progress "module for $id: building"
	if ! module_make "$toolchain" "$kdir" "$out" "$@" >"$out/build.log" 2>&1; then
		die "the module does not build for $id, see $out/build.log: $(grep -m1 -E 'error|\*\*\*' "$out/build.log" || tail -n1 "$out/build.log")"
	fi
	[ -s "$out/daxpin.ko" ] || die "no daxpin.ko for $id after the build, see $out/build.log"
	if grep -qE '^[^ ]+:[0-9]+:([0-9]+:)? warning:|^WARNING:' "$out/build.log"; then
		log "module for $id: warnings, see $out/build.log"
	fi
	[ $# != 0 ] || printf '%s\n' "$key" >"$out/.key"
}

module_make() {
	local toolchain=$1 kdir=$2 out=$3 compiler
	shift 3
	case $toolchain in
	host) compiler=${CC:-gcc} ;;
	trixie) compiler=gcc-14 ;;
	*) die "kernels.ini: toolchain \"$toolchain\" is neither host nor trixie" ;;
	esac
	# BTF of a module wants pahole and the vmlinux of that very build; nobody reads it here.
	set -- make -C "$MODULE_SOURCE" KDIR="$kdir" O="$out" CC="$compiler" CONFIG_DEBUG_INFO_BTF_MODULES= "$@"
	if [ "$toolchain" = trixie ]; then
		set -- trixie_run "$(cache_dir headers)" "$TOP" -- "$@"
	fi
	"$@" </dev/null 9>&-
}
