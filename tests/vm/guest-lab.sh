#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/fleet on a host with device-dax: this VM, by ssh. The module is built for its kernel, loaded, used, and unloaded.
set -u
. tests/vm/guest-lib.sh
export LC_ALL=C
HEADERS=$(scripts/kernel headers "$DAXPIN_KERNEL_ID") || { echo "not ok 1 headers of $DAXPIN_KERNEL_ID"; exit 1; }

dev=$(scripts/dax create --map mem --align 2M) || { echo 'not ok 1 a device'; exit 1; }
rmmod daxpin
ln -sfn "$HEADERS" "/lib/modules/$(uname -r)/build"

mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$T/key"
ssh-keygen -q -t ed25519 -N '' -f "$T/host_key"
chmod 755 "$T"
/usr/sbin/sshd -f /dev/null -h "$T/host_key" -o ListenAddress=127.0.0.1:2222 -o AuthorizedKeysFile="$T/key.pub" -o UsePAM=no \
	-o PidFile=none -o StrictModes=no
printf 'Host *\nUser root\nIdentityFile %s\nUserKnownHostsFile /dev/null\nStrictHostKeyChecking no\nLogLevel ERROR\n' "$T/key" >"$T/ssh_config"
printf '[main]\nmap = mem\nsize = 64M\nrepetitions = 2\n' >"$T/main.ini"

FLEET=(scripts/fleet --ssh --ssh-config "$T/ssh_config" --results "$T/results" --no-report)
# To compile it all takes an emulated CPU minutes: it is there, as a version that was built before.
project=$("${FLEET[@]}" --dry-run h "$T/main.ini" 2>&1 >/dev/null | sed -n 's,.*/\(fleet/\),\1,p')
mkdir -p ~/.cache/daxpin/"$project"/build
cp -a Makefile bench configs kernel plots scripts ~/.cache/daxpin/"$project"/
cp -a build/bench build/daxpin build/flags build/version ~/.cache/daxpin/"$project"/build/
touch ~/.cache/daxpin/"$project"/.complete

fleet() { "${FLEET[@]}" "$@" </dev/null >"$T/fleet" 2>&1; }
without_module() {
	! fleet lab=127.0.0.1:2222 "$T/main.ini" && cat "$T/fleet" && grep -q '^fleet: lab failed: .*the module is not loaded' "$T/fleet"
}
check 'without the module: the reason' without_module

with_module() {
	fleet --module --yes lab=127.0.0.1:2222 "$T/main.ini" || { cat "$T/fleet" "$T/results/lab/main.log"; return 1; }
	is_all "$T/results/main.csv" status ok && is_all "$T/results/main.csv" engine gup &&
		is_all "$T/results/main.csv" device "${dev#/dev/}" && grep -q 'module loaded' "$T/results/lab/main.log" &&
		grep -q '^ *"host": "lab",$' "$T/results/main.env.json"
}
check '--module --yes: built, loaded, measured on device-dax' with_module
gone() { [ ! -e /dev/daxpin ] && ! grep '^daxpin ' /proc/modules; }
check 'and unloaded afterwards' gone

stays() {
	insmod ~/.cache/daxpin/"$project"/build/module/*/daxpin.ko && fleet --module --yes lab=127.0.0.1:2222 "$T/main.ini" &&
		grep -q 'loaded already' "$T/results/lab/main.log" && [ -e /dev/daxpin ]
}
check 'a module that was there stays' stays
finish
