#!/usr/bin/env bash
# duplicates.sh - how many copies are found among how many tracks, and how the time grows; then real encoders.
#
#   tests/bench/duplicates.sh BUILD       PRINTS=2000: songs that are synthesized, 20 ms each; SIZES=10000,20000,40000
set -uo pipefail
B=$1 T=$(mktemp -d) prints=${PRINTS:-2000} bad=0
trap 'rm -rf "$T"' EXIT
make -s "$B/bench/duplicates" || exit 1
"$B/bench/duplicates" "${SIZES:-10000,20000,40000}" "$prints" | tee "$T/lines"
awk '{ bad += !($10 >= 0.99 && $12 >= 0.98 && ($2 > 20000 || $14 <= 60)) } END { exit bad || !NR }' "$T/lines" || bad=1

# Real encoders on music of the machine: every copy must come into the group of its original.
songs=()
while IFS= read -r f; do songs+=("$f"); done < <(find demo/music /usr/share/games /usr/share/hyperrogue -type f \( -name '*.ogg' -o -name '*.opus' -o -name '*.flac' \) -size +700k 2>/dev/null | sort | head -n "${SONGS:-10}")
[ ${#songs[@]} -gt 0 ] || { echo "no music on this machine (make demo), so no real encoders"; exit $bad; }
mkdir "$T/m"
i=0
for f in "${songs[@]}"; do
	i=$((i + 1)) s=$T/m/$i
	to() { ffmpeg -nostdin -v error -y "$@" -map_metadata -1; }
	to -i "$f" -c:a flac "$s.flac" || continue
	to -i "$s.flac" -c:a libmp3lame -b:a 64k "$s.low.mp3"
	to -i "$s.flac" -c:a libopus -b:a 32k "$s.opus"
	to -ss 1.06 -i "$s.flac" -c:a libvorbis "$s.later.ogg"
	to -i "$s.flac" -af afade=t=in:d=5,volume=-6dB -c:a aac -b:a 96k "$s.fade.m4a"
done
export QFZZ_CATALOG=$T/catalog.db
"$B/bin/qfzz-ingest" -q "$T/m" && "$B/bin/qfzz-features" -q
"$B/bin/qfzz-quality" --duplicates | jq -rs 'group_by(.group) | map(map(.path | sub(".*/"; "") | sub("[.].*"; ""))) as $g
	| ($g | map(select((unique | length) > 1)) | length) as $mixed | ($g | map(length) | add) as $in
	| "real songs '"${#songs[@]}"', files in groups \($in) of '$((5 * ${#songs[@]}))', groups with two songs \($mixed)"'
exit $bad
