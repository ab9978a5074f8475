# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2153 # in capitals: from scripts/vm
# The machine: from MEMORY, CPUS, NODES, PMEM, PMEM_NODE, SOFT_RESERVED, IOMMU and PLUGIN to the arguments of
# QEMU (array MACHINE) and of the kernel (array KERNEL_ARGS). Sourced by scripts/vm.

GIB=$((1 << 30))
MIB=$((1 << 20))

# to_bytes SIZE: 64M, 2G, 1T
to_bytes() {
	local unit
	case $1 in
	*[!0-9KMGT]* | '' | [KMGT]* | *[KMGT]?*) return 1 ;;
	*K) unit=1024 ;;
	*M) unit=$MIB ;;
	*G) unit=$GIB ;;
	*T) unit=$((1024 * GIB)) ;;
	*) unit=1 ;;
	esac
	printf '%d\n' $((${1%[KMGT]} * unit))
}

round_up() { printf '%d\n' $((($1 + $2 - 1) / $2 * $2)); }

# size_option NAME SIZE MULTIPLE: bytes on stdout, or the error
size_option() {
	local bytes
	bytes=$(to_bytes "$2") || bytes=0
	[ "$bytes" -gt 0 ] ||
		usage_error "--$1 $2 is not a size such as 512M, 3G or 1T"
	[ $((bytes % $3)) = 0 ] || usage_error "--$1 $2 is not a multiple of $(($3 / MIB))M"
	printf '%s\n' "$bytes"
}

# layout: RAM_BYTES, RAM_LOW, SOFT_START, DEVICE_START and PMEM_END. q35 puts 2 GiB (or RAM_LOW) below 4G and
# the rest above it, or all below it when that is less than 2.75 GiB. Devices start at the next GiB.
layout() {
	local above=0 size
	RAM_BYTES=$MEMORY RAM_LOW='' SOFT_START=0
	if [ "$SOFT_RESERVED" != 0 ]; then
		# The reserved part is the end of the RAM. It must lie above 4G and start at a whole GiB.
		RAM_BYTES=$(round_up "$RAM_BYTES" "$GIB")
		RAM_LOW=$((RAM_BYTES < 2 * GIB ? RAM_BYTES : 2 * GIB))
		SOFT_START=$((4 * GIB + RAM_BYTES - RAM_LOW))
		RAM_BYTES=$((RAM_BYTES + SOFT_RESERVED))
		above=$((RAM_BYTES - RAM_LOW))
	elif [ "$RAM_BYTES" -ge $((0xb0000000)) ]; then
		above=$((RAM_BYTES - 2 * GIB))
	fi
	DEVICE_START=$(round_up $((4 * GIB + above)) "$GIB")
	PMEM_END=$DEVICE_START
	for size in "${PMEM[@]}"; do
		PMEM_END=$(round_up $((PMEM_END + size)) "$GIB")
	done
}

# machine_nodes: NUMA nodes with their share of RAM and CPUs; soft-reserved memory is on one of its own, as
# memory behind CXL is, and nobody's until the guest touches it
machine_nodes() {
	local node share left=$((RAM_BYTES - SOFT_RESERVED)) size first last
	[ "$NODES" != 1 ] || [ "$PMEM_NODE" = own ] || [ "$SOFT_RESERVED" != 0 ] || return 0
	share=$((left / NODES / MIB / 128 * 128 * MIB))
	[ "$share" -gt 0 ] || usage_error "--memory is too small for $NODES nodes"
	for ((node = 0; node < NODES; node++)); do
		size=$share
		[ "$node" -lt $((NODES - 1)) ] || size=$left
		left=$((left - share))
		MACHINE+=(-object "memory-backend-ram,id=ram$node,size=$size")
		first=$((CPUS * node / NODES)) last=$((CPUS * (node + 1) / NODES - 1))
		MACHINE+=(-numa "node,nodeid=$node,memdev=ram$node$([ $last -lt $first ] || echo ",cpus=$first-$last")")
	done
	if [ "$SOFT_RESERVED" != 0 ]; then
		MACHINE+=(-object "memory-backend-ram,id=soft,size=$SOFT_RESERVED,reserve=off"
			-numa "node,nodeid=$node,memdev=soft")
		node=$((node + 1))
	fi
	[ "$PMEM_NODE" != own ] || MACHINE+=(-numa "node,nodeid=$node")
}

# machine_pmem: one NVDIMM without a label for each PMEM, each at a whole GiB so that 1G align works.
# PMEM_RANGES is where they are, as the plugin wants it. Soft-reserved memory is none: it is DRAM.
machine_pmem() {
	local size n=0 at=$DEVICE_START node
	case $PMEM_NODE in
	own) node=$((NODES + (SOFT_RESERVED != 0))) ;;
	last) node=$((NODES - 1)) ;;
	*) node=$PMEM_NODE ;;
	esac
	PMEM_RANGES=()
	for size in "${PMEM[@]}"; do
		PMEM_RANGES+=("$(printf '0x%x+0x%x' "$at" "$size")")
		MACHINE+=(-object "memory-backend-ram,id=pmem$n,size=$size,reserve=off"
			-device "nvdimm,id=nvdimm$n,memdev=pmem$n,addr=$at,node=$node")
		at=$(round_up $((at + size)) "$GIB")
		n=$((n + 1))
	done
}

# addresses_end: the last address that the layout takes, with the alignment of each device and 32 GiB for PCI
addresses_end() { printf '%d\n' $((PMEM_END + (${#PMEM[@]} + 32) * GIB)); }

# is_wide: more than the CPU that QEMU emulates by itself can address: 40 bits, not all of them free
is_wide() {
	layout
	[ "$(addresses_end)" -gt $((0xfd00000000)) ]
}

# emulated_addresses: what an emulated CPU can address. It is one of AMD, and those reserve a range below
# 1T: when the layout would reach it, QEMU puts all that is above 4G above 1T. find_qemu has seen to it that it
# can.
emulated_addresses() {
	local limit=$((1 << 40)) above=0
	! is_wide || above=$((limit - 4 * GIB))
	[ "$QEMU_MAJOR" -ge "$WIDE_QEMU" ] || return 0
	# Its firmware may put PCI into the last quarter of what the CPU can address.
	[ "$PMEM_END" -le $((limit * 3 / 4)) ] || CPU_MODEL+=,phys-bits=46
	DEVICE_START=$((DEVICE_START + above)) PMEM_END=$((PMEM_END + above)) SOFT_START=$((SOFT_START + above))
}

# check_shape: errors that QEMU would report in its own words
check_shape() {
	[ "${#PMEM[@]}" -le 64 ] || usage_error "more than 64 devices in --pmem"
	case $PMEM_NODE in
	own | last) ;;
	*) [ "$PMEM_NODE" -lt "$NODES" ] || usage_error "--pmem-node $PMEM_NODE: there are nodes 0 to $((NODES - 1))" ;;
	esac
	[ "$MEMORY" -ge $((256 * MIB)) ] || usage_error "--memory is less than 256M"
}

# machine_iommu ACCEL: VFIO wants interrupts remapped too, which KVM leaves to QEMU only when told. Edu copies
# memory for whoever programs it; by default it knows 28 bits of an address. Devices of virtio bypass the IOMMU.
machine_iommu() {
	[ "$1" != kvm ] || MACHINE+=(-machine kernel-irqchip=split)
	MACHINE+=(-device "intel-iommu,intremap=on,aw-bits=48" -device "edu,dma_mask=0xffffffffffffffff")
	KERNEL_ARGS+=(intel_iommu=on)
}

# machine ACCEL: fill MACHINE and KERNEL_ARGS
machine() {
	local accel=$1 total=0 sockets=1
	# CPUs of one socket on two nodes would be a warning in the kernel's log.
	[ "$NODES" = 1 ] || sockets=$CPUS
	MACHINE=() KERNEL_ARGS=() CPU_MODEL=host
	# Page tables of five levels, which Linux takes when it can, would make every walk longer than
	# on the machines that the figures are compared with.
	[ "$accel" = kvm ] || CPU_MODEL=max,la57=off
	layout
	[ "$accel" = kvm ] || emulated_addresses
	machine_nodes
	machine_pmem
	local memory=size=$((RAM_BYTES / MIB))M
	if [ "${#PMEM[@]}" != 0 ]; then
		# QEMU wants a GiB to spare for each slot, for the alignment.
		total=$((PMEM_END - DEVICE_START))
		memory+=,slots=${#PMEM[@]},maxmem=$(((RAM_BYTES + total) / MIB))M
	fi
	MACHINE+=(-machine "q35,nvdimm=on${RAM_LOW:+,max-ram-below-4g=$RAM_LOW}" -accel "$accel" -cpu "$CPU_MODEL" -m "$memory"
		-smp "$CPUS,sockets=$sockets,cores=$((CPUS / sockets)),threads=1" -device virtio-rng-pci)
	# A TSC of one speed on all CPUs is what both accelerators give; without being told, the kernel
	# takes a slow clock, and each look at the time is an exit. The HPET is there to measure its speed by: against
	# the PIT alone that fails when the host is busy, and then a kernel without X86_PM_TIMER counts ticks. ndctl waits seconds for
	# random numbers, unless the kernel trusts RDRAND or the device that hands out the host's.
	KERNEL_ARGS=(console=ttyS0 panic=-1 daxpin.vm=1 tsc=reliable printk.devkmsg=on log_buf_len=4M no_timer_check
		random.trust_cpu=on rng_core.default_quality=1000 loglevel=5 net.ifnames=0)
	# With one CPU the kernel would patch the lock prefixes out of its code, and the plugin would see
	# no atomics; a kernel with more CPUs would then execute other code than what was counted.
	[ -z "$PLUGIN" ] || KERNEL_ARGS+=(noreplace-smp)
	[ -z "$IOMMU" ] || machine_iommu "$accel"
	[ "$SOFT_RESERVED" = 0 ] ||
		KERNEL_ARGS+=("memmap=$((SOFT_RESERVED / MIB))M%$(printf '0x%x' "$SOFT_START")-1+0xefffffff")
}
