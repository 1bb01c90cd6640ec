#!/usr/bin/env bash
# encode.sh - one track into a whole ladder: the processor time of `qfzz encode` against ffmpeg with one input and many outputs, at
# the same settings of the same encoders, and the memory of both: at most 1.05 times ffmpeg's, and at most 16 MB. Then the memory from
# every format with covers of 0, 2 and 10 MB: the same 16 MB, but for 10 MB in M4A and Ogg. Then what a job and
# four at once really cost: pages by their shares (PSS), and those that are the job's alone (USS).
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
# against LADDER FFMPEG_OPTION…: PREVIEW among them stands for the excerpt
against() {
	local ladder=$1 least_q=99999 least_f=99999 q f kb start options=()
	shift
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
	awk -v q="$least_q" -v f="$least_f" -v kb="$kb" -v ladder="$ladder" -v most=$most 'BEGIN {
		printf "encode, %s: %.2f of ffmpeg'"'"'s CPU time (%.2f s, %.2f s), %.1f MB\n", ladder, q / f, q, f, kb / 1024
		exit !(q <= 1.05 * f && kb <= most * 1024) }'
}
most=16
against standard -c:a flac -compression_level 5 f/a.flac -c:a libmp3lame -b:a 320k -compression_level 5 f/b.mp3 -c:a libvorbis -b:a 160k f/c.ogg \
	-c:a libopus -b:a 96k -compression_level 10 f/d.opus -c:a libopus -b:a 64k -compression_level 10 f/e.opus \
	-c:a libmp3lame -b:a 128k -compression_level 5 PREVIEW f/p.mp3
against aac -c:a aac -b:a 256k f/a.m4a -c:a aac -b:a 192k f/b.m4a -c:a aac -b:a 128k f/c.m4a -c:a aac -b:a 96k f/d.m4a -c:a aac -b:a 64k f/e.m4a \
	-c:a aac -b:a 128k PREVIEW f/p.m4a

# library FOLDER: a catalog of it, whose tracks are all played often enough for whole ladders
library() {
	export QFZZ_CATALOG=$tmp/$1.db
	qfzz ingest -q "$1"
	qfzz query --format paths | while read -r p; do
		for i in $(seq 60); do printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((1699000000 + 600 * i)) "$p"; done
	done | qfzz events -q - >/dev/null
}

# a cover must not stay in memory, and no library bring more with it than the job needs
mkdir covers
ffmpeg -nostdin -v error -t 40 -i m/a.flac covers/0.flac
for source in 'wav -c:a pcm_s16le' 'aiff -c:a pcm_s16be' 'mp3 -b:a 320k' 'ogg -c:a libvorbis -b:a 320k' 'opus -b:a 320k' 'm4a -c:a alac' 'mp4 -c:a aac -b:a 320k'; do
	ffmpeg -nostdin -v error -i covers/0.flac ${source#* } -vn covers/0.${source%% *}
done
/usr/bin/python3 - covers <<-'END'
	import base64, glob, os, shutil, sys
	from mutagen import File
	from mutagen.flac import Picture
	from mutagen.id3 import APIC
	from mutagen.mp4 import MP4, MP4Cover

	for mb in 2, 10:
	    picture = Picture()
	    picture.type, picture.mime, picture.data = 3, "image/jpeg", b"\xff\xd8\xff" + os.urandom(mb * 1000000)
	    for name in glob.glob(sys.argv[1] + "/0.*"):
	        to = name.replace("/0.", f"/{mb}.")
	        shutil.copy(name, to)
	        f = File(to)
	        if isinstance(f, MP4):
	            f["covr"] = [MP4Cover(picture.data, MP4Cover.FORMAT_JPEG)]
	        elif hasattr(f, "add_picture"):
	            f.add_picture(picture)
	        elif "Ogg" in type(f).__name__:
	            f["metadata_block_picture"] = [base64.b64encode(picture.write()).decode()]
	        else:
	            if f.tags is None:
	                f.add_tags()
	            f.tags.add(APIC(3, "image/jpeg", 3, "", picture.data))
	        f.save()
END
library covers
for ladder in standard mp3 opus vorbis aac; do
	rm -rf r
	qfzz plan transcode --ladder $ladder --policy play-count --into r -o p.ndjson --now 1700000000
	for file in covers/*; do
		file=${file#covers/}
		job=$(jq -r --arg p "/$file" 'select(.job and (.path | endswith($p))) | .job' p.ndjson)
		kb=$( { /usr/bin/time -f %M qfzz encode -q --plan p.ndjson --job "$job"; } 2>&1)
		awk -v kb="$kb" -v file="$file" -v ladder=$ladder -v most=$most 'BEGIN {
			split(file, f, ".")
			printf "encode, %s from %s with a cover of %s MB: %.1f MB\n", ladder, f[2], f[1], kb / 1024
			exit !(kb <= most * 1024 || (f[1] == 10 && f[2] ~ /^(m4a|mp4|ogg|opus)$/)) }'
	done
done

# cost JOBS LADDER: make's workers, stopped together when all of them are in the middle of their work
cost() {
	local make pids
	rm -rf r plan.ok
	qfzz plan transcode --ladder "$2" --policy play-count --into r --format make -o plan.mk --now 1700000000
	setsid make -s -j"$1" -f plan.mk &
	make=$!
	until pids=$(pgrep -s $make -x 'qfzz-render(-aac)?') && [ "$(wc -w <<<"$pids")" = "$1" ]; do sleep 0.1; done
	sleep 2
	kill -STOP $pids
	for pid in $pids; do cat /proc/$pid/smaps_rollup; done | awk -v n="$1" -v ladder="$2" '
		/^Rss:/ { rss += $2 } /^Pss:/ { pss += $2 } /^Private/ { uss += $2 } /^Anonymous:/ { own += $2 }
		END { printf "encode, %s, %d at once: RSS %.1f MB, PSS %.1f MB, USS %.1f MB, no pages of files %.1f MB, each\n", ladder, n,
			rss / n / 1024, pss / n / 1024, uss / n / 1024, own / n / 1024 }'
	kill -CONT $pids
	kill -- -$make
	wait $make || true
}
mkdir four
for i in 1 2 3 4; do cp m/a.flac four/$i.flac; done
library four
for ladder in standard aac; do
	for jobs in 1 4; do cost $jobs $ladder; done
done 2>/dev/null
