#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin compare and scripts/noise.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	reference=$root/results/reference
	cd "$BATS_TEST_TMPDIR" || return
}

HEADER=schema_version,run_id,kernel,kernel_release,platform,clock,boot,job,memory,device,map,align_bytes,engine,get,put,write,size_bytes,batch_pages,put_batch_pages,threads,range,op,row,repetition,thread,call,calls,pages_asked,pages_got,order,value_ns,min_ns,p50_ns,p90_ns,p99_ns,max_ns,rounds,status,reason,trusted,dram_bytes,memmap_bytes,model,caches,instructions

# side NAME KERNEL CLOCK GET PUT [BOOTS [STEP]]: NAME.csv and NAME.env.json of BOOTS boots. GET and PUT are per page;
# boots are STEP percent apart, the middle one has the value.
# PLATFORM, MODEL, CPU, HOST, TRUSTED, GOVERNOR, SCHEMA and RUN may be set.
side() {
	local name=$1 kernel=$2 clock=$3 get=$4 put=$5 boots=${6:-3} step=${7:-0.001} n
	: >"$name.json.parts"
	{
		echo "$HEADER"
		for ((n = 1; n <= boots; n++)); do
			awk -v schema="${SCHEMA:-1}" -v run="${RUN:-$name}-$n" -v kernel="$kernel" -v platform="${PLATFORM:-tcg}" \
				-v clock="$clock" -v model="${MODEL:-}" -v trusted="${TRUSTED:-1}" -v get="$get" -v put="$put" \
				-v factor="$(awk -v n="$n" -v boots="$boots" -v step="$step" 'BEGIN { printf "%.9f", 1 + step / 100 * (n - int((boots + 1) / 2)) }')" '
				function row(op, value) {
					value = sprintf("%.0f", value * factor * 1000000)
					printf "%s,%s,%s,%s.0,%s,%s,boot-%s,main,dax,dax0.0,mem,2097152,gup,fast,pages,1,4096000000,512,0,1,disjoint,%s,repetition,1,0,,1,1000000,1000000,,%s,,,,,,1,ok,,%s,,,%s,%s,%s\n",
						schema, run, kernel, kernel, platform, clock, run, op, (clock == "insn" ? "" : value),
						trusted, model, model, (clock == "wall" ? "" : value)
				}
				BEGIN { row("get", get); row("put", put) }'
			printf '%s{"run_id": "%s", %s"cpu": {"model": "%s", "online": "0", "nodes": 1, "governor": "%s"}, "kernel": {"debug_options": %s}}\n' \
				"$([ "$n" = 1 ] || echo ,)" "${RUN:-$name}-$n" "${HOST:+\"host\": \"$HOST\", }" "${CPU:-one}" "${GOVERNOR:-powersave}" \
				"$([ "${TRUSTED:-1}" = 1 ] && echo '[]' || echo '["KASAN"]')" >>"$name.json.parts"
		done
	} >"$name.csv"
	{ echo '['; cat "$name.json.parts"; echo ']'; } >"$name.env.json"
}

# with_processes N FILE: with one more column
with_processes() { awk -v n="$1" 'NR == 1 { print $0 ",processes"; next } { print $0 "," n }' "$2"; }

compare() { run --separate-stderr "$daxpin" compare "$@"; }

# verdict OP: of the last CSV output
verdict() {
	awk -F, -v op="$1" '{ gsub(/"[^"]*"/, "quoted") } NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["op"] == op { print $at["verdict"] }' <<<"$output"
}

refused() {
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == *"daxpin: not comparable (--force): $1"* ]]
}

@test "compare: 2 % more instructions in get is a regression after three boots, exit 1" {
	side base 7.2 insn 100 50
	side new 7.3 insn 102 50
	compare base.csv new.csv --format csv
	[ "$status" -eq 1 ]
	[ -z "$stderr" ]
	[ "$(verdict get)" = regression ]
	[ "$(verdict put)" = no-change ]
	compare new.csv base.csv --format csv
	[ "$status" -eq 0 ]
	[ "$(verdict get)" = improvement ]
}

@test "compare: below the threshold nothing has changed, and --threshold moves it" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100.9 50
	compare base.csv new.csv
	[ "$status" -eq 0 ]
	[[ $output == "0 regressions, 2 no change"* ]]
	compare base.csv new.csv --threshold 0.5
	[ "$status" -eq 1 ]
	[[ $output == "1 regression, 1 no change"* ]]
}

@test "compare: two boots of instructions, three of wall time are insufficient, never a pass" {
	side base 7.2 insn 100 50 2
	side new 7.3 insn 100 50 2
	compare base.csv new.csv --format csv
	[ "$status" -eq 2 ]
	[ "$(verdict get)" = insufficient-data ]
	[ "$stderr" = "daxpin: no pass: 0 regressions, 2 insufficient data" ]
	side base 7.2 wall 100 50 3
	side new 7.3 wall 300 50 3
	compare base.csv new.csv --format csv
	[ "$status" -eq 2 ]
	[ "$(verdict get)" = insufficient-data ]
	[[ $output == *"3 and 3 boots cannot reach p = 0.05 in 2 tests; 5 of each can"* ]]
}

@test "compare: an interval of few boots is said to be too narrow, once, in all that people read" {
	side base 7.2 wall 100 50 4 0.5
	side new 7.3 wall 120 50 4 0.5
	for format in table markdown; do
		compare base.csv new.csv -f "$format"
		[ "$(grep -c 'nominal in 2 cells: below 5 boots of a side it is too narrow; from 5 of each on it holds$' <<<"$output")" -eq 1 ]
		[ "$(grep -c nominal <<<"$output")" -eq 1 ]
	done
	compare base.csv new.csv -f commit
	[[ ${output//$'\n'/ } == *'Below 5 boots of each, intervals of 95 % are too narrow (nominal).'* ]]
	compare base.csv new.csv -f csv
	[ "$(awk -F, '{ print $NF }' <<<"$output" | xargs)" = 'coverage nominal nominal' ]
	compare base.csv new.csv -f json
	[ "$(jq -r '.cells[].coverage' <<<"$output" | xargs)" = 'nominal nominal' ]
	side base 7.2 wall 100 50 5 0.5
	side new 7.3 wall 120 50 5 0.5
	for format in table markdown commit; do
		compare base.csv new.csv -f "$format"
		[[ $output != *nominal* ]]
	done
	# Instructions that do not vary
	side base 7.2 insn 100 50
	side new 7.3 insn 102 50
	compare base.csv new.csv
	[[ $output != *nominal* ]]
	compare base.csv new.csv -f csv
	[ "$(awk -F, '{ print $NF }' <<<"$output" | xargs)" = 'coverage exact exact' ]
}

@test "compare: wall time by ranks" {
	side base 7.2 wall 100 50 5 0.5
	side new 7.3 wall 120 50 5 0.5
	compare base.csv new.csv --format csv
	[ "$status" -eq 1 ]
	[ "$(verdict get)" = regression ]
	[ "$(verdict put)" = no-change ]
	[[ $output == *,ranks,0.00793650794,0.0158730159,* ]]
}

@test "compare: noise that was measured is the floor, and makes one boot do" {
	side one 7.2 insn 100 50
	side two 7.2 insn 103 50
	compare --store-noise noise.csv one.csv two.csv
	[ "$status" -eq 0 ]
	[ "$stderr" = "wrote noise.csv: the noise of 2 cells" ]
	side base 7.2 insn 100 50
	side new 7.3 insn 102 52
	compare base.csv new.csv --noise noise.csv --format csv
	[ "$status" -eq 1 ]
	[ "$(verdict get)" = no-change ]
	[ "$(verdict put)" = regression ]
	side base 7.2 insn 100 50 1
	side new 7.3 insn 100 52 1
	compare base.csv new.csv --noise noise.csv --format csv
	[ "$(verdict get)" = insufficient-data ]
	[ "$(verdict put)" = regression ]
}

@test "compare --store-noise: not of two kernels, not of one set, not over another file's end" {
	side one 7.2 insn 100 50
	side two 7.3 insn 100 50
	compare --store-noise noise.csv one.csv two.csv
	[ "$status" -eq 2 ]
	[[ $stderr == *"no trusted cell of a kernel is in two sets"* ]]
	[ ! -e noise.csv ]
	compare --store-noise noise.csv one.csv
	[ "$status" -eq 2 ]
	compare --store-noise noise.csv one.csv one.csv
	[ "$status" -eq 2 ]
	[[ $stderr == *"give each run once"* ]]
}

@test "compare --store-noise: samples are never replaced, only noise is" {
	side one 7.2 insn 100 50
	side two 7.2 insn 103 50
	side three 7.2 insn 101 50
	cp one.csv kept.csv
	ln -s one.csv link.csv
	ln one.csv hard.csv
	for name in one.csv ./one.csv link.csv hard.csv; do
		compare --store-noise "$name" one.csv two.csv
		[ "$status" -eq 2 ]
		[ "$stderr" = "daxpin: $name: is one of the sets and would be replaced by their noise; the first file is NOISE.csv" ]
		compare --store-noise "$name" one.csv two.csv --force
		[ "$status" -eq 2 ]
		cmp one.csv kept.csv
	done
	# Forgotten, so that the first set is taken for it.
	compare --store-noise one.csv two.csv three.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: one.csv: is there and is no file of noise; was NOISE.csv forgotten? --force replaces it" ]
	cmp one.csv kept.csv
	compare --store-noise noise.csv two.csv three.csv
	cp noise.csv first.csv
	compare --store-noise noise.csv one.csv two.csv
	[ "$status" -eq 0 ]
	run ! cmp -s noise.csv first.csv
	compare --store-noise one.csv two.csv three.csv --force
	[ "$status" -eq 0 ]
	cmp one.csv first.csv
}

@test "compare --noise: a broken file is refused with its line" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100 50
	side again 7.2 insn 100 50
	"$daxpin" compare --store-noise noise.csv base.csv again.csv
	sed '3s/,[^,]*$/,lots/' noise.csv >bad.csv
	compare base.csv new.csv --noise bad.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: bad.csv:3: column spread_percent: 'lots' is no percentage" ]
	compare base.csv new.csv --noise base.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: base.csv:1: no column 'quantity'"* ]]
	sed '2s/^1,/2,/' noise.csv >bad.csv
	compare base.csv new.csv --noise bad.csv
	[[ $stderr == "daxpin: bad.csv:2: schema_version is '2', this daxpin reads 1" ]]
}

@test "compare: refuses another platform, clock, model or machine, and says which" {
	side base 7.2 insn 100 50
	PLATFORM=kvm side new 7.3 insn 100 50
	compare base.csv new.csv
	refused 'platform: tcg in BASE, kvm in NEW'
	MODEL=optane side base 7.2 model 100 50
	side new 7.3 wall 100 50
	compare base.csv new.csv
	refused 'clock: model in BASE, wall in NEW'
	side base 7.2 insn 100 50
	CPU=other side new 7.3 insn 100 50
	compare base.csv new.csv
	refused 'host: one, CPU 0, 1 node in BASE, other, CPU 0, 1 node in NEW'
	MODEL=optane side base 7.2 model 100 50
	MODEL=ddr4 side new 7.3 model 100 50
	compare base.csv new.csv
	refused 'model: optane in BASE, ddr4 in NEW'
	compare base.csv new.csv --force --format json
	[[ $stderr == *"warning: compared all the same: model: "* ]]
	[ "$(jq -r '.forced[0]' <<<"$output")" = 'model: optane in BASE, ddr4 in NEW' ]
	[ "$(jq '.cells | length' <<<"$output")" -eq 2 ]
}

@test "compare: two machines of one CPU model are two; the same name is the same machine" {
	HOST=lab1 side base 7.2 insn 100 50
	HOST=lab2 side new 7.3 insn 100 50
	compare base.csv new.csv
	refused 'host: lab1, one, CPU 0, 1 node in BASE, lab2, one, CPU 0, 1 node in NEW'
	# A name against none, as in files of before there were names.
	side new 7.3 insn 100 50
	compare base.csv new.csv
	refused 'host: lab1, one, CPU 0, 1 node in BASE, one, CPU 0, 1 node in NEW'
	HOST=lab1 side new 7.3 insn 100 50
	compare base.csv new.csv
	[ "$status" -eq 0 ]
	[[ $output == "0 regressions, 2 no change"* ]]
}

@test "compare: refuses untrusted kernels, runs without a machine, and a run with itself" {
	side base 7.2 insn 100 50
	TRUSTED=0 side new 7.3 insn 100 50
	compare base.csv new.csv
	refused 'untrusted: 7.3 in NEW, debug options ["KASAN"]'
	compare base.csv new.csv --force
	[ "$status" -eq 0 ]
	[[ $output == *'compared all the same (--force): untrusted: 7.3 in NEW'* ]]
	side new 7.3 insn 100 50
	rm new.env.json
	compare base.csv new.csv
	refused 'host: one, CPU 0, 1 node in BASE, none in NEW'
	refused 'machine not known: no environment of run new-1 in new.env.json'
	compare base.csv base.csv
	refused 'run base-1 is on both sides, compared with itself'
}

@test "compare: instructions never go with time, forced or not; another schema is not read" {
	side base 7.2 insn 100 50
	side new 7.3 wall 100 50
	# Which would not help is not offered.
	for force in '' --force; do
		compare base.csv new.csv ${force:+"$force"}
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "$stderr" = 'daxpin: not comparable: clock: insn in BASE, wall in NEW; instructions and time have no ratio' ]
	done
	SCHEMA=2 side new 7.3 insn 100 50
	compare base.csv new.csv --force
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: new.csv:2: schema_version is '2', this daxpin reads 1" ]
}

@test "compare: an environment that contradicts its rows is refused" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100 50
	cp new.env.json right.json
	jq '.[1].trusted = false' right.json >new.env.json
	compare base.csv new.csv
	refused 'untrusted: 7.3 in NEW, by the environment of run new-2, though its rows are marked trusted'
	compare new.csv base.csv
	refused 'untrusted: 7.3 in BASE, by the environment of run new-2'
	for other in '.id = "7.4"' '.release = "7.3.9"'; do
		jq ".[2].kernel |= (.id = \"7.3\" | .release = \"7.3.0\" | $other)" right.json >new.env.json
		compare base.csv new.csv
		refused 'kernel of run new-3: 7.3 (7.3.0) in the rows of NEW, another in new.env.json'
	done
	compare base.csv new.csv --force
	[ "$status" -eq 0 ]
	jq '.[].trusted = true | .[].kernel |= (.id = "7.3" | .release = "7.3.0")' right.json >new.env.json
	compare base.csv new.csv
	[ "$status" -eq 0 ]
}

@test "compare: a clock that nobody knows is not read as time" {
	side base 7.2 wall 100 50 5 0.5
	side new 7.3 wall 120 50 5 0.5
	sed -i '3s/,wall,/,foo,/' new.csv
	compare base.csv new.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: new.csv:3: column clock: 'foo' is not a clock" ]
}

@test "compare: what else differs is told" {
	side base 7.2 insn 100 50
	GOVERNOR=performance side new 7.3 insn 100 50
	compare base.csv new.csv
	[ "$status" -eq 0 ]
	[[ $output == *'CPU governor: powersave in BASE, performance in NEW'* ]]
}

@test "compare: one kernel out of several, by id or release" {
	compare "$reference/main.csv" --base-kernel 6.1 --new-kernel 6.12.117+deb12-amd64 --format csv
	[ "$status" -eq 1 ]
	[ "$(verdict get)" = $'regression\nregression' ]
	[ "$(verdict put)" = $'no-change\nno-change' ]
	compare "$reference/main.csv" "$reference/main.csv" --base-kernel 6.1
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: NEW: several kernels in "*"; choose one with --new-kernel" ]]
	compare "$reference/main.csv" --base-kernel 6.1 --new-kernel 9.9
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: NEW: no kernel 9.9 in "*"; there is "*"7.x (7."* ]]
}

@test "compare: a kernel that was built twice is two" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100 50
	side more 7.3 insn 100 50
	sed -i 's/,7\.3\.0,/,7.3.1,/' more.csv
	compare base.csv new.csv --new more.csv --new-kernel 7.3
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: NEW: kernel 7.3 has several releases: "*"--new-kernel RELEASE" ]]
	compare base.csv new.csv --new more.csv --new-kernel 7.3.1
	[ "$status" -eq 0 ]
}

@test "compare: a kernel without an id has an end" {
	side base '' insn 100 50
	side other 7.3 insn 100 50
	run --separate-stderr timeout 20 "$daxpin" compare --base base.csv --base other.csv --base-kernel= \
		--new other.csv --new-kernel 7.3 --force
	[ "$status" -eq 0 ]
}

@test "compare: processes are a key of the cell" {
	for name in base new; do
		side "$name" 7.2 insn 100 50
		with_processes 1 "$name.csv" >"$name-one.csv"
		# the same boots; processes = 4 is slower in NEW
		side "$name" 7.2 insn "$([ "$name" = new ] && echo 410 || echo 400)" 50
		with_processes 4 "$name.csv" | tail -n +2 >>"$name-one.csv"
		mv "$name.env.json" "$name-one.env.json"
	done
	compare base-one.csv new-one.csv --format csv
	[ "$status" -eq 1 ]
	[ "$(verdict get)" = $'no-change\nregression' ]
	[ "$(verdict put)" = $'no-change\nno-change' ]
	compare base-one.csv new-one.csv
	[[ $output == *$'\nPROCESSES OP '* ]]
}

@test "compare: several files on a side" {
	for n in 1 2 3; do
		side "base$n" 7.2 insn 100 50 1
		side "new$n" 7.3 insn 102 50 1
	done
	compare --base base1.csv --base base2.csv --base base3.csv --new new1.csv --new new2.csv --new new3.csv --format csv
	[ "$status" -eq 1 ]
	[ "$(verdict get)" = regression ]
	compare base1.csv new1.csv --base base2.csv --new new2.csv --base base3.csv --new new3.csv --format csv
	[ "$status" -eq 1 ]
}

@test "compare: cells of one side are listed with their reason; one that fails in NEW is trouble" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100 50
	sed -i '/,put,repetition,/d' new.csv
	compare base.csv new.csv
	[ "$status" -eq 0 ]
	[[ $output == *"only in BASE"*"not there"* ]]
	compare base.csv new.csv --strict
	[ "$status" -eq 2 ]
	side new 7.3 insn 100 50
	sed -i '/,put,repetition,/s/,ok,,/,error,unpin: EIO,/' new.csv
	compare base.csv new.csv
	[ "$status" -eq 2 ]
	[[ $output == *"failed in NEW"*"error: unpin: EIO (3 rows)"* ]]
}

@test "compare: a cell that fails in some boots of NEW has failed, unless BASE does so too" {
	side base 7.2 insn 100 50 4
	side new 7.3 insn 100 50 4
	sed -i '/new-2,.*,put,repetition,/s/,ok,,/,error,unpin: EIO,/' new.csv
	compare base.csv new.csv --format csv
	[ "$status" -eq 2 ]
	[ "$(verdict get)" = no-change ]
	[ "$(verdict put)" = failed ]
	[[ $output == *",failed,error: unpin: EIO"* ]]
	sed -i '/base-2,.*,put,repetition,/s/,ok,,/,error,unpin: EIO,/' base.csv
	compare base.csv new.csv --format csv
	[ "$status" -eq 0 ]
	[ "$(verdict put)" = no-change ]
	# Before there is an op: both of them.
	side base 7.2 insn 100 50 4
	side new 7.3 insn 100 50 4
	sed -i -e '/new-2,.*,put,repetition,/d' -e '/new-2,/s/,get,repetition,\(.*\),ok,,/,,cell,\1,error,mmap: ENOMEM,/' new.csv
	compare base.csv new.csv --format csv
	[ "$status" -eq 2 ]
	[ "$(verdict get)" = failed ]
	[ "$(verdict put)" = failed ]
}

@test "compare: the seed is fixed, and --seed changes no more than the interval" {
	side base 7.2 wall 100 50 6 1
	side new 7.3 wall 120 50 6 1
	compare base.csv new.csv --format csv
	first=$output
	compare base.csv new.csv --format csv
	[ "$output" = "$first" ]
	compare base.csv new.csv --format csv --seed 7
	[ "$(cut -d, -f1-36 <<<"$output")" = "$(cut -d, -f1-36 <<<"$first")" ]
	compare base.csv new.csv --seed x
	[ "$status" -eq 2 ]
}

@test "compare --format: json is well formed, markdown a table, commit fits a commit message" {
	compare "$reference/main.csv" --base-kernel 6.1 --new-kernel 6.12 --format json
	[ "$status" -eq 1 ]
	[ "$(jq -r '.exit_status, .verdicts.regression, .base.kernel, .new.kernel, (.cells | length)' <<<"$output" | paste -sd' ')" = "1 2 6.1 6.12 4" ]
	[ "$(jq -r '.cells[0] | .quantity, (.base.boots | length)' <<<"$output" | paste -sd' ')" = "time_ns 5" ]
	compare "$reference/main.csv" --base-kernel 6.1 --new-kernel 6.12 --format markdown
	awk -F' [|]|^[|]' '/^[|]/ && !/^[|]-/ { if (n && NF != n) exit 1; n = NF; rows++ } !/^[|]/ { n = 0 } END { exit rows != 5 }' <<<"$output"
	compare "$reference/main.csv" --base-kernel 6.1 --new-kernel 6.12 --format commit
	[ "$(awk '{ if (length > n) n = length } END { print n <= 75 }' <<<"$output")" = 1 ]
	[[ $output == *"before"*"after"*"change"* ]]
	grep -q 'map=mem get .* +[0-9.]* %$' <<<"$output"
	grep -q 'map=mem put .* % =$' <<<"$output"
	[[ $output == *"Before: 6.1 (6.1.0-"*"=: no change."* ]]
}

@test "compare --format commit: rows of many keys stay within 75 columns" {
	compare "$reference/kernels-bind.csv" --base-kernel 6.12 --new-kernel 7.3 --cell op=rebind -f commit
	[ "$status" -eq 2 ]
	[ "$(awk '{ if (length > n) n = length } END { print n <= 75 }' <<<"$output")" = 1 ]
	grep -qx '  job=bring-up map=mem align=2M size=17406M rebind' <<<"$output"
	grep -qx ' \{40\}      90.75      86.59 .* % ?' <<<"$output"
}

@test "compare: changes are seen on their side of the threshold, in digits of one kind" {
	side base 7.2 insn 100 50 3 0
	side new 7.3 insn 101 50.5005 3 0
	compare base.csv new.csv --threshold 1
	[ "$status" -eq 1 ]
	grep -q '^get .* +1.000 .* 1 no change$' <<<"$output"
	grep -q '^put .* +1.001 .* 1 regression$' <<<"$output"
	side new 7.3 insn 98.9 49.554 3 0
	compare base.csv new.csv -f markdown
	[[ $output == *'| -1.10 | -1.10 | -1.10 |'*'| -0.89 | -0.89 | -0.89 |'* ]]
	side new 7.3 insn 110 47 3 0
	compare base.csv new.csv -f markdown
	[[ $output == *'| +10.0 |'*'| -6.0 |'* ]]
}

@test "compare: a disk that is full is trouble" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100 50
	run --separate-stderr sh -c "'$daxpin' compare base.csv new.csv >/dev/full"
	[ "$status" -eq 2 ]
	[[ $stderr == *"No space left"* ]]
}

@test "compare: truncated and foreign files give one line, exit 2" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100 50
	head -c 900 new.csv >cut.csv
	cp new.env.json cut.env.json
	compare base.csv cut.csv
	[ "$status" -eq 2 ]
	head -n 3 new.csv | sed '3s/,gup,.*//' >cut.csv
	compare base.csv cut.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: cut.csv:3: "* ]]
	echo a,b >foreign.csv
	compare base.csv foreign.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: foreign.csv:1: no column "* ]]
	compare base.csv missing.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: missing.csv: No such file"* ]]
}

@test "compare: bad usage, exit 2" {
	side base 7.2 insn 100 50
	for arguments in '' base.csv 'base.csv base.csv base.csv' 'base.csv --base-kernel 7.2' \
		'base.csv base.csv --format xml' 'base.csv base.csv --alpha 0' 'base.csv base.csv --alpha 1' \
		'base.csv base.csv --threshold -1' 'base.csv base.csv --threshold 1x' 'base.csv base.csv --seed -1'; do
		# shellcheck disable=SC2086 # several of them
		compare $arguments
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ -n "$stderr" ]
	done
}

@test "compare -f csv, report, merge: what is no UTF-8 is written as U+FFFD, all else as it is" {
	side base 7.2 insn 100 50
	side new 7.3 insn 100 50
	sed -i $'s/,main,/,caf\xe9 \xc3\xa9,/' base.csv new.csv
	compare base.csv new.csv -f csv
	[ "$status" -eq 0 ]
	[[ $output == *$'caf\xef\xbf\xbd \xc3\xa9'* ]]
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	"$daxpin" merge base.csv new.csv -o all.csv
	"$daxpin" report base.csv new.csv -o out
	for file in all.csv out/summary.csv; do
		iconv -f UTF-8 -t UTF-8 "$file" >/dev/null
		grep -q $'caf\xef\xbf\xbd \xc3\xa9' "$file"
	done
}

@test "compare: what is wrong with the usage is said by its name" {
	compare a.csv b.csv c.csv
	[[ $stderr == 'daxpin compare: 3 files are too many: BASE.csv and NEW.csv; --base and --new take more'* ]]
	compare a.csv b.csv --seed 18446744073709551616
	[[ $stderr == 'daxpin compare: --seed 18446744073709551616: is too large, must be a whole number up to 4294967295'* ]]
	side base 7.2 wall 100 50
	sed 's/,1000000,1000000,,[0-9]*,/,1000000,1000000,,18446744073709551615,/' base.csv >large.csv
	compare large.csv base.csv
	[ "$stderr" = "daxpin: large.csv:2: column value_ns: '18446744073709551615' is too large" ]
}

@test "noise: sets of boots by scripts/bench, then what they differ" {
	run --separate-stderr "$root/scripts/noise" --dry-run --sets 3 --plugin --boots 4 --output out/noise.csv
	[ "$status" -eq 0 ]
	[ "$(grep -c "scripts/bench' '--kernels' '5.10-trim' '--plugin' '--boots' '4' '--results' .*set[123]' '--no-report'" <<<"$output")" -eq 3 ]
	[[ ${lines[3]} == *"'compare' '--store-noise' 'out/noise.csv' "*set1*set2*set3* ]]
	[ ! -e out ]
	side samples 7.2 insn 100 50
	for arguments in '--output samples.csv' '--sets 1' '--sets x' '--sets' '--results x' --no-report; do
		# shellcheck disable=SC2086 # several of them
		run --separate-stderr "$root/scripts/noise" --dry-run $arguments
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
}

@test "compare: --cell compares only such cells" {
	side base 7.2 insn 100 50
	side new 7.3 insn 102 50
	compare base.csv new.csv --cell op=put --format csv
	[ "$status" -eq 0 ]
	[ -z "$(verdict get)" ]
	[ "$(verdict put)" = no-change ]
	compare base.csv new.csv --cell 'engine=gup map=mem align=2M' --cell op=get
	[ "$status" -eq 1 ]
	[[ $output == "1 regression"* ]]
}

@test "compare: --cell that no row has, or that is none, is trouble" {
	side base 7.2 insn 100 50
	side new 7.3 insn 102 50
	compare base.csv new.csv --cell op=register
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: BASE: no rows of such a cell (--cell) in base.csv" ]
	compare base.csv new.csv --cell size=big
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin compare: --cell size=big: size_bytes=big: must be a number"* ]]
}

# Otherwise a kernel that only another cell has would have to be chosen.
@test "compare: --cell leaves out kernels that have no such cell" {
	side base 7.2 insn 100 50
	side other 7.1 insn 100 50
	{ cat base.csv; sed 1d other.csv | grep ',put,repetition,' | sed 's/,put,repetition,/,unbind,repetition,/'; } >both.csv
	jq -s add base.env.json other.env.json >both.env.json
	side new 7.3 insn 100 50
	compare both.csv new.csv --cell op=get
	[ "$status" -eq 0 ]
}

@test "compare: hostile kernel ids stay on their line and are no markup" {
	side base 7.2 insn 100 50
	side new 7.3 insn 102 50
	local hostile=$'"<b>x\n# y\e[31m"' escape=$'\e'
	awk -F, -v OFS=, -v id="$hostile" 'NR > 1 { $3 = id } 1' new.csv >hostile.csv
	cp new.env.json hostile.env.json
	for format in table markdown commit; do
		compare base.csv hostile.csv --format "$format"
		[ "$status" -eq 1 ]
		[[ $output != *"$escape"* ]]
		[[ $output != *$'\n# y'* ]]
	done
	compare base.csv hostile.csv --format markdown
	# shellcheck disable=SC2154 # run sets it
	[ "${lines[0]}" = '# \<b>x # y [31m compared with 7.2' ]
	grep -qxF -- '- NEW: \<b>x # y [31m (7.3.0)' <<<"$output"
}
