# A tiny catalog for the tests of train, recommend and similar: tracks 1 to 6 are rock by
# three artists, 7 to 12 jazz by three others. Users u1 to u4 play all rock but one track
# (u1 leaves out track 1, u2 track 2, …), u5 to u8 all jazz but one (u5 track 7, …).
export QFZZ_CATALOG=$BATS_TEST_TMPDIR/catalog.db NOW=1700000000

sql() { sqlite3 -cmd '.timeout 10000' "$QFZZ_CATALOG" "$@"; }

# Embedding of 64 floats: 0.8 on one axis, 0.6 on another, so that two tracks of one genre
# have the cosine 0.64 and two of different genres 0.
embedding() { # AXIS OWN
	local i
	for ((i = 0; i < 64; i++)); do
		if [ "$i" = "$1" ]; then printf cdcc4c3f; elif [ "$i" = "$2" ]; then printf 9a99193f; else printf 00000000; fi
	done
}

add_track() { # ID ARTIST AXIS
	sql "INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, title, artist, artist_id, match_key, duration_ms)
	     VALUES ($1, 1, CAST('t$1.flac' AS BLOB), 1, 1, 1, 1, 1, 'T$1', 'Artist $2', $2, 'artist $2' || char(9) || 't$1', 200000);
	     INSERT INTO features (track_id, version, at, size, mtime_ns, tempo_bpm, camelot, energy, embedding)
	     VALUES ($1, 1, 1, 1, 1, 120, '8A', 0.5, X'$(embedding "$3" $((10 + $1)))');"
}

# once NAME COMMAND…: what the command makes of the catalog, which the other tests of the file get as it is
once() {
	local kept=$BATS_FILE_TMPDIR/$1.db
	if [ ! -e "$kept" ]; then
		"${@:2}"
		cp "$QFZZ_CATALOG" "$kept.new" && mv "$kept.new" "$kept"
	fi
	cp "$kept" "$QFZZ_CATALOG"
}

make_library() {
	cd "$BATS_TEST_TMPDIR"
	once library fill_library
}

fill_library() {
	local i
	qfzz-events -q - </dev/null >/dev/null
	sql "INSERT INTO root (id, path) VALUES (1, CAST('/music' AS BLOB));"
	for i in 1 2 3 4 5 6; do sql "INSERT INTO artist VALUES ($i, 'Artist $i', 'artist $i');"; done
	for i in 1 2 3 4 5 6; do add_track "$i" $(((i + 1) / 2)) 0; done
	for i in 7 8 9 10 11 12; do add_track "$i" $(((i + 1) / 2)) 1; done
}

event() { # USER TRACK ACTION [SECONDS]
	printf '{"user":"%s","t":%d,"action":"%s","path":"/music/t%s.flac","title":"T%s","artist":"Artist %s","src":"test"}\n' \
		"$1" "${4:-1690000000}" "$3" "$2" "$2" $((($2 + 1) / 2))
}

import() { qfzz-events -q - >/dev/null; }

make_listening() {
	local u t from
	for u in 1 2 3 4 5 6 7 8; do
		from=$((u <= 4 ? 1 : 7))
		for ((t = from; t < from + 6; t++)); do
			[ $((t - from)) = $(((u - 1) % 4)) ] || event "u$u" "$t" play $((1690000000 + 1000 * t + u))
		done
	done | import
}

train() { qfzz-train -q --now $NOW --rank 2 "$@"; }
tracks() { jq -r .track | tr '\n' ' '; }
