#!/usr/bin/env bash
# damage.sh - a catalog whose bytes were flipped, zeroed or cut at random places: no tool dies of it or
# is silent about it, and `qfzz doctor --repair` brings back what can be read. 25 mutations, FULL=1: 200, SOAK=1: 10,000.
. "$(dirname "$0")/common.bash"
silence "$M/new.flac" 1 TITLE=New ARTIST=Ann ALBUM=First
"$build/bench/fill_catalog" "$T/well.db" 3000 1000 && "$build/bench/fill_catalog" "$T/small.db" 300 100 || { not_ok "no catalog to damage"; finish; }
count=$([ "${SOAK:-0}" = 1 ] && echo 10000 || { [ "$FULL" = 1 ] && echo 200 || echo "${COUNT:-25}"; })
# ten thousand times a large catalog takes hours; of a small one each page is met more often
catalog=$([ "$count" -gt 1000 ] && echo "$T/small.db" || echo "$T/well.db")
python3 tests/fault/damage.py --seed "$SEED" --count "$count" --bin "$build/bin" --pages "$T/well.db" "$catalog" "$M" "$T/work"
