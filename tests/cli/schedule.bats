#!/usr/bin/env bats
# qfzz-schedule: dayparts of a day and a week.

bats_require_minimum_version 1.5.0
load common

# ten tracks of 20 to 29 s by five artists, two of 7 s that are jingles
setup_file() {
	export LIBRARY=$BATS_FILE_TMPDIR
	load common
	BATS_TEST_TMPDIR=$LIBRARY setup
	for i in 0 1 2 3 4 5 6 7 8 9; do silence "$M/$i.flac" $((20 + i)) TITLE="T$i" ARTIST="Artist $((i % 5))" GENRE=Rock; done
	silence "$M/j1.flac" 7 TITLE=J1 GENRE=Jingle
	silence "$M/j2.flac" 7 TITLE=J2 GENRE=Jingle
	qfzz ingest -q "$M"
}

setup() {
	export QFZZ_CATALOG=$LIBRARY/catalog.db SOURCE_DATE_EPOCH=1700000000 # 2023-11-14, a Tuesday
	cd "$BATS_TEST_TMPDIR"
}

# daypart NAME DAYS HOURS QUERY ROTATION GAP JINGLES EVERY LUFS: a line of the table
daypart() { (IFS=$'\t'; echo "$*") >> table.tsv; }
schedule() { qfzz-schedule --dayparts table.tsv --tz +01:00 "$@"; }

@test "one after the other, no silence, and the end is exact" {
	daypart test daily 06:00-06:05 genre:rock query 0 - - -
	run -0 --separate-stderr schedule
	[ -z "$stderr" ]
	valid <<< "$output"
	[ "$(jq -r '.schedule.at' <<< "${lines[0]}")" = 2023-11-14T06:00:00.000+01:00 ]
	[ "$(jq -r '.schedule.daypart, .schedule.kind' <<< "${lines[0]}" | xargs)" = 'test track' ]
	# each begins where the one before ends
	[ "$(jq -s 'map(.duration_ms) | add' <<< "$output")" = 300000 ]
	seconds() { jq -r .schedule.at <<< "$output" | date -f - +%s; }
	paste -d ' ' <(seconds | head -n -1) <(seconds | tail -n +2) <(jq .duration_ms <<< "$output" | head -n -1) |
		awk '$2 - $1 != $3 / 1000 { exit 1 }'
	# in the order of the query: all ten come round before one comes back
	[ "$(jq -r .title <<< "$output" | head -n 8 | tr '\n' ' ')" = 'T0 T1 T2 T3 T4 T5 T6 T7 ' ]
}

@test "jingles open and come again, in turns" {
	daypart test daily 06:00-06:10 genre:rock query 0 genre:jingle 1 -
	run -0 --separate-stderr schedule
	[ "$(jq -r 'select(.schedule.kind == "jingle") | .title' <<< "$output" | head -n 4 | tr '\n' ' ')" = 'J1 J2 J1 J2 ' ]
	[ "$(jq -r .title <<< "${lines[0]}")" = J1 ]
	# 7 + 20 + 21 + 22 s: the first after more than a minute behind the first jingle
	[ "$(jq -r '[.title, .schedule.at[14:23]] | join(" ")' <<< "${lines[4]}")" = 'J2 01:10.000' ]
	[ "$(jq -s 'map(.duration_ms) | add' <<< "$output")" = 600000 ]
	# of a part of the library: neither the track nor the jingle that is left out
	run -0 --separate-stderr schedule --where '-title:(J1, T0)'
	[ "$(jq -r .title <<< "$output" | sort -u | head -n 3 | xargs)" = 'J2 T1 T2' ]
	run -2 schedule --where tempo:fast
}

@test "days, dates and the clock" {
	daypart work mon-fri 06:00-06:01 genre:rock shuffle 0 - - -
	daypart free sat,sun 23:59-00:01 genre:rock shuffle 0 - - -
	run -0 --separate-stderr schedule --date 2026-11-20 --days 3 --tz Europe/Berlin # from a Friday on
	[ "$(jq -r '.schedule.daypart + " " + .schedule.at[0:10]' <<< "$output" | uniq | sort -u | tr '\n' ',')" = \
		'free 2026-11-21,free 2026-11-22,free 2026-11-23,work 2026-11-20,' ]
	[ "$(jq -r '.schedule.at[23:]' <<< "$output" | sort -u)" = +01:00 ]
	run -0 --separate-stderr schedule --date 2026-07-01 --tz Europe/Berlin
	[ "$(jq -r '.schedule.at' <<< "${lines[0]}")" = 2026-07-01T06:00:00.000+02:00 ]
	run -2 schedule --date yesterday
	[[ $output == *"'yesterday' is no date like 2026-11-21"* ]]
}

@test "another day or seed is another shuffle, the same ones the same" {
	daypart test daily 06:00-06:05 genre:rock shuffle 0 - - -
	[ "$(schedule --date 2026-11-20)" = "$(schedule --date 2026-11-20)" ]
	[ "$(schedule --date 2026-11-20 | jq -r .title)" != "$(schedule --date 2026-11-21 | jq -r .title)" ]
	[ "$(schedule --seed 2 | jq -r .title)" != "$(schedule --seed 3 | jq -r .title)" ]
}

@test "an artist keeps away, and where that cannot be it is said" {
	daypart test daily 06:00-06:05 genre:rock query 0.5 - - -
	run -0 --separate-stderr schedule
	[ -z "$stderr" ]
	! grep -q too_soon <<< "$output" || false
	rm table.tsv
	daypart test daily 06:00-06:05 'artist:"artist 1"' query 60 - - -
	run -0 --separate-stderr schedule
	[[ $stderr == *"test of 2023-11-14: "*" times an artist comes again within 60 min: it has too few"* ]]
	[ "$(jq -r 'select(.schedule.too_soon | not) | .title' <<< "$output")" = T1 ]
	valid <<< "$output"
}

@test "what cannot be exact is told, and the next daypart makes up for it" {
	daypart one daily 06:00-06:01 title:=T0 query 0 - - -
	daypart two daily 06:01-06:03 genre:rock query 0 - - -
	run -0 --separate-stderr schedule
	[ -z "$stderr" ] # three times 20 s
	rm table.tsv
	daypart one daily 06:00-06:01 title:=T9 query 0 - - -
	daypart two daily 06:01-06:03 genre:rock query 0 - - -
	run -0 --separate-stderr schedule
	[[ $stderr == *"one of 2023-11-14 ends 2.0 s early: no lengths fit better"* ]] # twice 29 s
	[ "$(jq -s 'map(.duration_ms) | add' <<< "$output")" = 180000 ]
}

@test "only what comes in is played, by its score, and its reason is in the note" {
	daypart test daily 06:00-06:02 '*' score 0 - - -
	rows() { qfzz query 'genre:rock' | jq -c 'select(.track % 2 == 1) | .recommend = {score: (.track / 10), why: ["you like it"]} | .own = 1.50'; }
	rows > rows
	run -0 --separate-stderr schedule - < rows
	[ "$(jq -r '.track % 2' <<< "$output" | sort -u)" = 1 ]
	[ "$(jq -r .track <<< "${lines[0]}")" = "$(jq -r .track rows | sort -n | tail -n 1)" ]
	[[ "$(jq -r .schedule.note <<< "${lines[0]}")" == *'by Artist '*': you like it.'* ]]
	jq -e '.own == 1.5' <<< "${lines[0]}" > /dev/null
	run -2 schedule
	[[ $output == *"test: its rotation is by score: rows with scores are wanted"* ]]
	run -1 --separate-stderr schedule - < <(echo '{"type":"track.v1","path":"/nowhere.flac"}'; cat rows)
	[[ $stderr == *"line 1: /nowhere.flac: not in the catalog"* ]]
}

@test "a wrong table is told by file, line and cell; a wrong query by its daypart" {
	daypart test daily 6-10 '*' query 0 - - -
	run -2 schedule
	[[ $output == *"table.tsv: line 1: hours '6-10': wanted is something like 06:00-10:00"* ]]
	rm table.tsv
	daypart test daily 06:00-10:00 'tempo:fast' query 0 - - -
	run -2 schedule
	[[ $output == *"test: "*tempo* ]]
	run -3 qfzz-schedule --dayparts nothing.tsv
	: > table.tsv
	run -2 schedule
	[[ $output == *"table.tsv: no daypart stands in it"* ]]
}

@test "a daypart that nothing fits is named, and the others are there" {
	daypart empty daily 05:00-06:00 artist:nobody query 0 - - -
	daypart test daily 06:00-06:05 genre:rock query 0 - - -
	run -1 --separate-stderr schedule
	[[ $stderr == *"empty of 2023-11-14: nothing to play"* ]]
	[ "$(jq -s 'map(.duration_ms) | add' <<< "$output")" = 300000 ]
}

@test "loudness: the gain to the daypart's, as far as the true peak allows" {
	tone "$BATS_TEST_TMPDIR/tone.flac" 1000 title=Tone artist=A genre=Tone
	export QFZZ_CATALOG=$BATS_TEST_TMPDIR/own.db
	qfzz ingest -q "$BATS_TEST_TMPDIR"
	qfzz features -q
	daypart test daily 06:00-06:01 '*' query 0 - - -30
	row=$(schedule | head -n 1)
	# ffmpeg's sine has an amplitude of 1/8
	[ "$(jq '(.features.loudness_lufs + .schedule.gain_db + 30 | fabs) < 0.011' <<< "$row")" = true ]
	[[ "$(jq -r .schedule.note <<< "$row")" == '"Tone" by A: its turn in test.'* ]]
	# liquidsoap is told of it, and what it was told is read back
	gain=$(jq .schedule.gain_db <<< "$row")
	qfzz-playlist --profile liquidsoap -o today.m3u - <<< "$row"
	[ "$(tail -n 1 today.m3u)" = "$(printf 'annotate:liq_amplify="%.2f dB":%s' "$gain" "$BATS_TEST_TMPDIR/tone.flac")" ]
	[ "$(qfzz-playlist --read today.m3u | jq -r .path)" = "$BATS_TEST_TMPDIR/tone.flac" ]
	# a loud click in a soft tone
	ffmpeg -nostdin -v error -y -f lavfi -i "aevalsrc=if(lt(t\,0.01)\,0.9\,0.02)*sin(2000*PI*t):s=44100:d=2" "$BATS_TEST_TMPDIR/tone.flac"
	qfzz ingest -q
	qfzz features -q
	row=$(schedule | head -n 1)
	[ "$(jq '(.features.true_peak_dbtp + .schedule.gain_db + 1 | fabs) < 0.011' <<< "$row")" = true ]
	[ "$(jq '(.features.loudness_lufs + .schedule.gain_db + .schedule.missing_db + 30 | fabs) < 0.011' <<< "$row")" = true ]
}

@test "the table that is built in can be printed and used, and examples work" {
	qfzz schedule --print-dayparts > table.tsv
	[ "$(schedule --date 2026-11-20 2>/dev/null)" = "$(qfzz schedule --tz +01:00 --date 2026-11-20 2>/dev/null)" ]
	qfzz schedule --print-dayparts | cmp - "$BATS_TEST_DIRNAME/../../datasets/dayparts.tsv"
	for f in "$BATS_TEST_DIRNAME"/../../datasets/clients/*; do
		name=${f##*/}
		qfzz schedule --print-client "${name%.*}" | cmp - "$f"
	done
	run -2 qfzz schedule --print-client vlc
}
