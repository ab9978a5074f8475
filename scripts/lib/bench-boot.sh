#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One boot of scripts/bench: bench-boot.sh DIR KEY LABEL VM_ARGUMENT...
# Boots (scripts/vm run), with more tries when that fails. Then the samples are in DIR, and DIR.ok names them; else
# DIR.failed says why. KEY is what they were measured of, for a later run that wants to keep them.
set -euo pipefail

export PROG=bench
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

DIR=$1 KEY=$2 LABEL=$3
VM=("${@:4}")
# A boot whose clock was too coarse says nothing about the kernel: a busy host does that.
EXIT_COARSE=75
MAX_TRIES=2 MAX_COARSE=5

boot() {
	rm -rf -- "$DIR"
	mkdir -p -- "$DIR"
	(exec_leashed $$ KILL "$TOP/scripts/vm" run --out "$DIR" "${VM[@]}" >"$DIR/vm.log" 2>&1)
}

# The cells' lines, for people who watch.
cells() {
	sed -nE 's/^cell [0-9/]+: .*(map=[a-z]+).* (fast[a-z-]*|slow|longterm)\/.*: (get .*)$/\1 \2 \3/p
		s/^cell [0-9/]+: (verbs|uring|vfio) .*(map=[a-z]+).*: (register .*)$/\2 \1 \3/p
		s/^cell [0-9/]+: .*(map=[a-z]+ align=[0-9A-Z]+): ((re)?bind .*)$/\1 \2/p' "$DIR/stderr" 2>/dev/null |
		awk '{ key = $1 " " $2 " " ($3 == "get" ? "" : $3); if (!(key in line)) order[++n] = key; line[key] = $0 }
			END { for (i = 1; i <= n; i++) printf "%s%s", (i > 1 ? "; " : ""), line[order[i]]; print "" }'
}

# The samples are on the disk before anything says that they are there.
publish() {
	sync -- "$DIR/samples.csv" "$DIR/samples.env.json" &&
		printf '%s\n%s\n' "$KEY" "$(cd -- "$DIR" && hash_files samples.csv samples.env.json)" >"$DIR.ok.new" &&
		sync -- "$DIR.ok.new" && mv -f -- "$DIR.ok.new" "$DIR.ok"
}

# why_not: in one line
why_not() {
	local end message
	end=$(cat -- "$DIR/end" 2>/dev/null) || end='did not start'
	message=$(tail -n 1 -- "$DIR/vm.log")
	# What scripts/vm says last may be where to look; its own name is not of interest.
	printf '%s: %s\n' "$end" "${message#vm: }"
}

# A kernel that has not come as far as the job is broken, whatever the job is.
came_up() { [ -e "$DIR/.vm/started" ]; }

start=$SECONDS tries=0 coarse=0
while :; do
	status=0
	with_ticker "$LABEL" '' boot || status=$?
	if [ "$status" = 0 ] && publish; then
		log "$LABEL, $((SECONDS - start)) s: $(cells)"
		exit 0
	fi
	reason=$(why_not)
	if [ "$status" = "$EXIT_COARSE" ]; then coarse=$((coarse + 1)); else tries=$((tries + 1)); fi
	again='; once more'
	if [ "$tries" = "$MAX_TRIES" ] || [ "$coarse" = "$MAX_COARSE" ]; then again=''; fi
	log "$LABEL: $reason$again"
	if [ -z "$again" ]; then
		if came_up; then printf '%s\n' "$reason"; else printf 'does not boot: %s\n' "$reason"; fi >"$DIR.failed"
	fi
	rm -rf -- "$DIR.try$((tries + coarse))"
	mv -- "$DIR" "$DIR.try$((tries + coarse))"
	[ "$again" ] || exit 1
done
