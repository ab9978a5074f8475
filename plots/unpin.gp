# SPDX-License-Identifier: GPL-2.0-or-later
# Cost of put as a map: a row for each way to put, a column for each kernel, memory and state of the caches; for
# 'daxpin report'.
#
#   gnuplot -d -c unpin.gp BASE DATA TITLE SUBTITLE "KERNELS COLUMNS ROWS LOWEST HIGHEST" UNIT
#
# writes BASE.svg and BASE.png. DATA, tab separated: block 0 has the kernels (number, name, note), block 1 the
# columns (number, kernel, name; | ends a line), block 2 the rows (number, name), block 3 the tiles (column, kernel,
# row, value); NaN: not measured.

base = ARG1
data = ARG2
kernels = int(word(ARG5, 1))
columns = int(word(ARG5, 2))
rows = int(word(ARG5, 3))
lowest = word(ARG5, 4) + 0
highest = word(ARG5, 5) + 0

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# There is a gap between kernels, and one on either side.
gap = 0.35
place(column, kernel) = column + gap * kernel
across = columns + gap * (kernels - 1)
longest = 20
stats data index 2 every ::1 using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, 0) nooutput
left = 36 + 7.5 * longest
tile = columns > 24 ? 46 : columns > 12 ? 58 : 74
wide = left + tile * across + 130
wide = wide < 1200 ? 1200 : wide
# Tiles stay as they are when the plot is widened for its title.
right = left + tile * across
high = 230 + 34 * rows

# Cividis: from dark blue to yellow, in steps of lightness, the same to colour-blind readers.
set palette defined (0 "#00224e", 1 "#123570", 2 "#3b496c", 3 "#575d6d", 4 "#707173", 5 "#8a8678", \
	6 "#a59c74", 7 "#c3b369", 8 "#e1cc55", 9 "#fee838")
dark(v) = log(v / lowest) / log(highest / lowest) < 0.5
small(v) = v < 0.1 ? sprintf("%.3f", v) : sprintf("%.2f", v)
digits(v) = v < 10 ? small(v) : v < 100 ? sprintf("%.1f", v) : sprintf("%.0f", v)
# "a|b" on two lines
lines(s) = strstrt(s, "|") == 0 ? s : s[1:strstrt(s, "|") - 1] . "\n" . lines(s[strstrt(s, "|") + 1:*])

# A kernel is named once, in the middle above its columns.
heads = ""
names = ""
stats data index 0 every ::1 using (names = names . "\"" . strcol(2) . strcol(3) . "\" ", 0) nooutput
do for [k = 0:kernels - 1] {
	stats data index 1 every ::1 using ($2 == k ? place($1, $2) : NaN) name "HEAD" nooutput
	heads = heads . sprintf(" %g", (HEAD_min + HEAD_max) / 2)
}

unset border
unset key
set tics scale 0
set style fill solid 1 noborder
set logscale cb
set cbrange [lowest : highest]
set cblabel ARG6 noenhanced
set format cb "%g"
set xrange [-0.5 : across - 0.5]
# The first row is on top.
set yrange [rows - 0.5 : -0.5]

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,13" noenhanced name "unpin" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set label 1 ARG3 at screen 0.015, screen 1 - 28.0 / high left font ",16" noenhanced
	set label 2 ARG4 at screen 0.015, screen 1 - 60.0 / high left font ",11" textcolor "#444444" noenhanced
	set lmargin at screen left * 1.0 / wide
	set rmargin at screen right * 1.0 / wide
	set tmargin at screen 1 - 160.0 / high
	set bmargin at screen 70.0 / high
	set colorbox user origin screen (right + 24.0) / wide, screen 70.0 / high size screen 18.0 / wide, screen 1 - 230.0 / high
	do for [k = 1:kernels] {
		set label 2 + k word(names, k) at first (word(heads, k) + 0), graph 1 offset 0, 0.8 center font ",12" noenhanced
	}
	plot data index 3 every ::1 using (place($1, $2)):3:(0.48):(0.46) with boxxyerror fillcolor rgb "#eeeeee" notitle, \
		data index 3 every ::1 using (place($1, $2)):3:(0.48):(0.46):4 with boxxyerror fillcolor palette notitle, \
		data index 3 every ::1 using (place($1, $2)):3:(digits($4)):(dark($4) ? 0xffffff : 0x000000) with labels \
			font ",11" textcolor rgb variable notitle, \
		data index 1 every ::1 using (place($1, $2)):(rows - 0.5):xtic(lines(strcol(3))) with points pointtype -1 notitle, \
		data index 2 every ::1 using (0):1:ytic(strcol(2)) with points pointtype -1 notitle
	unset output
}
