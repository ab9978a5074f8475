#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin fit: lines through samples of several sizes, and what they foretell.
# shellcheck disable=SC2154 # run sets stderr

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	cd "$BATS_TEST_TMPDIR" || return
	head -n 1 "$root/tests/fixtures/report/main.csv" |
		sed 's/$/,dram_bytes,memmap_bytes,model,caches,instructions,put_order,put_cache,hold_ms,rdma_device,domains/' \
			>header.csv
	cp header.csv s.csv
}

# rows FILE KEY=VALUE...: a row for each of the sizes, in MiB, and each of the batches: fixed + call * calls + page *
# pages, times `error`, each boot times another `factor`. What is not given is as below.
rows() {
	awk 'BEGIN {
		v["sizes"] = "1024 2048 4096 8192 16384"; v["batches"] = 512; v["fixed"] = v["call"] = 0; v["page"] = 10
		v["error"] = v["trusted"] = v["factors"] = 1; v["kernel"] = "5.10"; v["clock"] = "wall"; v["engine"] = "gup"
		v["op"] = "get"; v["status"] = "ok"; v["map"] = "mem"; v["dram"] = ""; v["threads"] = 1
		for (i = 1; i < ARGC; i++) { at = index(ARGV[i], "="); v[substr(ARGV[i], 1, at - 1)] = substr(ARGV[i], at + 1) }
		bind = v["engine"] == "bind"
		n = split(v["sizes"], size, " "); m = split(v["batches"], batch, " "); b = split(v["factors"], factor, " ")
		for (k = 1; k <= b; k++) for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) {
			pages = size[i] * 256; calls = bind ? 1 : int((pages + batch[j] - 1) / batch[j])
			value = (v["fixed"] + v["call"] * calls + v["page"] * pages) * v["error"] * factor[k]
			run = v["kernel"] "-" v["clock"] "-" v["engine"] "-" k v["run"]
			printf "1,%s,%s,%s.0,tcg,%s,b%s,%s,dax,dax0.0,%s,2097152,%s,", run, v["kernel"], v["kernel"], v["clock"], run,
				"fit" size[i], v["map"], v["engine"]
			if (bind) printf ",,,%.0f,,,,,", pages * 4096
			else printf "fast,pages,1,%.0f,%d,0,%d,disjoint,", pages * 4096, batch[j], v["threads"]
			printf "%s,repetition,1,0,,%d,%d,%d,,%s,,,,,,1,%s,,%d,%s,,,,%s,%s,,\n", v["op"], calls, pages, pages,
				v["clock"] == "wall" ? sprintf("%.0f", value) : "", v["status"], v["trusted"],
				v["dram"] == "" ? "" : sprintf("%.0f", v["dram"] * pages),
				v["clock"] == "insn" ? sprintf("%.0f", value) : "", bind ? ",," : "sequential,warm,0"
		}
	}' "${@:2}" >>"$1"
}

# column FILE NAME: of all rows; FILE has no quoted comma
column() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$1"
}

# near VALUE WANTED: within a millionth
near() { awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !((d < 0 ? -d : d) <= 1e-6 * (b < 0 ? -b : b)) }'; }

# with_processes N FILE: with one more column
with_processes() { awk -v n="$1" 'NR == 1 { print $0 ",processes"; next } { print $0 "," n }' "$2"; }

fit() { run --separate-stderr "$daxpin" fit "$@"; }

@test "fit: fixed cost and cost per page, of each op, kernel and clock, to a file" {
	rows s.csv fixed=50000 page=10
	rows s.csv op=put fixed=1000 page=2.5
	rows s.csv kernel=6.1 fixed=50000 page=1
	rows s.csv clock=insn fixed=2000 page=119
	fit s.csv -o fits.csv
	[ "$status" -eq 0 ]
	[ "$(column fits.csv op | paste -sd' ')" = 'get get put get' ]
	[ "$(column fits.csv kernel | paste -sd' ')" = '5.10 6.1 5.10 5.10' ]
	[ "$(column fits.csv quantity | paste -sd' ')" = 'time_ns time_ns time_ns instructions' ]
	[ "$(column fits.csv fixed | paste -sd' ')" = '50000 50000 1000 2000' ]
	[ "$(column fits.csv per_page | paste -sd' ')" = '10 1 2.5 119' ]
	[ "$(column fits.csv per_call | sort -u)" = '' ]
	[ "$(column fits.csv points | sort -u)" = 5 ]
	[ "$(column fits.csv pages_min | sort -u) $(column fits.csv pages_max | sort -u)" = '262144 4194304' ]
	[[ $output == *'platform tcg, clock wall'*'platform tcg, clock insn'* ]]
	[[ $output == *'get time     1G to 16G      5 50 us '* ]]
}

@test "fit: calls are told from pages by several batches, and not by one" {
	rows s.csv batches='512 4096 32768' fixed=100000 call=300 page=5
	fit s.csv -o fits.csv --predict 64G
	[ "$status" -eq 0 ]
	near "$(column fits.csv per_call)" 300
	near "$(column fits.csv per_page)" 5
	[ "$(column fits.csv points)" = 15 ]
	# 100 us + 300 ns * 64 GiB / 2 MiB + 5 ns * 16 Mi; the smaller batches are in the table, too
	[[ $output == *' 64G   512         0  93.82 ms '* ]]
	[[ $output == *' 64G 32768         0  84.14 ms '*'4 times the largest measured'* ]]
	cp header.csv one.csv
	rows one.csv call=300 page=5
	fit one.csv -o fits.csv
	[ "$status" -eq 0 ]
	[ "$(column fits.csv per_call)" = '' ]
	near "$(column fits.csv per_page)" "$(awk 'BEGIN { print 5 + 300 / 512 }')"
}

@test "fit: threads that pin the same range: pages are those of all of them" {
	rows s.csv threads=2
	awk -F, -v OFS=, 'NR > 1 { $21 = "same"; $28 = $29 = $17 / 2048 } 1' s.csv >same.csv
	fit same.csv -o fits.csv --predict 32G
	[ "$status" -eq 0 ]
	[ "$(column fits.csv pages_max)" = 8388608 ]
	near "$(column fits.csv per_page)" 5
	[[ $output == *'32G  83.89 ms'*'2 times the largest measured'* ]]
}

@test "fit: processes are lines of their own, which daxpin plan leaves alone" {
	rows s.csv page=10
	with_processes 1 s.csv >all.csv
	cp header.csv four.csv
	rows four.csv page=40 run=x
	with_processes 4 four.csv | tail -n +2 >>all.csv
	fit all.csv -o fits.csv --residuals residuals.csv --predict 32G
	[ "$status" -eq 0 ]
	[ "$(column fits.csv processes | paste -sd' ')" = '1 4' ]
	[ "$(column fits.csv per_page | paste -sd' ')" = '10 40' ]
	[ "$(column fits.csv points | paste -sd' ')" = '5 5' ]
	[ "$(column residuals.csv processes | uniq -c | tr -s ' ' | paste -sd,)" = ' 5 1, 5 4' ]
	[[ ${lines[*]} == *' PROCESSES OP '* ]]
	[[ ${lines[*]} == *' 4 get time '*'335.5 ms'* ]]
	# 10 ns for each page, 8 GiB less 2 MiB
	"$daxpin" plan --measured fits.csv --capacity 8G --dram 64G --kernel 5.10 --map mem --align 2M -f csv -o plan.csv
	[ "$(column plan.csv get_ns)" = 20966400 ]
	sed -i 2d fits.csv
	"$daxpin" plan --measured fits.csv --capacity 8G --dram 64G --kernel 5.10 --map mem --align 2M -f csv -o plan.csv
	[ "$(column plan.csv get_ns)" = '' ]
}

@test "fit: registrations of several sizes: what each costs, and what its pages do" {
	rows s.csv engine=verbs op=register batches='512 32768 262144' fixed=0 call=50000 page=20
	rows s.csv engine=verbs op=deregister batches='512 32768 262144' call=8000 page=1
	fit s.csv -o fits.csv
	[ "$status" -eq 0 ]
	[ "$(column fits.csv op | paste -sd' ')" = 'register deregister' ]
	[ "$(column fits.csv per_call | paste -sd' ')" = '50000 8000' ]
	[ "$(column fits.csv per_page | paste -sd' ')" = '20 1' ]
}

@test "fit: the median of boots; residuals to a file" {
	rows s.csv factors='1 1.01 3'
	fit s.csv -o fits.csv --residuals residuals.csv
	[ "$status" -eq 0 ]
	near "$(column fits.csv per_page)" 10.1
	[ "$(column residuals.csv boots | sort -u)" = 3 ]
	[ "$(column residuals.csv use | sort | uniq -c | tr -s ' ')" = ' 5 fit' ]
	[ "$(column residuals.csv pages | paste -sd' ')" = '262144 524288 1048576 2097152 4194304' ]
	near "$(column residuals.csv measured | head -n 1)" 2647654
	near "$(column residuals.csv predicted | head -n 1)" 2647654
}

@test "fit: bring-up: time and DRAM, 0 with map=dev" {
	rows s.csv engine=bind op=rebind fixed=1000000 page=100 dram=64
	rows s.csv engine=bind op=rebind map=dev page=100 dram=0
	fit s.csv -o fits.csv --max 16G --predict 6T
	[ "$status" -eq 0 ]
	[ "$(column fits.csv quantity | paste -sd' ')" = 'time_ns dram_bytes time_ns dram_bytes' ]
	[ "$(column fits.csv threads)$(column fits.csv get)" = '' ]
	near "$(column fits.csv per_page | sed -n 2p)" 64
	[ "$(column fits.csv fixed | sed -n 2p)" = 0 ]
	[ "$(column fits.csv per_page | sed -n 4p)" = 0 ]
	fit s.csv --quantity dram_bytes -o dram.csv
	[ "$status" -eq 0 ]
	[ "$(column dram.csv quantity | sort -u)" = dram_bytes ]
	fit s.csv --max 16G --predict 6T
	[[ $output == *'mem rebind DRAM       6T    96 GiB     96 GiB to 96 GiB'* ]]
}

@test "fit --against: what did not enter the fit is foretold; within the tolerance or not" {
	rows s.csv sizes='1024 2048 4096 8192 16384 65536' page=10
	fit s.csv --max 16G --against s.csv --residuals residuals.csv
	[ "$status" -eq 0 ]
	[[ $stderr == *'1 predictions, the worst is off by 0.00 %'* ]]
	[ "$(column residuals.csv use | paste -sd' ')" = 'fit fit fit fit fit check' ]
	# Another file: all of it counts, also sizes that were fitted.
	cp header.csv other.csv
	rows other.csv run=x sizes='8192 65536' page=11
	fit s.csv --against other.csv
	[ "$status" -eq 0 ]
	[[ $output == *' 64G 184.5 ms  167.8 ms '*'-9.09'* ]]
	fit s.csv --against other.csv --tolerance 9
	[ "$status" -eq 1 ]
	[[ $stderr == *'other.csv: a prediction is off by 9.09 %, more than 9 %' ]]
}

@test "fit --against: nothing in common is an error" {
	rows s.csv
	cp header.csv other.csv
	rows other.csv run=x clock=insn sizes=65536
	fit s.csv --against other.csv
	[ "$status" -eq 2 ]
	[[ $stderr == *'nothing that a line was fitted for'* ]]
	fit s.csv --against s.csv
	[ "$status" -eq 2 ]
}

@test "fit --plot: a panel for each line, with points, checks and the band" {
	export DAXPIN_DATADIR=$root/plots
	rows s.csv sizes='1024 2048 4096 8192 16384 65536' factors='1 1.1'
	rows s.csv sizes='1024 2048 4096' kernel=6.1 page=1 fixed=1000000
	fit s.csv --max 16G --against s.csv --plot plot
	[ "$status" -eq 0 ]
	[ -s plot.svg ] && [ -s plot.png ]
	[ "$(awk -v RS='\n\n\n' 'END { print NR }' plot.dat)" -eq 5 ]
	[ "$(sed -n '2,3p' plot.dat)" = $'"5.10 time_ns"\t9.975\t11.025\n"6.1 time_ns"\t1.66757202\t5.10079956' ]
	[ "$(awk -v RS='\n\n\n' 'NR == 2' plot.dat | tail -n 1)" = $'64\tNaN\t10.5' ]
	[ "$(tail -n 1 plot.dat | cut -f 1,2)" = $'64\t1.05960464' ]
	DAXPIN_DATADIR=/nowhere fit s.csv --plot other
	[ "$status" -eq 2 ]
	[ ! -e other.svg ]
}

@test "fit: a cost below 0 is said, not hidden" {
	rows s.csv fixed=-1000000 page=10 error=1
	fit s.csv -o fits.csv
	[ "$status" -eq 0 ]
	[[ $stderr == *'1 estimate is significantly below 0'* ]]
	[[ $output == *'fixed is below 0: no straight line'* ]]
	near "$(column fits.csv fixed)" -1000000
}

@test "fit: untrusted kernels are left out, but with --force" {
	rows s.csv trusted=0
	fit s.csv
	[ "$status" -eq 2 ]
	[[ $stderr == *'5 rows of kernels that are not trusted are left out; --force takes them in'* ]]
	fit s.csv --force
	[ "$status" -eq 0 ]
	[[ $output == *untrusted* ]]
}

@test "fit: too few sizes, or no rows that were measured: one line, 2" {
	rows s.csv sizes='1024 2048' batches='512 1024 2048'
	fit s.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = 'daxpin: s.csv: 2 sizes of the same cell at most, a line takes 3; measure more sizes (configs/jobs/fit.ini)' ]
	[ "$output" = '' ]
	cp header.csv none.csv
	fit none.csv
	[ "$status" -eq 2 ]
	[ "$stderr" = 'daxpin: none.csv: no row was measured' ]
	rows none.csv status=error
	fit none.csv
	[ "$status" -eq 2 ]
	[ "$(tail -n 1 <<<"$stderr")" = 'daxpin: none.csv: no row was measured' ]
	fit s.csv --op register
	[ "$status" -eq 2 ]
	[ "$stderr" = 'daxpin: s.csv: no row was measured that --op, --clock, --min and --max let pass' ]
}

@test "fit: bad arguments" {
	rows s.csv
	for bad in --min=x --max=0 --predict=1G,,2G --predict=-1 --tolerance=x --tolerance=-1 --tolerance=nan --quantity=time; do
		fit s.csv "$bad"
		[ "$status" -eq 2 ]
		[ "$output" = '' ]
	done
	fit s.csv --min 8G --max 4G
	[ "$status" -eq 2 ]
	fit
	[ "$status" -eq 2 ]
	fit nowhere.csv
	[ "$status" -eq 2 ]
	fit s.csv -o /nowhere/fits.csv
	[ "$status" -eq 2 ]
}

@test "fit: jobs of the project foretell what they say" {
	for job in fit fit-bind; do
		run -0 "$daxpin" run --dry-run "$root/configs/jobs/$job.ini"
	done
	run -0 "$daxpin" run --dry-run "$root/configs/jobs/fit.ini"
	[ "$(grep -o 'size=[0-9A-Z]*' <<<"$output" | sort -u | wc -l)" -eq 6 ]
}
