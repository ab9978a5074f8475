# SPDX-License-Identifier: GPL-2.0-or-later
# Where the cache lines of a page come from, by kernel and series (map, ...); for 'daxpin report'.
#
#   gnuplot -d -c misses.gp BASE DATA TITLE SUBTITLE "SERIES KERNELS LAYERS HIGH" GET PUT
#
# writes BASE.svg and BASE.png. DATA, tab separated: block 0 has the kernels (x, name, n, release); blocks 1
# (get) and 2 (put) have a row per bar: kernel, series, name of the series, then its layers from below, each
# under its title.

base = ARG1
data = ARG2
series = int(word(ARG5, 1))
kernels = int(word(ARG5, 2))
layers = int(word(ARG5, 3))
high = word(ARG5, 4) + 0

width = 0.8 / series
place(kernel, s) = kernel + (s - (series - 1) / 2.0) * width
bars = series * kernels
crowded = bars > 14
many = kernels > 6
# One series is named in the title.
named = series > 1
pixels = bars > 8 ? 1800 : 1200

set encoding utf8
set datafile separator tab
set datafile missing "NaN"

# Caches are grey, DRAM is blue, pmem is red (Okabe and Ito), paler where the prefetcher was in time; what
# goes back is hatched. Pattern 3 is solid.
array colours[8] = ["#dddddd", "#a6a6a6", "#9ccbe8", "#0072b2", "#f6c19b", "#d55e00", "#0072b2", "#d55e00"]
array patterns[8] = [3, 3, 3, 3, 3, 3, 4, 4]


set boxwidth width * 0.9
set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0
set format y "%g"
set grid ytics back linecolor "#dddddd" linewidth 1 linetype 1
set xrange [-0.6 : kernels - 0.4]
set yrange [0 : high]

# Of the layers from the lowest to this one.
height(layer) = (sum [i = 1:layer] column(3 + i))
digits(v) = v < 0.1 ? sprintf("%.2g", v) : v < 1 ? sprintf("%.3f", v) : v < 100 ? sprintf("%.2f", v) : sprintf("%.0f", v)
# Of Debian releases the part that tells them apart.
short(release) = strstrt(release, "-amd64") ? release[1:strstrt(release, "-amd64") - 1] : release
gap = named ? "\n" : ""
tick(name, n, release) = many ? name . ", " . n : gap . name . "\n" . n . "\n" . short(release)

if (many) {
	set xtics rotate by 25 right font ",9"
	if (named) { set xtics offset 0, -1 }
}

do for [format in "svg png"] {
	if (format eq "svg") {
		set terminal svg size pixels, 660 font "DejaVu Sans,13" noenhanced name "misses" background rgb "white"
	} else {
		set terminal pngcairo size pixels, 660 font "DejaVu Sans,10" noenhanced background rgb "white"
	}
	set output base . "." . format
	set multiplot
	set label 1 ARG3 at screen 0.015, screen 0.965 left font ",16" noenhanced
	set label 2 ARG4 at screen 0.015, screen 0.92 left font ",11" textcolor "#444444" noenhanced
	set tmargin at screen 0.72
	set bmargin at screen (many ? 0.22 : 0.17)

	do for [panel = 0:1] {
		set lmargin at screen 0.06 + 0.5 * panel
		set rmargin at screen 0.49 + 0.495 * panel
		set title (panel ? ARG7 : ARG6) font ",12" noenhanced
		set ylabel panel ? "" : "cache lines per page" noenhanced
		if (panel) { unset key } else {
			set key at screen 0.975, screen 0.935 right top vertical Left reverse noenhanced samplen 1.5 maxrows 4 width -3
		}
		plot for [l = layers:1:-1] data index 1 + panel using (place($1, $2)):(height(l)) with boxes \
				fillstyle pattern patterns[l] border linecolor rgb colours[l] fillcolor rgb colours[l] notitle, \
			for [l = 1:layers] data index 1 + panel using (-9):(column(3 + l)) with boxes \
				fillstyle pattern patterns[l] border linecolor rgb colours[l] fillcolor rgb colours[l] \
				title columnheader(3 + l), \
			data index 1 + panel using (place($1, $2)):(height(layers)):(digits(height(layers))) with labels \
				offset 0, 0.6 font (crowded ? ",7" : ",9") notitle, \
			data index 1 + panel using (place($1, $2)):(0):(named ? stringcolumn(3) : "") with labels \
				offset 0, -0.7 font (crowded ? ",7" : ",9") textcolor "#444444" notitle, \
			data index 0 using 1:(0):xtic(tick(stringcolumn(2), stringcolumn(3), stringcolumn(4))) \
				with points pointtype -1 notitle
		unset label 1
		unset label 2
	}
	unset multiplot
	unset output
}
