#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin report and daxpin merge.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	fixtures=$root/tests/fixtures/report
	export DAXPIN_DATADIR=$root/plots
	cd "$BATS_TEST_TMPDIR" || return
}

# Copies a fixture to NAME.csv and NAME.env.json.
copy() {
	cp "$fixtures/$1.csv" "$2.csv"
	cp "$fixtures/$1.env.json" "$2.env.json"
}

one_error_line() {
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == daxpin:* ]]
}

@test "report: kernels in order of version, compared with the first" {
	run --separate-stderr "$daxpin" report "$fixtures/main.csv"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	kernels=$(awk '$3 == "mem" && $4 == "get" { print $1 }' <<<"$output")
	[ "$kernels" = $'5.10\n6.1\n6.12\n7.3' ]
	[[ $(awk '$1 == "5.10" && $3 == "mem" && $4 == "get" { print $NF }' <<<"$output") == 1.000 ]]
	[[ $(awk '$1 == "7.3" && $3 == "mem" && $4 == "get" { print $NF }' <<<"$output") == 0.057 ]]
}

@test "report: what is the same in all rows is said once" {
	run --separate-stderr "$daxpin" report "$fixtures/main.csv"
	[ "$(grep -c 'size 16G' <<<"$output")" -eq 1 ]
	[[ $output == *"Same in all rows: "*"engine gup, get fast"* ]]
	[[ $output != *THREADS* ]]
}

@test "report: wall time under TCG carries its warning, bare metal does not" {
	run --separate-stderr "$daxpin" report "$fixtures/main.csv"
	[[ $output == *"smoke only"* ]]
	run --separate-stderr "$daxpin" report "$fixtures/bare.csv"
	[[ $output != *"smoke only"* ]]
}

@test "report: platforms and hosts have tables of their own" {
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" "$fixtures/bare.csv"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^platform ' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^Wall time' <<<"$output")" -eq 1 ]
	# The first kernel of each table, and no ratio across them.
	[ "$(awk '$NF == "1.000"' <<<"$output" | wc -l)" -eq 6 ]
}

@test "report: two machines of one CPU model have tables of their own, by the host of their environments" {
	for name in lab1 lab2; do
		jq --arg host "$name" 'map(.host = $host | .run_id += $host)' "$fixtures/bare.env.json" >"$name.env.json"
		awk -v OFS=, -v host="$name" -F, 'NR > 1 { $2 = $2 host } { print }' "$fixtures/bare.csv" >"$name.csv"
	done
	run --separate-stderr "$daxpin" report lab1.csv lab2.csv
	[ "$status" -eq 0 ]
	[ "$(grep '^platform ' <<<"$output" | sed -n 's/.*, host \(lab[12]\), .*/\1/p' | paste -sd' ')" = 'lab1 lab2' ]
	"$daxpin" report lab1.csv >alone
	# Each as it is alone: nothing of the other is in its figures.
	[ "$(awk '/^platform / { table++ } table == 1' <<<"$output")" = "$(<alone)" ]
}

@test "report: the host is not known without an environment" {
	copy bare alone
	rm alone.env.json
	run --separate-stderr "$daxpin" report alone.csv
	[ "$status" -eq 0 ]
	[ "$stderr" = "daxpin: warning: no alone.env.json: the host is not known" ]
}

@test "report: skips, errors and short pins are listed with their reasons" {
	run --separate-stderr "$daxpin" report "$fixtures/mixed.csv"
	[ "$status" -eq 0 ]
	[[ $output == *'no hugepages of 1G, "0" free'* ]]
	[[ $output == *'pin_user_pages_fast: EFAULT'* ]]
	[[ $output == *'got 100 of 512 pages'* ]]
	[ "$(grep -c '^skip  *1 ' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^error  *1 ' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^short  *1 ' <<<"$output")" -eq 2 ]
	[ "$(grep -c '1 incomplete' <<<"$output")" -eq 2 ]
}

@test "report: untrusted rows are marked and not compared" {
	run --separate-stderr "$daxpin" report "$fixtures/mixed.csv"
	[ "$(grep -c '^7.3-kasan .* - *untrusted' <<<"$output")" -eq 2 ]
	[[ $output == *"Untrusted: the kernel has debug options"* ]]
}

@test "report -o: tables and plots, the same bytes each time" {
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" -o one/deep
	[ "$status" -eq 0 ]
	[ "$stderr" = "wrote one/deep/summary.csv, one/deep/summary.md, one/deep/index.html and 1 plot" ]
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" -o two
	[ "$status" -eq 0 ]
	diff -r one/deep two
	[ "$(find two -type f | sort | tr '\n' ' ')" = \
		"two/index.html two/plots/get-put.dat two/plots/get-put.png two/plots/get-put.svg two/summary.csv two/summary.md " ]
	[ "$(head -c 4 two/plots/get-put.png | tail -c 3)" = PNG ]
	grep -q 'map dev' two/plots/get-put.svg
	grep -q 'smoke only' two/plots/get-put.svg
	grep -q 'n=3 boots' two/plots/get-put.svg
	grep -q '</svg>' two/plots/get-put.svg
	grep -q '!\[get and put\](plots/get-put.svg)' two/summary.md
}

@test "report -o: a plot for each host and size, none left from an earlier report" {
	run --separate-stderr "$daxpin" report "$fixtures/"{main,mixed,bare}.csv -o dir
	[ "$status" -eq 0 ]
	[ -s dir/plots/get-put-3.svg ]
	[ ! -e dir/plots/get-put-4.svg ]
	run --separate-stderr "$daxpin" report "$fixtures/bare.csv" -o dir
	[ "$status" -eq 0 ]
	[ "$(find dir/plots -name '*.svg')" = dir/plots/get-put.svg ]
}

@test "report --format: csv is summary.csv, json and markdown are well formed" {
	run --separate-stderr "$daxpin" report "$fixtures/mixed.csv" --format=csv -o dir --no-plots
	[ "$status" -eq 0 ]
	[ "$output" = "$(cat dir/summary.csv)" ]
	[ "${#lines[@]}" -eq 9 ]
	[ "$(grep -c ',ok\|,get,' <<<"$output")" -ge 2 ]
	run --separate-stderr "$daxpin" report "$fixtures/mixed.csv" --format=json
	[ "$status" -eq 0 ]
	[[ $output == *'"schema_version": 1'* ]]
	[[ $output == *'"caveat": "Wall time under TCG'* ]]
	run --separate-stderr "$daxpin" report "$fixtures/mixed.csv" --format=markdown
	[ "$status" -eq 0 ]
	# Every line of a table has the same number of cells as its heading.
	awk -F' [|]|^[|]' '/^[|]/ && !/^[|]-/ { if (n && NF != n) exit 1; n = NF } !/^[|]/ { n = 0 }' <<<"$output"
}

@test "report: without gnuplot the tables are written, exit 2" {
	run --separate-stderr env PATH=/nonexistent "$daxpin" report "$fixtures/main.csv" -o dir
	[ "$status" -eq 2 ]
	[[ $stderr == *"daxpin: gnuplot not found"*"gnuplot-nox"* ]]
	[ -s dir/summary.csv ]
	[ -s dir/summary.md ]
	[ ! -e dir/plots/get-put.svg ]
}

@test "report: a data directory without the script, exit 2" {
	run --separate-stderr env DAXPIN_DATADIR=/nonexistent "$daxpin" report "$fixtures/main.csv" -o dir
	[ "$status" -eq 2 ]
	[[ $stderr == *"/nonexistent/get-put.gp"*DAXPIN_DATADIR* ]]
	[ -s dir/summary.csv ]
}

@test "report: a gnuplot that fails is an error, exit 2, and leaves no plot" {
	mkdir scripts
	echo 'set nonsense' >scripts/get-put.gp
	run --separate-stderr env DAXPIN_DATADIR=scripts "$daxpin" report "$fixtures/main.csv" -o dir
	[ "$status" -eq 2 ]
	[[ $stderr == *"daxpin: gnuplot failed (status 1): "* ]]
	[ "$(find dir/plots -name '*.svg*')" = "" ]
}

@test "report: plots that cannot be made leave the older report as it is" {
	"$daxpin" report "$fixtures/main.csv" -o dir >/dev/null 2>&1
	cp -r dir before
	mkdir empty scripts
	echo 'set nonsense' >scripts/get-put.gp
	run --separate-stderr env PATH="$PWD/empty" "$daxpin" report "$fixtures/bare.csv" -o dir
	[ "$status" -eq 2 ]
	[[ $stderr == *"gnuplot not found"*"the older report in dir is left as it is" ]]
	run --separate-stderr env DAXPIN_DATADIR=scripts "$daxpin" report "$fixtures/bare.csv" -o dir
	[ "$status" -eq 2 ]
	diff -r before dir
}

@test "report: two at once into one directory: both do, and what stands there is of one of them" {
	"$daxpin" report "$fixtures/main.csv" -o main >/dev/null 2>&1
	"$daxpin" report "$fixtures/mixed.csv" -o mixed >/dev/null 2>&1
	for _ in 1 2 3; do
		"$daxpin" report "$fixtures/main.csv" -o dir >/dev/null 2>&1 &
		one=$!
		"$daxpin" report "$fixtures/mixed.csv" -o dir >/dev/null 2>&1 &
		two=$!
		wait "$one" && wait "$two"
		diff -r dir main >/dev/null || diff -r dir mixed
	done
	# as history and others do it: the same plot at the same moment
	for _ in 1 2 3 4; do "$daxpin" report "$fixtures/main.csv" --published "$root/configs/published.csv" -o same >/dev/null 2>&1 & done
	wait
	[ "$(find same -name '*.new*' -o -name '*.??????' | wc -l)" -eq 0 ]
}

@test "report: names in a CSV are data, never commands" {
	# shellcheck disable=SC2016
	sed 's/,7\.3,7\.3\.0/,"$(touch one)`touch two`""; system(\x27touch three\x27) %s {\/:Bold x}",7.3.0/' \
		"$fixtures/main.csv" >evil.csv
	cp "$fixtures/main.env.json" evil.env.json
	run --separate-stderr "$daxpin" report evil.csv -o dir
	[ "$status" -eq 0 ]
	[ -s dir/plots/get-put.svg ]
	[ ! -e one ] && [ ! -e two ] && [ ! -e three ]
}

@test "report: a torn last row is a warning" {
	copy main torn
	truncate -s -20 torn.csv
	run --separate-stderr "$daxpin" report torn.csv
	[ "$status" -eq 0 ]
	[ "$stderr" = "daxpin: warning: torn.csv:97: the last row is cut off; it is left out" ]
}

@test "report: bad input names file and line, exit 2" {
	copy main bad
	sed -i '5s/,ok,/,good,/' bad.csv
	run --separate-stderr "$daxpin" report bad.csv -o dir
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: bad.csv:5: column status: 'good' is not a status" ]
	[ -z "$output" ]
	[ ! -e dir ]
	head -n 1 "$fixtures/main.csv" >empty.csv
	cp "$fixtures/main.env.json" empty.env.json
	run --separate-stderr "$daxpin" report empty.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: no rows in empty.csv" ]
	run --separate-stderr "$daxpin" report none.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: none.csv: No such file or directory" ]
	echo '{' >bad.env.json
	run --separate-stderr "$daxpin" report bad.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: bad.env.json:2: "* ]]
	one_error_line
}

@test "report: a run counts once" {
	copy main copy
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" copy.csv
	[ "$status" -eq 2 ]
	[[ $stderr == *"is in $fixtures/main.csv and in copy.csv; give each run once" ]]
	one_error_line
}

@test "report: wrong usage, exit 2" {
	run "$daxpin" report
	[ "$status" -eq 2 ]
	run "$daxpin" report --format=xml "$fixtures/main.csv"
	[ "$status" -eq 2 ]
	run "$daxpin" report --nonsense
	[ "$status" -eq 2 ]
}

@test "report: output that cannot be written, exit 2" {
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" -o /proc/nowhere
	[ "$status" -eq 2 ]
	one_error_line
	run bash -c '"$1" report "$2" >/dev/full' - "$daxpin" "$fixtures/main.csv"
	[ "$status" -eq 2 ]
	[ "$output" = "daxpin: standard output: No space left on device" ]
}

# stages KERNEL...: samples of two boots of each, the first the slowest: get and put, pinned for long, bring-up
stages() {
	{
		head -n 1 "$fixtures/main.csv" | sed 's/$/,dram_bytes,memmap_bytes/'
		printf '%s\n' "$@" | awk '
			function pin(map, get, op, ns) {
				printf "1,%s,%s,5.10.262,tcg,wall,%s,main,dax,dax0.0,%s,2097152,gup,%s,pages,1,4096000,512,0,1,", \
					run, $1, run, map, get
				printf "disjoint,%s,sample,1,0,0,1,1000,1000,,%d,,,,,,1,ok,,1,,\n", op, ns
			}
			function bind(align, op, ns, dram) {
				printf "1,%s,%s,5.10.262,tcg,wall,%s,up,dax,dax0.0,mem,%s,bind,,,,1073741824,,,,,", run, $1, run, align
				printf "%s,sample,1,0,0,1,262144,262144,,%d,,,,,,,ok,,1,%d,\n", op, ns, dram
			}
			{
				cost = 64 / 2 ^ NR
				for (boot = 1; boot <= 2; boot++) {
					run = $1 "-" boot
					for (m = 0; m < 2; m++) {
						map = m ? "dev" : "mem"
						pin(map, "fast", "get", 90000 * cost); pin(map, "fast", "put", 60000 * cost)
						pin(map, "fast-longterm", "get", 300000 * cost)
					}
					bind(2097152, "rebind", 4000000 * cost, 500000 * cost)
					bind(1073741824, "rebind", 4000000 * cost, 100000 * cost)
					bind(1073741824, "bind", 8000000 * cost, 100000 * cost)
				}
			}'
	} >stages.csv
}

series_stages() { awk '!/^[ \t]*(#|$)/ && !seen[$1]++ { print $1 }' "$root/kernel/patches/5.10/series"; }

@test "report: stages are in the order of the series file" {
	mapfile -t ids < <(series_stages | sed 's/^/5.10+/')
	[ "${#ids[@]}" -ge 5 ]
	mapfile -t shuffled < <(printf '%s\n' "${ids[@]}" 5.10-trim | sort -r)
	stages "${shuffled[@]}"
	run --separate-stderr "$daxpin" report stages.csv --format=csv
	[ "$status" -eq 0 ]
	kernels=$(awk -F, '$16 == "mem" && $7 == "fast" && $18 == "put" { print $19 }' <<<"$output")
	[ "$kernels" = "$(printf '%s\n' 5.10-trim "${ids[@]}")" ]
}

@test "report: bring-up has a table of its own, in ms and MiB per GiB" {
	stages 5.10-trim 5.10+dedup
	run --separate-stderr "$daxpin" report stages.csv
	[ "$status" -eq 0 ]
	[[ $stderr != *"rows of ops"* ]]
	[ "$(grep -c 'bring-up of devices$' <<<"$output")" -eq 1 ]
	table=$(sed -n '/bring-up of devices$/,$p' <<<"$output")
	[[ $table == *"MS "*" MIB/GIB "* ]]
	# 4 ms x 32, 500000 bytes x 32 of 1 GiB; then half of it
	[[ $table == *"5.10-trim"*"2M rebind 128.0"*" 15.259 "* ]]
	[[ $table == *"5.10+dedup"*"2M rebind  64.0"*" 7.629 "*" 0.500"* ]]
	[[ $(sed '/bring-up of devices$/,$d' <<<"$output") != *rebind* ]]
}

@test "report: bring-up with a time split has columns for it, without one it has not" {
	stages 5.10-trim 5.10+dedup
	run --separate-stderr "$daxpin" report stages.csv
	[[ $output != *POPULATE* && $output != *'populate, initialise'* ]]
	# of the 2M rebinds, which take 128 ms and 64 ms
	awk -F, -v OFS=, 'NR == 1 { print $0, "device_bytes,populate_ns,initialise_ns,rest_ns"; next }
		/,2097152,bind,/ { print $0, 2097152, 1250000, 2500000, 3750000; next } { print $0, ",,," }' stages.csv >split.csv
	run --separate-stderr "$daxpin" report split.csv
	[ "$status" -eq 0 ]
	[[ $output == *"populate, initialise, rest: where the time goes"* ]]
	[[ $output == *" MIB/GIB "*"POPULATE MS"*"INITIALISE MS"*"REST MS "*BOOTS* ]]
	[[ $output == *"2M rebind 128.00"*" 15.259 "*" 1.25 "*" 2.50 "*" 3.75 "* ]]
	run --separate-stderr "$daxpin" report split.csv --format=csv
	[ "$(head -n 1 <<<"$output" | awk -F, '{ print $(NF - 3) FS $(NF - 2) FS $(NF - 1) FS $NF }')" = \
		device_bytes,populate_ns,initialise_ns,rest_ns ]
	[ "$(grep -c ',2097152,1250000,2500000,3750000$' <<<"$output")" -eq 2 ]
	run --separate-stderr "$daxpin" report split.csv --format=json
	[ "$(grep -c '"rest_ns": 3750000.0' <<<"$output")" -eq 2 ] && [ "$(grep -c '"device_bytes": 2097152.0' <<<"$output")" -eq 2 ]
}

@test "report -o: the staircase, where there are stages" {
	stages 5.10-trim 5.10+unpin 5.10+compound 5.10+dedup
	run --separate-stderr "$daxpin" report stages.csv -o dir
	[ "$status" -eq 0 ]
	for text in 'stage by stage: 5.10-trim to 5.10+dedup' +unpin 'get (fast), ns per page' 'long-term get' 'MiB per GiB' \
		'8x less (align 2M), 8x less (align 1G)' 'map dev'; do
		grep -qF -e "$text" dir/plots/staircase.svg
	done
	[ "$(head -c 4 dir/plots/staircase.png | tail -c 3)" = PNG ]
	grep -qF '![stage by stage](plots/staircase.svg)' dir/summary.md
	grep -q '^1	1440	2880	1$' dir/plots/staircase.dat
	# bring-up alone has other panels
	{ head -n 1 stages.csv; grep ',up,' stages.csv; } >up.csv
	run --separate-stderr "$daxpin" report up.csv -o dir
	[ "$status" -eq 0 ]
	grep -qF 'first bind, ms' dir/plots/staircase.svg
	[ ! -e dir/plots/get-put.svg ]
	# and kernels that are no stages have none
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" -o dir
	[ "$status" -eq 0 ]
	[ ! -e dir/plots/staircase.svg ]
}

@test "report -o: a staircase is of one size, and of the stages alone" {
	stages 5.10-trim 5.10+unpin 5.10+compound 5.10+dedup
	# another size, which sorts before, of two stages; and a kernel of a distribution
	awk -F, -v OFS=, 'NR == 1 || /fast-longterm/ && /5.10-trim|5.10.dedup/ { if (NR > 1) { $2 = "gup-" $2; $8 = "gup"; $17 = 2048000; $31 = 7e6 } print }' \
		stages.csv >small.csv
	awk -F, -v OFS=, 'NR == 1 || /^1,5.10-trim/ { gsub("5.10-trim", "6.1"); sub("5.10.262", "6.1.0"); print }' stages.csv >stock.csv
	run --separate-stderr "$daxpin" report stages.csv small.csv stock.csv -o dir
	[ "$status" -eq 0 ]
	"$daxpin" report stages.csv -o alone >/dev/null 2>&1
	diff alone/plots/staircase.dat dir/plots/staircase.dat
	[ ! -e dir/plots/staircase-2.svg ]
	[ "$(grep -c '^[0-3]	[0-9.]*	[0-9.N]*a*N*	-*1$' dir/plots/staircase.dat)" -eq 32 ]
	# two sizes of as many stages are two plots
	sed 's/,4096000,/,2048000,/; s/^1,5/1,more-5/' stages.csv | grep -v ',up,' >more.csv
	run --separate-stderr "$daxpin" report stages.csv more.csv -o dir
	[ "$status" -eq 0 ]
	grep -qF 'size 4000K' dir/plots/staircase-2.svg
	grep -qF 'size 2000K' dir/plots/staircase.svg
	# the higher value is above its line, the lower below it
	[ "$(sed -n '/align 2M/,/^$/p' dir/plots/staircase.dat | grep -c '	1$')" -eq 4 ]
	[ "$(sed -n '/align 1G/,/^$/p' dir/plots/staircase.dat | grep -c '	-1$')" -eq 4 ]
}

# columns FILE FILTER NAME...: the columns of these names in the rows that the awk filter takes; `c` has their numbers
columns() {
	awk -F, -v names="${*:3}" "NR == 1 { for (i = 1; i <= NF; i++) c[\$i] = i; n = split(names, name, \" \") }
		NR > 1 && ($2) { for (i = 1; i <= n; i++) printf \"%s%s\", \$c[name[i]], i < n ? \" \" : \"\n\" }" "$1"
}

# In the fixture 5.10+gup costs a quarter of 5.10-trim in everything, map=dev 3x map=mem on the model, and a boot
# 0.005 % more instructions than the one before it.
@test "report: clocks have tables of their own, each with its unit and what it is worth" {
	run --separate-stderr "$daxpin" report "$fixtures/model.csv"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(grep -c '^platform ' <<<"$output")" -eq 2 ]
	insn=$(sed -n '/clock insn/,/^platform .*clock model/p' <<<"$output")
	model=$(sed -n '/clock model/,$p' <<<"$output")
	[[ $insn == *"INSTRUCTIONS/PAGE "*"SPREAD %"* ]]
	[[ $insn != *"MS/RANGE"* ]]
	[[ $model == *"clock model, model optane-100"*"Modelled, not measured"*"modelled ns/page (model optane-100): "* ]]
	[[ $model == *"MODELLED NS/PAGE "*"MS/RANGE"* ]]
	[[ $output != *"smoke only"* ]]
	[[ $(awk '/clock model/ { exit } $1 == "5.10-trim" && $2 == "mem" && $3 == "get" { print $4, $8, $9, $11 }' \
		<<<"$output") == "120.01 0.010 3 1.000" ]]
	[ "$(awk '$1 == "5.10+gup" { print $NF }' <<<"$output" | sort -u)" = 0.250 ]
}

@test "report --format=csv: time and instructions have columns of their own, counts are per page" {
	# without an environment no host, which has commas in it
	cp "$fixtures/model.csv" alone.csv
	run --separate-stderr "$daxpin" report alone.csv --format=csv
	[ "$status" -eq 0 ]
	printf '%s\n' "$output" >summary.csv
	# shellcheck disable=SC2016
	trim='$c["kernel"] == "5.10-trim" && $c["map"] == "dev" && $c["op"] == "get"'
	[ "$(columns summary.csv "$trim" clock model ns_per_page instructions_per_page mad_instructions pmem_misses_per_page)" = \
		$'insn   120.006 0.006 \nmodel optane-100 150.001 120.006  0.25' ]
	[ "$(columns summary.csv "$trim" range_ms mad_ns atomics_per_page llc_misses_per_page dram_streamed_per_page)" = \
		$'  1  \n15.0001 0.001 1 1 0' ]
	[ "$(columns summary.csv "$trim" spread_percent host_ns_per_page)" = $'0.00999950002 3000\n0.00133332444 ' ]
	# Old columns stay where they were.
	[ "$(head -n 1 summary.csv | cut -d, -f 1-4,18-23)" = \
		schema_version,platform,clock,host,op,kernel,kernel_release,trusted,ns_per_page,mad_ns ]
}

@test "report --format=json: a figure is under the name of its unit" {
	"$daxpin" report "$fixtures/model.csv" --format=json >report.json
	[ "$(grep -c '"ns_per_page": null' report.json)" -eq 8 ]
	[ "$(grep -c '"instructions_per_page": null' report.json)" -eq 8 ]
	[ "$(grep -c '"counts_per_page": {' report.json)" -eq 16 ]
	[ "$(grep -c '"pmem_misses": ' report.json)" -eq 8 ]
	[ "$(grep -c '"host_ns": ' report.json)" -eq 8 ]
	grep -q '"spread_percent": 0.00999950002' report.json
	grep -q '"model": "optane-100"' report.json
	"$daxpin" report "$fixtures/main.csv" --format=json >wall.json
	[ "$(grep -c '"counts_per_page": null' wall.json)" -eq 16 ]
}

@test "report -o: the plots say what their clock counts, and where cache lines come from" {
	run --separate-stderr "$daxpin" report "$fixtures/model.csv" -o one
	[ "$status" -eq 0 ]
	[ "$stderr" = "wrote one/summary.csv, one/summary.md, one/index.html and 5 plots" ]
	grep -qF 'Cost of get and put, instructions per page' one/plots/get-put.svg
	grep -qF 'Cost of get and put, modelled ns per page' one/plots/get-put-2.svg
	grep -qF 'Modelled, not measured' one/plots/get-put-2.svg
	grep -qF 'get (fast), instructions per page' one/plots/staircase.svg
	grep -qF 'put, modelled ns per page' one/plots/staircase-2.svg
	for text in 'L2 hits' 'pmem, missed' 'written back to DRAM' 'model optane-100' '4x less (map mem), 4x less (map dev)'; do
		grep -qF "$text" one/plots/misses.svg
	done
	[ "$(head -c 4 one/plots/misses.png | tail -c 3)" = PNG ]
	# by construction: L2, LLC, DRAM streamed and missed, pmem, what goes back
	grep -q '^0	0	"mem"	0.5	0.5	0.75	0.25	0	0	1	0$' one/plots/misses.dat
	grep -q '^0	1	"dev"	0.5	0.5	0	0	0.75	0.25	0	0.5$' one/plots/misses.dat
	grep -qF '(plots/misses.svg)' one/summary.md
	"$daxpin" report "$fixtures/model.csv" -o two >/dev/null 2>&1
	diff -r one two
	# without rows of clock model there is nothing to show, and an older plot goes
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" -o one
	[ "$status" -eq 0 ]
	[ -z "$(find one/plots -name 'misses*')" ]
}

@test "report: two models are never compared" {
	copy model other
	sed -i 's/optane-100/ddr4/; s/5\.10-trim-/other-/g; s/boot-5/other-5/; /^1,5\.10+gup/d; s/,5\.10-trim,/,5.10+beyond,/' other.csv
	sed -i 's/5\.10-trim-/other-/' other.env.json
	sed -i 's/5\.10+gup-/unused-/' other.env.json
	run --separate-stderr "$daxpin" report "$fixtures/model.csv" other.csv
	[ "$status" -eq 0 ]
	[ "$(grep -c '^platform .*clock model' <<<"$output")" -eq 2 ]
	ddr4=$(sed -n '/model ddr4/,/model optane/p' <<<"$output")
	[[ $ddr4 == *"kernel 5.10+beyond"* ]]
	[ "$(grep -c ' 1\.000$' <<<"$ddr4")" -eq 4 ]
	# instructions do not depend on the model
	[ "$(sed '/clock model/,$d' <<<"$output" | grep -c '^5\.10+beyond .* 1\.000$')" -eq 4 ]
}

@test "report: one run by several models: each has its times, what no model has made counts once" {
	for model in ddr4 cxl-dram; do "$daxpin" model --apply "$root/configs/models/$model.ini" "$fixtures/model.csv" -o "$model.csv" 2>/dev/null; done
	"$daxpin" report "$fixtures/model.csv" --format=csv >one.csv
	run --separate-stderr "$daxpin" report "$fixtures/model.csv" ddr4.csv cxl-dram.csv --format=csv
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	# The rows of the first file are as they are without the others.
	cmp one.csv <(grep -vE ',(ddr4|cxl-dram),' <<<"$output")
	for model in ddr4 cxl-dram; do
		cmp <("$daxpin" report "$model.csv" --format=csv | grep -F ",$model,") <(grep -F ",$model," <<<"$output")
	done
	# Side by side, and said which is which; with one model there is nothing to say.
	"$daxpin" report --by-kernel ddr4.csv "$fixtures/model.csv" --format=markdown >two.md
	[ "$(grep '^| get | map=dev | .*/page' two.md | cut -d'|' -f4 | xargs)" = 'instructions/page modelled ns/page, ddr4 modelled ns/page, optane-100' ]
	grep -q '| model ddr4 | model optane-100 |' two.md
	run ! grep -q '/page, ' <("$daxpin" report --by-kernel ddr4.csv --format=markdown)
	"$daxpin" report "$fixtures/model.csv" ddr4.csv --no-plots -o two >/dev/null 2>&1
	grep -q '<td class="wide">modelled ns/page, ddr4<' two/index.html
	grep -q ">$(grep -c run_id ddr4.env.json) runs of the files above, timed by another model<" two/index.html
}

@test "report: of one run only the model may differ" {
	refused() {
		run --separate-stderr "$daxpin" report "$@"
		[ "$status" -eq 2 ]
		one_error_line
		[ -z "$output" ]
	}
	"$daxpin" model --apply "$root/configs/models/ddr4.ini" "$fixtures/model.csv" -o ddr4.csv 2>/dev/null
	refused ddr4.csv ddr4.csv
	refused "$fixtures/model.csv" ddr4.csv ddr4.csv
	[[ $stderr == *"is in ddr4.csv and in ddr4.csv; give each run once" ]]
	# nothing new in the second
	awk -F, 'NR == 1 || $6 != "model"' ddr4.csv >insn.csv
	cp ddr4.env.json insn.env.json
	refused ddr4.csv insn.csv
	[[ $stderr == *"is in ddr4.csv and in insn.csv; give each run once" ]]
	# a row less, another value, another machine
	sed 2d ddr4.csv >less.csv
	sed '2s/,12000000,/,12000001,/' ddr4.csv >other.csv
	[ "$(diff ddr4.csv other.csv | wc -l)" -eq 4 ]
	cp ddr4.env.json less.env.json
	cp ddr4.env.json other.env.json
	for file in less other; do
		refused "$fixtures/model.csv" $file.csv
		[[ $stderr == *"and in $file.csv, with other rows that no model has made; of a run, files may differ by the model alone" ]]
	done
	cp ddr4.csv machine.csv
	sed 's/"online": "0-1"/"online": "0-3"/' ddr4.env.json >machine.env.json
	refused "$fixtures/model.csv" machine.csv
	[[ $stderr == *"and in machine.csv, with other environments; of a run, files may differ by the model alone" ]]
}

@test "merge: keeps model, caches and all counts" {
	run --separate-stderr "$daxpin" merge "$fixtures/model.csv" -o same.csv
	[ "$status" -eq 0 ]
	cmp same.csv "$fixtures/model.csv"
}

@test "merge: joins rows and environments, and reports like its parts" {
	run --separate-stderr "$daxpin" merge "$fixtures/main.csv" "$fixtures/mixed.csv" -o all.csv
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(wc -l <all.csv)" -eq $(($(cat "$fixtures/main.csv" "$fixtures/mixed.csv" | wc -l) - 1)) ]
	[ "$(grep -c '"run_id"' all.env.json)" -eq 14 ]
	"$daxpin" report all.csv --format=json >merged.json
	"$daxpin" report "$fixtures/main.csv" "$fixtures/mixed.csv" --format=json >parts.json
	cmp merged.json parts.json
	[ "$(stat -c %a all.csv)" = "$(touch plain && stat -c %a plain)" ]
}

@test "merge: one file comes out as it went in" {
	run --separate-stderr "$daxpin" merge "$fixtures/mixed.csv" -o same.csv
	[ "$status" -eq 0 ]
	cmp same.csv "$fixtures/mixed.csv"
}

@test "merge: the output may be one of the files" {
	copy main all
	run --separate-stderr "$daxpin" merge all.csv "$fixtures/bare.csv" -o all.csv
	[ "$status" -eq 0 ]
	[ "$(grep -c '^1,bare-1,' all.csv)" -eq 6 ]
}

@test "merge: refuses a run that is there twice, and touches nothing" {
	copy main a
	copy main b
	echo precious >out.csv
	run --separate-stderr "$daxpin" merge a.csv b.csv -o out.csv
	[ "$status" -eq 2 ]
	one_error_line
	[ "$(cat out.csv)" = precious ]
	[ ! -e out.env.json ]
	[ "$(find . -name 'out*' | wc -l)" -eq 1 ]
}

@test "merge: refuses other columns and runs without environment" {
	sed '1s/$/,later/; 2,$s/$/,/' "$fixtures/bare.csv" >wide.csv
	cp "$fixtures/bare.env.json" wide.env.json
	run --separate-stderr "$daxpin" merge "$fixtures/main.csv" wide.csv -o out.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: wide.csv:1: column 41 is 'later'"* ]]
	copy bare alone
	rm alone.env.json
	run --separate-stderr "$daxpin" merge alone.csv -o out.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: alone.csv:2: run bare-1 has no environment"* ]]
	[ -z "$(find . -name 'out*')" ]
}

@test "merge: leaves out a torn last row" {
	copy bare torn
	truncate -s -3 torn.csv
	run --separate-stderr "$daxpin" merge torn.csv -o out.csv
	[ "$status" -eq 0 ]
	[[ $stderr == *"torn.csv:7: the last row is cut off"* ]]
	[ "$(wc -l <out.csv)" -eq 6 ]
	[ -z "$(tail -c 1 out.csv)" ]
}

@test "merge: wrong usage and an impossible output" {
	run "$daxpin" merge "$fixtures/main.csv"
	[ "$status" -eq 2 ]
	run "$daxpin" merge -o out.csv
	[ "$status" -eq 2 ]
	run --separate-stderr "$daxpin" merge "$fixtures/main.csv" -o /nonexistent/out.csv
	[ "$status" -eq 2 ]
	one_error_line
}

@test "merge: a disk that fills up leaves nothing half-written, exit 2" {
	echo precious >out.csv
	# shellcheck disable=SC2016
	run --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 8; "$1" merge "$2" -o out.csv' - \
		"$daxpin" "$fixtures/main.csv"
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: out.csv: File too large" ]
	[ "$(cat out.csv)" = precious ]
	[ "$(find . -name 'out.csv*' | wc -l)" -eq 1 ]
}
