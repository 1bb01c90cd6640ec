#!/usr/bin/env bash
# rescan.sh - the law of scanning: so many empty files in folders of a thousand, ingested, and scanned again
# unchanged. An empty file is a failure of class "empty": nothing is decoded, so what is measured is the
# walk, the comparing and the catalog.
#
#   tests/bench/rescan.sh [BUILD]       SIZES="10000 100000 1000000" unless told; D=FOLDER for the files [a new one in /tmp]
#
# Prints CPU seconds and peak memory of each, and between two sizes the exponent k of the law CPU = c * files^k.
# Goals for a million files, said where they are missed: a first ingest in 32 MiB, an unchanged rescan in 15 CPU s.
# Measured on two shared cores: 31.7 CPU s and 20 MiB, then 2.8 CPU s and 93 MiB; a rescan holds what is known of
# every file in memory.
set -euo pipefail
B=$(realpath "${1:-build}") SIZES=${SIZES:-10000 100000 1000000}
d=$(mktemp -d "${D:-/tmp}/qfzz-rescan-XXXXXX")
trap 'rm -rf "$d"' EXIT
export QFZZ_CATALOG=$d/catalog.db LC_ALL=C
mkdir "$d/music"
made=0

grow() { # to so many files
	seq "$made" $(($1 - 1)) | awk -v d="$d/music" '{ f = d "/" int($1 / 1000); if (f != was) print f; was = f }' | xargs -r mkdir -p
	seq "$made" $(($1 - 1)) | awk -v d="$d/music" '{ print d "/" int($1 / 1000) "/" $1 ".flac" }' | xargs -r touch
	made=$1
}

scan() { # KEY: CPU seconds in cpu[KEY], said with the memory
	/usr/bin/env time -f '%U %S %M' -o "$d/time" "$B/bin/qfzz-ingest" -q "$d/music" > "$d/out" 2>&1 || [ $? -le 1 ]
	read -r user system kib < <(tail -1 "$d/time")
	cpu[$1]=$(awk "BEGIN { print $user + $system }")
	mib=$((kib / 1024))
	printf '%-18s %8d files %8.2f CPU s %5d MiB' "$1" "$made" "${cpu[$1]}" "$mib"
}

law() { # KEY BEFORE FILES: the exponent since the size before
	[ -n "$2" ] && awk -v a="$2" -v b="${cpu[$1]}" -v n="$made" -v m="$3" 'BEGIN { printf "   k = %.2f", log((b > 0 ? b : 0.01) / (a > 0 ? a : 0.01)) / log(n / m) }'
	echo
}

declare -A cpu
first='' again='' size=0
for n in $SIZES; do
	rm -f "$QFZZ_CATALOG"*
	grow "$n"
	scan 'first ingest'
	law 'first ingest' "$first" "$size"
	[ "$n" -lt 1000000 ] || [ "$mib" -le 32 ] || echo '  above the goal of 32 MiB'
	scan 'unchanged rescan'
	law 'unchanged rescan' "$again" "$size"
	awk "BEGIN { exit !($n >= 1000000 && ${cpu[unchanged rescan]} > 15) }" && echo '  above the goal of 15 CPU s'
	first=${cpu[first ingest]} again=${cpu[unchanged rescan]} size=$n
done
