# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# RDMA devices in the guest: rdma_rxe on network devices that lead nowhere. Sourced.

# add_rxe NAME ADDRESS
add_rxe() {
	ip link add "$1dev" type dummy && ip address add "$2/24" dev "$1dev" && ip link set "$1dev" up &&
		rdma link add "$1" type rxe netdev "$1dev"
}

# On kernels of 7.x rdma_rxe does not load ib_uverbs.
set_up_rxe() {
	modprobe dummy numdummies=0 && modprobe rdma_rxe && modprobe ib_uverbs && add_rxe rxe0 192.0.2.1 || return
	[ -c /dev/infiniband/uverbs0 ] || { echo 'no /dev/infiniband/uverbs0'; return 1; }
}
