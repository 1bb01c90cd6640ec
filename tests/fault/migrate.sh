#!/usr/bin/env bash
# migrate.sh - an old catalog brought up to date while memory runs out, system calls fail, the disk is full or
# the tool is killed, at every statement: it is the old version or the new one, whole, and the next run ends it.
. "$(dirname "$0")/common.bash"
gcc -shared -fPIC -O1 -o "$T/oom.so" tests/fault/oom.c -ldl || { not_ok "oom.c does not compile"; finish; }
silence "$M/a.flac" 1 TITLE=New
newest=$(ls schemas/catalog | sed 's/-.*//; s/^0*//' | sort -n | tail -1)

# The first version as its program left it: its migration, its marks, and some rows
old() {
	wipe
	sqlite3 "$QFZZ_CATALOG" "PRAGMA journal_mode = WAL" > /dev/null
	sqlite3 "$QFZZ_CATALOG" < schemas/catalog/0001-start.sql
	sqlite3 "$QFZZ_CATALOG" "INSERT INTO migration VALUES (1, 'start', 1); PRAGMA user_version = 1; PRAGMA application_id = $((0x71667a7a));
		INSERT INTO meta VALUES ('uuid', '5c1e0000-0000-4000-8000-000000000000');
		INSERT INTO root VALUES (1, CAST('/nowhere' AS BLOB));
		INSERT INTO artist VALUES (1, 'Ann', 'ann'); INSERT INTO user VALUES (1, 'me');
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
		INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, title, artist, artist_id, genre, year, isrc)
			SELECT i, 1, CAST(i || '.flac' AS BLOB), 1, 1, 1, 1, 1, 'T' || i, 'Ann', 1, 'Rock', 1990, 'de-abc-00-' || (10000 + i) FROM n;
		INSERT INTO event (uid, user_id, at, action, source, track_id) SELECT CAST(id AS BLOB), 1, id, 'play', 'test', id FROM track"
	chmod 600 "$QFZZ_CATALOG"
}

schema() { sqlite3 "$1" "SELECT type, name, tbl_name, replace(replace(sql, char(10), ' '), char(9), ' ') FROM sqlite_schema ORDER BY 1, 2"; }

# state: "1" or the newest version, or what is wrong. What stands between the versions is told by the schema.
state() {
	local v
	[ "$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA integrity_check' 2>&1)" = ok ] || { echo damaged; return; }
	v=$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA user_version')
	schema "$QFZZ_CATALOG" > "$T/schema"
	cmp -s "$T/schema" "$T/schema.$v" || { echo "version $v with another schema"; return; }
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT (SELECT count(*) FROM track), (SELECT count(*) FROM event)')" = "500|500" ] || { echo "rows are lost"; return; }
	[ "$v" = 1 ] && [ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM migration')" != 1 ] && { echo "version 1 with later migrations"; return; }
	echo "$v"
}

old
schema "$QFZZ_CATALOG" > "$T/schema.1"
cp "$QFZZ_CATALOG" "$T/old.db"
qfzz-query --catalog "$T/fresh.db" --save x blue || not_ok "no fresh catalog"
schema "$T/fresh.db" > "$T/schema.$newest"

old
qfzz-query --save x blue
diff "$T/schema.$newest" <(schema "$QFZZ_CATALOG") > "$T/diff" && ok "version 1 becomes the same schema as a fresh catalog" || { not_ok "the schemas differ"; head -20 "$T/diff"; }
[ "$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" = ok ] && [ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM migration')" = "$(ls schemas/catalog | wc -l)" ] &&
	ok "every migration is noted, and the catalog is sound" || not_ok "migrations: $(sqlite3 "$QFZZ_CATALOG" 'SELECT * FROM migration' | paste -sd' ')"

# sweep NAME COUNT COMMAND…: {} in the command is the place of the fault, 1 to COUNT
sweep() {
	local name=$1 total=$2 step at code got failed=0 runs=0 new=0
	wanted "$name" || return 0
	shift 2
	step=$(every "$total" 25)
	for ((at = 1; at <= total; at += step)); do
		wipe
		cp "$T/old.db" "$QFZZ_CATALOG"
		{ "${@//\{\}/$at}" > "$T/out" 2> "$T/err"; } 2> /dev/null # without the shell's word about who was killed
		code=$?
		got=$(state)
		runs=$((runs + 1))
		case $got in 1 | "$newest") ;; *) failed=$((failed + 1)); echo "# $name $at: $got (exit $code)"; continue ;; esac
		[ "$got" = 1 ] || new=$((new + 1))
		case $code in
		0) ;;
		1 | 3 | 75) [ -s "$T/err" ] || { failed=$((failed + 1)); echo "# $name $at: exit $code without a word"; } ;;
		137) ;;
		*) failed=$((failed + 1)); echo "# $name $at: exit $code: $(tail -c 200 "$T/err")" ;;
		esac
		qfzz-query --save again blue 2> "$T/err" && [ "$(state)" = "$newest" ] || { failed=$((failed + 1)); echo "# $name $at: the next run does not end it: $(state) $(cat "$T/err")"; }
	done
	[ $failed = 0 ] && ok "$name: $runs runs, $new ended new, the others old" || not_ok "$name: $failed of $runs"
}

cp "$T/old.db" "$QFZZ_CATALOG"
OOM_PROGRAM=qfzz-query OOM_COUNT=$T/count LD_PRELOAD=$T/oom.so qfzz-query --save x blue > /dev/null 2>&1
sweep "memory runs out once" "$(cat "$T/count")" env OOM_PROGRAM=qfzz-query OOM_AT={} LD_PRELOAD="$T/oom.so" qfzz-query --save x blue
sweep "memory runs out for ever" "$(cat "$T/count")" env OOM_PROGRAM=qfzz-query OOM_AT={} OOM_EVER=1 LD_PRELOAD="$T/oom.so" qfzz-query --save x blue

if command -v strace > /dev/null && strace -o /dev/null true 2> /dev/null; then
	for call in pwrite64 fdatasync; do
		wipe
		cp "$T/old.db" "$QFZZ_CATALOG"
		calls=$(strace -f -e trace=$call qfzz-query --save x blue 2>&1 | grep -c "$call(")
		[ "$calls" -gt 0 ] || continue
		sweep "killed at every $call" "$calls" strace -f -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when={} qfzz-query --save x blue
		sweep "the disk is full at every $call" "$calls" strace -f -o /dev/null -e trace=$call -e inject=$call:error=ENOSPC:when={}+ qfzz-query --save x blue
	done
else
	ok "killed and full at every write # SKIP strace cannot trace here"
fi
finish
