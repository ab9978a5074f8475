#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own tests of memory management, as their exit status says. What an unpatched 5.10 does not pass is
# listed with its reason in selftests-5.10.expected; every other result is a failure of this suite, a better one too.
set -u
. tests/vm/guest-lib.sh
EXPECTED=tests/vm/selftests-5.10.expected
RESULTS=${DAXPIN_OUT:-$T}/results.tsv
OUTPUTS=${DAXPIN_OUT:-$T}/outputs.txt
LIMIT=150
! grep -q '^CONFIG_KASAN=y' <(zcat /proc/config.gz) || LIMIT=600

# expected NAME: "RESULT<TAB>REASON"
expected() {
	awk -F'\t' -v name="$1" '
		$2 == name { print $1 "\t" $3; found = 1 }
		END { if (!found) print "pass\t" }' "$EXPECTED"
}

# judge NAME RESULT OUTPUT: against the list
judge() {
	local name=$1 got=$2 output=$3 wanted reason
	printf '%s\t%s\n' "$got" "$name" >>"$RESULTS"
	IFS=$'\t' read -r wanted reason < <(expected "$name")
	if [ "$got" != "$wanted" ]; then
		result 1 "$name" "the result is $got, that of the unpatched kernel is $wanted"$'\n'"$(tail -n 12 <<<"$output")"
	elif [ "$got" = pass ]; then
		result 0 "$name"
	else
		skip "$name" "${got}s on the unpatched kernel as well: $reason"
	fi
}

# try NAME COMMAND...: 0 is a pass, 4 is how selftests skip
try() {
	local name=$1 output status=0 got=fail
	shift
	output=$(cd "$T/work" && timeout -k 10 "$LIMIT" "$@" 2>&1 </dev/null) || status=$?
	case $status in
	0) got=pass ;;
	4) got=skip ;;
	124) output+=$'\n'"no end within $LIMIT s" ;;
	*) output+=$'\n'"exit status $status" ;;
	esac
	printf '# %s\n%s\n\n' "$name: $got" "$output" >>"$OUTPUTS"
	judge "$name" "$got" "$output"
}

# plain NAME [ARGUMENT...]: a program that needs nothing special
plain() { try "$*" "$SELFTESTS/$1" "${@:2}"; }

# absent NAME REASON: not a matter of the patches
absent() {
	printf 'skip\t%s\n' "$1" >>"$RESULTS"
	skip "$1" "$2"
}

# huge_pages NUMBER
huge_pages() {
	echo "$1" >/proc/sys/vm/nr_hugepages
	[ "$(cat /proc/sys/vm/nr_hugepages)" = "$1" ]
}

# --- get_user_pages ---

# gup DESCRIPTION ARGUMENT...: it ends with 0 too when only a part was pinned
gup() {
	local name=$1
	shift
	# shellcheck disable=SC2016 # for the other shell
	try "gup_benchmark: $name" bash -c '
		output=$("$@") || exit 1
		echo "$output"
		[ -n "$output" ] && ! grep -q truncated <<<"$output"' gup "$SELFTESTS/gup_benchmark" -r 2 "$@"
}

# gup_modes DESCRIPTION ARGUMENT...: every way to get, a page and many pages a call
gup_modes() {
	local memory=$1 get
	shift
	for get in -u -U -a -b -L; do gup "$get -n 512 -w, $memory" "$get" -n 512 -w "$@"; done
	gup "-u -n 1 -w, $memory" -u -n 1 -w "$@"
	gup "-a -n 1 -w, $memory" -a -n 1 -w "$@"
	gup "-L -n 1 -w, $memory" -L -n 1 -w "$@"
	gup "-a -n 777 -w, $memory" -a -n 777 -w "$@"
	gup "-a -n 32768, $memory" -a -n 32768 "$@"
	gup "-L -n 32768 -w, $memory" -L -n 32768 -w "$@"
}

gup_tests() {
	local align device mib
	if [ ! -e /sys/kernel/debug/gup_benchmark ]; then
		absent gup_benchmark 'this kernel has no CONFIG_GUP_BENCHMARK'
		return
	fi
	gup_modes 'small pages' -T
	gup_modes 'THP' -t
	gup_modes 'shared' -S
	gup_modes 'hugetlb' -H
	gup_modes 'hugetlb, shared' -H -S
	for align in 4K 2M 1G; do
		mib=128
		[ "$align" != 1G ] || mib=1024
		if device=$(scripts/dax create --map mem --align "$align" 2>"$T/create"); then
			gup_modes "device-dax, align $align" -m $mib -S -f "$device"
			scripts/dax destroy "$device"
		else
			result 1 "a dax device of align $align" "$(cat "$T/create")"
		fi
	done
}

# --- huge pages ---

# said PATTERN COMMAND...: for one that ends with 0 although it did nothing: a skip when it says PATTERN
said() {
	local pattern=$1 output status=0
	shift
	output=$("$@" 2>&1) || status=$?
	printf '%s\n' "$output"
	! grep -q "$pattern" <<<"$output" || exit 4
	exit "$status"
}

hugetlb_tests() {
	mkdir "$T/work/huge"
	mount -t hugetlbfs none "$T/work/huge"
	plain hugepage-mmap
	plain hugepage-shm
	plain map_hugetlb
	plain map_hugetlb 1024 30
	export -f said
	try thuge-gen bash -c '"$@"' sh said 'Not enough huge pages\|No GB pages' "$SELFTESTS/thuge-gen"
	plain memfd_test hugetlbfs
	umount "$T/work/huge"
}

# stress SECONDS COMMAND...: has no end of its own
stress() {
	local seconds=$1 status=0
	shift
	timeout "$seconds" "$@" || status=$?
	[ "$status" = 124 ]
}

# cover_debug_cow: khugepaged sets debug_cow, which is only there with CONFIG_DEBUG_VM: gives it a file of that name
cover_debug_cow() {
	local sys=/sys/kernel/mm/transparent_hugepage file
	[ ! -e "$sys/debug_cow" ] || return 0
	mkdir "$T/thp" "$T/thp/khugepaged"
	for file in "$sys"/*; do
		[ -d "$file" ] || : >"$T/thp/${file##*/}"
		mount --bind "$file" "$T/thp/${file##*/}" || return
	done
	echo 0 >"$T/thp/debug_cow"
	mount --rbind "$T/thp" "$sys"
}

# but_swap COMMAND...: a kernel without CONFIG_SWAP cannot swap out; all else has to be as it should
but_swap() {
	local output status=0 swapouts
	output=$("$@" 2>&1) || status=$?
	printf '%s\n' "$output"
	swapouts=$(grep -c '^Swapout.*Fail' <<<"$output")
	[ ! -e /proc/swaps ] || swapouts=0
	[ "$status" = "$swapouts" ] && grep -q '^Restore THP' <<<"$output"
}

thp_tests() {
	check 'debug_cow is there for khugepaged' cover_debug_cow
	export -f stress but_swap
	try 'transhuge-stress 512, for 10 s' bash -c '"$@"' sh stress 10 "$SELFTESTS/transhuge-stress" 512
	try khugepaged bash -c '"$@"' sh but_swap "$SELFTESTS/khugepaged"
}

# --- the rest ---

hmm_tests() {
	local major
	if ! modprobe -q test_hmm; then
		absent hmm-tests 'this kernel has no CONFIG_TEST_HMM'
		return
	fi
	major=$(awk '$2 == "HMM_DMIRROR" { print $1; exit }' /proc/devices)
	mknod /dev/hmm_dmirror0 c "$major" 0
	mknod /dev/hmm_dmirror1 c "$major" 1
	# It makes its files with O_TMPFILE, which the overlay below /tmp does not have.
	cp "$SELFTESTS/hmm-tests" /run/hmm-tests
	try hmm-tests unshare -m sh -c 'mount -t tmpfs tmpfs /tmp && cd /run && ./hmm-tests'
	modprobe -r test_hmm
}

mapping_tests() {
	plain map_fixed_noreplace
	plain map_populate
	plain mlock-random-test
	plain mlock2-tests
	plain mremap_dontunmap
	try on-fault-limit bash -c 'ulimit -l 64 && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' \
		on-fault-limit "$SELFTESTS/on-fault-limit"
	plain memfd_test
	huge_pages 0 # it wants all of the memory
	plain compaction_test
}

mkdir "$T/work"
chmod 755 "$T" "$T/work"
: >"$RESULTS"
check '200 huge pages, while memory is not in pieces' huge_pages 200
gup_tests
hugetlb_tests
thp_tests
hmm_tests
mapping_tests
finish
