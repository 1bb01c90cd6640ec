#!/usr/bin/env bats
# Listening: pending tracks, rows, failures, the same bytes whatever the number of workers.
load common

@test "pending tracks are heard once; nothing is printed" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	run qfzz features
	[ "$status" = 1 ] || [ "$status" = 0 ]
	[ "$(sql 'SELECT count(*) FROM features f JOIN track t ON t.id = f.track_id WHERE t.title IS NOT NULL AND loudness_lufs IS NOT NULL')" = 4 ]
	run qfzz features
	[ "$status" = 0 ] && [ -z "$output" ]
}

@test "each feature of the table is there, in its range, and valid by the schema" {
	small_library
	qfzz ingest -q "$M/a"
	qfzz features track:1 | valid
	qfzz features track:1 | jq -e '.features | (.loudness_lufs < 0) and (.embedding | length == 64)
		and (.waveform | length == 1000) and (.mfcc_mean | length == 20) and (.energy >= 0 and .energy <= 1)
		and ((.embedding | map(. * .) | add) - 1 | fabs < 0.001)'
}

@test "the fingerprint is the one of fpcalc" {
	command -v fpcalc >/dev/null || skip "fpcalc is not installed"
	tone "$M/long.wav" 300
	ffmpeg -nostdin -v error -y -f lavfi -i 'sine=frequency=300:sample_rate=44100:duration=6,tremolo=f=3:d=0.8' -ac 2 "$M/long.wav"
	ffmpeg -nostdin -v error -y -i "$M/long.wav" "$M/long.flac"
	for f in "$M/long.wav" "$M/long.flac"; do
		[ "$(qfzz features "$f" | jq -r .features.fingerprint)" = "$(fpcalc -plain "$f")" ]
	done
}

@test "the digest of the file is sha256sum's, and the audio id outlives a new tag" {
	tone "$M/one.flac" 220 title=One
	row=$(qfzz features "$M/one.flac")
	[ "$(jq -r .features.file_sha256 <<<"$row")" = "$(sha256sum < "$M/one.flac" | cut -d' ' -f1)" ]
	metaflac --remove-tag=title --set-tag=title=Another --set-tag=comment=longer "$M/one.flac"
	again=$(qfzz features "$M/one.flac")
	[ "$(jq -r .features.audio_id <<<"$row")" = "$(jq -r .features.audio_id <<<"$again")" ]
	[ "$(jq -r .features.file_sha256 <<<"$row")" != "$(jq -r .features.file_sha256 <<<"$again")" ]
}

@test "the hash of the samples is what ffmpeg and sha256sum make of them, by either decoder; of lossy and of floating sound there is none" {
	cd "$M"
	ffmpeg -nostdin -v error -f lavfi -i "anoisesrc=d=1:c=pink:r=22050:a=0.9:seed=3" -ac 2 -c:a pcm_s24le 24.wav
	for f in 16.wav 8.wav:pcm_u8 24.caf:pcm_s24be 16.m4a:alac:s16p 24.m4a:alac:s32p 24.flac:flac:s32 16.flac:flac:s16 24.wv:wavpack:s32p 8.wv:wavpack:u8p float.wav:pcm_f32le 32.wav:pcm_s32le lossy.mp3; do
		IFS=: read -r file codec format <<<"$f"
		ffmpeg -nostdin -v error -i 24.wav ${codec:+-c:a $codec} ${format:+-sample_fmt $format -bits_per_raw_sample ${file%%.*}} "$file"
	done
	qfzz features -- * | jq -r '[(.path | sub(".*/"; "")), .features.pcm_sha256] | join(" ")' > "$BATS_TEST_TMPDIR/got"
	for f in *; do
		case $f in 8.* | 16.*) form=s16le ;; 24.*) form=s24le ;; *) form= ;; esac
		printf '%s %s\n' "$f" "${form:+$(ffmpeg -nostdin -v error -i "$f" -f $form - | sha256sum | cut -d ' ' -f 1)}"
	done | diff - "$BATS_TEST_TMPDIR/got"
	[ "$(cut -d ' ' -f 2 "$BATS_TEST_TMPDIR/got" | sort -u | wc -l)" = 4 ] # of 8, 16, 24 bits, and none
	head -c 60000 24.flac > cut.flac
	[ "$(qfzz features cut.flac | jq -r .features.pcm_sha256)" = null ] # nor of what is left of a damaged one
}

@test "a file that no catalog knows is heard and printed, not stored" {
	small_library
	qfzz ingest -q "$M/a"
	run qfzz features "$M/b/three.ogg"
	[ "$status" = 0 ]
	jq -e '.features.peak_dbfs and (has("track") | not)' <<<"$output"
	[ "$(sql 'SELECT count(*) FROM features')" = 0 ]
}

@test "rows come out in their order with every foreign byte, whatever the number of workers" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	qfzz query title:o title:e \| title:o | jq -c . | sed 's/^{/{"mine" : 0.830,/' > "$BATS_TEST_TMPDIR/in"
	[ -s "$BATS_TEST_TMPDIR/in" ]
	qfzz features -j 1 - < "$BATS_TEST_TMPDIR/in" > "$BATS_TEST_TMPDIR/1"
	qfzz features -j 4 - < "$BATS_TEST_TMPDIR/in" > "$BATS_TEST_TMPDIR/4"
	cmp "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/4"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/1")" = "$(wc -l < "$BATS_TEST_TMPDIR/in")" ]
	[ "$(grep -c '^{"mine" : 0.830,' "$BATS_TEST_TMPDIR/1")" = "$(wc -l < "$BATS_TEST_TMPDIR/in")" ]
}

@test "a bad line costs that line" {
	small_library
	qfzz ingest -q "$M/a"
	run bash -c 'printf "{\"track\":1}\nnonsense\n{\"track\":99}\n{\"track\":2}\n" | qfzz features - 2>&1 >/dev/null'
	[ "$status" = 1 ]
	[[ $output == *"line 2: not a JSON object"* ]]
	[[ $output == *"line 3: track 99 is not in the catalog"* ]]
	[ "$(sql 'SELECT count(*) FROM features')" = 2 ]
}

@test "a file that cannot be decoded is a known failure the next time" {
	mkdir -p "$M"
	tone "$M/good.flac" 220 title=Good
	tone "$M/bad.flac" 330 title=Bad
	qfzz ingest -q "$M"
	size=$(stat -c %s "$M/bad.flac")
	touch -r "$M/bad.flac" "$BATS_TEST_TMPDIR/time"
	head -c "$size" /dev/zero > "$M/bad.flac"
	touch -r "$BATS_TEST_TMPDIR/time" "$M/bad.flac"
	run qfzz features
	[ "$status" = 1 ]
	[[ $output == *"bad.flac: "* ]]
	run qfzz features
	[ "$status" = 0 ] && [ -z "$output" ]
	[ "$(sql 'SELECT count(*) FROM features')" = 1 ]
}

# The oracle decodes the album's files one behind the other; ffmpeg's gate is the same standard's.
@test "an album has one loudness and one peak in all its tracks, and follows them" {
	mkdir -p "$M"
	for f in 1:220:1 2:330:0.25 3:550:0.5; do
		IFS=: read -r n hz a <<<"$f"
		ffmpeg -nostdin -v error -y -f lavfi -i "sine=frequency=$hz:sample_rate=44100:duration=5,volume=$a" -ac 2 \
			-metadata title=T$n -metadata artist=Ann -metadata album=First "$M/$n.flac"
	done
	tone "$M/alone.flac" 440 title=Alone
	qfzz ingest -q "$M"
	qfzz features
	ffmpeg -nostdin -v error -y -i "$M/1.flac" -i "$M/2.flac" -i "$M/3.flac" -filter_complex '[0:a][1:a][2:a]concat=n=3:v=0:a=1' "$BATS_TEST_TMPDIR/all.wav"
	want=$(qfzz features "$BATS_TEST_TMPDIR/all.wav" | jq .features.loudness_lufs)
	qfzz query album:First | jq -s -e --argjson want "$want" 'length == 3 and (map(.features.album_loudness_lufs) | unique | length == 1 and (.[0] - $want | fabs < 0.15))
		and (map(.features.album_peak_dbtp) | unique) == [map(.features.true_peak_dbtp) | max]'
	qfzz query title:Alone | jq -e '.features.album_loudness_lufs == null'
	before=$(sql 'SELECT max(album_loudness_lufs) FROM features')
	[ "$(qfzz query "album_loudness_lufs:$(awk "BEGIN { print $before - 1 }").." | wc -l)" = 3 ]
	rm "$M/1.flac"
	qfzz ingest -q "$M"
	qfzz features
	[ "$(sql "SELECT max(album_loudness_lufs) < $before - 2 FROM features f JOIN track t ON t.id = f.track_id WHERE t.missing_since IS NULL")" = 1 ]
	metaflac --remove-tag=album --set-tag=album=Other "$M/3.flac" # each by itself now, and as loud as itself
	qfzz ingest -q "$M"
	qfzz features
	[ "$(sql 'SELECT count(*) FROM features WHERE abs(album_loudness_lufs - loudness_lufs) < 0.001 AND album_peak_dbtp = true_peak_dbtp')" = 2 ]
	[ "$(sql 'SELECT count(*) FROM album_stale')" = 0 ]
}

@test "a stale version is heard again" {
	small_library
	qfzz ingest -q "$M/a"
	qfzz features
	sqlite3 "$QFZZ_CATALOG" 'UPDATE features SET version = 1, loudness_lufs = 0 WHERE track_id = 1'
	qfzz features
	[ "$(sql 'SELECT loudness_lufs < -5 FROM features WHERE track_id = 1')" = 1 ]
}

@test "a retagged file keeps what was heard, with its new digest; another sound, or Opus, is heard again" {
	tone "$M/one.flac" 220 title=One
	tone "$M/two.flac" 330 title=Two
	tone "$M/three.opus" 440 title=Three
	qfzz ingest -q "$M"
	qfzz features
	sqlite3 "$QFZZ_CATALOG" 'UPDATE features SET loudness_lufs = -99' # what was heard again has another
	metaflac --remove-tag=title --set-tag=title=Uno --set-tag=comment=longer "$M/one.flac"
	tone "$M/two.flac" 550 title=Two
	ffmpeg -nostdin -v error -i "$M/three.opus" -c copy -metadata:s title=Tre "$BATS_TEST_TMPDIR/three.opus"
	mv "$BATS_TEST_TMPDIR/three.opus" "$M/three.opus"
	qfzz ingest "$M"
	[ "$(qfzz features --dry-run | wc -l)" = 3 ]
	qfzz features
	[ "$(sql "SELECT group_concat(title || (loudness_lufs = -99)) FROM (SELECT title, loudness_lufs FROM features JOIN track ON id = track_id ORDER BY 1)")" = Tre0,Two0,Uno1 ]
	[ "$(sql "SELECT file_sha256 FROM features JOIN track ON id = track_id WHERE title = 'Uno'")" = "$(sha256sum < "$M/one.flac" | cut -d' ' -f1)" ]
	[ -z "$(qfzz features --dry-run)" ]
	qfzz features --all
	[ "$(sql 'SELECT count(*) FROM features WHERE loudness_lufs = -99')" = 0 ]
}

@test "a file that was renamed, retagged, copied and touched is the same track once it was heard" {
	tone "$M/one.flac" 220 title=One
	qfzz ingest -q --dataset d "$M"
	qfzz features
	printf '{"t":100,"action":"play","path":"%s"}\n' "$M/one.flac" > "$BATS_TEST_TMPDIR/h.ndjson"
	qfzz events -q "$BATS_TEST_TMPDIR/h.ndjson"
	cp "$M/one.flac" "$M/uno nuovo.flac"
	rm "$M/one.flac"
	metaflac --remove-tag=title --set-tag=title=Uno --set-tag=comment=longer "$M/uno nuovo.flac"
	touch -d 2001-01-01 "$M/uno nuovo.flac"
	qfzz ingest "$M"
	[ "$(sql 'SELECT count(*), count(missing_since) FROM track')" = "2|1" ]
	printf '{"t":1000,"action":"play","derived":true,"path":"%s"}\n' "$M/uno nuovo.flac" > "$BATS_TEST_TMPDIR/h.ndjson"
	qfzz events -q "$BATS_TEST_TMPDIR/h.ndjson"
	[ "$(sql 'SELECT action FROM event WHERE at = 1000')" = play ] # of another track, for all that is known
	qfzz features
	[ "$(sql 'SELECT action FROM event WHERE at = 1000')" = replay ]
	[ "$(sql 'SELECT id, path, title, missing_since IS NULL FROM track')" = "1|uno nuovo.flac|Uno|1" ]
	[ "$(sql 'SELECT (SELECT count(*) FROM event WHERE track_id = 1), (SELECT count(*) FROM dataset_track WHERE track_id = 1), (SELECT count(*) FROM features WHERE track_id = 1)')" = "2|1|1" ]
	[ "$(qfzz query uno | wc -l)" = 1 ]
	[ "$(sql 'PRAGMA foreign_key_check; PRAGMA integrity_check')" = ok ]
	run qfzz ingest "$M"
	[ "$status" = 0 ] && [ -z "$output" ]
}

@test "without its worker the tool says so and is exit 3" {
	small_library
	qfzz ingest -q "$M/a"
	QFZZ_LIBEXEC=/nonexistent run qfzz features
	[ "$status" = 3 ]
	[[ $output == *"/nonexistent/qfzz-listen"* ]]
}

@test "what libsndfile does not read is heard by the second decoder" {
	tone "$M/song.m4a" 440 title=Song
	qfzz ingest -q "$M"
	run qfzz features
	[ "$status" = 0 ] && [ -z "$output" ]
	[ "$(sql 'SELECT abs(duration_s - 2) < 0.1 FROM features')" = 1 ]
	[ "$(sql 'SELECT count(*) FROM failure')" = 0 ]
}

@test "a damaged file is heard, and told of once: how much of how much" {
	tone "$M/whole.wav" 330
	head -c 200000 "$M/whole.wav" > "$M/half.wav" # 1.1 of 2 s
	qfzz ingest -q "$M" || [ $? = 1 ]
	run qfzz features
	[ "$status" = 1 ]
	[[ $output == *"half.wav: decoded 1.1 s of 2.0 s declared, truncated: 200,000 of "*"(damaged)" ]]
	[ "$(sql 'SELECT count(*) FROM features')" = 2 ]
	[ "$(sql 'SELECT class FROM failure WHERE stage = "features"')" = damaged ]
	run qfzz features
	[ "$status" = 0 ] && [ -z "$output" ]
	cp "$M/whole.wav" "$M/half.wav"
	qfzz ingest -q "$M"
	run qfzz features
	[ "$status" = 0 ] && [ -z "$output" ]
	[ "$(sql 'SELECT count(*) FROM failure')" = 0 ]
}

@test "the sandbox changes no byte of what is heard" {
	[[ $BUILD != *asan* ]] || skip "no sandbox under a sanitizer"
	small_library
	tone "$M/b/five.m4a" 660 title=Five
	for how in off require; do
		QFZZ_SANDBOX=$how qfzz ingest -q --catalog "$BATS_TEST_TMPDIR/$how.db" "$M" || [ $? = 1 ]
		QFZZ_SANDBOX=$how qfzz features -q --catalog "$BATS_TEST_TMPDIR/$how.db" || [ $? = 1 ]
		sqlite3 "$BATS_TEST_TMPDIR/$how.db" '.mode quote' 'SELECT * FROM features ORDER BY 1' 'SELECT * FROM failure ORDER BY 1' > "$BATS_TEST_TMPDIR/$how"
	done
	[ -s "$BATS_TEST_TMPDIR/off" ]
	cmp "$BATS_TEST_TMPDIR/off" "$BATS_TEST_TMPDIR/require"
}

@test "without a sandbox --require-sandbox refuses; a kernel without seccomp is told of once" {
	tone "$M/one.flac" 220 title=One
	tone "$M/two.flac" 330 title=Two
	QFZZ_SANDBOX=off run qfzz ingest --require-sandbox "$M"
	[ "$status" = 3 ]
	[[ $output == *"no sandbox holds this worker"* ]]
	[ "$(sql 'SELECT count(*) FROM track')" = 0 ]
	[[ $BUILD != *asan* ]] || return 0
	command -v strace >/dev/null || skip "strace is not installed"
	run strace -f -qq -o /dev/null -e trace=seccomp,prctl -e inject=seccomp,prctl:error=ENOSYS qfzz ingest "$M"
	[ "$status" = 0 ]
	[ "$(grep -c 'no seccomp filters' <<<"$output")" = 1 ]
	run strace -f -qq -o /dev/null -e trace=seccomp,prctl -e inject=seccomp,prctl:error=ENOSYS qfzz features --require-sandbox
	[ "$status" = 3 ]
	[[ $output == *"it says 'limits'"* ]]
}

@test "--explain shows every feature, its unit, its meaning, and sums that add up" {
	small_library
	qfzz ingest -q "$M/a"
	qfzz features
	run qfzz features --explain track:1
	[ "$status" = 0 ]
	for f in $(grep -v "^#" "$BATS_TEST_DIRNAME/../../schemas/features.tsv" | cut -f 1); do
		[[ $output == *"  $f "* ]]
	done
	[[ $output == *LUFS*"integrated loudness"* ]]
	# units are in one column, whatever stands before them
	[ "$(LC_ALL=C.UTF-8 sed -nE '/^    [-+1]/d; s/^ .{54}(.{5})  .*/\1/p' <<<"$output" | tr -d ' ')" = "$(grep -v '^#' "$BATS_TEST_DIRNAME/../../schemas/features.tsv" | cut -f 3)" ]
	awk '/^  [a-z]/ { name = $1; value = $2; sum = 0 } /^    [-+]/ { sum += $1 }
		/^    1 \// { n++; d = 1 / (1 + exp(-sum)) - value; if (d > 0.002 || d < -0.002) bad++ } END { exit !(n >= 3 && !bad) }' <<<"$output"
}

@test "what the catalog has is shown without hearing it again" {
	small_library
	qfzz ingest -q "$M/a"
	qfzz features
	QFZZ_LIBEXEC=/nonexistent run qfzz features --explain track:1
	[ "$status" = 0 ] || [[ $output == *nonexistent* ]]
	sqlite3 "$QFZZ_CATALOG" 'UPDATE features SET loudness_lufs = -3.21 WHERE track_id = 1'
	qfzz features --explain track:1 | grep -q 'loudness_lufs  *-3.21'
}

@test "--plot draws one track as SVG or PNG, and the same bytes again" {
	small_library
	qfzz ingest -q "$M/a"
	qfzz features --plot "$BATS_TEST_TMPDIR/one.svg" track:1
	python3 -c 'import sys, xml.dom.minidom as x; d = x.parse(sys.argv[1]); assert len(d.getElementsByTagName("rect")) >= 12' "$BATS_TEST_TMPDIR/one.svg"
	qfzz features --plot "$BATS_TEST_TMPDIR/two.svg" track:1
	cmp "$BATS_TEST_TMPDIR/one.svg" "$BATS_TEST_TMPDIR/two.svg"
	for word in waveform momentary short-term integrated beats chords tempo; do
		grep -q ">$word" "$BATS_TEST_TMPDIR/one.svg"
	done
	for n in one two; do qfzz features --plot "$BATS_TEST_TMPDIR/$n.png" track:1; done
	cmp "$BATS_TEST_TMPDIR/one.png" "$BATS_TEST_TMPDIR/two.png"
	[ "$(ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 "$BATS_TEST_TMPDIR/one.png")" = png,2360,1504 ]
	run qfzz features --plot "$BATS_TEST_TMPDIR/x.gif" track:1
	[ "$status" = 2 ]
	run qfzz features --plot "$BATS_TEST_TMPDIR/x.svg" track:1 track:2
	[ "$status" = 2 ]
	run qfzz features --explain --export acousticbrainz track:1
	[ "$status" = 2 ]
}

@test "--export acousticbrainz has AcousticBrainz's names and our values" {
	small_library
	qfzz ingest -q "$M/a"
	row=$(qfzz features track:1)
	qfzz features --export acousticbrainz track:1 > "$BATS_TEST_TMPDIR/ab"
	[ "$(jq .lowlevel.loudness_ebu128.integrated "$BATS_TEST_TMPDIR/ab")" = "$(jq .features.loudness_lufs <<<"$row")" ]
	[ "$(jq .lowlevel.spectral_centroid.mean "$BATS_TEST_TMPDIR/ab")" = "$(jq .features.centroid_hz_mean <<<"$row")" ]
	jq -e '.rhythm | has("beats_count") and has("beats_position") and has("onset_rate")' "$BATS_TEST_TMPDIR/ab"
	jq -e '(.tonal.hpcp.mean | length) == 12 and .metadata.audio_properties.length > 0' "$BATS_TEST_TMPDIR/ab"
	jq -e --argjson f "$(jq .features <<<"$row")" '(.lowlevel.mfcc.mean | length) == 13
		and (.lowlevel.mfcc.mean[1] - 8.685889638 * $f.mfcc_mean[1] | fabs) < 0.001
		and (.lowlevel.spectral_spread.mean - ($f.bandwidth_hz_mean * $f.bandwidth_hz_mean + $f.bandwidth_hz_sd * $f.bandwidth_hz_sd) | fabs) < 500
		and .lowlevel.loudness_ebu128.momentary.max == $f.loudness_momentary_max_lufs
		and .highlevel.danceability.all.danceable == $f.danceability
		and .highlevel.mood_acoustic.all.acoustic == $f.acousticness
		and .metadata.tags.title == ["One"] and .metadata.tags.album == ["First"]
		and .metadata.audio_properties.codec == "flac" and .metadata.audio_properties.sample_rate == 44100' "$BATS_TEST_TMPDIR/ab"
	# nothing that AcousticBrainz has not (its field names; the catalog knows no others)
	jq -r 'del(.metadata) | paths | map(strings) | select(length == 2) | join(".")' "$BATS_TEST_TMPDIR/ab" | sort -u | while read -r field; do
		grep -qx "$field" <<-'NAMES' || { echo "$field is no field of AcousticBrainz's"; false; }
			highlevel.danceability
			highlevel.mood_acoustic
			highlevel.voice_instrumental
			lowlevel.loudness_ebu128
			lowlevel.mfcc
			lowlevel.spectral_centroid
			lowlevel.spectral_rolloff
			lowlevel.spectral_spread
			lowlevel.zerocrossingrate
			rhythm.beats_count
			rhythm.beats_position
			rhythm.bpm
			rhythm.bpm_histogram_first_peak_bpm
			rhythm.bpm_histogram_second_peak_bpm
			rhythm.onset_rate
			tonal.chords_changes_rate
			tonal.chords_key
			tonal.chords_number_rate
			tonal.chords_scale
			tonal.chords_strength
			tonal.hpcp
			tonal.key_key
			tonal.key_scale
			tonal.key_strength
			tonal.tuning_frequency
		NAMES
	done
}

# class_of FILE: what becomes of it, in one word; the test fails if that are two, or none
class_of() {
	local said
	said=$(qfzz features "$1" 2>&1 >"$BATS_TEST_TMPDIR/row" | sed -n 's/.* (\([a-z-]*\))$/\1/p')
	[ -n "$said" ] || said=clean
	case $said in clean|damaged) jq -e '.features.duration_s > 0' "$BATS_TEST_TMPDIR/row" >/dev/null ;; *) [ ! -s "$BATS_TEST_TMPDIR/row" ] ;; esac && echo "$said"
}

@test "each of the seven classes has its file, and each file one class" {
	tone "$M/clean.flac" 220
	tone "$M/whole.wav" 330
	head -c 200000 "$M/whole.wav" > "$M/damaged.wav"
	echo "words, not music" > "$M/not-audio.mp3"
	ffmpeg -nostdin -v error -y -f lavfi -i 'sine=sample_rate=400000:duration=1' "$M/unsupported.wav" # more than 384 kHz
	head -c 60 "$M/clean.flac" > "$M/broken.flac" # a head without a frame
	python3 - "$M/limit.au" <<-'PY' # 13 hours of 1 kHz in 8 bits, of which the disk holds nothing
		import struct, sys
		n = 13 * 3600 * 1000
		with open(sys.argv[1], "wb") as f:
		    f.write(b".snd" + struct.pack(">5I", 24, n, 2, 1000, 1))
		    f.truncate(24 + n)
	PY
	for class in clean damaged not-audio unsupported broken $([[ $BUILD == *asan ]] || echo limit); do # a limit of hours takes long under ASan
		[ "$(class_of "$M/$class".*)" = "$class" ]
	done
	qfzz features -j 1 "$M/limit.au" 2>"$BATS_TEST_TMPDIR/err" &
	parent=$!
	while kill -0 $parent 2>/dev/null; do # whichever decoder is at it for a second, dies of it
		kill -9 $(ps -o pid=,cputimes= --ppid $parent | awk '$2 > 0 { print $1 }') 2>/dev/null || true
		sleep 0.1
	done
	grep -q '(crashed)$' "$BATS_TEST_TMPDIR/err"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/err")" = 1 ]
}

@test "what was MP3, AAC or Vorbis once is suspected in FLAC, and what never was is not" {
	ffmpeg -nostdin -v error -y -f lavfi -i "anoisesrc=color=pink:amplitude=0.5:seed=1:sample_rate=44100:duration=16" -c:a flac "$M/true.flac"
	qfzz features "$M/true.flac" | jq -e '.features.lossy_suspicion < 0.5'
	for codec in 'mp3 libmp3lame 160k' 'mp3 libmp3lame 320k' 'm4a aac 160k' 'ogg libvorbis 160k'; do
		set -- $codec
		ffmpeg -nostdin -v error -y -i "$M/true.flac" -c:a "$2" -b:a "$3" "$M/lossy.$1"
		qfzz features "$M/lossy.$1" | jq -e '.features.lossy_suspicion == null' # it is lossy: nothing to suspect
		ffmpeg -nostdin -v error -y -i "$M/lossy.$1" -sample_fmt s16 -c:a flac "$M/$1.flac"
		qfzz features "$M/$1.flac" | jq -e '.features.lossy_suspicion >= 0.5'
	done
}
