#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin history: the store, and cells over kernels.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	export DAXPIN_DATADIR=$root/plots
	cd "$BATS_TEST_TMPDIR" || return
}

HEADER=schema_version,run_id,kernel,kernel_release,platform,clock,boot,job,memory,device,map,align_bytes,engine,get,put,write,size_bytes,batch_pages,put_batch_pages,threads,range,op,row,repetition,thread,call,calls,pages_asked,pages_got,order,value_ns,min_ns,p50_ns,p90_ns,p99_ns,max_ns,rounds,status,reason,trusted,dram_bytes,memmap_bytes,model,caches,instructions

# kernel NAME KERNEL RELEASE VALUE...: NAME.csv and NAME.env.json, a run and boot of op get for each value per page.
# CLOCK, COMMIT (""), CPU, TRUSTED, STARTED and PLATFORM may be set.
kernel() {
	local name=$1 id=$2 release=$3 value n=0 ns insn
	shift 3
	{ echo "$HEADER"; } >"$name.csv"
	echo '[' >"$name.env.json"
	for value; do
		n=$((n + 1))
		ns=$(awk -v v="$value" 'BEGIN { printf "%.0f", v * 1000000 }')
		insn=''
		[ "${CLOCK:-insn}" != insn ] || { insn=$ns; ns=''; }
		echo "1,$name-$n,$id,$release,${PLATFORM:-tcg},${CLOCK:-insn},boot-$name-$n,main,dax,dax0.0,mem,2097152,gup,fast,pages,1,4096000000,512,0,1,disjoint,get,repetition,1,0,,1,1000000,1000000,,$ns,,,,,,1,ok,,${TRUSTED:-1},,,,,$insn" >>"$name.csv"
		[ "$n" = 1 ] || echo , >>"$name.env.json"
		printf '{"run_id": "%s", "started": "%s", "cpu": {"model": "%s", "online": "0", "nodes": 1}, "kernel": {"commit": %s, "version": "#1 SMP Debian 1.2.3-4 (2026-01-01)", "config_sha256": "0123456789abcdef"}}\n' \
			"$name-$n" "${STARTED:-2026-11-0${n}T00:00:00Z}" "${CPU:-one}" "$([ "${COMMIT:-}" ] && echo "\"$COMMIT\"" || echo null)" >>"$name.env.json"
	done
	echo ']' >>"$name.env.json"
}

history() { run --separate-stderr "$daxpin" history --store store "$@"; }

# column NAME: of the last CSV output, a line for each row
column() {
	awk -F, -v name="$1" '{ gsub(/"[^"]*"/, "quoted") } NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $at[name] }' <<<"$output"
}

@test "history: a run is added once, and says so" {
	kernel a 6.1 6.1.0 100 100 100
	history --add a.csv
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$stderr" = "store: 3 runs added, 0 there already" ]
	cp -r store before
	kernel b 6.1 6.1.0 100
	history --add a.csv b.csv
	[ "$status" -eq 0 ]
	[ "$stderr" = "store: 1 run added, 3 there already" ]
	[ "$(diff -r before store | wc -l)" -eq 2 ]
	history --format csv
	[ "$(column boots)" = 4 ]
	[ "$(column runs)" = 4 ]
}

@test "history: what a run was stays with it" {
	COMMIT=fedcba9876543210fedcba9876543210fedcba98 kernel a 7.4 7.4.0 100 100
	history --add a.csv
	dir=$(echo store/7.4/fedcba987654-01234567/tcg-one-CPU-0-1-node-*)
	[ "$(find "$dir" -name '*.csv' | wc -l)" -eq 2 ]
	cmp <(cat "$dir"/a-1.csv; tail -n 1 "$dir"/a-2.csv) a.csv
	[ "$(jq -cS '.[]' "$dir"/a-1.env.json)" = "$(jq -cS '.[0]' a.env.json)" ]
	[ "$(stat -c %a "$dir"/a-1.csv)" = "$(printf %o $((0666 & ~$(umask))))" ]
}

@test "history: without a commit the version of the package" {
	kernel a 6.1 6.1.0 100
	history --add a.csv
	[ -d store/6.1/1.2.3-4-01234567 ]
	history --format csv
	[ "$(column commit)" = 1.2.3-4 ]
}

@test "history: hostile names stay in the store" {
	local name=$'../../x"\n\e[31m$(touch pwned)' long
	long=$(head -c 1000 /dev/zero | tr '\0' x)
	kernel a 6.1 6.1.0 100
	quoted="\"${name//\"/\"\"}$long\""
	{ echo "$HEADER"; sed -n 2p a.csv | awk -F, -v OFS=, '{ $2 = $3 = $5 = "NAME"; print }' | while IFS= read -r row; do
		printf '%s\n' "${row//NAME/"$quoted"}"
	done; } >hostile.csv
	jq --arg name "$name$long" '.[0].run_id = $name | .[0].host = "/../" * 100 |
		.[0].kernel.commit = ".." | .[0].kernel.config_sha256 = "../../../../" * 9' a.env.json >hostile.env.json
	mv hostile.csv a.csv
	mv hostile.env.json a.env.json
	mkdir jail
	mv a.csv a.env.json jail
	history --add jail/a.csv --store jail/a/b/store
	[ "$status" -eq 0 ]
	[ "$(find . -name '*.csv' | wc -l)" -eq 2 ]
	[ "$(find jail/a/b/store -name '*.csv' | wc -l)" -eq 1 ]
	[ ! -e pwned ]
	[ "$(find . -print0 | grep -czP '[^\w./+-]')" -eq 0 ]
	[ "$(find . -mindepth 1 -printf '%f\n' | awk '{ print length($0) }' | sort -n | tail -n 1)" -le 80 ]
	history --add jail/a.csv --store jail/a/b/store
	[[ $stderr == *": 0 runs added, 1 there already" ]]
	history --store jail/a/b/store --format csv
	[ "$status" -eq 0 ]
}

@test "history: a file that is cut off, or has no environment, or two kernels in a run is not added at all" {
	kernel a 6.1 6.1.0 100 100
	head -c -5 a.csv >cut.csv
	cp a.env.json cut.env.json
	history --add cut.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: cut.csv: the last row is cut off; add it when it is whole"* ]]
	cp a.csv bare.csv
	history --add bare.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: bare.csv:2: run a-1 has no environment"* ]]
	sed '3s/6.1,6.1.0/6.2,6.2.0/; s/a-2/a-1/' a.csv >two.csv
	cp a.env.json two.env.json
	history --add two.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: two.csv:3: run a-1 is of kernel 6.1 (6.1.0), and here of 6.2 (6.2.0); a run is of one kernel"* ]]
	[ "$(find store -type f 2>/dev/null | wc -l)" -eq 0 ]
	# The others of a call are.
	history --add cut.csv a.csv
	[ "$status" -eq 2 ]
	[[ $stderr == *"store: 2 runs added, 0 there already, not all files" ]]
}

@test "history: a run that is there with other rows is not replaced" {
	kernel a 6.1 6.1.0 100
	history --add a.csv
	kernel a 6.1 6.1.0 200
	history --add a.csv
	[ "$status" -eq 1 ]
	[[ $stderr == "daxpin: run a-1 is in the store with other rows: store/6.1/"*"; move it away if it is to be replaced"* ]]
	history --all --format csv
	[ "$(column median)" = 100 ]
}

@test "history: two adders at the same time" {
	for n in 1 2 3 4; do kernel "k$n" "6.$n" "6.$n.0" 100 100 100 100 100; done
	for n in 1 2 3 4; do "$daxpin" history --store store --add k1.csv k2.csv k3.csv k4.csv 2>"said-$n" & done
	wait
	[ "$(awk '{ runs += $2 } END { print runs }' said-*)" -eq 20 ]
	history --format csv
	[ "$status" -eq 0 ]
	[ "$(column boots)" = $'5\n5\n5\n5' ]
	[ "$(find store -type f | wc -l)" -eq 40 ]
}

@test "history: no store, an empty one, one that is a file, one that cannot be written" {
	history
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: no store at store; 'daxpin history --add FILE.csv' makes one, --store names another" ]
	mkdir store
	history --all
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: store is empty; 'daxpin history --add FILE.csv' adds to it" ]
	kernel a 6.1 6.1.0 100
	: >file
	history --store file
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: file: is no directory; a store is one" ]
	history --store file --add a.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: file: Not a directory"* ]]
	history --store /proc/store --add a.csv
	[ "$status" -eq 2 ]
	[[ $stderr == "daxpin: /proc/store: No such file or directory"* ]]
}

@test "history: foreign files in the store are let be, broken ones are said" {
	kernel a 6.1 6.1.0 100
	history --add a.csv
	echo hello >store/README.md
	mkdir store/.git
	echo nothing >store/.git/index.csv
	history --format csv
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	echo 'a,b' >store/notes.csv
	history --format csv
	[ "$status" -eq 1 ]
	[ "$(column boots)" = 1 ]
	[ "$stderr" = $'daxpin: store/notes.csv:1: no column \'schema_version\'; is this a file of \'daxpin run\'?\ndaxpin: 1 file left out' ]
}

@test "history: a run that is in the store twice is counted once" {
	kernel a 6.1 6.1.0 100
	history --add a.csv
	mkdir store/merged
	cp store/6.1/*/*/a-1.* store/merged
	history --format csv
	[ "$status" -eq 0 ]
	[ "$(column boots)" = 1 ]
	[ "$stderr" = "daxpin: store/merged/a-1.csv: run a-1 is in another file too, and is counted once" ]
}
