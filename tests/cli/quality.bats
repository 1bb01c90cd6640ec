#!/usr/bin/env bats
# qfzz-quality: scores with their reasons, the gate, duplicates, the best part.
load common
bats_require_minimum_version 1.5.0

# Two minutes of noise that changes pitch and loudness: a fingerprint with much in it, and no silence.
setup_file() {
	cd "$BATS_FILE_TMPDIR"
	export SOURCE_DATE_EPOCH=1700000000
	mkdir lib
	song() { # SEED FILE [FFMPEG OPTIONS…]: 40 s made of seven sines that change with the seed
		local seed=$1 file=$2
		shift 2
		ffmpeg -nostdin -v error -y -f lavfi -i "aevalsrc=0.1*(sin(2*PI*t*(200+40*floor(mod(t*2.3*$seed\,7))))+sin(2*PI*t*(330+55*floor(mod(t*1.7+$seed\,5))))+sin(2*PI*t*(520+90*floor(mod(t*3.1/$seed\,9))))+random($seed)*0.2):s=44100:d=40:c=stereo" "$@" "$file"
	}
	song 1 lib/one.flac -metadata title=One -metadata artist=Ann -metadata genre=Jazz -metadata date=1987 -metadata LICENSE=CC0-1.0
	song 3 lib/two.flac -metadata title=Two -metadata artist=Bob -metadata genre=Rock -metadata date=1999 -metadata LICENSE=CC-BY-4.0
	ffmpeg -nostdin -v error -i lib/one.flac -map_metadata -1 -c:a libmp3lame -b:a 64k lib/low.mp3
	ffmpeg -nostdin -v error -ss 1 -i lib/one.flac -map_metadata -1 -c:a libvorbis lib/later.ogg
	ffmpeg -nostdin -v error -i lib/one.flac -map_metadata -1 -af afade=t=in:d=3,afade=t=out:st=36:d=4 lib/fade.flac
	ffmpeg -nostdin -v error -i lib/two.flac -c copy -metadata title=Other lib/retag.flac
	cp lib/two.flac lib/copy.flac
	ffmpeg -nostdin -v error -i lib/two.flac -af "aloop=loop=1:size=882000:start=441000" lib/remix.flac # 60 s
	QFZZ_CATALOG=$PWD/catalog.db qfzz-ingest -q --dataset lib "$PWD/lib"
	QFZZ_CATALOG=$PWD/catalog.db qfzz-features -q
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG=$PWD/catalog.db SOURCE_DATE_EPOCH=1700000000
	[ ! -f "$BATS_FILE_TMPDIR/catalog.db" ] || cp "$BATS_FILE_TMPDIR/catalog.db" .
}

@test "duplicates: an offset of 1 s, a retag, 64 kbit/s and a fade are found; a remix of another length is not" {
	qfzz-quality --duplicates > rows
	valid < rows
	jq -r '[.group, .keep, .how, (.path | sub(".*/"; "")), .why] | join(" ")' rows > got
	cat got
	[ "$(grep -c . got)" = 7 ]
	[ "$(sed -n 1p got)" = "1 true exact copy.flac its path comes first" ] || grep -q '^[12] true .* copy.flac' got
	grep -qE '^[12] true recording one.flac it has more tags$' got
	grep -qE '^[12] false recording low.mp3 it is lossless$' got
	grep -qE '^[12] false recording later.ogg it is lossless$' got
	grep -qE '^[12] false recording fade.flac it has more tags$' got
	grep -qE '^[12] false audio retag.flac' got
	grep -qE '^[12] false exact two.flac' got
	! grep -q remix got || false
	[ "$(jq -r 'select(.path | endswith("later.ogg")) | .offset_s | fabs * 10 | round' rows)" = 10 ]
	[ "$(qfzz-quality --duplicates)" = "$(cat rows)" ]
	qfzz-quality lib --duplicates | diff - rows
}

@test "duplicates: a WAV, its FLAC, AIFF and ALAC are the same samples; with one sample changed they are not" {
	mkdir pcm
	export QFZZ_CATALOG=$PWD/pcm.db
	for bits in 16 24; do
		ffmpeg -nostdin -v error -f lavfi -i "anoisesrc=d=2:c=pink:r=22050:a=0.5:seed=$bits" -ac 2 -c:a pcm_s${bits}le -bitexact pcm/$bits.wav
		ffmpeg -nostdin -v error -i pcm/$bits.wav -c:a pcm_s${bits}be pcm/$bits.aiff
		ffmpeg -nostdin -v error -i pcm/$bits.wav -metadata title=T pcm/$bits.flac
		ffmpeg -nostdin -v error -i pcm/$bits.wav -c:a alac pcm/$bits.m4a # by the second decoder
		ffmpeg -nostdin -v error -i pcm/$bits.wav -af asetrate=44100 pcm/$bits-fast.flac # the same samples, twice as fast
		cp pcm/$bits.wav pcm/$bits-changed.wav
		printf '\001\002\003' | dd of=pcm/$bits-changed.wav bs=1 seek=100000 conv=notrunc status=none
	done
	qfzz-ingest -q pcm
	qfzz-features -q
	qfzz-quality --duplicates | tee rows | valid
	jq -r '[.group, .keep, .how, (.path | sub(".*/"; ""))] | join(" ")' rows | tee got
	[ "$(cat got)" = "1 true samples 16.flac
1 false samples 16.aiff
1 false samples 16.m4a
1 false samples 16.wav
2 true samples 24.flac
2 false samples 24.aiff
2 false samples 24.m4a
2 false samples 24.wav" ]
}

@test "the score, its losses and the files behind them" {
	qfzz-quality lib --explain > rows
	valid < rows
	head -n 1 rows > row
	jq -e '[.losses[].points] | add as $lost | $lost' row > lost
	jq -e '((.score + ([.losses[].points] | add) - 1) | fabs) < 1e-5' row
	jq -e '(.score - (0.3 * .metrics.completeness + 0.25 * .metrics.consistency + 0.2 * .metrics.size + 0.15 * .metrics.diversity + 0.1 * .metrics.licence) | fabs) < 1e-5' row
	# 8 files: 2 exact copies of weight 1 and 3 of weight .7
	[ "$(jq '.metrics.consistency * 80 | round' row)" = "$(( 80 - 2 * 10 - 3 * 7 ))" ]
	[ "$(jq .tier row)" = '"refused"' ] # three have no licence
	[ "$(jq .refused row)" = 3 ]
	[ "$(jq -r 'select(.type == "quality-file.v1" and (.path | endswith("low.mp3"))) | .defects[0] + " " + (.same_as | sub(".*/"; ""))' rows)" = 'duplicate one.flac' ]
	[ "$(jq -r 'select(.type == "quality-file.v1" and .open == false) | .why' rows | sort -u)" = 'no licence is told' ]
	[ "$(qfzz-quality lib --explain)" = "$(cat rows)" ]
}

@test "a file that cannot be read belongs to the set whose folder it lies in" {
	mkdir broken other
	cp "$BATS_FILE_TMPDIR/lib/one.flac" broken
	echo 'no music' > broken/text.flac
	silence other/x.flac 1
	qfzz-ingest -q --dataset broken broken 2>/dev/null || [ $? = 1 ]
	[ "$(qfzz-quality broken --dry-run | jq -c '[.files, .metrics.consistency]')" = '[2,0.5]' ]
	[ "$(qfzz-quality broken --explain --dry-run | jq -r 'select(.path) | .defects[]')" = 'undecodable' ]
	qfzz-ingest -q --dataset broken other # now it lies in two folders, and has none
	[ "$(qfzz-dataset show broken | jq -c '[.tracks, .folder]')" = '[2,null]' ]
	qfzz-dataset manifest broken | sed 's/.*  //' | diff - <(printf 'broken/one.flac\nother/x.flac\n')
}

@test "what was judged can be asked for" {
	qfzz-quality lib > row
	[ "$(qfzz-dataset show lib | jq -c '[.quality.tier, .quality.score]')" = "$(jq -c '[.tier, (.score * 10000 | round / 10000)]' row)" ]
	[ "$(qfzz-query 'dataset:lib quality:1' | jq -r '.path | sub(".*/"; "")' | sort | paste -sd' ')" = 'copy.flac one.flac remix.flac' ]
	[ "$(qfzz-query 'defects:duplicate' | wc -l)" = 3 ]
	[ "$(qfzz-query 'quality:0.2..0.5' | wc -l)" = 3 ]
	[ "$(qfzz-query 'quality:..0' | wc -l)" = 2 ]
}

@test "the gate: exit 4 with repairs, 0 when it is met, and the score alone is not enough" {
	run -4 --separate-stderr qfzz-quality lib --min 0.9
	[[ $stderr == *'3 of 8 files are refused for their licence'* && $stderr == *'is below 0.9000'* ]]
	echo "$output" > row
	valid < row
	[ "$(jq -r '.gate.repairs[0].act' row)" = 'replace by an openly licensed file, or leave out' ]
	[ "$(jq -r '.gate.repairs[0].files' row)" = 3 ]
	[ "$(jq .gate.reachable row)" = false ]
	run -4 --separate-stderr qfzz-quality lib --min 0
	jq -e '.gate.leaving_out | .files == 3 and .reachable and (.examples | length == 3)' <<<"$output" # the refused ones are enough
	run -0 --separate-stderr qfzz-quality lib --min 0 --any-licence
	[ -z "$stderr" ]
	run -4 --separate-stderr qfzz-quality lib --min 0.9 --any-licence
	[[ $stderr != *refused* && $stderr == *'is below 0.9000'* ]]
	qfzz-ingest -q --dataset good "$BATS_FILE_TMPDIR/lib/one.flac" "$BATS_FILE_TMPDIR/lib/two.flac"
	run -0 --separate-stderr qfzz-quality good --min 0
	[ "$(jq .gate.met <<<"$output")" = true ]
	score=$(jq .score <<<"$output")
	run -4 --separate-stderr qfzz-quality good --min "$(jq -n "$score + 0.08")"
	[ "$(jq -c '[.gate.reachable, (.gate.repairs | map(.act))]' <<<"$output")" = '[true,["tell description in the descriptor","tell licence in the descriptor","tell url in the descriptor"]]' ]
}

@test "each way to be spoilt lowers consistency alone, by its weight" {
	mkdir set
	for i in 1 2 3 4; do
		ffmpeg -nostdin -v error -i "$BATS_FILE_TMPDIR/lib/one.flac" -af "asetrate=$((44100 + 3000 * i)),aresample=44100,atrim=0:30" \
			-metadata title=$i -metadata artist=A$i -metadata genre=G$i -metadata date=19${i}0 set/$i.flac
	done
	qfzz-ingest -q --dataset set set
	qfzz-features -q
	qfzz-quality set > before
	jq -e '.metrics.consistency == 1' before
	fell() { # BY: of four files, in hundredths
		qfzz-quality set > after
		[ "$(jq -n --slurpfile a after --slurpfile b before '($b[0].metrics.consistency - $a[0].metrics.consistency) * 400 | round')" = "$1" ] || { cat after; return 1; }
		jq -en --slurpfile a after --slurpfile b before '$a[0].metrics.licence == $b[0].metrics.licence and $a[0].metrics.completeness == $b[0].metrics.completeness'
	}
	silence loud.flac 30 TITLE=2 ARTIST=A2 GENRE=G2 DATE=1920 # nothing but zeros, at another rate
	cp set/2.flac keep
	ffmpeg -nostdin -v error -y -i keep -af volume=0 set/2.flac
	qfzz-ingest -q set && qfzz-features -q
	fell 100 # silent
	ffmpeg -nostdin -v error -y -i keep -ar 22050 set/2.flac
	qfzz-ingest -q set && qfzz-features -q
	fell 10 # minority
	ffmpeg -nostdin -v error -y -i keep -af volume=40dB -c:a flac set/2.flac
	qfzz-ingest -q set && qfzz-features -q
	fell 30 # clipped
	ffmpeg -nostdin -v error -y -i keep -c copy -metadata track=9/3 set/2.flac
	qfzz-ingest -q set && qfzz-features -q
	fell 30 # tags
	head -c 200000 keep > set/2.flac
	qfzz-ingest -q set 2>/dev/null || true
	qfzz-features -q 2>/dev/null || true
	qfzz-quality set > after
	[ "$(jq -r '[.losses[] | select(.metric == "consistency") | .reason | sub(":.*"; "")] | join(" ")' after)" = truncated ]
}

@test "the best part: without copies and refused files, in the limits, and rows for pipes" {
	qfzz-quality lib --curate > rows
	valid < rows
	[ "$(jq -r '.path | sub(".*/"; "")' rows | paste -sd' ')" = 'copy.flac one.flac remix.flac' ]
	[ "$(qfzz-quality lib --curate --max-tracks 2 | jq -r .artist | sort | paste -sd' ')" = 'Ann Bob' ]
	size=$(stat -c %s "$BATS_FILE_TMPDIR/lib/one.flac")
	qfzz-quality lib --curate --max-bytes $((size + 10)) | jq -r .path | xargs -d '\n' stat -c %s > sizes
	[ $(($(paste -sd+ sizes))) -le $((size + 10)) ]
	[ -s sizes ]
	[ "$(qfzz-quality lib --curate --tier high | wc -l)" = 3 ]
	qfzz-quality lib --curate | qfzz-playlist -o best.m3u -
	[ "$(grep -vc '^#' best.m3u)" = 3 ]
	run -2 qfzz-quality lib --curate --max-bytes 12Q
	run -2 qfzz-quality --curate
	run -2 qfzz-quality lib --max-tracks 3
}

@test "weights can be replaced" {
	qfzz-quality --print-weights > w
	qfzz-quality lib --dry-run > plain
	qfzz-quality lib --weights w --dry-run | diff - plain
	sed -i 's/^metric.size .*/metric.size 0/; s/^metric.licence .*/metric.licence 0.3/' w
	qfzz-quality lib --weights w --dry-run > other
	jq -en --slurpfile a plain --slurpfile b other '$a[0].metrics == $b[0].metrics and $a[0].score != $b[0].score'
	echo 'metric.size 0.5' > w
	run -3 --separate-stderr qfzz-quality lib --weights w
	[[ $stderr == *'w: the weights of the metrics sum to 1.3, not to 1'* ]]
	echo 'beauty 1' > w
	run -3 --separate-stderr qfzz-quality lib --weights w
	[[ $stderr == *"line 1: there is no weight called 'beauty'"* ]]
}

@test "a dry run stores nothing; an empty set has a score; nothing known is said" {
	before=$(sha256sum < catalog.db)
	qfzz-quality --dry-run > /dev/null
	[ "$(sha256sum < catalog.db)" = "$before" ]
	printf '{"id":"empty","name":"Empty","category":"music"}' > d.json
	qfzz-dataset add d.json > /dev/null
	qfzz-quality empty > row
	valid < row
	[ "$(jq -c '[.files, .tier, .score, .metrics.diversity]' row)" = '[0,"low",0.03,0]' ] # its name is told: .3 * .6 / 6
	jq -e '((.score + ([.losses[].points] | add) - 1) | fabs) < 1e-5' row
	run -3 --separate-stderr qfzz-quality nobody
	[[ $stderr == *"there is no dataset called 'nobody'"* ]]
}

@test "a large set without audio: QFZZ_JAMENDO names its table" {
	[ -n "$QFZZ_JAMENDO" ] || skip "QFZZ_JAMENDO names no table of tracks (track_id, artist_id, album_id, duration_s), gzipped"
	zcat "$QFZZ_JAMENDO" > t.tsv
	printf '{"id":"jamendo","name":"MTG-Jamendo","category":"music","licence":"CC-BY-NC-SA-4.0","tracks":"t.tsv"}' > d.json
	TIMEFORMAT='%U %S'
	{ time qfzz-dataset add d.json > row; } 2> add.time
	[ "$(jq .told row)" = 55525 ]
	{ time run -4 --separate-stderr qfzz-quality jamendo --min 0.1; } 2> judge.time
	echo "$output" > row
	valid < row
	cat add.time judge.time
	[ "$(jq -c '[.files, .refused, .tier]' row)" = '[55525,55525,"refused"]' ]
	[[ $(jq -r '.licences[0].why' row) == 'CC-BY-NC-SA-4.0: no commercial use'* ]]
	awk -v most="$((5 * ${QFZZ_SLOWER:-1}))" '{ cpu += $1 + $2 } END { exit cpu > most }' add.time judge.time
}
