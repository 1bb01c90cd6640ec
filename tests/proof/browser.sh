#!/usr/bin/env bash
# browser - does a browser play what is delivered? Every rendition of a ladder by an audio element, and what `qfzz package` makes of them
# as HLS: by the browser's own player, and segment by segment through MediaSource (browser.py).
#
#   tests/proof/browser.sh BUILD
set -euo pipefail
here=$(realpath "$(dirname "$0")")
PATH=$(realpath "$1")/bin:$PATH
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T"
export QFZZ_CATALOG=$T/catalog.db
fail() { echo "browser: $*" >&2; exit 1; }

mkdir music web
ffmpeg -nostdin -v error -f lavfi -i "aevalsrc='0.3*sin(2*PI*220*t)*(1+sin(t))|0.2*sin(2*PI*330*t)':s=44100:d=20.5" -sample_fmt s16 music/a.flac
qfzz ingest -q music
for i in $(seq 60); do printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((1699000000 + 600 * i)) "$T/music/a.flac"; done |
	qfzz events -q - > /dev/null
for ladder in $(awk -F '\t' '!/^#/ && NF { print $1 }' "$here/../../datasets/ladders.tsv" | sort -u); do
	qfzz plan transcode --policy play-count --ladder "$ladder" --now 1700000000 --into "web/$ladder" -o "$ladder.ndjson"
	qfzz encode --plan "$ladder.ndjson" | jq -r .codec >> codecs
done
[[ $(sort -u codecs | xargs) == *"flac mp3 opus vorbis" ]] || fail "encoded only: $(sort -u codecs | xargs)" # and AAC where there is an encoder
qfzz package -q -o web/hls
ffmpeg -nostdin -v error -i music/a.flac -c:a aac -b:a 96k a.m4a
qfzz package -q --segments adts -o web/adts a.m4a
qfzz package --lint web/hls/1 web/adts
/usr/bin/python3 -u "$here/browser.py" web 20.5 | tee played || fail "not everything was played"
echo "$(grep -c ' played' played) played"
