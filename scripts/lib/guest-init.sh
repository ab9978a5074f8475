#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# /init of the VM's initramfs: load what 9p and overlayfs need, put a writable layer on top of
# the host's root, mount what a running system has, and go there. guest-run.sh does the rest.
# All with the static busybox: an emulated CPU starts it many times faster than the host's programs.

b=/bin/busybox

fail() {
	echo "daxpin-init: $*" >/dev/console
	$b poweroff -f
	$b sleep 60
}

# try TYPE DIRECTORY OPTIONS: a kernel without it goes without it
try() {
	[ -d "$2" ] || $b mkdir -p "$2"
	$b mount -t "$1" -o "$3" "$1" "$2"
} 2>/dev/null

$b mkdir -p /proc /dev /lower /upper /root
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev 2>/dev/null || [ -c /dev/console ] || fail "no devtmpfs"

for module in /modules/*.ko; do
	[ -e "$module" ] || continue
	$b insmod "$module" || fail "cannot load $module"
done

options=trans=virtio,version=9p2000.L,msize=512000
$b mount -t 9p -o "$options,ro,cache=loose" daxpin-root /lower || fail "no 9p root"
$b mount -t tmpfs -o mode=755,size=75% upper /upper || fail "no tmpfs"
$b mkdir /upper/data /upper/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work root /root ||
	fail "no overlayfs"

cd /root || fail "no root"
$b mkdir -p out-share
# Without a cache: each write reaches the host at once, and survives a panic.
$b mount -t 9p -o "$options,cache=none" daxpin-out out-share || fail "no 9p out share"
$b mount -t devtmpfs -o mode=755 dev dev || fail "cannot mount /dev"
$b mount -t proc proc proc || fail "cannot mount /proc"
$b mount -t sysfs sys sys || fail "cannot mount /sys"
$b mount -t tmpfs -o mode=755 run run || fail "cannot mount /run"
try devpts dev/pts mode=620,ptmxmode=666
try tmpfs dev/shm mode=1777
try debugfs sys/kernel/debug mode=700
[ ! -d sys/kernel/mm/hugepages/hugepages-2048kB ] || try hugetlbfs dev/hugepages pagesize=2M
[ ! -d sys/kernel/mm/hugepages/hugepages-1048576kB ] || try hugetlbfs dev/hugepages1G pagesize=1G
$b ln -sfn /proc/self/fd dev/fd
$b ln -sfn fd/0 dev/stdin
$b ln -sfn fd/1 dev/stdout
$b ln -sfn fd/2 dev/stderr
$b ip link set lo up 2>/dev/null
echo daxpin-vm >proc/sys/kernel/hostname
# 5.10 has two drivers for a device-dax namespace; this one makes class devices, which daxctl cannot
# reconfigure, and ndctl takes either.
[ ! -d etc/modprobe.d ] || echo 'blacklist dax_pmem_compat' >etc/modprobe.d/daxpin.conf

$b mkdir -p run/lock run/daxpin
$b cp $b run/daxpin/busybox
$b mkfifo run/daxpin/stdout run/daxpin/stderr
cd /
$b umount /proc

read -r top </root/out-share/.vm/top || fail "no .vm/top in the out share"
exec $b switch_root /root /bin/bash "$top/scripts/lib/guest-run.sh" </dev/console >/dev/console 2>&1
