#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The HTML page of daxpin report, as text; tests/html has it in a browser.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	daxpin=${DAXPIN:-$root/build/daxpin}
	fixtures=$root/tests/fixtures/report
	export DAXPIN_DATADIR=$root/plots
	page=dir/index.html
	cd "$BATS_TEST_TMPDIR" || return
}

# report FILE...: DIR/index.html of them, without plots
report() {
	run --separate-stderr "$daxpin" report "$@" --no-plots -o dir
	[ "$status" -eq 0 ]
}

# The part of a section.
section() { sed -n "/^<section id=\"$1\"/,/^<section id=/p" "$page"; }

@test "report html: the figures are those of summary.csv" {
	for name in main model mixed; do
		report "$fixtures/$name.csv"
		cp dir/summary.csv .
		# Hosts have commas in them: without their quotes.
		sed 's/"[^"]*"//g' summary.csv | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
			{ v = $c["ns_per_page"]; if (v == "") v = $c["clock"] == "insn" ? $c["instructions_per_page"] : ""
			  if (v != "") print $c["kernel"], $c["op"], v }' | sort >wanted
		section cells | sed -n 's,^<tr><th scope="row" data-v="[0-9]*">\([^<]*\)<td>\([a-z]*\)<td class="n" data-v="\([^"]*\)".*,\1 \2 \3,p' |
			sort >shown
		[ "$(wc -l <shown)" -ge 4 ]
		diff wanted shown
	done
}

@test "report html: the columns that engineers ask for" {
	report "$fixtures/model.csv"
	titles=$(section cells | sed -n 's/^<th scope="col"[^>]*>//p' | paste -sd, -)
	for title in kernel op 'median per page' unit 'spread %' n clock memory map align engine get put size batch threads; do
		[[ ,$titles, = *,"$title",* ]]
	done
	# two clocks, so the model tells something; one host does not
	[[ ,$titles, = *,model,* ]]
	[[ ,$titles, != *,host,* ]]
	[ "$(grep -c '^<h3>platform .*, clock ' "$page")" -eq 2 ]
	# side by side
	[ "$(grep -c '^<h3>platform [^,]*, host ' "$page")" -eq 1 ]
	[ "$(grep -c 'class="caveat">Modelled, not measured' "$page")" -eq 2 ]
}

@test "report html: processes tell one cell from another" {
	awk -F, 'NR == 1 { print $0 ",processes"; next } { print $0 ",1"; sub(/^1,[^,]*/, "&p"); print $0 ",4" }' \
		"$fixtures/main.csv" >processes.csv
	report processes.csv
	section cells | grep -q '^<th scope="col"[^>]*>processes'
	report "$fixtures/main.csv"
	! section cells | grep '^<th scope="col"[^>]*>processes' || return
}

@test "report html: kernels are compared with the first trusted one, by the geometric mean" {
	# by construction 5.10+gup costs a quarter in everything
	report "$fixtures/model.csv"
	grep '^<tr><th scope="row" data-v="1">5.10+gup <small>5.10[^<]*</small><td' "$page" >gup
	[ "$(wc -l <gup)" -ge 2 ]
	[ "$(grep -o 'data-v="0.25[0-9]*">0.250 <span class="bar" style="--part:25.0%;--one:100.0%"' gup | wc -l)" -eq 4 ]
	report "$fixtures/mixed.csv"
	row=$(grep -m1 '7.3-kasan <span class="mark">untrusted</span>' "$page")
	[[ $row != *'class="bar'* ]]
}

@test "report html: kernel by kernel, clocks side by side, the same as --by-kernel" {
	report "$root/results/reference/kernels.csv" "$root/results/reference/kernels-bind.csv"
	# value and ratio of all cells in the order of the page
	section summary | grep '^<tr><th scope="row">' | grep -o '<td class="n" data-v="[^"]*">[^<]*\(<small[^>]*>[0-9.]*\)\?' |
		sed 's/<td class="n" data-v="\([^"]*\)">[^<]*/\1 /; s/<small[^>]*>//' >shown
	"$daxpin" report --by-kernel --format=csv "$root/results/reference/kernels.csv" "$root/results/reference/kernels-bind.csv" |
		sed 's/"[^"]*"//g' | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { print $c["value"], $c["ratio"] }' >wanted
	[ "$(wc -l <wanted)" -gt 250 ]
	paste -d ' ' wanted shown | awk '{
		rounded = $2 == "" ? 0 : $2; n = NF
		value = NF == 4 ? $3 : $2; ratio = NF == 4 ? $4 : ""
		if ($1 != value || (ratio != "" && (ratio / rounded > 1.006 || rounded / ratio > 1.006))) { print; bad = 1 }
	} END { exit bad }'
	[ "$(section summary | grep -c '<span role="img" aria-label="falls">')" -gt 20 ]
	section summary | grep -q '^<summary>[1-9][0-9]* steps of more than 10 %'
	section summary | grep -q '^<tr><th scope="row" data-v="3">6.12 to 7.2<td>get, gup, fast<td>map=dev<td.*<td>folio GUP$'
	section summary | grep -q '^<dt>compound devmap</dt><dd>5.17: '
	# one kernel has nothing to be compared with
	report "$fixtures/bare.csv"
	! section summary | grep '<summary>\|before that has the figure' || return
}

@test "report html: what was left out, with its reason, and what it ran on" {
	report "$fixtures/mixed.csv"
	section left-out | grep -q '<td>skip<td class="n" data-v="1">1<td class="reason">no hugepages of 1G, &quot;0&quot; free<td'
	section left-out | grep -q '<td>short<td class="n" data-v="1">1<td class="reason">got 100 of 512 pages<td'
	[ "$(section runs | grep -c '^<details class="run">')" -eq 2 ]
	section runs | grep -qF '<dt>model</dt><dd>QEMU TCG CPU version 2.5+</dd>'
	cp "$fixtures/bare.csv" alone.csv
	report alone.csv
	grep -qF '<b>bare-1</b> has no environment' "$page"
	grep -qF 'each row of the samples has entered a median' "$page"
	grep -qF '<p>None were made.</p>' "$page"
}

@test "report html: plots are in the page, each with its own ids, and nothing else is fetched" {
	run --separate-stderr "$daxpin" report "$fixtures/model.csv" -o dir
	[ "$status" -eq 0 ]
	[ "$(grep -c '<svg role="img"' "$page")" -eq 5 ]
	[ "$(grep -c '<svg role="img"' "$page")" -eq "$(find dir -name '*.svg' | wc -l)" ]
	for i in 1 2 3 4 5; do grep -q "id=\"p$i-gnuplot_canvas\"" "$page"; done
	grep -q '^<figcaption id="plot-2">stage by stage, 2 of 2<span class="unseen">: Pinning of device-dax, stage by stage: 5.10-trim' "$page"
	[ -z "$(grep -oE ' id="[^"]*"' "$page" | sort | uniq -d)" ]
	run ! grep -E '(src|href)=.?([a-z]+:|/)|@import|url\([^#]' "$page"
}

@test "report html: no string gets out of its place" {
	run --separate-stderr "$daxpin" report "$fixtures/hostile.csv" -o dir
	[ "$status" -eq 0 ]
	[ "$(grep -c '<script' "$page")" -eq 1 ]
	[ "$(grep -c '</script' "$page")" -eq 1 ]
	[ "$(grep -c '</style' "$page")" -eq 1 ]
	run ! grep -E '<img|<!--' "$page"
	grep -qF '>5.10&lt;script&gt;window.owned=1&lt;/script&gt;<td>get<td' "$page"
	grep -qF '<td class="reason">&lt;/td&gt;&lt;/table&gt;&lt;script&gt;' "$page"
	grep -qF '<dt>&lt;img src=x onerror=window.owned=1&gt;</dt>' "$page"
	# Its script is the one that the policy names.
	command -v openssl >/dev/null || skip 'no openssl'
	sum=$(sed -n '/^<script>/,/<\/script>/p' "$page" | sed '1s/^<script>//; $d' | openssl dgst -sha256 -binary | base64)
	grep -qF "script-src 'sha256-$sum'" "$page"
}

@test "report html: bytes that are no text" {
	sed 's/,6\.1,/,6.1\xff\x01\xc0\xbcb\x1b,/' "$fixtures/bare.csv" >bytes.csv
	run ! cmp -s bytes.csv "$fixtures/bare.csv"
	run --separate-stderr "$daxpin" report bytes.csv -o dir
	[ "$status" -eq 0 ]
	iconv -f UTF-8 -t UTF-8 "$page" >/dev/null
	run ! env LC_ALL=C grep -n $'[\x01-\x08\x0b-\x1f\x7f]' "$page"
	grep -q $'>6\.1\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdb\xef\xbf\xbd<td>get' "$page"
}

@test "report html: well-formed in the eyes of tidy" {
	command -v tidy
	head -n 2 "$fixtures/bare.csv" >tiny.csv
	for file in "$fixtures/main.csv" "$fixtures/mixed.csv" "$fixtures/model.csv" "$fixtures/hostile.csv" tiny.csv; do
		run --separate-stderr "$daxpin" report "$file" -o dir
		[ "$status" -eq 0 ]
		# Bars are empty elements.
		run tidy -q -e --drop-empty-elements no dir/index.html
		echo "$output"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done
}

@test "report --no-html: no page, and one that is there stays" {
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" --no-plots --no-html -o dir
	[ "$status" -eq 0 ]
	# shellcheck disable=SC2154 # run --separate-stderr sets it
	[ "$stderr" = "wrote dir/summary.csv, dir/summary.md and 0 plots" ]
	[ ! -e dir/index.html ]
	echo mine >dir/index.html
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" --no-plots --no-html -o dir
	[ "$(cat dir/index.html)" = mine ]
}

@test "report html: without gnuplot there is a page without plots, exit 2" {
	mkdir empty
	run --separate-stderr env PATH="$PWD/empty" "$daxpin" report "$fixtures/main.csv" -o dir
	[ "$status" -eq 2 ]
	grep -qF '<p>None were made.</p>' dir/index.html
	grep -qF 'id="cell-table"' dir/index.html
}

@test "report html: a disk that fills up leaves the old page" {
	mkdir dir
	echo precious >dir/index.html
	# shellcheck disable=SC2016
	run --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 16; "$1" report "$2" --no-plots -o dir' - "$daxpin" "$fixtures/main.csv"
	[ "$status" -eq 2 ]
	[ "$stderr" = "daxpin: dir/index.html: File too large" ]
	[ "$(cat dir/index.html)" = precious ]
	[ "$(find dir -name 'index*' | wc -l)" -eq 1 ]
}

@test "report html --verdicts: what compare found, by sign, word and colour, the worst first" {
	awk -F, -v OFS=, 'NR > 1 && $3 == "7.3" && /,put,/ && !/,dev,/ { $31 = int($31 * 3) } { print }' "$fixtures/main.csv" >slow.csv
	cp "$fixtures/main.env.json" slow.env.json
	"$daxpin" compare slow.csv --base-kernel 6.12 --new-kernel 7.3 --alpha 0.4 --format json >compare.json 2>/dev/null || [ $? -le 2 ]
	run --separate-stderr "$daxpin" report slow.csv --verdicts compare.json --no-plots -o dir
	[ "$status" -eq 0 ]
	grep -qF '<a href="#verdicts">Verdicts</a>' dir/index.html
	grep -qF '<h3>7.3 against 6.12</h3>' dir/index.html
	[ "$(grep -o '<td><span class="verdict [a-z]*"><span aria-hidden="true">[^<]*</span> [a-z ]*' dir/index.html | head -n 1)" = \
		'<td><span class="verdict bad"><span aria-hidden="true">&#9650;</span> regression' ]
	# each cell of the comparison, and no more
	[ "$(grep -c '<td><span class="verdict ' dir/index.html)" -eq "$(jq '.cells | length' compare.json)" ]
	# without them no word of it
	"$daxpin" report slow.csv --no-plots -o dir >/dev/null 2>&1
	run ! grep -qi verdicts\" dir/index.html
}

@test "report html --verdicts: what is none, and what does not go together, exit 2" {
	for text in '{}' '[' '{"base":{"kernel":"a"},"new":{"kernel":"b"},"cells":[{"verdict":"nice"}]}' '{"base":{"kernel":"a"},"new":{"kernel":"b"},"cells":[7]}'; do
		echo "$text" >bad.json
		run --separate-stderr "$daxpin" report "$fixtures/main.csv" --verdicts bad.json --no-plots -o dir
		[ "$status" -eq 2 ]
		[[ $stderr == "daxpin: bad.json:"* ]]
		[ ! -e dir ]
	done
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" --verdicts nowhere.json -o dir
	[ "$status" -eq 2 ]
	[ "$stderr" = 'daxpin: nowhere.json: No such file or directory' ]
	echo '{"base":{"kernel":"a<i>"},"new":{"kernel":"b"},"cells":[{"verdict":"failed","reason":"<script>","op":"<b>"}]}' >odd.json
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" --verdicts odd.json
	[ "$status" -eq 2 ]
	[[ $stderr == *'--verdicts goes with --output'* ]]
	run --separate-stderr "$daxpin" report "$fixtures/main.csv" --verdicts odd.json --no-plots -o dir
	[ "$status" -eq 0 ]
	run ! grep -qF -e 'a<i>' -e '<td class="reason"><script>' -e '<b><small>' dir/index.html
}

@test "report html: kernels are compared within their line, over the cells that all have" {
	"$daxpin" report "$root/results/reference/stages.csv" "$root/results/reference/main.csv" "$root/results/reference/registration.csv" \
		--no-plots -o dir >/dev/null 2>&1
	# stock kernels, and those of the series, each on two clocks
	[ "$(grep -o 'Kernels: cost relative to [^,]*' dir/index.html | sort | uniq -c | xargs)" = \
		'2 Kernels: cost relative to 5.10 2 Kernels: cost relative to 5.10-trim' ]
	# one number of cells in a column: get of the first table
	[ "$(sed -n '/id="kernels-1"/,/<\/table>/p' dir/index.html | grep '^<tr><th' | grep -o '[0-9]* cells*' | sort | uniq -c | xargs)" = '14 2 cells' ]
	# bars of 2.33 and of 1.02 are not as long
	sed -n '/id="kernels-1"/,/<\/table>/p' dir/index.html | grep -o 'bar over" style="[^"]*"' | sort -u >bars
	[ "$(wc -l <bars)" -eq 3 ] && [ "$(grep -c 'part:100.0%;--one:42.9%' bars)" -eq 1 ]
}

@test "report html: files are named, not where they are" {
	"$daxpin" report "$fixtures/main.csv" --no-plots -o dir >/dev/null 2>&1
	grep -qF '<code>main.csv</code>' dir/index.html
	grep -qF '<h3>main.csv' dir/index.html
	run ! grep -qF "$fixtures" dir/index.html
}
