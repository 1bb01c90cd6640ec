#!/usr/bin/env bats
# qfzz station and station.mk: settings, a first run, one that does nothing, one for one new file. Tests of the station stand in the order of
# its days, for each goes on from what the one before it left.

bats_require_minimum_version 1.5.0
load common

# two datasets in folders of awkward names: music that nobody may copy, and three tones under CC0
setup_file() {
	export S=$BATS_FILE_TMPDIR/radio ODD="$BATS_FILE_TMPDIR/it's \$(touch executed) # ; \"x\" %s" PLAIN=$BATS_FILE_TMPDIR/plain
	load common
	mkdir -p "$ODD" "$PLAIN"
	for i in 1 2 3; do tone "$ODD/tone $i.flac" $((220 * i)) title="T$i" artist="A$i" genre=Rock license=CC0-1.0; done
	tone "$PLAIN/p1.flac" 700 title=P1 artist=B1
	echo "this is no music" > "$PLAIN/bad.flac"
	for i in 1 2 3 4; do printf '{"user":"me","t":%d,"action":"play","artist":"A1","title":"T1"}\n' $((1699000000 + 9000 * i)); done > "$BATS_FILE_TMPDIR/history 1.ndjson"
	printf '{"user":"me","t":%d,"action":"play","artist":"B1","title":"P1"}\n' 1699001000 1699002000 >> "$BATS_FILE_TMPDIR/history 1.ndjson"
}

setup() { cd "$BATS_FILE_TMPDIR"; }

station() { (cd "$S" && make -f station.mk DAY=2023-11-15 "$@" 2>&1); }
# set_to KEY VALUE: of the first line with that key
set_to() { sed -i "0,/^$1 *=.*/s||$1 = $2|" "$S/station.conf"; }
cached() { cut -f 1,2 "$S/out/embedded/cache.tsv" | tail -n +2 | sort | paste -sd ' ' | tr '\t' ' '; }
modelled() { od -An -tu4 -j 8 -N 4 "$S/out/embedded/model.int8" | tr -d ' '; } # tracks in the device's model
titles() { grep -h '^#EXTINF' "$S/out/$1" | sed 's/.* - //' | sort | paste -sd ' '; }

@test "init writes settings with comments and station.mk, and never over what is there" {
	run -0 --separate-stderr qfzz station init radio "odd=$ODD" "plain.1=plain"
	[ -z "$output$stderr" ]
	grep -qxF "odd = $ODD" radio/station.conf
	grep -qxF "plain.1 = $PLAIN" radio/station.conf
	cmp radio/station.mk "$BATS_TEST_DIRNAME/../../datasets/station/station.mk"
	# every setting is told, with a comment
	awk -F '\t' '!/^#/ && $2 !~ /[-*]$/ { print $2 }' "$BATS_TEST_DIRNAME/../../datasets/station/settings.tsv" |
		while read -r key; do grep -B 1 "^$key =" radio/station.conf | grep -q '^; .'; done
	echo "# mine" >> radio/station.conf
	echo "# mine" >> radio/station.mk
	run -0 qfzz station init radio
	[[ $output == *'station.conf is there already, and stays as it is'* && $output == *'station.mk is there already'* ]]
	run -0 qfzz station check --conf radio/station.conf
	[[ $output == *'`qfzz station init --force` writes it anew'* ]]
	qfzz station init --force radio 2>/dev/null
	[ "$(tail -n 1 radio/station.conf)" = "# mine" ]
	cmp radio/station.mk "$BATS_TEST_DIRNAME/../../datasets/station/station.mk"
	run -2 qfzz station init other "a b=plain"
	[[ $output == *"'a b': wanted is a name"* ]]
	run -2 qfzz station init other plain
	[ ! -e other ]
}

@test "check names what is wrong, by line, and what is not there" {
	run -0 qfzz station check --conf radio/station.conf
	[[ $output == 'qfzz station: radio/station.conf: no history is told, so nothing is learned from listening' ]]
	cat > bad.conf <<-'X'
	[station]
	timezone = Europe/Berlim
	[datasets]
	a = /nowhere
	[descriptors]
	b = bad.conf
	[listening]
	history = gone.ndjson
	[gate]
	min-qualty = 0.5
	min-trust = 2
	[programme]
	dayparts = bad.conf
	taste = ana
	[delivery]
	devices = phone fridge
	X
	run -2 qfzz station check -c bad.conf
	has() { grep -qF "qfzz station: bad.conf:$1" <<<"$output" || { echo "not there: $1"; echo "$output"; false; }; }
	has " line 10: [gate] has no 'min-qualty'; did you mean 'min-quality' of [gate]?"
	has " line 11: min-trust = '2': wanted is a number from 0 to 1"
	has " line 6: 'b' is none of [datasets]"
	has " line 14: taste: 'ana' is none of the users of [listening]"
	has " line 16: devices: 'fridge' is not in datasets/devices.tsv"
	has " line 4: a: /nowhere: No such file or directory"
	has " line 8: history: $PWD/gone.ndjson: No such file or directory"
	has " line 13: dayparts: line 1: "
	has " line 2: timezone: 'Europe/Berlim' is not in the time-zone database"
	[ "${#lines[@]}" = 9 ]
	run -2 qfzz station settings -c bad.conf -o "$BATS_TEST_TMPDIR/x.mk"
	[ ! -e "$BATS_TEST_TMPDIR/x.mk" ]
	run -3 qfzz station check -c nothing.conf
	[ "$output" = 'qfzz station: nothing.conf is not there; `qfzz station init FOLDER` makes one' ]
}

@test "get prints values, paths absolute; no name of a file is in what make reads" {
	[ "$(qfzz station get -c radio/station.conf datasets.odd)" = "$ODD" ]
	[ "$(qfzz station get -c radio/station.conf station.catalog delivery.budget)" = "$S/catalog.db
10GB" ]
	[ -z "$(qfzz station get -c radio/station.conf listening.history)" ]
	run -2 qfzz station get -c radio/station.conf gate.nothing
	qfzz station settings -c radio/station.conf > settings.mk
	grep -qx 'datasets := odd plain.1' settings.mk
	run ! grep -F "$BATS_FILE_TMPDIR" settings.mk
	run ! grep -q ' no$' settings.mk
}

@test "the first run makes everything" {
	set_to history '../history 1.ndjson'
	set_to devices embedded
	set_to ladder opus
	set_to chain yes
	set_to edge yes
	set_to 6g yes
	set_to taste me
	set_to name "it's \\\$(touch executed)"
	printf 'all\tdaily\t06:00-06:01\t*\tscore\t0\ttitle:P1\t1\t-\n' > "$S/dayparts.tsv"
	set_to dayparts dayparts.tsv
	run station
	[ "$status" = 0 ] || { echo "$output"; false; }
	grep -q "bad.flac: " <<<"$output" # it costs itself alone, and is not told again
	for stage in 'scan: something changed' features events train 'gate: odd' 'gate: plain.1' trust encode 'list: new' 'list: me/for-you' \
		'programme: 2023-11-15' 'edge: embedded'; do grep -qxF "$stage" <<<"$output"; done
	[ "$(wc -l <<<"$output")" = "$(sort -u <<<"$output" | wc -l)" ] # each once
	[ "$(titles lists/new.m3u)" = 'P1 T1 T2 T3' ]
	grep -v '^#' "$S/out/lists/new.m3u" | (cd "$S/out/lists" && xargs -d '\n' ls) > /dev/null
	[ "$(titles lists/me/for-you.m3u)" = 'P1 T1 T2 T3' ]
	head -n 1 "$S/out/programme.tsv" | grep -q P1 # a jingle
	grep -v '^#' "$S/out/embedded/new.m3u" | (cd "$S/out/embedded" && xargs -d '\n' ls) > /dev/null
	[ "$(grep -c '\.opus$' "$S/out/embedded/new.m3u")" = 4 ] # it plays no FLAC
	[ "$(find "$S/out/renditions" -name '*.opus' | wc -l)" -ge 4 ]
	[ "$(sed -n 's/^#PLAYLIST://p' "$S/out/programme.m3u")" = "it's \$(touch executed)" ]
	[ "$(grep -vc '^#' "$S/out/programme.m3u")" = "$(wc -l < "$S/out/programme.tsv")" ]
	[ "$(grep -vc '^#' "$S/out/programme.m3u")" -ge 25 ] # a minute of two seconds each
	[ "$(cached)" = 'pin 2 pin 4' ] && [ "$(grep -c 'opus$' "$S/out/embedded/cache.tsv")" = 2 ] # those that were played
	[ "$(modelled)" = 4 ]
	"$BATS_TEST_DIRNAME/../../scripts/verify-chain.sh" "$S/out/trust/chain.ndjson"
	[ "$(grep -c '"action":"verification"' "$S/out/trust/chain.ndjson")" = 2 ]
	(cd "$ODD" && sha256sum --quiet -c "$S/out/trust/odd.sha256")
	[ -z "$(find . -name 'executed*')" ]
}

@test "the second run does nothing, and says so in one line; with -s in none" {
	touch mark
	[ "$(station)" = 'scan: nothing changed' ]
	[ -z "$(station -s -j4)" ]
	[ -z "$(find "$S" -newer mark -type f)" ]
}

@test "one new file: only its work is done" {
	before=$(cd "$S/out/renditions" && find . -type f | sort | xargs stat -c '%n %Y %i')
	tone "$ODD/tone 4.flac" 880 title=T4 artist=A4 genre=Rock license=CC0-1.0
	out=$(station)
	grep -qx features <<<"$out"
	run ! grep -qx events <<<"$out" # histories are as they were
	[ "$(cd "$S/out/renditions" && stat -c '%n %Y %i' $(cut -d ' ' -f 1 <<<"$before"))" = "$before" ]
	[ "$(head -n 1 "$S/work/plan.ndjson" | jq .jobs)" = 1 ]
	QFZZ_CATALOG=$S/catalog.db sql "SELECT summary FROM run WHERE tool = 'ingest' ORDER BY id DESC LIMIT 1" | grep -q '1 new, 0 changed'
	[ "$(QFZZ_CATALOG=$S/catalog.db sql 'SELECT count(*) FROM model')" = 1 ]
	[ "$(titles lists/new.m3u)" = 'P1 T1 T2 T3 T4' ]
	[ "$(grep -c '\.opus$' "$S/out/embedded/new.m3u")" = 5 ]
	[ "$(station)" = 'scan: nothing changed' ]
}

@test "the gate: what has no open licence goes off the air, and comes back when one is told" {
	set_to open-licences yes
	run station
	[ "$status" = 0 ]
	[[ $output == *'plain.1: 2 of 2 files are refused for their licence'* ]]
	[ "$(titles lists/new.m3u)" = 'T1 T2 T3 T4' ]
	run ! grep -q P1 "$S/out/programme.m3u" "$S/out/embedded/new.m3u" "$S/out/lists/me/for-you.m3u"
	[ "$(cached)" = 'pin 4' ]
	[ "$(modelled)" = 4 ]
	[ -e "$S/out/trust/odd.sha256" ] && [ ! -e "$S/out/trust/plain.1.sha256" ]
	echo '{"id":' > plain.json # what cannot be read does not open it
	sed -i '/^\[descriptors\]/a plain.1 = ../plain.json' "$S/station.conf"
	run station
	[ "$status" = 0 ]
	[[ $output == *plain.json* ]]
	[ "$(titles lists/new.m3u)" = 'T1 T2 T3 T4' ]
	printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: 2023 B1\nLicense: CC0-1.0\n' > copyright
	sed -i 's|../plain.json|../copyright|' "$S/station.conf"
	run station
	[ "$status" = 0 ]
	[ "$(titles lists/new.m3u)" = 'P1 T1 T2 T3 T4' ]
	[ "$(station)" = 'scan: nothing changed' ]
}

@test "the gate: what is worth or trusted too little is off the air, all of it if need be" {
	set_to min-quality 1
	run station
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *'gate: no dataset passed: nothing is on the air'* ]]
	[ -z "$(find "$S/out" -name '*.m3u')" ]
	set_to min-quality 0
	set_to min-trust 0.51
	station > /dev/null
	[ -z "$(find "$S/out" -name '*.m3u')" ] # nobody speaks of these tracks: 0.5
	[ -z "$(cached)" ]
	[ "$(modelled)" = 0 ]
	[ "$(find "$S/out/renditions" -name '*.opus' | wc -l)" -ge 5 ] # not for long enough
	set_to min-trust 0.5
	station > /dev/null
	[ "$(titles lists/new.m3u)" = 'P1 T1 T2 T3 T4' ]
	[ "$(station)" = 'scan: nothing changed' ]
}

@test "what is off the air for a week has no renditions any more; they come back with it" {
	p1=$(QFZZ_CATALOG=$S/catalog.db qfzz query title:P1 --format tsv --fields track | tail -n 1)
	made() { find "$S/out/renditions" -name "$1-*" | wc -l; }
	made=$(made "$p1") all=$(made '*')
	[ "$made" -ge 2 ] # with its waveform
	cp "$S/station.conf" all.conf
	sed -i '/^plain.1 =/d' "$S/station.conf" # its owner takes it out
	station | grep -q 'gone: .*out/trust/plain.1.sha256'
	[ "$(titles lists/new.m3u)" = 'T1 T2 T3 T4' ]
	[ "$(cached)" = 'pin 4' ]
	[ ! -e "$S/out/trust/plain.1.sha256" ]
	station DAY=2023-11-21 > /dev/null
	[ "$(made "$p1")" = "$made" ]
	station DAY=2023-11-22 > /dev/null
	[ "$(made "$p1")" = 0 ] && [ "$(made '*')" = $((all - made)) ]
	[ -e "$PLAIN/p1.flac" ]
	cp all.conf "$S/station.conf"
	station > /dev/null
	[ "$(titles lists/new.m3u)" = 'P1 T1 T2 T3 T4' ]
	[ "$(cached)" = 'pin 2 pin 4' ]
	[ "$(made "$p1")" = "$made" ]
	set_to min-quality 1
	set_to sweep-after 0 # for those who want nothing to stay
	station > /dev/null
	[ "$(made '*')" = 0 ]
	cp all.conf "$S/station.conf"
	station > /dev/null
	[ "$(made '*')" = "$all" ]
}

@test "without personalization no history is read and no list is a person's" {
	set_to personalization no
	run station
	[ "$status" != 0 ]
	[[ $output == *'taste: without personalization there is nobody'* ]]
	set_to taste ''
	echo '{"user":"me","t":1699990000,"action":"like","artist":"A2","title":"T2"}' >> 'history 1.ndjson'
	printf 'all\tdaily\t06:00-06:01\t*\tquery\t0\t-\t-\t-\n' > "$S/dayparts.tsv"
	out=$(station -j2)
	run ! grep -qE '^(events|train|list: me)' <<<"$out"
	[ -z "$(find "$S/out" -path '*/me/*' -o -name model.int8)" ]
	grep -q 'gone: .*shelf/lists/me/for-you' <<<"$out"
	set_to devices ''
	set_to edge no
	out=$(station)
	grep -q 'gone: .*shelf/embedded/new.*edge/embedded' <<<"$out"
	[ -z "$(find "$S/out/embedded" -type f)" ]
	[ "$(titles lists/new.m3u)" = 'P1 T1 T2 T3 T4' ]
	[ "$(QFZZ_CATALOG=$S/catalog.db sql 'SELECT count(*) FROM event')" = 6 ]
}

@test "what stops a stage is said, with its exit code, and the other stages are made" {
	echo 'no table' > "$S/dayparts.tsv"
	run station -k
	[ "$status" = 2 ]
	[[ $output == *'dayparts.tsv: line 1: '*'work/programme] Error 2'* ]]
	set_to min-trust 0.5x
	run station -s
	[ "$status" = 2 ]
	[[ $output == *"station.conf: line "*": min-trust = '0.5x': wanted is a number from 0 to 1"* ]]
	set_to min-trust 0
	run station -s DAY=yesteryear
	[ "$status" = 2 ]
	[[ $output == *'DAY=yesteryear is no day like 2026-11-21'* ]]
}

@test "what cron and systemd run is what is there" {
	d=$BATS_TEST_DIRNAME/../../datasets/station
	grep -q 'make -s -j2 -f station.mk$' "$d/crontab"
	[ "$(grep -vE '^(#|$|PATH=)' "$d/crontab" | awk 'NF < 6 || $1 !~ /^[0-9]+$/ || $2 !~ /^[0-9]+$/' | wc -l)" = 0 ]
	command -v systemd-analyze > /dev/null || skip "no systemd-analyze here"
	cp "$d/qfzz-station@.service" "$d/qfzz-station@.timer" "$BATS_TEST_TMPDIR"
	run systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/qfzz-station@srv-radio.service" "$BATS_TEST_TMPDIR/qfzz-station@srv-radio.timer"
	run ! grep -F qfzz-station <<<"$output" # what it says of the machine's own units is not ours
}
