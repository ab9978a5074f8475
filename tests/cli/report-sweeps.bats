#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin report: plots of what a job varies: size of a registration, threads, ways to put.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	fixtures=$root/tests/fixtures/report
	export DAXPIN_DATADIR=$root/plots
	cd "$BATS_TEST_TMPDIR" || return
}

# cells KEY=VALUE...: a row per thread of a cell, appended to sweep.csv; ns is that of a page and of the first
# thread, each takes `slower` times as long as the one before it. What is not given is as below.
cells() {
	[ -e sweep.csv ] || head -n 1 "$fixtures/main.csv" |
		sed 's/$/,dram_bytes,memmap_bytes,model,caches,instructions,put_order,put_cache,hold_ms,rdma_device,domains,processes/' \
			>sweep.csv
	awk 'BEGIN {
		v["kernel"] = "5.10"; v["platform"] = "bare"; v["clock"] = "wall"; v["job"] = "sweep"; v["map"] = "mem"
		v["engine"] = "gup"; v["get"] = "fast"; v["put"] = "pages"; v["pages"] = 262144; v["batch"] = 512
		v["put_batch"] = v["hold"] = 0; v["threads"] = v["processes"] = v["slower"] = v["trusted"] = 1; v["range"] = "disjoint"
		v["order"] = "sequential"; v["cache"] = "warm"; v["op"] = "get"
		for (i = 1; i < ARGC; i++) { split(ARGV[i], set, "="); v[set[1]] = set[2] }
		if (v["engine"] != "gup") v["order"] = v["cache"] = v["hold"] = ""
		workers = v["threads"] * v["processes"]
		part = v["range"] == "same" ? v["pages"] : v["pages"] / workers
		run = v["kernel"] "-" v["platform"] "-" v["clock"]
		for (t = 0; t < workers; t++) {
			cost = v["ns"] * part * v["slower"] ^ t
			printf "1,%s,%s,%s.0,%s,%s,%s,%s,dax,dax0.0,%s,2097152,%s,%s,%s,1,%.0f,%d,%d,%d,", run, v["kernel"],
				v["kernel"], v["platform"], v["clock"], run, v["job"], v["map"], v["engine"], v["get"], v["put"],
				v["pages"] * 4096, v["batch"], v["put_batch"], v["threads"]
			printf "%s,%s,repetition,1,%d,,1,%d,%d,,%s,,,,,,1,ok,,%d,,,,,%s,%s,%s,%s,,%s,%d\n", v["range"], v["op"], t,
				part, part, v["clock"] == "wall" ? sprintf("%.0f", cost) : "", v["trusted"],
				v["clock"] == "insn" ? sprintf("%.0f", cost) : "", v["order"], v["cache"], v["hold"],
				v["engine"] == "verbs" ? 1 : "", v["processes"]
		}
	}' "$@" >>sweep.csv
}

# registrations ENGINE KERNEL COST [KEY=VALUE...]: of 1 GiB in pieces of 2M, 32M and at once; deregister costs a tenth
registrations() {
	local batch
	for batch in 512 8192 1048576; do
		cells engine="$1" get=reg put=dereg kernel="$2" batch=$batch op=register \
			ns="$(awk "BEGIN { printf \"%.9g\", $3 * (1 + 512 / ($batch < 262144 ? $batch : 262144)) }")" "${@:4}"
		cells engine="$1" get=reg put=dereg kernel="$2" batch=$batch op=deregister \
			ns="$(awk "BEGIN { print $3 / 10 }")" "${@:4}"
	done
}

# block FILE N: the Nth block of a data file, from 0, without its heading
block() { awk -v RS='\n\n\n' -v n="$2" 'NR == n + 1' "$1" | sed 1d; }

plots_of() { find dir/plots -name "$1*.svg" | wc -l; }

@test "report -o: registration against its size, and pins beside it" {
	for map in mem dev; do
		registrations verbs 5.10 100 map=$map
		registrations verbs 7.3 20 map=$map
	done
	for kernel in 5.10 7.3; do
		cells kernel=$kernel job=pins get=fast op=get ns=7
		cells kernel=$kernel job=pins get=fast-longterm op=get ns=50
		cells kernel=$kernel job=pins get=fast-longterm op=put ns=5
	done
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of registration)" -eq 1 ]
	dat=dir/plots/registration.dat
	[ "$(block $dat 0)" = $'0\t"5.10"\t""\n1\t"7.3"\t""' ]
	[ "$(block $dat 1)" = $'0\t"map mem"\n1\t"map dev"' ]
	[ "$(block $dat 2)" = $'2097152\t"2M"\n33554432\t"32M"\n1073741824\t"1G"' ]
	# register: 5.10 mem, 5.10 dev, 7.3 mem, 7.3 dev; then deregister: ns per page with its interval, ms for 1 GiB
	[ "$(block $dat 3)" = "$(printf '%s\tNaN\tNaN\t%s\n' $'2097152\t200' 52.4288 $'33554432\t106.25' 27.8528 \
		$'1073741824\t100.195312' 26.2656)" ]
	[ "$(block $dat 5 | head -n 1)" = $'2097152\t40\tNaN\tNaN\t10.48576' ]
	[ "$(block $dat 7 | head -n 1)" = $'2097152\t10\tNaN\tNaN\t2.62144' ]
	# pins: long-term ones where there are any, of the same memory only
	[ "$(block $dat 11)" = $'2097152\t50\t13.1072\n1073741824\t50\t13.1072' ]
	[ "$(block $dat 12)" = $'2097152\tNaN\tNaN\n1073741824\tNaN\tNaN' ]
	[ "$(block $dat 15 | head -n 1)" = $'2097152\t5\t1.31072' ]
	for text in 'engine verbs against the size of a registration: size 1G, memory dax' 'map dev' 'gup fast-longterm' \
		'ns per page' 'ms for the range' '5.10 to 7.3, at 1G:' '5x less (map mem), 5x less (map dev)' 'n=1 reps'; do
		grep -qF -e "$text" dir/plots/registration.svg
	done
	[ "$(head -c 4 dir/plots/registration.png | tail -c 3)" = PNG ]
	grep -qF '(plots/registration.svg)' dir/summary.md
	# and the bars of these cells say what they are of
	grep -qF 'Cost of register and deregister' dir/plots/get-put.svg dir/plots/get-put-*.svg
}

@test "report -o: registration of ranges of several sizes: time against the size of the range" {
	for pages in 512 8192 262144; do
		cells engine=uring get=buffers put=unregister op=register batch=1048576 pages=$pages ns=100
		cells engine=uring get=buffers put=unregister op=deregister batch=1048576 pages=$pages ns=10
	done
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of registration)" -eq 1 ]
	grep -qF 'engine uring against the size of the range: memory dax' dir/plots/registration.svg
	[ "$(block dir/plots/registration.dat 3)" = \
		$'2097152\t100\tNaN\tNaN\t0.0512\n33554432\t100\tNaN\tNaN\t0.8192\n1073741824\t100\tNaN\tNaN\t26.2144' ]
	# one size is a bar, and pins are no registrations
	rm sweep.csv
	cells engine=uring get=buffers put=unregister op=register batch=1048576 ns=100
	cells batch=512 op=get ns=7
	cells batch=1024 op=get ns=7
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of registration)" -eq 0 ]
}

@test "report -o: engines, platforms and clocks have registration plots of their own" {
	registrations verbs 5.10 100
	registrations uring 5.10 100
	registrations verbs 5.10 100 platform=tcg
	registrations verbs 5.10 300 platform=tcg clock=insn
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of registration)" -eq 4 ]
	[ "$(grep -lF 'smoke only' dir/plots/registration*.svg | wc -l)" -eq 1 ]
	insn=$(grep -lF 'million instructions for the range' dir/plots/registration*.svg)
	[ "$(block "${insn%svg}dat" 3 | head -n 1)" = $'2097152\t600\tNaN\tNaN\t157.2864' ]
}

# 4 GiB; a thread more takes twice the time of the one before
threads() {
	local threads range
	for range in disjoint same; do
		for threads in 1 2 4; do
			cells pages=1048576 job="$range" range=$range threads=$threads slower=2 op=get ns=100 "$@"
			cells pages=1048576 job="$range" range=$range threads=$threads slower=1 op=put ns=10 "$@"
		done
	done
}

@test "report -o: throughput and fairness against threads" {
	threads kernel=5.10
	threads kernel=7.3
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of threads)" -eq 1 ]
	dat=dir/plots/threads.dat
	[ "$(block $dat 1)" = $'0\t"range disjoint"\n1\t"range same"' ]
	[ "$(block $dat 2 | tr '\n' ' ')" = "1 2 4 " ]
	# the first takes 104.8576 ms for 4 GiB, so the slowest of 2 as long for its half, the slowest of 4 twice as long
	[ "$(block $dat 3)" = $'1\t38.1469727\t1\n2\t38.1469727\t2\n4\t19.0734863\t8' ]
	# each of them pins all of it: twice the pages in twice the time
	[ "$(block $dat 4)" = $'1\t38.1469727\t1\n2\t38.1469727\t2\n4\t19.0734863\t8' ]
	# put, all alike
	[ "$(block $dat 7)" = $'1\t381.469727\t1\n2\t762.939453\t1\n4\t1525.87891\t1' ]
	[ "$(block $dat 8)" = $'1\t381.469727\t1\n2\t762.939453\t1\n4\t1525.87891\t1' ]
	for text in 'Throughput and fairness by threads: size 4G, memory dax, map mem' 'GiB per s' 'slowest / fastest thread' \
		'range same' '7.3'; do
		grep -qF -e "$text" dir/plots/threads.svg
	done
	grep -qF '(plots/threads.svg)' dir/summary.md
	# instructions have no speed
	rm sweep.csv
	threads clock=insn platform=tcg
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(block dir/plots/threads.dat 3)" = $'1\t100\t1\n2\t150\t2\n4\t375\t8' ]
	grep -qF 'instructions per page' dir/plots/threads.svg
}

@test "report -o: processes have lines of their own beside those of threads" {
	local processes
	threads
	for processes in 2 4; do cells job=apart pages=1048576 processes=$processes op=get ns=100; done
	# several threads in each of several processes are in the table only
	cells job=apart pages=1048576 threads=2 processes=2 op=get ns=100
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of threads)" -eq 1 ]
	dat=dir/plots/threads.dat
	[ "$(block $dat 1)" = $'0\t"range disjoint"\n1\t"range same"\n2\t"range disjoint, processes"' ]
	[ "$(block $dat 2 | tr '\n' ' ')" = "1 2 4 " ]
	[ "$(block $dat 3)" = $'1\t38.1469727\t1\n2\t38.1469727\t2\n4\t19.0734863\t8' ]
	# both lines begin where one worker is alone
	[ "$(block $dat 5)" = $'1\t38.1469727\t1\n2\t76.2939453\t1\n4\t152.587891\t1' ]
	grep -qF 'threads or processes' dir/plots/threads.svg
	"$daxpin" report sweep.csv --format=csv | awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["job"] == "apart" { n[$c["threads"] " " $c["processes"]]++ }
		END { exit !(n["1 2"] == 1 && n["1 4"] == 1 && n["2 2"] == 1) }'
}

@test "report -o: engines share a plot of threads while it can be read" {
	threads engine=gup
	threads engine=verbs get=reg put=dereg
	sed -i '/,verbs,/{s/,get,rep/,register,rep/;s/,put,rep/,deregister,rep/}' sweep.csv
	# no line for what has one number of threads
	cells pages=1048576 get=slow op=get ns=100
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of threads)" -eq 1 ]
	[ "$(block dir/plots/threads.dat 1)" = \
		$'0\t"gup, fast, disjoint"\n1\t"gup, fast, same"\n2\t"verbs, reg, disjoint"\n3\t"verbs, reg, same"' ]
	grep -qF 'get, register' dir/plots/threads.svg
	# 4 of 4 kernels are too many
	for kernel in 6.1 6.12 7.3; do
		threads kernel=$kernel
		threads kernel=$kernel engine=verbs get=reg put=dereg
	done
	sed -i '/,verbs,/{s/,get,rep/,register,rep/;s/,put,rep/,deregister,rep/}' sweep.csv
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of threads)" -eq 2 ]
	# and maps are never in one
	rm sweep.csv
	threads map=mem
	threads map=dev
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of threads)" -eq 2 ]
}

@test "report -o: put by variant, order, size and caches" {
	for map in mem dev; do
		cells op=put map=$map job=order ns=10
		cells op=put map=$map job=order order=shuffled ns=30
		cells op=put map=$map job=order cache=cold ns=20
		cells op=put map=$map job=variant put=folio ns=0.5
		cells op=put map=$map job=size put_batch=1 ns=40
		cells op=put map=$map job=held hold=1000 ns=12
	done
	cells op=put kernel=7.3 trusted=0 ns=5
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of unpin)" -eq 1 ]
	dat=dir/plots/unpin.dat
	[ "$(block $dat 0)" = $'0\t"5.10"\t""\n1\t"7.3"\t" (untrusted)"' ]
	[ "$(block $dat 1)" = $'0\t0\t"mem|warm"\n1\t0\t"mem|cold"\n2\t0\t"dev|warm"\n3\t0\t"dev|cold"\n4\t1\t"mem|warm"' ]
	[ "$(block $dat 2 | cut -f 2)" = "$(printf '"%s"\n' 'pages, sequential' 'pages, sequential, held 1000 ms' \
		'pages, sequential, 1 a call' 'pages, shuffled' 'folio, sequential')" ]
	# column, kernel, row, ns per page
	tiles=$(block $dat 3)
	[ "$(wc -l <<<"$tiles")" -eq 25 ]
	for tile in $'0\t0\t0\t10' $'1\t0\t0\t20' $'2\t0\t1\t12' $'2\t0\t2\t40' $'0\t0\t3\t30' $'1\t0\t3\tNaN' \
		$'0\t0\t4\t0.5' $'4\t1\t0\t5' $'4\t1\t4\tNaN'; do
		grep -qxF "$tile" <<<"$tiles"
	done
	for text in 'Cost of put, ns per page: size 1G, memory dax' 'pages, shuffled' '7.3 (untrusted)' cold 40.0 0.50; do
		grep -qF -e "$text" dir/plots/unpin.svg
	done
	[ "$(head -c 4 dir/plots/unpin.png | tail -c 3)" = PNG ]
	grep -qF '(plots/unpin.svg)' dir/summary.md
	# processes have a map of their own
	cells op=put job=order processes=2 ns=11
	cells op=put job=order processes=2 order=shuffled ns=33
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$(plots_of unpin)" -eq 2 ]
	[ "$(cat dir/plots/unpin*.dat | grep -c $'\t11$')" -eq 1 ]
}

@test "report -o: no map of put where nothing of put varies" {
	cells op=put ns=10
	cells op=put get=fast-longterm ns=10
	# get_user_pages() goes with put_page()
	cells op=put get=gup-fast put=page ns=10
	cells op=put map=dev ns=10
	cells op=put kernel=7.3 ns=10
	run --separate-stderr "$daxpin" report sweep.csv "$fixtures/"{main,mixed,model}.csv -o dir
	[ "$status" -eq 0 ]
	[ "$(plots_of unpin)" -eq 0 ]
	[ "$(plots_of threads)" -eq 0 ]
	[ "$(plots_of registration)" -eq 0 ]
}

@test "report -o: bars and cache lines of engines that register" {
	sed '2,$s/,gup,/,verbs,/; s/,get,repetition,/,register,repetition,/; s/,put,repetition,/,deregister,repetition,/' \
		"$fixtures/model.csv" >model.csv
	cp "$fixtures/model.env.json" model.env.json
	"$daxpin" report "$fixtures/model.csv" -o pins >/dev/null
	run --separate-stderr "$daxpin" report model.csv -o dir
	[ "$status" -eq 0 ]
	for plot in get-put get-put-2 misses; do
		cmp pins/plots/$plot.dat dir/plots/$plot.dat
		grep -q '>deregister<' dir/plots/$plot.svg
		grep -q '>put<' pins/plots/$plot.svg
	done
	[ ! -e dir/plots/misses-2.svg ]
}

@test "report -o: what is done unless a job asks for something else is not said" {
	cells op=put ns=10
	cells op=get ns=10
	run --separate-stderr "$daxpin" report sweep.csv "$fixtures/main.csv" -o dir
	[ "$status" -eq 0 ]
	grep -qF 'range disjoint' dir/plots/get-put.svg
	run grep -lE 'put order|put cache|held' dir/plots/get-put.svg dir/plots/get-put-2.svg
	[ "$status" -eq 1 ]
	cells op=put order=shuffled cache=cold hold=3 ns=10
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	grep -qF 'put order shuffled, put cache cold, held ms 3' dir/plots/get-put-2.svg
}

@test "report: names in a CSV are data in these plots, too" {
	registrations verbs 5.10 100
	threads
	cells op=put ns=10
	cells op=put order=shuffled ns=30
	# shellcheck disable=SC2016
	evil='"""$(touch one)`touch two`""; system(\x27touch three\x27) %s {\/:Bold x} \1"'
	sed -i "2,\$s/,\(shuffled\|same\|mem\|5\.10\),/,$evil,/g" sweep.csv
	grep -q 'touch two.*shuffled' sweep.csv
	run --separate-stderr "$daxpin" report sweep.csv -o dir
	[ "$status" -eq 0 ]
	for plot in registration threads unpin; do
		grep -q '</svg>' dir/plots/$plot.svg
	done
	[ ! -e one ] && [ ! -e two ] && [ ! -e three ]
}
