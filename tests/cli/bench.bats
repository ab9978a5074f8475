#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/bench: options and errors, the machine that it asks for, kernels of the user's own, what is kept and what is
# not; nothing is booted.
# shellcheck disable=SC2154 # run sets stderr

bats_require_minimum_version 1.5.0

# A copy of the script in a project of its own, whose vm and kernel are tests/fixtures/regress.
setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p scripts/lib build
	cp "$root/scripts/bench" "$root"/tests/fixtures/regress/{vm,kernel} scripts/
	cp "$root"/scripts/lib/{common,vm-kernel,bench-kernels,bench-boot}.sh scripts/lib/
	cp "$root/build/daxpin" build/
	# Looked for, and never loaded.
	: >build/daxpin-tcg.so
	printf '[x]\nmap = mem, dev\nalign = 2M, 1G\n' >job.ini
}

# bench OPTION...: one boot
bench() { run --separate-stderr scripts/bench --boots 1 --job job.ini --no-report "$@"; }

# tree DIR RELEASE: what a built tree has
tree() {
	mkdir -p "$1/arch/x86/boot" "$1/include/config"
	: >"$1/Module.symvers"
	echo "$2" >"$1/include/config/kernel.release"
	echo "$2" >"$1/arch/x86/boot/bzImage"
}

# asked OPTION VALUE
asked() { [ "$(grep -A 1 -x -e "$1" arguments | tail -n 1)" = "$2" ]; }

# boots: how many were asked for
boots() { grep -cx run arguments || :; }

usage_error() {
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == bench:*"$1"* ]]
}

@test "bench: an NVDIMM for each map and align" {
	bench --kernels 6.1 --pmem 702G --memory 6G --cpus 2
	[ "$status" -eq 0 ]
	asked --pmem 702G,702G,702G,702G
	asked --memory 6G
	asked --cpus 2
	asked --kernel 6.1
	[ "$(tail -n 5 arguments | xargs)" = 'mem:2M mem:1G dev:2M dev:1G' ]
}

@test "bench: --untimed: any clock will do, and what was measured so is not taken for what was not" {
	bench --kernels 6.1
	[ "$(boots)" -eq 1 ]
	run ! grep -qx DAXPIN_ANY_CLOCK=1 arguments
	bench --kernels 6.1 --untimed --resume
	[ "$status" -eq 0 ]
	[ "$(boots)" -eq 2 ]
	asked --env DAXPIN_ANY_CLOCK=1
	bench --kernels 6.1 --untimed --resume
	[ "$(boots)" -eq 2 ]
}

@test "bench: --dynamic: one region for all devices with map=mem" {
	bench --kernels 6.1 --pmem 702G --dynamic
	asked --soft-reserved 1404G
	[ "$(tail -n 3 arguments | xargs)" = 'dynamic:2M dynamic:1G' ]
	run ! grep -qx -e --pmem arguments
	printf '[x]\nmap = dev\n' >job.ini
	bench --dynamic
	usage_error '--dynamic: the job asks for no device with map=mem'
}

@test "bench: numbers" {
	for cpus in 0 two 256 ''; do
		bench --cpus "$cpus"
		usage_error "--cpus $cpus: must be 1 to 255"
	done
	bench --dynamic --pmem 1.5G
	usage_error '--pmem 1.5G is not a size such as 2G'
}

@test "bench: --functions: those of all boots in one file" {
	bench --kernels '5.10 6.1' --functions
	[ "$status" -eq 1 ]
	[[ $stderr == *'5.10-boot1 has no functions.csv'* ]]
	grep -qx -e --functions arguments
	bench --kernels '5.10 6.1' --boots 2 --functions --resume --work left
	for dir in left/{5.10,6.1}-boot{1,2}; do printf 'tag,op,symbol\n7,get,%s\n' "${dir#*/}" >"$dir/functions.csv"; done
	bench --kernels '5.10 6.1' --boots 2 --functions --resume --work left
	[ "$status" -eq 0 ]
	diff - results/job-functions.csv <<-EOT
		kernel,boot,tag,op,symbol
		5.10,1,7,get,5.10-boot1
		6.1,1,7,get,6.1-boot1
		5.10,2,7,get,5.10-boot2
		6.1,2,7,get,6.1-boot2
	EOT
}

@test "bench: a plugin that is not there is said before anything boots" {
	rm build/daxpin-tcg.so
	bench --plugin
	usage_error 'daxpin-tcg.so: run make plugin'
}

@test "bench: an option is no value" {
	bench --work --resume
	usage_error '--work needs a value'
}

@test "bench: a tree of one's own, by its release or another name" {
	tree linux 7.9.0-rc1+
	bench --kernel-tree linux --kernel-tree mine=linux
	[ "$status" -eq 0 ]
	asked --tree "$PWD/linux"
	asked --insmod "$PWD/linux/Module.symvers"
	[ "$(grep ^DAXPIN_KERNEL_ID arguments | xargs)" = 'DAXPIN_KERNEL_ID=7.9.0-rc1+ DAXPIN_KERNEL_ID=mine' ]
	[ "$(cut -d, -f3 results/job.csv | sort -u | xargs)" = '7.9.0-rc1+ kernel mine' ]
	bench --kernels '5.10 6.1' --kernel-tree linux
	[ "$(cut -d, -f3 results/job.csv | sort -u | xargs)" = '5.10 6.1 7.9.0-rc1+ kernel' ]
	# Built anew, it is another kernel.
	: >arguments
	echo more >>linux/arch/x86/boot/bzImage
	bench --kernels '5.10 6.1' --kernel-tree linux --resume
	[ "$(boots)" -eq 1 ]
}

@test "bench: an image of one's own, with the headers that its modules name" {
	# What scripts/vm reads of the header of a kernel image
	truncate -s 8K bzImage
	while read -r offset bytes; do
		printf '%b' "$bytes" | dd of=bzImage bs=1 seek="$offset" conv=notrunc status=none
	done <<<$'497 \\0001\n514 HdrS\n526 \\0100\\0002\n1088 6.1.0-fake\\0040(builder)'
	mkdir -p modules/lib/modules/6.1.0-fake headers
	bench --kernel-image mine=bzImage
	usage_error 'which modules?'
	bench --kernel-image mine=bzImage,headers
	usage_error 'headers has no modules of 6.1.0-fake'
	bench --kernel-image mine=bzImage,modules
	usage_error 'no built tree and no headers'
	ln -s "$PWD/headers" modules/lib/modules/6.1.0-fake/build
	: >headers/Module.symvers
	bench --kernel-image mine=bzImage,modules --kernel-image bzImage,modules
	[ "$status" -eq 0 ]
	asked --image "$PWD/bzImage"
	asked --modules "$PWD/modules/lib/modules"
	asked --insmod "$PWD/headers/Module.symvers"
	[ "$(cut -d, -f3 results/job.csv | sort -u | xargs)" = '6.1.0-fake kernel mine' ]
	bench --kernel-image job.ini,modules
	usage_error 'is not a bzImage'
}

@test "bench: kernels that cannot be" {
	bench --kernel-tree nowhere
	usage_error 'nowhere is no directory'
	mkdir raw
	bench --kernel-tree mine=raw
	usage_error 'raw is no kernel tree'
	mkdir -p raw/arch/x86
	bench --kernel-tree raw
	usage_error 'is it built? Else name it'
	bench --kernels '5.10 5.10'
	usage_error 'kernel 5.10 is there twice'
	bench --kernels 5.10 --kernel-tree 5.10=raw
	usage_error 'kernel 5.10 is there twice'
	bench --kernel-tree 'a b=raw'
	usage_error '"a b" will not do as the id of a kernel'
	bench --kernels "  "
	usage_error '--kernels: none'
	bench --kernels unknown
	[ "$status" -eq 2 ]
}

@test "bench: a broken kernel does not stop the others, and is said in the end" {
	tree sick 1.0
	: >sick/broken
	mkdir -p raw/arch/x86
	run --separate-stderr scripts/bench --boots 2 --job job.ini --no-report --kernels '5.10 broken panic hang coarse' \
		--kernel-tree sick --kernel-tree raw=raw
	[ "$status" -eq 1 ]
	[ "$(cut -d, -f3 results/job.csv | sort | uniq -c | xargs)" = '4 5.10 4 coarse 1 kernel' ]
	[ "$(cut -f1,2 build/bench/job/failed | xargs)" = 'broken 2 panic 2 hang 2 1.0 2 raw 2' ]
	grep -qx $'broken\t2\tnot ready: it cannot be fetched or built' build/bench/job/failed
	grep -qx $'panic\t2\tdoes not boot: panic: kernel panic: Attempted to kill init' build/bench/job/failed
	grep -qx $'1.0\t2\tnot ready: kernel: the module does not build' build/bench/job/failed
	grep -q $'^raw\t2\tnot ready: .* has no arch/x86/boot/bzImage: run make' build/bench/job/failed
	[[ ${stderr##*$'\n'} == 'bench: failed: broken (2 boots: not ready'* ]]
	# Two tries of one boot each, three bad clocks, and four boots that went well
	[ "$(boots)" -eq 11 ]
}

@test "bench: a kernel that fails in this job alone" {
	cp job.ini lost.ini
	bench --job lost.ini --kernels '5.10 lost'
	[ "$status" -eq 1 ]
	[ "$(cat build/bench/lost/failed)" = $'lost\t1\tlost: the guest was lost' ]
}

@test "bench: --resume keeps what is the same, and nothing else" {
	bench --boots 2 --kernels '5.10 6.1'
	[ "$(boots)" -eq 4 ]
	cp results/job.csv before.csv
	bench --boots 2 --kernels '5.10 6.1' --resume
	[ "$status" -eq 0 ]
	[[ $stderr == *'4 of 4 boots are there'* ]]
	cmp results/job.csv before.csv
	[ "$(boots)" -eq 4 ]
	# One more boot of each, another kernel of that name, another job, another daxpin, samples that were cut short
	bench --boots 3 --kernels '5.10 6.1' --resume
	[ "$(boots)" -eq 6 ]
	echo 2 >key-6.1
	bench --boots 3 --kernels '5.10 6.1' --resume
	[ "$(boots)" -eq 9 ]
	truncate -s -1 build/bench/job/6.1-boot2/samples.csv
	bench --boots 3 --kernels '5.10 6.1' --resume
	[ "$(boots)" -eq 10 ]
	[ "$(cut -d, -f2 results/job.csv | sort -u | wc -l)" -eq 7 ]
	echo >>job.ini
	bench --boots 3 --kernels '5.10 6.1' --resume
	[ "$(boots)" -eq 16 ]
	cp "$root/tests/fixtures/regress/vm" scripts/dax
	bench --boots 3 --kernels '5.10 6.1' --resume --memory 4G
	[ "$(boots)" -eq 22 ]
	# Without it all is measured anew
	bench --boots 1 --kernels '5.10 6.1'
	[ "$(boots)" -eq 24 ]
	run ! test -e build/bench/job/5.10-boot2
}

@test "bench: of a work directory nothing goes that is not of an earlier run" {
	mkdir mine
	echo keep >mine/thesis.txt
	bench --kernels 6.1 --work mine
	[ "$status" -eq 0 ]
	bench --kernels 6.1 --work mine
	[ "$(boots)" = 2 ]
	[ "$(<mine/thesis.txt)" = keep ]
}

@test "bench: one at a time in a work directory" {
	mkdir -p build/bench
	exec 7>build/bench/job.lock
	echo 4711 >build/bench/job.lock
	flock 7
	bench --kernels 5.10
	exec 7>&-
	usage_error 'build/bench/job is in use by another scripts/bench, process 4711'
	bench --kernels 5.10
	[ "$status" -eq 0 ]
	bench --kernels 5.10 --work elsewhere
	[ -s elsewhere/5.10-boot1/samples.csv ]
}
