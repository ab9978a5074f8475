# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Stock Debian kernels: choose the packages, unpack what is needed of them.
# Needs common.sh, apt.sh and kernel.sh.

# Most of the size and of depmod's time, and of no use in a guest with nvdimms, RDMA without
# hardware, virtio and 9p.
DROP_MODULES=(
	sound samples drivers/{accel,accessibility,ata,atm,bluetooth,comedi,extcon,gpu,hid,hwmon,i2c,iio}
	drivers/{infiniband/hw,input,isdn,leds,media,memstick,message,mfd,misc,mmc,mtd,parport,pcmcia}
	drivers/{platform,power,scsi,spi,ssb,staging,target,thunderbolt,tty,usb,video,w1,watchdog}
	drivers/net/{can,dsa,ethernet,fddi,hamradio,ieee802154,phy,plip,ppp,usb,wan,wireless,wwan}
	fs/{afs,ceph,cifs,f2fs,gfs2,jfs,nfs,nfsd,nilfs2,ocfs2,orangefs,reiserfs,smb,ubifs,ufs}
	net/{batman-adv,bluetooth,bridge,can,ceph,dccp,ieee802154,mac80211,mac802154,netfilter,nfc}
	net/{rxrpc,sctp,sunrpc,tipc,wireless}
)

# stock_plan ID: "release key package=version...". Of a release from 7.x on, the packages with
# vmlinuz, the modules, and the lists of modules; before that one package.
stock_plan() {
	local id=$1 suite pattern index plan
	suite=$(setting "$id" suite) && pattern=$(setting "$id" image) || return
	index=$(suite_index "$suite") || return
	plan=$(awk -F'\t' '{ print $2 "\t" $1 }' "$index" | sort -rV |
		awk -F'\t' -v pattern="^($pattern)\$" -v split_pattern='^linux-binary-' '
		function release(name) { sub(/^linux-(image|binary)-(unsigned-)?/, "", name); return name }
		$2 ~ /^linux-(modules|headers|base)-/ { have[$2] = 1; version[$2] = $1 }
		# The signed one has the shorter name and sorts after the unsigned one.
		$2 ~ pattern { n++; name[n] = $2; of[n] = $1 }
		END {
			for (i = 1; i <= n; i++) {
				r = release(name[i])
				if (!(("linux-headers-" r) in have)) continue
				modules = "linux-modules-" r
				if (name[i] ~ split_pattern && !(modules in have)) continue
				if (found && r != found) break
				found = r
				line = r " " name[i] "=" of[i]
				if (name[i] ~ split_pattern) line = line " " modules "=" version[modules]
				base = "linux-base-" r
				if (name[i] ~ split_pattern && base in have) line = line " " base "=" version[base]
			}
			print line
		}')
	[ -n "$plan" ] || die -s "$EXIT_LACKS" "no package of $suite with headers matches $pattern (kernel $id); it has:$(
		cut -f1 "$index" | grep -E '^linux-(image|binary)-.*[0-9]-amd64$' | sort -uV | tr '\n' ' ' | sed 's/^/ /')"
	read -r release plan <<<"$plan"
	printf '%s %s %s\n' "$release" "$(hash_stdin <<<"$FORMAT get $plan")" "$plan"
}

# headers_plan ID: "release key package=version...", with the common part and kbuild
headers_plan() {
	local id=$1 plan release rest index name version packages needs
	plan=$(stock_plan "$id") || return
	read -r release rest <<<"$plan"
	index=$(suite_index "$(setting "$id" suite)") || return
	name=linux-headers-$release
	version=$(package_version "$index" "$name")
	packages=$name=$version
	needs=$(awk -F'\t' -v n="$name" -v v="$version" '$1 == n && $2 == v { print $4 }' "$index" |
		tr ',' '\n' | awk '$1 ~ /^linux-(headers-.*common|kbuild-)/ { print $1 }')
	for name in $needs; do
		version=$(package_version "$index" "$name")
		[ -n "$version" ] || die "linux-headers-$release needs $name, which the archive does not have"
		packages="$packages $name=$version"
	done
	printf '%s %s %s\n' "$release" "$(hash_stdin <<<"$FORMAT headers $packages")" "$packages"
}

# fetch_debs ID PACKAGE=VERSION...: the files, one per line
fetch_debs() {
	local id=$1 suite item
	suite=$(setting "$id" suite) || return
	shift
	for item in "$@"; do
		deb_file "$suite" "${item%%=*}" "${item#*=}" || return
	done
}

# Nothing is kept of packages that are unpacked: the unpacked files are the cache.
drop_debs() {
	local file
	for file in "$@"; do
		rm -f -- "$file"
	done
}

stock_get() {
	local id=$1 plan release key dir
	plan=$(stock_plan "$id") || return
	read -r release key plan <<<"$plan"
	dir=$(cache_dir kernel)/$release-$key || return
	# shellcheck disable=SC2086 # a list of packages
	[ -e "$dir/release" ] || with_lock "kernel-$key" stock_get_locked "$id" "$release" "$dir" $plan || return
	printf '%s\n' "$dir"
}

stock_get_locked() {
	local id=$1 release=$2 dir=$3 part=$3.part debs deb
	shift 3
	[ ! -e "$dir/release" ] || return 0
	debs=$(fetch_debs "$id" "$@") || return
	empty_dir "$part"
	mkdir "$part/raw" || return
	for deb in $debs; do
		with_ticker "$id: unpacking $release" '' unpack_kernel "$deb" "$part/raw" ||
			die "cannot unpack $deb: remove it and try again (is the disk full?)"
	done
	stock_arrange "$release" "$part" || return
	sync -f "$part"
	mv -T "$part" "$dir" || return
	# shellcheck disable=SC2086 # a list of files
	drop_debs $debs
}

# unpack_kernel DEB DIR
unpack_kernel() {
	dpkg-deb --fsys-tarfile "$1" 9>&- | tar -x -C "$2" --no-same-owner --wildcards \
		"${DROP_MODULES[@]/#/--exclude=*/kernel/}" --exclude='*/share/doc' 9>&-
}

# stock_arrange RELEASE DIR: what is in DIR/raw, in the places that "get" promises
stock_arrange() {
	local release=$1 dir=$2 raw=$2/raw modules image config
	if ! modules=$(first_of "$raw"/{usr/,}lib/modules/"$release") ||
		! image=$(first_of "$raw/boot/vmlinuz-$release" "$modules"/vmlinuz{,.unsigned}) ||
		! config=$(first_of "$raw/boot/config-$release" "$modules/config"); then
		die "the packages of $release have no vmlinuz, modules or config where they were expected"
	fi
	mkdir -p "$dir/lib/modules" && mv "$image" "$dir/vmlinuz" && mv "$config" "$dir/config" &&
		mv "$modules" "$dir/lib/modules/" && rm -rf "$raw" || return
	rm -f "$dir/lib/modules/$release"/{build,source,System.map}
	with_ticker "depmod for $release" '' depmod -b "$dir" "$release" 9>&- ||
		die "depmod failed for $release"
	# where a guest looks for the configuration of its kernel
	cp "$dir/config" "$dir/lib/modules/$release/config"
	printf '%s\n' "$release" >"$dir/release"
}

first_of() {
	local path
	for path in "$@"; do
		[ ! -e "$path" ] || { printf '%s\n' "$path"; return; }
	done
	return 1
}

# stock_headers ID: prints the directory for KDIR
stock_headers() {
	local id=$1 plan release key dir
	plan=$(headers_plan "$id") || return
	read -r release key plan <<<"$plan"
	dir=$(cache_dir headers)/$release-$key || return
	# shellcheck disable=SC2086 # a list of packages
	[ -e "$dir" ] || with_lock "headers-$key" stock_headers_locked "$id" "$release" "$dir" $plan || return
	printf '%s\n' "$dir/usr/src/linux-headers-$release"
}

stock_headers_locked() {
	local id=$1 release=$2 dir=$3 part=$3.part debs deb main
	shift 3
	[ ! -e "$dir" ] || return 0
	debs=$(fetch_debs "$id" "$@") || return
	empty_dir "$part"
	for deb in $debs; do
		dpkg-deb -x "$deb" "$part" 9>&- || die "cannot unpack $deb: remove it and try again (is the disk full?)"
	done
	# They name each other by absolute path; it is the final one that has to go in.
	main=$part/usr/src/linux-headers-$release
	sed -i "s|/usr/src/|$dir/usr/src/|g; s|/usr/lib/linux-kbuild|$dir/usr/lib/linux-kbuild|g" \
		"$main/Makefile" "$main/.kernelvariables" || return
	sync -f "$part"
	mv -T "$part" "$dir" || return
	# shellcheck disable=SC2086 # a list of files
	drop_debs $debs
}
