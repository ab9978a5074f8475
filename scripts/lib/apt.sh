# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packages of other Debian releases, through a private apt configuration: own sources, lists,
# cache and an empty status file, one set per suite. The system's own are read, never written.
# Needs common.sh.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror main|security: from the environment, else from this machine's own sources
mirror() {
	local kind=$1 found given=${DAXPIN_MIRROR:-}
	[ "$kind" = main ] || given=${DAXPIN_SECURITY_MIRROR:-}
	found=${given:-$(system_mirror "$kind")}
	found=${found%/}
	if [ -z "$found" ] && [ "$kind" = security ]; then
		found=$(mirror main) || return
		[ "${found##*/}" = debian ] ||
			die -s "$EXIT_USAGE" "no security mirror in this machine's apt sources: set DAXPIN_SECURITY_MIRROR"
		found=$found-security
	fi
	[ -n "$found" ] || die -s "$EXIT_USAGE" "no Debian mirror in this machine's apt sources: set DAXPIN_MIRROR"
	printf '%s\n' "$found"
}

system_mirror() {
	local found
	# shellcheck disable=SC2016 # for apt
	found=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 2>/dev/null |
		awk -v label="^Debian$([ "$1" = main ] || echo '-Security')\$" '
			$2 == "Debian" && $3 ~ label { print $1; exit }')
	# Before the first apt-get update apt knows no origin: go by the release then.
	[ -n "$found" ] || found=$(apt-get --print-uris update 2>/dev/null |
		sed -nE "s,^'(.*)/dists/(oldstable|stable|testing|sid|bookworm|trixie|forky)$(
			[ "$1" = main ] || echo '-security')/main/binary-amd64/Packages.*,\\1,p" | head -n1)
	printf '%s\n' "$found"
}

suite_mirror() {
	case $1 in
	*-security) mirror security ;;
	*) mirror main ;;
	esac
}

# suite_dir SUITE: its private apt directory, with an apt.conf
suite_dir() {
	local dir uri
	dir=$(cache_dir "apt/$1") || return
	uri=$(suite_mirror "$1") || return
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	# Options of the machine are kept only where they say how to reach a mirror. Kernels of old
	# suites are wanted as they are, so that an old Release file is fine.
	{
		cat <<-CONF
			Dir::Etc::Main "/dev/null";
			Dir::Etc::Parts "/dev/null";
			Dir::Etc::SourceList "$dir/sources.list";
			Dir::Etc::SourceParts "/dev/null";
			Dir::State "$dir";
			Dir::State::Lists "$dir/lists";
			Dir::State::Status "$dir/status";
			Dir::Cache "$dir/cache";
			APT::Architecture "amd64";
			APT::Architectures "amd64";
			APT::Sandbox::User "root";
			Acquire::Languages "none";
			Acquire::PDiffs "false";
			Acquire::Retries "3";
			Acquire::Check-Valid-Until "false";
		CONF
		apt-config dump | grep -E '^Acquire::(https?|ftp|ForceIPv|Proxy)' || :
	} >"$dir/apt.conf.$$"
	mv "$dir/apt.conf.$$" "$dir/apt.conf"
	printf 'deb [signed-by=%s] %s %s main\n' "$KEYRING" "$uri" "$1" >"$dir/sources.list.$$"
	if ! cmp -s "$dir/sources.list.$$" "$dir/sources.list"; then
		rm -f "$dir/packages"
	fi
	mv "$dir/sources.list.$$" "$dir/sources.list"
	printf '%s\n' "$dir"
}

# Made from apt's lists, since reading those takes apt a second each time:
# one line per package of a kernel or of QEMU: name, version, size, dependencies
write_index() {
	local dir=$1
	APT_CONFIG=$dir/apt.conf apt-cache dumpavail | awk '
		function flush() {
			if (name ~ /^(linux-|qemu-system-|seabios$)/) printf "%s\t%s\t%s\t%s\n", name, version, size, depends
			name = version = size = depends = ""
		}
		/^$/ { flush() }
		/^Package: / { name = $2 }
		/^Version: / { version = $2 }
		/^Size: / { size = $2 }
		/^Depends: / { depends = substr($0, 10) }
		END { flush() }' >"$dir/packages.$$" || die "apt-cache dumpavail failed for ${dir##*/}"
	mv "$dir/packages.$$" "$dir/packages"
}

update_suite() {
	local suite=$1 dir=$2 out rc=0
	fresh "$dir" && [ "${3:-}" != force ] && return
	rm -f "$dir"/packages.[0-9]*
	progress "package list of $suite"
	out=$(APT_CONFIG=$dir/apt.conf apt-get -q update 2>&1) || rc=$?
	if [ "$rc" = 0 ] && ! grep -qE '^(E|W|Err)[: ]' <<<"$out"; then
		write_index "$dir"
		return
	fi
	out=$(grep -m1 -E '^(E|W|Err)[: ]' <<<"$out" || tail -n1 <<<"$out")
	case $out in
	*NO_PUBKEY* | *"not signed"* | *"couldn't be verified"*)
		die "$KEYRING has no key for $suite: upgrade debian-archive-keyring ($out)" ;;
	esac
	[ -s "$dir/packages" ] ||
		die "cannot get the package list of $suite: check the network, DAXPIN_MIRROR and DAXPIN_SECURITY_MIRROR ($out)"
	log "cannot refresh the package list of $suite, going on with the old one ($out)"
	touch "$dir/packages"
}

# Lists last a day.
fresh() { [ -s "$1/packages" ] && [ -n "$(find "$1/packages" -mmin -1440)" ]; }

# suite_index SUITE [force]: the file with its packages that we may want, at most a day old
suite_index() {
	local dir
	dir=$(cache_dir "apt/$1") || return
	# To ask apt for this machine's mirrors takes it half a second: not when the list is fresh.
	if ! fresh "$dir" || [ -n "${DAXPIN_MIRROR:-}${DAXPIN_SECURITY_MIRROR:-}${2:-}" ]; then
		dir=$(suite_dir "$1") || return
	fi
	if ! fresh "$dir" || [ "${2:-}" = force ]; then
		with_lock "apt-$1" update_suite "$1" "$dir" "${2:-}" || return
	fi
	printf '%s\n' "$dir/packages"
}

# package_version INDEX NAME: its newest version
package_version() {
	awk -F'\t' -v name="$2" '$1 == name { print $2 }' "$1" | sort -V | tail -n1
}

# deb_file SUITE NAME VERSION: the downloaded package
deb_file() {
	local file
	file=$(cache_dir deb)/$2_${3//:/%}.deb || return
	[ -e "$file" ] || with_lock "deb-$2" download "$1" "$2" "$3" "$file" || return
	printf '%s\n' "$file"
}

# 44: the archive no longer has it (the package lists are too old).
download() {
	local suite=$1 name=$2 version=$3 file=$4 dir uri size hash
	[ ! -e "$file" ] || return 0
	dir=$(suite_dir "$suite") || return
	read -r uri _ size hash < <(APT_CONFIG=$dir/apt.conf apt-get --print-uris download "$name=$version" 2>/dev/null) ||
		return 44
	PART=$file.part SIZE=$((size / 1000000))
	progress "downloading $name $version, $SIZE MB"
	if ! APT_CONFIG=$dir/apt.conf with_ticker "downloading $name" part_size fetch "${uri//\'/}" "$hash"; then
		! grep -q ' 404 ' "$PART.log" || return 44
		die "cannot download $name $version of $suite, run it again to resume:" \
			"$(grep -m1 -E '^E: ' "$PART.log" || tail -n1 "$PART.log")"
	fi
	mv "$PART" "$file" && rm -f "$PART.log"
}

# Unlike apt-get download, apt-helper goes on with the part that an earlier run left behind. It
# checks the hash, which came from the signed lists.
fetch() {
	rm -f "$PART.FAILED"
	/usr/lib/apt/apt-helper download-file "$1" "$PART" "$2" >"$PART.log" 2>&1 </dev/null 9>&-
}

part_size() {
	printf '%s of %s MB' "$(($(stat -c %s "$PART" 2>/dev/null || echo 0) / 1000000))" "$SIZE"
}
