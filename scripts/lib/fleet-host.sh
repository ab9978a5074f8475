#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One host of scripts/fleet, from where that runs: fleet-host.sh STATE LABEL, where STATE has what scripts/fleet knows. Takes
# the bundle there, runs the worker in it, and puts what comes back to the results.
set -euo pipefail

export PROG=fleet
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

ENGINE='' SSH_CONFIG='' WORK='' RESULTS='' NAME='' PLAN=''
declare -A PLACE_OF=()
# shellcheck source=/dev/null
. "$1"
LABEL=$2
DIR=$RESULTS/$LABEL

# transport PLACE: fills TRANSPORT. The remote shell, whichever it is, gets a constant but for a number: values go in
# the bundle. What follows the bundle on stdin is for the worker, which ends when it ends.
transport() {
	local size host=${1%:*} start
	size=$(stat -c %s "$WORK/bundle.$LABEL")
	# shellcheck disable=SC2016 # for the host
	start='umask 077; d=${XDG_CACHE_HOME:-$HOME/.cache}/daxpin/fleet; mkdir -p "$d" && d=$(mktemp -d "$d/run.XXXXXX") &&
		head -c '$size' | tar -xC "$d" && exec bash "$d/worker" "$d"'
	start=${start//[$'\n\t']/ }
	case $ENGINE in
	ssh)
		TRANSPORT=(ssh -T -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=6)
		[ -z "$SSH_CONFIG" ] || TRANSPORT+=(-F "$SSH_CONFIG")
		[[ $1 != *:* ]] || TRANSPORT+=(-p "${1##*:}")
		TRANSPORT+=(-- "$host" "bash -c '$start'")
		;;
	slurm)
		# The whole machine, with its limits and not those of where this is typed.
		TRANSPORT=(srun --nodelist="$1" --nodes=1 --ntasks=1 --exclusive --cpu-bind=none --propagate=NONE --quiet
			--job-name=daxpin --chdir=/ bash -c "$start")
		;;
	esac
}

# fetch ARCHIVE DIR: what has these names and is a file; nothing else comes out
fetch() {
	local name
	mkdir -p -- "$2"
	LC_ALL=C sed '0,/^daxpin-fleet: results$/d' "$1" | tar -xz --no-same-owner --no-same-permissions -C "$2" samples.csv samples.env.json host 2>/dev/null || return
	for name in samples.csv samples.env.json host; do
		if [ ! -f "$2/$name" ] || [ -L "$2/$name" ]; then return 1; fi
	done
}

# A word on its stdin ends the worker, which cleans up. srun would have it killed.
stop() {
	local i
	trap '' HUP INT TERM
	echo stop >&"$hold"
	for ((i = 0; i < 150; i++)); do
		kill -0 "$CHILD" 2>/dev/null || exit 130
		sleep 0.1
	done
	kill -TERM "$CHILD" 2>/dev/null
	exit 130
}

log "$LABEL: begins"
mkdir -p -- "$DIR"
rm -f -- "$DIR/$NAME".{csv,env.json,host,done}
transport "${PLACE_OF[$LABEL]}"
# Open for writing here as long as this runs. Not the same opening as that of ssh, which makes its own non-blocking.
mkfifo -- "$WORK/in.$LABEL"
exec {hold}<>"$WORK/in.$LABEL"
cat -- "$WORK/bundle.$LABEL" >"$WORK/in.$LABEL" {hold}>&- &
mkfifo -- "$WORK/err.$LABEL"
(
	trap '' HUP INT TERM
	tee -- "$DIR/$NAME.log" <"$WORK/err.$LABEL" | sed -un "s/^fleet: /fleet: $LABEL: /p" >&2
) {hold}>&- &
RELAY=$!
# In a session of its own: it is asked to end, and waited for.
setsid "${TRANSPORT[@]}" <"$WORK/in.$LABEL" >"$WORK/out.$LABEL" 2>"$WORK/err.$LABEL" {hold}>&- &
CHILD=$!
trap stop HUP INT TERM
status=0
wait "$CHILD" || status=$?
wait "$RELAY" || :
if fetch "$WORK/out.$LABEL" "$WORK/results.$LABEL"; then
	mv -- "$WORK/results.$LABEL/samples.csv" "$DIR/$NAME.csv"
	mv -- "$WORK/results.$LABEL/samples.env.json" "$DIR/$NAME.env.json"
	mv -- "$WORK/results.$LABEL/host" "$DIR/$NAME.host"
elif [ "$status" = 0 ]; then
	echo 'fleet: its results did not arrive' >>"$DIR/$NAME.log"
	status=3
fi
[ "$status" != 0 ] || printf '%s\n' "$PLAN" >"$DIR/$NAME.done"
exit "$status"
