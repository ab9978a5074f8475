#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What scripts/fleet runs on a host: fleet-worker.sh DIR, where DIR has job/, project.tar.gz and settings. Builds, measures,
# and writes the results to stdout as an archive; all else goes to stderr, in lines of "fleet: " what people want to know. DIR
# is removed. On a signal, or when stdin ends since the other side is gone, what runs here ends too.
set -uo pipefail

RUN=$1
CACHE=$(dirname -- "$RUN")
CHILD='' LOADED=''
# shellcheck disable=SC2034 # of settings, which overwrites them
LABEL='' KEY='' VERSION='' PLAN='' VM='' MODULE='' RESUME='' JOB='' ARGS=() PACKAGES=() TARGETS=()
# shellcheck source=/dev/null
. "$RUN/settings"
PROJECT=$CACHE/$KEY
exec 3>&1 4<&0 >&2 </dev/null

say() { printf 'fleet: %s\n' "$*" >&2; }

fail() {
	say "$*"
	exit 3
}

# end_child: daxpin has released its pins, and scripts/bench has ended its VMs, when they are gone
end_child() {
	local i
	[ -n "$CHILD" ] || return 0
	kill -TERM -- "-$CHILD" 2>/dev/null
	for ((i = 0; i < 200; i++)); do
		kill -0 -- "-$CHILD" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL -- "-$CHILD" 2>/dev/null
}

# shellcheck disable=SC2317 # from a trap
stop() {
	trap '' HUP INT TERM PIPE
	end_child
	say 'stopped'
	exit 130
}

# shellcheck disable=SC2317 # from a trap
clean_up() {
	trap '' HUP INT TERM PIPE
	[ -z "$LOADED" ] || rmmod daxpin || say 'the module stays loaded'
	rm -rf -- "$RUN"
	kill "$WATCH" 2>/dev/null
}

# Nothing is sent after the bundle: a read that returns means that nobody is there any more.
watch_stdin() {
	exec 3>&- 1>&- 2>&-
	read -r _ <&4
	kill -HUP $$
}

# run COMMAND...: in a process group of its own, so that all of it can be ended; a signal does not wait for it
run() {
	local status=0
	set -m
	"$@" </dev/null 3>&- 4<&- &
	CHILD=$!
	set +m
	wait "$CHILD" || status=$?
	CHILD=
	return "$status"
}

# relay COMMAND...: and keep what it says. Not hurt by signals, nor by a stderr that is gone: COMMAND has to clean up.
# shellcheck disable=SC2317 # run calls it
relay() {
	"$@" 2>&1 | (
		trap '' HUP INT TERM PIPE
		exec tee -p -- "$RUN/said"
	)
}

# One measurement at a time, whoever starts it. What a run has left that could not clean up goes, and so do boots that
# nobody has come back for.
lock() {
	local other
	exec 5>"$CACHE/lock" 6>"$RUN/alive"
	flock 6
	if ! flock -n 5; then
		say 'waits: another fleet measures on this host'
		run flock 5
	fi
	for other in "$CACHE"/run.*; do
		[ ! -e "$other/alive" ] || ! flock -n "$other/alive" true || rm -rf -- "$other"
	done
	find "$CACHE" -mindepth 1 -maxdepth 1 -name 'boots.*' -mtime +30 -exec rm -rf -- {} +
}

# unpack: files that were unpacked before keep the name that they had then (VERSION). A new one would go into the program, and
# what another program has measured is measured again.
unpack() {
	if [ -e "$PROJECT/.complete" ]; then
		[ ! -s "$PROJECT/.complete" ] || VERSION=$(<"$PROJECT/.complete")
		return
	fi
	say "new version, $VERSION"
	rm -rf -- "$PROJECT"
	if ! mkdir -p -- "$PROJECT" || ! tar -xzf "$RUN/project.tar.gz" -C "$PROJECT" || ! printf '%s\n' "$VERSION" >"$PROJECT/.complete"; then
		fail "cannot unpack the project to $PROJECT: is the disk full?"
	fi
}

build() {
	local log=$RUN/build.log said
	if command -v dpkg-query >/dev/null; then
		said=$("$PROJECT/scripts/deps" --check "${PACKAGES[@]}" 2>&1) || fail "${said#deps: }"
	else
		command -v make >/dev/null || fail 'no make, and no Debian: install what scripts/deps --list names'
	fi
	say 'builds'
	run make -C "$PROJECT" -j"$(nproc)" VERSION="$VERSION" "${TARGETS[@]}" >"$log" 2>&1 && return
	cat -- "$log"
	fail "the build failed: $(grep -m 1 -E 'error:|rror: ' "$log" || grep -m 1 -F '***' "$log" || tail -n 1 "$log")"
}

load_module() {
	local file
	if [ -e /dev/daxpin ]; then
		say 'the module is loaded already: it stays as it is'
		return
	fi
	[ "$(id -u)" = 0 ] || fail 'cannot load the module: only root can'
	run "$PROJECT/scripts/kernel" module "/lib/modules/$(uname -r)/build" >"$RUN/module" 2>"$RUN/module.log" || {
		cat -- "$RUN/module.log"
		fail "cannot build the module: $(tail -n 1 "$RUN/module.log")"
	}
	file=$(<"$RUN/module")
	file=$(insmod "$file" 2>&1) || fail "cannot load the module: $file"
	LOADED=1
	say 'module loaded'
}

# A VM does not know where it is.
measure() {
	if [ -n "$LABEL" ]; then
		export DAXPIN_HOST=$LABEL
	elif [ -n "$VM" ]; then
		DAXPIN_HOST=$(uname -n)
		export DAXPIN_HOST
	else
		unset DAXPIN_HOST
	fi
	mkdir -- "$RUN/out" || exit
	if [ -n "$VM" ]; then
		measure_vms
	else
		cd -- "$RUN/job" || exit
		say 'measures'
		run relay "$PROJECT/build/daxpin" run "${ARGS[@]}" -o "$RUN/out/samples.csv" "./$JOB"
	fi
}

# measure_vms: boots that are finished stay on the host, for a fleet that goes on (--resume). scripts/bench knows them by the
# path of their job, too, so that one has to stay.
measure_vms() {
	local boots=$CACHE/boots.$PLAN.$DAXPIN_HOST
	if ! mkdir -p -- "$boots/job" || ! touch -- "$boots" || ! cp -- "$RUN/job/$JOB" "$boots/job/"; then
		fail "cannot write $boots: is the disk full?"
	fi
	# Files that ARGS names are those of the project.
	cd -- "$PROJECT" || exit
	say 'measures'
	run relay "$PROJECT/scripts/bench" "${ARGS[@]}" ${RESUME:+--resume} --job "$boots/job/$JOB" --work "$boots/vm" \
		--results "$RUN/out/bench" --no-report
}

# send_results: those of scripts/bench have the name of the job
send_results() {
	local name=$RUN/out/bench/${JOB%.ini}
	[ ! -e "$name.csv" ] || mv -- "$name.csv" "$RUN/out/samples.csv"
	[ ! -e "$name.env.json" ] || mv -- "$name.env.json" "$RUN/out/samples.env.json"
	if [ ! -e "$RUN/out/samples.csv" ] || [ ! -e "$RUN/out/samples.env.json" ]; then return 1; fi
	printf '%s' "${DAXPIN_HOST-$(uname -n)}" >"$RUN/out/host"
	# Login scripts may have said something before.
	echo 'daxpin-fleet: results' >&3
	tar --mode=u=rw,go=r -czf - -C "$RUN/out" samples.csv samples.env.json host >&3
}

watch_stdin &
WATCH=$!
trap stop HUP INT TERM
trap clean_up EXIT
lock
unpack
cd -- "$PROJECT" || exit
build
[ -z "$MODULE" ] || load_module
status=0
measure || status=$?
if ! send_results; then
	[ "$status" != 0 ] || status=3
fi
[ "$status" = 0 ] || fail "ended with status $status: $(grep -v '^ *$' "$RUN/said" | tail -n 1)"
say 'done'
