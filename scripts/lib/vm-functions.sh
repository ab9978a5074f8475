# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Which functions were executed in regions: the plugin's addresses and the guest's symbols. Sourced by scripts/vm.

# text_symbols KALLSYMS: ADDRESS 0 DSO SYMBOL of each function, by address. Of several names of an address the last one is that
# with the fewest underscores in front, of these the first one of the alphabet.
text_symbols() {
	awk '$2 ~ /^[tTwW]$/ {
		match($3, /^_*/)
		printf "%s 0 %s %s %02d\n", $1, $4 == "" ? "[kernel]" : $4, $3, 99 - RLENGTH
	}' "$1" | LC_ALL=C sort -k1,1 -k5,5n -k4,4r
}

# by_function KALLSYMS ADDRESSES: TAG CPU OP DSO SYMBOL CALLS INSTRUCTIONS. Addresses have 16 hexadecimal digits in both files, so that
# sort puts them behind their symbol. A call is an execution of the first instruction.
by_function() {
	{
		text_symbols "$1"
		awk -F, 'NR > 1 { print $4, 1, $1, $2, $3, $5 }' "$2"
	} | LC_ALL=C sort -s -k1,2 | awk '
		BEGIN { dso = symbol = "[unknown]"; start = "none" }
		$2 == 0 { start = $1; dso = $3; symbol = $4; next }
		{ key = $3 " " $4 " " $5 " " ($1 ~ /^0+$/ ? "[user] [user]" : dso " " symbol); n[key] += $6; calls[key] += $1 == start ? $6 : 0 }
		END { for (key in n) printf "%s %.0f %.0f\n", key, calls[key], n[key] }'
}

# write_functions DIR: functions.csv, of what the plugin and the guest have left in DIR/.vm
write_functions() {
	local dir=$1
	if [ ! -s "$dir/.vm/addresses.csv" ]; then
		log 'no functions.csv: nothing was counted'
	elif ! grep -qsm 1 '[1-9a-f].* [tT] ' "$dir/.vm/kallsyms"; then
		log 'no functions.csv: the guest has not told its symbols (/proc/kallsyms)'
	else
		{
			echo 'tag,cpu,op,dso,symbol,calls,instructions'
			by_function "$dir/.vm/kallsyms" "$dir/.vm/addresses.csv" |
				LC_ALL=C sort -k1,1n -k2,2n -k3,3 -k7,7nr -k4,5 | tr ' ' ,
		} >"$dir/functions.csv"
	fi
}
