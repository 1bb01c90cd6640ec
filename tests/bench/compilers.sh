#!/usr/bin/env bash
# Do gcc and clang hear the same?
#
#   compilers.sh BUILD [DIR]
#
# DIR, else QFZZ_TRUTH, names a folder of audio: every ninth file of it is heard by BUILD and by a
# build with clang, in build-other. No tolerance: the same bytes are wanted.
set -euo pipefail
build=${1:-build}
cd "$(dirname "$0")/../.."
dir=${2:-${QFZZ_TRUTH:-}}
if [ -z "$dir" ] || [ ! -d "$dir" ]; then
	echo "skipped: QFZZ_TRUTH names no folder with audio"
	exit 0
fi
command -v clang >/dev/null || { echo "skipped: there is no clang"; exit 0; }
make -s "$build/bench/hear"
make -s B=build-other CC=clang CXX=clang++ build-other/bench/hear
files=$(cd "$dir" && find . -type f \( -name '*.ogg' -o -name '*.flac' -o -name '*.wav' \) -not -path '*/.*/*' | LC_ALL=C sort | awk 'NR % 9 == 1')
cmp <("$build/bench/hear" "$dir" <<<"$files") <(build-other/bench/hear "$dir" <<<"$files")
echo "the same bytes from $(wc -l <<<"$files") files"
