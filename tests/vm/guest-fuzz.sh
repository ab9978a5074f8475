#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 60 seconds of random ioctls on anonymous memory and a dax device. The kernel's log is the judge.
set -u
. tests/vm/guest-lib.sh

device=$(scripts/dax create --map mem --align 2M) || { echo "not ok 1 device with map mem"; exit 1; }
seed=${SEED:-$RANDOM}
check "random ioctls for 60 s, seed $seed" build/tests/vm/ioctl-fuzz 60 "$seed" "$device"
check 'ioctls: reserved fields, sizes, limits, counts' build/tests/vm/module-test "$device"
check 'ioctls: holds, release, close, death' build/tests/vm/module-life "$device"
check 'the device can be destroyed afterwards' timeout 100 scripts/dax destroy "$device"
check 'the module can be removed' rmmod daxpin
finish
