# SPDX-License-Identifier: GPL-2.0-or-later
# Each figure over kernels, as small multiples; for 'daxpin report'.
#
#   gnuplot -d -c kernels.gp BASE DATA TITLE SUBTITLE "KERNELS PANELS NAMES" "START..."
#
# writes BASE.svg and BASE.png. START: the kernels (from 0) at which a line of its own starts. DATA, tab separated: block 0 has the kernels (x, name), block 1 the panels (number,
# series, linear|log, low, high, title, story), block 2 the known steps (panel, x, versions), block 3 the names of series
# (number, name); then one block per series of each panel in turn (x, value; value again where it is
# printed above the point, or below it; its text), under the number of its name.

base = ARG1
data = ARG2
kernels = int(word(ARG5, 1))
panels = int(word(ARG5, 2))
names = int(word(ARG5, 3))

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

lines = words(ARG6)
start(l) = l > lines ? kernels : int(word(ARG6, l))

# A panel has room for the text of each value, and below it for the names, which are turned when they are long.
longest = 0
stats data index 0 every ::1 using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, 0) nooutput
panel = kernels * 44 + 64 > 345 ? kernels * 44 + 64 : 345
turned = kernels > 6 || longest * 6.8 > (panel - 64.0) / kernels
below = turned ? 16 + 4.3 * longest : 30
most = 1650 / panel
columns = panels < 4 ? panels : panels < 7 ? 3 : 4
columns = columns > most && most > 0 ? most : columns
rows = (panels + columns - 1) / columns
wide = panel * columns
high = 112 + (232 + below) * rows
head = 112.0 / high

array series[panels]
array scale[panels]
array low[panels]
array top[panels]
array title[panels]
array story[panels]
stats data index 1 every ::1 using (series[int($1) + 1] = int($2), scale[int($1) + 1] = strcol(3), low[int($1) + 1] = $4, \
	top[int($1) + 1] = $5, title[int($1) + 1] = strcol(6), story[int($1) + 1] = strcol(7), 0) nooutput

# Colours that colour-blind readers tell apart (Okabe and Ito), and the first two far from each other.
array colours[8] = ["#0072b2", "#d55e00", "#009e73", "#555555", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"]
array shapes[8] = [7, 5, 9, 13, 11, 7, 5, 9]
array name[names]
stats data index 3 every ::1 using (name[int($1) + 1] = strcol(2), 0) nooutput

set border 3 linecolor "#888888"
set tics nomirror
set format y "%g"
set xtics scale 0
set grid ytics linecolor "#e4e4e4" linewidth 1 linetype 1
set xrange [-0.45 : kernels - 0.55]
if (turned) { set xtics rotate by 35 right }

# Series that lie on each other: the first is thick, those on it are thin.
thick(n) = n == 1 ? 4.5 : 1.6
size(n) = n == 1 ? 1.1 : 0.65
set style textbox opaque noborder margins 0, 0 fillcolor rgb "white"

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,11" noenhanced name "kernels" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,9" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.012, screen 1 - 22.0 / high left font ",16" noenhanced
	set label 2 ARG4 at screen 0.012, screen 1 - 48.0 / high left font ",10" textcolor "#444444" noenhanced
	unset key
	across = 0
	do for [n = 1:names] {
		set label 10 + n name[n] at screen (24.0 + across) / wide, screen 1 - 92.0 / high left font ",11" textcolor rgb colours[n] \
			noenhanced point pointtype shapes[n] pointsize 1 linecolor rgb colours[n] offset 1.2, 0
		across = across + 46 + 8 * strlen(name[n])
	}
	block = 4
	do for [p = 1:panels] {
		across = (p - 1) % columns
		down = (p - 1) / columns
		row = (1 - head) / rows
		ceiling = 1 - head - down * row
		set lmargin at screen (across * panel * 1.0 + 52) / wide
		set rmargin at screen (across * panel * 1.0 + panel - 12) / wide
		set tmargin at screen ceiling - 46.0 / high
		set bmargin at screen ceiling - row + below * 1.0 / high
		set label 3 title[p] at screen (across * panel * 1.0 + 16) / wide, screen ceiling - 16.0 / high left font ",11" noenhanced
		set label 4 story[p] at screen (across * panel * 1.0 + 16) / wide, screen ceiling - 32.0 / high left font ",9" textcolor "#555555" noenhanced
		set yrange [low[p] : top[p]]
		if (scale[p] eq "log") {
			set logscale y
		} else {
			unset logscale y
		}
		array number[series[p]]
		do for [s = 1:series[p]] {
			stats data index block + s - 1 every ::::0 using (number[s] = int(column(1)) + 1, 0) nooutput
		}
		bottom = scale[p] eq "log" ? low[p] : 0
		ceil_of = scale[p] eq "log" ? low[p] * (top[p] / low[p]) ** 0.95 : top[p] * 0.95
		plot data index 2 every ::1 using ($1 == p - 1 ? $2 : NaN):(bottom):(0):(top[p] - bottom) with vectors nohead \
				linewidth 1 dashtype 3 linecolor "#777777" notitle, \
			for [l = 2:lines] data index 0 every ::1::1 using (start(l) - 0.5):(bottom):(0):(top[p] - bottom) with vectors nohead \
				linewidth 1 linecolor "#bbbbbb" notitle, \
			for [s = 1:series[p]] for [l = 1:lines] data index block + s - 1 every ::(1 + start(l))::start(l + 1) using 1:2 with linespoints linewidth thick(number[s]) \
				pointtype shapes[number[s]] pointsize size(number[s]) linecolor rgb colours[number[s]] notitle, \
			for [s = 1:series[p]] data index block + s - 1 every ::1 using 1:3:(strcol(5)) with labels boxed \
				offset 0, 0.9 font ",9" textcolor rgb colours[number[s]] notitle, \
			for [s = 1:series[p]] data index block + s - 1 every ::1 using 1:4:(strcol(5)) with labels boxed \
				offset 0, -0.9 font ",9" textcolor rgb colours[number[s]] notitle, \
			data index 2 every ::1 using ($1 == p - 1 ? $2 : NaN):(ceil_of):(strcol(3)) with labels left offset 0.4, 0 font ",9" \
				textcolor "#555555" notitle, \
			data index 0 every ::1 using 1:(bottom):xtic(2) with points pointtype -1 notitle
		block = block + series[p]
		unset label 1
		unset label 2
		do for [n = 1:names] { unset label 10 + n }
	}
	unset label 3
	unset label 4
	unset multiplot
	unset output
}
