#!/usr/bin/env bats
# qfzz encode: renditions as players read them, with tags, cover, length and level of their source.
load common

# music FILE SECONDS RATE [FFMPEG OPTION…]: a chord that comes and goes over soft noise, in stereo. (What codecs take away of
# loud noise is level; that of music they keep.)
music() {
	local file=$1 seconds=$2 rate=$3
	shift 3
	ffmpeg -nostdin -v error -y -f lavfi -i "aevalsrc='0.2*(sin(2*PI*220*t)+sin(2*PI*277*t)/2+sin(2*PI*660*t)/3+sin(2*PI*2640*t)/9)*(0.6+0.4*sin(2*PI*t))|0.2*(sin(2*PI*330*t)+sin(2*PI*440*t)/2+sin(2*PI*3300*t)/9)':s=$rate:d=$seconds" \
		-f lavfi -i "anoisesrc=d=$seconds:c=pink:r=$rate:a=0.02" -filter_complex amix=inputs=2:normalize=0 -ac 2 "$@" -fflags +bitexact "$file"
}
lufs() { ffmpeg -nostdin -nostats -i "$1" -af ebur128 -f null - 2>&1 | sed -n 's/^ *I: *\([-0-9.]*\) LUFS/\1/p' | tail -n 1; }
frames() { ffmpeg -nostdin -v error -i "$1" -f s16le -ac 1 - | wc -c | awk '{ print $1 / 2 }'; }
# file RUNG: the rendition of track 1
file() { ls "$R"/01/1-"$1"-*; }
plan_all() { qfzz plan transcode --policy play-count --now 1700000000 --into "$R" -o plan.ndjson "$@"; }
# played: every track often enough for the rule to want all rungs
played() {
	qfzz query --format paths | while read -r p; do
		for i in $(seq 60); do printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((1699000000 + 600 * i)) "$p"; done
	done | qfzz events -q - >/dev/null
}
library() {
	cd "$BATS_TEST_TMPDIR"
	R=$BATS_TEST_TMPDIR/renditions
	qfzz ingest -q "$M"
	played
}

@test "every rendition has the source's length and level, and ffprobe and mpv play it" {
	music "$M/a.flac" 31.237 44100 -sample_fmt s16
	library
	plan_all
	qfzz encode --plan plan.ndjson | valid
	want=$(lufs "$M/a.flac")
	for rung in flac mp3-320 vorbis-160 opus-96 opus-64; do
		f=$(file $rung)
		ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$f" | grep -q "^${rung%%-*}"
		mpv --no-config --no-terminal --no-video --ao=pcm --ao-pcm-file=/dev/null "$f" # as fast as it decodes
		rate=44100; [[ $rung == opus* ]] && rate=48000
		awk -v n="$(frames "$f")" -v r=$rate 'BEGIN { exit !(n - 31.237 * r <= 1 && 31.237 * r - n <= 1) }' || { echo "$rung: $(frames "$f") frames"; false; }
		awk -v a="$want" -v b="$(lufs "$f")" 'BEGIN { exit !(a - b < 0.11 && b - a < 0.11) }' || { echo "$rung: $(lufs "$f") LUFS, the source $want"; false; }
	done
	[ "$(frames "$(file preview)")" = 1323000 ] # 30 s
	cmp <(ffmpeg -nostdin -v error -i "$M/a.flac" -f s16le -) <(ffmpeg -nostdin -v error -i "$(file flac)" -f s16le -)
	jq -e '.version == 2 and .bits == 8 and (.length == 500) and (.data | length == 1000)' "$R/01/1-waveform.json" >/dev/null
	[ -z "$(find "$R" -name '.qfzz*')" ]
}

@test "LAME's lowering of the level is taken back at every bit rate" {
	music "$M/a.flac" 8 44100 -sample_fmt s16
	library
	plan_all --ladder mp3
	qfzz encode -q --plan plan.ndjson
	want=$(lufs "$M/a.flac")
	for rung in mp3-320 mp3-192 mp3-128 mp3-96 mp3-64; do
		f=$(file $rung)
		[ "$(ffprobe -v error -show_entries stream=sample_rate -of csv=p=0 "$f")" = 44100 ]
		[ $rung = mp3-64 ] || awk -v a="$want" -v b="$(lufs "$f")" 'BEGIN { exit !(a - b < 0.11 && b - a < 0.11) }' || { echo "$rung: $(lufs "$f") LUFS, the source $want"; false; }
	done
}

@test "rates and depths: 96 kHz of 24 bits stay in FLAC, and become what the others hold; mono stays mono" {
	music "$M/a.wav" 5 96000 -c:a pcm_s24le
	ffmpeg -nostdin -v error -f lavfi -i "sine=f=440:r=22050:d=5" -ac 1 "$M/b.flac"
	library
	plan_all
	qfzz encode -q --plan plan.ndjson
	probe() { ffprobe -v error -show_entries stream=sample_rate,channels,bits_per_raw_sample -of csv=p=0 "$R/$1/${1#0}-$2"-*; }
	[ "$(probe 01 flac)" = "96000,2,24" ]
	[[ $(probe 01 mp3-320) == 48000,2* ]]
	[[ $(probe 01 vorbis-160) == 48000,2* ]]
	[[ $(probe 02 mp3-320) == 22050,1* ]]
	[[ $(probe 02 opus-96) == 48000,1* ]]
	cmp <(ffmpeg -nostdin -v error -i "$M/a.wav" -f s24le -) <(ffmpeg -nostdin -v error -i "$(file flac)" -f s24le -)
	[ "$(frames "$(file mp3-320)")" = 240000 ]
}

@test "tags and the cover arrive in every codec, gains in its manner" {
	music "$M/x.flac" 5 44100 -sample_fmt s16
	ffmpeg -nostdin -v error -f lavfi -i color=c=red:s=64x64 -frames:v 1 cover.png 2>/dev/null || ffmpeg -nostdin -v error -f lavfi -i color=c=red:s=64x64 -frames:v 1 "$BATS_TEST_TMPDIR/cover.png"
	[ -e cover.png ] && mv cover.png "$BATS_TEST_TMPDIR/cover.png"
	metaflac --remove-all-tags --set-tag='TITLE=Träume 夢' --set-tag=ARTIST=Ann --set-tag=ARTIST=Bob --set-tag=ALBUM=A --set-tag=TRACKNUMBER=3 --set-tag=DATE=1987 \
		--set-tag=REPLAYGAIN_TRACK_GAIN='-3.00 dB' --set-tag=REPLAYGAIN_TRACK_PEAK=0.9 --set-tag=MOOD=calm --set-tag='ENCODER=x' \
		--import-picture-from="$BATS_TEST_TMPDIR/cover.png" "$M/x.flac"
	library
	plan_all
	qfzz encode -q --plan plan.ndjson
	/usr/bin/python3 - "$(file flac)" "$(file mp3-320)" "$(file vorbis-160)" "$(file opus-96)" "$BATS_TEST_TMPDIR/cover.png" <<-'END'
	import base64, sys
	from mutagen.flac import FLAC, Picture
	from mutagen.id3 import ID3
	from mutagen.oggopus import OggOpus
	from mutagen.oggvorbis import OggVorbis
	flac, mp3, vorbis, opus, cover = sys.argv[1:]
	cover = open(cover, "rb").read()
	for t in FLAC(flac), OggVorbis(vorbis), OggOpus(opus):
	    assert t["title"] == ["Träume 夢"] and t["artist"] == ["Ann", "Bob"] and t["album"] == ["A"] and t["date"] == ["1987"], t
	    assert t["tracknumber"] == ["3"] and t["mood"] == ["calm"], t
	for t in FLAC(flac), OggVorbis(vorbis):
	    assert t["replaygain_track_gain"] == ["-3.00 dB"] and t["replaygain_track_peak"] == ["0.9"] and "r128_track_gain" not in t, t
	t = OggOpus(opus)
	assert t["r128_track_gain"] == ["-2048"] and "replaygain_track_gain" not in t, t # (-3 - 5) * 256
	assert FLAC(flac).pictures[0].data == cover and FLAC(flac).pictures[0].type == 3
	for t in OggVorbis(vorbis), OggOpus(opus):
	    assert Picture(base64.b64decode(t["metadata_block_picture"][0])).data == cover
	t = ID3(mp3)
	assert t["TIT2"].text == ["Träume 夢"] and t["TPE1"].text == ["Ann", "Bob"] and str(t["TDRC"].text[0]) == "1987" and t["TRCK"].text == ["3"], t
	assert t.getall("APIC")[0].data == cover and t["TXXX:REPLAYGAIN_TRACK_GAIN"].text == ["-3.00 dB"], t
	END
}

@test "AAC has the source's length to the sample and its level, with tags, cover, gaps told, and its head in front" {
	music "$M/a.flac" 5.237 44100 -sample_fmt s16
	music "$M/b.wav" 1.3 96000 -c:a pcm_s24le
	music "$M/c.flac" 1 44100 -sample_fmt s16 -ac 1
	music "$M/d.flac" 0.01 44100 -sample_fmt s16
	ffmpeg -nostdin -v error -f lavfi -i color=c=red:s=64x64 -frames:v 1 "$BATS_TEST_TMPDIR/cover.png"
	metaflac --remove-all-tags --set-tag='TITLE=Träume 夢' --set-tag=ARTIST=Ann --set-tag=ARTIST=Bob --set-tag=TRACKNUMBER=3 --set-tag=MOOD=calm --set-tag=DATE=1987 \
		--set-tag=REPLAYGAIN_TRACK_GAIN='-3.00 dB' --set-tag=ITUNSMPB=old --import-picture-from="$BATS_TEST_TMPDIR/cover.png" "$M/a.flac"
	library
	plan_all --ladder aac
	qfzz encode --plan plan.ndjson | valid
	want=$(lufs "$M/a.flac")
	for rung in aac-256 aac-192 aac-128 aac-96 aac-64; do
		f=$(file $rung)
		[ "$(ffprobe -v error -select_streams a -show_entries stream=codec_name,sample_rate,channels,duration_ts -of csv=p=0 "$f" | tr -d "\n")" = aac,44100,2,230952, ]
		[ "$(frames "$f")" = 230952 ]
		awk -v a="$want" -v b="$(lufs "$f")" 'BEGIN { exit !(a - b < 0.11 && b - a < 0.11) }' || { echo "$rung: $(lufs "$f") LUFS, the source $want"; false; }
	done
	mpv --no-config --no-terminal --no-video --ao=pcm --ao-pcm-file=heard.wav "$(file aac-128)"
	[ "$(frames heard.wav)" = 230952 ]
	[ "$(frames "$R"/02/2-aac-128-*)" = 62400 ] # 1.3 s at 48 kHz
	[ "$(frames "$R"/04/4-aac-128-*)" = 1024 ] # 441, and a packet is the least
	[ "$(ffprobe -v error -show_entries stream=sample_rate,channels -of csv=p=0 "$R"/03/3-aac-96-*)" = 44100,1 ]
	/usr/bin/python3 - "$(file aac-192)" "$BATS_TEST_TMPDIR/cover.png" <<-'END'
	import sys
	from mutagen.mp4 import MP4, MP4Cover
	t = MP4(sys.argv[1])
	assert t["\xa9nam"] == ["Träume 夢"] and t["\xa9ART"] == ["Ann", "Bob"] and t["trkn"] == [(3, 0)] and t["\xa9day"] == ["1987"], t
	assert bytes(t["----:com.apple.iTunes:MOOD"][0]) == b"calm" and bytes(t["----:com.apple.iTunes:REPLAYGAIN_TRACK_GAIN"][0]) == b"-3.00 dB", t
	assert bytes(t["covr"][0]) == open(sys.argv[2], "rb").read() and t["covr"][0].imageformat == MP4Cover.FORMAT_PNG
	# 226 packets of 1,024 hold 472 samples more than are heard: they stand in front, with the 1,024 of the encoder's delay
	assert len(t["----:com.apple.iTunes:iTunSMPB"]) == 1
	assert bytes(t["----:com.apple.iTunes:iTunSMPB"][0]).split()[1:4] == [b"000005D8", b"00000000", b"0000000000038628"], t
	b = open(sys.argv[1], "rb").read()
	assert b[4:8] == b"ftyp" and b[b.index(b"ftyp") - 4 + 28 + 4:][:4] == b"moov" and b.index(b"moov") < b.index(b"mdat")
	END
	(cd "$R" && find . -type f | sort | xargs sha256sum) > first
	rm -r "$R"
	qfzz encode -q --plan plan.ndjson
	(cd "$R" && find . -type f | sort | xargs sha256sum) | cmp first -
}

@test "where a worker has no AAC encoder, a sentence says so, and nothing is left behind" {
	music "$M/a.flac" 2 44100 -sample_fmt s16
	library
	plan_all --ladder aac
	cp -r "$BUILD/bin" "$BUILD/libexec" .
	for worker in render-aac render-av; do cp libexec/qfzz/qfzz-render libexec/qfzz/qfzz-$worker; done
	run bin/qfzz-encode -q --plan plan.ndjson
	[ "$status" = 1 ]
	[[ $output == *"a.flac: this program was built without an encoder for aac (unsupported)"* ]]
	[ -z "$(find "$R" -name '*.m4a' -o -name '.qfzz*')" ]
	qfzz encode -q --plan plan.ndjson
	[ "$(find "$R" -name '*.m4a' | wc -l)" = 6 ]
}

@test "a wanted loudness is met, the ceiling holds, and gains are no longer told" {
	music "$M/a.flac" 20 44100 -sample_fmt s16
	metaflac --set-tag=REPLAYGAIN_TRACK_GAIN='-3.00 dB' "$M/a.flac"
	library
	qfzz features -q
	plan_all --loudness -23
	qfzz encode -q --plan plan.ndjson
	for rung in flac mp3-320 opus-96; do awk -v b="$(lufs "$(file $rung)")" 'BEGIN { exit !(b > -23.11 && b < -22.89) }'; done
	[ "$(metaflac --show-tag=REPLAYGAIN_TRACK_GAIN "$(file flac)")" = "" ]
	rm -r "$R"
	plan_all --loudness -14 --ceiling -9 --ladder flac
	qfzz encode -q --plan plan.ndjson
	peak() { ffmpeg -nostdin -nostats -i "$1" -af ebur128=peak=true -f null - 2>&1 | sed -n 's/^ *Peak: *\([-0-9.]*\) dBFS/\1/p' | tail -n 1; }
	awk -v p="$(peak "$(file flac)")" 'BEGIN { exit !(p <= -8.9 && p > -9.3) }' # stops at the ceiling, and falls short
	rm -r "$R"
	plan_all --loudness -14 --ceiling -9 --ladder flac --limit
	qfzz encode -q --plan plan.ndjson
	awk -v p="$(peak "$(file flac)")" -v l="$(lufs "$(file flac)")" 'BEGIN { exit !(p <= -8.8 && l > -15) }' || { echo "$(peak "$(file flac)") dBTP $(lufs "$(file flac)") LUFS"; false; }
}

@test "the same source and plan give the same bytes, whatever was there before" {
	music "$M/a.flac" 5 44100 -sample_fmt s16
	library
	plan_all
	qfzz encode -q --plan plan.ndjson
	(cd "$R" && find . -type f | sort | xargs sha256sum) > first
	rm -r "$R"
	qfzz encode -q --plan plan.ndjson --job 1
	(cd "$R" && find . -type f | sort | xargs sha256sum) > second
	cmp first second
	[ "$(qfzz query | wc -l)" = 1 ]
	[ "$(sql 'SELECT count(*) FROM rendition')" = 6 ]
	for f in $(sql 'SELECT file || "=" || sha256 FROM rendition'); do [ "$(sha256sum "$R/${f%=*}" | cut -d ' ' -f 1)" = "${f#*=}" ]; done
	plan_all
	[ "$(jq -s -c '[.[0].make, .[0].keep, .[0].jobs]' plan.ndjson)" = "[0,6,0]" ]
	rm "$R"/01/1-flac*
	plan_all
	[ "$(jq -s -c '[.[0].make, .[0].keep]' plan.ndjson)" = "[1,5]" ]
}

@test "AAC and ALAC are encoded too, by the second decoder" {
	music "$M/a.m4a" 5 44100 -c:a aac -b:a 192k
	music "$M/b.m4a" 5 44100 -c:a alac
	library
	plan_all
	qfzz encode -q --plan plan.ndjson
	mpv --no-config --no-terminal --no-video --ao=pcm --ao-pcm-file=/dev/null "$(file opus-96)"
	cmp <(ffmpeg -nostdin -v error -i "$M/b.m4a" -f s16le -) <(ffmpeg -nostdin -v error -i "$R"/02/2-flac-* -f s16le -)
	[ ! -e "$R"/01/1-flac-* ]
}

@test "one bad file costs one job: a sentence, a row of failure, no rendition" {
	music "$M/whole.flac" 5 44100 -sample_fmt s16
	music "$M/b.flac" 5 44100 -sample_fmt s16
	head -c 3000 "$M/whole.flac" > "$M/a.flac"
	rm "$M/whole.flac"
	cd "$BATS_TEST_TMPDIR"
	R=$BATS_TEST_TMPDIR/renditions
	qfzz ingest -q "$M" || true
	played
	plan_all
	run qfzz encode -q --plan plan.ndjson
	[ "$status" = 1 ]
	[[ $output == *"a.flac: "*" (broken)" ]]
	[ "$(sql "SELECT count(*) FROM failure WHERE stage = 'encode'")" = 1 ]
	ls "$R"/02/2-flac-*
	[ ! -e "$R/01" ]
	[ -z "$(find "$R" -name '.qfzz*')" ]
	touch "$M/b.flac"
	run qfzz encode -q --plan plan.ndjson --job 2
	[ "$status" = 1 ]
	[[ $output == *"b.flac: it changed since the plan was made"* ]]
}

@test "plans of others, damaged plans and misuse are refused in words" {
	music "$M/a.flac" 2 44100
	library
	plan_all
	run qfzz encode --plan plan.ndjson --job 7
	[ "$status" = 1 ]
	[[ $output == *"there is no job 7 in it"* ]]
	run qfzz encode
	[ "$status" = 2 ]
	[[ $output == *"which plan? (--plan FILE)"* ]]
	run qfzz encode --plan nowhere.ndjson
	[ "$status" = 3 ]
	[[ $output == *"nowhere.ndjson: cannot open"* ]]
	sed 's/"catalog":"[0-9a-f]/"catalog":"x/g' plan.ndjson > other.ndjson
	run qfzz encode --plan other.ndjson
	[ "$status" = 3 ]
	[[ $output == *"a plan of another catalog"* ]]
	for bad in '../../etc/x' '/etc/x' '01/a b' '01/$(id)' '.x/y'; do
		sed "s|\"file\":\"[^\"]*\"|\"file\":\"$bad\"|" plan.ndjson > bad.ndjson
		run qfzz encode --plan bad.ndjson
		[ "$status" = 1 ] && [[ $output == *'bad.ndjson: line 2: renditions: "file" is missing, or not what it should be'* ]] || { echo "$bad: $output"; false; }
	done
	echo '{"type":"track.v1"}' > no.ndjson
	run qfzz encode --plan no.ndjson
	[ "$status" = 3 ]
	[[ $output == *"a plan begins with a row of type plan.v1"* ]]
	[ -z "$(find "$R" -type f 2>/dev/null)" ]
}

@test "a dry run and a mirror: what goes is shown first, the last rendition and originals stay" {
	music "$M/a.flac" 5 44100 -sample_fmt s16
	music "$M/b.flac" 5 44100 -sample_fmt s16
	library
	plan_all
	qfzz encode --plan plan.ndjson --dry-run | valid
	[ "$(qfzz encode --plan plan.ndjson --dry-run | jq -r .planned | sort -u)" = encode ]
	[ ! -e "$R" ]
	qfzz encode -q --plan plan.ndjson
	plan_all --ladder vorbis # none of the old ones is on it
	run qfzz encode --plan plan.ndjson --mirror
	[ "$status" = 1 ]
	[[ $output == *"track 1: its renditions stay, for there is no other yet"* ]]
	[ "$(find "$R" -name '1-*' | wc -l)" = 7 ]
	qfzz encode -q --plan plan.ndjson
	before=$(find "$R" -type f | wc -l)
	[ "$(qfzz encode --plan plan.ndjson --mirror --dry-run | jq -r .planned | sort | uniq -c | tr -s ' ')" = " 12 dropped by the plan" ]
	[ "$(find "$R" -type f | wc -l)" = "$before" ]
	qfzz encode --plan plan.ndjson --mirror | valid
	[ "$(ls "$R/01" | tr '\n' ' ' | sed 's/-[0-9a-f]\{16\}//g')" = "1-preview.ogg 1-vorbis-128.ogg 1-vorbis-192.ogg 1-vorbis-320.ogg 1-vorbis-64.ogg 1-vorbis-96.ogg 1-waveform.json " ]
	[ -z "$(qfzz encode --plan plan.ndjson --mirror)" ] # once is enough
	rm "$M/b.flac"
	qfzz ingest -q "$M"
	qfzz encode --plan plan.ndjson --mirror --dry-run | jq -e '.track == 2 and .planned == "the track is gone"' >/dev/null
	qfzz encode -q --plan plan.ndjson --mirror
	[ -z "$(ls "$R/02")" ]
	[ -n "$(ls "$R/01")" ]
	[ -e "$M/a.flac" ]
}

@test "a mirror takes all of a track that rows name, but nothing that is on the plan" {
	for i in a b; do music "$M/$i.flac" 5 44100 -sample_fmt s16; done
	library
	plan_all --ladder opus
	qfzz encode -q --plan plan.ndjson
	printf '{"type":"track.v1","track":1}\n{"path":"/nowhere.flac"}\n{"type":"track.v1","path":"%s"}\n{"type":"other.v1"}\n' "$M/b.flac" > rows
	plan_all --ladder opus --where title:nothing
	[ "$(qfzz encode --plan plan.ndjson --mirror --dry-run - < rows 2>/dev/null | jq -r .planned | sort | uniq -c | tr -s ' ')" = " 10 asked for
 1 null" ]
	plan_all --ladder opus --where track:1
	run qfzz encode --plan plan.ndjson --mirror --quiet - < rows
	[ "$status" = 1 ]
	[[ $output == *"track 1: its renditions stay, for it is on the plan"*"/nowhere.flac: not in the catalog"* ]]
	[ -z "$(ls "$R/02")" ] # with its waveform
	[ "$(ls "$R/01" | wc -l)" = 6 ]
	[ "$(sql 'SELECT count(*) FROM rendition')" = 5 ]
	[ -e "$M/b.flac" ]
	for misuse in "-" "--mirror x" "--mirror - -"; do
		run qfzz encode --plan plan.ndjson $misuse < /dev/null
		[ "$status" = 2 ]
	done
}

# covers_are_whole: of all renditions in r, whose tracks are called after their cover
covers_are_whole() {
	find r -name '*-*.*' -not -name '*.json' | xargs /usr/bin/python3 -c 'if True:
	import base64, os, sys
	from mutagen import File
	from mutagen.flac import Picture
	for name in sys.argv[1:]:
	    t = File(name)
	    if name.endswith(".mp3"): title, cover = t["TIT2"].text, t.tags.getall("APIC")[0].data
	    elif name.endswith(".m4a"): title, cover = t["\xa9nam"], bytes(t["covr"][0])
	    elif name.endswith(".flac"): title, cover = t["title"], t.pictures[0].data
	    else: title, cover = t["title"], Picture(base64.b64decode(t["metadata_block_picture"][0])).data
	    assert cover == open(os.environ["BATS_TEST_TMPDIR"] + "/cover" + title[0] + ".jpg", "rb").read(), name'
}

@test "covers of 2 MB arrive whole in every codec, and what make makes of a plan stays within its budget" {
	for i in 1 2 3; do
		music "$M/$i.flac" 2 44100 -sample_fmt s16
		{ printf '\377\330\377'; seq -f "$i %.0f" 999999 | head -c $((1999866 + i)); } > "$BATS_TEST_TMPDIR/cover$i.jpg" # the third has whole KiB
		metaflac --set-tag=TITLE=$i --import-picture-from="3|image/jpeg||64x64x24|$BATS_TEST_TMPDIR/cover$i.jpg" "$M/$i.flac"
	done
	library
	for ladder in standard aac; do
		for budget in 6 50; do
			qfzz plan transcode --policy play-count --ladder $ladder --budget ${budget}MB --into r --format make -o plan.mk --now 1700000000
			make -s -f plan.mk
			took=$(find r -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
			planned=$(head -n 1 plan.ndjson | jq .bytes)
			[ "$took" -le "$planned" ] && [ "$planned" -le ${budget}000000 ] && [ "$took" -gt $((planned * 9 / 10)) ] || { echo "$ladder, $budget MB: $planned planned, $took taken"; false; }
			covers_are_whole
			rm -rf r plan.ok
		done
	done
	[ "$(jq -s '[.[1:][].renditions[] | select(.bytes < 2000000)] | length' plan.ndjson)" = 0 ]
}

@test "a plan for make: numbers only, in one stamp a track, done once" {
	for i in 1 2 3; do music "$M/$i.flac" 2 44100; done
	library
	qfzz plan transcode --into r --format make -o plan.mk --now 1700000000
	! grep -q "$M" plan.mk || false
	[ "$(grep -c '^plan.ok/' plan.mk)" = 3 ]
	make -s -j2 -f plan.mk
	[ "$(ls plan.ok | wc -l)" = 3 ]
	[ "$(make -j2 -f plan.mk)" = "make: Nothing to be done for 'all'." ]
	rm -r r
	qfzz plan transcode --into r --format make -o plan.mk --now 1700000000 # what was done is not there: it is done again
	make -s -j2 -f plan.mk
	[ "$(find r -name '*.opus' | wc -l)" = 3 ]
	qfzz plan transcode --into r2 --format shell -o plan.sh --now 1700000000
	sh plan.sh
	[ "$(find r2 -name '*.opus' | wc -l)" = 3 ]
}

@test "a plan of more than 10,000 jobs is in several files, which one make runs" {
	library
	sqlite3 "$QFZZ_CATALOG" "INSERT INTO root (path) VALUES (CAST('/nowhere' AS BLOB));
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10003)
		INSERT INTO track (root_id, path, size, mtime_ns, inode, added_at, updated_at, duration_ms, bitrate_kbps, codec)
			SELECT (SELECT max(id) FROM root), CAST(i || '.flac' AS BLOB), 1, 1, 1, 1, 1, 200000, 900, 'flac' FROM n"
	qfzz plan transcode --ladder preview --budget 1TB --format make -o plan.mk
	[ "$(wc -l <plan.0001.ndjson)" = 10001 ]
	[ "$(wc -l <plan.0002.ndjson)" = 4 ]
	[ "$(wc -l <plan.ndjson)" = 1 ]
	[ "$(head -n 1 plan.0002.ndjson | jq -c '[.jobs, .files]')" = "[3,2]" ]
	valid < plan.0002.ndjson
	[ "$(make -n -f plan.mk | grep -c -- 'plan.000[12].ndjson --job')" = 10003 ]
	[ "$(make -n -f plan.0002.mk | grep -c 'plan.0002.ndjson --job')" = 3 ]
}
