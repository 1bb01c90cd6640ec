# common.bash - for the fault sweeps: TAP, a small library, and the oracle.
#
# A sweep is a script that takes a build folder (and a pattern, for part of it), runs real tools under one
# kind of fault, and prints TAP. FULL=1 (`make soak`) tries every place, otherwise (`make check`) a thin
# sample, DENSE times as dense (`make fault`). SEED (printed) repeats a random one.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/cli/common.bash
build=$PWD/${1:-build}
PATH=$build/bin:$PATH
export BUILD=$build LC_ALL=C.UTF-8
FULL=${FULL:-0} DENSE=${DENSE:-1} only=${2:-}
SEED=${SEED:-$RANDOM}
BATS_TEST_TMPDIR=$(mktemp -d)
trap 'rm -rf "$BATS_TEST_TMPDIR"' EXIT
T=$BATS_TEST_TMPDIR
setup
n=0 bad=0

ok() { n=$((n + 1)); echo "ok $n - $*"; }
not_ok() { n=$((n + 1)); bad=$((bad + 1)); echo "not ok $n - $*"; }
finish() { echo "1..$n"; exit $((bad > 0)); }

# every PLACES SAMPLES: the step from place to place
every() { [ "$FULL" = 1 ] && echo 1 || echo $(($1 / ($2 * DENSE) + 1)); }
# wanted NAME: is this part asked for?
wanted() { [[ -z $only || $1 =~ $only ]]; }

wipe() { rm -f "$QFZZ_CATALOG"*; }

# judge CODE STDERR WHAT: what every run under a fault must fulfil; prints the first breach
judge() {
	local code=$1 err=$2 what=$3
	case $code in
	0) ;;
	4) grep -q '"type":"doctor.v1"' "$T/out" || { echo "$what: exit 4 without a finding"; return 1; } ;;
	1 | 3 | 75) [ -s "$err" ] || { echo "$what: exit $code without a word"; return 1; } ;;
	*) echo "$what: exit $code: $(tail -c 200 "$err" | tr '\n' ' ')"; return 1 ;;
	esac
	if [ -s "$QFZZ_CATALOG" ]; then
		[ "$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA integrity_check' 2>&1)" = ok ] || { echo "$what: the catalog is damaged"; return 1; }
	fi
}

# acknowledged FILE WHAT: every row that was printed is in the catalog
acknowledged() {
	local id
	[ -s "$1" ] || return 0
	for id in $(jq -R 'fromjson? | .track // empty' "$1"); do
		[ "$(sqlite3 "$QFZZ_CATALOG" "SELECT count(*) FROM track WHERE id = $id")" = 1 ] || { echo "$2: track $id was printed and is not there"; return 1; }
	done
}

# contents CATALOG: all that must not depend on how often a run was begun again
contents() {
	sqlite3 "$1" "SELECT r.path, t.path, t.size, t.title, t.artist, t.genre, t.year, t.duration_ms, t.codec FROM track t JOIN root r ON r.id = t.root_id ORDER BY 1, 2;
		SELECT t.path, k.name, g.idx, g.value FROM tag g JOIN track t ON t.id = g.track_id JOIN tag_key k ON k.id = g.key_id ORDER BY 1, 2, 3;
		SELECT stage, path, class, message FROM failure ORDER BY 1, 2;
		SELECT t.path, f.loudness_lufs, f.tempo_bpm, f.key, hex(f.embedding), f.fingerprint, f.audio_id FROM features f JOIN track t ON t.id = f.track_id ORDER BY 1"
}
