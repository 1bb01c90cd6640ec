#!/usr/bin/env bash
# encode.sh - one track into a whole ladder: the processor time of `qfzz encode` against ffmpeg with one input and many outputs, at
# the same settings of the same encoders, and the memory of both. At most 1.05 times ffmpeg's, at most 16 MB.
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
qfzz plan transcode --policy play-count --into r -o p.ndjson --now 1700000000
start=$(sed -n 2p p.ndjson | jq .start_s)
least_q=99999 least_f=99999
for round in 1 2 3; do
	rm -rf r f
	mkdir f
	q=$( { /usr/bin/time -f '%U %S %M' qfzz encode -q --plan p.ndjson --job 1; } 2>&1)
	f=$( { /usr/bin/time -f '%U %S %M' ffmpeg -nostdin -v error -threads 1 -i m/a.flac -c:a flac -compression_level 5 f/a.flac \
		-c:a libmp3lame -b:a 320k -compression_level 5 f/b.mp3 -c:a libvorbis -b:a 160k f/c.ogg -c:a libopus -b:a 96k -compression_level 10 f/d.opus \
		-c:a libopus -b:a 64k -compression_level 10 f/e.opus -c:a libmp3lame -b:a 128k -compression_level 5 -ss "$start" -t 30 f/p.mp3; } 2>&1)
	echo "round $round: qfzz $q, ffmpeg $f (user s, system s, KB)"
	least_q=$(awk -v s="$q" -v l="$least_q" 'BEGIN { split(s, p); t = p[1] + p[2]; print t < l ? t : l }')
	least_f=$(awk -v s="$f" -v l="$least_f" 'BEGIN { split(s, p); t = p[1] + p[2]; print t < l ? t : l }')
	kb=${q##* }
done
awk -v q="$least_q" -v f="$least_f" -v kb="$kb" 'BEGIN { printf "encode: %.2f of ffmpeg'"'"'s CPU time (%.2f s, %.2f s), %.1f MB\n", q / f, q, f, kb / 1024; exit !(q <= 1.05 * f && kb <= 16 * 1024) }'
