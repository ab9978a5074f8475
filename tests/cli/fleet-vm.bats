#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/fleet --vm from one end to the other, with stand-ins for ssh and the VM: what a host that dies keeps. tests/fleet/run-vm
# has hosts and VMs.
# shellcheck disable=SC2016,SC2154 # programs for other shells; run sets stderr

bats_require_minimum_version 1.5.0

# A copy of the scripts in a project of its own, whose vm and kernel are tests/fixtures/regress. On a host nothing is compiled.
setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return
	unset XDG_CACHE_HOME
	export FAKE_SECONDS=0
	mkdir -p scripts/lib build bench configs kernel plots bin
	cp "$root"/scripts/{bench,fleet} "$root"/tests/fixtures/regress/kernel scripts/
	cp "$root"/tests/fixtures/regress/vm scripts/vm-that-lives
	cp "$root"/scripts/lib/{common,vm-kernel,bench-kernels,bench-boot,fleet-host,fleet-worker}.sh scripts/lib/
	cp "$root/build/daxpin" build/
	printf 'all plugin:\n\tmkdir -p build\n\tcp %q build/\n\techo "plugin $(VERSION)" >build/daxpin-tcg.so\n' "$root/build/daxpin" >Makefile
	printf '#!/bin/sh\n' >scripts/deps
	# In one boot the power of its host fails: all that runs there has gone.
	printf '#!/bin/sh\ncase "$HOME $*" in $(cat %q)) pkill -KILL -s 0 ;; esac\nexec scripts/vm-that-lives "$@"\n' "$PWD/dies" >scripts/vm
	printf '#!/bin/bash\nwhile [ "$1" != -- ]; do shift; done\nHOME=%q/$2 exec bash -c "$3"\n' "$PWD" >bin/ssh
	# The name of the version, which each commit changes, also one that changes no file that goes to a host.
	printf '#!/bin/sh\n[ "$3" = describe ] && cat version\n' >bin/git
	chmod +x scripts/{deps,vm} bin/{ssh,git}
	echo v1 >version
	mkdir h1 h2
	echo nobody >dies
	echo model >configs/of-the-project
	printf '[x]\n' >job.ini
	PATH=$PWD/bin:$PATH
}

fleet() {
	run --separate-stderr scripts/fleet --ssh --vm --no-report "$@" h1,two=h2 job.ini -- --plugin --model configs/of-the-project \
		--kernels '5.10 6.1' --boots 2 --parallel 1
}

# boots HOST: how many were asked for
boots() { cat "$1"/.cache/daxpin/fleet/*/arguments | grep -cx run || :; }
# runs FILE: the runs in it
runs() { tail -n +2 "$1" | cut -d, -f2 | sort -u; }
# finished HOST: the runs of its boots that are finished
finished() {
	local ok
	for ok in "$1"/.cache/daxpin/fleet/boots.*/vm/*.ok; do runs "${ok%.ok}/samples.csv"; done | sort
}

@test "fleet --vm: a host that dies keeps its boots; --resume does the others, and only there" {
	echo '*/h2 *6.1-boot2 *' >dies
	# What nobody has come back for
	mkdir -p h2/.cache/daxpin/fleet/boots.{old,young}
	touch -d '-40 days' h2/.cache/daxpin/fleet/boots.old
	# The third of four: 5.10, 6.1, 6.1
	fleet
	[ "$status" -eq 1 ]
	[[ $stderr == *'fleet: two failed: '* ]]
	[ "$(boots h1) $(boots h2)" = '4 2' ]
	[ ! -e h2/.cache/daxpin/fleet/boots.old ]
	[ -e h2/.cache/daxpin/fleet/boots.young ]
	finished h2 >kept
	[ "$(wc -l <kept)" -eq 2 ]
	cp results/fleet/h1/job.csv before.csv
	echo nobody >dies
	echo v2 >version
	fleet --resume
	[ "$status" -eq 0 ]
	[[ $stderr == *'h1: has finished before'* ]]
	grep -q '^bench: 2 of 4 boots are there from an earlier run$' results/fleet/two/job.log
	[ "$(boots h1) $(boots h2)" = '4 4' ]
	runs results/fleet/two/job.csv >now
	[ "$(wc -l <now)" -eq 4 ]
	[ -z "$(comm -23 kept now)" ]
	cmp before.csv results/fleet/h1/job.csv
	[ "$(runs results/fleet/job.csv | wc -l)" -eq 8 ]
}
