#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module in VMs with the given kernels: what it promises, on anonymous memory and device-dax.
# usage: module-test.sh KERNEL-ID...          the tests
#        module-test.sh --fuzz SECONDS KERNEL-ID...  random ioctls
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."

out=build/tests/module

compile() {
	local program
	mkdir -p "$out"
	for program in module-test module-life ioctl-fuzz; do
		"${CC:-gcc}" -O2 -g -static -pthread -Wall -Wextra -Wshadow -Wmissing-prototypes -Ikernel/module/uapi \
			"tests/vm/$program.c" -o "$out/$program"
	done
}

# In the guest.
guest() {
	local seconds=$1 rc=0 map device
	for map in mem dev; do
		device=$(scripts/dax create --map "$map" --align 2M --region "region$([ "$map" = mem ] && echo 0 || echo 1)")
		set -- "$@" "/dev/${device#/dev/}"
	done
	shift
	if [ "$seconds" != 0 ]; then
		"$out/ioctl-fuzz" "$seconds" "${SEED:-1}" "$@"
		return
	fi
	for device; do
		"$out/module-test" "$device" || rc=1
	done
	"$out/module-life" || rc=1
	return "$rc"
}

if [ "${1:-}" = --guest ]; then
	guest "$2"
	exit
fi
seconds=0
if [ "${1:-}" = --fuzz ]; then
	seconds=${2:?seconds}
	shift 2
fi
[ $# -gt 0 ] || { echo 'usage: module-test.sh [--fuzz SECONDS] KERNEL-ID...' >&2; exit 2; }
compile
rc=0
for id; do
	scripts/vm run --kernel "$id" --module --memory 2G --cpus 2 --pmem 1G,1G --env "SEED=${SEED:-1}" \
		--time-limit $((300 + 3 * seconds)) -- tests/vm/module-test.sh --guest "$seconds" || rc=1
done
exit "$rc"
