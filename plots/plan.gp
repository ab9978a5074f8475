# SPDX-License-Identifier: GPL-2.0-or-later
# DRAM against capacity, a panel per kernel, a colour per align, a dash per map; for 'daxpin plan'.
#
#   gnuplot -d -c plan.gp BASE DATA TITLE SUBTITLE FRAME KERNELS DRAMS
#
# writes BASE.svg. FRAME: "KERNELS ALIGNS MAPS LEFT RIGHT LOW HIGH", the ends of both axes in bytes. KERNELS: their names,
# quoted. DRAMS: sizes of the machine's DRAM, in bytes. DATA, tab separated: block 0 has the aligns (number, name), block 1
# the maps; then a block for each kernel, in it each map, in it each align (bytes of memory, bytes of DRAM).

base = ARG1
data = ARG2
kernels = int(word(ARG5, 1))
aligns = int(word(ARG5, 2))
maps = int(word(ARG5, 3))
per_kernel = aligns * maps
dram(d) = word(ARG7, d) + 0
low = word(ARG5, 6) + 0
high = word(ARG5, 7) + 0

wide = 330 * (kernels < 2 ? 2 : kernels) + 190
tall = 470
head = 76.0 / tall
key_share = 175.0 / wide

set encoding utf8
set datafile separator tab
array colours[3] = ["#0072b2", "#d55e00", "#009e73"]
colour(a) = colours[1 + a % 3]
dash(m) = m ? 3 : 1

align_names = ""
map_names = ""
stats data index 0 every ::1 using (align_names = align_names . "\"" . strcol(2) . "\" ", 0) nooutput
stats data index 1 every ::1 using (map_names = map_names . "\"" . strcol(2) . "\" ", 0) nooutput

set border 3 linecolor "#444444"
set tics nomirror
set xtics scale 0.5
set grid linecolor "#dddddd" linewidth 1 linetype 1
set logscale xy 2
set xrange [word(ARG5, 4) + 0 : word(ARG5, 5) + 0]
set yrange [low : high]
unit(b) = b < 2.0 ** 20 ? sprintf("%gK", b / 2.0 ** 10) : b < 2.0 ** 30 ? sprintf("%gM", b / 2.0 ** 20) : \
	b < 2.0 ** 40 ? sprintf("%gG", b / 2.0 ** 30) : sprintf("%gT", b / 2.0 ** 40)
set xtics ()
set ytics ()
do for [e = 12:52] {
	if (e % 2 == 0) { set xtics add (unit(2.0 ** e) 2.0 ** e) }
	if (e % 3 == 0) { set ytics add (unit(2.0 ** e) 2.0 ** e) }
}

set terminal svg size wide, tall font "DejaVu Sans,13" noenhanced name "plan" background rgb "white"
set output base . ".svg"
set multiplot
set label 1 ARG3 at screen 0.012, screen 1 - 26.0 / tall left font ",16" noenhanced
set label 2 ARG4 at screen 0.012, screen 1 - 52.0 / tall left font ",11" textcolor "#444444" noenhanced
set key at screen 1 - key_share, screen 1 - head - 0.05 left top Left reverse noenhanced samplen 3 spacing 1.2
cell = (1 - key_share - 0.01) / kernels

do for [k = 0:kernels - 1] {
	set lmargin at screen 0.01 + k * cell + 62.0 / wide
	set rmargin at screen 0.01 + (k + 1) * cell - 14.0 / wide
	set tmargin at screen 1 - head - 30.0 / tall
	set bmargin at screen 58.0 / tall
	set title word(ARG6, k + 1) font ",12" noenhanced
	set xlabel "memory" noenhanced
	set ylabel (k ? "" : "DRAM") noenhanced
	first = 2 + k * per_kernel
	plot for [m = 0:maps - 1] for [a = 0:aligns - 1] data index first + m * aligns + a using 1:2 with lines \
			linewidth 2.5 dashtype dash(m) linecolor rgb colour(a) notitle, \
		for [d = 1:words(ARG7)] dram(d) with lines linewidth 1.5 dashtype 2 linecolor rgb "#444444" notitle, \
		for [a = 0:(k ? -1 : aligns - 1)] keyentry with lines linewidth 4 linecolor rgb colour(a) \
			title "align " . word(align_names, a + 1), \
		for [m = 0:(k ? -1 : maps - 1)] keyentry with lines linewidth 2.5 dashtype dash(m) linecolor rgb "#444444" \
			title "map=" . word(map_names, m + 1), \
		for [d = 1:(k ? 0 : words(ARG7))] keyentry with lines linewidth 1.5 dashtype 2 linecolor rgb "#444444" \
			title "DRAM: " . unit(dram(d))
	unset label 1
	unset label 2
	unset key
}
unset multiplot
unset output
