# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A lab of our own for tests of scripts/fleet: hosts that have a network namespace, an address, a name, a home and an SSH server each.
# The server is dropbear: openssh-server would start one for this machine, too, when it is installed. The machine's own network has
# no part in it. Sourced; needs root. LAB is a directory. With LAB_CACHE, a directory, hosts have the kernels and downloads that
# are in there, as if they had fetched them.

NET=daxpin-$$

in_lab() { ip netns exec "$NET" "$@"; }

# lab_up: where the fleet is started, a bridge at 10.213.0.254, and keys
lab_up() {
	mkdir -p -- "$LAB/away"
	ip netns add "$NET"
	in_lab ip link add lab type bridge
	in_lab ip address add 10.213.0.254/24 dev lab
	in_lab ip link set lo up
	in_lab ip link set lab up
	ssh-keygen -q -t ed25519 -N '' -f "$LAB/key"
	cat >"$LAB/ssh_config" <<-EOF
		Host *
			User root
			IdentityFile $LAB/key
			IdentitiesOnly yes
			UserKnownHostsFile $LAB/known_hosts
			StrictHostKeyChecking accept-new
	EOF
}

# lab_host NUMBER NAME [COMMAND]: 10.213.0.NUMBER, started
lab_host() {
	local n=$1 net=$NET-$1 dir=$LAB/$1
	mkdir -p -- "$dir/home/.ssh"
	chmod 700 "$dir/home/.ssh"
	cp -- "$LAB/key.pub" "$dir/home/.ssh/authorized_keys"
	dropbearkey -t ed25519 -f "$dir/host_key" >"$dir/dropbearkey.log" 2>&1
	ip netns add "$net"
	in_lab ip link add "h$n" type veth peer name eth0 netns "$net"
	in_lab ip link set "h$n" master lab up
	ip -n "$net" address add "10.213.0.$n/24" dev eth0
	ip -n "$net" link set eth0 up
	ip -n "$net" link set lo up
	host_start "$@"
}

# host_start NUMBER NAME [COMMAND]: COMMAND is run in its file systems before the server; those of others stay as they are.
# HOST_PIDS[NUMBER] is its first process: when that is killed, all of the host is.
declare -A HOST_PIDS=()
host_start() {
	local dir=$LAB/$1
	# shellcheck disable=SC2016 # for that shell
	ip netns exec "$NET-$1" unshare --mount --uts --pid --fork --kill-child --mount-proc bash -c '
		for part in ${5:+"$5"/*/}; do
			case $part in */fleet/) continue ;; esac
			part=$(basename -- "$part")
			mkdir -p -- "$2/home/.cache/daxpin/$part" && mount --bind -- "$5/$part" "$2/home/.cache/daxpin/$part" || exit
		done
		hostname "$1" && mount --rbind "$2/home" ~root && mount -t tmpfs run /run && eval "$3" &&
			exec dropbear -FEs -r "$2/host_key" -p "$4:22" -P /run/dropbear.pid' \
		bash "$2" "$dir" "${3:-:}" "10.213.0.$1" "${LAB_CACHE:-}" >"$dir/server.log" 2>&1 </dev/null &
	HOST_PIDS[$1]=$!
}

# lab_ready NUMBER...: they take connections
lab_ready() {
	local n i
	for n; do
		for ((i = 0; i < 100; i++)); do
			! in_lab bash -c "exec 3<>/dev/tcp/10.213.0.$n/22" 2>/dev/null || continue 2
			sleep 0.1
		done
		cat -- "$LAB/$n/server.log" >&2
		return 1
	done
}

# host_kill NUMBER: as if its power failed
host_kill() {
	kill -KILL "${HOST_PIDS[$1]}" 2>/dev/null
	wait "${HOST_PIDS[$1]}" 2>/dev/null
	unset "HOST_PIDS[$1]"
}

lab_down() {
	local n
	for n in "${!HOST_PIDS[@]}"; do host_kill "$n"; done
	for n in $(ip netns list | awk -v net="$NET" '$1 == net || index($1, net "-") == 1 { print $1 }'); do ip netns delete "$n"; done
	rm -rf -- "$LAB"
}
