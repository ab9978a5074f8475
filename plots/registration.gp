# SPDX-License-Identifier: GPL-2.0-or-later
# Cost of register and deregister against the size, a colour per kernel, a dash per memory (map, ...); for
# 'daxpin report'.
#
#   gnuplot -d -c registration.gp BASE DATA TITLE SUBTITLE FRAME "UNIT|UNIT|SIZE|PIN" REGISTER DEREGISTER
#
# writes BASE.svg and BASE.png. FRAME: "KERNELS MEMORIES SIZES FIRST LAST LOW HIGH LOW HIGH", the ends of the sizes
# and of both rows of panels: cost per page, cost of the range. PIN is what the lines of pins are, or empty. DATA, tab
# separated: block 0 has the kernels (number, name, note), block 1 the memories (number, name), block 2 the sizes
# (bytes, name); then a block for each kernel and in it each memory, of register, then of deregister (size, per page, CI
# low, CI high, of the range); then as many of pins: get, put (size, per page, of the range).

base = ARG1
data = ARG2
number(i) = word(ARG5, i) + 0
kernels = int(number(1))
memories = int(number(2))
sizes = int(number(3))
lines = kernels * memories

part(s, i) = i == 1 ? (strstrt(s, "|") ? s[1:strstrt(s, "|") - 1] : s) : part(s[strstrt(s, "|") + 1:*], i - 1)
pin = part(ARG6, 4)

wide = 1300
high = 900
head = 120.0 / high

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Colours that colour-blind readers tell apart (Okabe and Ito).
array colours[8] = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#7f7f7f", "#f0e442"]
colour(k) = colours[1 + k % 8]
# Of line i, from 0. With one kernel the colours are there for the memories.
hue(i) = colour(kernels == 1 ? i : i / memories)
array marks[6] = [7, 6, 5, 4, 9, 8]
mark(m) = marks[1 + m % 6]
dash(m) = m % 2 == 0 ? 1 : 2

# Quoted, so that word() finds them again.
kernel_names = ""
memory_names = ""
stats data index 0 every ::1 using (kernel_names = kernel_names . "\"" . strcol(2) . strcol(3) . "\" ", 0) nooutput
stats data index 1 every ::1 using (memory_names = memory_names . "\"" . strcol(2) . "\" ", 0) nooutput

set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0.5
set grid linecolor "#dddddd" linewidth 1 linetype 1
set logscale xy
set xrange [number(4) / 1.3 : number(5) * 1.3]
if (sizes > 8) { set xtics rotate by 45 right font ",9" }
set format y "%g"

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,13" noenhanced name "registration" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.015, screen 1 - 28.0 / high left font ",16" noenhanced
	set label 2 ARG4 at screen 0.015, screen 1 - 60.0 / high left font ",11" textcolor "#444444" noenhanced
	set key at screen 0.845, screen 1 - head - 0.05 left top Left reverse noenhanced samplen 3 spacing 1.2

	do for [panel = 0:3] {
		row = panel / 2
		op = panel % 2
		cell = (1 - head) / 2
		low = number(6 + 2 * row)
		set lmargin at screen (op ? 0.47 : 0.065)
		set rmargin at screen (op ? 0.825 : 0.42)
		set tmargin at screen 1 - head - row * cell - (row ? 14.0 : 62.0) / high
		set bmargin at screen 1 - head - (row + 1) * cell + (row ? 62.0 : 30.0) / high
		top = number(7 + 2 * row)
		set yrange [low : top]
		set ytics auto
		# Powers of ten alone would be too few.
		do for [e = floor(log10(low)):(top < 50 * low ? ceil(log10(top)) : -1000)] {
			set ytics add (2 * 10.0 ** e, 5 * 10.0 ** e)
		}
		if (row) { unset title } else { set title (op ? ARG8 : ARG7) font ",12" noenhanced }
		set ylabel (op ? "" : part(ARG6, 1 + row)) noenhanced
		set xlabel (row ? part(ARG6, 3) : "") noenhanced
		value = row ? 5 : 2
		first = 3 + op * lines
		plot for [i = 0:lines - 1] data index first + 2 * lines + i using 1:(column(row ? 3 : 2)) with lines \
				linewidth 2 dashtype 3 linecolor rgb hue(i) notitle, \
			for [i = 0:lines - 1] data index first + i using 1:(column(value)) with linespoints linewidth 2 \
				dashtype dash(i % memories) pointtype mark(i % memories) pointsize 0.9 \
				linecolor rgb hue(i) notitle, \
			for [i = 0:(row ? -1 : lines - 1)] data index first + i using 1:3:(0):($4 - $3) with vectors \
				heads size screen 0.003, 90 linewidth 1.2 linecolor rgb "#222222" notitle, \
			data index 2 using 1:(low):xtic(strcol(2)) with points pointtype -1 notitle, \
			for [i = 0:(panel || kernels > 1 ? -1 : 0)] keyentry with lines linecolor rgb "white" \
				title word(kernel_names, 1), \
			for [k = 0:(panel || kernels == 1 ? -1 : kernels - 1)] keyentry with lines linewidth 4 \
				linecolor rgb colour(k) title word(kernel_names, k + 1), \
			for [m = 0:(panel || memories == 1 ? -1 : memories - 1)] keyentry with linespoints linewidth 2 \
				dashtype dash(m) pointtype mark(m) pointsize 0.9 linecolor rgb (kernels == 1 ? hue(m) : "#444444") \
				title word(memory_names, m + 1), \
			for [i = 0:(panel || pin eq "" ? -1 : 0)] keyentry with lines linewidth 2 dashtype 3 \
				linecolor rgb "#444444" title pin
		unset label 1
		unset label 2
		unset key
	}
	unset multiplot
	unset output
}
