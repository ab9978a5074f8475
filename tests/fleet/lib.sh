# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # for those that source it
# What the tests of scripts/fleet have in common. Sourced in the project's directory, with LAB and FLEET set.

NUMBER=0 FAILED=0

# check DESCRIPTION COMMAND...: one line of TAP
check() {
	local description=$1 output
	shift
	NUMBER=$((NUMBER + 1))
	if output=$("$@" 2>&1 </dev/null); then
		echo "ok $NUMBER $description"
	else
		FAILED=1
		echo "not ok $NUMBER $description"
		printf '# %s\n' "${output//$'\n'/$'\n# '}"
	fi
}

is() { [ "$1" = "$2" ] || { printf 'is:        %s\nshould be: %s\n' "$1" "$2" && return 1; }; }
has() { grep -q -e "$1" -- "$2" || { echo "no $1 in $2:" && tail -n 20 -- "$2" && return 1; }; }
is_missing() { [ ! -e "$1" ] || ! ls -la -- "$1"; }

# fleet ARGUMENT...: FLEET with them, its output in LAB/1.out and LAB/2.out, its status in STATUS; at most LIMIT seconds
fleet() {
	STATUS=0
	timeout "${LIMIT:-120}" "${FLEET[@]}" "$@" >"$LAB/1.out" 2>"$LAB/2.out" </dev/null || STATUS=$?
}

# begin ARGUMENT...: the same in the background; FLEET_PID. ended: wait for it
begin() {
	timeout "${LIMIT:-120}" "${FLEET[@]}" "$@" >"$LAB/1.out" 2>"$LAB/2.out" </dev/null &
	FLEET_PID=$!
}
ended() { STATUS=0; wait "$FLEET_PID" || STATUS=$?; }

# seed NUMBER: the host has built this version before. What there is is what 'make' has just built here.
seed() {
	local dir=$LAB/$1/home/.cache/daxpin/fleet/$KEY
	mkdir -p -- "$dir/build"
	cp -a -- Makefile bench configs kernel plots scripts "$dir/"
	cp -a -- build/bench build/daxpin build/flags build/version "$dir/build/"
	[ ! -e build/daxpin-tcg.so ] || cp -a -- build/daxpin-tcg.so "$dir/build/"
	cp -- build/version "$dir/.complete"
}

# marked REPETITIONS: how many hosts measure such a job; no other test has that number
marked() { pgrep -fc -- "/build/daxpin run -s repetitions=$1 " || :; }
wait_for_marked() { # REPETITIONS NUMBER
	local i
	for ((i = 0; i < 150; i++)); do
		[ "$(marked "$1")" != "$2" ] || return 0
		sleep 0.1
	done
	echo "$(marked "$1") measure, not $2"
	cat -- "$LAB/2.out"
	return 1
}

# wait_until_clean HOST...: no run has left anything, or it is about to go
wait_until_clean() {
	local i n
	for n; do
		for ((i = 0; i < 50; i++)); do
			[ "$(ls -- "$LAB/$n/home/.cache/daxpin/fleet")" != "$KEY"$'\n'lock ] || continue 2
			sleep 0.1
		done
		ls -la -- "$LAB/$n/home/.cache/daxpin/fleet"
		return 1
	done
}

# tables FILE...: the hosts of the tables of a report
tables() { build/daxpin report "$@" 2>/dev/null | sed -n 's/^platform .*, host \([^,]*\), .*/\1/p' | paste -sd' '; }
# hosts RESULTS: of the runs that are in them
hosts() { jq -r '.[].host' "$1.env.json" | paste -sd' '; }
sums() { sha256sum -- "$@" | sha256sum; }

# make_job: LAB/job.ini, and KEY. find_key: what the project is called on the hosts
make_job() {
	printf '[t]\nengine = uring\nmemory = anon\nsize = 1M\nget = buffers\n' >"$LAB/job.ini"
	find_key
}
find_key() { KEY=$(scripts/fleet --ssh --dry-run h "$LAB/job.ini" 2>&1 >/dev/null | sed -n 's,.*/fleet/,,p'); }
