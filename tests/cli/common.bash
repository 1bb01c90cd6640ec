# common.bash - what every command test loads. The tools under test are first on PATH.

setup() {
	export QFZZ_CATALOG=$BATS_TEST_TMPDIR/catalog.db
	export SOURCE_DATE_EPOCH=1700000000
	M=$BATS_TEST_TMPDIR/music
	mkdir -p "$M"
}

# tone FILE HZ [KEY=VALUE…]: two seconds of a sine, encoded as the ending says, with tags
tone() {
	local file=$1 hz=$2 codec=()
	shift 2
	local tags=()
	for t in "$@"; do tags+=(-metadata "$t"); done
	case $file in
	*.mp3) codec=(-c:a libmp3lame -b:a 128k) ;;
	*.opus) codec=(-c:a libopus -b:a 64k) ;;
	*.ogg) codec=(-c:a libvorbis) ;;
	*.m4a) codec=(-c:a aac) ;;
	esac
	ffmpeg -nostdin -v error -y -f lavfi -i "sine=frequency=$hz:sample_rate=44100:duration=2" -ac 2 \
		"${codec[@]}" "${tags[@]}" -fflags +bitexact "$file"
}

# silence FILE.flac SECONDS [KEY=VALUE…]: for tests that care for names and lengths, not for sound
silence() {
	local file=$1 seconds=$2 tags=()
	shift 2
	for t in "$@"; do tags+=(-T "$t"); done
	mkdir -p "$(dirname "$file")"
	head -c $((seconds * 8000)) /dev/zero |
		flac -s -f --force-raw-format --endian=little --sign=signed --channels=1 --bps=8 --sample-rate=8000 "${tags[@]}" -o "$file" -
}

# small_library: four good files and three bad ones in $M
small_library() {
	mkdir -p "$M/a" "$M/b"
	tone "$M/a/one.flac" 220 title=One artist=Ann album=First genre=Rock date=1987
	tone "$M/a/two.mp3" 330 title=Two artist=Ann album=First genre=Rock date=1987
	tone "$M/b/three.ogg" 440 title=Three artist=Bob album=Second genre=Jazz date=1999-05
	tone "$M/b/four.opus" 550 title=Four artist=Bob album=Second genre=Jazz date=1999-05
	: > "$M/b/empty.mp3"
	echo "this is no music" > "$M/b/text.flac"
	head -c 3000 "$M/a/one.flac" > "$M/b/cut.flac"
	mkfifo "$M/a/pipe.mp3"
	ln -s . "$M/a/loop"
	ln -s nowhere.flac "$M/a/dangling.flac"
}

# valid: every row on standard input against its JSON Schema
valid() {
	/usr/bin/python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json"
}

sql() { sqlite3 -readonly "$QFZZ_CATALOG" "$1"; }
