#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that no daxpin has written: each is refused in one line with its number, in little memory.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	reference=$root/results/reference
	cd "$BATS_TEST_TMPDIR" || return
}

# limited COMMAND...: in 512 MiB of address space
limited() {
	(
		ulimit -v 524288
		"$daxpin" "$@"
	)
}

# each_refuses FILE MESSAGE: whatever reads samples
each_refuses() {
	local command
	for command in "report $1" "merge -o out.csv $1" "fit $1" "compare $1 $reference/main.csv" "compare $reference/main.csv $1 --base-kernel 5.10"; do
		# shellcheck disable=SC2086 # a command line
		run --separate-stderr limited $command
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		# shellcheck disable=SC2154 # run sets it
		[ "$stderr" = "daxpin: $2" ]
		[ ! -e out.csv ]
	done
}

# many N COLUMN: N rows that differ in that column, on standard output
many() {
	awk -F, -v OFS=, -v n="$1" -v column="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
		{ for (i = 1; i <= n; i++) { $at[column] = i; print }; exit }' "$reference/main.csv"
}

@test "hostile: a line, and a field, without an end" {
	local too_long='a row of more than 1 MiB: no daxpin writes such; is a quote open?'
	{ head -n 1 "$reference/main.csv"; head -c 30000000 /dev/zero | tr '\0' x; } >line.csv
	each_refuses line.csv "line.csv:2: $too_long"
	{ head -n 1 "$reference/main.csv"; printf '1,"'; head -c 30000000 /dev/zero | tr '\0' '\n'; } >field.csv
	each_refuses field.csv "field.csv:2: $too_long"
	{ head -n 1 "$reference/main.csv"; head -c 2000000 /dev/zero | tr '\0' ,; } >commas.csv
	each_refuses commas.csv "commas.csv:2: $too_long"
	{ head -n 1 "$reference/main.csv"; head -c 5000 /dev/zero | tr '\0' ,; echo; } >fields.csv
	each_refuses fields.csv "fields.csv:2: more than 4096 fields in a row"
}

@test "hostile: more runs than there may be, and more cells" {
	many 65537 run_id >runs.csv
	cp "$reference/main.env.json" none.env.json
	run --separate-stderr limited report runs.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: runs.csv:65538: more than 65536 runs; give fewer files at a time" ]
	many 65537 job >cells.csv
	run --separate-stderr limited report cells.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: cells.csv:65538: more than 65536 cells, over all ops and kernels; give fewer files at a time" ]
}

@test "hostile: ten thousand runs are read at once" {
	many 10000 run_id >runs.csv
	run --separate-stderr timeout 10 "$daxpin" report -f csv runs.csv
	[ "$status" -eq 0 ]
	[ "$(wc -l <<<"$output")" -eq 2 ]
}

@test "hostile: sums beyond 64 bits" {
	awk -F, -v OFS=, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
		{ $at["value_ns"] = "18446744073709551614"; print; print; exit }' "$reference/main.csv" >sum.csv
	run --separate-stderr limited report sum.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: sum.csv:3: the sum of the repetition, or its bytes, does not fit into 64 bits" ]
}

@test "hostile: an environment that is too large, or not one" {
	cp "$reference/main.csv" a.csv
	{ echo '['; head -c 68000000 /dev/zero | tr '\0' ' '; } >a.env.json
	each_refuses a.csv "a.env.json:2: more than 64 MiB; give fewer runs at a time"
	printf '[\n{"run_id": "x",\n"cpu": nan}]\n' >a.env.json
	each_refuses a.csv "a.env.json:3: invalid token near 'nan'"
	head -c 100000 /dev/zero | tr '\0' '[' >a.env.json
	each_refuses a.csv "a.env.json:1: maximum parsing depth reached near '['"
}

# reproduce and capacity empty their directory before they begin.
@test "hostile: names in errors break no line and move no cursor" {
	local name=$'a\nb\e[2J\xc2\x9b\x9b' long
	# No such file; letters of other alphabets stay.
	run --separate-stderr "$daxpin" report "$name-é-日本.csv"
	[ "$status" -eq 2 ]
	[ "$stderr" = 'daxpin: a\x0ab\x1b[2J\xc2\x9b\x9b-é-日本.csv: No such file or directory' ]
	# What a file names: the kernel, the run.
	{ sed -n 1,2p "$reference/main.csv"; sed -n 2p "$reference/main.csv"; } |
		awk -F, -v OFS=, -v id=$'\e]0;pwn\a' 'NR > 1 { $2 = NR id; $3 = NR id } { print }' >bad.csv
	run --separate-stderr "$daxpin" compare bad.csv "$reference/main.csv"
	[ "$status" -eq 2 ]
	[[ $stderr == 'daxpin: BASE: several kernels in bad.csv: 2\x1b]0;pwn\x07 ('* ]]
	run --separate-stderr "$daxpin" history bad.csv --all
	[ "$status" -eq 2 ]
	[ "${stderr%%$'\n'*}" = 'daxpin: bad.csv:2: run 2\x1b]0;pwn\x07 has no environment; it belongs into the .env.json beside the file' ]
	# Messages are as long as they are.
	long=$(printf '\e%.0s' {1..200})
	long=$long/$long/$long/$long.csv
	run --separate-stderr "$daxpin" report "$long"
	[ "$stderr" = "daxpin: ${long//$'\e'/\\x1b}: No such file or directory" ]
}

@test "two at a time do not work in one build directory" {
	local lib=$root/scripts/lib/common.sh claim
	mkdir top
	# shellcheck disable=SC2016 # for another shell
	claim='set -e; . "$0"; TOP=$1; PROG=reproduce; claim reproduce; echo mine; "${@:2}"'
	bash -c "$claim" "$lib" "$PWD/top" sleep 30 >first 3>&- &
	while [ ! -s first ]; do sleep 0.1; done
	run bash -c "$claim" "$lib" "$PWD/top" true
	# shellcheck disable=SC2154 # run sets it
	[ "$status" -eq 2 ]
	[ "$output" = "reproduce: another scripts/reproduce works in $PWD/top/build/reproduce: wait for its end, or use another working copy" ]
	pkill -P "$!"
	wait
	run bash -c "$claim" "$lib" "$PWD/top" true
	[ "$output" = mine ]
	grep -qx 'claim reproduce' "$root/scripts/reproduce"
	grep -q 'claim capacity$' "$root/scripts/capacity"
}

# One rule for all commands: what cannot be written is trouble, in one line.
@test "output that cannot be written is exit 2, whatever the command" {
	local command fixtures=$root/tests/fixtures/report
	export DAXPIN_DATADIR=$root/plots
	sed -n 1,64p "$reference/fit.csv" >lines.csv
	while read -r command; do
		# shellcheck disable=SC2086 # a command line
		run --separate-stderr "$daxpin" $command
		[ "$status" -eq 2 ]
		# but for what was found on the way
		[ "$(grep -vc '^warning:' <<<"$stderr")" -eq 1 ]
		[[ $stderr == *"No such file or directory" ]]
	done <<-COMMANDS
		merge -o /nonexistent/x.csv $fixtures/main.csv
		fit -o /nonexistent/x.csv lines.csv
		fit --residuals /nonexistent/x.csv lines.csv
		report --no-plots -o /proc/nowhere/x $fixtures/main.csv
		plan --capacity 1T --dram 64G -o /nonexistent/plan.csv
		plan --capacity 1T --dram 64G -o /proc/nowhere/x/
		model --apply $root/configs/models/optane-100.ini -o /nonexistent/x.csv $fixtures/model.csv
		compare --store-noise /nonexistent/x.csv $root/results/reference/stages.csv $root/results/reference/registration.csv
	COMMANDS
	while read -r command; do
		# shellcheck disable=SC2016,SC2086 # a command line
		run bash -c '"$@" 2>&1 >/dev/full' - "$daxpin" $command
		[ "$status" -eq 2 ]
		[[ $(grep -v '^warning:' <<<"$output") == "daxpin: standard output: No space left on device" ]]
	done <<-COMMANDS
		fit lines.csv
		report $fixtures/main.csv
		plan --capacity 1T --dram 64G
		compare --force --base-kernel 5.10-trim --new-kernel 5.10+gup $root/results/reference/stages.csv
		history --all $root/results/reference/stages.csv
	COMMANDS
}
