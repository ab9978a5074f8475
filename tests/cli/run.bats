#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands list, run and gup-test where there is neither a module nor a dax device.

setup() {
	DAXPIN=${DAXPIN:-build/daxpin}
	T=$BATS_TEST_TMPDIR
	printf '[test]\nmemory = anon\nsize = 1M\n' >"$T/job.ini"
}

# refused STATUS TEXT COMMAND...: exit status, nothing on stdout, TEXT on stderr
refused() {
	local status=0 wanted=$1 text=$2
	shift 2
	"$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
	cat "$T/err"
	[ "$status" = "$wanted" ] && [ ! -s "$T/out" ] && grep -q -- "$text" "$T/err"
}

@test "no command: usage on stderr, exit 2" { refused 2 'Usage: daxpin COMMAND' "$DAXPIN"; }
@test "unknown command: one line, exit 2" {
	refused 2 "unknown command 'rum'" "$DAXPIN" rum
	[ "$(wc -l <"$T/err")" = 1 ]
}
@test "help goes to stdout, exit 0" {
	"$DAXPIN" --help | grep -q '^  gup-test'
	for command in list run bind gup-test merge report; do "$DAXPIN" $command --help | grep -q '^Usage: daxpin'; done
}
@test "version" { "$DAXPIN" --version | grep -q '^daxpin '; }
@test "unknown option: exit 2" { refused 2 "unrecognized option '--nope'" "$DAXPIN" run --nope "$T/job.ini"; }
@test "run without a job: exit 2" { refused 2 'no job file' "$DAXPIN" run; }
@test "run: job file that is not there" { refused 2 "$T/none.ini: No such file" "$DAXPIN" run "$T/none.ini"; }
@test "run: a directory as job file" { refused 2 "$T" "$DAXPIN" run "$T"; }

@test "run --dry-run prints the cells and touches nothing" {
	run "$DAXPIN" run --dry-run "$T/job.ini" -s size=1M:*2:4M -s get=fast,slow -o "$T/out.csv"
	[ "$status" = 0 ] && [ "${#lines[@]}" = 6 ] && [ ! -e "$T/out.csv" ]
	[[ ${lines[5]} = '6 [test] gup anon slow/pages write size=4M batch=512 threads=1'* ]]
}
@test "run --help-job lists every key with its default" {
	"$DAXPIN" run --help-job >"$T/keys"
	for key in engine memory device map align offset size get put write batch put_batch threads range repetitions warmup \
		max_sample_rows; do grep -q "^$key " "$T/keys"; done
	[ "$(grep -c ' default ' "$T/keys")" = 25 ]
}

@test "run: the module is not loaded: one line that says what to do, nothing left behind" {
	[ ! -e /dev/daxpin ] || skip 'the module is loaded'
	refused 2 "/dev/daxpin: the module is not loaded" "$DAXPIN" run -q "$T/job.ini" -o "$T/out.csv"
	[ "$(wc -l <"$T/err")" = 1 ] && [ ! -e "$T/out.csv" ] && [ ! -e "$T/out.env.json" ]
}
@test "run: an existing file is not replaced without --force" {
	echo precious >"$T/out.csv"
	refused 2 'File exists; --force' "$DAXPIN" run -q "$T/job.ini" -o "$T/out.csv"
	[ "$(cat "$T/out.csv")" = precious ]
}
@test "run: what this kernel lacks is skipped with a reason, and is no success" {
	[ ! -e /sys/kernel/debug/gup_test ] || skip 'this kernel has gup_test'
	refused 2 'no cell of the job can be measured' "$DAXPIN" run -q "$T/job.ini" -s engine=gup_test -o "$T/out.csv"
	grep -q ',cell,.*,skip,"\?this kernel has no gup_test' "$T/out.csv"
	grep -q '"platform"' "$T/out.env.json"
}
@test "run: output that cannot be written" {
	[ ! -e /sys/kernel/debug/gup_test ] || skip 'this kernel has gup_test'
	refused 2 'No space left on device' "$DAXPIN" run -q "$T/job.ini" -s engine=gup_test -o /dev/full
	refused 2 'No such file or directory' "$DAXPIN" run -q "$T/job.ini" -o "$T/no/such/out.csv"
}
# What names the machine is written whatever becomes of the cells.
named() { env "$@" "$DAXPIN" run -q "$T/job.ini" -s engine=gup_test --force -o "$T/out.csv" || [ $? = 2 ]; }
@test "run: the environment names the machine, as DAXPIN_HOST says or not at all" {
	[ ! -e /sys/kernel/debug/gup_test ] || skip 'this kernel has gup_test'
	named -u DAXPIN_HOST && [ "$(jq -r '.[].host' "$T/out.env.json")" = "$(uname -n)" ]
	named DAXPIN_HOST='lab "1", ü' && [ "$(jq -r '.[].host' "$T/out.env.json")" = 'lab "1", ü' ]
	named DAXPIN_HOST= && [ "$(jq '.[] | has("host"), .host' "$T/out.env.json" | paste -sd' ')" = 'true null' ]
	rm "$T/out.csv"
	for name in $'a\nb' $'\xff'; do
		refused 2 'the name of this machine is not UTF-8' env DAXPIN_HOST="$name" "$DAXPIN" run -q "$T/job.ini" -o "$T/out.csv"
		[ ! -e "$T/out.csv" ]
	done
}
@test "list: without devices says how to make one; csv and json are empty but valid" {
	[ -z "$(ls /sys/bus/dax/devices 2>/dev/null)" ] || skip 'there are dax devices'
	run "$DAXPIN" list
	[ "$status" = 0 ] && [[ $output = 'no dax devices'* ]]
	[ "$("$DAXPIN" list --format=csv | wc -l)" = 1 ]
	[ "$("$DAXPIN" list --format=json)" = '[]' ]
	refused 2 'must be table, csv or json' "$DAXPIN" list --format=xml
}
@test "bind: not without consent outside of the VM, and that is said first" {
	refused 2 'say --yes if you mean it' "$DAXPIN" bind dax0.0 -o "$T/out.csv"
	[ "$(wc -l <"$T/err")" = 1 ] && [ ! -e "$T/out.csv" ]
	refused 2 'say --yes if you mean it' "$DAXPIN" run -q "$T/job.ini" -s memory=dax -s engine=bind -o "$T/out.csv"
	[ "$(wc -l <"$T/err")" = 1 ] && [ ! -e "$T/out.csv" ]
}
@test "bind: a device that is not there, wrong usage" {
	refused 2 "dax999.9: no such dax device; 'daxpin list'" "$DAXPIN" bind dax999.9 --yes
	refused 2 "/dev/null: no such dax device" "$DAXPIN" bind /dev/null --yes
	refused 2 'which device' "$DAXPIN" bind --yes
	refused 2 'one device only' "$DAXPIN" bind --yes dax0.0 dax1.0
	refused 2 'repetitions=0: must be 1 to' "$DAXPIN" bind -r 0 dax0.0
	refused 2 'repetitions=x: must be 1 to' "$DAXPIN" bind -r x dax0.0
}
@test "run --dry-run: bring-up has a cell for each device, and needs no consent" {
	run "$DAXPIN" run --dry-run "$T/job.ini" -s memory=dax -s engine=bind -s align=2M,1G -s get=fast,slow
	[ "$status" = 0 ] && [ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} = '2 [test] bind dax align=1G warmup=1 repetitions=5'* ]]
	"$DAXPIN" run --dry-run "$T/job.ini" -s memory=dax -s engine=bind -s split=1 | grep -q '^1 \[test\] bind dax split warmup'
	refused 2 'split = 2: must be 0 to 1' "$DAXPIN" run --dry-run "$T/job.ini" -s split=2
	refused 2 'engine bind goes with memory dax' "$DAXPIN" run --dry-run "$T/job.ini" -s engine=bind
}
@test "the jobs of the project are jobs" {
	local job
	for job in "$BATS_TEST_DIRNAME"/../../configs/jobs/*.ini; do "$DAXPIN" run --dry-run "$job" | grep -q '^1 \['; done
}
@test "gup-test: wrong flags" {
	refused 2 '-n 0: a call has to ask' "$DAXPIN" gup-test -n 0
	refused 2 '-m x: must be a number' "$DAXPIN" gup-test -m x
	refused 2 '-F 0x4: only FOLL_WRITE' "$DAXPIN" gup-test -a -F 0x4
	refused 2 'goes with -a' "$DAXPIN" gup-test -u -F 0x100
	refused 2 "unexpected argument 'x'" "$DAXPIN" gup-test x
}
