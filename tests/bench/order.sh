#!/usr/bin/env bash
# What orders cost and what they are worth: CPU seconds at 1,000 tracks (at most one), and for the tracks of a real
# catalog that QFZZ_REAL names how many neighbours of the harmonic order are compatible (the same key, one hour on the
# Camelot wheel, or the other letter) and how far tempos step (half and double tempo count as the same).
set -euo pipefail
PATH=$(realpath "${1:-build}")/bin:$PATH
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

awk 'BEGIN {
	srand(1)
	for (i = 1; i <= 1000; i++)
		printf "{\"type\":\"track.v1\",\"path\":\"/m/%d\",\"artist\":\"a%d\",\"album\":\"b%d\",\"duration_ms\":%d,\"features\":{\"tempo_bpm\":%.1f,\"camelot\":\"%d%s\",\"energy\":%.3f}}\n",
			i, rand() * 200, rand() * 300, 60000 + rand() * 300000, 60 + rand() * 120, 1 + int(rand() * 12), rand() < 0.5 ? "A" : "B", rand()
}' > "$T/rows"
TIMEFORMAT=%U
for how in '--order harmonic' '--arc wave' '--order album' '--order shuffle --artist-gap 10' '--length 10h' '--order score --artist-gap 20'; do
	s=$( { time qfzz-playlist --catalog "$T/none.db" $how --format paths - < "$T/rows" > /dev/null 2>&1; } 2>&1 )
	printf '%-34s %s CPU s at 1,000 tracks\n' "$how" "$s"
	awk -v s="$s" 'BEGIN { exit !(s <= 1) }' || { echo "order.sh: more than a second" >&2; exit 1; }
done
[ -n "${QFZZ_REAL:-}" ] || { echo "skipped: QFZZ_REAL names no catalog of real tracks"; exit 0; }

# figures ORDER: of the rows in $T/real
figures() {
	qfzz-playlist --catalog "$QFZZ_REAL" --order "$1" --format ndjson - < "$T/real" | jq -rs --arg order "$1" '
		def hour: .features.camelot[:-1] | tonumber;
		def apart($a; $b): (($a - $b) | fabs) | if . > 6 then 12 - . else . end;
		def step($a; $b): [$a / $b, 2 * $a / $b, $a / $b / 2] | map(. - 1 | fabs) | min;
		[range(1; length) as $i | [.[$i - 1], .[$i]]] | map({
			fits: (.[0].features.camelot == .[1].features.camelot
				or (.[0].features.camelot[-1:] == .[1].features.camelot[-1:] and apart(.[0] | hour; .[1] | hour) == 1)
				or (.[0].features.camelot[-1:] != .[1].features.camelot[-1:] and (.[0] | hour) == (.[1] | hour))),
			step: step(.[0].features.tempo_bpm; .[1].features.tempo_bpm) })
		| "\($order): \(length + 1) tracks, \((map(select(.fits)) | length) * 1000 / length | round | . / 10) % of neighbours compatible, mean tempo step \((map(.step) | add / length * 1000 | round) / 10) %"'
}
qfzz-query --catalog "$QFZZ_REAL" 'has:tempo has:camelot' -n 500 > "$T/real"
for order in input harmonic; do figures $order; done
