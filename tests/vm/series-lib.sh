# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the suites series* share: devices that are disabled and enabled, and the tests that every device
# gets. Sourced after guest-lib.sh.

PAGES=build/tests/vm/dax-pages
LIFE=build/tests/vm/dax-life
POISON=build/tests/vm/dax-poison
BIND=build/tests/vm/dax-bind
DRIVER=/sys/bus/dax/drivers/device_dax
# guest-lib.sh tells on stderr what took how long, and what was seen although all is well
export VERBOSE=1
# Time for what takes no time on a kernel that is well, in seconds.
PATIENCE=60

# How long a disable has to wait to be seen waiting: longer than it takes. With KASAN all takes longer.
WAITS=0.5 KASAN=''
! grep -q ' kasan_report$' /proc/kallsyms || WAITS=3 KASAN=1

# ends PID: within PATIENCE; status of the process
ends() {
	local i
	for ((i = 0; i < PATIENCE * 20; i++)); do
		kill -0 "$1" 2>/dev/null || { wait "$1"; return; }
		sleep 0.05
	done
	return 124
}

# disable DEVICE, enable DEVICE: a process that hangs in the kernel cannot be killed, so go on without it
tell_driver() {
	echo "${2##*/}" >"$DRIVER/$1" &
	ends $! || { echo "$1 of $2: status $? (124: it hangs)"; return 1; }
}
disable() { tell_driver unbind "$1"; }
enable() { tell_driver bind "$1"; }

# The data that was written is there after disable and enable, for all mappings that are made then.
data_stays() {
	local seed=$SRANDOM
	"$PAGES" write "$1" "$seed" && disable "$1" && enable "$1" && "$PAGES" verify "$1" "$seed"
}

life() { "$PAGES" life "$1" "$SRANDOM"; }

# hold_by COMMAND...: like hold of guest-lib.sh, for another program that says when it holds
hold_by() {
	rm -f "$T/held" "$T/pipe"
	mkfifo "$T/pipe"
	"$@" <"$T/pipe" >"$T/held" 2>"$T/hold-errors" &
	HOLDER=$!
	exec {HOLDER_INPUT}>"$T/pipe"
	local i
	for ((i = 0; i < 1200; i++)); do
		! grep -q '^held' "$T/held" || return 0
		kill -0 "$HOLDER" 2>/dev/null || break
		sleep 0.05
	done
	echo "holder did not hold: $(cat "$T/held" "$T/hold-errors")"
	return 1
}

# waits_for_holder DEVICE: disabling it waits until the holder lets go, and then ends
waits_for_holder() {
	local pid
	echo "${1##*/}" >"$DRIVER/unbind" {HOLDER_INPUT}>&- &
	pid=$!
	sleep "$WAITS"
	if ! kill -0 "$pid" 2>/dev/null; then
		let_go
		echo "disable did not wait: status $(wait "$pid"; echo $?)"
		enable "$1"
		return 1
	fi
	let_go
	ends "$pid" || { echo "disable still waits after the release"; return 1; }
	enable "$1" && data_stays "$1"
}

# size_of DEVICE, align_of DEVICE
size_of() { cat "/sys/bus/dax/devices/${1##*/}/size"; }
align_of() { cat "/sys/bus/dax/devices/${1##*/}/align"; }

# pin_size DEVICE: enough to have several leaves, or one where it is large
pin_size() {
	local align
	align=$(align_of "$1")
	echo $((align < 64 << 20 ? 64 << 20 : align))
}

disable_held() {
	hold_by "$HOLD" "$1" "$(pin_size "$1")" && waits_for_holder "$1"
}

# References that were taken by get_user_pages_fast() and that no driver guards.
disable_spliced() {
	hold_by "$LIFE" splice "$1" && waits_for_holder "$1"
}

# reuse DEVICE: after what was done to it, it can be disabled, enabled, written, read, pinned
reuse() { data_stays "$1" && "$LIFE" twice "$1"; }

# poisoned TEST DEVICE OFFSET: and after the device is enabled anew, the page is as good as new
poisoned() { "$POISON" "$1" "$2" "$3" && data_stays "$2" && "$POISON" "$1" "$2" "$3" && reuse "$2"; }

# leave_data DEVICE, same_memory DEVICE: where a device has the memory of the one before it, that one's
# data is there: both map the same pages, although align or map differ.
leave_data() {
	local seed=$SRANDOM
	"$PAGES" write "$1" "$seed" && echo "$("$PAGES" resource "$1") $seed" >"$T/last"
}
same_memory() {
	local low=0 high=0 last_low last_high last_seed
	read -r last_low last_high last_seed <"$T/last"
	read -r low high < <("$PAGES" resource "$1")
	[ $((low)) -lt $((last_low)) ] || last_low=$low
	[ $((high)) -gt $((last_high)) ] || last_high=$high
	"$PAGES" verify "$1" "$last_seed" "$last_low" "$last_high"
}

# test_pins WHAT DEVICE: mappings and processes that go while pages are pinned
test_pins() {
	local test
	for test in fork fork-release munmap partial mremap exit twice; do
		check "$1: pinned, $test" "$LIFE" "$test" "$2"
	done
	check "$1: disabling waits for pins" disable_held "$2"
	check "$1: disabling waits for references of vmsplice" disable_spliced "$2"
}

# test_poison WHAT DEVICE [OFFSET BYTES]: in the device, or in a part of it
test_poison() {
	local align first=${3:-0} last
	align=$(align_of "$2") last=$((first + ${4:-$(size_of "$2")} - 4096))
	check "$1: memory failure in a head page" poisoned poison "$2" "$first"
	check "$1: memory failure in the last page" poisoned poison "$2" "$last"
	[ "$align" = 4096 ] ||
		check "$1: memory failure in a page in the middle" poisoned poison "$2" $((first + align / 2 + 5 * 4096))
	check "$1: memory failure under a process that does not expect it" poisoned kill "$2" $((last - 4096))
	check "$1: soft offline is refused" poisoned soft "$2" $((first + 4096))
}

# Kernels before 5.12 take a device's page in a section that has RAM too for RAM: memory failure then is not
# handled, and the reference is never given back. Since 5.12 pfn_to_online_page(), a function since then, knows;
# our series has it right from the stage compound on.
knows_device_sections() {
	grep -q ' pfn_to_online_page$' /proc/kallsyms || [[ $(uname -r) =~ -(compound|gup|dedup|beyond)(-kasan)?$ ]]
}
test_poison_beside_ram() {
	if knows_device_sections; then
		test_poison "$1" "$2"
	else
		skip "$1: memory failure" 'this kernel takes device pages in a section with RAM for RAM (pfn_to_online_page)'
	fi
}

# no_pins: what was pinned has been unpinned. The least of some samples: 9p pins too, but not for long.
no_pins() {
	local i acquired released
	for ((i = 0; i < 20; i++)); do
		echo 1 >/proc/sys/vm/stat_refresh
		acquired=$(awk '$1 == "nr_foll_pin_acquired" { print $2 }' /proc/vmstat)
		released=$(awk '$1 == "nr_foll_pin_released" { print $2 }' /proc/vmstat)
		[ "$acquired" != "$released" ] || return 0
		sleep 0.1
	done
	echo "nr_foll_pin_acquired $acquired, nr_foll_pin_released $released"
	return 1
}

# test_cycles WHAT DEVICE TIMES: a tenth of it with KASAN, where struct pages take ten times as long
test_cycles() {
	[ -z "$KASAN" ] || set -- "$1" "$2" $(($3 / 10))
	check "$1: disabled and enabled $3 times, no memory is lost" "$BIND" cycle "$2" "$3"
	check "$1: as new after $3 times" reuse "$2"
}

# inject_everywhere: what fail-nth counts are all allocations, of slab and of pages, that may fail
inject_everywhere() {
	local dir
	for dir in /sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc; do
		echo 0 >"$dir/probability"
		echo 0 >"$dir/verbose"
		echo N >"$dir/ignore-gfp-wait"
	done
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

# no_leaks: what kmemleak has found that comes from here
no_leaks() {
	local scans
	for scans in 1 2; do
		echo scan >/sys/kernel/debug/kmemleak
		sleep "$scans"
	done
	! grep -B12 -E 'dax|memremap|vmemmap|sparse_add|section_activate|hmem|pin_user|unpin' /sys/kernel/debug/kmemleak
}

test_end() {
	check 'all that was pinned is unpinned' no_pins
	if [ -e /sys/kernel/debug/kmemleak ]; then
		check 'kmemleak has found nothing of ours' no_leaks
	else
		skip 'kmemleak has found nothing of ours' 'this kernel has no kmemleak'
	fi
}
