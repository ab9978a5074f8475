# SPDX-License-Identifier: GPL-2.0-or-later
# Published times beside ours, four bars for each row, on a log scale; for 'daxpin report'.
#
#   gnuplot -d -c published.gp BASE DATA TITLE SUBTITLE "ROWS..." PANEL...
#
# writes BASE.svg and BASE.png. ROWS: how many rows of the data each panel has, PANEL (at most four): its
# title. DATA, tab separated: label (| ends a line), then ns per page: published before, ours before,
# published after, ours after; NaN: not measured.

base = ARG1
data = ARG2
panels = words(ARG5)
heading(p) = p == 0 ? ARG6 : p == 1 ? ARG7 : p == 2 ? ARG8 : ARG9
slots = 1
do for [p = 1:panels] {
	if (int(word(ARG5, p)) > slots) { slots = int(word(ARG5, p)) }
}

wide = 130 + 190 * (slots < 4 ? 4 : slots)
high = 110 + 380 * panels
head = 110.0 / high

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Okabe and Ito. A figure of a paper is full, ours is pale with a line around it.
array colours[4] = ["#0072b2", "#9ccbe8", "#d55e00", "#f6c19b"]
array edges[4] = ["#0072b2", "#0072b2", "#d55e00", "#d55e00"]
array names[4] = ["published, before", "ours, before", "published, after", "ours, after"]

# All panels have the same scale.
low = 1e9
top = 0
do for [b = 1:4] {
	stats data using (column(b + 1)) every ::1 nooutput name "S"
	if (S_records > 0) {
		if (S_min < low) { low = S_min }
		if (S_max > top) { top = S_max }
	}
}
low = 10 ** floor(log10(low) - 0.05)
top = top * 2.2

set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0
set format y "%g"
set logscale y
set yrange [low : top]
set grid ytics linecolor "#dddddd" linewidth 1 linetype 1
width = 0.2
left(b) = -0.4 + (b - 1) * width + (b > 2 ? 0.02 : -0.02)
digits(v) = v < 10 ? sprintf("%.2f", v) : v < 100 ? sprintf("%.1f", v) : sprintf("%.0f", v)

# "a|b|c" on three lines
lines(s) = strstrt(s, "|") == 0 ? s : s[1:strstrt(s, "|") - 1] . "\n" . lines(s[strstrt(s, "|") + 1:*])

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size wide, high font "DejaVu Sans,13" noenhanced name "published" background rgb "white"
	} else {
		set terminal pngcairo size wide, high font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.015, screen 1 - head * 0.24 left font ",16" noenhanced
	set label 2 ARG4 at screen 0.015, screen 1 - head * 0.52 left font ",11" textcolor "#444444" noenhanced
	set key at screen 80.0 / wide, screen 1 - head * 0.80 left top horizontal Left reverse maxrows 1 samplen 2 noenhanced
	set ylabel "ns per page"
	cell = (1 - head) / panels
	first = 1
	do for [p = 0:panels - 1] {
		last = first + int(word(ARG5, p + 1)) - 1
		set lmargin at screen 80.0 / wide
		set rmargin at screen (80.0 + (wide - 98.0) * (last - first + 1) / slots) / wide
		set tmargin at screen 1 - head - p * cell - 36.0 / high
		set bmargin at screen 1 - head - (p + 1) * cell + 72.0 / high
		set label 3 heading(p) at graph 0, graph 1.06 left font ",12" noenhanced
		set xrange [-0.55 : last - first + 0.55]
		plot for [b = 1:4] data every ::first::last \
				using ($0 + left(b) + width / 2):(column(b + 1)):($0 + left(b)):($0 + left(b) + width):(low):(column(b + 1)) \
				with boxxyerror fillstyle solid 1 border rgb edges[b] linecolor rgb colours[b] linewidth 1.2 \
				title (p == 0 ? names[b] : ""), \
			for [b = 1:4] data every ::first::last \
				using ($0 + left(b) + width / 2):(column(b + 1)):(digits(column(b + 1))) with labels \
				offset 0, 0.6 font ",9" textcolor rgb "#222222" notitle, \
			data every ::first::last using 0:(low):xtic(lines(strcol(1))) with points pointtype -1 notitle
		first = last + 1
		unset label 1
		unset label 2
		unset key
	}
	unset multiplot
	unset output
}
