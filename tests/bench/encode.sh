#!/usr/bin/env bash
# encode.sh - one track into a whole ladder: the processor time of `qfzz encode` against ffmpeg with one input and many outputs, at
# the same settings of the same encoders, and the memory of both. At most 1.05 times ffmpeg's, and at most 16 MB; with AAC 32 MB, for
# Debian's libavcodec takes 19 when it is loaded.
#   QFZZ_BENCH_TRACK names a FLAC file to take instead of made-up music of four minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$PWD/${1:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export QFZZ_CATALOG=$tmp/c.db PATH=$build/bin:$PATH
mkdir "$tmp/m"
cd "$tmp"
if [ -n "${QFZZ_BENCH_TRACK:-}" ]; then
	cp "$QFZZ_BENCH_TRACK" m/a.flac
else
	ffmpeg -nostdin -v error -f lavfi -i "aevalsrc='0.2*(sin(2*PI*220*t)+sin(2*PI*(277+40*sin(t/3))*t)/2+sin(2*PI*660*t)/3)*(0.6+0.4*sin(2*PI*2*t))|0.2*(sin(2*PI*330*t)+sin(2*PI*3300*t)/9)':s=44100:d=240" \
		-f lavfi -i "anoisesrc=d=240:c=pink:r=44100:a=0.1" -filter_complex amix=inputs=2:normalize=0 -ac 2 -sample_fmt s16 m/a.flac
fi
qfzz ingest -q m
for i in $(seq 60); do printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((1699000000 + 600 * i)) "$tmp/m/a.flac"; done | qfzz events -q - >/dev/null
# against LADDER MOST_MB FFMPEG_OPTION…: PREVIEW among them stands for the excerpt
against() {
	local ladder=$1 most=$2 least_q=99999 least_f=99999 q f kb start options=()
	shift 2
	rm -rf r
	qfzz plan transcode --ladder "$ladder" --policy play-count --into r -o p.ndjson --now 1700000000
	start=$(sed -n 2p p.ndjson | jq .start_s)
	for o; do
		if [ "$o" = PREVIEW ]; then options+=(-ss "$start" -t 30); else options+=("$o"); fi
	done
	for round in 1 2 3; do
		rm -rf r f
		mkdir f
		q=$( { /usr/bin/time -f '%U %S %M' qfzz encode -q --plan p.ndjson --job 1; } 2>&1)
		f=$( { /usr/bin/time -f '%U %S %M' ffmpeg -nostdin -v error -threads 1 -i m/a.flac "${options[@]}"; } 2>&1)
		echo "$ladder, round $round: qfzz $q, ffmpeg $f (user s, system s, KB)"
		least_q=$(awk -v s="$q" -v l="$least_q" 'BEGIN { split(s, p); t = p[1] + p[2]; print t < l ? t : l }')
		least_f=$(awk -v s="$f" -v l="$least_f" 'BEGIN { split(s, p); t = p[1] + p[2]; print t < l ? t : l }')
		kb=${q##* }
	done
	awk -v q="$least_q" -v f="$least_f" -v kb="$kb" -v ladder="$ladder" -v most="$most" 'BEGIN {
		printf "encode, %s: %.2f of ffmpeg'"'"'s CPU time (%.2f s, %.2f s), %.1f MB\n", ladder, q / f, q, f, kb / 1024
		exit !(q <= 1.05 * f && kb <= most * 1024) }'
}
against standard 16 -c:a flac -compression_level 5 f/a.flac -c:a libmp3lame -b:a 320k -compression_level 5 f/b.mp3 -c:a libvorbis -b:a 160k f/c.ogg \
	-c:a libopus -b:a 96k -compression_level 10 f/d.opus -c:a libopus -b:a 64k -compression_level 10 f/e.opus \
	-c:a libmp3lame -b:a 128k -compression_level 5 PREVIEW f/p.mp3
against aac 32 -c:a aac -b:a 256k f/a.m4a -c:a aac -b:a 192k f/b.m4a -c:a aac -b:a 128k f/c.m4a -c:a aac -b:a 96k f/d.m4a -c:a aac -b:a 64k f/e.m4a \
	-c:a aac -b:a 128k PREVIEW f/p.m4a
