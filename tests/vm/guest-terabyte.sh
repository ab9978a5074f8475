#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Devices of more than 700 GiB, static and dynamic, on a kernel that shares struct pages: made, listed, pinned
# whole and released with little RAM. That no data is touched shows on the host.
# Wants: --pmem 702G --soft-reserved 702G, and ALIGN in the environment: 2M (RAM 6G) or 1G (RAM 1G)
set -u
# shellcheck source=tests/vm/guest-lib.sh
. tests/vm/guest-lib.sh
# shellcheck source=tests/vm/series-lib.sh
. tests/vm/series-lib.sh
: "${ALIGN:?2M or 1G}"
LEAST=$((700 << 30))

create() { # KIND: sets DEVICE
	case $1 in
	static) DEVICE=$(scripts/dax create --map mem --align "$ALIGN") ;;
	dynamic) DEVICE=$(scripts/dax dynamic --align "$ALIGN") ;;
	esac
}

is_listed() { # KIND
	local kind=dynamic
	[ "$1" = dynamic ] || kind=pmem
	"$DAXPIN" list
	"$DAXPIN" list | awk -v device="${DEVICE##*/}" -v align="$ALIGN" -v kind="$kind" '
		$1 == device && $3 == align && $4 == "mem" && $8 == kind { found = 1 } END { exit !found }' &&
		[ "$(size_of "$DEVICE")" -ge "$LEAST" ]
}

pins_acquired() {
	echo 1 >/proc/sys/vm/stat_refresh
	awk '$1 == "nr_foll_pin_acquired" { print $2 }' /proc/vmstat
}

# is_pinned GET: all of it in one pass, and the kernel's own count says so too
is_pinned() {
	local csv=$T/pinned.csv pages before
	pages=$(($(size_of "$DEVICE") / 4096)) before=$(pins_acquired)
	run_job "$csv" engine=gup device="$DEVICE" size="$(size_of "$DEVICE")" get="$1" put=range-dirty \
		warmup=0 repetitions=1 max_sample_rows=0 || return
	is_all "$csv" status ok && is_all "$csv" pages_got "$pages" && is_all "$csv" op get put || return
	[ $(($(pins_acquired) - before)) -ge "$pages" ] || { echo "nr_foll_pin_acquired: $before, $(pins_acquired)"; return 1; }
	no_pins
}

# as_planned: DRAM of a rebind
as_planned() {
	"$DAXPIN" bind "$DEVICE" --yes --force -q -r 1 -o "$T/bind.csv" && "$DAXPIN" plan --against "$T/bind.csv"
}

for kind in dynamic static; do
	what="$kind, align $ALIGN"
	if ! create "$kind"; then
		result 1 "$what: made" "scripts/dax failed, see stderr"
		continue
	fi
	result 0 "$what: made, $(size_of "$DEVICE") bytes"
	check "$what: listed" is_listed "$kind"
	check "$what: pinned whole and released, fast" is_pinned fast
	check "$what: pinned whole and released, fast-longterm" is_pinned fast-longterm
	check "$what: takes the DRAM that was planned" as_planned
	check "$what: destroyed" scripts/dax destroy "$DEVICE"
done
finish
