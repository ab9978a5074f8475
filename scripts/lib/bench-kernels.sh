# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2004,SC2034 # keys of associative arrays; some are for scripts/bench
# The kernels of scripts/bench: those of configs/kernels.ini, trees and images of the user's own. Needs common.sh and
# vm-kernel.sh.

# Own kernels by id: what the user gave, as real paths; of images the modules, of both the headers and our module.
OWN_KERNELS=()
declare -A OWN_TREE=() OWN_IMAGE=() OWN_MODULES=() OWN_HEADERS=() OWN_INSMOD=()

# split_id TEXT: ID and REST of [ID=]PATH. What has a slash is no id.
split_id() {
	ID='' REST=$1
	if [[ $1 =~ ^([^/=]*)=(.*)$ ]]; then ID=${BASH_REMATCH[1]} REST=${BASH_REMATCH[2]}; fi
}

# add_tree [ID=]DIR
add_tree() {
	local tree
	split_id "$1"
	[ -d "$REST" ] || usage_error "--kernel-tree $1: $REST is no directory"
	# One that is not built yet may be left out; what is none was meant to be something else.
	[ -d "$REST/arch/x86" ] || usage_error "--kernel-tree $1: $REST is no kernel tree: it has no arch/x86"
	tree=$(realpath -- "$REST")
	[ -n "$ID" ] || ID=$(cat -- "$tree/include/config/kernel.release" 2>/dev/null) ||
		usage_error "--kernel-tree $1: $REST has no include/config/kernel.release: is it built? Else name it, ID=$REST"
	OWN_KERNELS+=("$ID")
	OWN_TREE[$ID]=$tree OWN_HEADERS[$ID]=$tree
}

# add_image [ID=]FILE,MODULES
add_image() {
	local release modules found
	split_id "$1"
	[[ $REST == *,* ]] || usage_error "--kernel-image $1: which modules? FILE,MODULES, where MODULES/lib/modules/RELEASE has them, and in build the headers for ours"
	found=$(kernel_from_image "${REST%,*}" "${REST##*,}" && printf '%s\n%s\n' "$KERNEL_RELEASE" "$MODULES_DIR") || exit
	{ read -r release; read -r modules; } <<<"$found"
	ID=${ID:-$release}
	[ -r "$modules/$release/build/Module.symvers" ] ||
		usage_error "--kernel-image $1: $modules/$release/build is no built tree and no headers (no Module.symvers in it), so that our module cannot be built"
	OWN_KERNELS+=("$ID")
	OWN_IMAGE[$ID]=$(realpath -- "${REST%,*}") OWN_MODULES[$ID]=$modules
	OWN_HEADERS[$ID]=$(realpath -- "$modules/$release/build")
}

# check_plugin_file: before something boots that wants it
check_plugin_file() {
	local plugin=${DAXPIN_PLUGIN:-$TOP/build/daxpin-tcg.so}
	[ -r "$plugin" ] || die -s "$EXIT_USAGE" "no plugin $plugin: run make plugin"
}

# check_kernel_ids ID...: names of files and of columns, each once
check_kernel_ids() {
	local id
	local -A seen
	for id in "$@"; do
		[[ $id =~ ^[A-Za-z0-9][A-Za-z0-9._+~-]*$ ]] || usage_error "\"$id\" will not do as the id of a kernel: letters, digits and . _ + ~ - are taken"
		[ -z "${seen[$id]:-}" ] || usage_error "kernel $id is there twice: give one another id, ID=..."
		seen[$id]=1
	done
}

# in_background COMMAND...: a signal to this script ends it and all that it started; its status
in_background() {
	local rc=0
	set -m
	exec_leashed $$ TERM "$@" </dev/null 9>&- &
	set +m
	wait $! || rc=$?
	return "$rc"
}

# prepare_kernels: READY, those that can be booted, with KERNEL_KEY; of the others NOT_READY says why
prepare_kernels() {
	local id
	READY=()
	[ "${#ARCHIVE_KERNELS[@]}" = 0 ] || prepare_archive
	for id in "${OWN_KERNELS[@]}"; do
		if prepare_own "$id"; then READY+=("$id"); else NOT_READY[$id]="not ready: $(tail -n 1 "$WORK/prepare.log")"; fi
	done
}

# A line of scripts/kernel for each that is ready: id, release, directory, module.
prepare_archive() {
	local rc=0 id release dir module
	# A stage is built from the one before it, so one after the other.
	[[ ${ARCHIVE_KERNELS[*]} != *+* ]] || export DAXPIN_JOBS=1
	: >"$WORK/prepared"
	in_background "$TOP/scripts/kernel" prepare "${ARCHIVE_KERNELS[@]}" >"$WORK/prepared" || rc=$?
	[ "$rc" != "$EXIT_USAGE" ] || exit "$rc"
	while IFS=$'\t' read -r id release dir module; do
		KERNEL_KEY[$id]="$dir $release $(hash_stdin <"$module")"
	done <"$WORK/prepared"
	for id in "${ARCHIVE_KERNELS[@]}"; do
		if [ -n "${KERNEL_KEY[$id]:-}" ]; then READY+=("$id"); else NOT_READY[$id]='not ready: it cannot be fetched or built'; fi
	done
}

# prepare_own ID: its error is the last line of WORK/prepare.log
prepare_own() {
	local id=$1 tree=${OWN_TREE[$1]:-} key
	: >"$WORK/prepare.log"
	if [ -n "$tree" ]; then
		if [ ! -r "$tree/arch/x86/boot/bzImage" ]; then
			echo "$tree has no arch/x86/boot/bzImage: run make bzImage modules there" >"$WORK/prepare.log"
			log "kernel $id: $(<"$WORK/prepare.log")"
			return 1
		fi
		key="$(hash_stdin <"$tree/arch/x86/boot/bzImage") $(modules_key "$tree") $(tree_commit "$tree")"
	else
		key="$(hash_stdin <"${OWN_IMAGE[$id]}") $(modules_key "${OWN_MODULES[$id]}")"
	fi
	in_background "$TOP/scripts/kernel" module "${OWN_HEADERS[$id]}" >"$WORK/prepared" 2>"$WORK/prepare.log" || {
		log "kernel $id: $(tail -n 1 "$WORK/prepare.log")"
		return 1
	}
	OWN_INSMOD[$id]=$(<"$WORK/prepared")
	KERNEL_KEY[$id]="$key $(hash_stdin <"${OWN_INSMOD[$id]}")"
}

# kernel_arguments ID: KERNEL_ARGUMENTS, for scripts/vm
kernel_arguments() {
	KERNEL_ARGUMENTS=(--kernel "$1" --module)
	if [ -n "${OWN_TREE[$1]:-}" ]; then
		KERNEL_ARGUMENTS=(--tree "${OWN_TREE[$1]}")
	elif [ -n "${OWN_IMAGE[$1]:-}" ]; then
		KERNEL_ARGUMENTS=(--image "${OWN_IMAGE[$1]}" --modules "${OWN_MODULES[$1]}")
	else
		return 0
	fi
	KERNEL_ARGUMENTS+=(--insmod "${OWN_INSMOD[$1]}" --env "DAXPIN_KERNEL_ID=$1")
}
