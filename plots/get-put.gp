# SPDX-License-Identifier: GPL-2.0-or-later
# Cost of get and put by kernel, one colour per series (map, ...); for 'daxpin report'.
#
#   gnuplot -d -c get-put.gp BASE DATA TITLE SUBTITLE "SERIES KERNELS linear|log LOW HIGH" UNIT GET PUT
#
# writes BASE.svg and BASE.png. DATA, tab separated: block 0 has the kernels (x, name, n, release); then
# one block per series for get, and as many for put (x, median, CI low, CI high), each under its name.

base = ARG1
data = ARG2
series = int(word(ARG5, 1))
kernels = int(word(ARG5, 2))
logarithmic = word(ARG5, 3) eq "log"

width = 0.8 / series
shift(s) = (s - (series - 1) / 2.0) * width
# Figures stay readable as long as a bar has room for three digits.
crowded = series * kernels > 16
many = kernels > 6
pixels = kernels * series > 8 ? 1800 : 1200

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Colours that colour-blind readers tell apart (Okabe and Ito), mem and dev far from each other.
array colours[8] = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#7f7f7f", "#f0e442"]
colour(s) = colours[1 + s % 8]

set style fill solid 0.9 noborder
set boxwidth width * 0.92
set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0
if (many) { set xtics rotate by 25 right font ",9" }
set grid ytics linecolor "#dddddd" linewidth 1 linetype 1
set xrange [-0.6 : kernels - 0.4]
if (logarithmic) { set logscale y }
low = word(ARG5, 4) + 0
set yrange [low : word(ARG5, 5) + 0]

# Where a value is written: above the upper end of the interval.
top(median, high) = high > median ? high : median
digits(v) = v < 10 ? sprintf("%.2f", v) : v < 100 ? sprintf("%.1f", v) : sprintf("%.0f", v)
# Of Debian releases the part that tells them apart: four must fit beside one another.
short(release) = strstrt(release, "-amd64") ? release[1:strstrt(release, "-amd64") - 1] : release
tick(name, n, release) = many ? name . ", " . n : name . "\n" . n . "\n" . short(release)

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size pixels, 640 font "DejaVu Sans,13" noenhanced name "getput" background rgb "white"
	} else {
		set terminal pngcairo size pixels, 640 font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.015, screen 0.965 left font ",16" noenhanced
	set label 2 ARG4 at screen 0.015, screen 0.92 left font ",11" textcolor "#444444" noenhanced
	set tmargin at screen 0.70
	set bmargin at screen (many ? 0.2 : 0.15)
	set key at screen 0.985, screen 0.965 right top Right noenhanced samplen 1.5 maxrows 6

	do for [panel = 0:1] {
		set lmargin at screen 0.06 + 0.5 * panel
		set rmargin at screen 0.49 + 0.495 * panel
		set title (panel ? ARG8 : ARG7) font ",12" noenhanced
		set ylabel panel ? "" : ARG6 noenhanced
		first = 1 + panel * series
		if (logarithmic) {
			plot for [s = 0:series - 1] data index first + s using ($1 + shift(s)):2 with points \
					pointtype 7 pointsize 1.2 linecolor rgb colour(s) title columnheader(1), \
				for [s = 0:series - 1] data index first + s using ($1 + shift(s)):3:(0):($4 - $3) with vectors \
					heads size screen 0.003, 90 linewidth 1.5 linecolor rgb "#222222" notitle, \
				for [s = 0:(crowded ? -1 : series - 1)] data index first + s \
					using ($1 + shift(s)):(top($2, $4)):(digits($2)) with labels offset 0, 0.7 \
					font ",9" notitle, \
				data index 0 using 1:(low):xtic(tick(stringcolumn(2), stringcolumn(3), stringcolumn(4))) \
					with points pointtype -1 notitle
		} else {
			plot for [s = 0:series - 1] data index first + s using ($1 + shift(s)):2 with boxes \
					linecolor rgb colour(s) title columnheader(1), \
				for [s = 0:series - 1] data index first + s using ($1 + shift(s)):3:(0):($4 - $3) with vectors \
					heads size screen 0.003, 90 linewidth 1.5 linecolor rgb "#222222" notitle, \
				for [s = 0:(crowded ? -1 : series - 1)] data index first + s \
					using ($1 + shift(s)):(top($2, $4)):(digits($2)) with labels offset 0, 0.7 \
					font ",9" notitle, \
				data index 0 using 1:(low):xtic(tick(stringcolumn(2), stringcolumn(3), stringcolumn(4))) \
					with points pointtype -1 notitle
		}
		unset label 1
		unset label 2
		unset key
	}
	unset multiplot
	unset output
}
