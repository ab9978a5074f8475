#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/bisect-step: options, exit statuses, and a bisection; nothing is compiled or booted.
# shellcheck disable=SC2154 # run sets stderr

bats_require_minimum_version 1.5.0

# A project of its own, whose bench makes samples of what a file of the kernel says that it costs, and a kernel whose
# Makefile fails where another file says so.
setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p scripts build kernel/module configs/jobs linux/arch/x86
	cp "$root/scripts/bisect-step" scripts/
	cp -r "$root/scripts/lib" scripts/
	cp "$root/configs/kernels.ini" configs/
	cp "$root/configs/jobs/bisect.ini" configs/jobs/
	cp "$root/build/daxpin" build/
	echo >build/daxpin-tcg.so
	step=$PWD/scripts/bisect-step
	cat >scripts/bench <<-'BENCH'
		#!/bin/bash
		echo "$*" >>"${0%/*}/../asked"
		while [ $# -gt 0 ]; do
			case $1 in
			--kernel-tree) id=${2%%=*} tree=${2#*=} ;;
			--results) results=$2 ;;
			--boots) boots=$2 ;;
			# As the real one, which leaves out the project's own path.
			--job) [ -f "${2#"$(realpath "${0%/*}/..")"/}" ] || { echo "bench: no job $2"; exit 2; } ;;
			esac
			shift
		done
		read -r cost <"$tree/cost"
		run=$id-$RANDOM$RANDOM
		case $cost in
		panic) echo 'bench: no boot succeeded: kernel panic'; exit 1 ;;
		trouble) echo 'bench: no QEMU'; exit 2 ;;
		esac
		echo schema_version,run_id,kernel,kernel_release,platform,clock,boot,job,memory,device,map,align_bytes,engine,get,put,write,size_bytes,batch_pages,put_batch_pages,threads,range,op,row,repetition,thread,call,calls,pages_asked,pages_got,order,value_ns,min_ns,p50_ns,p90_ns,p99_ns,max_ns,rounds,status,reason,trusted,dram_bytes,memmap_bytes,model,caches,instructions >"$results/bisect.csv"
		for ((n = 1; n <= boots; n++)); do
			for op in get put; do
				[ $op = get ] || cost=50
				echo "1,$run-$n,$id,5.10.0,tcg,insn,boot-$n,bisect,dax,dax0.0,mem,2097152,gup,fast,pages,1,4096000000,512,0,1,disjoint,$op,repetition,1,0,,1,1000000,1000000,,,,,,,,1,ok,,${TRUSTED:-1},,,,,$((cost * 1000000))" >>"$results/bisect.csv"
			done
			read -r cost <"$tree/cost"
			printf '%s{"run_id": "%s", "cpu": {"model": "one", "online": "0", "nodes": 1}, "kernel": {"debug_options": []}}\n' \
				"$([ "$n" = 1 ] && echo '[' || echo ,)" "$run-$n" >>"$results/bisect.env.json"
		done
		echo ']' >>"$results/bisect.env.json"
	BENCH
	chmod +x scripts/bench
	cd linux || return
	touch Kbuild arch/x86/Kconfig .config
	echo .config >.gitignore
	# shellcheck disable=SC2016 # make's
	printf 'olddefconfig:\n\nbzImage modules:\n\t@! grep -qx yes broken || { echo "mm/gup.c:1: error: no"; exit 1; }\n\t@echo "$@" >>../built\n' >Makefile
	git init -q
	git config user.name x
	git config user.email x@localhost
	git config advice.detachedHead false
}

# revision COST [BROKEN]
revision() {
	echo "$1" >cost
	echo "${2:-no}" >broken
	git add -A
	git commit -q --allow-empty -m "cost $1"
}

step() { run --separate-stderr "$step" --cell 'op=get' "$@"; }

# stops TEXT [STATUS]: git bisect run would stop, too
stops() {
	[ "$status" -eq "${2:-128}" ]
	[ -z "$output" ]
	[[ ${stderr##*$'\n'} == *"$1"* ]]
}

@test "bisect-step: bad usage stops the bisection, and is never a verdict" {
	revision 100
	for arguments in '--cell' '--kernel-id none' '--kernel-id 5.10' '--config none' '--good none.csv' '--clock model' \
		'--boots 0' '--job none' '--tree /tmp' '--good-rev none' '--kernel-id 5.10-trim --config .config' \
		'--record x' '--record x.csv --good-rev HEAD' '--nonsense' '--good-rev HEAD --cell nonsense=1'; do
		# shellcheck disable=SC2086 # several words
		step $arguments
		[ "$status" -eq 128 ]
		[ -z "$output" ]
		[ -n "$stderr" ]
	done
	run --separate-stderr "$step" --cell op=get --good-rev --improvement
	stops '--good-rev needs a value'
	run --separate-stderr "$step"
	stops 'which cell?'
	run --separate-stderr "$step" --help
	[ "$status" -eq 0 ]
}

@test "bisect-step: without a program, a plugin, a .config or a bisection it stops" {
	revision 100
	step
	stops 'no git bisect is under way'
	rm .config
	step --good-rev HEAD
	stops 'has no .config: give --kernel-id'
	rm ../build/daxpin-tcg.so
	touch .config
	step --good-rev HEAD
	stops 'run make plugin in'
	rm ../build/daxpin
	step --good-rev HEAD
	stops 'run make in'
}

@test "bisect-step: good 0, bad 1, faster 0, and --improvement the other way round" {
	revision 100
	git tag good
	revision 100
	step --good-rev good
	[ "$status" -eq 0 ]
	[[ $output == "$(git rev-parse --short=12 HEAD) good    get 100 -> 100 (+0.00 %); built in "* ]]
	revision 102
	step --good-rev good
	[ "$status" -eq 1 ]
	[[ $output == *" bad     get 100 -> 102 (+2.00 %); built in "*"; cost 102" ]]
	step --good-rev good --threshold 3
	[ "$status" -eq 0 ]
	step --good-rev good --improvement
	[ "$status" -eq 0 ]
	run --separate-stderr "$step" --good-rev good --cell op=put
	[ "$status" -eq 0 ]
	revision 90
	step --good-rev good
	[ "$status" -eq 0 ]
	step --good-rev good --improvement
	[ "$status" -eq 1 ]
	# What is good was measured once, and what was measured for one cell is there for another.
	[ "$(grep -c -e '--plugin' ../asked)" -eq 4 ]
	[ "$(git status --porcelain)" = '' ]
}

@test "bisect-step: does not build, does not boot, other cells: 125" {
	revision 100
	git tag good
	revision 100 yes
	step --good-rev good
	[ "$status" -eq 125 ]
	[[ $output == *" skip    does not build: mm/gup.c:1: error: no; cost 100" ]]
	revision panic
	step --good-rev good
	[ "$status" -eq 125 ]
	[[ $output == *" skip    cannot be measured: bench: no boot succeeded: kernel panic; "* ]]
	# No cell of that kind anywhere is bad usage.
	revision 100
	run --separate-stderr "$step" --good-rev good --cell op=register
	stops 'no rows of such a cell'
}

@test "bisect-step: trouble of ours, or of what is good, stops" {
	revision 100 yes
	git tag broken
	revision 100
	git tag good
	revision trouble
	branch=$(git symbolic-ref HEAD)
	step --good-rev good
	stops 'bench: no QEMU'
	step --good-rev broken
	stops 'does not build'
	# One boot can tell nothing.
	revision 100
	step --good-rev good --boots 1
	stops 'no pass: 0 regressions, 1 insufficient data'
	[ "$(git symbolic-ref HEAD)" = "$branch" ]
}

@test "bisect-step: --record, then --good" {
	revision 100
	run --separate-stderr "$step" --record base.csv
	[ "$status" -eq 0 ]
	[ -s base.env.json ]
	git add -A
	revision 110
	step --good base.csv
	[ "$status" -eq 1 ]
	# Of several kernels one is meant.
	(head -n1 base.csv; sed 1d base.csv | sed 's/^1,/&x/; s/,g[0-9a-f]*,5.10.0,/,slow,5.10.0,/; s/100000000$/200000000/') >slow.csv
	sed 's/"run_id": "/&x/' base.env.json >slow.env.json
	"$root/build/daxpin" merge base.csv slow.csv -o both.csv
	step --good both.csv
	stops 'choose one with --good-kernel'
	step --good both.csv --good-kernel slow
	[ "$status" -eq 0 ]
	step --good both.csv --good-kernel slow --improvement
	[ "$status" -eq 1 ]
	step --good-rev HEAD --good-kernel slow
	stops '--good-kernel goes with --good'
	TRUSTED=0 run --separate-stderr "$step" --record untrusted.csv
	step --good untrusted.csv
	stops 'untrusted: '
}

@test "bisect-step: changes that are not committed are measured, but nothing is checked out" {
	revision 100
	git tag good
	revision 100
	echo 120 >cost
	step --good-rev good
	stops 'has changes that are not committed'
	git checkout -q cost
	step --good-rev good
	[ "$status" -eq 0 ]
	echo 120 >cost
	step --good-rev good
	[ "$status" -eq 1 ]
	"$step" --record ../base.csv
	step --good ../base.csv
	[ "$status" -eq 0 ]
	echo 130 >cost
	step --good ../base.csv
	[ "$status" -eq 1 ]
	[ "$(cat cost)" = 130 ]
}

@test "bisect-step: git bisect run finds the commit, with one that does not build in its way" {
	for cost in 100 100 100 100; do revision "$cost"; done
	revision 100 yes
	revision 105
	git tag culprit
	for cost in 105 104 105; do revision "$cost"; done
	git bisect start HEAD HEAD~8
	run --separate-stderr git bisect run "$step" --cell op=get
	[ "$status" -eq 0 ] || [[ $output == *'There are only '*'skip'* ]]
	[[ $output == *"$(git rev-parse culprit)"* ]]
	[ "$(git rev-parse refs/bisect/bad)" = "$(git rev-parse culprit)" ]
}

@test "bisect-step: git bisect run stops where nothing can be told" {
	for cost in 100 100 trouble 105 105; do revision "$cost"; done
	git bisect start HEAD HEAD~4
	run --separate-stderr git bisect run "$step" --cell op=get
	[ "$status" -ne 0 ]
	[[ $output$stderr == *128* ]]
}

@test "bisect-step: old and new, what became faster" {
	for cost in 100 100 90; do revision "$cost"; done
	git tag culprit
	revision 90
	git bisect start --term-old=slow --term-new=fast
	git bisect fast HEAD
	git bisect slow HEAD~3
	run --separate-stderr git bisect run "$step" --cell op=get --improvement
	[ "$status" -eq 0 ]
	[ "$(git rev-parse refs/bisect/fast)" = "$(git rev-parse culprit)" ]
}
