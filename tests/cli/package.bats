#!/usr/bin/env bats
# qfzz package: renditions become segments and playlists that ffmpeg plays, with the lengths and rates that they say.

bats_require_minimum_version 1.5.0
load common

# ten seconds and a bit of a tone that swells, as renditions of one track
setup_file() {
	export S=$BATS_FILE_TMPDIR
	ffmpeg -nostdin -v error -f lavfi -i "aevalsrc='0.3*sin(2*PI*220*t)*(1+sin(t))|0.2*sin(2*PI*330*t)':s=44100:d=10.3" -sample_fmt s16 "$S/a.flac"
	for kind in "aac -b:a 128k a.m4a" "aac -b:a 48k low.m4a" "aac -b:a 64k a.aac" "alac alac.m4a" "libopus -b:a 64k a.opus" "libmp3lame -b:a 128k a.mp3" \
		"libvorbis a.ogg"; do
		ffmpeg -nostdin -v error -i "$S/a.flac" -c:a ${kind% *} -fflags +bitexact "$S/${kind##* }"
	done
}

setup() {
	export QFZZ_CATALOG=$BATS_TEST_TMPDIR/catalog.db SOURCE_DATE_EPOCH=1700000000
	mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
}

frames() { ffmpeg -nostdin -v error -i "$1" -f s16le -ac 1 - | wc -c | awk '{ print $1 / 2 }'; }
# said PLAYLIST: the microseconds that its segments add up to
said() { sed -n 's/^#EXTINF:\([0-9]*\)\.\([0-9]*\),$/\1\2/p' "$1" | awk '{ s += $1 } END { printf "%d", s }'; }
packets() { ffmpeg -nostdin -v error -i "$1" -map 0:a -c copy -f hash -; }
# sizes FOLDER NAME: bytes of the segments of a rendition
sizes() { stat -c %s "$1/$2"-0*; }

@test "every rendition is as long as its source, and what it decodes to is its source's sound" {
	qfzz package -o out "$S"/a.{m4a,opus,mp3,flac} > row
	valid < row
	[ "$(find out -name '.*' -o -type d | wc -l)" = 1 ] && [ "$(ls -A)" = "$(printf 'out\nrow')" ]
	[ "$(stat -c %a out)" = "$(printf %o $((0777 & ~$(umask))))" ]
	# 10.3 s, but for MP3, which cannot say what is delay and padding: 396 frames of 1,152 at 44,100 Hz
	[ "$(for n in aac-1 opus-2 mp3-3 flac-4; do said out/$n.m3u8; echo; done | xargs)" = "10300000 10300000 10344490 10300000" ]
	[ "$(jq -c '[.renditions[].duration_us]' row)" = "[10300000,10300000,10344490,10300000]" ]
	[ "$(jq -r .bytes row)" = "$(cat out/* | wc -c)" ]
	[ "$(jq -r .segments row)" = 8 ]
	for n in aac-1 opus-2 mp3-3 flac-4; do [ "$(ls out/$n-0* | wc -l)" = 2 ]; done
	# lossless: the same samples; the others: the same packets. (ffmpeg plays the encoder's delay of fragmented MP4, its own as well.)
	cmp <(ffmpeg -nostdin -v error -i out/flac-4.m3u8 -f s16le -) <(ffmpeg -nostdin -v error -i "$S/a.flac" -f s16le -)
	for pair in aac-1:m4a opus-2:opus; do
		[ "$(packets out/${pair%:*}.m3u8)" = "$(packets "$S/a.${pair#*:}")" ]
	done
	[ "$(frames out/mp3-3.m3u8)" = 456192 ]
	[ "$(frames out/aac-1.m3u8)" = 455680 ] # 445 of 1,024
	[ "$(frames out/opus-2.m3u8)" = 495048 ] # 516 of 960, less the pre-skip
	ffprobe -v error -show_entries stream=start_time -of csv=p=0 out/aac-1.m3u8 | grep -qx -- -0.023220
}

@test "segments are cut at the same moments, at the first packet behind them" {
	qfzz package -q --target 2 -o out "$S"/a.{m4a,opus,flac}
	for n in aac-1 opus-2 flac-3; do
		[ "$(ls out/$n-0* | wc -l)" = 6 ]
		grep -qx '#EXT-X-TARGETDURATION:2' out/$n.m3u8
		# the beginning of each is less than a packet (4,608 frames of FLAC) behind 2, 4, 6, 8, 10 s
		sed -n 's/^#EXTINF:\([0-9.]*\),$/\1/p' out/$n.m3u8 | awk '{ at += $1; if (++n < 6 && (at < 2 * n || at > 2 * n + 0.105)) exit 1 }'
	done
}

@test "rates are those of the files: peak and average, measured" {
	qfzz package -q --target 2 -o out "$S/a.m4a" "$S/low.m4a"
	[ "$(grep -c STREAM-INF out/master.m3u8)" = 2 ]
	for n in aac-1 aac-2; do
		paste -d ' ' <(sizes out $n) <(sed -n 's/^#EXTINF:\([0-9.]*\),$/\1/p' out/$n.m3u8) | awk '
			function up(x) { return x == int(x) ? x : int(x) + 1 }
			function see(rate) { if (rate > peak) peak = rate }
			{ b += $1; s += $2 }
			NR < 6 { see(up(8 * $1 / $2)) } # the last lasts 0.3 s: less than half a target, but with the one before it more
			NR == 6 { see(up(8 * ($1 + b5) / ($2 + s5))) }
			{ b5 = $1; s5 = $2 }
			END { printf "#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,CODECS=\"mp4a.40.2\"\n", peak, up(8 * b / s) }' >> want
		echo $n.m3u8 >> want
	done
	grep -A 1 STREAM-INF out/master.m3u8 | grep -v '^--' | paste - - | sort > got
	paste - - < want | sort | cmp - got
	[[ $(sed -n 4,7p out/master.m3u8 | tail -n 1) == aac-1.m3u8 ]] # the slower one first
}

@test "each codec has a master of its own; AAC as ADTS, and ALAC" {
	qfzz package -q --segments adts -o out "$S"/{a.m4a,alac.m4a,a.aac,a.opus,a.flac,a.mp3}
	[ "$(ls out | grep -v -e - | xargs)" = master.m3u8 ]
	[ "$(ls out | grep ^master- | xargs)" = "master-alac.m3u8 master-flac.m3u8 master-mp3.m3u8 master-opus.m3u8" ]
	[ "$(sed -n 's/.*CODECS=//p' out/master*.m3u8 | xargs)" = "alac fLaC mp4a.40.34 opus mp4a.40.2 mp4a.40.2" ]
	ls out/aac-1-00001.aac out/mp3-6-00001.mp3 out/alac-2-00001.m4s
	! grep -q EXT-X-MAP out/aac-1.m3u8 || false
	[ "$(head -c 73 out/aac-1-00002.aac | tail -c 8 | xxd -p)" = "$(printf %016x 541257)" ] # 259 frames of 1,024 at 44,100 Hz in ticks of 90 kHz
	[ "$(frames out/aac-1.m3u8)" = 455680 ]
	cmp <(ffmpeg -nostdin -v error -i out/alac-2.m3u8 -f s16le -) <(ffmpeg -nostdin -v error -i "$S/a.flac" -f s16le -)
	[ -z "$(qfzz package --lint out)" ]
}

@test "the same renditions give the same bytes, and what is there already is left alone" {
	qfzz package -q -o one "$S"/a.{m4a,opus}
	qfzz package -q -o two "$S"/a.{m4a,opus}
	diff -r one two
	touch -d 2020-01-01 one/master.m3u8
	[ -z "$(qfzz package -o one "$S"/a.{m4a,opus})" ]
	[ "$(stat -c %Y one/master.m3u8)" = "$(date -d 2020-01-01 +%s)" ]
	qfzz package -q -o one "$S/a.opus" # other renditions: the folder is another one
	[ "$(ls one | grep -c aac)" = 0 ]
	[ "$(ls -A | xargs)" = "one two" ]
}

@test "a folder that is no package stays as it is" {
	mkdir mine && echo text > mine/letter
	run -3 --separate-stderr qfzz package -o mine "$S/a.opus"
	[[ $stderr == *"/mine: is there, and is no package of ours; it is left alone" ]]
	[ "$(cat mine/letter)" = text ]
	qfzz package -q -o ours "$S/a.opus"
	echo text > ours/letter
	run -3 --separate-stderr qfzz package -o ours "$S/a.m4a"
	[ -e ours/letter ] && [ -e ours/opus-1.m3u8 ]
	[ -z "$(find . -name '.qfzz*')" ]
}

@test "what is no rendition is named and left out: Vorbis, damage, another length" {
	ffmpeg -nostdin -v error -i "$S/a.flac" -t 5 -c:a libopus short.opus
	echo "no music" > text.mp3
	run -1 --separate-stderr qfzz package -o out "$S"/a.{opus,ogg} short.opus text.mp3 nowhere.mp3
	[ "$(jq -c '[.renditions[].name]' <<< "$output")" = '["opus-1"]' ]
	[ "${#stderr_lines[@]}" = 4 ]
	[[ $stderr == *"a.ogg: vorbis: what HLS carries is AAC, MP3, Opus, FLAC and ALAC"* ]]
	[[ $stderr == *"short.opus: it is shorter than the others: an excerpt, or of another track"* ]]
	[[ $stderr == *"text.mp3: no audio that is known here"* ]]
	[[ $stderr == *"nowhere.mp3: cannot open: No such file or directory"* ]]
	[ "$(ls out | grep -c opus-3)" = 0 ]
	run -1 qfzz package -o out "$S"/a.{opus,ogg} short.opus text.mp3 nowhere.mp3 # and again
	run -1 --separate-stderr qfzz package -o nothing text.mp3
	[ ! -e nothing ]
}

@test "what qfzz encode made goes through a pipe or comes from the catalog, a folder for each track" {
	mkdir music
	ffmpeg -nostdin -v error -i "$S/a.flac" -t 2 music/a.flac
	cp music/a.flac music/b.flac
	qfzz ingest -q music
	qfzz query --format paths | while read -r p; do
		for i in $(seq 60); do printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((1699000000 + 600 * i)) "$p"; done
	done | qfzz events -q - > /dev/null
	qfzz plan transcode --policy play-count --ladder standard --now 1700000000 --into renditions -o plan.ndjson
	run -0 --separate-stderr bash -c 'set -o pipefail; qfzz encode --plan plan.ndjson | qfzz package -o hls -'
	valid <<< "$output"
	[ "$(jq -r .track <<< "$output" | xargs)" = "$(ls hls | xargs)" ]
	[ "$(jq -r .catalog <<< "${lines[0]}")" = "$(qfzz query | head -n 1 | jq -r .catalog)" ]
	[ -e hls/1/opus-96.m3u8 ] && [ -e hls/1/flac.m3u8 ] && [ ! -e hls/1/preview.m3u8 ]
	[[ $stderr == *" in Vorbis are left out: HLS has no place for them"* ]]
	[ -z "$(qfzz package -o hls)" ]   # from the catalog: all is there
	rm -r hls/1
	[ "$(qfzz package -o hls track:1 2>/dev/null | jq -r .track)" = 1 ]
	qfzz package --lint hls/*
	qfzz package -q -o some --where track:2
	[ "$(ls some)" = 2 ]
	run -0 --separate-stderr qfzz package -o none --where title:nothing
	[[ $stderr == *"there are no renditions for HLS of what is selected; "* ]] && [ -z "$output" ]
	run -1 --separate-stderr qfzz package -o none track:1 track:99
	[[ $stderr == *"track:99 has no renditions for HLS; "* ]] && [ "$(ls none)" = 1 ]
	run -2 qfzz package -o none --where track:2 track:1
}

@test "a disk that is full: a sentence, exit 3, and the folder stays as it was" {
	qfzz package -q -o out "$S/a.opus"
	before=$(cat out/* | sha256sum)
	run -3 --separate-stderr bash -c 'ulimit -f 64; trap "" XFSZ; qfzz package -o out "$S/a.flac"'
	[[ $stderr == *"/out: flac-1-00001.m4s: "*"File too large" ]]
	[ "$(cat out/* | sha256sum)" = "$before" ]
	[ "$(find . -name '.qfzz*')" = "" ]
}

# worker TEXT: a program in the place of the worker
worker() {
	mkdir -p libexec
	printf '#!/bin/sh\n%s\n' "$1" > libexec/qfzz-segment
	chmod +x libexec/qfzz-segment
}

@test "a worker that dies or lies costs its file, and nothing that it says is believed" {
	export QFZZ_LIBEXEC=$PWD/libexec
	head='echo "{\"codec\":\"opus\",\"codecs\":\"opus\",\"suffix\":\".m4s\",\"init\":3}"; printf abc'
	for lie in 'kill -9 $$' 'exit 3' 'echo no' 'echo "{\"ok\":true}"' "$head" "$head; echo '{\"bytes\":5,\"us\":9}'; echo 12" "$head; $head" \
		"$head; echo '{\"bytes\":-1,\"us\":9}'" "$head; echo '{\"bytes\":1,\"us\":0}'; echo 1" 'head -c 9999 /dev/zero' \
		"${head//opus/..\/opus}" "${head//.m4s/.sh}"; do
		worker "$lie"
		run -1 --separate-stderr qfzz package -o out "$S/a.opus"
		[[ $stderr == *"a.opus: "* ]] || { echo "$lie: $stderr"; false; }
		[ "$(ls -A | xargs)" = libexec ] || { echo "$lie: $(ls -A)"; false; }
	done
	worker "$head; echo '{\"bytes\":5,\"us\":9}'; printf 12345; echo '{\"ok\":true}'"
	qfzz package -q -o out "$S/a.opus"
	[ "$(cat out/opus-1-00001.m4s)" = 12345 ]
}

@test "a folder that a kill left half made goes with the next run" {
	worker 'kill -9 $PPID'
	QFZZ_LIBEXEC=$PWD/libexec run -137 qfzz package -o out "$S/a.opus"
	[ ! -e out ] && [ "$(find . -name '.qfzz-work*' | wc -l)" = 1 ]
	qfzz package -q -o out "$S/a.opus"
	[ "$(ls -A | xargs)" = "libexec out" ]
}

@test "lint: what others write is told by line and section, exit 4" {
	ffmpeg -nostdin -v error -i "$S/a.m4a" -c copy -f hls -hls_time 4 -hls_playlist_type vod -hls_segment_type fmp4 -master_pl_name master.m3u8 x.m3u8
	run -0 --separate-stderr qfzz package --lint master.m3u8
	valid <<< "$output" # its BANDWIDTH is guessed
	[[ $(jq -r 'select(.level == "should" and .section == "4.3.4.2") | .text' <<< "$output") == "line "*": its BANDWIDTH is "*", though its segments only reach "* ]]
	sed -i 's/#EXT-X-TARGETDURATION:.*/#EXT-X-TARGETDURATION:2/' x.m3u8
	rm x1.m4s
	run -4 --separate-stderr qfzz package --lint master.m3u8
	[ "$(jq -r 'select(.level == "must") | .section' <<< "$output" | sort -u | xargs)" = "3 4.3.3.1" ]
	grep -q 'there is no file x1.m4s' <<< "$output"
	run -3 qfzz package --lint nowhere.m3u8
	run -2 qfzz package --lint
	run -2 qfzz package "$S/a.opus"
	[[ $output == *"where to? (-o FOLDER)"* ]]
}
