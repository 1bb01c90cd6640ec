#!/usr/bin/env bash
# icecast - does a station's programme, as `qfzz schedule` and `qfzz playlist` write it, go on air by the configurations that it prints? ezstream, liquidsoap, ices2 and MPD
# play it at the same time into an icecast2 on a free port of the loopback; what a listener hears must be the programme's tracks in
# its order, and for liquidsoap with the gain that is written there. Everything in a folder of its own, stopped at the end by its number.
#
#   tests/proof/icecast.sh BUILD
set -euo pipefail
PATH=$(realpath "$1")/bin:$PATH:/usr/sbin
T=$(mktemp -d) pids=()
trap 'for p in "${pids[@]}"; do kill "$p" || :; done 2> /dev/null; wait; rm -rf "$T"' EXIT
chmod 755 "$T"
cd "$T"
export QFZZ_CATALOG=$T/catalog.db
fail() { echo "icecast: $*" >&2; tail -n 5 "$T"/logs/* >&2 || :; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
until_so() { for _ in {1..300}; do "$@" > /dev/null 2>&1 && return; sleep 0.1; done; fail "in vain: $*"; }

# ---- music: tones that tell the tracks apart, under names that players trip over, for those who take MP3 and for ices2 in Vorbis
mkdir music logs lists
names=('1 plain' "2 it's \"q\"" '3 #hash; $HOME' '4 Föhn: 100%')
for i in 0 1 2 3; do
	for kind in mp3:libmp3lame ogg:libvorbis; do
		ffmpeg -nostdin -v error -f lavfi -i "sine=f=$((400 + 200 * i)):r=44100:d=3" -ac 2 -c:a "${kind#*:}" -b:a 128k -metadata title="T$i" -metadata artist="A$i" \
			-metadata genre="${kind%:*}" "music/${names[i]}.${kind%:*}"
	done
done
qfzz ingest -q music
qfzz features -q
programme() { # GENRE: two minutes of it
	printf 'all\tdaily\t06:00-06:02\tgenre:%s\tshuffle\t0\t-\t-\t-30\n' "$1" > dayparts
	qfzz schedule --dayparts dayparts --tz Z --date 2026-11-21 2> /dev/null # tones of 3 s do not fill two minutes exactly
}
programme mp3 > mp3.ndjson
programme ogg > ogg.ndjson
qfzz playlist --profile ezstream -o lists/ezstream.m3u - < mp3.ndjson
qfzz playlist --profile liquidsoap -o lists/liquidsoap.m3u - < mp3.ndjson
qfzz playlist --profile mpd -o lists/mpd.m3u - < mp3.ndjson
qfzz playlist --format paths -o lists/ices2.txt - < ogg.ndjson
gain=$(head -n 1 mp3.ndjson | jq .schedule.gain_db)

# ---- the server, and those who play
port=$(free_port)
[ "$(id -u)" != 0 ] || chown icecast2 logs
# client NAME LIST FILE: its configuration, as it is printed, with our own in it
client() { qfzz schedule --print-client "$1" | sed "s|@PORT@|$port|; s|@PASSWORD@|secret|; s|@FOLDER@|$T/logs|; s|@LIST@|$T/lists/$2|" > "$3"; }
client icecast '' icecast.xml
icecast2 -c icecast.xml > logs/icecast.out 2>&1 &
pids+=($!)
until_so curl -s "http://127.0.0.1:$port/status-json.xsl"

client ezstream ezstream.m3u ezstream.xml
chmod 600 ezstream.xml
ezstream -c ezstream.xml > logs/ezstream 2>&1 &
pids+=($!)

client liquidsoap liquidsoap.m3u radio.liq
liquidsoap radio.liq > logs/liquidsoap 2>&1 &
pids+=($!)

client ices2 ices2.txt ices2.xml
ices2 ices2.xml > logs/ices2.out 2>&1 &
pids+=($!)

export MPD_HOST=127.0.0.1 MPD_PORT
MPD_PORT=$(free_port)
client mpd '' mpd.conf
cat >> mpd.conf <<CONF
music_directory "$T"
playlist_directory "$T/lists"
db_file "$T/mpd.db"
log_file "$T/logs/mpd"
bind_to_address "127.0.0.1"
port "$MPD_PORT"
CONF
mpd --no-daemon mpd.conf > logs/mpd.out 2>&1 &
pids+=($!)
until_so mpc status
mpc -q update --wait
mpc -q load mpd > /dev/null
[ "$(mpc playlist | wc -l)" = "$(wc -l < mp3.ndjson)" ] || fail "MPD took $(mpc playlist | wc -l) of $(wc -l < mp3.ndjson) tracks"
mpc -q repeat on
mpc -q play

# ---- a listener
# tones FILE: the tones of a recording (s16le, mono, 8 kHz) one behind the other, by the crossings of zero in each 50 ms
cat > tones.py <<'PY'
import array, itertools, sys
s = array.array("h", open(sys.argv[1], "rb").read())
heard = []
for at in range(0, len(s) - 400, 400):
    b = s[at:at + 400]
    if max(map(abs, b)) > 100:
        f = sum((x < 0) != (y < 0) for x, y in zip(b, b[1:])) / 2 / 0.05
        heard.append(min(range(4), key=lambda i: abs(400 + 200 * i - f)))
print(*(t for t, run in itertools.groupby(heard) if len(list(run)) > 5))
PY
on_air() { curl -s "http://127.0.0.1:$port/status-json.xsl" | grep -q "/$1\""; }
order() { jq -r '.title[1:]' "$1" | xargs; }
level() { python3 -c 'import array, math, sys; s = array.array("h", open(sys.argv[1], "rb").read()); print(10 * math.log10(sum(x * x for x in s) / len(s) / 2 ** 30))' "$1"; }

for client in ezstream liquidsoap ices2 mpd; do
	until_so on_air $client
	(ffmpeg -nostdin -v fatal -t 10 -i "http://127.0.0.1:$port/$client" -ac 1 -ar 8000 -f s16le "$client.pcm" || echo "no sound" > "$client.bad") &
	ears+=($!)
done
wait "${ears[@]}"
for client in ezstream liquidsoap ices2 mpd; do
	[ ! -e "$client.bad" ] || fail "$client: nothing can be heard"
	codec=$(ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "http://127.0.0.1:$port/$client" | head -n 1)
	list=mp3.ndjson; [ $client != ices2 ] || list=ogg.ndjson
	heard=$(python3 tones.py $client.pcm) wanted=$(order $list)
	[ "$(wc -w <<< "$heard")" -ge 3 ] || fail "$client: heard only '$heard' in 10 s"
	[[ " $wanted $wanted " == *" $heard "* ]] || fail "$client: heard '$heard', which is not the order of $wanted"
	echo "$client: $codec, heard $heard of the programme"
done
quieter=$(awk -v a="$(level liquidsoap.pcm)" -v b="$(level ezstream.pcm)" 'BEGIN { printf "%.2f", a - b }')
awk -v d="$quieter" -v g="$gain" 'BEGIN { exit !(d - g < 0.5 && g - d < 0.5) }' || fail "liquidsoap plays at $quieter dB instead of $gain"
echo "liquidsoap plays at $quieter dB beside ezstream, $gain were written"
