# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what it sets is for scripts/vm
# What the VM boots: kernel, modules and initramfs. Sets KERNEL_FILE, KERNEL_RELEASE, KERNEL_COMMIT, KERNEL_COMMIT_DATE,
# MODULES_DIR (holds RELEASE/, may be empty) and INITRAMFS. Sourced by scripts/vm.

# kernel_from_id ID
kernel_from_id() {
	local dir
	kernel_exists "$1" || usage_error "no kernel $1; there are: $(ini_sections "$KERNELS_INI" | xargs)"
	dir=$("$TOP/scripts/kernel" get "$1") || exit
	KERNEL_FILE=$dir/vmlinuz
	KERNEL_RELEASE=$(<"$dir/release")
	MODULES_DIR=$dir/lib/modules
	# One that was built here has its tree beside it, and the key of all that it was built from in its name.
	if [ -d "$dir/tree" ]; then KERNEL_COMMIT=${dir##*-}; else KERNEL_COMMIT=$(image_package "$KERNEL_FILE"); fi
}

# number FILE OFFSET BYTES: little endian
number() { od -An -tu"$3" --endian=little -j $(($2)) -N "$3" -- "$1" | tr -d ' '; }

# image_version BZIMAGE: "6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP ...", or nothing when it is no
# bzImage; see Documentation/arch/x86/boot.rst for all of its header
image_version() {
	[ "$(od -An -c -j $((0x202)) -N 4 -- "$1" 2>/dev/null | tr -d ' ')" = HdrS ] || return 0
	tail -c +$((0x201 + $(number "$1" 0x20e 2))) -- "$1" | head -c 200 | tr '\0' '\n' | head -n 1 || :
}

# image_release BZIMAGE: "6.1.0-56-amd64"
image_release() { image_version "$1" | cut -d' ' -f1; }

# image_package BZIMAGE: "6.1.192-2", the version of the package, or nothing when it is not Debian's
image_package() { image_version "$1" | sed -nE 's/.* Debian ([^ ]+) \(.*/\1/p'; }

# tree_checkout DIR: where git has the source of that tree (of one of make O=DIR: elsewhere); nothing when it does not
# know it
tree_checkout() {
	local dir
	command -v git >/dev/null || return 0
	for dir in "$1" "$1/source"; do
		[ ! -e "$dir/.git" ] || { echo "$dir"; return; }
	done
}

# checkout_commit DIR: what git has checked out, with -dirty when files differ
checkout_commit() { git -C "$1" describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || :; }

# checkout_date DIR: when that was committed, in UTC
checkout_date() {
	TZ=UTC git -C "$1" log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null || :
}

# kernel_from_image FILE MODULES: MODULES has lib/modules or is it, or is empty
kernel_from_image() {
	local dir
	[ -r "$1" ] || usage_error "cannot read kernel image $1"
	KERNEL_FILE=$(realpath -- "$1")
	MODULES_DIR=
	KERNEL_RELEASE=$(image_release "$KERNEL_FILE")
	[ -n "$KERNEL_RELEASE" ] || usage_error "$1 is not a bzImage"
	KERNEL_COMMIT=$(image_package "$KERNEL_FILE")
	[ -n "$2" ] || return 0
	for dir in "$2/lib/modules" "$2/usr/lib/modules" "$2"; do
		[ -d "$dir/$KERNEL_RELEASE" ] || continue
		MODULES_DIR=$(realpath -- "$dir")
		return
	done
	usage_error "$2 has no modules of $KERNEL_RELEASE (lib/modules/$KERNEL_RELEASE)"
}

# kernel_from_tree DIR: the modules are installed into the cache
kernel_from_tree() {
	local tree checkout key dir
	tree=$(realpath -- "$1")
	if [ ! -r "$tree/arch/x86/boot/bzImage" ] || [ ! -r "$tree/include/config/kernel.release" ]; then
		usage_error "$1 is not a built kernel tree: no arch/x86/boot/bzImage in it; run make there"
	fi
	KERNEL_FILE=$tree/arch/x86/boot/bzImage
	KERNEL_RELEASE=$(<"$tree/include/config/kernel.release")
	checkout=$(tree_checkout "$tree")
	if [ -n "$checkout" ]; then
		KERNEL_COMMIT=$(checkout_commit "$checkout")
		KERNEL_COMMIT_DATE=$(checkout_date "$checkout")
	fi
	MODULES_DIR=
	[ -s "$tree/modules.order" ] || return 0
	key=$(modules_key "$tree")
	dir=$(cache_dir vm)/modules-$key
	[ -d "$dir" ] || with_lock "modules-$key" install_modules "$tree" "$dir"
	MODULES_DIR=$dir/lib/modules
}

# modules_key DIR: of the modules in it; those of another build have other times
modules_key() { (cd "$1" && find . \( -name '*.ko' -o -name '*.ko.?z*' \) -printf '%p %s %T@\n' | sort | hash_stdin); }

install_modules() {
	local tree=$1 dir=$2 new
	[ ! -d "$dir" ] || return 0
	progress "installing the modules of $tree into the cache"
	new=$(mktemp -d "$dir.XXXXXX")
	if ! make -s -C "$tree" modules_install INSTALL_MOD_PATH="$new" INSTALL_MOD_STRIP=1 \
		>"$new/log" 2>&1; then
		log "$(tail -n 1 "$new/log")"
		rm -rf -- "$new"
		die "make modules_install failed in $tree"
	fi
	mv -T -- "$new" "$dir"
}

# unpack_payload BZIMAGE OUT: the ELF file inside, or fails when the compression is none of these
unpack_payload() {
	local image=$1 out=$2 setup offset length magic unpack
	setup=$(number "$image" 0x1f1 1)
	offset=$(((setup + 1) * 512 + $(number "$image" 0x248 4)))
	length=$(number "$image" 0x24c 4)
	magic=$(od -An -tx1 -j "$offset" -N 4 -- "$image" | tr -d ' ')
	case $magic in
	fd377a58) unpack=(xz -dc --single-stream) ;;
	28b52ffd) unpack=(zstd -dcq) ;;
	1f8b*) unpack=(gzip -dc) ;;
	*) return 1 ;;
	esac
	# The last 4 bytes are the unpacked size, and no part of the stream.
	{ tail -c +$((offset + 1)) -- "$image" || :; } | head -c $((length - 4)) |
		"${unpack[@]}" >"$out" 2>/dev/null
}

# has_pvh_note ELF: QEMU can start it directly (XEN_ELFNOTE_PHYS32_ENTRY, 18)
has_pvh_note() {
	command -v readelf >/dev/null && LC_ALL=C readelf -nW -- "$1" 2>/dev/null | grep -i '(0x0*12)' >/dev/null
}

# direct_kernel: replace KERNEL_FILE by the ELF file inside, if QEMU can start that one. An emulated
# CPU takes 3 s to unpack a kernel; and without the unpacker there is no KASLR, so runs repeat.
direct_kernel() {
	local key elf new
	key=$(hash_stdin <"$KERNEL_FILE")
	elf=$(cache_dir vm)/vmlinux-$key
	if [ ! -e "$elf" ] && [ ! -e "$elf.no" ]; then
		new=$(mktemp "$elf.XXXXXX")
		if unpack_payload "$KERNEL_FILE" "$new" && has_pvh_note "$new"; then
			mv -f -- "$new" "$elf"
		else
			rm -f -- "$new"
			: >"$elf.no"
		fi
	fi
	[ ! -e "$elf" ] || KERNEL_FILE=$elf
}

# initramfs_modules: the .ko files to load, in order, for what the root of the guest needs
initramfs_modules() {
	[ -n "$MODULES_DIR" ] || return 0
	local root=${MODULES_DIR%/lib/modules} module
	for module in virtio_pci 9pnet_virtio 9p overlay; do
		# Not found means built into a kernel that has no modules.builtin; if not, /init says so.
		modprobe -d "$root" -S "$KERNEL_RELEASE" --show-depends "$module" 2>/dev/null || :
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# make_initramfs: busybox, the modules (unpacked: busybox insmod and old kernels cannot) and /init
make_initramfs() {
	local busybox files key dir file n=10
	busybox=$(command -v busybox) || die -s 2 "no busybox: run scripts/deps"
	mapfile -t files < <(initramfs_modules)
	key=$(hash_files "$busybox" "$TOP/scripts/lib/guest-init.sh" "${files[@]}")
	INITRAMFS=$(cache_dir vm)/initramfs-$key
	[ ! -e "$INITRAMFS" ] || return 0
	dir=$(mktemp -d "$INITRAMFS.XXXXXX")
	mkdir -p "$dir/root/bin" "$dir/root/dev" "$dir/root/modules"
	cp -- "$busybox" "$dir/root/bin/busybox"
	install -m 755 -- "$TOP/scripts/lib/guest-init.sh" "$dir/root/init"
	for file in "${files[@]}"; do
		unpack_module "$file" >"$dir/root/modules/$n-$(basename "${file%.ko*}").ko"
		n=$((n + 1))
	done
	(cd "$dir/root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$dir/cpio"
	mv -f -- "$dir/cpio" "$INITRAMFS"
	rm -rf -- "$dir"
}

unpack_module() {
	case $1 in
	*.xz) xz -dc -- "$1" ;;
	*.zst) zstd -dcq -- "$1" ;;
	*.gz) gzip -dc -- "$1" ;;
	*) cat -- "$1" ;;
	esac
}
