# SPDX-License-Identifier: GPL-2.0-or-later
# What each stage of a patch series brings, a panel for each cost; for 'daxpin report'.
#
#   gnuplot -d -c staircase.gp BASE DATA TITLE SUBTITLE "KERNELS PANELS" PANEL...
#
# writes BASE.svg and BASE.png. PANEL (at most four) is "SERIES linear|log LOW HIGH|TITLE". DATA, tab
# separated: block 0 has the kernels (x, name); then one block per series of each panel in turn (x, value,
# value before it, 1 or -1: is its text above or below the line?), under its name. LOW and HIGH are what is to be seen; room for texts and legend is added.

base = ARG1
data = ARG2
kernels = int(word(ARG5, 1))
panels = int(word(ARG5, 2))
spec(p) = p == 0 ? ARG6 : p == 1 ? ARG7 : p == 2 ? ARG8 : ARG9
bar(p) = strstrt(spec(p), "|")
numbers(p) = spec(p)[1:bar(p) - 1]
heading(p) = spec(p)[bar(p) + 1:*]

columns = panels < 4 ? panels : 2
rows = panels < 4 ? 1 : 2
wide = columns == 1 ? 700 : columns == 2 ? 1200 : 1650
high = rows == 1 ? 560 : 900
# The head has a fixed number of pixels, whatever the height.
head = 122.0 / high

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Colours that colour-blind readers tell apart (Okabe and Ito), and the first two far from each other.
array colours[8] = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#7f7f7f", "#f0e442"]
colour(s) = colours[1 + s % 8]

set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0
set format y "%g"
set grid ytics linecolor "#dddddd" linewidth 1 linetype 1
if (kernels > 7) { set xtics rotate by 25 right }
below = kernels > 7 ? 70 : 40
set xrange [-0.6 : kernels - 0.4]
digits(v) = v < 0.1 ? sprintf("%.3f", v) : v < 10 ? sprintf("%.2f", v) : v < 100 ? sprintf("%.1f", v) : sprintf("%.0f", v)

# Steps that lie on each other: the second is thinner and dashed. The values of the higher go above
# the line, those of the lower below it.
thick(s) = s == 0 ? 5 : 2
dashes(s) = s == 0 ? 1 : 2

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,13" noenhanced name "staircase" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.015, screen 1 - 28.0 / high left font ",16" noenhanced
	set label 2 ARG4 at screen 0.015, screen 1 - 60.0 / high left font ",11" textcolor "#444444" noenhanced
	set key inside top right Right noenhanced samplen 3 spacing 1.1

	block = 1
	do for [p = 0:panels - 1] {
		series = int(word(numbers(p), 1))
		low = word(numbers(p), 3) + 0
		top = word(numbers(p), 4) + 0
		across = p % columns
		down = p / columns
		cell = (1 - head) / rows
		set lmargin at screen across * 1.0 / columns + 64.0 / wide
		set rmargin at screen (across + 1.0) / columns - 18.0 / wide
		set tmargin at screen 1 - head - down * cell - 52.0 / high
		set bmargin at screen 1 - head - (down + 1) * cell + below * 1.0 / high
		# The part of the panel that legend and text take, in pixels: nothing is drawn there.
		room = (20.0 * series + 34) / (cell * high - 52 - below)
		set title heading(p) font ",12" noenhanced
		if (word(numbers(p), 2) eq "log") {
			set logscale y
			top = low * (top / low) ** (1 / (1 - room))
		} else {
			unset logscale y
			top = top / (1 - room)
		}
		set yrange [low : top]
		plot for [s = 0:series - 1] data index block + s using ($1 - 0.5):2:(1):(0) with vectors nohead \
				linewidth thick(s) dashtype dashes(s) linecolor rgb colour(s) title columnheader(1), \
			for [s = 0:series - 1] data index block + s using ($1 - 0.5):3:(0):($2 - $3) with vectors nohead \
				linewidth 1 dashtype dashes(s) linecolor rgb colour(s) notitle, \
			for [s = 0:(series > 2 ? -1 : series - 1)] data index block + s using 1:($4 > 0 ? $2 : NaN):(digits($2)) with labels \
				offset 0, 0.9 font ",10" textcolor rgb colour(s) notitle, \
			for [s = 0:(series > 2 ? -1 : series - 1)] data index block + s using 1:($4 < 0 ? $2 : NaN):(digits($2)) with labels \
				offset 0, -0.9 font ",10" textcolor rgb colour(s) notitle, \
			data index 0 using 1:(low):xtic(2) with points pointtype -1 notitle
		block = block + series
		unset label 1
		unset label 2
	}
	unset multiplot
	unset output
}
