#!/usr/bin/env bats
# What qfzz-playlist writes, mpv and MPD play: 16 odd names in every format that they read. mpv is measured by the
# length of the sound that comes out of it, MPD by what its log says was played to the end.

bats_require_minimum_version 1.5.0

NAMES=('plain' 'Sigur Rós' $'Cafe\u0301 decomposed' '#hash' ' blank first' 'blank last ' '100%20' 'a%2Fb?x=y&z' "it's" '"quoted" \back'
	'<tag> & entity' 'http:' '[1] {2} *' '-dash' $'tab\there' $'two\nlines' $'latin\xe9')

setup_file() {
	export W=$BATS_FILE_TMPDIR
	mkdir -p "$W/music/sub dir" "$W/lists"
	cd "$W"
	export QFZZ_CATALOG=$W/none.db
	head -c 96000 /dev/zero | flac -s --force-raw-format --endian=little --sign=signed --channels=1 --bps=16 --sample-rate=48000 -o one.flac - # a second
	for n in "${NAMES[@]:1}"; do cp one.flac "music/$n.flac"; done
	cp one.flac "music/sub dir/${NAMES[0]}.flac"
	find "$W/music" -name '*.flac' -print0 | sort -z | while IFS= read -r -d '' f; do
		printf '{"type":"track.v1","path":"?","path_b64":"%s","duration_ms":1000}\n' "$(printf %s "$f" | base64 -w 0)"
	done > rows
	[ "$(wc -l < rows)" = 17 ]
}

setup() {
	cd "$W"
}

# seconds LIST: of sound that come out of mpv
seconds() {
	rm -f out.pcm
	mpv --no-config --no-video --really-quiet --ao=pcm --ao-pcm-file=out.pcm --ao-pcm-waveheader=no --audio-format=s16 \
		--audio-samplerate=48000 --audio-channels=stereo --untimed "$1" < /dev/null
	echo $(($(stat -c %s out.pcm) / 192000))
}

@test "mpv plays every entry that M3U and PLS can express; the others are named, exit 1" {
	command -v mpv > /dev/null || skip "mpv is not installed"
	for list in x.m3u x.m3u8 x.pls; do
		run -1 --separate-stderr qfzz-playlist -o "lists/$list" - < rows
		[ "${#stderr_lines[@]}" = 1 ]
		[[ "$stderr" = *'two\nlines.flac: a path with a line break cannot stand in this format'* ]]
		[ "$(seconds "lists/$list")" = 16 ]
	done
}

@test "as URIs mpv plays all of them, those with a line break too" {
	command -v mpv > /dev/null || skip "mpv is not installed"
	qfzz-playlist --profile uri -o lists/uri.m3u - < rows
	[ "$(seconds lists/uri.m3u)" = 17 ]
	qfzz-playlist --profile uri -o lists/uri.pls - < rows
	[ "$(seconds lists/uri.pls)" = 17 ]
}

# mpd_plays LIST: how many are $queued and $played to the end by a daemon of its own behind a local socket, without a sound card
mpd_plays() {
	mkdir -p mpd/lists
	rm -f mpd/log mpd/db mpd/socket
	printf '%s\n' "music_directory \"$W\"" "playlist_directory \"$W/mpd/lists\"" "db_file \"$W/mpd/db\"" "log_file \"$W/mpd/log\"" "bind_to_address \"$W/mpd/socket\"" \
		'log_level "verbose"' 'audio_output {' 'type "null"' 'name "null"' 'sync "no"' '}' > mpd/conf
	mpd --no-daemon mpd/conf > mpd/out 2>&1 3>&- &
	MPD=$!
	export MPD_HOST=$W/mpd/socket
	for _ in {1..600}; do mpc status > /dev/null 2>&1 && break; sleep 0.1; done
	mpc -q update --wait
	mpc -q load "$1" > /dev/null
	queued=$(mpc playlist -f '%file%' | wc -l)
	mpc -q play
	for _ in {1..600}; do
		played=$(grep -a 'player: played "' mpd/log | sed 's/.*player: //' | sort -u | wc -l)
		[ "$played" = "$queued" ] && break
		sleep 0.1
	done
	kill "$MPD"
	wait "$MPD" || true
	MPD=
}

teardown() {
	[ -z "${MPD:-}" ] || kill "$MPD"
}

@test "MPD plays every entry that M3U and PLS can express; the others are named, exit 1" {
	command -v mpd > /dev/null && command -v mpc > /dev/null || skip "mpd or mpc is not installed"
	for list in mpd.m3u mpd.pls; do
		run -1 --separate-stderr qfzz-playlist --profile mpd -o "lists/$list" - < rows
		[ "${#stderr_lines[@]}" = 2 ]
		[[ "$stderr" = *'two\nlines.flac: a path with a line break'* ]]
		[[ "$stderr" = *' blank first.flac: a name that begins with a blank is not found by this player'* ]]
		mpd_plays "lists/$list"
		echo "$list: $queued queued, $played played"
		[ "$queued $played" = '15 15' ]
	done
}
