# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A small Debian 13 root with the compiler that stock kernels from 7.x on are built with: their
# flags are not known to bookworm's. Needs common.sh and apt.sh.

TRIXIE_PACKAGES=gcc-14,make,libc6-dev,libelf1t64,mawk,bash,dash,coreutils,sed,grep,findutils,diffutils

# trixie_check: can this user build in it?
trixie_check() {
	local instead='or use 7.3-trim, which needs none'
	[ "$(id -u)" = 0 ] ||
		die -s "$EXIT_USAGE" "modules for stock 7.x are built in a Debian 13 root: run this as root, $instead"
	need_tools kernel mmdebstrap unshare chroot
	unshare --mount --propagation private true 2>/dev/null ||
		die -s "$EXIT_USAGE" "the Debian 13 root that builds modules for stock 7.x wants a mount namespace, which is not allowed here: use a privileged container, $instead"
}

# trixie_root: its directory, made if missing
trixie_root() {
	local key dir
	key=$(hash_stdin <<<"$FORMAT $TRIXIE_PACKAGES")
	dir=$(cache_dir trixie)/$key || return
	[ -e "$dir/usr/bin/make" ] || with_lock "trixie-$key" trixie_make "$dir" || return
	printf '%s\n' "$dir"
}

trixie_make() {
	local dir=$1 main security
	[ ! -e "$dir/usr/bin/make" ] || return 0
	trixie_check
	main=$(mirror main) && security=$(mirror security) || return
	rm -rf -- "$dir.part"
	progress "making a Debian 13 root with gcc-14, about 80 MB"
	# extract: nothing of it is configured, a compiler does not need that
	with_ticker 'Debian 13 root' '' trixie_bootstrap "$dir" "$main" "$security" ||
		die "cannot make the Debian 13 root: $(grep -m1 -E '^E: ' "$dir.log" || tail -n1 "$dir.log")"
	ln -sf mawk "$dir.part/usr/bin/awk" && ln -sf dash "$dir.part/usr/bin/sh" || return
	sync -f "$dir.part"
	mv -T "$dir.part" "$dir"
}

trixie_bootstrap() {
	mmdebstrap --mode=root --variant=extract --architectures=amd64 --include="$TRIXIE_PACKAGES" \
		--aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/*' trixie "$1.part" \
		"deb [signed-by=$KEYRING] $2 trixie main" \
		"deb [signed-by=$KEYRING] $3 trixie-security main" >"$1.log" 2>&1 9>&-
}

# trixie_run DIRECTORY... -- COMMAND...: COMMAND in that root, with the directories where they
# are. The mounts live in a mount namespace of their own and end with it.
trixie_run() {
	local root
	root=$(trixie_root) || return
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private bash -euc '
		root=$1; shift
		while [ "$1" != -- ]; do
			mkdir -p "$root$1"
			mount --rbind "$1" "$root$1"
			shift
		done
		shift
		mkdir -p "$root/proc" "$root/dev" "$root/tmp"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		exec chroot "$root" env -i PATH=/usr/bin:/bin HOME=/ LC_ALL=C MAKEFLAGS= "$@"
	' trixie "$root" "$@"
}
