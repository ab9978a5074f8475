# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP helpers for what runs in the guest. Sourced after set -u; tests go on after a failure.

grep -q 'daxpin\.vm=1' /proc/cmdline || { echo 'not in the VM of scripts/vm' >&2; exit 2; }
NUMBER=0 FAILED=0
T=$(mktemp -d)
DAXPIN=build/daxpin
HOLD=build/tests/vm/hold

result() { # result STATUS DESCRIPTION [DETAIL]
	NUMBER=$((NUMBER + 1))
	[ -z "${VERBOSE:-}" ] || echo "$SECONDS s: $NUMBER $2" >&2
	if [ "$1" = 0 ]; then
		echo "ok $NUMBER $2"
	else
		echo "not ok $NUMBER $2"
		printf '# %s\n' "${3//$'\n'/$'\n# '}"
		FAILED=1
	fi
}

# check DESCRIPTION COMMAND...: passes when the command does
check() {
	local description=$1 output status=0
	shift
	output=$("$@" 2>&1 </dev/null) || status=$?
	result "$status" "$description" "exit status $status: $output"
	[ "$status" != 0 ] || [ -z "${VERBOSE:-}" ] || grep '^# ' <<<"$output" || :
}

# refuses DESCRIPTION STATUS PATTERN COMMAND...: exit status, and one line on stderr that matches
refuses() {
	local description=$1 wanted=$2 pattern=$3 status=0 errors
	shift 3
	"$@" >/dev/null 2>"$T/errors" </dev/null || status=$?
	errors=$(<"$T/errors")
	if [ "$status" = "$wanted" ] && [ "$(wc -l <"$T/errors")" = 1 ] && grep -Eq -- "$pattern" "$T/errors"; then
		result 0 "$description"
	else
		result 1 "$description" "exit status $status (wanted $wanted), stderr: $errors"
	fi
}

skip() { NUMBER=$((NUMBER + 1)); echo "ok $NUMBER $1 # SKIP $2"; }

finish() { echo "1..$NUMBER"; exit "$FAILED"; }

# column FILE NAME: the values of a column; our CSVs have no commas in front of reason
column() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }' "$1"
}

# is_all FILE COLUMN VALUE...: every value of the column is one of these, and there is one
is_all() {
	local file=$1 name=$2
	shift 2
	column "$file" "$name" | awk -v wanted=" $* " '{ n++; if (index(wanted, " " $0 " ") == 0) bad = 1 } END { exit !n || bad }' ||
		{ echo "$name: $(column "$file" "$name" | sort | uniq -c | paste -sd' ')"; return 1; }
}

# run_job FILE.csv KEY=VALUE...: a small job on any dax device
run_job() {
	local csv=$1 settings=() pair
	shift
	for pair in "$@"; do settings+=(-s "$pair"); done
	printf '[test]\n' >"$T/job.ini"
	"$DAXPIN" run -q --force "$T/job.ini" "${settings[@]}" -o "$csv"
}

# hold DEVICE BYTES: starts a holder and waits until it holds; HOLDER is its pid
hold() {
	rm -f "$T/held" "$T/pipe"
	mkfifo "$T/pipe"
	"$HOLD" "$1" "$2" <"$T/pipe" >"$T/held" 2>"$T/hold-errors" &
	HOLDER=$!
	exec {HOLDER_INPUT}>"$T/pipe"
	local i
	for ((i = 0; i < 600; i++)); do
		[ ! -s "$T/held" ] || return 0
		kill -0 "$HOLDER" 2>/dev/null || break
		sleep 0.1
	done
	echo "holder did not hold: $(cat "$T/hold-errors")" >&2
	return 1
}

# let_go: ends the holder's input, which makes it exit
let_go() {
	exec {HOLDER_INPUT}>&-
	wait "$HOLDER" 2>/dev/null || :
}

kill_holder() {
	kill -KILL "$HOLDER"
	exec {HOLDER_INPUT}>&-
	wait "$HOLDER" 2>/dev/null || :
}
