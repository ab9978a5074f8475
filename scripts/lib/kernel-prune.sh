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

# wanted_kernels: the directories in the cache that ids stand for today, whether they are there or not. One id
# that cannot be told (no network, no list) is reason to remove nothing.
wanted_kernels() {
	local id plan a key
	for id in $(all_ids); do
		if is_source "$id"; then
			plan=$(source_plan "$id") || return
			read -r _ _ key <<<"$plan"
			printf 'kernel/%s-%s\n' "$(file_id "$id")" "$key"
		else
			plan=$(stock_plan "$id") || return
			read -r a key _ <<<"$plan"
			printf 'kernel/%s-%s\n' "$a" "$key"
			plan=$(headers_plan "$id") || return
			read -r a key _ <<<"$plan"
			printf 'headers/%s-%s\n' "$a" "$key"
		fi
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
	local dry=${1:+1} cache wanted dir
	cache=$(cache_dir) && cache_dir locks >/dev/null || return
	wanted=$(wanted_kernels) || die "not all kernels of ${KERNELS_INI#"$TOP"/} can be told, see above: nothing is removed"
	for dir in "$cache"/kernel/*/ "$cache"/headers/*/; do
		dir=${dir%/}
		[ -d "$dir" ] || continue
		! grep -qxF -e "${dir#"$cache/"}" <<<"$wanted" || continue
		prune_one "$dir" "$cache" "$dry" || return
	done
}
