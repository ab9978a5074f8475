# SPDX-License-Identifier: GPL-2.0-or-later
# Points, the line through them and where another measurement would be, a panel for each line; for 'daxpin fit'.
#
#   gnuplot -d -c fit.gp BASE DATA "PANELS FIRST LAST"
#
# writes BASE.svg and BASE.png. FIRST and LAST: sizes in GiB. DATA, tab separated: block 0 has name and range of each
# panel; then, for each panel, a block of points (size, fitted, checked) and a block of the line (size, line, low, high),
# all per page.

base = ARG1
data = ARG2
number(i) = word(ARG3, i) + 0
panels = int(number(1))
columns = panels < 4 ? panels : 4
rows = (panels + columns - 1) / columns
wide = 60 + 330 * columns
high = 90 + 230 * rows

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Quoted, so that word() finds them again.
names = ""
array low[panels]
array top[panels]
stats data index 0 every ::1 using (names = names . "\"" . strcol(1) . "\" ", low[$0 + 1] = $2, top[$0 + 1] = $3, 0) nooutput

set border 3 linecolor "#444444"
set tics nomirror
set grid linecolor "#dddddd" linewidth 1 linetype 1
set logscale x 2
set xrange [number(2) / 1.2 : number(3) * 1.2]
set format x "%g"
set format y "%.4g"

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,11" noenhanced name "fit" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,8" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot layout rows, columns title "Cost of a page against size in GiB: fitted points (filled), line, 95 % of other measurements; checked (open)" noenhanced
	do for [i = 1:panels] {
		set title word(names, i) noenhanced
		set yrange [low[i] : top[i]]
		plot data index 2 * i using 1:3:4 with filledcurves linecolor rgb "#cfe3f1" notitle, \
			data index 2 * i using 1:2 with lines linewidth 2 linecolor rgb "#0072b2" notitle, \
			data index 2 * i - 1 using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb "#000000" notitle, \
			data index 2 * i - 1 using 1:3 with points pointtype 6 pointsize 0.9 linecolor rgb "#d55e00" notitle
	}
	unset multiplot
	unset output
}
