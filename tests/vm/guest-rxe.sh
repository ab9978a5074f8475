#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Device-dax memory as RDMA memory regions of rxe: registered, written and read, deregistered, held across a kill.
set -u
. tests/vm/guest-lib.sh
. scripts/lib/guest-rxe.sh
RXE_MR=build/tests/vm/rxe-mr
TIMES=${DAXPIN_OUT:-$T}/rxe.csv
MIB=$((1 << 20)) GIB=$((1 << 30))

# create_device MAP ALIGN: sets DEVICE; dynamic is a device of the soft-reserved memory
create_device() {
	if [ "$1" = dynamic ]; then
		DEVICE=$(scripts/dax dynamic --align "$2" 2>"$T/create")
	else
		DEVICE=$(scripts/dax create --map "$1" --align "$2" 2>"$T/create")
	fi
}

# rxe_mr BYTES OPTION...: with the figures, for whoever looks into the output directory
rxe_mr() {
	local bytes=$1
	shift
	timeout 200 "$RXE_MR" "$@" "$DEVICE" "$bytes" >"$T/times" || return
	sed -E "s/^register_ns=([0-9]+) deregister_ns=([0-9]+) bytes=([0-9]+).*/$WHAT,\3,\1,\2/" "$T/times" >>"$TIMES"
}

# check_size BYTES: a kernel of 7.x may say that its rxe takes no more than 1 GiB, and only that
check_size() {
	local output status=0
	output=$(rxe_mr "$1" --rounds 3 2>&1) || status=$?
	case $(uname -r):$output in
	7.*"cannot register $1 bytes"*'Cannot allocate memory'*)
		if [ "$1" -gt "$GIB" ]; then
			skip "$WHAT: an MR of $(($1 / MIB)) MiB" "rxe of this kernel takes at most 1 GiB for one MR"
			return
		fi
		;;
	esac
	result "$status" "$WHAT: an MR of $(($1 / MIB)) MiB: written, read, deregistered, 3 times" "exit status $status: $output"
}

# killed BYTES: SIGKILL with the MR, after which the device can be disabled at once
killed() {
	local i
	rm -f "$T/pipe"
	mkfifo "$T/pipe"
	"$RXE_MR" --hold "$DEVICE" "$1" <"$T/pipe" >"$T/held" 2>&1 &
	HOLDER=$!
	exec {HOLDER_INPUT}>"$T/pipe"
	for ((i = 0; i < 1200 && $(stat -c %s "$T/held") == 0; i++)); do sleep 0.1; done
	kill_holder
	grep -qx registered "$T/held" || { cat "$T/held"; return 1; }
	timeout 60 scripts/dax destroy "$DEVICE"
}

# device_suite MAP ALIGN
device_suite() {
	local one=$GIB two=$((2 * GIB))
	WHAT="map=$1 align=$2"
	# KASAN looks at every byte that rxe copies: as much as the align allows
	case $(uname -r):$2 in
	*-kasan:1G) two='' ;;
	*-kasan:*) one=$((128 * MIB)) two='' ;;
	esac
	if ! create_device "$1" "$2"; then
		result 1 "$WHAT: a device" "$(cat "$T/create")"
		return
	fi
	check_size "$one"
	[ "$1" = dynamic ] || [ -z "$two" ] || check_size "$two"
	check "$WHAT: an MR that begins and ends within a page" rxe_mr "$one" --start 12345 --short 54321
	if [ "$1" != dynamic ]; then
		check "$WHAT: an MR that begins and ends within a huge page, at an offset" \
			rxe_mr "$one" --offset $GIB --start $((77 * 4096)) --short $((401 * 4096)) --seed 2
	fi
	[ "$1$2" != mem2M ] || detection
	[ "$1$2" != mem2M ] || memlock
	check "$WHAT: SIGKILL with an MR of $((one / MIB)) MiB, then the device can be destroyed" killed "$one"
}

# The check itself: a wrong byte has to be found wherever it gets wrong.
detection() {
	refuses 'a byte changed after RDMA WRITE is found by the CPU' 1 'after RDMA WRITE, through the CPU: byte' \
		"$RXE_MR" --corrupt cpu "$DEVICE" $((256 * MIB))
	refuses 'a byte changed before RDMA READ is found' 1 'through RDMA READ: byte' \
		"$RXE_MR" --corrupt read "$DEVICE" $((256 * MIB))
	refuses 'a byte changed after deregistration is found' 1 'after deregistration, through the CPU: byte' \
		"$RXE_MR" --corrupt after "$DEVICE" $((256 * MIB))
}

# limited KIB COMMAND...: without CAP_IPC_LOCK
limited() {
	local kib=$1
	shift
	(ulimit -l "$kib" && exec setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock "$@")
}

memlock() {
	refuses 'RLIMIT_MEMLOCK of 64 MiB without CAP_IPC_LOCK: an MR of 128 MiB fails with ENOMEM, nothing stays accounted' 1 \
		'cannot register 134217728 bytes of .*: Cannot allocate memory' \
		limited $((64 << 10)) "$RXE_MR" "$DEVICE" $((128 * MIB))
	check 'RLIMIT_MEMLOCK of 64 MiB without CAP_IPC_LOCK: an MR of 32 MiB is fine' \
		limited $((64 << 10)) "$RXE_MR" "$DEVICE" $((32 * MIB))
	check 'root with CAP_IPC_LOCK has no limit' \
		bash -c "ulimit -l 64 && exec $RXE_MR $DEVICE $((128 * MIB))"
}

if ! modprobe -qn rdma_rxe; then
	skip 'rxe' 'this kernel has no rdma_rxe'
	finish
fi
check 'rxe on a dummy network device' set_up_rxe
[ "$FAILED" = 0 ] || finish
echo 'what,bytes,register_ns,deregister_ns' >"$TIMES"
# With KASAN a device takes a minute: one of each align, on each kind of memory
case $(uname -r) in
*-kasan) DEVICES='mem:2M dev:4K dev:1G dynamic:2M' ;;
*) DEVICES='mem:4K mem:2M mem:1G dev:4K dev:2M dev:1G dynamic:2M' ;;
esac
for device in $DEVICES; do device_suite "${device%:*}" "${device#*:}"; done
sed 's/^/# /' "$TIMES"
finish
