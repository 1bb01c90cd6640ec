#!/usr/bin/env bash
# mix - how near the beats of two tracks come in the crossings of real music, how loud the tracks are to each other in the mix, and how high the
# peaks, by other means than ours: numpy and ffmpeg's meter.
#
#   tests/proof/mix.sh BUILD [CATALOG]
#
# CATALOG, else QFZZ_REAL, is one of music that has been heard (`qfzz features`). QFZZ_PROOF_TRACKS [40] of its tracks of a minute and more,
# evenly out of all of them, in harmonic order.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
PATH=$(realpath "$1")/bin:$PATH
export QFZZ_CATALOG=${2:-${QFZZ_REAL:-}}
[ -n "$QFZZ_CATALOG" ] || { echo "skipped: QFZZ_REAL names no catalog of real tracks"; exit 0; }
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T"
fail() { echo "mix: $*" >&2; exit 1; }

qfzz query 'duration:60..' > all
awk -v n="${QFZZ_PROOF_TRACKS:-40}" -v all="$(wc -l < all)" 'int(NR * n / all) > int((NR - 1) * n / all)' all |
	jq -r '"track:\(.track)"' | xargs -n 1 qfzz query --features all | qfzz playlist --order harmonic --transitions --format ndjson - > list
n=$(wc -l < list)

# Each matched transition twice, with silence for one of the two, so that each can be looked at as it stands in the mix.
for k in $(seq $((n - 1))); do
	row=$(sed -n "${k}p" list)
	[ "$(jq -r .transition.kind <<< "$row")" = beatmatched ] || continue
	for mute in 0 1; do
		seconds=$(sed -n "$((k + mute))p" list | jq .features.duration_s)
		ffmpeg -nostdin -v error -y -f lavfi -i anullsrc=r=44100:cl=stereo -t "$seconds" -c:a pcm_s16le "$T/silence.wav"
		awk -v k=$((k + mute)) 'NR == k { sub(/"path":"([^"\\]|\\.)*"/, "\"path\":\"'"$T"'/silence.wav\"") } 1' list |
			qfzz mix --only "$k" --around 5 --bits 16 -o "$mute.flac" - > /dev/null
		flac -s -d -f -o "$mute.wav" "$mute.flac"
	done
	sed -n "${k}p;$((k + 1))p" list > pair
	rm -f out.wav in.wav # some files only libsndfile reads
	while IFS=$'\t' read -r path wav; do ffmpeg -nostdin -v error -y -i "$path" -ac 1 -ar 44100 -c:a pcm_s16le "$wav" || rm -f "$wav"; done \
		< <(jq -rs '[.[0].path, "out.wav"], [.[1].path, "in.wav"] | @tsv' pair)
	[ -s out.wav ] && [ -s in.wav ] || continue
	/usr/bin/python3 "$here/beats.py" pair 1.wav out.wav 0.wav in.wav
done | tee distances
[ -s distances ] || fail "no two tracks could be matched"
awk '{ if ($1 + 0 > most) most = $1; if ($2 + 0 > 40) bad++; n += $3 } $3 { found++ } END { printf "%d transitions, in %d of them %d beats were found: the worst median %.1f ms, %d transitions over 40 ms\n", NR, found, n, most, bad; exit bad > 0 || !found }' distances ||
	fail "beats are more than 40 ms apart"

qfzz mix --bits 16 -o mix.flac - < list > mixed
ffmpeg -nostdin -hide_banner -i mix.flac -af ebur128=peak=true -f null - 2>&1 | sed -n 's/^ *Peak: *\([-0-9.]*\) .*/\1/p' > peak
jq -rs '. as $r | range(length) | select($r[.].transition.kind != "gapless") | [$r[.].mix.at_s + ($r[. - 1].transition.length_s // 0), ($r[. + 1].mix.at_s // -1), $r[.].path] | @tsv' mixed |
	while IFS=$'\t' read -r from to path; do
		[ "$to" = -1 ] && to=99999999
		printf '%s\t%s\n' "$(ffmpeg -nostdin -hide_banner -ss "$from" -to "$to" -i mix.flac -af ebur128 -f null - 2>&1 | sed -n 's/^ *I: *\([-0-9.]*\) .*/\1/p')" "${path##*/}"
	done > loudness
sort -n loudness | sed -n '1p;$p'
awk -F '\t' 'NR > 1 { d = $1 - last; if (d < 0) d = -d; if (d > most) most = d } { last = $1 } END { printf "%d tracks: neighbours at most %.1f LU apart\n", NR, most; exit most >= 1 }' loudness ||
	fail "a loudness step of 1 LU or more"
echo "true peak $(cat peak) dBTP"
awk '{ exit !($1 < -1) }' peak || fail "the true peak is not under -1 dBTP"
