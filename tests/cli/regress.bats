#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/regress: the matrix, what is compared, the report, exit statuses, and what survives kill -9; nothing is booted.
# shellcheck disable=SC2154 # run sets stderr

bats_require_minimum_version 1.5.0

# A copy of the scripts in a project of its own, whose vm and kernel are tests/fixtures/regress.
setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p scripts/lib build configs kernel/patches/5.10
	cp "$root"/scripts/{bench,regress} "$root"/tests/fixtures/regress/{vm,kernel} scripts/
	cp "$root"/scripts/lib/{common,vm-kernel,bench-kernels,bench-boot}.sh scripts/lib/
	cp -r "$root/Makefile" "$root/plots" .
	printf '#!/bin/sh\n' >scripts/deps
	chmod +x scripts/deps
	cp "$root/build/daxpin" build/
	# Looked for, and never loaded.
	echo plugin >build/daxpin-tcg.so
	printf '[one]\njob = one.ini\npmem = 3G\n[two]\njob = two.ini\n' >configs/regress.ini
	printf '[x]\n' | tee one.ini >two.ini
	: >arguments
	printf 'gup x.patch\ndedup y.patch\n' >kernel/patches/5.10/series
}

# regress OPTION...
regress() { run --separate-stderr scripts/regress --kernels "${KERNELS:-5.10 6.1}" "$@"; }

usage_error() {
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ ${stderr##*$'\n'} == regress:*"$1"* ]]
}

# boots: how many were asked for
boots() { grep -cx run arguments || :; }

# row KERNEL: of the table of regress.md
row() { grep -m 1 "^| $1 |" results/regress/regress.md; }

@test "regress: each kernel against the one before it" {
	regress --kernels '5.10 6.1 slow6.1'
	[ "$status" -eq 1 ]
	[ "$(boots)" -eq 18 ]
	[ "$(row slow6.1)" = '| slow6.1 | slow6.1.0 | c0ffee | 6 | 6.1 | 4 | 0 | 0 | 0 | 0 | 0 |' ]
	[[ $(row 5.10) == '| 5.10 | 5.10.0 | c0ffee | 6 |  |'* ]]
	# On standard output too, after the tables
	[[ $output == *"$(cat results/regress/regress.md)" ]]
	[ "$(grep -c '^| slow6.1 | 6.1 | .*| +10 % | regression |' results/regress/regress.md)" -eq 4 ]
	# figures for people, and the verdicts on the page
	run ! grep -qE '[0-9]{5}|[0-9]\.[0-9]{4}' <(grep '^| slow6.1 .* regression |$' results/regress/regress.md)
	[ "$(grep -c '&#9650;</span> regression</span><td class="n" data-v="1[0-9.]*"><span class="verdict bad">+[0-9.]* %</span>' results/regress/index.html)" -eq 4 ]
	grep -qF '<h3>slow6.1 against 6.1</h3>' results/regress/index.html
	for file in one.csv two.csv all.csv summary.csv index.html compare/slow6.1-against-6.1.json compare/6.1-against-5.10.md; do
		[ -s "results/regress/$file" ]
	done
	[ -d results/store ]
	# Another kernel to compare with; nothing is measured again
	regress --kernels '6.1 slow6.1 5.10' --base 6.1
	[ "$(boots)" -eq 18 ]
	[[ $(row 5.10) == *'| 6 | 6.1 |'* ]]
	regress --kernels '6.1 same6.1' --base 7.0
	usage_error '--base 7.0 is none of 6.1 same6.1'
}

@test "regress: no regression is exit 0, too few boots are exit 2" {
	regress --kernels 'slow6.1 6.1'
	[ "$status" -eq 0 ]
	regress --kernels 'slow6.1 6.1' --boots 1 --fresh
	[ "$status" -eq 2 ]
	regress --kernels 6.1
	[ "$status" -eq 2 ]
	[[ $stderr == *'one kernel: nothing to compare'* ]]
}

@test "regress: the matrix, without a boot" {
	regress --dry-run --jobs two
	[ "$status" -eq 0 ]
	[ "$(grep -c '^two  *1  *3  5.10 6.1$' <<<"$output")" -eq 1 ]
	[[ $output == *"'--plugin' '--kernels' '5.10 6.1'"* ]]
	run --separate-stderr scripts/regress --dry-run --stages --boots 2
	[[ $output == *' 2  5.10 6.1 6.12 7.2 7.3 5.10-trim 5.10+gup 5.10+dedup'* ]]
	regress --dry-run --wall
	[[ $output == *' 7  5.10 6.1'* ]]
	[[ $output != *--plugin* ]]
	run ! test -s arguments
	run ! test -e results
}

@test "regress: stages are compared among themselves" {
	regress --stages --jobs one --boots 1
	[ "$(cd results/regress/compare && echo *.json)" = '5.10+dedup-against-5.10+gup.json 5.10+gup-against-5.10-trim.json 6.1-against-5.10.json' ]
}

@test "regress: usage" {
	regress --jobs nosuch
	usage_error 'no job nosuch: it is neither a file nor in configs/regress.ini, which has one two'
	regress --jobs 'one one.ini'
	usage_error 'one.csv would be written twice'
	regress --boots 0
	usage_error '--boots 0: must be 1 to 99'
	regress --wall --parallel 2
	usage_error '--wall goes with neither'
	regress --kernels unknown
	[ "$status" -eq 2 ]
	regress --kernel-tree nowhere
	usage_error 'nowhere is no directory'
	mkdir -p notree
	regress --kernel-tree a=notree --dry-run
	usage_error '--kernel-tree a=notree: notree is no kernel tree: it has no arch/x86'
	for results in /proc/x /dev/full; do
		regress --results "$results"
		usage_error "--results $results: cannot be written"
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
	done
	# An option in the place of a value that was forgotten: it would be a store of that name, and all kernels would be booted.
	regress --store --dry-run
	usage_error '--store needs a value'
	regress --kernels '6.1 6.1' --dry-run
	[[ $output == *' 3  6.1' || $output == *' 3  6.1'$'\n'* ]]
}

@test "regress: without the plugin nothing is booted, wall time needs none" {
	rm build/daxpin-tcg.so
	regress
	usage_error 'daxpin-tcg.so: run make plugin'
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	run ! test -s arguments
	regress --wall --jobs one --boots 1
	[ "$(boots)" -eq 2 ]
}

@test "regress: from another directory, a job of the suite and one of one's own" {
	mkdir elsewhere
	cp one.ini elsewhere/own.ini
	(cd elsewhere && ../scripts/regress --kernels 6.1 --boots 1 --results "$PWD/out" --jobs 'two own.ini') >out.log 2>&1 || [ $? = 2 ]
	[ -s elsewhere/out/two.csv ]
	[ -s elsewhere/out/own.csv ]
	run ! grep 'No such file' out.log
}

@test "regress: --fresh replaces what is there when all of it is measured, not before" {
	regress --kernels 6.1 --boots 1
	finished >before
	[ "$(wc -l <before)" -eq 2 ]
	(cd results/regress && find . -type f ! -name '*lock' -exec sha256sum {} + | sort) >files
	: >arguments
	FAKE_SECONDS=0.5 scripts/regress --kernels 6.1 --boots 1 --fresh >/dev/null 2>said 3>&- &
	# In the second job
	while [ "$(boots)" -lt 2 ]; do sleep 0.1; done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	grep -q 'regress: stopped; .*results/regress is as it was' said
	(cd results/regress && find . -path './boots/.*' -prune -o -type f ! -name '*lock' -exec sha256sum {} + | sort) | diff files -
	regress --kernels 6.1 --boots 1 --fresh
	[ "$(boots)" -eq 4 ]
	finished >after
	[ "$(wc -l <after)" -eq 2 ]
	run ! grep -Fxq -f before after
	[ -z "$(find results/regress/boots -maxdepth 1 -name '.*')" ]
	diff <(cut -d' ' -f2 after | sort) <(tail -n +2 results/regress/all.csv | cut -d, -f2 | sort -u)
	# These are kept as any others.
	regress --kernels 6.1 --boots 1
	[ "$(boots)" -eq 4 ]
}

@test "regress: broken kernels are left out and named, the others go on" {
	mkdir -p raw/arch/x86 lost/arch/x86/boot
	: >lost/arch/x86/boot/bzImage
	: >lost/Module.symvers
	printf '[lost]\njob = lost.ini\n' >>configs/regress.ini
	cp one.ini lost.ini
	regress --parallel 1 --kernels '5.10 broken panic 6.1 gone offline' --kernel-tree raw=raw --kernel-tree lost=lost
	[ "$status" -eq 1 ]
	# Nobody waits in each job for a kernel that does not boot. One that fails in one job has the others.
	[ "$(boots)" -eq $((9 + 9 + 6 + 2 + 2)) ]
	[ "$(cut -d, -f3 results/regress/all.csv | sort | uniq -c | xargs)" = '18 5.10 18 6.1 1 kernel 12 lost' ]
	[[ $(row 6.1) == '| 6.1 | 6.1.0 | c0ffee | 9 | 5.10 |'* ]]
	[[ $(row lost) == *'| 6 | 6.1 |'* ]]
	grep -qx -e '- broken: one, 3 of 3 boots: not ready: it cannot be fetched or built' results/regress/regress.md
	grep -qx -e '- panic: one, 3 of 3 boots: does not boot: panic: kernel panic: Attempted to kill init' results/regress/regress.md
	grep -q -e '^- raw: one, 3 of 3 boots: not ready: .* has no arch/x86/boot/bzImage' results/regress/regress.md
	grep -qx -e '- lost: lost, 3 of 3 boots: lost: the guest was lost' results/regress/regress.md
	grep -qx -e '- gone: not in the archive' results/regress/regress.md
	grep -qx -e '- offline: not ready: kernel: no network' results/regress/regress.md
	[[ $stderr == *'failed: panic: one, 3 of 3 boots: does not boot'* ]]
}

@test "regress: a kernel of the default list that the archive lacks is no failure" {
	sed -i "s/^STOCK=.*/STOCK='6.1 gone6.2'/" scripts/regress
	run --separate-stderr scripts/regress --jobs one
	[[ $stderr == *'kernel gone6.2: the archive does not have it today, left out'* ]]
	grep -q 'Not in the archive today: gone6.2' results/regress/regress.md
	run ! grep -q Failed results/regress/regress.md
}

# finished: boots that are finished, with the run that each is of
finished() {
	local ok
	for ok in results/regress/boots/*/*.ok; do
		[ ! -e "$ok" ] || printf '%s %s\n' "${ok%.ok}" "$(sed -n 2p "${ok%.ok}/samples.csv" | cut -d, -f2)"
	done
}

# table: what does not depend on when it was measured
table() { cat results/regress/summary.csv results/regress/regress.md; }

@test "regress: a signal ends all of it, and nothing is half there" {
	FAKE_SECONDS=20 scripts/regress --kernels '5.10 6.1' >/dev/null 2>said 3>&- &
	while [ "$(boots)" -lt 1 ]; do sleep 0.1; done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	grep -q 'regress: stopped; start it again to go on' said
	# What would still be at work would hold the lock.
	flock -n results/regress/boots/one.lock true
	[ -z "$(finished)" ]
	regress --jobs one --boots 1
	[ -n "$(finished)" ]
}

# lost FILE NOW: the lines of FILE that NOW does not have
lost() { grep -vxF -f "$2" "$1" || :; }

# kill_one ROUND: make regress, and kill -9 after a random number of boots, at a random moment: the whole process group,
# or make alone
kill_one() {
	local asked=$(($(boots) + RANDOM % 4)) pid
	setsid make -s regress BOOTS=5 KERNELS="$KERNELS" >/dev/null 2>&1 </dev/null &
	pid=$!
	while [ "$(boots)" -le "$asked" ] && kill -0 "$pid"; do sleep 0.02; done
	sleep "0.$((RANDOM % 5))"
	# Where it has ended by itself, there are too many boots in the end.
	if [ $(($1 % 2)) = 0 ]; then kill -9 -- "-$pid"; else kill -9 "$pid"; fi || :
	wait "$pid" || :
} 3>&- 2>/dev/null

@test "regress: ten times kill -9, then the rest is measured, and nothing twice" {
	export FAKE_SECONDS=0.2 KERNELS='5.10 6.1 slow6.1'
	make -s regress BOOTS=5 KERNELS="$KERNELS" >/dev/null 2>&1 || [ $? = 2 ]
	table >expected
	mv results uninterrupted
	: >arguments
	: >before
	for round in {1..10}; do
		kill_one "$round"
		finished >now
		# Nothing that was finished is gone or was done again.
		[ -z "$(lost before now)" ]
		mv now before
	done
	[ "$(wc -l <before)" -gt 0 ]
	[ "$(wc -l <before)" -lt 30 ]
	run make -s regress BOOTS=5 KERNELS="$KERNELS"
	[ "$status" -eq 2 ]
	finished >now
	[ -z "$(lost before now)" ]
	[ "$(wc -l <now)" -eq 30 ]
	# Each boot is in the samples once, and it is the one that was finished.
	[ "$(tail -n +2 results/regress/all.csv | cut -d, -f2 | sort | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ]
	diff <(cut -d' ' -f2 now | sort) <(tail -n +2 results/regress/all.csv | cut -d, -f2 | sort -u)
	table | diff expected -
}
