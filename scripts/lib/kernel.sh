# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a kernel id is, whatever it is made from. Needs common.sh.

# Part of every key: a change of how things are laid out in the cache makes it new.
# shellcheck disable=SC2034 # for the other files
FORMAT=1
# The exit status that says: the archive has no such kernel, today.
EXIT_LACKS=3

need_kernel() {
	kernel_exists "$1" || usage_error "no kernel $1 in ${KERNELS_INI#"$TOP"/}; it has: $(
		ini_sections "$KERNELS_INI" | tr '\n' ' ')"
}

# setting ID KEY: what kernels.ini says
setting() {
	local section stage=${1#*+}
	section=$(kernel_section "$1") || return
	if [ "$section" != "$1" ]; then
		case $2 in
		series) printf '%s\n' "${1%%+*}" && return ;;
		stage) printf '%s\n' "${stage%%-*}" && return ;;
		esac
	fi
	ini_get "$KERNELS_INI" "$section" "$2"
}

is_source() { [ -n "$(setting "$1" source)" ]; }

file_id() { tr '/' '_' <<<"$1"; }

kernel_get() { if is_source "$1"; then source_build "$1"; else stock_get "$1"; fi; }

kernel_headers() {
	local dir
	if is_source "$1"; then
		dir=$(source_build "$1") || return
		printf '%s\n' "$dir/tree"
	else
		stock_headers "$1"
	fi
}
