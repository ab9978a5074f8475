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

mkdir -p ~/.ssh
chmod 700 ~ ~/.ssh
ssh-keygen -q -t ed25519 -N '' -f "$T/key"
cat "$T/key.pub" >~/.ssh/authorized_keys
dropbearkey -t ed25519 -f "$T/host_key" >/dev/null 2>&1
dropbear -Es -r "$T/host_key" -p 127.0.0.1:2222 -P "$T/dropbear.pid"
printf 'Host *\nUser root\nIdentityFile %s\nUserKnownHostsFile /dev/null\nStrictHostKeyChecking no\nLogLevel ERROR\n' "$T/key" >"$T/ssh_config"
printf '[main]\nmap = mem\nsize = 64M\nrepetitions = 2\n' >"$T/main.ini"

FLEET=(scripts/fleet --ssh --ssh-config "$T/ssh_config" --results "$T/results" --no-report)
HOST=lab=127.0.0.1:2222
CSV=$T/results/main.csv
# To compile it all takes an emulated CPU long, and the module alone minutes: the program is there, as a version that was built before.
project=$("${FLEET[@]}" --dry-run h "$T/main.ini" 2>&1 >/dev/null | sed -n 's,.*/\(fleet/\),\1,p')
mkdir -p ~/.cache/daxpin/"$project"/build
cp -a Makefile bench configs kernel plots scripts ~/.cache/daxpin/"$project"/
cp -a build/bench build/daxpin build/flags build/version ~/.cache/daxpin/"$project"/build/
touch ~/.cache/daxpin/"$project"/.complete

fleet() { "${FLEET[@]}" "$@" </dev/null >"$T/fleet" 2>&1; }
# both_logs: for a test that fails
both_logs() { cat "$T/fleet" "$T/results/lab/main.log"; }
measured() {
	is_all "$CSV" status ok && is_all "$CSV" engine gup && is_all "$CSV" device "${dev#/dev/}" && is_all "$CSV" size_bytes 67108864 &&
		[ "$(column "$CSV" op | sort -u | paste -sd' ')" = 'get put' ]
}
loaded() { grep -q '^daxpin ' /proc/modules && [ -e /dev/daxpin ]; }
gone() { [ ! -e /dev/daxpin ] && ! grep '^daxpin ' /proc/modules; }

without_module() {
	! fleet "$HOST" "$T/main.ini" && cat "$T/fleet" && grep -q '^fleet: lab failed: .*the module is not loaded' "$T/fleet"
}
check 'without the module: the reason' without_module

with_module() {
	fleet --module --yes "$HOST" "$T/main.ini" || { both_logs; return 1; }
	measured && grep -qx 'fleet: module loaded' "$T/results/lab/main.log" && grep -q '^ *"host": "lab",$' "$T/results/main.env.json"
}
check '--module --yes: built, loaded, measured on device-dax' with_module
check 'and unloaded afterwards' gone

# Stopped while it measures, with the module loaded and memory pinned.
stopped() {
	local i pid status=0
	"${FLEET[@]}" --module --yes "$HOST" "$T/main.ini" -- -s repetitions=999983 </dev/null >"$T/fleet" 2>&1 &
	pid=$!
	for ((i = 0; i < 3000; i++)); do
		! pgrep -f '/daxpin run -s repetitions=999983 ' >/dev/null || ! loaded || break
		sleep 0.1
	done
	loaded || { both_logs; return 1; }
	# A job of this shell ignores Ctrl-C
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 143 ] || { echo "exit status $status"; both_logs; return 1; }
	for ((i = 0; i < 300; i++)); do
		! gone || return 0
		sleep 0.1
	done
	both_logs
	return 1
}
check 'stopped while it measures: unloaded, too' stopped

# The node is made when a module is loaded.
stays() {
	local node
	insmod ~/.cache/daxpin/"$project"/build/module/*/daxpin.ko && node=$(stat -c '%i %Z' /dev/daxpin) || return
	fleet --module --yes "$HOST" "$T/main.ini" || { both_logs; return 1; }
	measured && grep -q 'loaded already' "$T/results/lab/main.log" && loaded && [ "$(stat -c '%i %Z' /dev/daxpin)" = "$node" ]
}
check 'a module that was there is used, and stays' stays
finish
