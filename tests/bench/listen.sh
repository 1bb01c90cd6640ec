#!/usr/bin/env bash
# CPU time of hearing everything against decoding alone, in one interleaved run, with the share of each
# extractor; what FFTW's planning costs; what a second worker brings; what a worker holds, however long the track.
# QFZZ_MUSIC names a folder of music (else the demo's, and what Debian's music packages have
# installed); the first 60 files of 400 kB or more.
set -euo pipefail
build=${1:-build}
cd "$(dirname "$0")/../.."
folders=("${QFZZ_MUSIC:-demo/music}")
[ -n "${QFZZ_MUSIC:-}" ] || folders+=(/usr/share/games /usr/share/sounds/music)
mapfile -t files < <(find "${folders[@]}" -type f -size +400k \
	\( -name '*.ogg' -o -name '*.flac' -o -name '*.mp3' -o -name '*.opus' \) 2>/dev/null | LC_ALL=C sort | head -n 60)
if [ ${#files[@]} = 0 ]; then
	echo "skipped: no music in ${folders[*]}"
	exit 0
fi
make -s "$build/bench/listen" "$build/bench/fft"
"$build/bench/listen" "${files[@]}"
"$build/bench/fft"

# ---- workers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export QFZZ_CATALOG=$work/catalog.db
TIMEFORMAT='%R %U %S'
heard_by() { # WORKERS: wall and CPU seconds
	{ time "$build/bin/qfzz" features -j "$1" "${files[@]}" > "$work/rows.$1"; } 2>&1 | tail -n 1 | awk '{ print $1, $2 + $3 }'
}
read -r wall1 cpu1 < <(heard_by 1)
read -r wall2 cpu2 < <(heard_by 2)
cmp "$work/rows.1" "$work/rows.2"
awk -v w1="$wall1" -v c1="$cpu1" -v w2="$wall2" -v c2="$cpu2" -v n="${#files[@]}" 'BEGIN {
	printf "%d files by 1 worker: %.1f s, of the processor %.1f s; by 2: %.1f s, %.1f s\n", n, w1, c1, w2, c2
	printf "2 workers are %.2f times as fast at %.2f times the processor time; the rows are the same bytes\n", w1 / w2, c2 / c1 }'

# ---- what more workers cannot share: the processor time of their parent, looked at every 20 ms
own=0
"$build/bin/qfzz" features -j 2 "${files[@]}" > /dev/null &
parent=$!
while ticks=$(awk '{ print $14 + $15 }' "/proc/$parent/stat" 2>/dev/null) && [ -n "$ticks" ] && [ "$ticks" -ge "$own" ]; do
	own=$ticks
	sleep 0.02
done
wait "$parent"
awk -v o="$own" -v hz="$(getconf CLK_TCK)" -v c="$cpu2" 'BEGIN {
	printf "the parent of the workers used %.2f s of them itself, %.1f %%: %.2f times as fast is the most that 2 free processors give\n",
		o / hz, 100 * o / hz / c, 1 / (o / hz / c + (1 - o / hz / c) / 2) }'

# ---- memory: what a worker has of its own (RssAnon), while it hears the first file, and that file for half an hour
held_for() { # FILE: most kB, looked at every 20 ms
	local parent kb most=0
	"$build/bin/qfzz" features -j 1 "$1" > /dev/null &
	parent=$!
	while kill -0 "$parent" 2>/dev/null; do
		for w in $(pgrep -P "$parent" 2>/dev/null); do
			kb=$(awk '/^RssAnon/ { print $2 }' "/proc/$w/status" 2>/dev/null) || kb=0
			[ "${kb:-0}" -le "$most" ] || most=$kb
		done
		sleep 0.02
	done
	wait "$parent"
	echo "$most"
}
ffmpeg -nostdin -v error -stream_loop -1 -i "${files[0]}" -t 1800 -c:a flac -compression_level 0 "$work/long.flac"
short=$(held_for "${files[0]}")
long=$(held_for "$work/long.flac")
awk -v s="$short" -v l="$long" 'BEGIN { printf "a worker holds %.1f MB beyond its libraries, and %.1f MB in half an hour of music\n", s / 1024, l / 1024 }'
