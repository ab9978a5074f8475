# SPDX-License-Identifier: GPL-2.0-or-later
# Throughput and fairness against threads or processes, a colour per kernel, a dash per way to pin; for 'daxpin report'.
#
#   gnuplot -d -c threads.gp BASE DATA TITLE SUBTITLE FRAME "UNIT|UNIT" GET PUT
#
# writes BASE.svg and BASE.png. FRAME: "KERNELS WAYS FIRST LAST linear|log LOW HIGH linear|log LOW HIGH", the ends of
# the numbers of threads and of both rows of panels. DATA, tab separated: block 0 has the kernels (number, name, note),
# block 1 the ways (number, name), block 2 the numbers of threads; then a block for each kernel and in it each way, of
# get, then of put (threads, throughput, slowest over fastest thread).

base = ARG1
data = ARG2
number(i) = word(ARG5, i) + 0
kernels = int(number(1))
ways = int(number(2))
lines = kernels * ways
part(s, i) = i == 1 ? (strstrt(s, "|") ? s[1:strstrt(s, "|") - 1] : s) : part(s[strstrt(s, "|") + 1:*], i - 1)

wide = 1300
high = 860
head = 118.0 / high

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Colours that colour-blind readers tell apart (Okabe and Ito).
array colours[8] = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#7f7f7f", "#f0e442"]
colour(k) = colours[1 + k % 8]
# Of line i, from 0. With one kernel the colours are there for the ways.
hue(i) = colour(kernels == 1 ? i : i / ways)
array marks[6] = [7, 6, 5, 4, 9, 8]
mark(w) = marks[1 + w % 6]
dash(w) = 1 + w % 5

# Quoted, so that word() finds them again.
kernel_names = ""
way_names = ""
stats data index 0 every ::1 using (kernel_names = kernel_names . "\"" . strcol(2) . strcol(3) . "\" ", 0) nooutput
stats data index 1 every ::1 using (way_names = way_names . "\"" . strcol(2) . "\" ", 0) nooutput

set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0.5
set grid linecolor "#dddddd" linewidth 1 linetype 1
set logscale x
set xrange [number(3) / 1.15 : number(4) * 1.15]
set format y "%g"

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,13" noenhanced name "threads" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.015, screen 1 - 28.0 / high left font ",16" noenhanced
	set label 2 ARG4 at screen 0.015, screen 1 - 60.0 / high left font ",11" textcolor "#444444" noenhanced
	set key at screen 0.775, screen 1 - head - 0.05 left top Left reverse noenhanced samplen 3 spacing 1.2

	do for [panel = 0:3] {
		row = panel / 2
		op = panel % 2
		cell = (1 - head) / 2
		low = number(6 + 3 * row)
		set lmargin at screen (op ? 0.44 : 0.065)
		set rmargin at screen (op ? 0.76 : 0.385)
		set tmargin at screen 1 - head - row * cell - (row ? 14.0 : 34.0) / high
		set bmargin at screen 1 - head - (row + 1) * cell + (row ? 56.0 : 38.0) / high
		top = number(7 + 3 * row)
		logarithmic = word(ARG5, 5 + 3 * row) eq "log"
		if (logarithmic) { set logscale y } else { unset logscale y }
		set yrange [low : top]
		set ytics auto
		# Powers of ten alone would be too few.
		do for [e = (logarithmic ? floor(log10(low)) : 0):(logarithmic && top < 50 * low ? ceil(log10(top)) : -1000)] {
			set ytics add (2 * 10.0 ** e, 5 * 10.0 ** e)
		}
		if (row) { unset title } else { set title (op ? ARG8 : ARG7) font ",12" noenhanced }
		set ylabel (op ? "" : part(ARG6, 1 + row)) noenhanced
		set xlabel (row ? "threads or processes" : "") noenhanced
		first = 3 + op * lines
		plot for [i = 0:lines - 1] data index first + i using 1:(column(2 + row)) with linespoints linewidth 2 \
				dashtype dash(i % ways) pointtype mark(i % ways) pointsize 0.9 \
				linecolor rgb hue(i) notitle, \
			data index 2 every ::1 using 1:(low):xtic(strcol(1)) with points pointtype -1 notitle, \
			for [i = 0:(panel || kernels > 1 ? -1 : 0)] keyentry with lines linecolor rgb "white" \
				title word(kernel_names, 1), \
			for [k = 0:(panel || kernels == 1 ? -1 : kernels - 1)] keyentry with lines linewidth 4 \
				linecolor rgb colour(k) title word(kernel_names, k + 1), \
			for [w = 0:(panel || ways == 1 ? -1 : ways - 1)] keyentry with linespoints linewidth 2 dashtype dash(w) \
				pointtype mark(w) pointsize 0.9 linecolor rgb (kernels == 1 ? hue(w) : "#444444") \
				title word(way_names, w + 1)
		unset label 1
		unset label 2
		unset key
	}
	unset multiplot
	unset output
}
