#!/usr/bin/env bash
# How many lossy files that were wrapped up as FLAC are found, and how many true ones are accused.
#
#   lossy.sh BUILD [DIR]
#
# DIR, else QFZZ_LOSSLESS, names a folder of music that was never lossy (.flac, .wav): renderings of
# MIDI, recordings, drum kits. Up to 20 s of each file go through each encoder below and back to 16 bits,
# every other one with some frames cut off in front. Printed for each, in all and by length: files, of how many of them
# anything can be told, and of how many of these the suspicion is 0.5 or more, in percent, with Wilson's interval (95 %);
# "true" is the material itself.
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
		function add(class) { n[class]++; if (told) t[class]++; if (told && $2 >= 0.5) found[class]++ }
		function row(class, k, m, p, mid, half) {
			if (!n[class]) return
			m = t[class] + 0; k = found[class] + 0; p = m ? k / m : 0
			mid = (p + 1.92 / (m ? m : 1)) / (1 + 3.84 / (m ? m : 1))
			half = 1.96 * sqrt(p * (1 - p) / (m ? m : 1) + 0.96 / (m ? m * m : 1)) / (1 + 3.84 / (m ? m : 1))
			printf "%-10s %-7s %5d %5d %5d", name, class, n[class], m, k
			print m ? sprintf(" %6.1f  %5.1f to %5.1f", 100 * p, 100 * (mid > half ? mid - half : 0), 100 * (mid + half)) : ""
		}
		$3 == "seconds" { long = $2 < 1 ? "<1s" : $2 < 3 ? "1-3s" : $2 < 10 ? "3-10s" : ">=10s" }
		$3 == "lossy" { told = $2 !~ /nan/; add("all"); add(long) }
		END { split("all <1s 1-3s 3-10s >=10s", c, " "); for (i = 1; i <= 5; i++) row(c[i]) }'
}
printf '%-10s %-7s %5s %5s %5s %6s  %s\n' encoder length files told found '%' '95 %'
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
