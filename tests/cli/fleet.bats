#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/fleet: hosts, options and errors; no host is asked for anything. tests/fleet/run has hosts.

# shellcheck disable=SC2016,SC2154 # names and commands that no shell may read; run sets stderr
bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return
	printf '[t]\nengine = uring\nmemory = anon\nsize = 1M\nget = buffers\n' >job.ini
	# Whatever tries to go somewhere is seen.
	mkdir bin
	for tool in ssh srun parallel; do printf '#!/bin/sh\necho %s "$@" >>%s/gone\nexit 9\n' "$tool" "$PWD" >"bin/$tool"; done
	# lab[1-3] is what Slurm makes of it
	printf '#!/bin/sh\n[ "$1" = show ] || exit 1\ncase $3 in *\\[*) for i in 1 2 3; do echo "lab$i"; done ;; *) echo "$3" ;; esac\n' >bin/scontrol
	chmod +x bin/*
	PATH=$PWD/bin:$PATH
}

fleet() { run --separate-stderr "$root/scripts/fleet" "$@"; }

refused() {
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == "fleet: "*"$1"* ]]
	[ ! -e gone ]
}

@test "fleet: hosts of a file: comments, names, users, ports; nothing is run" {
	printf '# lab\n\nlab1\n  two=root@lab2:2222   # the other\nme@10.0.0.3\r\n' >hosts
	fleet --ssh --dry-run --results out hosts job.ini -- -s 'size=4M, 8M'
	[ "$status" -eq 0 ]
	[ "$output" = "lab1	ssh lab1	daxpin run '-s' 'size=4M, 8M' job.ini
two	ssh root@lab2:2222	daxpin run '-s' 'size=4M, 8M' job.ini
10.0.0.3	ssh me@10.0.0.3	daxpin run '-s' 'size=4M, 8M' job.ini" ]
	[ ! -e gone ] && [ ! -e out ]
}

@test "fleet: the highest port; a file that begins with a byte order mark" {
	printf '\xef\xbb\xbflab1:65535\nlab2\n' >hosts
	fleet --ssh --dry-run hosts job.ini
	[ "$status" -eq 0 ]
	[ "$(cut -f 1,2 <<<"$output" | paste -sd' ')" = 'lab1	ssh lab1:65535 lab2	ssh lab2' ]
}

@test "fleet: a list with commas; VMs in the place of the host" {
	fleet --ssh --dry-run --vm lab1,b=lab2 job.ini -- --kernels '5.10 7.x'
	[ "$output" = "lab1	ssh lab1	scripts/bench '--kernels' '5.10 7.x' job.ini
b	ssh lab2	scripts/bench '--kernels' '5.10 7.x' job.ini" ]
}

@test "fleet: Slurm's lists of nodes are Slurm's to read" {
	fleet --slurm --dry-run 'lab[1-3]' job.ini
	[ "$(cut -f 1,2 <<<"$output" | paste -sd' ')" = 'lab1	slurm lab1 lab2	slurm lab2 lab3	slurm lab3' ]
	fleet --slurm --dry-run 'x=lab[1-3]' job.ini
	refused 'one name for several nodes'
	fleet --slurm --dry-run '--help' job.ini
	[ "$status" -eq 0 ]
	fleet --slurm --dry-run 'x=-wall' job.ini
	refused 'not a node'
}

@test "fleet: the programs of Slurm without a controller are no Slurm" {
	fleet --dry-run lab1 job.ini
	[[ $output == 'lab1	ssh lab1	'* ]]
}

@test "fleet: what is no host is refused: options, commands, spaces" {
	for host in x=-oProxyCommand=id 'x=-oProxyCommand id' 'lab1;id' 'lab1 id' '$(id)' 'a@b@c' '-x@lab1' 'lab1:0' 'lab1:port' 'lab1:222222' 'lab1:65536' 'lab1:99999' 'a/b' '..' "x'y=lab1" 'x y=lab1' \
		'../x=lab1' '=lab1' 'x=' '@lab1'; do
		echo "$host" >hosts
		fleet --ssh --dry-run hosts job.ini
		refused '' || { echo "taken: $host"; return 1; }
	done
	fleet --ssh --dry-run lab1:99999 job.ini
	refused 'lab1:99999: a port is a number up to 65535'
	fleet --ssh --dry-run ..=lab1 job.ini
	refused "..=lab1: a NAME is of letters, digits, '.', '_' and '-', and begins with a letter or digit"
	fleet --ssh --dry-run -oProxyCommand=id job.ini
	refused 'unknown option -oProxyCommand=id'
}

@test "fleet: two hosts of one name, none at all, one called plots" {
	fleet --ssh --dry-run a@lab1,b@lab1 job.ini
	refused 'two hosts are called lab1'
	fleet --ssh --dry-run lab1,lab1=lab2 job.ini
	refused 'two hosts are called lab1'
	echo '# none' >hosts
	fleet --ssh --dry-run hosts job.ini
	refused 'hosts: no host in it'
	fleet --ssh --dry-run plots job.ini
	refused 'cannot be called plots'
}

@test "fleet: a module is loaded, and a device unbound, only when somebody says so" {
	fleet --ssh --module lab1 job.ini
	refused 'say --yes if you mean it'
	fleet --ssh --yes lab1 job.ini
	refused 'the --yes of daxpin run goes after --'
	fleet --ssh --module --yes --vm lab1 job.ini
	refused 'VMs have it'
	fleet --ssh --dry-run lab1 job.ini -- --yes
	[ "$output" = "lab1	ssh lab1	daxpin run '--yes' job.ini" ]
}

@test "fleet: hosts on lines of their own that are no file" {
	fleet --ssh --dry-run $'lab1\nb=lab2' job.ini
	[ "$status" -eq 0 ]
	[ "$(cut -f 1 <<<"$output")" = $'lab1\nb' ]
}

@test "fleet: bad usage" {
	fleet --ssh lab1 job.ini --results --dry-run
	refused '--results needs a value'
	fleet --ssh lab1
	refused 'HOSTS and JOB.ini'
	fleet --ssh lab1 job.ini more
	refused 'HOSTS and JOB.ini'
	fleet --ssh lab1 none.ini
	refused 'none.ini: no such job file'
	fleet --ssh lab1 "$PWD"
	refused 'no such job file'
	for word in -o -oX --output=x --job --results=y --no-report --work --resume; do
		fleet --ssh lab1 job.ini -- "$word"
		refused "$word after --"
	done
	fleet --ssh --ssh-config none lab1 job.ini
	refused '--ssh-config none: cannot be read'
	fleet --ssh --results
	refused '--results needs a value'
}

@test "fleet: the same files are the same version, whenever they were written" {
	fleet --ssh --dry-run lab1 job.ini
	first=${stderr##*/}
	fleet --ssh --dry-run lab2 job.ini -- -s size=2M
	[ "${stderr##*/}" = "$first" ]
	[[ $first =~ ^[0-9a-f]{16}$ ]]
}

@test "fleet --vm: what counts instructions takes the plugin along" {
	# Its first file says what is to be built.
	printf '#!/bin/sh\nhead -c 8192 >>%q\nexit 1\n' "$PWD/bundle" >bin/ssh
	rm bin/parallel
	fleet --ssh --vm lab1 job.ini -- --functions --kernels 6.1
	grep -axF 'TARGETS=(all plugin)' bundle
	grep -axF 'PACKAGES=(build kernel vm plugin)' bundle
}
