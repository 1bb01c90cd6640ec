#!/usr/bin/env bash
# How right we are, on audio whose tempo, key, beats, bars, chords or tuning is known.
#
#   truth.sh BUILD [DIR]
#
# DIR, else QFZZ_TRUTH, names a folder with tables *.tsv (path<TAB>value<TAB>unit, see truth.py) and
# the audio under the paths of the tables.
set -euo pipefail
build=${1:-build}
cd "$(dirname "$0")/../.."
python3 tests/bench/truth.py --self-test
dir=${2:-${QFZZ_TRUTH:-}}
if [ -z "$dir" ] || ! ls "$dir"/*.tsv >/dev/null 2>&1; then
	echo "skipped: QFZZ_TRUTH names no folder with tables and audio"
	exit 0
fi
make -s "$build/bench/hear"
cut -f 1 "$dir"/*.tsv | LC_ALL=C sort -u | while read -r path; do [ -f "$dir/$path" ] && echo "$path"; done |
	"$build/bench/hear" "$dir" | python3 tests/bench/truth.py "$dir"/*.tsv
