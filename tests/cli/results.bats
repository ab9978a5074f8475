#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # run sets stderr

bats_require_minimum_version 1.5.0

REFERENCE=results/reference

@test "RESULTS.md is what scripts/results makes of the reference samples" {
	scripts/results >"$BATS_TEST_TMPDIR/RESULTS.md"
	diff RESULTS.md "$BATS_TEST_TMPDIR/RESULTS.md"
}

@test "the fitted model is what the fit makes of the reference samples, and the one in configs" {
	build/daxpin model --fit configs/models/optane-100.ini --published configs/published.csv "$REFERENCE/reproduce.csv" \
		-o "$BATS_TEST_TMPDIR/optane-100.ini"
	diff configs/models/optane-100.ini "$BATS_TEST_TMPDIR/optane-100.ini"
	diff configs/models/optane-100.ini "$REFERENCE/optane-100.ini"
}

@test "the times of the reference samples are those of the fitted model" {
	cp "$REFERENCE/reproduce.csv" "$REFERENCE/reproduce.env.json" "$BATS_TEST_TMPDIR/"
	build/daxpin model --apply configs/models/optane-100.ini "$BATS_TEST_TMPDIR/reproduce.csv" -o "$BATS_TEST_TMPDIR/again.csv"
	cmp "$REFERENCE/reproduce.csv" "$BATS_TEST_TMPDIR/again.csv"
}

@test "each published figure that the model misses has its reason, and no other" {
	build/daxpin report --strict --no-plots --published configs/published.csv "$REFERENCE/reproduce.csv" >/dev/null
}

@test "kernel by kernel: each step of mainline is where it should be, and no figure rises without a reason" {
	build/daxpin report --strict --by-kernel --no-plots "$REFERENCE/kernels.csv" "$REFERENCE/kernels-bind.csv" >/dev/null
}

@test "where the instructions are: by function they are as many as kernel by kernel, to 0.1 %" {
	# map=mem, short pins, and the repetition behind the warm-up
	columns kernel clock memory map engine get op boot instructions <"$REFERENCE/kernels.csv" |
		awk '$2 == "insn" && $3 == "dax" && $4 == "mem" && $5 == "gup" && $6 == "fast" { print $1, $7, $9 }' | sort -u >"$BATS_TEST_TMPDIR/cells"
	awk -F, '$1 == "pins" && $5 == 2 { n[$2 " " $4] += $9 } END { for (key in n) print key, n[key] }' "$REFERENCE/functions.csv" |
		grep -E ' (get|put) ' >"$BATS_TEST_TMPDIR/functions"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/functions")" -eq 6 ]
	awk 'NR == FNR { n[$1, $2] = $3; next }
		($1, $2) in n { found++; d = n[$1, $2] - $3; if (d * d > 1e-6 * $3 * $3) { print; bad = 1 } } END { exit bad || found < 6 }' \
		"$BATS_TEST_TMPDIR/functions" "$BATS_TEST_TMPDIR/cells"
}

@test "functions: what is no table, and no argument" {
	run --separate-stderr scripts/functions --table "$REFERENCE/functions.csv" all
	[ "$status" -eq 2 ] && [[ $stderr == *'is not pins, unbind'* ]]
	run --separate-stderr scripts/functions --table "$REFERENCE/functions.csv"
	[ "$status" -eq 2 ]
	run --separate-stderr scripts/functions --all
	[ "$status" -eq 2 ] && [[ $stderr == *'unknown option --all'* ]]
}

@test "kernel by kernel: the plots are those of the reference samples" {
	DAXPIN_DATADIR=plots build/daxpin report --no-html -o "$BATS_TEST_TMPDIR/report" "$REFERENCE/kernels.csv" "$REFERENCE/kernels-bind.csv" >/dev/null
	for name in kernels kernels-2; do
		diff "$BATS_TEST_TMPDIR/report/plots/$name.dat" "$REFERENCE/plots/$name.dat"
		[ -s "$REFERENCE/plots/$name.svg" ] && [ -s "$REFERENCE/plots/$name.png" ]
	done
}

@test "kernel by kernel: instructions per page of pins and registrations are the same in all boots to 0.5 %" {
	# 0.1 instruction is less than anything is done per page
	build/daxpin report --no-plots --format=csv "$REFERENCE/kernels.csv" | columns clock boots spread_percent instructions_per_page | awk '
		$1 == "insn" && $2 == 3 { n++; if ($3 > 0.5 && $3 * $4 > 100 * 0.1) { print; bad = 1 } }
		END { exit bad || n < 60 }'
}

# columns NAME...: of the CSV on stdin, apart by spaces; empty ones are -
columns() {
	awk -v names="$*" '
		function split_csv(line, field,    n, c, i, quoted) {
			n = 1; field[1] = ""
			for (i = 1; i <= length(line); i++) {
				c = substr(line, i, 1)
				if (c == "\"") quoted = !quoted
				else if (c == "," && !quoted) field[++n] = ""
				else field[n] = field[n] (c == " " ? "_" : c)
			}
			return n
		}
		BEGIN { wanted = split(names, name, " ") }
		NR == 1 { n = split_csv($0, header); for (i = 1; i <= n; i++) at[header[i]] = i; next }
		{
			split_csv($0, field)
			for (i = 1; i <= wanted; i++) {
				if (!(name[i] in at)) { print "no column " name[i]; exit 1 }
				v = field[at[name[i]]]
				printf "%s%s", v == "" ? "-" : v, i < wanted ? " " : "\n"
			}
		}'
}

# instructions COLUMN...: these columns of the cells of clock insn
instructions() {
	build/daxpin report --no-plots --format=csv "$REFERENCE/reproduce.csv" | columns clock "$@" | grep ^insn
}

@test "the altmap headline: get and put at least 4x faster" {
	build/daxpin report --no-plots --format=csv --published configs/published.csv "$REFERENCE/reproduce.csv" >"$BATS_TEST_TMPDIR/compare.csv"
	columns id ours_ratio <"$BATS_TEST_TMPDIR/compare.csv" | awk '
		/^v7-(16g|124g)-dev-(get|put)/ { n++; if ($2 < 4) { print; bad = 1 } }
		END { exit bad || n != 4 }'
}

@test "instructions per page: 5 boots are the same to 0.1 %" {
	instructions boots spread_percent | awk '
		$2 == 5 { n++; if ($3 == "-" || $3 > 0.1) { print; bad = 1 } }
		END { exit bad || n < 10 }'
}

@test "instructions per page: engine gup and the kernel's own benchmark agree to 3 %" {
	instructions engine memory size_bytes kernel map get op instructions_per_page | awk '
		$3 == "dax" && $4 == 4 * 2 ^ 30 { key = $5 " " $6 " " $7 " " $8; v[key, $2] = $9; keys[key] }
		END {
			for (key in keys) {
				n++
				a = v[key, "gup"]; b = v[key, "gup_test"]
				if (!a || !b || a / b > 1.03 || b / a > 1.03) { print key, a, b; bad = 1 }
			}
			exit bad || n < 6
		}'
}
