# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Shared by the scripts: source it after set -euo pipefail. stdout stays free for data.

TOP=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
PROG=${PROG:-${0##*/}}
PATH=$PATH:/usr/sbin:/sbin
KERNELS_INI=${DAXPIN_KERNELS_INI:-$TOP/configs/kernels.ini}
# shellcheck disable=SC2034 # for the scripts that source this
EXIT_USAGE=2 EXIT_INTERRUPTED=130
trap 'exit 130' INT
trap 'exit 143' TERM

# log MESSAGE...: one line on stderr
log() { end_progress; printf '%s: %s\n' "$PROG" "$*" >&2; }

# die [-s STATUS] MESSAGE...: the one error line, then exit
die() {
	local status=1
	[ "$1" != -s ] || { status=$2; shift 2; }
	log "$*"
	exit "$status"
}

usage_error() { die -s "$EXIT_USAGE" "$* (see $PROG --help)"; }

# DAXPIN_PLAIN is for several at a time on one terminal.
is_terminal() { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${DAXPIN_PLAIN:-}" ]; }

# progress MESSAGE...: on a terminal one line that rewrites itself, else a plain line
progress() {
	if is_terminal; then
		printf '\r%s: %s\033[K' "$PROG" "$*" >&2
		PROGRESS_OPEN=1
	else
		printf '%s: %s\n' "$PROG" "$*" >&2
	fi
}

end_progress() {
	[ -z "${PROGRESS_OPEN:-}" ] || printf '\n' >&2
	PROGRESS_OPEN=
}

# with_ticker LABEL STATUS_COMMAND COMMAND...: run COMMAND; while it runs, LABEL, the time and
# what STATUS_COMMAND prints ('' for none), each second on a terminal, every 10 s elsewhere.
# COMMAND stays in the foreground, so that Ctrl-C reaches it.
with_ticker() {
	local label=$1 status_command=$2 step=10 start=$SECONDS owner=$BASHPID ticker rc=0
	shift 2
	! is_terminal || step=1
	# fd 9 may be a lock (with_lock): it must not live as long as a sleep.
	(
		trap 'kill "$!"; exit 0' TERM
		while sleep "$step" 2>/dev/null & wait "$!" && kill -0 "$owner" 2>/dev/null; do
			progress "$label, $((SECONDS - start)) s${status_command:+, $($status_command)}"
		done
	) </dev/null >/dev/null 9>&- &
	ticker=$!
	"$@" || rc=$?
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	[ "$step" != 1 ] || printf '\r\033[K' >&2
	return "$rc"
}

# exec_leashed PARENT SIGNAL COMMAND...: become COMMAND, which gets SIGNAL when process PARENT ends, however that
# ends. For a child of PARENT: exec_leashed $$ TERM COMMAND &
exec_leashed() {
	# shellcheck disable=SC2016 # for that shell
	exec setpriv --pdeathsig "$2" -- bash -c '[ "$PPID" = "$0" ] || exit 143; exec "$@"' "$1" "${@:3}"
}

# cache_dir [NAME]: the cache, or a directory in it, made if missing
cache_dir() {
	local dir=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
	[ -n "$dir" ] || die -s "$EXIT_USAGE" "where is the cache? set HOME or XDG_CACHE_HOME"
	dir=$dir/daxpin${1:+/$1}
	mkdir -p -- "$dir" 2>/dev/null || die -s "$EXIT_USAGE" "cannot make $dir: set XDG_CACHE_HOME to a directory that you can write"
	printf '%s\n' "$dir"
}

# need_tools GROUPS TOOL...: GROUPS is what scripts/deps installs them with
need_tools() {
	local tool missing='' groups=$1
	shift
	for tool in "$@"; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] || die -s "$EXIT_USAGE" "missing:$missing; run scripts/deps $groups"
}

# empty_dir DIRECTORY: made anew
empty_dir() {
	if ! rm -rf -- "$1" || ! mkdir -p -- "$1"; then
		die "cannot write $1: is the disk full, or is it another user's?"
	fi
}

# hash_stdin: a key for what is on stdin
hash_stdin() { sha256sum | cut -c1-16; }

# hash_files FILE...: a key for names and contents
hash_files() { sha256sum -- "$@" | hash_stdin; }

# with_lock NAME COMMAND...: COMMAND in a subshell, alone among all that lock NAME
with_lock() {
	local name=$1 dir
	shift
	dir=$(cache_dir locks)
	(
		if ! flock -n 9; then
			log "waiting for another scripts/$PROG that has $name"
			flock 9
		fi
		"$@"
	) 9>"$dir/${name//\//_}"
}

# claim NAME: what this script makes in build/NAME is of this process until it and all that it has started have ended
claim() {
	mkdir -p -- "$TOP/build" || die "cannot write $TOP/build"
	exec {CLAIM}>>"$TOP/build/.$1.lock"
	flock -n "$CLAIM" ||
		die -s "$EXIT_USAGE" "another scripts/$PROG works in $TOP/build/$1: wait for its end, or use another working copy"
}

# ini_sections FILE and ini_get FILE SECTION KEY [DEFAULT]
ini_sections() {
	awk '/^\[.*\][ \t]*$/ { sub(/^\[/, ""); sub(/\][ \t]*$/, ""); print }' "$1"
}

ini_get() {
	awk -v section="$2" -v key="$3" -v value="${4:-}" '
		/^[ \t]*([#;]|$)/ { next }
		/^\[.*\][ \t]*$/ { here = $0; sub(/^\[/, "", here); sub(/\][ \t]*$/, "", here); next }
		here == section {
			k = $0; sub(/[ \t]*=.*/, "", k); sub(/^[ \t]*/, "", k)
			if (k == key) { value = $0; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]*$/, "", value) }
		}
		END { print value }' "$1"
}

# kernel_section ID: the section of kernels.ini for ID; 5.10+STAGE is 5.10-trim with patches,
# 5.10+STAGE-kasan is 5.10-kasan with the same
kernel_section() {
	local section=$1 stage=${1#*+}
	case $1 in
	*+*-*) [ ! -r "$TOP/kernel/patches/${1%%+*}/series" ] || section=${1%%+*}-${stage#*-} ;;
	*+*) [ ! -r "$TOP/kernel/patches/${1%%+*}/series" ] || section=${1%%+*}-trim ;;
	esac
	ini_sections "$KERNELS_INI" | grep -xF -e "$section"
}

kernel_exists() { kernel_section "$1" >/dev/null; }
