#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin report --by-kernel.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	fixtures=$root/tests/fixtures/report
	reference=$root/results/reference
	export DAXPIN_DATADIR=$root/plots
	cd "$BATS_TEST_TMPDIR" || return
}

# edit AWK: the reference with each row changed; AWK may set and use v["column"]
edit() {
	cp "$reference/kernels.env.json" edited.env.json
	awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) { name[i] = $i; at[$i] = i } print; next }
		{ for (i = 1; i <= NF; i++) v[name[i]] = $i } '"$1"'
		{ for (i = 1; i <= NF; i++) $i = v[name[i]]; print }' "$reference/kernels.csv" >edited.csv
}

@test "by kernel: a column for each, in order of version, and the ratio to the one before" {
	run --separate-stderr "$daxpin" report --by-kernel "$fixtures/main.csv"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $(grep ^FIGURE <<<"$output") =~ ^FIGURE\ +MEMORY\ +UNIT\ +5.10\ +6.1\ +6.12\ +7.3$ ]]
	"$daxpin" report --by-kernel --format=csv "$fixtures/main.csv" | sed 's/"[^"]*"//g' >by.csv
	"$daxpin" report --format=csv --no-plots "$fixtures/main.csv" | sed 's/"[^"]*"//g' >all.csv
	# the ratio is to the row before, and values are those of the other table
	awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		FILENAME == "all.csv" { wanted[$at["kernel"], $at["map"], $at["op"]] = $at["ns_per_page"]; next }
		{
			key = $at["map"] " " $at["op"]; value = $at["value"]
			if (value != wanted[$at["kernel"], $at["map"], $at["op"]]) { print "value", $0; bad = 1 }
			if (key in before) {
				ratio = value / before[key]; n++
				if ($at["kernel_before"] != kernel[key] || ratio - $at["ratio"] > 1e-6 || $at["ratio"] - ratio > 1e-6) { print "ratio", $0; bad = 1 }
				step = ratio > 1.1 ? "rise" : ratio < 1 / 1.1 ? "fall" : ""
				if ($at["step"] != step) { print "step", $0; bad = 1 }
			} else if ($at["ratio"] != "") bad = 1
			before[key] = value; kernel[key] = $at["kernel"]
		}
		END { exit bad || n != 12 }' all.csv by.csv
}

@test "by kernel: clocks side by side, one row each, in text and Markdown" {
	run --separate-stderr "$daxpin" report --by-kernel "$fixtures/model.csv"
	[ "$status" -eq 0 ]
	[ "$(grep -c ' instructions/page ' <<<"$output")" -eq "$(grep -c ' modelled ns/page ' <<<"$output")" ]
	[ "$(grep -c '(0.250x v)' <<<"$output")" -ge 4 ]
	[ "$(grep -c '^Modelled, not measured' <<<"$output")" -eq 1 ]
	grep -q '^Medians; .* by more than 10 % and by more than 0.05\.$' <<<"$output"
	run --separate-stderr "$daxpin" report --by-kernel --format=markdown "$fixtures/model.csv"
	[ "$(grep -c '(0.250x ↓) |' <<<"$output")" -ge 4 ]
	[[ $output == "# Kernel by kernel"* ]]
}

@test "by kernel: hosts and platforms have tables of their own; untrusted kernels are compared with none" {
	run --separate-stderr "$daxpin" report --by-kernel "$fixtures/main.csv" "$fixtures/bare.csv"
	[ "$(grep -c '^platform .*: by kernel$' <<<"$output")" -eq 2 ]
	"$daxpin" report --by-kernel --format=csv "$fixtures/mixed.csv" | sed 's/"[^"]*"//g' >mixed.csv
	[ "$(grep -c ',7.3-kasan,.*,,,$' mixed.csv)" -ge 1 ]
	! grep ',7.3-kasan,[0-9.]*,[a-z]*$' mixed.csv || return
}

@test "by kernel: what moved, and which change of mainline is known to move it" {
	run --separate-stderr "$daxpin" report --by-kernel --strict "$reference/kernels.csv" "$reference/kernels-bind.csv"
	[ "$status" -eq 0 ]
	[[ $output =~ '5.10 to 6.1 '\ *put,\ gup,\ fast\ +map=mem\ +0.131x\ +0.149x\ unpin\ batching,\ compound\ devmap ]]
	[[ $output =~ '6.12 to 7.2 '\ *get,\ gup,\ fast\ +map=dev\ +0.05[0-9]*x\ +0.0[0-9]*x\ folio\ GUP ]]
	[[ $output =~ '5.10 to 6.1 '\ *DRAM,\ align\ 2M\ +map=mem\ +0.252x\ +-\ memmap\ sharing ]]
	# once, and without a clock
	[ "$("$daxpin" report --by-kernel --format=csv "$reference/kernels-bind.csv" | grep -c '^1,tcg,,,.*,dram,MiB/GiB,')" -eq 15 ]
}

@test "by kernel --strict: a rise that nothing explains, and a step in the wrong place" {
	edit 'v["kernel"] == "7.3" && v["op"] == "get" && v["clock"] == "insn" { v["instructions"] = int(1.2 * v["instructions"]) }'
	run --separate-stderr "$daxpin" report --by-kernel --strict edited.csv
	[ "$status" -eq 1 ]
	[ "$(wc -l <<<"$stderr")" -eq 5 ]
	[[ $stderr == *"daxpin: get, gup, fast, map=mem, clock insn: rises from 7.2 to 7.3 (1.2x), and no change is known that explains it"* ]]
	run --separate-stderr "$daxpin" report --by-kernel edited.csv
	[ "$status" -eq 0 ]
	# put of 6.1 as if it were that of 5.10: what falls then falls with 6.12
	edit 'v["kernel"] == "6.1" && v["op"] == "put" { v["instructions"] *= 8; if (v["value_ns"] != "") v["value_ns"] *= 8 }'
	run --separate-stderr "$daxpin" report --by-kernel --strict edited.csv
	[ "$status" -eq 1 ]
	[[ $stderr == *"daxpin: put, gup, fast, thp, clock insn: does not fall most with 5.13 (unpin batching)"* ]]
	[[ $stderr == *"put, gup, fast, map=dev, clock insn: does not fall most with 5.17 (compound devmap)"* ]]
}

@test "by kernel: kernels of distributions and stages of a series are lines of their own" {
	"$daxpin" report --by-kernel --format=csv "$reference/registration.csv" 2>/dev/null | sed 's/"[^"]*"//g' >by.csv
	before() { awk -F, -v kernel="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["kernel"] == kernel { print $at["kernel_before"] }' by.csv | sort -u; }
	[ "$(before 5.10)" = "" ] && [ "$(before 5.10-trim)" = "" ]
	[ "$(before 6.1)" = 5.10 ] && [ "$(before 5.10+beyond)" = 5.10-trim ]
	run --separate-stderr "$daxpin" report --by-kernel "$reference/registration.csv"
	[[ $(grep ^FIGURE <<<"$output") =~ 5.10\ +6.1\ +7.X\ +5.10-TRIM\ +5.10\+BEYOND$ ]]
	[ "$(grep -c '^Kernels of distributions come first, .* compared within its line\.$' <<<"$output")" -eq 1 ]
	# what rises is said of the kernels that are compared, and a configuration of ours is no step
	run --separate-stderr "$daxpin" report --by-kernel --strict "$reference/registration.csv"
	[ "$status" -eq 1 ]
	[[ $stderr == *"rises from 5.10 to 6.1 (1."* ]] && [[ $stderr != *-trim* ]] && [[ $stderr != *beyond* ]]
	# the page and the plots
	run --separate-stderr "$daxpin" report "$reference/registration.csv" -o dir
	[ "$status" -eq 0 ]
	[ "$(grep -c '<p class="lines">Kernels of distributions' dir/index.html)" -eq 1 ]
	[ "$(grep -c '<th scope="col" class="n line">5.10-trim' dir/index.html)" -eq 1 ]
	! grep -q '9[0-9]\.[0-9]&times;' dir/index.html || return
	grep -qF 'Kernel by kernel: 5.10 to 7.x, 5.10-trim to 5.10+beyond' dir/plots/kernels.svg
}

@test "by kernel: what does not go together is refused" {
	run --separate-stderr "$daxpin" report --by-kernel --format=json "$fixtures/main.csv"
	[ "$status" -eq 2 ]
	[[ $stderr == *"--format must be table, csv or markdown"* ]]
	run --separate-stderr "$daxpin" report --strict "$fixtures/main.csv"
	[ "$status" -eq 2 ]
	run --separate-stderr "$daxpin" report --by-kernel --published "$root/configs/published.csv" "$fixtures/main.csv"
	[ "$status" -eq 2 ]
}
