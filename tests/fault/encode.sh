#!/usr/bin/env bash
# encode.sh - a library of hostile names through `make -j2`, make and its encoders killed at random moments, and a disk that is
# full in the middle: every file under its name is whole, nothing is executed, and the rerun ends with the same bytes.
. "$(dirname "$0")/common.bash"
kills=$([ "$FULL" = 1 ] && echo 100 || echo $((8 * DENSE)))
echo "# seed $SEED, $kills kills"
RANDOM=$SEED
W=$T/work R=$T/work/r
mkdir -p "$W"
cd "$W" || exit 1

# 29 names, two seconds of sound each
tone "$T/x.flac" 330 title=X artist=A
names=('plain' 'a b' '  edges  ' '$HOME' '$$' '$(touch executed)' '`touch executed`' '${PATH}' 'a;touch executed' 'a|touch executed' 'a&touch executed'
	'%' '%s%n' '#' 'a=b' 'a:b' '"' "'" '\' '\n' $'new\nline' $'tab\there' '-rf' '*' '?[a]' '~' '!!' $'caf\xe9' 'ünï 夢')
for name in "${names[@]}"; do cp "$T/x.flac" "$M/$name.flac"; done
qfzz ingest -q "$M"
[ "$(qfzz query | wc -l)" = 29 ] || { not_ok "the library has not 29 tracks"; finish; }

plan() { qfzz plan transcode --policy play-count --into "$1" --format make -o "$2" --now 1700000000; }
whole() { (cd "$1" && find . -type f -not -path './.qfzz*' | sort | xargs -d '\n' sha256sum); }

plan "$T/want" want.mk
make -s -j2 -f want.mk 2>"$T/err" || not_ok "make: $(head -c 300 "$T/err")"
whole "$T/want" > "$T/want.sums"
[ "$(wc -l <"$T/want.sums")" = $((29 * 4)) ] && [ ! -e executed ] && [ ! -e "$M/executed" ] && ! ls "$HOME"/executed 2>/dev/null &&
	ok "29 hostile names through make -j2: all right, nothing executed" || not_ok "hostile names: $(wc -l <"$T/want.sums") files"
sqlite3 "$QFZZ_CATALOG" 'DELETE FROM rendition'

# whole files only: each that stands under its name has the sum of an unkilled run
sound() {
	local f
	(cd "$R" 2>/dev/null && find . -type f -not -path './.qfzz*' -print) | while read -r f; do
		grep -qF "$(sha256sum "$R/$f" | cut -d ' ' -f 1)  $f" "$T/want.sums" || echo "$f"
	done
}

# strike: make and all that it started, at once
strike() {
	setsid make -s -j2 -f plan.mk >/dev/null 2>&1 &
	local pid=$!
	sleep "0.$(printf %03d $((RANDOM % 900)))"
	kill -9 -- -$pid 2>/dev/null
	wait $pid 2>/dev/null
}
plan "$R" plan.mk
why=
for i in $(seq "$kills"); do
	[ $((i % 10)) = 0 ] && rm -rf "$R" plan.ok
	strike
	why=$(sound)
	[ -z "$why" ] || { why="kill $i: $why is not whole"; break; }
done
[ -z "$why" ] && ok "$kills kills: no partial file under a name" || not_ok "$why"
make -s -j2 -f plan.mk 2>"$T/err"
whole "$R" > "$T/got.sums"
cmp -s "$T/want.sums" "$T/got.sums" && ok "the rerun completes, with the same bytes" || { not_ok "the rerun differs: $(head -c 300 "$T/err")"; diff "$T/want.sums" "$T/got.sums" | head -3; }
[ -z "$(find "$R" -name '.qfzz*')" ] && ok "nothing temporary is left" || not_ok "left: $(find "$R" -name '.qfzz*' | head -3)"
[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM rendition; PRAGMA integrity_check' | tr '\n' ' ')" = "87 ok " ] && ok "the catalog knows them all, and is sound" ||
	not_ok "the catalog: $(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM rendition')"

# a full disk under the renditions
mkdir -p "$T/disk"
if mount -t tmpfs -o size=1M tmpfs "$T/disk" 2>/dev/null; then
	trap 'umount "$T/disk" 2>/dev/null; rm -rf "$T"' EXIT
	plan "$T/disk/r" disk.mk
	qfzz encode -q --plan disk.ndjson 2>"$T/err"
	code=$?
	before=$(whole "$T/disk/r" 2>/dev/null | wc -l)
	known=$(sqlite3 "$QFZZ_CATALOG" "SELECT count(*) FROM rendition WHERE folder = CAST('$T/disk/r' AS BLOB)")
	[ $code = 3 ] && grep -q "$T/disk/r.*No space left on device" "$T/err" && [ "$before" -gt 0 ] && [ "$known" -gt 0 ] && [ -z "$(find "$T/disk/r" -name '.qfzz*')" ] &&
		ok "a full disk: exit 3 with the place, $before files are kept, nothing half done" || not_ok "a full disk: exit $code, $before files: $(head -c 300 "$T/err")"
	mount -o remount,size=64M "$T/disk"
	make -s -j2 -f disk.mk 2>"$T/err"
	whole "$T/disk/r" | cmp -s - "$T/want.sums" && ok "with room it is completed, with the same bytes" || not_ok "it is not completed: $(head -c 300 "$T/err")"
else
	ok "# SKIP no right to mount a small tmpfs"
fi
finish
