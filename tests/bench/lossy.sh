#!/usr/bin/env bash
# How many lossy files that were wrapped up as FLAC are found, and how many true ones are accused.
#
#   lossy.sh BUILD [DIR]
#
# DIR, else QFZZ_LOSSLESS, names a folder of music that was never lossy (.flac, .wav): renderings of
# MIDI, recordings, drum kits. Up to 20 s of each file go through each encoder below and back to 16 bits,
# every other one with some frames cut off in front. Printed for each: files, and the share with a
# suspicion of 0.3, 0.4, 0.5 (found), 0.6 and 0.8 or more; "true" is the material itself.
set -euo pipefail
build=${1:-build}
cd "$(dirname "$0")/../.."
dir=${2:-${QFZZ_LOSSLESS:-}}
if [ -z "$dir" ] || [ ! -d "$dir" ]; then
	echo "skipped: QFZZ_LOSSLESS names no folder with lossless music"
	exit 0
fi
command -v ffmpeg >/dev/null || { echo "skipped: there is no ffmpeg"; exit 0; }
make -s "$build/bench/hear"
work=$(mktemp -d "${TMPDIR:-/tmp}/qfzz-lossy-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/true"
n=0
while read -r f; do
	n=$((n + 1))
	ffmpeg -nostdin -v error -i "$f" -t 20 -map_metadata -1 -c:a pcm_s16le "$work/true/$(printf %04d $n).wav" || true
done < <(find -L "$dir" -type f \( -name '*.flac' -o -name '*.wav' \) | LC_ALL=C sort)

measure() { # NAME: of the folder with that name
	(cd "$work" && ls "$1"/*) | "$build/bench/hear" "$work" | awk -F '\t' -v name="$1" '
		$3 == "lossy" { n++; for (i = 0; i < 5; i++) if ($2 >= substr("0.30.40.50.60.8", 3 * i + 1, 3)) c[i]++ }
		END { printf "%-10s %4d ", name, n; for (i = 0; i < 5; i++) printf " %6.1f", n ? 100 * c[i] / n : 0; print "" }'
}
printf '%-10s %4s  %6s %6s %6s %6s %6s\n' encoder n '>=.3' '>=.4' '>=.5' '>=.6' '>=.8'
measure true
while read -r name suffix options; do
	mkdir "$work/$name"
	cut=0
	for f in "$work"/true/*.wav; do
		cut=$(((cut > 4000 ? 0 : cut) + 331))
		# shellcheck disable=SC2086 # options are words
		ffmpeg -nostdin -v error -y -i "$f" -c:a $options "$work/t.$suffix"
		ffmpeg -nostdin -v error -y -i "$work/t.$suffix" -af "atrim=start_sample=$((cut % 2 * cut))" -map_metadata -1 -sample_fmt s16 -c:a flac -compression_level 0 "$work/$name/$(basename "$f" .wav).flac"
	done
	measure "$name"
	rm -r "${work:?}/$name"
done <<-'END'
	mp3-128 mp3 libmp3lame -b:a 128k
	mp3-192 mp3 libmp3lame -b:a 192k
	mp3-256 mp3 libmp3lame -b:a 256k
	mp3-320 mp3 libmp3lame -b:a 320k
	mp3-V2 mp3 libmp3lame -q:a 2
	mp3-V0 mp3 libmp3lame -q:a 0
	aac-128 m4a aac -b:a 128k
	aac-192 m4a aac -b:a 192k
	aac-256 m4a aac -b:a 256k
	vorbis-4 ogg libvorbis -q:a 4
	vorbis-6 ogg libvorbis -q:a 6
	vorbis-8 ogg libvorbis -q:a 8
END
