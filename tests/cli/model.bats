#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin model and scripts/model-fit.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	export DAXPIN=$daxpin
	samples=$root/tests/fixtures/report/model.csv
	cd "$BATS_TEST_TMPDIR" || return
	cp "$root"/configs/models/*.ini .
	make_published 22 127 71 >published.csv
	make_samples >counts.csv
}

# Three figures before, and these after.
make_published() {
	echo id,source,title,command,engine,memory,map,align,size_mib,get,put,write,batch_pages,op,before_kernel,after_kernel,before,after,unit,use,note,before_high,after_high,model,miss_reason
	echo "mem-put,s,t,,gup,dax,mem,2M,16384,fast,pages,1,512,put,unpin,compound,71,$1,ms,fit,,,,optane-100,"
	echo "dev-get,s,t,,gup,dax,dev,2M,16384,fast,pages,1,512,get,unpin,compound,524,$2,ms,fit,,,,optane-100,"
	echo "dev-put,s,t,,gup,dax,dev,2M,16384,fast,pages,1,512,put,unpin,compound,525,$3,ms,fit,,,,optane-100,"
}

# kernel map op instructions atomics dram_streamed dram_writebacks pmem_streamed pmem_writebacks, per page
make_samples() {
	head -n 1 "$samples"
	awk '{ p = 4194304
		printf "1,r-%s,5.10+%s,5.10.262,tcg,model,b-%s,j,dax,dax0.0,%s,2097152,gup,fast,pages,1,17179869184,512,0,1,", \
			$1, $1, $1, $2
		printf "disjoint,%s,repetition,1,0,,8192,%d,%d,9,1,,,,,,1,ok,,1,,,optane-100,cascade-lake,", $3, p, p
		printf "%d,0,%d,0,0,%d,%d,%d,0,0,%d,%d,0,%d,%d,\n", $4 * p, $5 * p, ($6 + $8) * p, ($6 + $8) * p, \
			($6 + $8) * p, $6 * p, $7 * p, $8 * p, $9 * p }' <<-'TEXT'
		unpin mem get 115 2 1.125 1.125 0 0
		unpin mem put 111 2 1.125 1 0 0
		unpin dev get 115 2 0.125 0.125 1 1
		unpin dev put 111 2 0.125 0 1 1
		compound mem get 119 3 1.125 0.125 0 0
		compound mem put 11 0 1.125 0 0 0
		compound dev get 119 3 0.125 0.125 1 0
		compound dev put 11 0 0.125 0 1 0
	TEXT
}

one_error_line() {
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == daxpin:* ]]
}

# Sets KEY of SECTION in an INI file: set_key FILE SECTION KEY VALUE.
set_key() {
	awk -v section="[$2]" -v key="$3" -v value="$4" '/^\[/ { in_it = $0 == section }
		in_it && $1 == key { $0 = key " = " value } { print }' "$1" >"$1.new"
	mv "$1.new" "$1"
}

@test "model --apply: other times, the same counts" {
	run --separate-stderr "$daxpin" model --apply ddr4.ini "$samples" -o out.csv
	[ "$status" -eq 0 ]
	# value_ns and model of the rows of clock model, and nothing else
	awk -F, -v OFS=, '$6 == "model" { $31 = $43 = "" } { print }' "$samples" >expected
	awk -F, -v OFS=, '$6 == "model" { if ($43 != "ddr4") print "model " $43; $31 = $43 = "" } { print }' out.csv >got
	cmp expected got
	"$daxpin" merge "$samples" -o merged.csv
	cmp merged.env.json out.env.json
}

@test "model --apply: the time is that of the parameters" {
	for key in cpu.ghz=1 cpu.instructions_per_cycle=1 cpu.atomic_ns=0 caches.l2_ns=1 caches.llc_ns=1 \
		caches.llc_stream_ns=1 dram.latency_ns=1 dram.read_gbs=64 dram.write_gbs=64 pmem.latency_ns=2 \
		pmem.read_gbs=32 pmem.write_gbs=16; do
		section=${key%%.*} key=${key#*.}
		set_key ddr4.ini "$section" "${key%=*}" "${key#*=}"
	done
	"$daxpin" model --apply ddr4.ini "$samples" -o out.csv
	# Each line of cache costs 1 ns from wherever it comes, 2 from pmem, 4 when it goes back there.
	awk -F, '$6 == "model" && $31 != $45 + ($50 - $51) + ($51 - $52) + $54 + $55 + $56 + 2 * ($57 + $58) + 4 * $59 {
		print; wrong = 1 } END { exit wrong }' out.csv
}

@test "model --apply: the file that is read may be written" {
	cp "$samples" one.csv
	cp "${samples%.csv}.env.json" one.env.json
	"$daxpin" model --apply cxl-dram.ini "$samples" -o two.csv
	"$daxpin" model --apply cxl-dram.ini one.csv -o one.csv
	cmp one.csv two.csv
}

@test "model --apply: other caches had other counts" {
	set_key ddr4.ini caches name other-caches
	run --separate-stderr "$daxpin" model --apply ddr4.ini "$samples" -o out.csv
	[ "$status" -eq 2 ]
	one_error_line
	[[ $stderr == *"caches 'cascade-lake', model ddr4 has 'other-caches'"* ]]
	[ ! -e out.csv ] && [ ! -e out.env.json ]
}

@test "model --apply: a file without modelled rows" {
	run --separate-stderr "$daxpin" model --apply ddr4.ini "$root/tests/fixtures/report/main.csv" -o out.csv
	[ "$status" -eq 2 ]
	one_error_line
	[[ $stderr == *"no rows of clock model"* ]]
	[ ! -e out.csv ]
}

@test "model: what is wrong with a model is said with its line" {
	set_key ddr4.ini pmem read_gbs 0
	line=$(grep -n '^read_gbs = 0$' ddr4.ini | cut -d: -f1)
	run --separate-stderr "$daxpin" model --apply ddr4.ini "$samples" -o out.csv
	[ "$status" -eq 2 ]
	one_error_line
	[[ $stderr == *"ddr4.ini:$line: [pmem] read_gbs = 0: must be a number from "* ]]
}

@test "model --fit: writes what it prints, and the same again" {
	run --separate-stderr "$daxpin" model --fit optane-100.ini --published published.csv counts.csv -o fitted.ini
	[ "$status" -eq 0 ]
	[[ $output == *"3 figures, rms error "* ]]
	read -ra parameters < <(sed -n 's/^free = //p' optane-100.ini)
	[ "$(grep -c '^; fitted on 3 before-figures, rms error ' fitted.ini)" -eq ${#parameters[@]} ]
	for parameter in "${parameters[@]}"; do
		value=$(awk -v p="$parameter" '$1 == p { print $3 }' <<<"$output")
		awk -v section="[${parameter%.*}]" -v key="${parameter#*.}" -v value="$value" '/^\[/ { in_it = $0 == section }
			in_it && $1 == key && $3 == value { found = 1 } END { exit !found }' fitted.ini
	done
	# Comments and all that is not free are as they were.
	diff <(grep -v '^; fitted on' fitted.ini | sed 's/^\(atomic_ns\|instructions_per_cycle\|read_gbs\|write_gbs\) =.*/\1/') \
		<(grep -v '^; fitted on' optane-100.ini | sed 's/^\(atomic_ns\|instructions_per_cycle\|read_gbs\|write_gbs\) =.*/\1/')
	"$daxpin" model --fit fitted.ini --published published.csv counts.csv -o again.ini
	cmp fitted.ini again.ini
}

@test "model --fit: the figures after do not matter" {
	run --separate-stderr "$daxpin" model --fit optane-100.ini --published published.csv counts.csv
	[ "$status" -eq 0 ]
	with=$output
	make_published 9999 1 3 >other.csv
	run --separate-stderr "$daxpin" model --fit optane-100.ini --published other.csv counts.csv
	[ "$status" -eq 0 ]
	[ "$output" = "$with" ]
}

@test "model --fit --also: the other models get CPU and DRAM, and DRAM as the device stays DRAM" {
	"$daxpin" model --fit optane-100.ini --published published.csv counts.csv -o optane-100.ini \
		--also ddr4.ini --also cxl-dram.ini
	value() {
		awk -v section="[$2]" -v key="$3" '/^\[/ { in_it = $0 == section } in_it && $1 == key { print $3 }' "$1"
	}
	for key in atomic_ns instructions_per_cycle; do
		[ "$(value ddr4.ini cpu "$key")" = "$(value optane-100.ini cpu "$key")" ]
	done
	for key in latency_ns read_gbs write_gbs; do
		[ "$(value ddr4.ini dram "$key")" = "$(value optane-100.ini dram "$key")" ]
		[ "$(value ddr4.ini pmem "$key")" = "$(value ddr4.ini dram "$key")" ]
		[ "$(value cxl-dram.ini dram "$key")" = "$(value optane-100.ini dram "$key")" ]
		[ "$(value cxl-dram.ini pmem "$key")" = "$(value "$root/configs/models/cxl-dram.ini" pmem "$key")" ]
	done
}

@test "model --fit: nothing is written when one of the files is wrong" {
	cp optane-100.ini before.ini
	set_key ddr4.ini cpu ghz 0
	run --separate-stderr "$daxpin" model --fit optane-100.ini --published published.csv counts.csv \
		-o optane-100.ini --also ddr4.ini
	[ "$status" -eq 2 ]
	one_error_line
	cmp before.ini optane-100.ini
}

@test "model --fit: no counts for any figure" {
	run --separate-stderr "$daxpin" model --fit optane-100.ini --published published.csv "$samples"
	[ "$status" -eq 2 ]
	[[ $stderr == *"no published figure before has counts to fit on"* ]]
}

@test "model --sensitivity: Markdown, and CSV for each parameter halved and doubled" {
	run --separate-stderr "$daxpin" model --sensitivity optane-100.ini --published published.csv counts.csv -o out.csv
	[ "$status" -eq 0 ]
	[ "$(grep -c '^### ' <<<"$output")" -eq 3 ]
	[[ $output == *'| pmem.write\_gbs |'* ]]
	[ "$(wc -l <out.csv)" -eq $((1 + 3 * 25)) ]
	# Half the speed of writing makes no figure faster.
	awk -F, '$3 == "" { base = $5 } $3 == "pmem.write_gbs" && $4 == 0.5 && $5 < base { exit 1 }' out.csv
}

@test "model: wrong usage" {
	for words in "" "$samples" "--apply ddr4.ini $samples" "--apply ddr4.ini --fit ddr4.ini $samples" \
		"--fit ddr4.ini $samples" "--sensitivity ddr4.ini $samples" "--apply ddr4.ini $samples $samples -o out.csv" \
		"--fit ddr4.ini --published published.csv --also ddr4.ini $samples" "--apply ddr4.ini -o out.csv"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$daxpin" model $words
		[ "$status" -eq 2 ]
		[ -n "$stderr" ]
		[ -z "$output" ]
	done
	[ ! -e out.csv ]
}

@test "model: a full disk is told" {
	sensitivity() { "$daxpin" model --sensitivity optane-100.ini --published published.csv counts.csv >/dev/full; }
	run --separate-stderr sensitivity
	[ "$status" -eq 2 ]
	one_error_line
}

@test "scripts/model-fit: usage, and what it does" {
	run "$root/scripts/model-fit"
	[ "$status" -eq 2 ]
	run "$root/scripts/model-fit" --help
	[ "$status" -eq 0 ]
	run env DAXPIN=echo "$root/scripts/model-fit" a.csv b.csv
	[[ $output == "model --fit configs/models/optane-100.ini --published configs/published.csv -o configs/models/optane-100.ini --also "*" a.csv b.csv" ]]
	run env DAXPIN=echo "$root/scripts/model-fit" --dry-run a.csv
	[ "$output" = "model --fit configs/models/optane-100.ini --published configs/published.csv a.csv" ]
}
