#!/usr/bin/env bats
# qfzz-dataset: descriptors, licences, manifests, exports, ratings.
load common
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG=$PWD/catalog.db SOURCE_DATE_EPOCH=1700000000
	mkdir set
	silence set/a.flac 1 TITLE=A ARTIST=Ann GENRE=Jazz
	silence set/sub/b.flac 2 TITLE=B ARTIST=Bob LICENSE=http://creativecommons.org/licenses/by/3.0/
	qfzz-ingest -q set
}

descriptor() { # MORE: a descriptor with more keys in it
	printf '{"id":"two","name":"Two songs","category":"music","folder":"set"%s}' "$1" > two.json
}

copyright() {
	printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Two\n\nFiles: *\nCopyright: Ann\nLicense: CC0\n\nFiles: src/sub/b.flac\nLicense: %s\n' "$1"
}

@test "a descriptor: stored, listed, shown, removed; rows by their schemas" {
	descriptor ',"licence":"CC0-1.0","keywords":["a","b c"],"url":"https://x.example/y","datePublished":"2020-01"'
	qfzz-dataset add two.json > row
	[ "$(jq -c '[.dataset, .title, .licence, .tracks, .told, .manifest, .rating.count, .quality]' row)" = '["two","Two songs","CC0-1.0",2,0,null,0,null]' ]
	[ "$(jq -c .descriptor.keywords row)" = '["a","b c"]' ]
	qfzz-dataset list >> row
	qfzz-dataset show two >> row
	valid < row
	[ "$(qfzz-dataset add two.json)" = "$(head -n 1 row)" ] # again: the same
	qfzz-dataset remove two
	[ -z "$(qfzz-dataset list)" ]
	[ "$(sql 'SELECT count(*) FROM track')" = 2 ]
	run -3 --separate-stderr qfzz-dataset show two
	[[ $stderr == *"there is no dataset called 'two'"* ]]
}

@test "what is wrong with a descriptor is said, and nothing is stored" {
	bad() { # MORE SENTENCE
		descriptor "$1"
		run -3 --separate-stderr qfzz-dataset add two.json
		[[ $stderr == *"two.json: $2"* ]] || { echo "$stderr"; false; }
	}
	bad ',"license":"MIT"' '"license" is no key of a descriptor'
	bad ',"category":"speech"' "category: 'speech' is not music, conversation or knowledge"
	bad ',"datePublished":"1.2.2020"' "datePublished: '1.2.2020' is no date"
	bad ',"url":"example.org"' "url: 'example.org' is no address"
	bad ',"id":"Two Songs"' "id: 'Two Songs' is not made of small letters"
	bad ',"keywords":"a"' "keywords: is no list of words"
	bad ',"channels":-1' "channels: is no whole number"
	bad ',"name":17' "name: is no text"
	echo '{"id":"x","name":"x"}' > two.json
	run -3 --separate-stderr qfzz-dataset add two.json
	[[ $stderr == *'"category" is missing'* ]]
	echo '[1]' > two.json
	run -3 qfzz-dataset add two.json
	run -3 qfzz-dataset add none.json
	[ -z "$(qfzz-dataset list)" ]
}

@test "the schema of descriptors takes what the tool takes, and the shipped ones are right" {
	/usr/bin/python3 - "$BATS_TEST_DIRNAME/../.." <<-'E'
		import json, pathlib, sys
		from jsonschema import Draft202012Validator
		root = pathlib.Path(sys.argv[1])
		schema = json.loads((root / "schemas/descriptor.v1.json").read_text())
		Draft202012Validator.check_schema(schema)
		shipped = sorted((root / "datasets").glob("*.json"))
		assert shipped
		for p in shipped:
		    Draft202012Validator(schema).validate(json.loads(p.read_text()))
	E
	mkdir root
	for d in "$BATS_TEST_DIRNAME"/../../datasets/*.json; do
		[ "$(jq -r '.copyright // ""' "$d")" ] && continue
		qfzz-dataset add -q "$d" --root "$PWD/root" --dry-run || true
	done
}

@test "licences of files from a Debian copyright file" {
	copyright Expat > copyright
	qfzz-dataset add --from-deb-copyright copyright --folder set > row
	[ "$(jq -c '[.dataset, .licence, .told]' row)" = '["two","CC0-1.0 AND MIT",2]' ] # the prefix src/ was found
	[ "$(sql 'SELECT CAST(path AS TEXT), licence FROM dataset_file ORDER BY 1' | paste -sd' ')" = 'a.flac|CC0-1.0 sub/b.flac|MIT' ]
	echo 'This package was debianized by hand.' > copyright
	run -3 --separate-stderr qfzz-dataset add --from-deb-copyright copyright --folder set
	[[ $stderr == *'copyright: not machine-readable'* ]]
	run -2 qfzz-dataset add --from-deb-copyright copyright
}

@test "licences of files from their tags, of a set that was ingested under a name" {
	qfzz-ingest -q --dataset mine set
	qfzz-dataset add --from-tags --name mine > row
	[ "$(jq -c '[.dataset, .licence, .tracks, .told]' row)" = '["mine","NOASSERTION AND CC-BY-3.0",2,2]' ] # of the one nothing is known
	run -2 qfzz-dataset add --from-tags
}

@test "a table and a manifest tell of files that are not there" {
	printf 'track_id\tartist_id\tduration_s\tlicence\nx/1.mp3\tAnn\t61.5\tCC0-1.0\nx/2.mp3\tBob\t\tMIT\n' > t.tsv
	printf '%064d  x/1.mp3\n' 7 > sums
	descriptor ',"tracks":"t.tsv","manifest":"sums"'
	sed -i 's/,"folder":"set"//' two.json
	[ "$(qfzz-dataset add two.json | jq -c '[.tracks, .told]')" = '[0,2]' ]
	[ "$(sql 'SELECT artist, duration_s, sha256 FROM dataset_file ORDER BY path LIMIT 1')" = "Ann|61.5|$(printf %064d 7)" ]
	for evil in '../x' '/x' 'a/../b' 'a//b' './x/..'; do
		printf 'path\n%s\n' "$evil" > t.tsv
		run -3 --separate-stderr qfzz-dataset add two.json
		[[ $stderr == *"line 2: '"*"' is no path within the set"* ]]
		printf 'path\nx\n' > t.tsv
		printf '%064d  %s\n' 7 "$evil" > sums
		run -3 --separate-stderr qfzz-dataset add two.json
		[[ $stderr == *"line 1: '"*"' leads out of the set"* ]]
		printf '%064d  x\n' 7 > sums
	done
	printf 'path\tsha256\nx\tbeef\n' > t.tsv
	run -3 --separate-stderr qfzz-dataset add two.json
	[[ $stderr == *"line 2: 'beef' is no SHA-256"* ]]
	printf 'title\nx\n' > t.tsv
	run -3 qfzz-dataset add two.json
	printf 'path\nx' > t.tsv
	run -3 --separate-stderr qfzz-dataset add two.json
	[[ $stderr == *'stops without a newline'* ]]
}

@test "the manifest is what sha256sum checks, sorted by bytes, and its digest the id" {
	descriptor
	silence 'set/Z\last.flac' 1 TITLE=Z
	silence $'set/new\nline.flac' 3 TITLE=N
	qfzz-ingest -q set
	qfzz-dataset add two.json >/dev/null
	qfzz-dataset manifest two -o SHA256SUMS
	(cd set && sha256sum --quiet --strict -c ../SHA256SUMS)
	[ "$(wc -l < SHA256SUMS)" = 4 ]
	[ "$(cd set && LC_ALL=C sha256sum 'Z\last.flac' a.flac $'new\nline.flac' sub/b.flac)" = "$(cat SHA256SUMS)" ]
	[ "$(qfzz-dataset show two | jq -r .manifest)" = "$(sha256sum < SHA256SUMS | cut -c 1-64)" ]
	[ "$(qfzz-dataset manifest two)" = "$(cat SHA256SUMS)" ]
	qfzz-features -q set/a.flac >/dev/null 2>&1 || true
	run -0 qfzz-dataset verify two
	[ -z "$output" ]
}

@test "verify names every file that differs, is gone, became a link or was never told" {
	descriptor
	silence set/c.flac 1 TITLE=C
	silence set/d.flac 1 TITLE=D
	qfzz-ingest -q set
	qfzz-dataset add two.json >/dev/null
	qfzz-dataset manifest two -o SHA256SUMS
	printf x >> set/a.flac
	rm set/c.flac
	mv set/sub elsewhere && ln -s ../elsewhere set/sub
	silence set/e.flac 3 TITLE=E # of another length, lest it be taken for c.flac where it is given that inode
	qfzz-ingest -q set || true
	run -4 --separate-stderr bash -c 'qfzz-dataset verify two > rows'
	[[ $stderr == *"of 4 files are not as they were told" ]]
	valid < rows
	[ "$(jq -r '[.path, .state] | join(" ")' rows | paste -sd,)" = 'a.flac differs,c.flac missing,sub/b.flac unreadable' ]
	[ "$(jq -r 'select(.state == "differs") | .found' rows)" = "$(sha256sum < set/a.flac | cut -c 1-64)" ]
	[[ $(jq -r 'select(.state == "unreadable") | .message' rows) == *'symbolic link'* ]]
	run -1 --separate-stderr qfzz-dataset manifest two
	[[ $stderr == *'sub/b.flac: leads through a symbolic link'* ]]
	qfzz-dataset add two.json > /dev/null
	qfzz-dataset verify two > rows || [ $? = 4 ]
	[ "$(jq -r .state rows | sort -u)" = untold ]
}

@test "exports follow the rules of Croissant and of Frictionless" {
	descriptor ',"licence":"CC-BY-4.0","description":"Two.","creator":"Ann","url":"https://x.example/","datePublished":"2020-01-02","version":"1","keywords":["short"]'
	qfzz-dataset add two.json > /dev/null
	qfzz-dataset manifest two > SHA256SUMS
	qfzz-dataset export two --croissant -o c.json
	for k in @context @type conformsTo description license name url creator datePublished; do jq -e --arg k "$k" 'has($k)' c.json >/dev/null; done
	[ "$(jq -r '."@type", .conformsTo, .license' c.json | paste -sd' ')" = 'sc:Dataset http://mlcommons.org/croissant/1.1 https://spdx.org/licenses/CC-BY-4.0' ]
	[ "$(jq -r '.distribution[] | .sha256 + "  " + .contentUrl' c.json)" = "$(cat SHA256SUMS)" ]
	[ "$(jq -r '.distribution[0] | ."@type" + " " + .contentSize + " " + .encodingFormat' c.json)" = "cr:FileObject $(stat -c %s set/a.flac) B audio/flac" ]
	qfzz-dataset export two --datapackage > d.json
	[ "$(jq -r '.resources[] | (.hash | ltrimstr("sha256:")) + "  " + .path' d.json)" = "$(cat SHA256SUMS)" ]
	jq -e '.name | test("^[a-z0-9._/-]+$")' d.json >/dev/null
	jq -e '[.resources[].name] | (unique | length) == 2 and all(test("^[a-z0-9._-]+$"))' d.json >/dev/null
	[ "$(jq -c '[.licenses[0].name, .created, .resources[0].bytes]' d.json)" = "[\"CC-BY-4.0\",\"2020-01-02T00:00:00Z\",$(stat -c %s set/a.flac)]" ]
	run -2 qfzz-dataset export two
}

@test "ratings: one of each user, the last counts, and a user who is forgotten takes theirs along" {
	descriptor
	qfzz-dataset add two.json > /dev/null
	qfzz-dataset rate two --user ann --stars 2
	qfzz-dataset rate two --user ann --stars 5 --note 'better now'
	qfzz-dataset rate two --user bob --stars 4
	[ "$(qfzz-dataset show two | jq -c .rating)" = '{"count":2,"mean":4.5}' ]
	qfzz-events -q --forget bob
	[ "$(qfzz-dataset show two | jq -c .rating)" = '{"count":1,"mean":5}' ]
	qfzz-events -q --anonymize
	[ "$(sql 'SELECT count(*) FROM user WHERE name = "ann"')" = 0 ]
	[ "$(qfzz-dataset show two | jq -c .rating)" = '{"count":1,"mean":5}' ]
	run -2 qfzz-dataset rate two --user ann
	run -2 qfzz-dataset rate two --user ann --stars 6
	run -3 qfzz-dataset rate none --user ann --stars 1
}

@test "misuse" {
	run -2 qfzz-dataset
	run -2 qfzz-dataset burn two
	run -2 qfzz-dataset show
	run -2 qfzz-dataset list two
	run -2 qfzz-dataset add --from-tags --from-deb-copyright x --folder set
}
