# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Removes kernels of the cache that no id stands for any more. Needs common.sh, kernel.sh, kernel-stock.sh and
# kernel-source.sh.

# all_ids: sections of kernels.ini, and the stages of each series, with each variant there is of its base
all_ids() {
	local series base stage section
	ini_sections "$KERNELS_INI"
	for series in "$TOP"/kernel/patches/*/series; do
		[ -r "$series" ] || continue
		base=$(basename "$(dirname "$series")")
		for stage in $(series_stages "$series"); do
			for section in $(ini_sections "$KERNELS_INI" | grep -E "^${base//./\\.}-"); do
				printf '%s+%s%s\n' "$base" "$stage" "$(sed "s/^${base//./\\.}-/-/; s/^-trim$//" <<<"$section")"
			done
		done
	done
}

# directories_of ID: what it stands for today in the cache, whether it is there or not
directories_of() {
	local plan headers a key
	if is_source "$1"; then
		plan=$(source_plan "$1") || return
		read -r _ _ key <<<"$plan"
		printf 'kernel/%s-%s\n' "$(file_id "$1")" "$key"
	else
		plan=$(stock_plan "$1") && headers=$(headers_plan "$1") || return
		read -r a key _ <<<"$plan"
		printf 'kernel/%s-%s\n' "$a" "$key"
		read -r a key _ <<<"$headers"
		printf 'headers/%s-%s\n' "$a" "$key"
	fi
}

# wanted_kernels: the directories of all ids; "untold ID" where it cannot be told (no network, a package that is gone).
# A suite whose list cannot be had is asked once.
wanted_kernels() {
	local id suite paths
	local -A listed
	for id in $(all_ids); do
		suite=$(setting "$id" suite) || suite=
		if [ -z "${listed[x$suite]:-}" ]; then
			listed[x$suite]=no
			! suite_index "$suite" >/dev/null || listed[x$suite]=yes
		fi
		if [ "${listed[x$suite]}" = yes ] && paths=$(directories_of "$id"); then
			printf '%s\n' "$paths"
		else
			printf 'untold %s\n' "$id"
		fi
	done
}

# may_be_of DIR ID: could ID, of which we know no more than its section, stand for kernel/NAME-KEY or headers/NAME-KEY?
may_be_of() {
	local name=${1#*/} pattern
	name=${name%-*}
	if is_source "$2"; then
		[ "$name" = "$(file_id "$2")" ]
	else
		# Then NAME is a release.
		pattern=$(setting "$2" image) || return 0
		printf '%s\n' linux-{image,binary}-{,unsigned-}"$name" | grep -xE -e "$pattern" >/dev/null
	fi
}

# first_untold DIR ID...: the first of the ids that it may be of
first_untold() {
	local dir=$1 id
	shift
	for id; do
		! may_be_of "$dir" "$id" || { echo "$id"; return; }
	done
}

# in_use DIR: does a process name it: a VM its vmlinuz, make its tree, cp what it copies?
in_use() {
	local file
	for file in /proc/[0-9]*/cmdline; do
		[ "$file" != "/proc/$BASHPID/cmdline" ] || continue
		! { tr '\0' '\n' <"$file" | grep -F -e "$1" >/dev/null; } 2>/dev/null || return 0
	done
	return 1
}

# prune_one DIR CACHE DRY: alone with it, or not at all
prune_one() {
	local dir=$1 name=${1##*/} cache=$2 dry=$3 size key lock
	name=${name%.part}
	key=${name##*-}
	lock=$cache/locks/$(basename "${dir%/*}")-$key
	(
		if ! flock -n 9 || in_use "${dir%.part}"; then
			log "$dir is in use; it stays"
			exit 0
		fi
		size=$(du -sh -- "$dir" 2>/dev/null | cut -f1)
		if [ -z "$dry" ]; then
			# Out of the way first: half a kernel is none.
			if ! mv -T -- "$dir" "$dir.gone" || ! rm -rf -- "$dir.gone" "${dir%.part}.log"; then die "cannot remove $dir"; fi
		fi
		printf '%s\t%s\t%s\n' "$([ "$dry" ] && echo 'would remove' || echo removed)" "$size" "$dir"
	) 9>"$lock"
}

# command_prune [--dry-run]
command_prune() {
	local dry=${1:+1} cache wanted untold dir id
	cache=$(cache_dir) && cache_dir locks >/dev/null || return
	wanted=$(wanted_kernels) || return
	mapfile -t untold < <(sed -n 's/^untold //p' <<<"$wanted")
	for dir in "$cache"/kernel/*/ "$cache"/headers/*/; do
		dir=${dir%/}
		[ -d "$dir" ] || continue
		! grep -xF -e "${dir#"$cache/"}" <<<"$wanted" >/dev/null || continue
		id=$(first_untold "${dir#"$cache/"}" "${untold[@]}")
		if [ -n "$id" ]; then
			log "$dir may be of $id; it stays"
		else
			prune_one "$dir" "$cache" "$dry" || return
		fi
	done
	[ ${#untold[@]} = 0 ] ||
		die "of ${#untold[@]} kernels of ${KERNELS_INI#"$TOP"/} it cannot be told what they are, see above: what may be of them stays"
}
