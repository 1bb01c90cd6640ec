#!/usr/bin/env bash
# CPU time of hearing everything against decoding alone, in one interleaved run, with the
# share of each extractor. QFZZ_MUSIC names a folder of music (else the demo's, and what
# Debian's music packages have installed); the first 60 files of 30 s or more by size.
set -euo pipefail
build=${1:-build}
cd "$(dirname "$0")/../.."
folders=(${QFZZ_MUSIC:-demo/music /usr/share/games /usr/share/sounds/music})
mapfile -t files < <(find "${folders[@]}" -type f -size +400k \
	\( -name '*.ogg' -o -name '*.flac' -o -name '*.mp3' -o -name '*.opus' \) 2>/dev/null | LC_ALL=C sort | head -n 60)
if [ ${#files[@]} = 0 ]; then
	echo "skipped: no music in ${folders[*]}"
	exit 0
fi
make -s "$build/bench/listen" "$build/bench/fft"
"$build/bench/listen" "${files[@]}"
"$build/bench/fft"
