#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/plugin/run runs in the guest: tests/plugin/guest.sh PART
set -u
# shellcheck source=/dev/null
. tests/vm/guest-lib.sh
export LC_ALL=C
MARK_LOOP=build/tests/plugin/mark-loop
CACHE_LOOP=build/tests/plugin/cache-loop
# Long enough for dozens of timer ticks.
LONG=15000000
# The last tag that was used: a file, because each check is a shell of its own.
echo 0 >"$T/tag"

# count TAG NAME: what the plugin has written for it
count() {
	awk -F, -v tag="$1" -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		$column["tag"] == tag { print $column[name] }' "$DAXPIN_REGIONS"
}

# is TAG NAME VALUE, is_in TAG NAME LOW HIGH
is() { [ "$(count "$1" "$2")" = "$3" ] || { echo "$2 is $(count "$1" "$2") and should be $3" && return 1; }; }

is_in() {
	local value
	value=$(count "$1" "$2")
	if [ "${value:--1}" -lt "$3" ] || [ "$value" -gt "$4" ]; then
		echo "$2 is $value and should be $3 to $4" && return 1
	fi
}

# marked CASE N: runs it under a new TAG, what it says goes to $T/expected
marked() {
	TAG=$(($(<"$T/tag") + 10))
	echo "$TAG" >"$T/tag"
	"$MARK_LOOP" "$1" "$2" "$TAG" >"$T/expected"
}

# exact LINES APART_MIN: all is as $T/expected says
exact() {
	local tag instructions atomics loads stores lines=0
	while read -r tag instructions atomics loads stores; do
		is "$tag" instructions "$instructions" && is "$tag" atomics "$atomics" && is "$tag" loads "$loads" &&
			is "$tag" stores "$stores" && is "$tag" regions 1 && is "$tag" doubtful 0 &&
			is_in "$tag" apart_instructions "$2" 100000000000 || return
		lines=$((lines + 1))
	done <"$T/expected"
	[ "$lines" = "$1" ] || { echo "$lines regions instead of $1" && return 1; }
}

short_loop() { marked exact 1000 && exact 1 0 && is "$TAG" cpu 0; }
one_instruction_more() { marked exact 1001 && is "$TAG" instructions 7007; }
interrupted_loop() { marked exact "$LONG" && exact 1 10000; }
competing_loop() { marked exact "$LONG" && exact 1 "$((LONG / 2))"; }
twin_loop() { marked twin "$LONG" && exact 1 "$((LONG / 2))"; }
signalled_loop() { marked alarms "$LONG" && exact 1 10000; }
two_cpus() { marked threads "$((LONG / 2))" && exact 2 1 && is "$TAG" cpu 0 && is "$((TAG + 1))" cpu 1; }

# start_others: processes that want the CPU all the time: one in system calls, one that forks
start_others() {
	yes >/dev/null &
	OTHERS=($!)
	sh -c 'while :; do : $(:); done' &
	OTHERS+=($!)
	sleep 0.1
}

stop_others() {
	kill "${OTHERS[@]}"
	wait "${OTHERS[@]}" 2>/dev/null || :
}

# repeats CASE N LOW HIGH PERMILLE: each of 1 in N takes LOW to HIGH instructions, and as many in each of three runs
repeats() {
	local i least=0 most=0 value
	for i in 1 2 3; do
		marked "$1" "$2" && is "$TAG" doubtful 0 && is "$TAG" regions 1 &&
			is_in "$TAG" instructions "$(($2 * $3))" "$(($2 * $4))" || return
		value=$(count "$TAG" instructions)
		if [ "$i" = 1 ] || [ "$value" -lt "$least" ]; then least=$value; fi
		[ "$value" -le "$most" ] || most=$value
	done
	[ $(((most - least) * 1000)) -le $((least * $5)) ] || { echo "$least to $most instructions for $2" && return 1; }
}

# A page is cleared: 64 lines of stores at the least. Free pages come in batches, hence not quite the same.
page_faults() { repeats faults 1000 300 20000 50 && is_in "$TAG" stores 64000 100000000; }
system_calls() { repeats system-calls 1000 20 5000 5; }
yields() { repeats yields 500 20 10000 200 && is_in "$TAG" apart_instructions 10000 100000000000; }
sleeps() { repeats sleeps 5 100 100000 500 && is_in "$TAG" apart_instructions 1000 100000000000; }

counts() {
	check 'short loop: instructions, atomics, loads and stores are exact' short_loop
	check 'another loop: one more of them is seen' one_instruction_more
	check 'long loop: exact, the interrupts in it are counted apart' interrupted_loop
	check 'signals in a loop: exact, the handlers are counted apart' signalled_loop
	check 'system calls: the same count each time' system_calls
	check 'page faults: what the kernel does for them belongs to the region' page_faults
	check 'sleep in a region: the idle task is counted apart' sleeps
	check 'twin at the same addresses: exact' twin_loop
	start_others
	check 'others want the CPU: exact, they are counted apart' competing_loop
	check 'others want the CPU: and a second time' competing_loop
	check 'yield in a region: others are counted apart' yields
	stop_others
}

cpus() {
	check 'two CPUs: the region of each is exact' two_cpus
	start_others
	check 'two CPUs, others want them: the region of each is exact' two_cpus
	stop_others
}

job_file() {
	printf '[exact]\nengine = gup\nmap = mem\nalign = 2M\nsize = 1G\nrepetitions = 1\n' >"$T/job.ini"
}

# The host compares what it says in several boots.
samples() {
	job_file
	scripts/dax create --map mem --align 2M >/dev/null && "$DAXPIN" run -q "$T/job.ini" -o "$DAXPIN_OUT/samples.csv"
}

# The walks' names go to a file: the host compares.
walks() { "$CACHE_LOOP" 1 huge >"$DAXPIN_OUT/walks"; }

no_plugin() {
	job_file
	scripts/dax create --map mem --align 2M >/dev/null || { echo 'not ok 1 device'; exit 1; }
	refuses 'no plugin: run --regions ends with status 2 and says what to do' 2 'scripts/vm run --plugin' \
		"$DAXPIN" run -q --regions "$T/regions.csv" "$T/job.ini" -o "$T/samples.csv"
}

case $1 in
counts | cpus) check 'the plugin begins when the guest says so' "$MARK_LOOP" arm 10000 0 && "$1" ;;
walks)
	check 'the plugin with a model begins' "$MARK_LOOP" arm 10000 0
	check 'walks over memory in huge pages' walks
	;;
samples) check 'daxpin run counts engine gup' samples ;;
no-plugin) no_plugin ;;
esac
finish
