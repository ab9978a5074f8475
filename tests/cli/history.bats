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
# CLOCK, COMMIT (""), COMMITTED (""), CPU, TRUSTED, STARTED and PLATFORM may be set.
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
		printf '{"run_id": "%s", "started": "%s", "cpu": {"model": "%s", "online": "0", "nodes": 1}, "kernel": {"commit": %s, "commit_date": %s, "version": "#1 SMP Debian 1.2.3-4 (2026-01-01)", "config_sha256": "0123456789abcdef"}}\n' \
			"$name-$n" "${STARTED:-2026-11-0${n}T00:00:00Z}" "${CPU:-one}" "$([ "${COMMIT:-}" ] && echo "\"$COMMIT\"" || echo null)" \
			"$([ "${COMMITTED:-}" ] && echo "\"$COMMITTED\"" || echo null)" >>"$name.env.json"
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
	[ "$stderr" = $'daxpin: cut.csv:3: the last row is cut off; wait until it is whole\nstore: 0 runs added, 0 there already, not all files' ]
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

@test "history: what is no file of samples is said as compare says it" {
	kernel a 6.1 6.1.0 100
	mkdir dir
	: >empty.csv
	head -n 1 a.csv >header.csv
	head -n 1 a.csv | tr -d '\n' >torn.csv
	tr '\n' '\r' <a.csv >cr.csv
	iconv -t UTF-16 a.csv >utf16.csv
	while read -r file says; do
		history --add "$file"
		[ "$status" -eq 2 ]
		[ "$(head -n 1 <<<"$stderr")" = "daxpin: $says" ]
		[ "$(grep -c '' <<<"$stderr")" -eq 2 ]
		[ ! -e store ] || [ "$(find store -type f | wc -l)" -eq 0 ]
		history --all a.csv "$file"
		[ "$status" -eq 2 ]
		[ "$stderr" = "daxpin: $says"$'\ndaxpin: 1 file left out' ]
		[[ $output == "0 changes in 1 series of 1 kernel"* ]]
	done <<-'END'
		dir dir: Is a directory
		/dev/null /dev/null:1: the file is empty
		/dev/zero /dev/zero:1: NUL byte; this is not a text file, or it was damaged
		empty.csv empty.csv:1: the file is empty
		header.csv no rows in header.csv
		torn.csv torn.csv:1: the header row is cut off
		cr.csv cr.csv:1: lines end in a carriage return alone; they have to end in a newline
		utf16.csv utf16.csv:1: NUL byte; this is not a text file, or it was damaged
	END
	# A row that is cut off is left out, which is said once.
	kernel b 6.2 6.2.0 100 100
	head -c -5 b.csv >cut.csv
	cp b.env.json cut.env.json
	history --all a.csv cut.csv
	[ "$status" -eq 0 ]
	[ "$stderr" = "daxpin: warning: cut.csv:3: the last row is cut off; it is left out" ]
}

@test "history: sums beyond 64 bits are not added, and keep none of the others from being shown" {
	kernel a 6.1 6.1.0 100
	kernel row 6.2 6.2.0 100
	sed -i 's/,1000000,1000000,,/,1000000,18446744073709551614,,/' row.csv
	# Each row fits, the sum of the threads of a repetition does not.
	kernel sum 6.3 6.3.0 100
	sed -i '2s/[^,]*$/18446744073709551000/; 2p' sum.csv
	sed -i '3s/,repetition,1,0,/,repetition,1,1,/' sum.csv
	history --add row.csv a.csv sum.csv
	[ "$status" -eq 2 ]
	[ "$(sed -n 1p <<<"$stderr")" = "daxpin: row.csv:2: the sum of the repetition, or its bytes, does not fit into 64 bits" ]
	[ "$(sed -n 2p <<<"$stderr")" = "daxpin: sum.csv: run sum-1: the sum over the threads of a repetition, or its bytes, does not fit into 64 bits" ]
	[ "$(sed -n 3p <<<"$stderr")" = "store: 1 run added, 0 there already, not all files" ]
	# Someone else has put them there.
	cp row.* sum.* store/
	for view in "--format=csv" "--all --format=csv" "--changes" "--cell op=get --format=csv"; do
		# shellcheck disable=SC2086 # several words
		history $view
		[ "$status" -eq 2 ]
		[ "$(sed -n 1p <<<"$stderr")" = "daxpin: store/row.csv:2: the sum of the repetition, or its bytes, does not fit into 64 bits" ]
		[ "$(sed -n 2p <<<"$stderr")" = "daxpin: store/sum.csv: run sum-1: the sum over the threads of a repetition, or its bytes, does not fit into 64 bits" ]
		[ "$(sed -n 3p <<<"$stderr")" = "daxpin: 2 files left out" ]
		[[ $view != *csv ]] || [ "$(column kernel)" = 6.1 ]
	done
}

@test "history: a run that is there with other rows is not replaced" {
	kernel a 6.1 6.1.0 100
	history --add a.csv
	kernel a 6.1 6.1.0 200
	history --add a.csv
	[ "$status" -eq 2 ]
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

@test "history: what a killed adder leaves is removed by the next one, and nothing else" {
	kernel a 6.1 6.1.0 100
	kernel b 6.2 6.2.0 100
	# Long reasons: more than the limit on a file lets it write. It ends by SIGXFSZ, as it would by SIGKILL.
	kernel big 6.3 6.3.0 100
	awk -F, -v OFS=, 'NR == 2 { for (i = 0; i < 99; i++) { $24 = i + 2; print } }' big.csv >rows
	cat rows >>big.csv
	history --add a.csv
	run bash -c "ulimit -c 0 -f 8; exec '$daxpin' history --store store --add big.csv"
	[ "$status" -ge 128 ]
	left=$(find store -name '*.adding.??????')
	[ "$(wc -l <<<"$left")" -eq 1 ]
	mine=$(dirname store/6.1/*/*/a-1.csv)
	touch "$mine"/{a-1.csv.backup,a-1.csv.adding.old,a-1.adding.backups,.adding.XXXXXX.csv}
	history --format csv
	[ "$status" -eq 0 ]
	[ "$(column kernel)" = 6.1 ]
	# While somebody has the lock nobody is sure, and waits.
	exec 8<store
	flock 8
	"$daxpin" history --store store --add b.csv 2>said 8<&- &
	sleep 0.5
	[ -e "$left" ]
	exec 8<&-
	wait $!
	[ "$(<said)" = $'store: removed 1 file that an adder had left when it was killed\nstore: 1 run added, 0 there already' ]
	[ ! -e "$left" ]
	[ "$(find "$mine" -type f | wc -l)" -eq 6 ]
	history --add big.csv
	[ "$stderr" = "store: 1 run added, 0 there already" ]
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
	[ "$status" -eq 2 ]
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

# A store with steps: 100 instructions, 100.2, 102, 50, 50.
steps() {
	local n=0 value
	for value in 100 100.2 102 50 50; do
		n=$((n + 1))
		kernel "s$n" "7.$n" "7.$n.0" "$value" "$value" "$value"
		"$daxpin" history --store store --add "s$n.csv" 2>/dev/null
	done
}

@test "history: a cell over kernels, changes where they are" {
	steps
	history --cell 'op=get map=mem size=4096000000' --format csv
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(column kernel)" = $'7.1\n7.2\n7.3\n7.4\n7.5' ]
	[ "$(column verdict)" = $'first\nno-change\nregression\nimprovement\nno-change' ]
	[ "$(column change)" = $'0\n0\n1\n1\n0' ]
	[ "$(column segment)" = $'1\n1\n2\n3\n3' ]
	[ "$(column test)" = $'\nexact-clock\nexact-clock\nexact-clock\nexact-clock' ]
	[ "$(column ratio | sed -n 3p)" = 1.01796407 ]
	[ "$(column base_first)" = $'\n1\n2\n3\n4' ]
	history --clock insn
	[[ $output == "2 changes in 1 series of 5 kernels"* ]]
	[ "$(awk '$NF == "improvement" { print $1, $8, $(NF - 1) }' <<<"$output")" = "7.4 -51.0 v" ]
	history --all --format json
	[ "$(jq -c '.series[0].kernels | map(.change)' <<<"$output")" = '[false,false,true,true,false]' ]
	[ "$(jq '.series[0].kernels[3].boots == [50, 50, 50]' <<<"$output")" = true ]
	history --all --format markdown
	grep -q '^| 7.4 |' <<<"$output"
}

@test "history: release candidates come before the release, here and in report --by-kernel" {
	kernel a 6.18 6.18.0 100 100 100
	kernel b 6.19-rc1 6.19.0-rc1 105 105 105
	kernel c 6.19 6.19.0 105 105 105
	history --all --format csv c.csv b.csv a.csv
	[ "$(column kernel)" = $'6.18\n6.19-rc1\n6.19' ]
	[ "$(column change)" = $'0\n1\n0' ]
	run --separate-stderr "$daxpin" report --by-kernel --format csv c.csv b.csv a.csv
	[ "$status" -eq 0 ]
	[ "$(column kernel_before)" = $'\n6.18\n6.19-rc1' ]
}

@test "history: releases of a distribution are kernels of one line" {
	kernel a 7.2.12+deb13-amd64 7.2.12+deb13-amd64 100 100 100
	kernel b 7.3.4+deb13-amd64 7.3.4+deb13-amd64 105 105 105
	history --all --format csv a.csv b.csv
	[ "$(column verdict)" = $'first\nregression' ]
}

@test "history: change points only, the strongest first" {
	steps
	history --changes --format csv
	[ "$(column kernel)" = $'7.3\n7.4' ]
	history --changes
	[ "$(awk '$NF == "get" { print $6 }' <<<"$output")" = $'7.4\n7.3' ]
	[ "$(awk '$NF == "get" { print $1, $2, $3, $5, $6 }' <<<"$output")" = $'-51.0 102.00 50.00 7.3 7.4\n+1.8 100.20 102.00 7.2 7.3' ]
	history --changes --threshold 10
	[ "$(awk '$NF == "get" { print $6 }' <<<"$output")" = 7.4 ]
	history --changes --kernel 7.4,7.5
	[ "$status" -eq 0 ]
	[[ $output == "0 changes in 1 series of 2 kernels"* ]]
}

@test "history: what compare calls a step between neighbours is one, within the threshold of the first or not" {
	kernel a 7.1 7.1.0 100 100 100
	kernel b 7.2 7.2.0 99.05 99.05 99.05
	kernel c 7.3 7.3.0 100.95 100.95 100.95
	run "$daxpin" compare b.csv c.csv
	[ "$status" -eq 1 ]
	history --changes --format csv a.csv b.csv c.csv
	[ "$(column kernel)" = 7.3 ]
	[ "$(column base)" = 99.05 ]
	[ "$(column ratio)" = 1.01918223 ]
}

@test "history: what changes points are from is named, and those that only a cell by itself shows are counted" {
	CLOCK=wall kernel a 5.10 5.10.0 90 91 90.5 91.5 92
	CLOCK=wall kernel b 6.12 6.12.0 210 211 210.5 211.5 212
	CLOCK=wall kernel c 7.1 7.1.0 4 4.1 4.2 4.3 4.4
	# The same of more cells: what 5 boots can show of one, they cannot of many.
	for name in a b c; do
		awk -F, -v OFS=, 'NR == 1 { print } NR > 1 { for (i = 1; i <= 8; i++) { $8 = "job" i; print } }' "$name.csv" >"$name-8.csv"
		cp "$name.env.json" "$name-8.env.json"
	done
	history --changes a.csv b.csv c.csv
	[ "$(awk '$NF == "get" { print $1, $2, $5, $6 }' <<<"$output")" = $'-98.0 211.00 6.12 7.1\n+131.9 91.00 5.10 6.12' ]
	[[ $output != *"by themselves"* ]]
	history --changes a-8.csv b-8.csv c-8.csv
	[ "$(grep -c '^ .* wall ' <<<"$output")" -eq 8 ]
	# The figure is the median of the boots of both.
	[ "$(awk '/ job3,/ { print $2, $5, $6, $7, $8 }' <<<"$output")" = "151.00 5.10 to 6.12 7.1" ]
	[ "$(tail -n 1 <<<"$output")" = "8 more changes are found in cells by themselves (--cell): all cells that are shown are one family of tests, and so many take more boots" ]
	history --changes --format json a-8.csv b-8.csv c-8.csv
	[ "$(jq .alone <<<"$output")" = 8 ]
	[ "$(jq -c '.series[0].kernels[0] | [.number, .base_first, .base_last]' <<<"$output")" = '[3,1,2]' ]
}

@test "history: a cell or kernel that is not there is trouble" {
	steps
	history --cell op=put
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: nothing measured of such a cell and kernel among 15 runs" ]
	history --kernel 9.9 --all
	[ "$status" -eq 2 ]
	history --cell colour=red
	[ "$status" -eq 2 ]
	[[ $stderr == *"--cell colour=red: no key colour; there is platform,"* ]]
}

@test "history: one boot of each is insufficient data, never no change" {
	kernel a 7.1 7.1.0 100
	kernel b 7.2 7.2.0 100
	history a.csv b.csv --all --format csv
	[ "$(column verdict)" = $'first\ninsufficient-data' ]
	[[ $output == *"1 and 1 boots; it takes 3 of each, or known noise (--noise)"* ]]
	# Two that vary are judged by ranks; three that do not are enough all the same.
	kernel a 7.1 7.1.0 100 100.5
	history a.csv b.csv --all --format csv
	[[ $output == *"2 and 1 boots cannot reach p = 0.05 in 1 test; 4 of each can, or 3 that do not vary"* ]]
}

@test "history: machines, platforms and clocks are series of their own" {
	kernel a 7.1 7.1.0 100 100 100
	CPU=two kernel b 7.2 7.2.0 200 200 200
	PLATFORM=kvm kernel c 7.2 7.2.0 300 300 300
	CLOCK=wall kernel d 7.2 7.2.0 400 400 400
	history a.csv b.csv c.csv d.csv --all --format csv
	[ "$(column verdict)" = $'first\nfirst\nfirst\nfirst' ]
	history a.csv b.csv --all --host two --format csv
	[ "$(column kernel)" = 7.2 ]
}

@test "history: commits of one kernel by date, stages of a series in a line of their own" {
	COMMIT=aaaa STARTED=2026-02-01T00:00:00Z kernel a tree 7.4.0 100 100 100
	COMMIT=0000 STARTED=2026-03-01T00:00:00Z kernel b tree 7.4.0 110 110 110
	COMMIT=ffff STARTED=2026-01-01T00:00:00Z kernel c tree 7.4.0 100 100 100
	kernel d 5.10+gup 5.10.262-gup 10 10 10
	kernel e 5.10-trim 5.10.262-trim 100 100 100
	kernel f 5.10 5.10.0-46-amd64 120 120 120
	history {a,b,c,d,e,f}.csv --all --format csv
	[ "$(column line)" = $'\n\n\n\n5.10-trim\n5.10-trim' ]
	[ "$(column kernel | paste -sd' ')" = "5.10 tree tree tree 5.10-trim 5.10+gup" ]
	[ "$(column commit | sed -n 2,4p | paste -sd' ')" = "ffff aaaa 0000" ]
	[ "$(column verdict | paste -sd' ')" = "first improvement no-change regression first improvement" ]
	# Those that are named are one line.
	history {d,f}.csv --kernel 5.10,5.10+gup --format csv
	[ "$(column verdict)" = $'first\nimprovement' ]
}

@test "history: commits of one kernel in the order of their own dates, where all of them have one" {
	export STARTED
	# measured by a bisection: the newest first
	STARTED=2026-03-01T00:00:00Z COMMIT=cccc COMMITTED=2026-01-03T00:00:00Z kernel c tree 7.4.0 110 110 110
	STARTED=2026-03-02T00:00:00Z COMMIT=aaaa COMMITTED=2026-01-01T00:00:00Z kernel a tree 7.4.0 100 100 100
	STARTED=2026-03-03T00:00:00Z COMMIT=bbbb COMMITTED=2026-01-02T00:00:00Z kernel b tree 7.4.0 100 100 100
	history {c,a,b}.csv --all --format csv
	[ "$(column commit | paste -sd' ')" = "aaaa bbbb cccc" ]
	[ "$(column commit_date | head -n 1)" = 2026-01-01T00:00:00Z ]
	[ "$(column started | head -n 1)" = 2026-03-02T00:00:00Z ]
	[ "$(column change | paste -sd' ')" = "0 0 1" ]
	history {c,a,b}.csv --all
	[ "$(awk '$1 == "tree" { print $3 }' <<<"$output" | paste -sd' ')" = "2026-01-01 2026-01-02 2026-01-03" ]
	history {c,a,b}.csv --format csv
	[ "$(column commit_date | paste -sd' ')" = "2026-01-01T00:00:00Z 2026-01-02T00:00:00Z 2026-01-03T00:00:00Z" ]
	history {c,a,b}.csv --all --format json
	[ "$(jq -c '[.series[0].kernels[].commit_date[:10]]' <<<"$output")" = '["2026-01-01","2026-01-02","2026-01-03"]' ]
	# One that does not say: all by their runs. It does not matter to the kernels of other ids.
	STARTED=2026-02-01T00:00:00Z COMMIT=dddd kernel d tree 7.4.0 100 100 100
	for id in c a b; do sed "s/,tree,/,other,/; s/,$id-/,o$id-/g" $id.csv >o$id.csv; sed "s/\"$id-/\"o$id-/" $id.env.json >o$id.env.json; done
	history {c,a,b,d,oc,oa,ob}.csv --all --format csv
	[ "$(column kernel | uniq -c | awk '{ print $2, $1 }' | sort | paste -sd' ')" = "other 3 tree 4" ]
	[ "$(paste -d' ' <(column kernel) <(column commit) | awk '$1 == "tree" { print $2 }' | paste -sd' ')" = "dddd cccc aaaa bbbb" ]
	[ "$(paste -d' ' <(column kernel) <(column commit) | awk '$1 == "other" { print $2 }' | paste -sd' ')" = "aaaa bbbb cccc" ]
}

@test "history: what is not trusted is left out, and said" {
	kernel a 7.1 7.1.0 100 100 100
	TRUSTED=0 kernel b 7.2 7.2.0 200 200 200
	history a.csv b.csv --all --format csv
	[ "$status" -eq 0 ]
	[ "$(column kernel)" = 7.1 ]
	[[ $stderr == "daxpin: warning: 3 runs left out, not trusted (debug options, or a clock of ticks); --force has them" ]]
	history a.csv b.csv --all
	[[ $output == *$'\n3 runs left out, not trusted'* ]]
	history a.csv b.csv --all --force --format csv
	[ "$(column kernel)" = $'7.1\n7.2' ]
	[ "$(column trusted)" = $'1\n0' ]
}

@test "history: drift adds up" {
	for n in 0 1 2 3 4 5; do
		value=$(awk -v n="$n" 'BEGIN { print 100 + 0.4 * n }')
		kernel "d$n" "7.$n" "7.$n.0" "$value" "$value" "$value"
	done
	history d?.csv --all --format csv
	[ "$(column change)" = $'0\n0\n0\n1\n0\n0' ]
	[ "$(column drift)" = $'0\n0\n0\n1\n0\n0' ]
}

@test "history: 400 kernels" {
	kernel one 7.1 7.1.0 100 100 100
	awk 'NR == 1 { print; next } { row[NR] = $0 }
		END { for (n = 1; n <= 400; n++) for (i = 2; i <= 4; i++) {
			text = row[i]; gsub(/one-/, "k" n "-", text); gsub(/7\.1/, "7." n, text)
			if (n > 200) sub(/100000000$/, "103000000", text)
			print text } }' one.csv >many.csv
	jq '[range(1; 401) as $n | .[] | .run_id |= sub("one"; "k\($n)")]' one.env.json >many.env.json
	history --add many.csv
	[[ $stderr == "store: 1200 runs added, 0 there already" ]]
	history --changes --format csv
	[ "$status" -eq 0 ]
	[ "$(column kernel)" = 7.201 ]
	[ "$(column number)" = 201 ]
}

@test "history: plots, with the changes in them" {
	command -v gnuplot >/dev/null || skip "no gnuplot"
	steps
	history --all -o out
	[ "$status" -eq 0 ]
	[ "$stderr" = "wrote out/history.csv, out/history.md and 1 plot" ]
	[ "$(head -c 4 out/history.png | tail -c 3)" = PNG ]
	[ "$(grep -cF -e '-51 %' out/history.svg)" -eq 1 ]
	[ "$(grep -cF -e '+1.8 %' out/history.svg)" -eq 1 ]
	[ "$(grep -c '' out/history.csv)" -eq 6 ]
	grep -q '^!\[history\](history.svg)$' out/history.md
	# Of those without a change there is none.
	history --changes --kernel 7.4,7.5 -o out
	[ "$stderr" = "wrote out/history.csv, out/history.md and 0 plots" ]
	[ ! -e out/history.svg ]
}

@test "history: one kernel is one kernel" {
	kernel a 6.1 6.1.0 100
	history --add a.csv
	history --all
	[ "$status" -eq 0 ]
	[[ $output == '0 changes in 1 series of 1 kernel'$'\n'* ]]
}
