# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A device for VFIO in the guest of scripts/vm --iommu: QEMU's edu, bound to vfio-pci. Sourced.

# edu_device: its PCI address
edu_device() {
	local device
	for device in /sys/bus/pci/devices/*; do
		[ "$(<"$device/vendor"):$(<"$device/device")" != 0x1234:0x11e8 ] || { basename "$device"; return; }
	done
	echo 'no device edu: the VM was not started with --iommu' >&2
	return 1
}

set_up_vfio() {
	local edu
	edu=$(edu_device) && modprobe -a vfio_iommu_type1 vfio-pci || return
	echo vfio-pci >"/sys/bus/pci/devices/$edu/driver_override" && echo "$edu" >/sys/bus/pci/drivers_probe || return
	[ -e "/sys/bus/pci/drivers/vfio-pci/$edu" ] || { echo "vfio-pci does not take $edu"; return 1; }
}
