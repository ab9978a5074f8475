#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/vm: options and errors; nothing is booted. tests/vm/harness.sh boots.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	vm=$root/scripts/vm
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR" || return
}

# The one line of error, with exit status 2, has TEXT.
usage_error() {
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == vm:* ]]
	[[ $stderr == *"$1"* ]]
}

# A qemu-system-x86_64 with plugins that says it is VERSION and leaves its arguments in the file arguments.
fake_qemu() {
	cat >qemu <<-EOF
		#!/bin/bash
		[ "\$1" != --version ] || { echo "QEMU emulator version $1"; exit; }
		[ "\$1" != --help ] || { echo '-plugin [file=]<file>[,<argname>=<argvalue>]'; exit; }
		printf '%s\n' "\$@" >$BATS_TEST_TMPDIR/arguments
	EOF
	chmod +x qemu
	export QEMU=$PWD/qemu
}

# A file that has what scripts/vm reads of the header of a kernel image.
fake_kernel() {
	truncate -s 8K bzImage
	put 497 '\0001'
	put 514 'HdrS'
	put 526 '\0100\0002'
	put 1088 '6.1.0-fake (builder) #1 SMP'
}

# put OFFSET BYTES: into bzImage
put() { printf '%b' "$2" | dd of=bzImage bs=1 seek="$1" conv=notrunc status=none; }

boot_fake() {
	fake_kernel
	run --separate-stderr "$vm" run --accel tcg --image bzImage --out out "$@" -- true
}

@test "vm: help on stdout" {
	run --separate-stderr "$vm" --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == usage:* ]]
	run --separate-stderr "$vm" run --help
	[ "$status" -eq 0 ]
	[[ $output == *--soft-reserved* ]]
}

@test "vm: no action, unknown action" {
	run --separate-stderr "$vm"
	usage_error 'run, shell or probe?'
	run --separate-stderr "$vm" start
	usage_error 'unknown action start'
}

@test "vm: unknown option, missing value, command without --" {
	run --separate-stderr "$vm" run --colour red -- true
	usage_error 'unknown option --colour'
	run --separate-stderr "$vm" run --memory
	usage_error '--memory needs a value'
	run --separate-stderr "$vm" run true
	usage_error 'The command goes after --'
	run --separate-stderr "$vm" run --memory=1G
	usage_error 'no command after --'
}

@test "vm: sizes" {
	for size in 0 -1 1X G 1.5G ''; do
		run --separate-stderr "$vm" run --memory="$size" -- true
		usage_error '--memory'
	done
	run --separate-stderr "$vm" run --memory 64M -- true
	usage_error '--memory is less than 256M'
	run --separate-stderr "$vm" run --pmem 1G,100M -- true
	usage_error '--pmem 100M is not a multiple of 128M'
	run --separate-stderr "$vm" run --pmem '' -- true
	usage_error '--pmem without a size'
	run --separate-stderr "$vm" run --soft-reserved 1K -- true
	usage_error '--soft-reserved 1K is not a multiple of 128M'
}

@test "vm: numbers, nodes, accelerator, environment" {
	run --separate-stderr "$vm" run --cpus 0 -- true
	usage_error '--cpus 0 is not in 1..255'
	run --separate-stderr "$vm" run --time-limit soon -- true
	usage_error '--time-limit soon is not a number'
	run --separate-stderr "$vm" run --nodes 2 --pmem-node 2 -- true
	usage_error 'there are nodes 0 to 1'
	run --separate-stderr "$vm" run --accel xen -- true
	usage_error '--accel xen is not kvm or tcg'
	run --separate-stderr "$vm" run --env A -- true
	usage_error '--env A is not NAME=VALUE'
}

@test "vm: kernels that are not there" {
	run --separate-stderr "$vm" run --kernel 2.6 -- true
	usage_error 'no kernel 2.6; there are:'
	run --separate-stderr "$vm" run --image none -- true
	usage_error 'cannot read kernel image none'
	run --separate-stderr "$vm" run --image "$vm" -- true
	usage_error 'is not a bzImage'
	run --separate-stderr "$vm" run --tree . -- true
	usage_error 'is not a built kernel tree'
	run --separate-stderr "$vm" run --insmod none.ko -- true
	usage_error 'cannot read module none.ko'
}

@test "vm: options that exclude each other" {
	run --separate-stderr "$vm" run --kernel 6.1 --image x -- true
	usage_error 'only one of --kernel, --image and --tree'
	run --separate-stderr "$vm" run --modules x -- true
	usage_error '--modules goes with --image'
	run --separate-stderr "$vm" run --image x --module -- true
	usage_error '--module goes with --kernel'
}

@test "vm: no QEMU points to scripts/deps" {
	QEMU=no-such-qemu run --separate-stderr "$vm" run -- true
	usage_error 'no no-such-qemu: run scripts/deps'
}

@test "vm: a QEMU that does not start, or is none" {
	QEMU=false run --separate-stderr "$vm" run -- true
	usage_error 'false does not say its version'
	QEMU=true run --separate-stderr "$vm" run -- true
	usage_error 'true does not say its version'
}

@test "vm: shell wants a terminal" {
	run --separate-stderr "$vm" shell </dev/null
	usage_error 'shell needs a terminal'
}

@test "vm: a QEMU that ends at once is a lost guest" {
	fake_qemu 7.2.0
	boot_fake
	[ "$status" -eq 125 ]
	[ "$(cat out/end)" = lost ]
	[ ! -e out/status ]
	[[ $stderr == *'the guest was lost'* ]]
}

@test "vm: pmem, each at a whole GiB above the RAM" {
	fake_qemu 7.2.0
	boot_fake --memory 3G --pmem 1G,512M,2G
	grep -qx 'memory-backend-ram,id=pmem1,size=536870912,reserve=off' arguments
	grep -qx 'nvdimm,id=nvdimm0,memdev=pmem0,addr=5368709120,node=0' arguments
	grep -qx 'nvdimm,id=nvdimm1,memdev=pmem1,addr=6442450944,node=0' arguments
	grep -qx 'nvdimm,id=nvdimm2,memdev=pmem2,addr=7516192768,node=0' arguments
	grep -qx 'size=3072M,slots=3,maxmem=7168M' arguments
}

@test "vm: soft-reserved memory is the end of the RAM, at a whole GiB" {
	fake_qemu 7.2.0
	boot_fake --memory 3G --soft-reserved 2G
	grep -qx 'size=5120M' arguments
	grep -q 'memmap=2048M%0x140000000-1+0xefffffff' arguments
	grep -qx 'q35,nvdimm=on,max-ram-below-4g=2147483648' arguments
	# little RAM is all below 4G
	boot_fake --memory 768M --soft-reserved 512M
	grep -qx 'size=1536M' arguments
	grep -q 'memmap=512M%0x100000000-1+0xefffffff' arguments
	grep -qx 'q35,nvdimm=on,max-ram-below-4g=1073741824' arguments
	# without, QEMU decides
	boot_fake --memory 3G
	grep -qx 'q35,nvdimm=on' arguments
}

@test "vm: soft-reserved memory is an object and a node of its own, and sparse" {
	fake_qemu 7.2.0
	boot_fake --memory 3G --soft-reserved 700G
	grep -qx 'memory-backend-ram,id=ram0,size=3221225472' arguments
	grep -qx 'node,nodeid=0,memdev=ram0,cpus=0-0' arguments
	grep -qx 'memory-backend-ram,id=soft,size=751619276800,reserve=off' arguments
	grep -qx 'node,nodeid=1,memdev=soft' arguments
	boot_fake --memory 4G --nodes 2 --soft-reserved 1G --pmem 1G --pmem-node own
	grep -qx 'memory-backend-ram,id=ram1,size=2147483648' arguments
	grep -qx 'node,nodeid=2,memdev=soft' arguments
	grep -qx 'node,nodeid=3' arguments
	grep -q 'memdev=pmem0,.*node=3$' arguments
}

@test "vm: nodes share RAM and CPUs; pmem on a node of its own" {
	fake_qemu 7.2.0
	boot_fake --memory 3G --cpus 4 --nodes 2 --pmem 1G --pmem-node own
	grep -qx 'memory-backend-ram,id=ram0,size=1610612736' arguments
	grep -qx 'node,nodeid=0,memdev=ram0,cpus=0-1' arguments
	grep -qx 'node,nodeid=1,memdev=ram1,cpus=2-3' arguments
	grep -qx 'node,nodeid=2' arguments
	grep -q 'memdev=pmem0,.*node=2$' arguments
}

@test "vm: more memory than an old QEMU can address" {
	fake_qemu 7.2.0
	boot_fake --pmem 1T
	usage_error "QEMU=$QEMU is version 7.2.0 and a machine with 1062 GiB of addresses needs 10 or later"
	boot_fake --soft-reserved 1T
	usage_error 'GiB of addresses needs 10 or later'
	# the same with the plugin, for which 9.2 will do otherwise
	fake_qemu 9.2.0
	touch plugin.so
	DAXPIN_PLUGIN=plugin.so boot_fake --plugin --pmem 1T
	usage_error 'is version 9.2.0 and a plugin needs 10 or later'
	[ ! -e arguments ]
	# no business of ours when the CPU is real
	fake_kernel
	run --separate-stderr "$vm" run --accel kvm --image bzImage --out out --pmem 1T -- true
	grep -qx 'host' arguments
	fake_qemu 10.0.2
	boot_fake --pmem 1T
	grep -qx 'max,la57=off,phys-bits=46' arguments
}

@test "vm: more memory than the installed QEMU can address: the one in the cache" {
	fake_qemu 7.2.0
	mkdir -p bin "$XDG_CACHE_HOME/daxpin/qemu/10.0.2+ds-2"
	mv qemu bin/qemu-system-x86_64
	fake_qemu 10.0.2
	mv qemu "$XDG_CACHE_HOME/daxpin/qemu/10.0.2+ds-2/qemu-system-x86_64"
	unset QEMU
	PATH=$PWD/bin:$PATH boot_fake --pmem 700G
	grep -qx 'max,la57=off' arguments
	PATH=$PWD/bin:$PATH boot_fake --pmem 700G --soft-reserved 700G
	grep -qx 'max,la57=off,phys-bits=46' arguments
}

@test "vm: pmem that reaches the range below 1T that QEMU keeps free moves above it, as the RAM does" {
	fake_qemu 10.0.2
	boot_fake --memory 3G --pmem 700G
	grep -qx 'max,la57=off' arguments
	# PCI, not the reserved range
	boot_fake --memory 3G --soft-reserved 1G --pmem 900G
	grep -qx 'max,la57=off,phys-bits=46' arguments
	grep -qx 'nvdimm,id=nvdimm0,memdev=pmem0,addr=6442450944,node=0' arguments
	grep -q 'memmap=1024M%0x140000000-' arguments
	# The last size that fits: 6 + 973 + 1 + 32 GiB. It does not with another slot.
	boot_fake --memory 3G --soft-reserved 1G --pmem 973G
	grep -qx 'nvdimm,id=nvdimm0,memdev=pmem0,addr=6442450944,node=0' arguments
	boot_fake --memory 3G --soft-reserved 1G --pmem 972G,1G
	grep -qx "nvdimm,id=nvdimm0,memdev=pmem0,addr=$(((1026) << 30)),node=0" arguments
	grep -qx "nvdimm,id=nvdimm1,memdev=pmem1,addr=$(((1026 + 972) << 30)),node=0" arguments
	grep -q 'memmap=1024M%0x10040000000-' arguments
}

@test "vm: an --out that another run uses" {
	fake_qemu 7.2.0
	mkdir -p out/.vm
	exec 8>out/.vm/lock
	flock -n 8
	boot_fake
	[ "$status" -eq 2 ]
	[[ $stderr == *'in use by another vm'* ]]
	exec 8>&-
}

@test "vm: --plugin that is not built points to make" {
	fake_qemu 10.0.2
	DAXPIN_PLUGIN=none.so run --separate-stderr "$vm" run --plugin -- true
	usage_error 'no plugin none.so: run make plugin'
}

@test "vm: --plugin is for an emulated CPU, --model for the plugin" {
	fake_qemu 10.0.2
	export DAXPIN_PLUGIN=$PWD/plugin.so
	touch plugin.so model.ini
	run --separate-stderr "$vm" run --plugin --accel kvm -- true
	usage_error 'no --accel kvm'
	run --separate-stderr "$vm" run --model model.ini -- true
	usage_error '--model goes with --plugin'
	run --separate-stderr "$vm" run --functions -- true
	usage_error '--functions goes with --plugin'
	run --separate-stderr "$vm" run --plugin --model none.ini -- true
	usage_error 'cannot read model none.ini'
	run --separate-stderr "$vm" run --plugin --model . -- true
	usage_error 'cannot read model .'
	run --separate-stderr "$vm" probe --plugin
	usage_error '--plugin goes with run and shell'
}

@test "vm: --plugin with a QEMU that is too old" {
	fake_qemu 7.2.22
	touch plugin.so
	DAXPIN_PLUGIN=plugin.so boot_fake --plugin
	usage_error 'is version 7.2.22 and a plugin needs 9.2 or later'
	[ ! -e arguments ]
}

@test "vm: --plugin: where the devices are, where the regions go" {
	fake_qemu 10.0.2
	touch plugin.so
	mkdir -p out
	echo old >out/regions.csv
	DAXPIN_PLUGIN=plugin.so boot_fake --plugin --memory 3G --soft-reserved 2G --pmem 1G,17G
	[ "$(grep -A 1 -x -e -plugin arguments | tail -n 1)" = "$PWD/plugin.so,out=$PWD/out/regions.csv,pmem=0x1c0000000+0x40000000,pmem=0x200000000+0x440000000" ]
	grep -qx 'nvdimm,id=nvdimm0,memdev=pmem0,addr=7516192768,node=0' arguments
	grep -qx 'nvdimm,id=nvdimm1,memdev=pmem1,addr=8589934592,node=0' arguments
	[ "$(grep -A 1 -x -e -accel arguments | tail -n 1)" = tcg ]
	grep -q ' noreplace-smp ' arguments
	grep -qzx DAXPIN_REGIONS=/out-share/regions.csv out/.vm/environment
	[[ $stderr == *"(--plugin: QEMU 10.0.2, $PWD/qemu)"* ]]
	[ ! -e out/regions.csv ]
}

@test "vm: --plugin: commas and spaces in paths, a model, an environment of one's own" {
	fake_qemu 10.0.2
	mkdir 'a, b'
	touch 'a, b/plugin.so' 'a, b/model.ini'
	fake_kernel
	DAXPIN_PLUGIN='a, b/plugin.so' run --separate-stderr "$vm" run --image bzImage --plugin \
		--model 'a, b/model.ini' --out 'a, b/out' --env DAXPIN_REGIONS=/mine -- true
	[ "$(grep -A 1 -x -e -plugin arguments | tail -n 1)" = "$PWD/a,, b/plugin.so,out=$PWD/a,, b/out/regions.csv,model=$PWD/a,, b/model.ini" ]
	DAXPIN_PLUGIN='a, b/plugin.so' run --separate-stderr "$vm" run --image bzImage --plugin --functions --out 'a, b/out' -- true
	[ "$(grep -A 1 -x -e -plugin arguments | tail -n 1)" = "$PWD/a,, b/plugin.so,out=$PWD/a,, b/out/regions.csv,functions=$PWD/a,, b/out/.vm/addresses.csv" ]
	[[ $stderr == *'no functions.csv'* ]]
	DAXPIN_PLUGIN='a, b/plugin.so' run --separate-stderr "$vm" run --image bzImage --plugin --out 'a, b/out' --env DAXPIN_REGIONS=/mine -- true
	# Of the same name the last one counts.
	[ "$(grep -z ^DAXPIN_REGIONS= "$PWD/a, b/out/.vm/environment" | tail -zn 1 | tr -d '\0')" = DAXPIN_REGIONS=/mine ]
	# -serial takes the path as it is.
	grep -qx "file:$PWD/a, b/out/console.log" arguments
}

@test "vm: without --plugin there is none" {
	fake_qemu 10.0.2
	boot_fake --pmem 1G
	[ -s arguments ]
	run ! grep -qx -e -plugin arguments
	run ! grep -q noreplace-smp arguments
	run ! grep -qz ^DAXPIN_REGIONS= out/.vm/environment
}

@test "vm: --iommu: turned on, with a device behind it; else there is none" {
	fake_qemu 7.2.0
	boot_fake --iommu
	grep -qx 'intel-iommu,intremap=on,aw-bits=48' arguments
	grep -qx 'edu,dma_mask=0xffffffffffffffff' arguments
	grep -q ' intel_iommu=on' arguments
	boot_fake
	[ -s arguments ]
	run ! grep -Eq 'iommu|edu' arguments
}

# commit: what the guest is told that its kernel was made of
commit() { tr '\0' '\n' <out/.vm/environment | sed -n 's/^DAXPIN_KERNEL_COMMIT=//p'; }
commit_date() { tr '\0' '\n' <out/.vm/environment | sed -n 's/^DAXPIN_KERNEL_COMMIT_DATE=//p'; }

@test "vm: what a kernel was made of: a package, a commit, or nothing that is known" {
	fake_qemu 10.0.2
	boot_fake
	[ -z "$(commit)" ]
	put 1088 '6.1.0-fake (builder) #1 SMP Debian 6.1.2-3~x (2026-01-01)\0000'
	run "$vm" run --accel tcg --image bzImage --out out -- true
	[ "$(commit)" = 6.1.2-3~x ]
	[ -z "$(commit_date)" ]
	mkdir -p tree/arch/x86/boot tree/include/config
	cp bzImage tree/arch/x86/boot
	echo 6.1.0-fake >tree/include/config/kernel.release
	run "$vm" run --accel tcg --tree tree --out out -- true
	[ -z "$(commit)" ]
	git init -q tree
	git -C tree add arch
	GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-02-03T23:30:00-0800 \
		git -C tree -c user.name=x -c user.email=x@y commit -qm x
	git -C tree tag v1
	run "$vm" run --accel tcg --tree tree --out out -- true
	[ "$(commit)" = "$(git -C tree rev-parse HEAD)" ]
	[ "$(commit_date)" = 2026-02-04T07:30:00Z ]
	echo more >>tree/arch/x86/boot/bzImage
	run "$vm" run --accel tcg --tree tree --out out -- true
	[ "$(commit)" = "$(git -C tree rev-parse HEAD)-dirty" ]
}
