# SPDX-License-Identifier: GPL-2.0-or-later
# A cell over kernels, with the points where it changed; for 'daxpin history'.
#
#   gnuplot -d -c history.gp BASE DATA TITLE SUBTITLE "KERNELS linear|log LOW HIGH" UNIT
#
# writes BASE.svg and BASE.png. DATA, tab separated: block 0 has the kernels (x, name, commit), block 1 the boots (x,
# value), block 2 the medians (x, value, 1 or -1: its label is above or below), block 3 the segments (left end, width, level), block 4 the changes (x, 1 more
# or -1 less, height of the label from 0 to 2, label).

base = ARG1
data = ARG2
kernels = int(word(ARG5, 1))
logarithmic = word(ARG5, 2) eq "log"
low = word(ARG5, 3) + 0
top = word(ARG5, 4) + 0

# As wide as the title and the kernels need.
wide = kernels * 34 > 1100 ? (kernels * 34 < 2400 ? kernels * 34 : 2400) : 1100
high = 600
head = 104.0 / high
turned = kernels > 8
# Of many kernels each second, third... has its name; values are for a few.
each = 1 + (kernels - 1) / 70
few = kernels <= 14
foot = (turned ? 118.0 : 86.0) / high

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Okabe and Ito: told apart by all eyes.
blue = "#0072b2"
colour(way) = way > 0 ? 0xd55e00 : 0x009e73

set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0
set format y "%g"
set grid ytics linecolor "#e4e4e4" linewidth 1 linetype 1
if (turned) { set xtics rotate by 35 right font ",10" }
set xrange [-0.6 : kernels - 0.4]
set yrange [low : top]
if (logarithmic) { set logscale y }
digits(v) = v < 0.1 ? sprintf("%.3f", v) : v < 10 ? sprintf("%.2f", v) : v < 100 ? sprintf("%.1f", v) : sprintf("%.0f", v)
# Heights of labels of changes, in shares of the graph from its top.
share(h) = 0.965 - 0.065 * h
at(h) = logarithmic ? low * (top / low) ** share(h) : low + (top - low) * share(h)
tick(x, name, commit) = int(x) % each ? "" : commit eq "" ? name : name . "\n" . commit

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,13" noenhanced name "history" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.015, screen 1 - 26.0 / high left font ",15" noenhanced
	set label 2 ARG4 at screen 0.015, screen 1 - 54.0 / high left font ",10" textcolor "#444444" noenhanced
	set lmargin at screen 82.0 / wide
	set rmargin at screen 1 - 24.0 / wide
	set tmargin at screen 1 - head
	set bmargin at screen foot
	set key at screen 1 - 24.0 / wide, screen 20.0 / high right center horizontal Left reverse noenhanced samplen 2 width -1 font ",10"
	set ylabel ARG6 noenhanced
	plot data index 3 using 1:3:2:(0) with vectors nohead linewidth 9 linecolor rgb "#cfe3f1" notitle, \
		data index 4 using 1:(low):(0):(at($3) - low):(colour($2)) with vectors nohead \
			linewidth 1.5 dashtype 2 linecolor rgb variable notitle, \
		data index 2 using 1:2 with lines linewidth 1 linecolor rgb "#8fb8d6" notitle, \
		data index 1 using 1:2 with points pointtype 6 pointsize 0.9 linecolor rgb "#7f7f7f" title "boot", \
		data index 2 using 1:2 with points pointtype 7 pointsize 0.9 linecolor rgb blue title "median", \
		data index 2 using 1:(few && $3 > 0 ? $2 : NaN):(digits($2)) with labels offset 0, 0.9 font ",10" textcolor rgb blue notitle, \
		data index 2 using 1:(few && $3 < 0 ? $2 : NaN):(digits($2)) with labels offset 0, -0.9 font ",10" textcolor rgb blue notitle, \
		data index 4 using 1:(at($3)):4:(colour($2)) with labels left offset 0.6, 0 font ",11" textcolor rgb variable notitle, \
		data index 0 using 1:(low):xtic(tick($1, strcol(2), strcol(3))) with points pointtype -1 notitle, \
		keyentry with lines linewidth 9 linecolor rgb "#cfe3f1" title "segment", \
		keyentry with lines linewidth 1.5 dashtype 2 linecolor rgb "#009e73" title "change: less", \
		keyentry with lines linewidth 1.5 dashtype 2 linecolor rgb "#d55e00" title "change: more"
	unset multiplot
	unset output
}
