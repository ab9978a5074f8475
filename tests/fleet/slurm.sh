# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A Slurm cluster of the hosts of lab.sh: slurmctld where the fleet is started, slurmd on each host, munged of its own. Sourced
# after lab.sh.

SLURM=$LAB/slurm
SLURM_PIDS=()

# slurm_up COUNT: for hosts 1 to COUNT, which are called lab1, lab2, ...
slurm_up() {
	local n
	mkdir -p -- "$SLURM/state" "$SLURM/munge"
	chmod 755 "$LAB" "$SLURM/munge"
	(umask 077 && head -c 1024 /dev/urandom >"$SLURM/munge/key")
	# No cgroups: those are of the machine.
	printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$SLURM/cgroup.conf"
	cat >"$SLURM/slurm.conf" <<-EOF
		ClusterName=lab
		SlurmctldHost=ctl(10.213.0.254)
		SlurmUser=root
		AuthInfo=socket=$SLURM/munge/socket
		StateSaveLocation=$SLURM/state
		SlurmdSpoolDir=$SLURM/spool.%n
		SlurmctldPidFile=$SLURM/ctld.pid
		SlurmdPidFile=$SLURM/%n.pid
		SlurmctldLogFile=$SLURM/ctld.log
		SlurmdLogFile=$SLURM/%n.log
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SwitchType=switch/none
		MpiDefault=none
		SelectType=select/cons_tres
		ReturnToService=2
		KillWait=10
	EOF
	for ((n = 1; n <= $1; n++)); do
		mkdir -- "$SLURM/spool.lab$n"
		echo "NodeName=lab$n NodeAddr=10.213.0.$n CPUs=$(nproc)" >>"$SLURM/slurm.conf"
	done
	echo 'PartitionName=all Nodes=ALL Default=YES State=UP' >>"$SLURM/slurm.conf"
	export SLURM_CONF=$SLURM/slurm.conf
	ip netns exec "$NET" munged --foreground --force --key-file="$SLURM/munge/key" --socket="$SLURM/munge/socket" --pid-file="$SLURM/munge/pid" \
		--log-file="$SLURM/munge/log" --seed-file="$SLURM/munge/seed" >"$SLURM/munge.log" 2>&1 </dev/null &
	SLURM_PIDS+=($!)
	for ((n = 0; n < 50; n++)); do
		[ ! -S "$SLURM/munge/socket" ] || break
		sleep 0.1
	done
	# Not in_lab, of which only the shell would be killed. slurmctld looks for its own name.
	ip netns exec "$NET" unshare --uts bash -c 'hostname ctl && exec slurmctld -D' >"$SLURM/ctld.out" 2>&1 </dev/null &
	SLURM_PIDS+=($!)
}

# What lab_host runs on a host before its server
slurmd_command() { printf 'slurmd -f %s -N %s' "$SLURM_CONF" "$1"; }

# slurm_ready COUNT: so many nodes are idle
slurm_ready() {
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(in_lab sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" != "$1" ] || return 0
		sleep 0.1
	done
	tail -n 5 -- "$SLURM"/*.log >&2
	return 1
}

slurm_down() {
	[ "${#SLURM_PIDS[@]}" = 0 ] || kill -TERM "${SLURM_PIDS[@]}" 2>/dev/null
	wait "${SLURM_PIDS[@]}" 2>/dev/null
	SLURM_PIDS=()
}
