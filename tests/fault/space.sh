#!/usr/bin/env bash
# space.sh - a full disk: the tool says so by name and is exit 3, what was committed stays, and the work
# goes on once there is room; of a mix nothing is left.
. "$(dirname "$0")/common.bash"
tone "$T/x.ogg" 220 title=X artist=A album=B
mkdir -p "$T/disk"
mount -t tmpfs -o size=64k tmpfs "$T/disk" 2>/dev/null || { echo "1..0 # SKIP no right to mount a small tmpfs"; exit 0; }
umount "$T/disk"
trap 'umount "$T/disk" 2>/dev/null; rm -rf "$T"' EXIT
for i in $(seq 400); do cp "$T/x.ogg" "$M/$i.ogg"; done
export QFZZ_CATALOG=$T/disk/catalog.db

for size in 64k 256k 512k 1M; do
	mount -t tmpfs -o size=$size tmpfs "$T/disk"
	qfzz ingest "$M" 2>"$T/err"
	code=$?
	if [ $code = 0 ]; then
		ok "$size: enough"
	elif [ $code = 3 ] && grep -q "$QFZZ_CATALOG: .*\(full\|disk\)" "$T/err"; then
		mount -o remount,size=64M "$T/disk"
		kept=0
		[ -s "$QFZZ_CATALOG" ] && kept=$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM track' 2>/dev/null || echo 0)
		qfzz ingest "$M" 2>"$T/err" && [ "$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA integrity_check')" = ok ] &&
			[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM track')" = 400 ] &&
			ok "$size: exit 3 with the file's name, $kept tracks kept, completed with more room" || not_ok "$size: does not go on: $(cat "$T/err")"
	else
		not_ok "$size: exit $code: $(head -c 300 "$T/err")"
	fi
	umount "$T/disk"
done

mount -t tmpfs -o size=64k tmpfs "$T/disk"
printf '{"path":"%s"}\n' "$T/x.ogg" "$T/x.ogg" | qfzz mix --catalog "$T/none.db" -o "$T/disk/mix.flac" - > "$T/out" 2>"$T/err"
code=$?
[ $code = 3 ] && grep -q "$T/disk/mix.flac: .*No space left on device" "$T/err" && [ -z "$(ls -A "$T/disk")" ] && [ ! -s "$T/out" ] &&
	ok "mix: exit 3 with the file's name, nothing is left of it" || not_ok "mix: exit $code: $(head -c 300 "$T/err") $(ls -A "$T/disk")"
umount "$T/disk"
finish
