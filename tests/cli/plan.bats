#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# daxpin plan: what it is asked, what it answers, and that it agrees with what was measured.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	export DAXPIN_DATADIR=$root/plots
	cd "$BATS_TEST_TMPDIR" || return
}

# refused TEXT OPTION...: bad input is one line with TEXT, exit status 2, and nothing on standard output
refused() {
	run --separate-stderr "$daxpin" plan "${@:2}"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == "daxpin: "* ]]
	[[ $stderr == *"$1"* ]]
}

# misused TEXT OPTION...: as all commands say it, with where to get help
misused() {
	run --separate-stderr "$daxpin" plan "${@:2}"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == "daxpin plan: "*"$1"* ]]
}

# column NAME: of the CSV on standard input; no field of these files has a comma in it
column() {
	awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; if (!at) exit 1; next } { print $at }'
}

# plan COLUMN OPTION...: what the plan says there
plan() { "$daxpin" plan --format=csv "${@:2}" | column "$1"; }

@test "plan: sizes and counts that are none" {
	refused '--capacity=0: must be more than 0' --capacity 0 --dram 1G
	refused '--dram=0: must be more than 0' --capacity 1T --dram 0
	refused '--capacity=6X: is not a size' --capacity 6X --dram 1G
	refused '--dram=1.5T: is not a size' --capacity 1T --dram 1.5T
	refused '--capacity=-1T: is not a size' --capacity=-1T --dram 1G
	refused 'too large' --capacity 99999999T --dram 1G
	refused 'at most 4096T' --capacity 5000T --dram 1G
	refused '--dram: the list is empty' --capacity 1T --dram ,
	refused '--nodes=0' --capacity 1T --dram 1G --nodes 0
	refused '--threads=x' --capacity 1T --dram 1G --threads x
	refused '--chunk=100' --capacity 1T --dram 1G --chunk 100
	refused '--start=5000: must be a multiple of 4K' --capacity 1T --dram 1G --start 5000
	refused '--reserve=some' --capacity 1T --dram 1G --reserve some
}

@test "plan: aligns that there are not, or larger than the device" {
	refused '--align=1G: larger than the device (512M)' --capacity 512M --dram 1G --align 1G
	refused '--align=1G: larger than the device (512M)' --capacity 2G --nodes 4 --dram 1G --align 1G
	refused '--align=3M: must be 4K, 2M or 1G' --capacity 1T --dram 1G --align 3M
	# not asked for, left out
	run -0 --separate-stderr "$daxpin" plan --capacity 512M --dram 1G --kernel 6.1 --format csv
	[ "$(column align_bytes <<<"$output" | sort -un | paste -sd' ')" = '4096 2097152' ]
}

@test "plan: devices, kernels and files that there are not" {
	refused 'dax99.9: no such dax device' --device dax99.9
	refused '/dev/null: no such dax device' --device /dev/null
	refused '--kernel=mine: not known' --capacity 1T --dram 1G --kernel 6.1,mine
	refused '--kernel=5.10+fast: not known' --capacity 1T --dram 1G --kernel 5.10+fast
	refused '--kernel=4.19: older than 5.10' --capacity 1T --dram 1G --kernel 4.19
	refused 'No such file' --capacity 1T --dram 1G --measured missing.csv
	refused 'No such file' --against missing.csv
}

@test "plan: fits of another kind, or none in them" {
	echo a,b >other.csv
	refused 'other.csv:1:' --capacity 1T --dram 1G --measured other.csv
	refused 'main.csv:1:' --capacity 1T --dram 1G --measured "$root/results/reference/main.csv"
	head -n 1 "$root/configs/fits.csv" >none.csv
	refused 'none.csv: has no fit' --capacity 1T --dram 1G --measured none.csv
	: >empty.csv
	refused 'empty.csv' --capacity 1T --dram 1G --measured empty.csv
}

@test "plan: what does not go together" {
	misused '--capacity SIZE or --device DEVICE is missing'
	misused '--dram SIZE is missing' --capacity 1T
	misused 'not both' --capacity 1T --dram 1G --device dax0.0
	misused "unexpected argument 'x'" --capacity 1T --dram 1G x
	refused 'a dynamic device has no altmap' --capacity 1T --dram 1G --kind dynamic --map dev
	misused '--map=ram' --capacity 1T --dram 1G --map ram
	misused '--kind=cxl' --capacity 1T --dram 1G --kind cxl
	misused '--warn=200' --capacity 1T --dram 1G --warn 200
	misused '--get=quick: no such variant' --capacity 1T --dram 1G --get quick
	misused '--put=: no such variant' --capacity 1T --dram 1G --put ''
	misused '--format=xml' --capacity 1T --dram 1G --format xml
	misused 'which BIND.csv' --against
	refused '--plot=plan.png: must end with .svg' --capacity 1T --dram 1G --plot plan.png
	refused 'more than 100000 rows' --capacity 1G:+1G:4096G --dram 1G:+1G:4096G
}

@test "plan: the published figures for a TiB" {
	# a dynamic device has no info block: round figures; bytes of struct pages, and of their page tables less those above
	for figure in 5.10:4K:17179869184:0 5.10:2M:17179869184:0 6.1:2M:4294967296:33554432 6.1:1G:8388608:33554432 \
		5.10+beyond:1G:8388608:8388608 7.x:4K:17179869184:0; do
		IFS=: read -r kernel align pages tables <<<"$figure"
		options=(--capacity 1T --dram 1T --kind dynamic --kernel "$kernel" --align "$align")
		[ "$(plan struct_page_bytes "${options[@]}")" = "$pages" ]
		[ "$(plan memmap_table_bytes "${options[@]}")" = $((tables + 17 * 4096)) ]
	done
	[ "$(plan struct_pages_initialised --capacity 1T --dram 1T --kind dynamic --kernel 6.1 --align 2M)" = $((524288 * 128)) ]
	[ "$(plan struct_pages_initialised --capacity 1T --dram 1T --kind dynamic --kernel 6.1 --align 1G)" = $((1024 * 128)) ]
	[ "$(plan struct_pages_initialised --capacity 1T --dram 1T --kind dynamic --kernel 5.10 --align 1G)" = $((1 << 28)) ]
}

@test "plan: a row for each kernel, map, align and size, one warning of each kind" {
	run -0 --separate-stderr "$daxpin" plan --capacity 1T,6T --dram 64G,768G --kernel 5.10,6.1,7.x --format=csv
	[ -z "$stderr" ]
	[ "$(wc -l <<<"$output")" -eq $((1 + 2 * 2 * 3 * 2 * 3)) ]
	[ "$(cut -d, -f2-5 <<<"$output" | sort -u | wc -l)" -eq 19 ]
	[ "$(awk -F, '{ print NF }' <<<"$output" | sort -u | wc -l)" -eq 1 ]
}

@test "plan: what cannot fit is said with its figures" {
	options=(--capacity 700G --dram 6G --map mem --align 2M)
	run -0 --separate-stderr "$daxpin" plan "${options[@]}" --kernel 5.10,6.1
	[[ $output == *'cannot fit: 700G on 5.10, map=mem, align=2M: needs 10.94 GiB of DRAM, there are 5.91 GiB for it'* ]]
	[ "$(grep -c '^cannot fit' <<<"$output")" -eq 1 ]
	[ "$(plan fits "${options[@]}" --kernel 5.10,6.1 | paste -sd' ')" = 'no yes' ]
	[ "$(plan fits --capacity 700G --dram 1G --map mem --align 1G --kernel 6.1)" = yes ]
	"$daxpin" plan "${options[@]}" --kernel 5.10 --format json | grep -q '"fits": false'
	# others need some of it
	[ "$(plan fits "${options[@]}" --kernel 6.1 --reserve 4G)" = no ]
	# so do page tables of many processes
	[ "$(plan fits --capacity 700G --dram 6G --map dev --align 4K --kernel 6.1 --processes 5)" = no ]
}

@test "plan: the warnings" {
	[ "$(plan warnings --no-times --capacity 6T --dram 768G --kernel 6.1 --map mem --align 2M)" = '' ]
	[ "$(plan warnings --no-times --capacity 6T --dram 768G --kernel 6.1 --map mem --align 2M --warn 3)" = dram-share ]
	[ "$(plan warnings --no-times --capacity 6T --dram 768G --kernel 6.1 --map mem --align 4K)" = dram-share ]
	[ "$(plan warnings --no-times --capacity 6T --dram 64G --kernel 6.1 --map mem --align 1G)" = ratio-96 ]
	[ "$(plan warnings --no-times --capacity 6T --dram 64G --kernel 5.10 --map mem --align 1G)" = 'cannot-fit;ratio-96' ]
	[ "$(plan warnings --no-times --capacity 6T --dram 768G --kernel 6.1 --map dev --align 2M)" = ratio-8 ]
	[ "$(plan warnings --no-times --capacity 6T --dram 512G --kernel 6.1 --map dev --align 2M)" = '' ]
	[ "$(plan warnings --no-times --capacity 6T --dram 512G --kernel 5.10 --map dev --align 2M)" = altmap-base-pages ]
	[ "$(plan warnings --no-times --capacity 6T --dram 512G --kernel 6.1 --map mem --align 1G --start 0x148000000)" = misaligned ]
	[ "$(plan warnings --no-times --capacity 1G --dram 512G --kernel 6.1 --map mem --align 1G)" = nothing-left ]
	[ "$(plan fits --capacity 1G --dram 512G --kernel 6.1 --map mem --align 1G)" = no ]
}

# A fit: kernel, clock, engine, op, quantity, threads, fixed, per call, per page
fit() {
	printf '1,%s,bare,%s,,dax,mem,2097152,%s,%s,,%s,%s,%s,%s,9,262144,4194304,' "$1" "$2" "$3" "${10}" "${11}" "$6" "$4" "$5"
	printf '%s,%s,%s,' "$7" "$7" "$7"
	if [ -n "$8" ]; then printf '%s,%s,%s,' "$8" "$8" "$8"; else printf ',,,'; fi
	printf '%s,%s,%s,0.01,0.02,,,,,,,,,1,%s\n' "$9" "$9" "$9" "${6:+1}"
}

@test "plan: times from fits" {
	{
		head -n 1 "$root/configs/fits.csv"
		fit 6.1 wall bind bind time_ns '' 1000000 '' 3 '' ''
		fit 6.1 wall bind rebind time_ns '' 500000 '' 2 '' ''
		fit 6.1 wall bind rebind dram_bytes '' 0 '' 16 '' ''
		fit 6.1 wall gup get time_ns 1 0 1000 10 fast-longterm disjoint
		fit 6.1 wall gup get time_ns 1 0 1000 7 fast disjoint
		fit 6.1 wall gup put time_ns 1 0 '' 5 fast-longterm disjoint
		fit 6.1 wall verbs register time_ns 2 0 5000 20 reg disjoint
	} >fits.csv
	options=(--capacity 16386M --dram 64G --kernel 6.1 --map mem --align 2M --measured fits.csv)
	pages=$((4 << 20))
	[ "$(plan usable_bytes "${options[@]}")" = $((pages * 4096)) ]
	[ "$(plan bind_ns "${options[@]}")" = $((1000000 + 3 * pages)) ]
	[ "$(plan rebind_ns "${options[@]}")" = $((500000 + 2 * pages)) ]
	[ "$(plan get_ns "${options[@]}")" = $((16 * 1000 + 10 * pages)) ]
	[ "$(plan get_ns "${options[@]}" --chunk 2M)" = $((8192 * 1000 + 10 * pages)) ]
	[ "$(plan get_ns "${options[@]}" --get fast)" = $((16 * 1000 + 7 * pages)) ]
	[ "$(plan put_ns "${options[@]}")" = $((5 * pages)) ]
	[ "$(plan fitted_dram_bytes "${options[@]}")" = $((16 * pages)) ]
	[ "$(plan warnings "${options[@]}")" = '' ]
	# a line that does not tell calls apart says nothing of --chunk
	sed '/,get,/s/,1000,1000,1000,/,,,,/' fits.csv >together.csv
	[ "$(plan warnings "${options[@]}" --measured together.csv)" = call-size ]
	# no fit: empty, never 0
	[ "$(plan register_ns "${options[@]}")" = '' ]
	[ "$(plan register_ns "${options[@]}" --threads 2)" = $((16 * 5000 + 20 * pages)) ]
	[ "$(plan register_ns "${options[@]}" --threads 2 --nics 2)" = $((2 * (16 * 5000 + 20 * pages))) ]
	[ "$(plan get_ns "${options[@]}" --threads 2)" = '' ]
	[ "$(plan get_ns "${options[@]}" --get slow)" = '' ]
	"$daxpin" plan "${options[@]}" --format json >plan.json
	grep -q '"register": null' plan.json
	[ "$(grep -A3 '"get": {' plan.json | grep -o '[0-9]*\.0' | sort -u)" = $((16 * 1000 + 10 * pages)).0 ]
	[ "$(grep -c '"clock": "wall"' plan.json)" -eq 4 ]
	# beyond what was measured
	[ "$(plan warnings "${options[@]}" --capacity 1T)" = extrapolated ]
	# a line that goes below 0 says nothing there
	sed '/,get,/s/,1000,1000,1000,/,-900000,-900000,-900000,/' fits.csv >below.csv
	[ "$(plan get_ns "${options[@]}" --measured below.csv --chunk 2M)" = '' ]
	# two devices, one after the other
	[ "$(plan bind_ns "${options[@]}" --capacity 32772M --nodes 2)" = $((2 * (1000000 + 3 * pages))) ]
	# by release
	sed 's/,,,,,,,,,1,/,6.1.0-56-amd64,,,,,,,,1,/' fits.csv >release.csv
	[ "$(plan get_ns "${options[@]}" --kernel 6.1.0-56-amd64 --measured release.csv)" = $((16 * 1000 + 10 * pages)) ]
	# none for this kernel
	run -0 --separate-stderr "$daxpin" plan "${options[@]}" --kernel 7.x
	[[ $stderr == *'no fit of these kernels'* ]]
	[[ $output != *GET* ]]
}

@test "plan: times of an emulated CPU's wall clock come behind modelled ones" {
	{
		head -n 1 "$root/configs/fits.csv"
		fit 6.1 wall gup get time_ns 1 0 1000 10 fast disjoint | sed 's/,bare,/,tcg,/'
		fit 6.1 model gup get time_ns 1 0 1000 3 fast disjoint | sed 's/,bare,model,/,tcg,model,some/'
	} >fits.csv
	options=(--capacity 16386M --dram 64G --kernel 6.1 --map mem --align 2M --measured fits.csv)
	[ "$(plan clock "${options[@]}")" = model ]
	[ "$(plan model "${options[@]}")" = some ]
}

@test "plan: the built-in times are said to be modelled, and by what" {
	run -0 --separate-stderr "$daxpin" plan --capacity 6T --dram 768G
	[[ $output == *'Times: from built-in configs/fits.csv, platform tcg, modelled (model optane-100)'* ]]
	for op in get put register deregister; do
		mem=$(plan ${op}_ns --capacity 6T --dram 768G --kernel 5.10 --map mem --align 2M)
		dev=$(plan ${op}_ns --capacity 6T --dram 768G --kernel 5.10 --map dev --align 2M)
		# struct pages on Optane cost more, all the more with a reference for each base page
		[ "$dev" -gt $((2 * mem)) ]
	done
	[ "$(plan clock --capacity 6T --dram 768G --kernel 5.10 --map mem --align 2M)" = model ]
}

@test "plan: --explain has each constant with unit and origin, and each feature" {
	run -0 --separate-stderr "$daxpin" plan --explain
	for constant in struct_page shared_pages shared_tables section section_usage info_block least_align; do
		grep -qE "^$constant +[0-9]+ [a-z].*(measured|source)" <<<"$output"
	done
	grep -qE '^dedup +5\.19 +5\.10\+dedup' <<<"$output"
	grep -q 'modelled by optane-100' <<<"$output"
}

@test "plan: what --explain says is measured is in the samples it names" {
	reference=$root/results/reference
	"$daxpin" plan --explain | sed -nE 's#.*results/reference/([a-z-]+\.csv): (5\.10[-+a-z]+), .* took ([0-9]+) bytes.*#\1 \2 \3#p' >named
	[ "$(wc -l <named)" -ge 5 ]
	while read -r file kernel bytes; do
		grep -q ",$kernel,.*,rebind,.*,$bytes," "$reference/$file"
	done <named
}

@test "plan --against: all bring-up in the reference samples is as planned" {
	for file in stages bring-up reproduce; do
		run -0 --separate-stderr "$daxpin" plan --against "$root/results/reference/$file.csv" --format=csv
		[ "$(column verdict <<<"$output" | sort -u)" = ok ]
	done
}

@test "plan --against: each bind and rebind row is looked at, and one that is off is a failure" {
	reference=$root/results/reference/stages
	rows=$(grep -cE ',(bind|rebind),sample,' "$reference.csv")
	[ "$("$daxpin" plan --against "$reference.csv" --format=csv | column rows | paste -sd+ | bc)" = "$rows" ]
	cp "$reference.env.json" off.env.json
	# one row of many: 71860224 bytes of 5.10+dedup become 4 % more
	awk '/5\.10\+dedup.*,rebind,.*,71860224,/ && !done { sub(/,71860224,/, ",74900000,"); done = 1 } { print }' "$reference.csv" >off.csv
	run -1 --separate-stderr "$daxpin" plan --against off.csv --format=csv
	[ "$(column verdict <<<"$output" | grep -c off)" -eq 1 ]
	grep -q '^1,5.10+dedup,dax0.0,mem,2097152,.*,74900000,.*,off$' <<<"$output"
	# 2 % more is within
	sed 's/,74900000,/,73300000,/' off.csv >within.csv
	cp off.env.json within.env.json
	run -0 --separate-stderr "$daxpin" plan --against within.csv
	[[ $output != *off* ]]
	[ "$("$daxpin" plan --against "$reference.csv" --format=json | grep -c '"off": false')" -eq 12 ]
}

@test "plan --against: files without bring-up, and kernels that are not known" {
	refused 'no row of op bind or rebind' --against "$root/results/reference/main.csv"
	sed 's/5\.10-trim/mine/g; s/5\.10\.262-trim/none/g' "$root/results/reference/stages.csv" >unknown.csv
	cp "$root/results/reference/stages.env.json" unknown.env.json
	refused "kernel 'mine' (none) is not known" --against unknown.csv
}

@test "plan: to a file, to a directory, and a plot" {
	[ "$(type -t gnuplot)" ] || skip 'no gnuplot'
	run -0 --separate-stderr "$daxpin" plan --capacity 6T --dram 768G -o plan.txt --plot dram.svg
	[ -z "$output$stderr" ]
	grep -q '^KERNEL' plan.txt
	grep -q '</svg>' dram.svg
	grep -q '768G' dram.svg
	grep -q 'map=dev' dram.svg
	[ "$(grep -c '^# ' dram.dat)" -eq 18 ]
	run -0 --separate-stderr "$daxpin" plan --capacity 1T:*2:8T --dram 768G -o out/
	[ "$(ls out)" = "$(printf '%s\n' plan.csv plan.dat plan.json plan.md plan.svg)" ]
	grep -q '^| capacity | kernel' out/plan.md
	# what is plotted is what is planned
	[ "$(awk '/^# 6.1 map=mem align=2M/ { on = 1; next } /^#/ { on = 0 } on && NF == 2 { print $2 }' out/plan.dat | paste -sd' ')" = \
		"$(awk -F, '$2 == "6.1" && $4 == "mem" && $5 == 2097152' out/plan.csv | cut -d, -f19 | paste -sd' ')" ]
}

@test "plan: a table of many rows takes no longer than its rows" {
	run -0 timeout 20 "$daxpin" plan --capacity 1G:+1G:4000G --dram 64G --no-times --kernel 5.10,6.1
	[ "$(grep -c '^ *[0-9]*[GT]* \+\(5.10\|6.1\) \+\(mem\|dev\) ' <<<"$output")" -eq 48000 ]
	# kernels stand apart
	run -0 "$daxpin" plan --capacity 1T --dram 64G --no-times --kernel 5.10,6.1 --align 2M --map mem
	[ "$(sed -n '/^KERNEL/,/^10 %/p' <<<"$output" | sed -n 's/^$/-/; s/ .*//; p' | paste -sd' ')" = 'KERNEL 5.10 - 6.1 - 10' ]
}

@test "plan: that nothing has a time is said" {
	run -0 --separate-stderr "$daxpin" plan --capacity 1T --dram 64G --threads 77
	[[ $output == *'No times: built-in configs/fits.csv has no fit of these'* ]]
	[[ $output != *'Times: from'* ]]
}

@test "plan: output without a name" {
	run -2 --separate-stderr "$daxpin" plan --capacity 1T --dram 64G -o ''
	[ "$stderr" = 'daxpin: the name of a file to write is empty' ]
}

@test "plan: a full disk is an error" {
	[ -w /dev/full ] || skip 'no /dev/full'
	to_full() { "$daxpin" plan --capacity 1T --dram 64G >/dev/full; }
	run -2 --separate-stderr to_full
	[[ $stderr == *'No space left'* ]]
}
